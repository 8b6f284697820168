"""Keys of words: spellings of one sound share them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.keys import fold, is_unvowelled, keys_of, skeleton
from matching.phonetic import phonetic

letters = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=14)


@pytest.mark.parametrize(
    ("one", "two"),
    [("shcherbakov", "stcherbakoff"), ("muller", "mueller"), ("yusuf", "iusuf"),
     ("christos", "kristos"), ("sergey", "sergei"), ("mousa", "musa"), ("fatimah", "fatima")],
)  # fmt: skip
def test_spellings_fold_together(one, two):
    assert fold(one) == fold(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [("mohammed", "mhmd"), ("khaled", "khald"), ("yusuf", "ywsf"), ("umar", "amr"),
     ("walid", "wlyd")],
)  # fmt: skip
def test_vowelled_and_consonantal_forms_share_a_skeleton(one, two):
    assert skeleton(one) == skeleton(two)


def test_exchanged_consonants_share_a_class():
    assert keys_of("gritsenko").phonetic == keys_of("hrytsenko").phonetic
    assert keys_of("qadhafi").phonetic == keys_of("gadafi").phonetic
    assert phonetic("btr") != phonetic("mtr")


def test_unvowelled_words_are_told():
    assert is_unvowelled("mhmd")
    assert not is_unvowelled("mohamed")
    assert not is_unvowelled("ng")


@given(letters)
def test_keys_agree_with_their_parts(form):
    keys = keys_of(form)
    assert keys.fold == fold(form)
    assert keys.skeleton == skeleton(form)
    assert keys.phonetic == phonetic(keys.skeleton)
