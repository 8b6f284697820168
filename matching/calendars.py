"""Hijri, Jalali and Buddhist dates as proleptic Gregorian day numbers (`date.toordinal`)."""

import datetime as dt

GREGORIAN = "gregorian"
HIJRI = "hijri"
JALALI = "jalali"
BUDDHIST = "buddhist"

BUDDHIST_YEARS = 543
"""Thai Buddhist era minus Common Era."""

HIJRI_TOLERANCE = 2
"""Days by which the tabular calendar and a sighted month may differ (DOMAIN 4.6)."""

_HIJRI_EPOCH = 227014
_JALALI_EPOCH = -355668 - 365


def to_ordinal(name: str, year: int, month: int, day: int) -> int | None:
    """Day number of a date in calendar `name`; None if the calendar has no such day.

    Hijri is the tabular calendar (16 July 622 Julian, 30-year cycle), right to
    HIJRI_TOLERANCE days; Jalali the 33-year arithmetic rule, right from 1178 to 1633 SH.
    """
    if name == GREGORIAN:
        return _western(year, month, day)
    if name == BUDDHIST:
        return _western(year - BUDDHIST_YEARS, month, day)
    longest = 31 if name == JALALI and month < 7 else 30
    if not 1 <= month <= 12 or not 1 <= day <= longest:
        return None
    if name == HIJRI:
        days = 29 * (month - 1) + (6 * month - 1) // 11 + 354 * (year - 1)
        ordinal = _HIJRI_EPOCH + days + (3 + 11 * year) // 30 + day
    else:
        ordinal = _jalali(year, month, day)
    return ordinal if 1 <= ordinal <= dt.date.max.toordinal() else None


def _western(year: int, month: int, day: int) -> int | None:
    try:
        return dt.date(year, month, day).toordinal()
    except ValueError:
        return None


def _jalali(year: int, month: int, day: int) -> int:
    cycles, rest = divmod(year + 1595, 33)
    before = 31 * (month - 1) if month < 7 else 30 * (month - 7) + 186
    return 365 * (year + 1595) + 8 * cycles + (rest + 3) // 4 + before + day + _JALALI_EPOCH
