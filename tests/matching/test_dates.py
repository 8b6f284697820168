"""Comparison of birth dates: every vector, symmetry, distances, intervals."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.dates import DateOutcome, compare_dates, interval, parse_date
from matching.record import PartialDate

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "dob_pairs.json").read_text("utf-8")
)
CALENDARS = ["gregorian", "hijri", "jalali", "buddhist"]
DATES = st.builds(
    PartialDate,
    year=st.integers(0, 9999) | st.integers(1300, 2600),
    month=st.integers(0, 31),
    day=st.integers(0, 31),
    calendar=st.sampled_from(CALENDARS),
    year_to=st.just(0) | st.integers(1900, 2000),
    approximate=st.booleans(),
)


def outcome(a, b):
    return compare_dates(parse_date(a), parse_date(b)).outcome


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['a']}~{v['b']}")
def test_every_vector(vector):
    assert outcome(vector["a"], vector["b"]).name == vector["expected"]
    assert outcome(vector["b"], vector["a"]).name == vector["expected"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("1974-08-12", "1974-12-08", "SWAP"),
        ("1974-08-12", "1974-08-13", "NEAR"),
        ("1974-12-31", "1975-01-01", "NEAR"),
        ("1974-08-12", "1972-08-12", "NEAR"),
        ("1974-08-12", "1984-08-12", "TYPO"),
        ("1974-08-12", "1974-09-12", "TYPO"),
        ("1974-08-12", "1977-08-12", "TYPO"),
        ("1974-08-12", "1966-03-27", "CONTRADICTS"),
        ("1974-08-12", "1974-03-27", "CONTRADICTS"),
        ("1974-12-31", "1974-08-12", "YEAR_WEAK"),
        ("1975-01-01", "1974-08-12", "NEAR"),
        ("1979-01-01", "1974-08-12", "CONTRADICTS"),
        ("1974", "1976", "NEAR"),
        ("1974", "1984", "CONTRADICTS"),
        ("1974-08", "1974-03-12", "CONTRADICTS"),
        ("1974-01-01", "1974-03", "YEAR_WEAK"),
        ("1974-08", "1975-08", "NEAR"),
        ("circa 1974", "1976-03-01", "RANGE"),
        ("circa 1974", "1978-03-01", "NEAR"),
        ("circa 1974", "1990", "CONTRADICTS"),
        ("1972 to 1976", "1974-08-12", "RANGE"),
        ("1972 to 1976", "1976", "RANGE"),
        ("1972 to 1976", "1980", "CONTRADICTS"),
        ("24-05-1394 AH", "1974-06-14", "CALENDAR"),
        ("24-05-1394 AH", "1974-06-16", "CALENDAR"),
        ("24-05-1394 AH", "1974-06-25", "NEAR"),
        ("1394 AH", "1974-06-14", "YEAR_ONLY"),
        ("24-05-1394 AH", "24-05-1394 AH", "EXACT"),
        ("1353-05-21 SH", "24-05-1394 AH", "NEAR"),
        ("1353-05-21 SH", "1990-08-12", "CONTRADICTS"),
        ("1353-05-21", "1974-08-12", "CALENDAR"),
        ("1353-05-21", "1984-08-12", "CONTRADICTS"),
        ("1353-05-21 SH", "circa 1974", "RANGE"),
        ("74<<<<", "74<<<<", "YEAR_ONLY"),
        ("740812", "1974-08-12", "EXACT"),
        ("1974-13-08", "1974-13-08", "EXACT"),
        ("1974-13-08", "1974-08-12", "NEAR"),
        ("05/06/1970", "1970-06-05", "YEAR_ONLY"),
    ],
)
def test_outcomes(a, b, expected):
    assert outcome(a, b).name == expected
    assert outcome(b, a).name == expected


def test_distance_tells_one_year_from_twenty():
    born = parse_date("1974-08-12")
    near, far = (compare_dates(born, parse_date(text)) for text in ("1975-08-12", "1994-03-12"))
    assert near.years == pytest.approx(1, abs=0.01)
    assert far.years == pytest.approx(19.6, abs=0.1)
    assert (near.differing, far.differing) == (1, 2)


def test_equal_fillers_are_exact_but_weak():
    first = parse_date("1974-01-01")
    found = compare_dates(first, first)
    assert (found.outcome, found.weak) == (DateOutcome.EXACT, True)


@given(DATES, DATES)
def test_comparison_is_symmetric_and_never_raises(a, b):
    found = compare_dates(a, b)
    assert found == compare_dates(b, a)
    assert found.years >= 0


@given(DATES)
def test_intervals_are_ordered_days(date):
    first, last = interval(date)
    assert first <= last
    assert first >= -10
    assert last <= dt.date.max.toordinal() + 10


@given(st.dates(dt.date(1850, 1, 1), dt.date(2100, 1, 1)))
def test_a_day_agrees_with_itself_and_its_coarser_forms(day):
    whole = parse_date(day.isoformat())
    assert compare_dates(whole, whole).outcome is DateOutcome.EXACT
    month = compare_dates(whole, parse_date(f"{day:%Y-%m}"))
    assert month.outcome is DateOutcome.MONTH
    assert compare_dates(whole, parse_date(f"{day:%Y}")).outcome is DateOutcome.YEAR_ONLY
    assert interval(whole) == (day.toordinal(), day.toordinal())
    assert compare_dates(whole, PartialDate()).outcome is DateOutcome.UNKNOWN


@given(st.dates(dt.date(1901, 1, 1), dt.date(2040, 1, 1)))
def test_a_buddhist_date_is_its_gregorian_one(day):
    thai = PartialDate(day.year + 543, day.month, day.day, "buddhist")
    assert compare_dates(thai, parse_date(day.isoformat())).outcome is DateOutcome.CALENDAR


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1974", "1974-01-01", "1974-12-31"),
        ("1974-02", "1974-02-01", "1974-02-28"),
        ("1974-02-31", "1974-02-01", "1974-02-28"),
        ("circa 1974", "1972-01-01", "1976-12-31"),
        ("1972 to 1974", "1972-01-01", "1974-12-31"),
        ("74<<<<", "1974-01-01", "2074-12-31"),
        ("1353 SH", "1974-03-21", "1975-03-20"),
    ],
)
def test_intervals(text, first, last):
    ends = tuple(dt.date.fromisoformat(day).toordinal() for day in (first, last))
    assert interval(parse_date(text)) == ends
