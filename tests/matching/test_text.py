"""Bounds and cleaning: hostile text costs bounded work, clean text is a fixed point."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import text
from matching.text import MAX_CODE_POINTS, NameTooLong, bounded, check_bounds, clean, is_cut, words

BOMB = "a" + "\u0301" * 100_000


@pytest.mark.parametrize(
    "name", [BOMB, "x" * 10_000, "a " * 25, "e" + "\u0327" * 31, "b" * (MAX_CODE_POINTS + 1)]
)
def test_a_query_beyond_the_bounds_is_refused(name):
    with pytest.raises(NameTooLong):
        check_bounds(name)
    assert is_cut(name)


@pytest.mark.parametrize("name", ["", "Brako Testil", "a " * 24, "e" + "\u0327" * 30, "ß" * 256])
def test_a_query_inside_the_bounds_is_taken(name):
    check_bounds(name)
    assert not is_cut(name)


def test_normalisation_never_sees_more_than_the_bound(monkeypatch):
    seen = []
    original = unicodedata.normalize

    def counted(form, value):
        seen.append(value)
        return original(form, value)

    monkeypatch.setattr(text.unicodedata, "normalize", counted)
    for name in (BOMB, "é" * 10_000, "\ufdfa" * 10_000):
        assert len(clean(name)) <= MAX_CODE_POINTS
    assert max(map(len, seen)) <= MAX_CODE_POINTS
    assert all(text._longest_run(value) <= text.MAX_MARKS for value in seen)


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing(name):
    once = clean(name)
    assert clean(once) == once
    assert len(bounded(name)) <= MAX_CODE_POINTS


def test_marks_of_direction_tone_and_lengthening_vanish():
    assert clean("\u202eAli\u200b\u2066") == "Ali"
    assert clean("مُحَمَّدـ") == "محمد"
    assert clean("ＡＢＣ") == "ABC"
    assert clean("Смирно\u0301в") == "Смирнов"


def test_words_part_at_hyphens_and_fillers_but_not_at_apostrophes():
    assert words("O'Connor-Smith, J.<R<<Sa’id") == ["OConnor", "Smith", "J", "R", "Said"]
    assert text.halves("SMITH<JONES<<SUSIE<<<") == (["SMITH", "JONES"], ["SUSIE"], True)
    assert text.halves("Smith, ") == (["Smith"], [], False)
