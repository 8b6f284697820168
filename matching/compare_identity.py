"""Evidence from dates of birth, sex, nationality, place and documents."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from matching.dates import DateComparison, DateOutcome, compare_dates
from matching.evidence import NATS_PER_CHARACTER, YEARS_APART, Evidence, Feature, found
from matching.identifiers import (
    IdentifierError,
    NumberOutcome,
    canonical_number,
    compare_numbers,
    confused_characters,
    country_code,
    nationality_contradicts,
)
from matching.names import Role, tokens
from matching.record import Document, PartialDate, Sex
from matching.similarity import best_likeness

MAX_PAIRS = 400
"""Most pairs of values of one feature that a comparison weighs."""

_BIRTH_LIKENESS = {
    "exact": 1.0, "calendar": 0.95, "invalid_fix": 0.9, "swap": 0.85, "month": 0.8,
    "exact_filler": 0.7, "year_only": 0.6, "year_weak": 0.6, "range": 0.6, "near_day": 0.5,
    "typo": 0.5, "near_year": 0.3, "typo_year": 0.3,
}  # fmt: skip


def _strongest(items: Iterable[Evidence]) -> list[Evidence]:
    """The item with the highest log-odds, the first of equals; none for none."""
    best: Evidence | None = None
    for number, item in enumerate(items):
        if number >= MAX_PAIRS:
            break
        if best is None or item.log_odds > best.log_odds:
            best = item
    return [] if best is None else [best]


def birth_evidence(asked: tuple[PartialDate, ...], held: tuple[PartialDate, ...]) -> list[Evidence]:
    """The closest pair of dates; unknown dates say nothing."""
    pairs = ((one, two, compare_dates(one, two)) for one, two in product(asked, held))
    return _strongest(
        _birth(one, two, result) for one, two, result in pairs
        if result.outcome is not DateOutcome.UNKNOWN
    )  # fmt: skip


def _birth(one: PartialDate, two: PartialDate, result: DateComparison) -> Evidence:
    outcome = str(result.outcome)
    extra = 0.0
    if result.outcome is DateOutcome.EXACT and result.weak:
        outcome = "exact_filler"
    elif result.outcome is DateOutcome.NEAR:
        outcome = "near_day" if result.years < 0.5 else "near_year"
    elif result.outcome is DateOutcome.TYPO and result.years >= 1:
        outcome = "typo_year"
    if outcome in {"near_year", "typo_year", "contradicts"}:
        extra = YEARS_APART * min(result.years, 40.0)
    likeness = _BIRTH_LIKENESS.get(outcome, 0.0)
    return found(Feature.BIRTH, outcome, (one.iso(), two.iso()), likeness, extra)


def sex_evidence(asked: Sex, held: Sex) -> list[Evidence]:
    """Equal or different sex; unknown and X contradict nothing."""
    if Sex.UNKNOWN in {asked, held} or (asked is not held and Sex.OTHER in {asked, held}):
        return []
    outcome = "equal" if asked is held else "different"
    return [found(Feature.SEX, outcome, (asked.value, held.value), float(asked is held))]


def nationality_evidence(asked: tuple[str, ...], held: tuple[str, ...]) -> list[Evidence]:
    """A common nationality, or none; stateless and unknown ones contradict nothing."""
    return _strongest(_nationalities(asked, held))


def _nationalities(asked: tuple[str, ...], held: tuple[str, ...]) -> Iterable[Evidence]:
    for one, two in product(asked, held):
        if country_code(one) and country_code(one) == country_code(two):
            yield found(Feature.NATIONALITY, "equal", (one, two), 1.0)
        elif nationality_contradicts(one, two):
            yield found(Feature.NATIONALITY, "different", (one, two), 0.0)


def place_evidence(asked: str, held: tuple[str, ...]) -> list[Evidence]:
    """A common word of two places of birth, spelling levelled."""
    return _strongest(_places(asked, held))


def _places(asked: str, held: tuple[str, ...]) -> Iterable[Evidence]:
    wanted = [word for word in tokens(asked) if word.role is Role.NAME and len(word.form) > 2]
    for place in held:
        words = [word for word in tokens(place) if word.role is Role.NAME and len(word.form) > 2]
        if wanted and words:
            alike = max(best_likeness(a.forms, b.forms)[0] for a, b in product(wanted, words))
            outcome = "equal" if alike >= 0.85 else "different"
            yield found(Feature.BIRTH_PLACE, outcome, (asked, place), alike)


def document_evidence(asked: tuple[Document, ...], held: tuple[Document, ...]) -> list[Evidence]:
    """The best pair of documents; numbers that are too long to be one say nothing."""
    pairs = (_document(one, two) for one, two in product(asked, held))
    return _strongest(item for item in pairs if item is not None)


_DOCUMENT_LIKENESS = {
    "equal": 1.0, "equal_issuer_unknown": 0.97, "confusable": 0.9, "different_issuer": 0.4,
    "different": 0.0,
}  # fmt: skip


def _document(one: Document, two: Document) -> Evidence | None:
    try:
        result = compare_numbers(one.number, one.issuer, two.number, two.issuer)
    except IdentifierError:
        return None
    if result is NumberOutcome.UNKNOWN:
        return None
    outcome = str(result)
    number = canonical_number(one.number)
    issuers_known = country_code(one.issuer) and country_code(two.issuer)
    if result is NumberOutcome.EQUAL and not issuers_known:
        outcome = "equal_issuer_unknown"
    extra = 0.0
    if result is NumberOutcome.CONFUSABLE:
        extra = 1.0 - confused_characters(number, canonical_number(two.number))
    values = (_written(one), _written(two))
    item = found(Feature.DOCUMENT, outcome, values, _DOCUMENT_LIKENESS[outcome], extra)
    return item if item.log_odds <= 0 else _by_length(item, len(number))


def _by_length(item: Evidence, size: int) -> Evidence:
    bound = NATS_PER_CHARACTER * size
    if item.log_odds <= bound:
        return item
    values = (item.query_value, item.record_value)
    return found(item.feature, item.outcome, values, item.similarity, bound - item.log_odds)


def _written(document: Document) -> str:
    return " ".join(filter(None, (document.issuer, document.type, document.number)))
