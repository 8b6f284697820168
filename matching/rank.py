"""Order and bands: which records are reported, and how strongly."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from matching.align import FLOOR
from matching.compare import Comparison, compare, is_name_alone
from matching.evidence import BIAS, TABLE, Feature
from matching.names import Role, name_tokens
from matching.rarity import WORLD, Rarity
from matching.record import Person, Record, Sex, Subject


class Band(StrEnum):
    """How strong a hit is, from certain to weak."""

    EXACT_IDENTIFIER = "EXACT_IDENTIFIER"
    STRONG = "STRONG"
    PROBABLE = "PROBABLE"
    POSSIBLE = "POSSIBLE"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Least probabilities (0..1, ascending) of a report and of the bands.

    Raises ValueError for values that are not in ascending order.
    """

    report: float = 0.02
    probable: float = 0.50
    strong: float = 0.95

    def __post_init__(self) -> None:
        if not 0.0 <= self.report <= self.probable <= self.strong <= 1.0:
            raise ValueError("thresholds must ascend: 0 <= report <= probable <= strong <= 1")


@dataclass(frozen=True, slots=True)
class Scored:
    """A record with its comparison and band."""

    record: Record
    comparison: Comparison
    band: Band


_SAME = frozenset({"equal", "equal_issuer_unknown", "equal_country_unknown"})
_IDENTIFIERS = (Feature.DOCUMENT, Feature.VIN, Feature.ENGINE)


def is_identified(comparison: Comparison) -> bool:
    """Whether an identifier agrees word for word, on no cloned plate.

    A plate is none: plates are issued again and copied (DOMAIN 4.3).
    """
    if comparison.outcome(Feature.CLONED_PLATE):
        return comparison.outcome(Feature.ENGINE) == "equal"
    return any(comparison.outcome(feature) in _SAME for feature in _IDENTIFIERS)


def band_of(comparison: Comparison, thresholds: Thresholds) -> Band:
    """The band of a comparison.

    A name that its date of birth contradicts is at most POSSIBLE, whatever the thresholds, and so
    is a plate that nothing else speaks for; a name that no date or document speaks for is at most
    PROBABLE.
    """
    if is_identified(comparison):
        return Band.EXACT_IDENTIFIER
    contradicted = comparison.outcome(Feature.LIMIT) == "birth_contradicts"
    if contradicted or _is_plate_alone(comparison):
        return Band.POSSIBLE
    if comparison.probability >= thresholds.strong and not is_name_alone(comparison.evidence):
        return Band.STRONG
    return Band.PROBABLE if comparison.probability >= thresholds.probable else Band.POSSIBLE


def _is_plate_alone(comparison: Comparison) -> bool:
    return bool(comparison.outcome(Feature.PLATE)) and not any(
        item.log_odds > 0 for item in comparison.evidence if item.feature is not Feature.PLATE
    )


def score(
    subject: Subject,
    records: Iterable[Record],
    rarity: Rarity,
    thresholds: Thresholds,
    limit: int,
    promises: Sequence[float] | None = None,
) -> list[Scored]:
    """The records worth reporting, best first, at most `limit`.

    Ordered by log-odds (which do not saturate as probabilities do), then similarity, then record
    id. A record with an equal identifier is reported whatever else differs. `promises`, of
    `index.Found`, spare the comparison of records that cannot be among these.
    """
    kept: list[Scored] = []
    best: list[float] = []
    slack = _slack(subject) + BIAS - math.log(rarity.population + WORLD)
    least = _logit(thresholds.report) - _spare(subject)
    for number, record in enumerate(records):
        if promises and promises[number] + slack < least:
            break
        if promises and len(best) >= limit and _is_hopeless(promises[number], slack, best[-limit]):
            break
        item = _scored(record, compare(subject, record, rarity), thresholds)
        insort(best, item.comparison.log_odds)
        identified = item.band is Band.EXACT_IDENTIFIER
        if identified or item.comparison.probability >= thresholds.report:
            kept.append(item)
    kept.sort(key=_order)
    return kept[:limit]


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability)) if 0 < probability < 1 else -math.inf


def _spare(subject: Subject) -> float:
    """Nats by which a promise must miss the report before it is believed: a clear hangs on it.

    Dates of other calendars are worth nothing in a promise and up to 8.9 nats in a comparison.
    """
    dated = isinstance(subject, Person) and subject.births
    return 12.0 if dated else 3.0


def _is_hopeless(promise: float, slack: float, worst: float) -> bool:
    """Whether a record, and so all after it, cannot do better than the worst one to be kept."""
    # of names that differ wholly one is as good as the other; a cut name has a slack above 0
    return promise + slack < worst or (promise <= FLOOR and slack < 0)


MARGIN = 1.0
"""Nats by which a name may compare better than the index promised, seen on one in a hundred."""

_INITIAL_MARGIN, _CUT_MARGIN = 3.0, 20.0


def _slack(subject: Subject) -> float:
    """Nats that a comparison may find beyond the promise of the index."""
    if not isinstance(subject, Person):
        return math.inf
    slack = MARGIN
    for feature, known in (
        (Feature.SEX, subject.sex is not Sex.UNKNOWN),
        (Feature.NATIONALITY, bool(subject.nationalities)),
        (Feature.BIRTH_PLACE, bool(subject.birth_place)),
    ):
        slack += TABLE[feature]["equal"] if known else 0.0
    if any(name.may_be_truncated for name in subject.names):
        return slack + _CUT_MARGIN
    words = (word for name in subject.names for word in name_tokens(name))
    return slack + (_INITIAL_MARGIN if any(w.role is Role.INITIAL for w in words) else 0.0)


def _scored(record: Record, comparison: Comparison, thresholds: Thresholds) -> Scored:
    return Scored(record, comparison, band_of(comparison, thresholds))


def _order(item: Scored) -> tuple[float, float, str]:
    return -item.comparison.log_odds, -item.comparison.similarity, item.record.id
