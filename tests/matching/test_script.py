"""Scripts of characters and words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.script import UNKNOWN, of_char, of_word

NAMES = {"LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "HEBREW": "Hebr", "ARABIC": "Arab",
         "HANGUL": "Hang", "THAI": "Thai", "GEORGIAN": "Geor", "ARMENIAN": "Armn"}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "code"),
    [("Putin", "Latn"), ("Путін", "Cyrl"), ("محمد", "Arab"), ("שרה", "Hebr"), ("Γιώργος", "Grek"),
     ("王小明", "Hani"), ("이민호", "Hang"), ("やまだ", "Hira"), ("ヤマダ", "Kana"),
     ("გიორგი", "Geor"),
     ("1234", UNKNOWN), ("", UNKNOWN), ("Путин1", "Cyrl"), ("Пyтин", "Cyrl")],
)  # fmt: skip
def test_the_script_of_most_letters_wins(word, code):
    assert of_word(word) == code


@given(st.characters(categories=["Lu", "Ll", "Lo"]))
def test_letters_agree_with_their_unicode_names(char):
    family = unicodedata.name(char, "").split(" ")[0]
    code = of_char(char)
    if family in NAMES and code != UNKNOWN:
        assert code == NAMES[family]
