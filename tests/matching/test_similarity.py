"""Likeness of two words: rules, symmetry, and listed variants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.similarity import MATCHED, Rule, best_likeness, equivalents, gendered, likeness

letters = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("one", "two", "rule"),
    [("brako", "brako", Rule.EQUAL), ("sergey", "sergei", Rule.SPELLING),
     ("mohammed", "mhmd", Rule.CONSONANTS),
     ("ivanov", "ivanova", Rule.GENDERED), ("elizabeth", "liz", Rule.VARIANT),
     ("ostrokremin", "ostrokrimen", Rule.CONSONANTS), ("kowalenko", "kowalemko", Rule.TYPO),
     ("alex", "alexandropol", Rule.PREFIX), ("robert", "roberta", Rule.SEX)],
)  # fmt: skip
def test_rules(one, two, rule):
    assert likeness(one, two)[1] is rule


@pytest.mark.parametrize(("one", "two"), [("robert", "roberta"), ("ali", "eve"), ("anna", "ivan")])
def test_other_names_do_not_match(one, two):
    assert likeness(one, two)[0] < MATCHED


@given(letters, letters)
def test_likeness_is_symmetric_bounded_and_one_only_for_equals(one, two):
    alike, _ = likeness(one, two)
    assert alike == pytest.approx(likeness(two, one)[0])
    assert 0.0 <= alike <= 1.0
    assert (alike == 1.0) == (one == two)


def test_equivalents_hold_both_ways():
    assert "liz" in equivalents("elizabeth")
    for form in ("elizabeth", "muhammad"):
        assert all(form in equivalents(other) for other in equivalents(form))
    assert equivalents("brako") == ()


def test_gendered_needs_a_stem():
    assert gendered("petrovskaya", "petrovsky")
    assert not gendered("ina", "in")


def test_any_reading_may_match():
    assert best_likeness(("rda", "rza"), ("rza",))[0] == 1.0
