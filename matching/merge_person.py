"""When two records are of one person: by document, or by name and date of birth together."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from itertools import product

from matching.align import Alignment
from matching.compare_identity import (
    birth_evidence,
    document_evidence,
    nationality_evidence,
    place_evidence,
    sex_evidence,
)
from matching.dates import DateOutcome, compare_dates, interval
from matching.evidence import BIAS, Evidence, probability
from matching.keys import keys_of
from matching.merge_links import Budget, Rule
from matching.merge_names import agrees, aligned, best, is_full, is_like, is_rare
from matching.merge_view import PersonView
from matching.rarity import WORLD
from matching.record import Document, Kind, PartialDate, Sex

NAME_FLOOR = 0.35
"""Least similarity of the names on one document: below it the number is a coincidence."""

MIN_PROBABILITY = 0.99
"""Least probability of a merge by name."""

_FILLERS = frozenset({(1, 1), (7, 1), (12, 31)})
_LIFELONG = frozenset({"NATIONAL_ID", "TAX_ID"})
_DAY = frozenset({DateOutcome.EXACT, DateOutcome.CALENDAR})
_MONTH = _DAY | {DateOutcome.MONTH}
_YEAR = _MONTH | {DateOutcome.YEAR_ONLY, DateOutcome.YEAR_WEAK, DateOutcome.SWAP}
_UNLIKE = frozenset({DateOutcome.CONTRADICTS, DateOutcome.NEAR, DateOutcome.TYPO})


def _outcomes(one: PersonView, two: PersonView) -> set[DateOutcome]:
    found = {_outcome(a, b) for a, b in product(one.births, two.births)}
    return found - {DateOutcome.UNKNOWN}


def _outcome(a: PartialDate, b: PartialDate) -> DateOutcome:
    """As compared, but the same filler (1 January) is the same year and no more."""
    result = compare_dates(a, b)
    filler = result.outcome is DateOutcome.EXACT and result.weak
    return DateOutcome.YEAR_WEAK if filler else result.outcome


def births_clash(one: PersonView, two: PersonView) -> bool:
    """Whether no date of the one agrees with any of the other."""
    found = _outcomes(one, two)
    return bool(found) and found == {DateOutcome.CONTRADICTS}


def _papers_clash(one: PersonView, two: PersonView) -> bool:
    """Whether both have numbers that last for life, of one country and type, but no common one."""
    mine, yours = _lifelong(one), _lifelong(two)
    return any(not mine[key] & yours[key] for key in mine.keys() & yours.keys())


def _lifelong(view: PersonView) -> dict[tuple[str, str], set[str]]:
    numbers: dict[tuple[str, str], set[str]] = {}
    for number, issuer, kind in view.papers:
        if issuer and kind in _LIFELONG:
            numbers.setdefault((issuer, kind), set()).add(number)
    return numbers


def _never_one(one: PersonView, two: PersonView) -> bool:
    kinds = {one.kind, two.kind} - {Kind.UNKNOWN}
    return one.misused or two.misused or len(kinds) > 1 or births_clash(one, two)


def _by_name_never_one(one: PersonView, two: PersonView) -> bool:
    sexes = {one.sex, two.sex} & {Sex.FEMALE, Sex.MALE}
    return _never_one(one, two) or len(sexes) > 1 or _papers_clash(one, two)


def _coarsely_never_one(one: PersonView, two: PersonView) -> bool:
    """A month or year must not bridge dates that only look like each other, as those of twins."""
    found = _outcomes(one, two)
    return _by_name_never_one(one, two) or (bool(found) and found <= _UNLIKE)


def _paper_blocks(view: PersonView) -> Iterable[Hashable]:
    return [(number, issuer) for number, issuer, _ in view.papers if issuer]


def _same_document(one: PersonView, two: PersonView, budget: Budget) -> float | None:
    if not _common_paper(one, two) or _never_one(one, two):
        return None
    name = best(one.names, two.names, budget)
    agreed = bool(_outcomes(one, two) & _MONTH)
    if name.similarity < NAME_FLOOR and (not agreed or (one.names and two.names)):
        return None
    return _probability(one, two, name)


def _common_paper(one: PersonView, two: PersonView) -> bool:
    return any(
        a[:2] == b[:2] and a[1] and len({a[2], b[2]} - {"", "OTHER"}) < 2
        for a, b in product(one.papers, two.papers)
    )


def _days(view: PersonView) -> Iterable[Hashable]:
    """Each day that a full date can mean; Hijri dates have a few."""
    for date in view.births:
        first, last = interval(date)
        if last - first <= 4 and (date.month, date.day) not in _FILLERS:
            yield from range(first, last + 1)


def _months(view: PersonView) -> Iterable[Hashable]:
    for date in view.births:
        if date.month and (date.month, date.day) not in _FILLERS and not date.year_to:
            yield date.calendar, date.year, date.month


def _years(view: PersonView) -> Iterable[Hashable]:
    """Year of birth with all words of a name, their spelling levelled, in any order."""
    years = {date.year for date in view.births if not date.approximate and not date.year_to}
    names = {tuple(sorted(keys_of(w.form).fold for w in words)) for words in view.sure}
    return product(sorted(years - {0}), sorted(names))


def _name_and_day(one: PersonView, two: PersonView, budget: Budget) -> float | None:
    return _by_name(one, two, budget, _DAY, is_like)


def _name_and_month(one: PersonView, two: PersonView, budget: Budget) -> float | None:
    return _by_name(one, two, budget, _MONTH, is_full)


def _name_and_year(one: PersonView, two: PersonView, budget: Budget) -> float | None:
    return _by_name(one, two, budget, _YEAR, is_rare)


def _by_name(
    one: PersonView,
    two: PersonView,
    budget: Budget,
    agreeing: frozenset[DateOutcome],
    fits: Callable[[Alignment], bool],
) -> float | None:
    if not _outcomes(one, two) & agreeing or _by_name_never_one(one, two):
        return None
    for left, right, name in aligned(one.sure, two.sure, budget):
        if fits(name) and agrees(left, right, name):
            likely = _probability(one, two, name)
            if likely >= MIN_PROBABILITY:
                return likely
    return None


def _probability(one: PersonView, two: PersonView, name: Alignment) -> float:
    """As that of a hit: the name and all that both records tell, from one odds in the world."""
    rest: list[Evidence] = [
        *birth_evidence(one.births, two.births),
        *sex_evidence(one.sex, two.sex),
        *nationality_evidence(one.nationalities, two.nationalities),
        *place_evidence(one.birth_place, (two.birth_place,)),
        *document_evidence(_documents(one), _documents(two)),
    ]
    prior = BIAS - math.log(WORLD)
    return probability(math.fsum([prior, name.log_odds, *(e.log_odds for e in rest)]))


def _documents(view: PersonView) -> tuple[Document, ...]:
    return tuple(Document(*paper) for paper in view.papers)


PERSON_RULES: tuple[Rule[PersonView], ...] = (
    Rule("same_document", _paper_blocks, _same_document, _never_one),
    Rule("name_and_birth", _days, _name_and_day, _by_name_never_one),
    Rule("name_and_month", _months, _name_and_month, _coarsely_never_one, coarse=True),
    Rule("rare_name_and_year", _years, _name_and_year, _coarsely_never_one, coarse=True),
)
"""The rules for persons, the surest first."""
