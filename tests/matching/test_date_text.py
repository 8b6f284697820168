"""Dates as texts: every form of the lists, unknown parts, eras, ambiguity, bounds."""

from __future__ import annotations

import csv
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.date_text import MAX_DATE_TEXT, parse_date
from matching.record import PartialDate


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("1970-01-31", 1970, 1, 31),
        ("1970-1-3", 1970, 1, 3),
        ("1970-01-31T00:00:00Z", 1970, 1, 31),
        ("1974/08/12", 1974, 8, 12),
        ("1974/08", 1974, 8, 0),
        ("1970-01", 1970, 1, 0),
        ("01/1970", 1970, 1, 0),
        ("1970", 1970, 0, 0),
        ("31 Jan 1970", 1970, 1, 31),
        ("31-JAN-1970", 1970, 1, 31),
        ("1st September 1970", 1970, 9, 1),
        ("January 31, 1970", 1970, 1, 31),
        ("Sept 1970", 1970, 9, 0),
        ("May 1970", 1970, 5, 0),
        ("5.6.1970", 1970, 6, 5),
        ("00/00/1965", 1965, 0, 0),
        ("00/05/1970", 1970, 5, 0),
        ("28/09/1955", 1955, 9, 28),
        ("09/28/1955", 1955, 9, 28),
        ("06/06/1955", 1955, 6, 6),
        ("1955-00-00", 1955, 0, 0),
        ("1955-00-12", 1955, 0, 0),
        ("1974-13-08", 1974, 13, 8),
        ("19740812", 1974, 8, 12),
        ("12081974", 1974, 8, 12),
        ("197408", 1974, 8, 0),
        ("١٩٧٤-٠٨-١٢", 1974, 8, 12),
        ("  1970-01-31 ", 1970, 1, 31),
        ("<<<<<<", 0, 0, 0),
        ("00<<<<", 2000, 0, 0),
        ("74<<<<", 74, 0, 0),
        ("740812", 74, 8, 12),
        ("13AUG54", 54, 8, 13),
        ("1970-45-12", 1970, 0, 0),
    ],
)
def test_forms(text, year, month, day):
    assert parse_date(text) == PartialDate(year, month, day, raw=text.strip())


@pytest.mark.parametrize(
    ("text", "year", "year_to", "approximate"),
    [
        ("circa 1965", 1965, 0, True),
        ("c. 1965", 1965, 0, True),
        ("~1965", 1965, 0, True),
        ("approximately 1965", 1965, 0, True),
        ("1965 to 1968", 1965, 1968, False),
        ("1965-1968", 1965, 1968, False),
        ("between 1965 and 1968", 1965, 1968, False),
        ("circa 1965-1968", 1965, 1968, True),
        ("01 Jan 1960 to 31 Dec 1961", 1960, 1961, False),
        ("Mar 1970 to Feb 1971", 1970, 1971, False),
    ],
)
def test_ranges(text, year, year_to, approximate):
    date = parse_date(text)
    assert (date.year, date.year_to, date.approximate) == (year, year_to, approximate)


@pytest.mark.parametrize(
    ("text", "calendar", "parts"),
    [
        ("1353-05-21 SH", "jalali", (1353, 5, 21)),
        ("24-05-1394 AH", "hijri", (1394, 5, 24)),
        ("AH 1394", "hijri", (1394, 0, 0)),
        ("2517-08-12 BE", "buddhist", (2517, 8, 12)),
        ("2517-08-12", "buddhist", (2517, 8, 12)),
        ("1974 AD", "gregorian", (1974, 0, 0)),
        ("1394", "gregorian", (1394, 0, 0)),
    ],
)
def test_eras(text, calendar, parts):
    date = parse_date(text)
    assert (date.calendar, (date.year, date.month, date.day)) == (calendar, parts)


def test_an_ambiguous_order_keeps_the_year_and_the_text_until_it_is_told():
    assert parse_date("05/06/1970") == PartialDate(1970, raw="05/06/1970")
    assert parse_date("05/06/1970", day_first=True).iso() == "1970-06-05"
    assert parse_date("05/06/1970", day_first=False).iso() == "1970-05-06"


@pytest.mark.parametrize(
    ("text", "today", "year"),
    [
        ("74<<<<", dt.date(2026, 11, 21), 1974),
        ("13AUG54", dt.date(2026, 11, 21), 1954),
        ("00<<<<", dt.date(2026, 11, 21), 2000),
        ("261122", dt.date(2026, 11, 21), 1926),
    ],
)
def test_today_settles_the_century(text, today, year):
    assert parse_date(text, today=today).year == year


@pytest.mark.parametrize(
    "text", ["", " ", "hello", "na", "12", "31/12", "1968 to 1965", "x" * 65, "19 70", "0000"]
)
def test_no_date(text):
    assert parse_date(text) is None


@given(st.text(max_size=MAX_DATE_TEXT * 2) | st.from_regex(r"[0-9<./ -]{4,12}", fullmatch=True))
def test_any_text_gives_a_bounded_date_or_none(text):
    date = parse_date(text)
    if date is not None:
        assert 0 <= date.year <= 9999
        assert 0 <= date.month <= 31
        assert 0 <= date.day <= 31
        assert date.raw == text.strip()


@given(st.dates(dt.date(1850, 1, 1), dt.date(2100, 1, 1)))
def test_a_day_reads_the_same_in_every_form(day):
    parts = (day.year, day.month, day.day)
    for form in ("%Y-%m-%d", "%d %b %Y", "%d.%m.%Y", "%Y/%m/%d", "%B %d, %Y", "%Y%m%d"):
        date = parse_date(day.strftime(form))
        assert (date.year, date.month, date.day) == parts, form


def test_every_birth_date_of_the_real_lists_is_read(shared_lists):
    """All of OFAC's "DOB" remarks and of the UK's dates state a year that is kept."""
    written = set()
    for path in sorted((shared_lists / "ofac").rglob("sdn.csv")):
        text = path.read_text("latin-1")
        written |= set(re.findall(r"\bDOB ([^;\"]*?)(?=[;.\"])", text))
    with (shared_lists / "uk" / "OFSI_ConList_sample.csv").open(encoding="utf-8-sig") as rows:
        next(rows)
        written |= {row["DOB"] for row in csv.DictReader(rows) if row["DOB"]}
    assert len(written) > 3000
    lost = {text for text in written if not (parse_date(text) or PartialDate()).year}
    assert lost == set()
