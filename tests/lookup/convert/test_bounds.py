"""Every bound, at its edge."""

from __future__ import annotations

from datetime import date

import pytest

from lookup.convert.bounds import Bounds
from lookup.encounter import Notice
from lookup.errors import InvalidQuery, Violation


@pytest.fixture
def bounds():
    return Bounds(date(2026, 1, 1))


def refused(bounds):
    with pytest.raises(InvalidQuery) as caught:
        bounds.finish()
    return caught.value.violations


def test_nothing_noted_is_fine(bounds):
    bounds.tell("CODE", "f", "in words")
    bounds.finish()
    assert bounds.notices == [Notice("CODE", "f", "in words")]


EDGES = [
    ("text", "x" * 500, "x" * 501, "longer than 500 code points"),
    ("word", "ü" * 64, "ü" * 65, "longer than 64 code points"),
    ("number", "1" * 32, "1" * 33, "number longer than 32 characters"),
    ("number", "1 " * 16, " " * 33 + "1" * 3, "longer than 32 code points"),
    ("number", "١", "-", "has no letter and no digit"),
    ("name", "x" * 256, "x" * 257, "256 code points"),
    ("name", "ab " * 24, "ab " * 25, "24 words"),
    ("name", "a" + "\u0301" * 30, "a" + "\u0301" * 31, "30 combining marks"),
    ("count", [1] * 20, [1] * 21, "more than 20"),
    ("query_id", "!" * 64, "!" * 65, "1 to 64 printable ASCII"),
    ("query_id", "", "\n", "printable ASCII"),
    ("query_id", "a~", "é", "printable ASCII"),
]


@pytest.mark.parametrize(("rule", "good", "bad", "message"), EDGES)
def test_edges(bounds, rule, good, bad, message):
    getattr(bounds, rule)("f", good)
    bounds.finish()
    getattr(bounds, rule)("f", bad)
    (violation,) = refused(bounds)
    assert violation.field == "f"
    assert message in violation.description


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_between(bounds, value):
    bounds.between("f", value, 0, 1)
    bounds.finish()


@pytest.mark.parametrize("value", [-0.001, 1.001, float("nan"), float("inf"), float("-inf")])
def test_not_between(bounds, value):
    bounds.between("f", value, 0, 1)
    assert refused(bounds) == (Violation("f", "is 0 to 1"),)


def test_what_is_refused_is_empty_and_what_is_not_is_kept(bounds):
    assert (
        bounds.text("f", "x" * 501) == bounds.number("f", "-") == bounds.name("f", "x" * 257) == ""
    )
    assert (bounds.number("f", " a 1 "), bounds.number("f", ""), bounds.text("f", "t")) == (
        "a 1",
        "",
        "t",
    )


def test_violations_are_told_up_to_a_bound(bounds):
    for number in range(25):
        bounds.refuse(f"f{number}", "no")
    assert [v.field for v in refused(bounds)] == [f"f{number}" for number in range(20)]
