"""Read dates as lists, documents and officers write them."""

import datetime as dt
import re
import unicodedata

from matching import calendars
from matching.mrz_dates import birth_date
from matching.record import PartialDate

MAX_DATE_TEXT = 64
"""Longest text that is looked at, in characters."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_CALENDARS = {
    "ah": calendars.HIJRI,
    "h": calendars.HIJRI,
    "hijri": calendars.HIJRI,
    "sh": calendars.JALALI,
    "ap": calendars.JALALI,
    "jalali": calendars.JALALI,
    "be": calendars.BUDDHIST,
    "ad": calendars.GREGORIAN,
    "ce": calendars.GREGORIAN,
}
_ERA = re.compile(rf"\b({'|'.join(_CALENDARS)})\b")
_CIRCA = re.compile(
    r"^(?:circa|approximately|approx|about|around|estimated|est|ca|c)\b\.?\s*|^~\s*"
)
_RANGE = re.compile(
    r"^(?:between |from )?(?P<a>.{4,30}?)(?:\s+(?:to|and)\s+|\s*–\s*)(?P<b>.{4,30})$"
)
_YEARS = re.compile(r"^(\d{4})\s*[-/]\s*(\d{4})$")
_MRZ = re.compile(r"^[0-9<]{6}$")
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"^(?P<y>\d{4})$",
        r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})$",
        r"^(?P<m>\d{1,2})[-/.](?P<y>\d{4})$",
        r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:t00:00.*| 00:00.*)?$",
        r"^(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})$",
        rf"^(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[- ]?{_MONTH}[- ,]*(?P<y>\d{{4}}|\d{{2}})$",
        rf"^{_MONTH} ?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<y>\d{{4}})$",
        rf"^{_MONTH}[- ,]*(?P<y>\d{{4}})$",
        rf"^(?P<y>\d{{4}})[- ]{_MONTH}(?:[- ](?P<d>\d{{1,2}}))?$",
    )
)
_EITHER_ORDER = re.compile(r"^(?P<d>\d{1,2})[-/](?P<m>\d{1,2})[-/](?P<y>\d{4})$")
_COMPACT = re.compile(r"^\d{8}$")


def parse_date(
    text: str, *, day_first: bool | None = None, today: dt.date | None = None
) -> PartialDate | None:
    """The date that `text` states, with `raw` set to it; None if it states none.

    Year first, `d.m.yyyy`, month names, `circa`, `1965 to 1968`, two digits of the year with the
    day (`13AUG54`), MRZ dates (`74<<<<`), zeros for unknown parts, and eras (AH, SH, BE). Slashes
    and dashes with the year last are ambiguous: without `day_first`, only what both orders agree
    on is kept, at least the year. `today` settles the century of two digits; without it the year
    stays below 100 (1-99: century unknown; 00 means 2000). A year above 2400 is Buddhist.
    """
    raw = text[:MAX_DATE_TEXT].strip()
    clean = " ".join(_ascii_digits(raw).lower().split())
    if not clean or len(text) > MAX_DATE_TEXT:
        return None
    circa = _CIRCA.match(clean)
    found = _stated(clean[circa.end() :] if circa else clean, day_first, today)
    if found is None:
        return None
    year, month, day, year_to, era = found
    if not era:
        era = calendars.BUDDHIST if year > 2400 else calendars.GREGORIAN
    return PartialDate(year, month, day, era, raw, year_to, circa is not None)


_Parts = tuple[int, int, int, int, str]


def _stated(text: str, day_first: bool | None, today: dt.date | None) -> _Parts | None:
    era = ""
    mark = _ERA.search(text)
    if mark:
        era, day_first = _CALENDARS[mark[1]], True
        text = (text[: mark.start()] + text[mark.end() :]).strip(" .,")
    if _MRZ.match(text):
        return _six(text, today, era)
    return _range(text, era) or _single(text, day_first, today, era)


def _range(text: str, era: str) -> _Parts | None:
    years = _YEARS.match(text)
    if years:
        first, last = int(years[1]), int(years[2])
    else:
        ends = _RANGE.match(text)
        if not ends:
            return None
        a, b = (_single(ends[key].strip(), None, None, era) for key in ("a", "b"))
        if a is None or b is None:
            return None
        first, last = a[0], b[0]
    return (first, 0, 0, last, era) if 0 < first <= last else None


def _single(text: str, day_first: bool | None, today: dt.date | None, era: str) -> _Parts | None:
    if _COMPACT.match(text):
        return _compact(text, era)
    either = _EITHER_ORDER.match(text)
    if either:
        return _ordered(int(either["d"]), int(either["m"]), int(either["y"]), day_first, era)
    for form in _FORMS:
        match = form.match(text)
        if match:
            return _matched(match.groupdict(), today, era)
    return None


def _matched(parts: dict[str, str | None], today: dt.date | None, era: str) -> _Parts | None:
    name = parts.get("name")
    month = _MONTHS.index(name[:3]) + 1 if name else int(parts.get("m") or 0)
    day, year = int(parts.get("d") or 0), parts["y"] or ""
    if len(year) == 2:
        return _six(f"{year}{month:02d}{day:02d}", today, era)
    return _checked(int(year), month, day, era)


def _checked(year: int, month: int, day: int, era: str) -> _Parts | None:
    """Parts that can be a date, or one with day and month exchanged (13 as a month)."""
    if not year or month > 31 or day > 31 or (month > 12 and day > 12):
        return (year, 0, 0, 0, era) if year else None
    if not month:
        day = 0
    return year, month, day, 0, era


def _ordered(one: int, two: int, year: int, day_first: bool | None, era: str) -> _Parts | None:
    """Day and month in unknown order: kept if only one order is possible or both are the same."""
    if day_first is None and one and two:
        if one <= 12 and two <= 12 and one != two:
            return _checked(year, 0, 0, era)
        day_first = two <= 12
    if day_first is None:
        day_first = not one or not two
    return _checked(year, two, one, era) if day_first else _checked(year, one, two, era)


def _compact(text: str, era: str) -> _Parts | None:
    """`YYYYMMDD`, else `DDMMYYYY`, by which of them is a date."""
    for year, month, day in ((text[:4], text[4:6], text[6:]), (text[4:], text[2:4], text[:2])):
        if 1200 <= int(year) <= 2800 and int(month) <= 12 and int(day) <= 31:
            return _checked(int(year), int(month), int(day), era)
    return None


def _six(text: str, today: dt.date | None, era: str) -> _Parts | None:
    """`YYMMDD` of an MRZ or a manifest, else `YYYYMM` where that alone is possible."""
    yy, mm, dd = text[:2], text[2:4], text[4:]
    if text.isdigit() and not (int(mm) <= 12 and int(dd) <= 31) and 1 <= int(dd) <= 12:
        return _checked(int(text[:4]), int(dd), 0, era)
    if not yy.isdigit():
        return 0, 0, 0, 0, era
    month, day = (int(part) if part.isdigit() else 0 for part in (mm, dd))
    if today is None:
        return _checked(int(yy) or 2000, month, day, era)
    return _checked(birth_date(text, today).readings[0].year, month, day, era)


def _ascii_digits(text: str) -> str:
    digits = (unicodedata.decimal(c, None) for c in text)
    return "".join(c if d is None else str(d) for c, d in zip(text, digits, strict=True))
