"""Check digits: every vector, the published verdicts on real samples, long numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.mrz import parse
from matching.mrz_checks import long_number
from matching.mrz_layout import LAYOUTS, MrzFormat, check_digit

TODAY = dt.date(2026, 11, 21)
VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "mrz.json").read_text(encoding="utf-8")
)
READABLE = [v for v in VECTORS if v["parsed"]["format"]]


def by_id(vector):
    return vector["id"]


@pytest.mark.parametrize("vector", READABLE, ids=by_id)
def test_check_digits_of_every_vector(vector):
    mrz = parse("\n".join(vector["lines"]), TODAY)
    assert mrz.valid is vector["expect_valid"]
    assert list(mrz.failed) == vector["parsed"]["failed"]
    expected = vector["parsed"]["checks"]
    got = [
        {key: getattr(check, key) for key in want}
        for check, want in zip(mrz.checks, expected, strict=True)
    ]
    assert got == expected


def test_real_samples_have_the_published_verdicts(shared_lists):
    """The publisher marks every long document number wrong; ICAO 9303-5 note j makes them right."""
    samples = json.loads((shared_lists / "mrz" / "mrz_samples.json").read_text("utf-8"))["samples"]
    assert len(samples) == 25
    for sample in samples:
        mrz = parse("\n".join(sample["lines"]), TODAY, repair=False)
        assert mrz.format == sample["format"]
        ok = {check.field: check.ok for check in mrz.checks}
        expected = sample["check_digits"]
        assert ok["birth"] == expected["dob"]
        assert ok["expiry"] == expected["expiry"]
        assert ok["composite"] == expected["composite"]
        if "document_number(long)" not in ok:
            assert ok["document_number"] == expected["number"]


def test_a_long_number_may_count_the_filler():
    number, rest = "D23145890", "734"
    digit = check_digit(number + "<" + rest + "X")
    upper = f"I<UTO{number}<{rest}X{digit}".ljust(30, "<")
    mrz = parse(f"{upper}\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER".ljust(92, "<"), TODAY)
    assert mrz.document_number == "D23145890734X"
    assert mrz.checks[0].ok
    assert mrz.checks[0].computed != mrz.checks[0].computed_including_filler


@pytest.mark.parametrize(
    ("number", "optional", "rest"),
    [
        ("D23145890<", "7349<ABC<<<<<<<", "734"),
        ("D23145890<", "7<<<<<<<<<<<<<<", None),
        ("D2314589<<", "7349<<<<<<<<<<<", None),
        ("D231458907", "7349<<<<<<<<<<<", None),
    ],
)
def test_long_numbers_are_marked_by_a_filler(number, optional, rest):
    lines = (f"I<UTO{number}{optional}", "3407127M9507122UTO<<<<<<<<<<<2", "A".ljust(30, "<"))
    found = long_number(lines, LAYOUTS[MrzFormat.TD1])
    assert (found and found.rest) == rest
    if found:
        assert (found.head, found.printed, found.optional) == ("D23145890", "9", "ABC")


@given(st.text("ABC0123456789", min_size=9, max_size=9), st.integers(1, 9))
def test_any_single_wrong_digit_of_a_date_is_noticed(number, shift):
    """Weights 7, 3 and 1 have no factor in common with 10."""
    upper = f"I<UTO{number}{check_digit(number)}".ljust(30, "<")
    wrong = f"34071{(2 + shift) % 10}7M9507122UTO<<<<<<<<<<<2"
    mrz = parse("\n".join((upper, wrong, "A".ljust(30, "<"))), TODAY, repair=False)
    assert "birth" in mrz.failed
    assert "document_number" not in mrz.failed
