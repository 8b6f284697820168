"""How likely a record is the person, vehicle or document asked about, and why."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

from matching.align import NOTHING, Alignment, align
from matching.compare_identity import (
    birth_evidence,
    document_evidence,
    nationality_evidence,
    place_evidence,
    sex_evidence,
)
from matching.compare_vehicle import vehicle_evidence
from matching.evidence import (
    ALONE_KNEE,
    ALONE_TOP,
    BIAS,
    Evidence,
    Feature,
    found,
    probability,
    softly_limited,
)
from matching.names import name_tokens, tokens
from matching.rarity import DEFAULT, WORLD, Rarity
from matching.record import Document, Name, Person, Quality, Record, Subject, Vehicle

MAX_PAIRS = 2_000
"""Most pairs of names that one comparison weighs; later aliases of huge records are left out."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of one comparison.

    `similarity` (0..1) is that of names, or of identifiers where no name was compared.
    `probability` is 0 to 1 - 1e-9; the `log_odds` of the evidence add up to its logit.
    """

    similarity: float
    probability: float
    evidence: tuple[Evidence, ...]

    @property
    def log_odds(self) -> float:
        """The sum of the evidence in nats, unclipped."""
        return math.fsum(item.log_odds for item in self.evidence)

    def outcome(self, feature: Feature) -> str:
        """The outcome of a feature, empty where it was not compared."""
        return next((e.outcome for e in self.evidence if e.feature is feature), "")


def compare(subject: Subject, record: Record, rarity: Rarity) -> Comparison:
    """Compare a subject with a record; never raises for what records or subjects hold.

    Only what both sides know counts. The first item of the evidence is the bias.
    """
    evidence = [_bias(rarity)]
    if isinstance(subject, Person):
        evidence += _person(subject, record, rarity)
    elif isinstance(subject, Vehicle):
        evidence += vehicle_evidence(subject, record.vehicles)
    elif isinstance(subject, Document):
        evidence += document_evidence((subject,), record.documents)
    limit = _limit(evidence)
    if limit is not None:
        evidence.append(limit)
    total = math.fsum(item.log_odds for item in evidence)
    return Comparison(_similarity(evidence), probability(total), tuple(evidence))


def _bias(rarity: Rarity) -> Evidence:
    size = rarity.population + WORLD
    odds = BIAS - math.log(size)
    return Evidence(Feature.BIAS, "population", "", str(rarity.population), 0.0, odds)


def _person(person: Person, record: Record, rarity: Rarity) -> list[Evidence]:
    return [
        *_name_evidence(person.names, record.names, rarity),
        *birth_evidence(person.births, record.births),
        *sex_evidence(person.sex, record.sex),
        *nationality_evidence(person.nationalities, record.nationalities),
        *place_evidence(person.birth_place, record.birth_places),
        *document_evidence(person.documents, record.documents),
    ]


def _name_evidence(
    asked: tuple[Name, ...], held: tuple[Name, ...], rarity: Rarity
) -> list[Evidence]:
    """The best pair of names, and the quality of the record's name in it."""
    best: tuple[float, float] = (-math.inf, 0.0)
    chosen: list[Evidence] = []
    for number, (query, name) in enumerate(product(asked, held)):
        if number >= MAX_PAIRS:
            break
        alignment = _aligned(query, name, rarity)
        if alignment is NOTHING:
            continue
        pair = _weigh_name(query, name, alignment)
        value = (sum(item.log_odds for item in pair), alignment.similarity)
        if value > best:
            best, chosen = value, pair
    return chosen


def _aligned(query: Name, name: Name, rarity: Rarity) -> Alignment:
    cut = (query.may_be_truncated, name.may_be_truncated)
    return align(name_tokens(query), name_tokens(name), rarity, cut=cut)


def _weigh_name(query: Name, name: Name, alignment: Alignment) -> list[Evidence]:
    values = (query.text(), name.text())
    outcome = "aligned" if any(p.similarity for p in alignment.pairs) else "different"
    pair = [
        Evidence(
            Feature.NAME, outcome, *values, alignment.similarity, alignment.log_odds,
            alignment.pairs,
        )
    ]  # fmt: skip
    if name.quality is Quality.WEAK:
        pair.append(found(Feature.NAME_QUALITY, "weak", values, alignment.similarity))
    return pair


_IDENTIFIED = {"equal", "equal_issuer_unknown", "equal_country_unknown", "confusable"}


def is_name_alone(evidence: Collection[Evidence]) -> bool:
    """Whether a name was compared, and no date of birth and no document speaks for it."""
    speaking = {item.feature for item in evidence if item.log_odds > 0}
    features = {item.feature for item in evidence}
    return Feature.NAME in features and not {Feature.BIRTH, Feature.DOCUMENT} & speaking


def _limit(evidence: list[Evidence]) -> Evidence | None:
    """Hold a name down whose date of birth contradicts it, and one that nothing speaks for."""
    outcomes = {item.feature: item.outcome for item in evidence}
    total = math.fsum(item.log_odds for item in evidence)
    identified = outcomes.get(Feature.DOCUMENT, "") in _IDENTIFIED
    contradicted = outcomes.get(Feature.BIRTH) == "contradicts" and Feature.NAME in outcomes
    if contradicted and not identified:
        limited, outcome = softly_limited(total), "birth_contradicts"
    elif is_name_alone(evidence):
        limited, outcome = softly_limited(total, ALONE_KNEE, ALONE_TOP), "name_alone"
    else:
        return None
    if limited == total:
        return None
    return Evidence(Feature.LIMIT, outcome, log_odds=limited - total)


_IDENTIFIERS = (Feature.DOCUMENT, Feature.VIN, Feature.PLATE, Feature.ENGINE)


def _similarity(evidence: list[Evidence]) -> float:
    names = [item.similarity for item in evidence if item.feature is Feature.NAME]
    if names:
        return names[0]
    return max((e.similarity for e in evidence if e.feature in _IDENTIFIERS), default=0.0)


def name_similarity(first: str, second: str) -> float:
    """How alike two names are, 0..1, by the rarity of the base table; symmetric."""
    return align(tokens(first), tokens(second), DEFAULT).similarity
