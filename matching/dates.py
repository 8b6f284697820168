"""Birth dates as intervals, and what two of them say about each other (DOMAIN 4.6)."""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from matching import calendars
from matching.date_text import MAX_DATE_TEXT, parse_date
from matching.record import PartialDate

__all__ = [
    "MAX_DATE_TEXT",
    "DateComparison",
    "DateOutcome",
    "compare_dates",
    "interval",
    "parse_date",
]

CIRCA_YEARS = 2
"""Years on either side that "circa" allows."""

NEAR_YEARS = 2
"""Years apart that still count as near, day and month being equal or unknown."""

_FILLERS = frozenset({(1, 1), (7, 1), (12, 31)})
_WHOLE = (1, dt.date.max.toordinal())


class DateOutcome(StrEnum):
    """What comparing two dates of birth says, the strongest agreement first."""

    EXACT = "exact"
    CALENDAR = "calendar"
    INVALID_FIX = "invalid_fix"
    SWAP = "swap"
    MONTH = "month"
    TYPO = "typo"
    YEAR_ONLY = "year_only"
    RANGE = "range"
    YEAR_WEAK = "year_weak"
    NEAR = "near"
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class DateComparison:
    """Outcome of `compare_dates`.

    `years` is the distance of the two intervals in years, 0.0 where they touch; `differing` counts
    the known parts (year, month, day) that are unlike; `weak` says that one date is a filler
    (1 January, 1 July, 31 December), so that even EXACT may know the year only.
    """

    outcome: DateOutcome
    years: float = 0.0
    differing: int = 0
    weak: bool = False


def interval(date: PartialDate) -> tuple[int, int]:
    """First and last day that `date` can mean, as Gregorian day numbers (`date.toordinal`).

    Unknown dates span everything; a day or month that the calendar does not have counts as
    unknown. "circa" widens by CIRCA_YEARS. A year of two digits spans 19yy to 20yy.
    """
    if not date.year:
        return _WHOLE
    if date.calendar == calendars.GREGORIAN and date.year < 100:
        first, last = (_span(replace(date, year=c + date.year)) for c in (1900, 2000))
        return first[0], last[1]
    return _span(date)


def _span(date: PartialDate) -> tuple[int, int]:
    margin = CIRCA_YEARS if date.approximate else 0
    if not margin and not date.year_to and 1 <= date.month <= 12:
        exact = calendars.to_ordinal(date.calendar, date.year, date.month, date.day)
        if exact:
            slack = calendars.HIJRI_TOLERANCE if date.calendar == calendars.HIJRI else 0
            return exact - slack, exact + slack
        return _months(date.calendar, (date.year, date.month), (date.year, date.month))
    last = max(date.year_to, date.year) + margin
    return _months(date.calendar, (date.year - margin, 1), (last, 12))


def _months(name: str, first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int]:
    """Days from the start of one month to the end of another, both (year, month)."""
    slack = calendars.HIJRI_TOLERANCE if name == calendars.HIJRI else 0
    year, month = last
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    start = calendars.to_ordinal(name, *first, 1)
    after = calendars.to_ordinal(name, *following, 1)
    if start is None:
        return _WHOLE
    return start - slack, (after - 1 if after else _WHOLE[1]) + slack


def compare_dates(a: PartialDate, b: PartialDate) -> DateComparison:
    """What two dates say about each other; symmetric, never raises.

    CALENDAR needs both days known; where one calendar's date is coarser, years that overlap are
    YEAR_ONLY. Gregorian years below 1500 are read as Jalali or Hijri, whichever fits.
    """
    if not a.year or not b.year:
        return DateComparison(DateOutcome.UNKNOWN)
    if a.calendar == b.calendar:
        plain = _same_calendar(*_one_century(a, b))
        if plain.outcome is not DateOutcome.CONTRADICTS:
            return plain
        return _misnamed(a, b) or plain
    return _two_calendars(a, b)


def _one_century(a: PartialDate, b: PartialDate) -> tuple[PartialDate, PartialDate]:
    """Give a two-digit year the century that brings the two dates closest."""
    if a.calendar != calendars.GREGORIAN:
        return a, b
    return _with_century(a, b.year), _with_century(b, a.year)


def _with_century(date: PartialDate, other: int) -> PartialDate:
    if date.year >= 100:
        return date
    near = min((1900, 2000), key=lambda c: abs(c + date.year - (other if other >= 100 else 1950)))
    return replace(date, year=near + date.year)


def _misnamed(a: PartialDate, b: PartialDate) -> DateComparison | None:
    """A date without era whose year can only be Jalali or Hijri."""
    if a.calendar != calendars.GREGORIAN or (a.year < 1500) == (b.year < 1500):
        return None
    old, new = (a, b) if a.year < b.year else (b, a)
    if not 1200 <= old.year < 1500:
        return None
    for name in (calendars.JALALI, calendars.HIJRI):
        found = _two_calendars(replace(old, calendar=name), new)
        if found.outcome is DateOutcome.CALENDAR:
            return found
    return None


