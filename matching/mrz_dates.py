"""Two-digit dates of a machine-readable zone and the century that they belong to."""

import calendar
import datetime as dt
from dataclasses import dataclass

from matching.record import PartialDate

YOUNG = 10
OLD = 90
"""Below and above these ages, in years, both centuries are read (DOMAIN 4.1: no ICAO rule)."""


@dataclass(frozen=True, slots=True)
class MrzDate:
    """A date field of six characters.

    `precision` is day, month, year or unknown. `readings` are the dates that it can mean, the most
    likely first; empty if the year is unknown.
    """

    raw: str
    precision: str
    readings: tuple[PartialDate, ...] = ()

    @property
    def yy(self) -> str | None:
        """The two digits of the year, None if unknown."""
        return _digits(self.raw[:2])

    @property
    def mm(self) -> str | None:
        """The two digits of the month, None if unknown."""
        return _digits(self.raw[2:4])

    @property
    def dd(self) -> str | None:
        """The two digits of the day, None if unknown."""
        return _digits(self.raw[4:6])


def _digits(pair: str) -> str | None:
    return pair if pair.isascii() and pair.isdigit() else None


def birth_date(raw: str, today: dt.date) -> MrzDate:
    """A birth date: the latest past one; both centuries below 10 and above 90 years of age."""
    yy, month, day = _parts(raw)
    if yy is None:
        return MrzDate(raw, "unknown")
    years = birth_years(yy, month, day, today)
    return MrzDate(raw, _precision(month, day), tuple(_date(y, month, day, raw) for y in years))


def expiry_date(raw: str) -> MrzDate:
    """An expiry date: always 20yy."""
    yy, month, day = _parts(raw)
    if yy is None:
        return MrzDate(raw, "unknown")
    return MrzDate(raw, _precision(month, day), (_date(2000 + yy, month, day, raw),))


def birth_years(yy: int, month: int, day: int, today: dt.date) -> tuple[int, ...]:
    """Years that a two-digit year of birth can mean, likely ones first; month or day 0: unknown."""
    year = today.year - (today.year - yy) % 100
    if (year, month, day) > (today.year, today.month, today.day):
        year -= 100
    age = today.year - year - ((month or 1, day or 1) > (today.month, today.day))
    if age < YOUNG:
        return (year, year - 100)
    return (year, year + 100) if age > OLD else (year,)


def _parts(raw: str) -> tuple[int | None, int, int]:
    yy, month, day = (_digits(raw[i : i + 2]) for i in (0, 2, 4))
    return (int(yy) if yy else None), int(month or 0), int(day or 0)


def _precision(month: int, day: int) -> str:
    if not month:
        return "year"
    return "day" if day else "month"


def _date(year: int, month: int, day: int, raw: str) -> PartialDate:
    if not month:
        return PartialDate(year, raw=raw)
    if month <= 12 and day > calendar.monthrange(year, month)[1]:
        return PartialDate(year, month, raw=raw)
    return PartialDate(year, month, day, raw=raw)
