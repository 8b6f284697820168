"""Positions of the five formats and the check digit, by ICAO's worked examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.mrz_layout import LAYOUTS, MrzFormat, after, check_digit, cut, layout_of


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("520727", "3"),
        ("AB2134<<<", "5"),
        ("L898902C3", "6"),
        ("<<<<<<", "0"),
        ("HA672242<", "6"),
        ("580225", "4"),
    ],
)
def test_check_digit_examples(text, digit):
    assert check_digit(text) == digit


@given(st.text("ABCXYZ0123456789<", max_size=60))
def test_a_check_digit_is_one_digit_and_ignores_trailing_fillers(text):
    digit = check_digit(text)
    assert len(digit) == 1
    assert digit.isdigit()
    assert check_digit(text + "<<<") == digit


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.format)
def test_fields_fill_each_format_without_overlap(layout):
    spans = [(0, 0, 5), layout.name, layout.number, layout.nationality, layout.birth, layout.sex]
    spans += [layout.expiry, layout.optional]
    spans += [after(span) for span in (layout.number, layout.birth, layout.expiry)]
    spans += [span for span in (layout.optional2, layout.composite) if span]
    spans += [after(layout.optional)] if layout.personal_number else []
    places = [(line, column) for line, start, end in spans for column in range(start, end)]
    assert len(places) == len(set(places))
    assert len(places) == layout.lines * layout.width


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("V" * 30,) * 3, MrzFormat.TD1),
        (("PU" + "<" * 34,) * 2, MrzFormat.TD2),
        (("V" * 36,) * 2, MrzFormat.MRVB),
        (("X" * 44,) * 2, MrzFormat.TD3),
        (("V" * 44,) * 2, MrzFormat.MRVA),
        (("P" * 44, "P" * 43), None),
        (("P" * 44,) * 3, None),
        ((), None),
    ],
)
def test_the_size_decides_the_format(lines, kind):
    layout = layout_of(lines)
    assert (layout and layout.format) == kind


def test_cut_takes_the_field():
    assert cut(("ABCDE", "FGHIJ"), (1, 1, 3)) == "GH"