def _two_calendars(a: PartialDate, b: PartialDate) -> DateComparison:
    years = _apart(a, b)
    if years:
        outcome = DateOutcome.NEAR if years <= NEAR_YEARS else DateOutcome.CONTRADICTS
        return DateComparison(outcome, years, 1)
    if _is_range(a) or _is_range(b):
        return DateComparison(DateOutcome.RANGE)
    if not (_is_full(a) and _is_full(b)):
        return DateComparison(DateOutcome.YEAR_ONLY)
    return DateComparison(DateOutcome.CALENDAR)


def _apart(a: PartialDate, b: PartialDate) -> float:
    """Years between the two intervals, 0.0 where they overlap."""
    (a_from, a_to), (b_from, b_to) = interval(a), interval(b)
    return max(0, a_from - b_to, b_from - a_to) / 365.25


def _is_range(date: PartialDate) -> bool:
    return date.approximate or date.year_to > date.year


def _is_full(date: PartialDate) -> bool:
    return bool(date.month and date.day)


def _is_filler(date: PartialDate) -> bool:
    return (date.month, date.day) in _FILLERS


def _same_calendar(a: PartialDate, b: PartialDate) -> DateComparison:
    if _is_range(a) or _is_range(b):
        return _by_distance(DateOutcome.RANGE, _apart(a, b), 1)
    if not (a.month and a.day and b.month and b.day):
        return _coarse(a, b)
    fixed_a, fixed_b = _fixed(a), _fixed(b)
    mended = fixed_a is not a or fixed_b is not b
    if mended and _parts(a) != _parts(b) and _parts(fixed_a) == _parts(fixed_b):
        return DateComparison(DateOutcome.INVALID_FIX)
    return _full(fixed_a, fixed_b)


def _by_distance(overlapping: DateOutcome, years: float, differing: int) -> DateComparison:
    if not years:
        return DateComparison(overlapping)
    outcome = DateOutcome.NEAR if years <= NEAR_YEARS else DateOutcome.CONTRADICTS
    return DateComparison(outcome, years, differing)


def _coarse(a: PartialDate, b: PartialDate) -> DateComparison:
    """At least one date without its day or month."""
    years = _apart(a, b)
    weak = _is_filler(a) or _is_filler(b)
    if a.year == b.year:
        if not a.month or not b.month:
            return DateComparison(DateOutcome.YEAR_ONLY, weak=weak)
        if a.month == b.month:
            return DateComparison(DateOutcome.MONTH, weak=weak)
        if weak:
            return DateComparison(DateOutcome.YEAR_WEAK, differing=1, weak=True)
        return DateComparison(DateOutcome.CONTRADICTS, years, 1)
    differing = 1 + bool(a.month and b.month and a.month != b.month)
    near = abs(a.year - b.year) <= NEAR_YEARS and differing == 1
    outcome = DateOutcome.NEAR if near else DateOutcome.CONTRADICTS
    return DateComparison(outcome, years, differing, weak)


def _full(a: PartialDate, b: PartialDate) -> DateComparison:
    differing = (a.year != b.year) + (a.month != b.month) + (a.day != b.day)
    weak = _is_filler(a) or _is_filler(b)
    if not differing:
        return DateComparison(DateOutcome.EXACT, weak=weak)
    days = _days_apart(a, b)
    years = days / 365.25 if days is not None else _apart(a, b)
    outcome = DateOutcome.NEAR if days == 1 else _full_outcome(a, b, weak=weak)
    return DateComparison(outcome, years, differing, weak)


def _full_outcome(a: PartialDate, b: PartialDate, *, weak: bool) -> DateOutcome:
    years = abs(a.year - b.year)
    if not years and a.month == b.day and a.day == b.month:
        return DateOutcome.SWAP
    if not years and weak:
        return DateOutcome.YEAR_WEAK
    if years <= NEAR_YEARS and (weak or (a.month == b.month and a.day == b.day)):
        return DateOutcome.NEAR
    return DateOutcome.TYPO if _one_slip(a, b) else DateOutcome.CONTRADICTS


def _days_apart(a: PartialDate, b: PartialDate) -> int | None:
    """Days between two full dates of one calendar; None if one of them does not exist."""
    one = calendars.to_ordinal(a.calendar, a.year, a.month, a.day)
    two = calendars.to_ordinal(b.calendar, b.year, b.month, b.day)
    return None if one is None or two is None else abs(one - two)


def _one_slip(a: PartialDate, b: PartialDate) -> bool:
    """One digit wrong, or two neighbouring digits of one part exchanged."""
    if (a.year != b.year) + (a.month != b.month) + (a.day != b.day) != 1:
        return False
    x, y = f"{a.year:04d}{a.month:02d}{a.day:02d}", f"{b.year:04d}{b.month:02d}{b.day:02d}"
    at = [i for i, (c, d) in enumerate(zip(x, y, strict=True)) if c != d]
    exchanged = len(at) == 2 and at[1] == at[0] + 1 and x[at[0]] + x[at[1]] == y[at[1]] + y[at[0]]
    return len(at) == 1 or exchanged


def _parts(date: PartialDate) -> tuple[int, int, int]:
    return date.year, date.month, date.day


def _fixed(date: PartialDate) -> PartialDate:
    """Day and month exchanged where the month cannot be one (INVALID_FIX)."""
    if date.month > 12 and 1 <= date.day <= 12:
        return replace(date, month=date.day, day=date.month)
    return date
