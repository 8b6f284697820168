"""Two-digit dates of a zone: the century of birth, unknown and impossible parts."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.mrz import parse
from matching.mrz_layout import check_digit

TODAY = dt.date(2026, 11, 21)
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def with_birth(raw):
    return TD3[1][:13] + raw + check_digit(raw) + TD3[1][20:]


@pytest.mark.parametrize(
    ("raw", "today", "years"),
    [
        ("740812", TODAY, [1974]),
        ("261121", TODAY, [2026, 1926]),
        ("261122", TODAY, [1926, 2026]),
        ("200101", TODAY, [2020, 1920]),
        ("161121", TODAY, [2016]),
        ("340101", TODAY, [1934, 2034]),
        ("361120", TODAY, [1936]),
        ("26<<<<", TODAY, [2026, 1926]),
        ("000229", TODAY, [2000]),
        ("<<0812", TODAY, []),
        ("<<<<<<", TODAY, []),
        ("990101", dt.date(2000, 1, 1), [1999, 1899]),
    ],
)
def test_the_century_of_birth(raw, today, years):
    mrz = parse(TD3[0] + with_birth(raw), today)
    assert [reading.year for reading in mrz.birth.readings] == years


@given(st.dates(dt.date(1937, 1, 1), dt.date(2026, 11, 21)))
def test_a_birth_date_is_among_its_readings(born):
    mrz = parse(TD3[0] + with_birth(f"{born:%y%m%d}"), TODAY)
    readings = [(r.year, r.month, r.day) for r in mrz.birth.readings]
    assert (born.year, born.month, born.day) in readings
    assert mrz.birth.precision == "day"


def test_impossible_days_keep_what_is_possible():
    assert parse(TD3[0] + with_birth("740231"), TODAY).birth.readings[0].iso() == "1974-02"
    assert parse(TD3[0] + with_birth("7408<<"), TODAY).birth.precision == "month"
    assert parse(TD3[0] + with_birth("741308"), TODAY).birth.readings[0].month == 13


def test_expiry_is_in_this_century():
    assert parse(TD3[0] + TD3[1], TODAY).expiry.readings[0].iso() == "2012-04-15"
