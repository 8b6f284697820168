"""Latin forms of words of other scripts, and repair of mixed ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.romanise import MAX_READINGS, MAX_WORD, family_name, latin, repair_mixed


@pytest.mark.parametrize(
    ("word", "form"),
    [("Щербаков", "shcherbakov"), ("Володимир", "volodimir"), ("Гриценко", "gritsenko"),
     ("Łódź", "lodz"), ("Müller", "muller"), ("ŞAHİN", "sahin"), ("Işık", "isik"),
     ("Straße", "strasse"),
     ("محمد", "mhmd"), ("السفاح", "sfah"), ("Παπαδόπουλος", "papadopoulos"), ("Ντίνος", "dinos"),
     ("שרה", "shrh"), ("გიორგი", "giorgi"), ("٣", "3")],
)  # fmt: skip
def test_first_forms(word, form):
    assert latin(word)[0] == form


def test_ukrainian_letters_choose_ukrainian_readings():
    assert latin("Григорій")[0].startswith("hry")
    assert latin("Григорий")[0].startswith("gri")


def test_persian_and_egyptian_readings_are_kept_beside_the_arabic_one():
    assert set(latin("رضا")) == {"rda", "rza"}
    assert set(latin("جمال")) == {"jmal", "gmal"}


def test_a_latin_letter_inside_a_cyrillic_word_is_repaired_and_the_reverse():
    assert repair_mixed("пyтин") == "путин"
    assert repair_mixed("smiтh") == "smith"
    assert repair_mixed("smith") == "smith"


def test_family_names_of_one_and_two_characters():
    assert family_name("王小明", "Hani") == ("王", ("wang", "wong", "ong"))
    assert family_name("欧阳修", "Hani")[0] == "欧阳"
    assert family_name("이민호", "Hang")[1][0] == "lee"
    assert family_name("々々", "Hani") is None


@given(st.text(max_size=100))
def test_forms_are_short_plain_and_stable(word):
    forms = latin(word)
    assert len(forms) <= MAX_READINGS
    for form in forms:
        assert form.isascii()
        assert form.isalnum()
        assert 0 < len(form) <= MAX_WORD
        assert latin(form) == (form,)
