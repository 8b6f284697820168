"""Other calendars against dates fixed by calendar libraries (hijridate, jdatetime) beforehand."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.calendars import BUDDHIST, GREGORIAN, HIJRI, HIJRI_TOLERANCE, JALALI, to_ordinal

JALALI_DATES = [
    (1353, 5, 21, "1974-08-12"),
    (1300, 1, 1, "1921-03-21"),
    (1357, 11, 22, "1979-02-11"),
    (1399, 12, 30, "2021-03-20"),
    (1403, 7, 1, "2024-09-22"),
]
HIJRI_DATES = [
    (1394, 5, 24, "1974-06-14"),
    (1356, 1, 1, "1937-03-14"),
    (1445, 9, 1, "2024-03-11"),
    (1420, 12, 29, "2000-04-04"),
]


@pytest.mark.parametrize(("year", "month", "day", "western"), JALALI_DATES)
def test_jalali_dates_are_exact(year, month, day, western):
    assert to_ordinal(JALALI, year, month, day) == dt.date.fromisoformat(western).toordinal()


@pytest.mark.parametrize(("year", "month", "day", "western"), HIJRI_DATES)
def test_hijri_dates_are_within_the_tolerance(year, month, day, western):
    apart = to_ordinal(HIJRI, year, month, day) - dt.date.fromisoformat(western).toordinal()
    assert abs(apart) <= HIJRI_TOLERANCE


@given(st.dates(dt.date(1, 1, 1)))
def test_gregorian_and_buddhist_agree_with_the_calendar(day):
    assert to_ordinal(GREGORIAN, day.year, day.month, day.day) == day.toordinal()
    assert to_ordinal(BUDDHIST, day.year + 543, day.month, day.day) == day.toordinal()


@given(st.integers(1178, 1632))
def test_jalali_years_join_without_gaps(year):
    days = [to_ordinal(JALALI, year, month, 1 if month < 12 else 29) or 0 for month in range(1, 13)]
    assert days == sorted(days)
    following = to_ordinal(JALALI, year + 1, 1, 1)
    assert following - days[0] in {365, 366}
    assert following - days[-1] in {1, 2}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (GREGORIAN, (2023, 2, 29)),
        (GREGORIAN, (2023, 13, 1)),
        (GREGORIAN, (2023, 0, 1)),
        (GREGORIAN, (2023, 1, 0)),
        (GREGORIAN, (0, 1, 1)),
        (GREGORIAN, (10000, 1, 1)),
        (BUDDHIST, (543, 1, 1)),
        (JALALI, (1353, 7, 31)),
        (HIJRI, (1394, 5, 31)),
        (HIJRI, (99999, 1, 1)),
    ],
)
def test_days_that_do_not_exist_have_no_number(name, parts):
    assert to_ordinal(name, *parts) is None
