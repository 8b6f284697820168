"""Reasons of a comparison: codes with parameters first, English sentences made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matching.align import WordPair
from matching.compare import Comparison
from matching.evidence import Evidence, Feature


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code (`birth.exact`, `name.pair.typo`), its parameters, its log-odds.

    Catalogues of other languages translate the code and fill in the parameters.
    """

    code: str
    parameters: Mapping[str, str]
    log_odds: float


def reasons(comparison: Comparison) -> tuple[Reason, ...]:
    """All reasons in the order of the evidence; word pairs follow the name they belong to.

    The log-odds of the reasons that are no `name.pair` add up to those of the comparison.
    """
    found: list[Reason] = []
    for item in comparison.evidence:
        found.append(reason_of(item))
        found += [_pair(pair) for pair in item.detail]
    return tuple(found)


def reason_of(item: Evidence) -> Reason:
    """One item of evidence as a reason."""
    parameters = {
        "query": item.query_value, "record": item.record_value,
        "similarity": f"{item.similarity:.2f}",
    }  # fmt: skip
    return Reason(f"{item.feature}.{item.outcome}", parameters, item.log_odds)


def _pair(pair: WordPair) -> Reason:
    parameters = {
        "query": pair.query, "record": pair.record, "similarity": f"{pair.similarity:.2f}",
    }  # fmt: skip
    return Reason(f"name.pair.{pair.rule}", parameters, pair.weight)


_SUBJECTS: Mapping[str, str] = {
    Feature.NAME: "Name", Feature.NAME_QUALITY: "Alias", Feature.BIRTH: "Date of birth",
    Feature.SEX: "Sex", Feature.NATIONALITY: "Nationality", Feature.BIRTH_PLACE: "Place of birth",
    Feature.DOCUMENT: "Document", Feature.VIN: "VIN", Feature.PLATE: "Plate",
    Feature.ENGINE: "Engine number", Feature.APPEARANCE: "Appearance",
}  # fmt: skip

_SENTENCES: Mapping[str, str] = {
    "bias.population": "One record of {record}, before any comparison",
    "name.aligned": "Name {query} is {similarity} like {record}",
    "name.different": "Name {query} shares nothing with {record}",
    "name_quality.weak": "The matching name {record} is a weak alias",
    "name.pair.missing": "{query} is only in the query",
    "name.pair.extra": "{record} is only in the record",
    "name.pair.sex": "{query} and {record} stand for different sexes",
    "name.pair.floor": "Names that differ count no further",
    "limit.birth_contradicts": "The date of birth contradicts, so the name alone stays possible",
    "cloned_plate.different": "The plate agrees, but the VIN {query} is not {record}: cloned plate",
}

_OUTCOMES: Mapping[str, str] = {
    "equal": "agrees", "exact": "agrees",
    "exact_filler": "agrees, but may stand for the year only",
    "equal_issuer_unknown": "has the same number, one issuer is unknown",
    "equal_country_unknown": "is the same, one country is unknown",
    "calendar": "agrees in another calendar",
    "invalid_fix": "agrees once day and month change places",
    "swap": "agrees with day and month swapped", "month": "agrees in year and month",
    "year_only": "agrees in the year", "year_weak": "agrees in the year, the day is a filler",
    "range": "lies in the range", "near_day": "is a day off", "near_year": "is a year or two off",
    "typo": "differs as by a slip of the pen",
    "typo_year": "differs as by a slip in the year", "contradicts": "contradicts",
    "confusable": "agrees but for look-alike characters",
    "partial": "agrees in its last characters",
    "different_issuer": "has the same number in another country",
    "different_country": "is the same in another country", "different": "differs",
}  # fmt: skip


def sentence(reason: Reason) -> str:
    """The reason in plain English with its log-odds, without a full stop."""
    template = _SENTENCES.get(reason.code)
    if template is None:
        template = _composed(reason.code)
    return f"{template.format_map(dict(reason.parameters))} ({reason.log_odds:+.2f})"


def _composed(code: str) -> str:
    head, _, tail = code.partition(".")
    if tail.startswith("pair."):
        return f"{{query}} and {{record}}: {tail.removeprefix('pair.')}, {{similarity}} alike"
    return f"{_SUBJECTS.get(head, head)} {_OUTCOMES.get(tail, tail)}: {{query}} / {{record}}"


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """All reasons in plain English, one sentence each."""
    return tuple(sentence(reason) for reason in reasons(comparison))
