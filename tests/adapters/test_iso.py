"""Dates of entries."""

from __future__ import annotations

import pytest

from adapters.iso import iso_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-31", "2026-12-31"),
        ("31.12.2026", "2026-12-31"),
        ("2026", "2026"),
        ("", ""),
        ("soon", ""),
    ],
)
def test_a_date_becomes_iso_and_anything_else_nothing(text, iso):
    assert iso_date(text) == iso


def test_an_order_settles_what_could_be_two_dates():
    assert iso_date("03/04/2026", day_first=True) == "2026-04-03"
    assert iso_date("03/04/2026", day_first=False) == "2026-03-04"
