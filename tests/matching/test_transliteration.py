"""Transliteration tables of ICAO 9303-3 §6: every row, both directions, language exceptions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.tables import rows
from matching.transliteration import (
    arabic_from_mrz,
    arabic_plain,
    consonant_skeleton,
    cyrillic_from_mrz,
    mrz_variants,
    to_mrz,
)

FOLDER = Path(__file__).parent.parent / "vectors"
TABLES = json.loads((FOLDER / "transliteration_icao9303.json").read_text("utf-8"))
ARABIC = json.loads((FOLDER / "arabic_mrz.json").read_text("utf-8"))
CYRILLIC = json.loads((FOLDER / "cyrillic_mrz.json").read_text("utf-8"))


@pytest.mark.parametrize("code", TABLES["latin"])
def test_every_latin_row(code):
    assert set(TABLES["latin"][code]) == set(mrz_variants(chr(int(code, 16))))


@pytest.mark.parametrize("code", TABLES["cyrillic"])
def test_every_cyrillic_row(code):
    letters = re.match(r"[A-Z]+", TABLES["cyrillic"][code])[0]
    assert to_mrz("А" + chr(int(code, 16)).lower()) == "A" + letters


@pytest.mark.parametrize("code", TABLES["arabic"])
def test_every_arabic_row(code):
    letter, letters = chr(int(code, 16)), TABLES["arabic"][code]["mrz"]
    inside, _, end = letters.partition("/")
    inside = {"(Not encoded)": "", "[DOUBLE]": "B"}.get(inside, inside)
    assert to_mrz(f"ب{letter}ب") == f"B{inside}B"
    assert to_mrz(f"ب{letter}") == f"B{end or inside}"


@pytest.mark.parametrize("vector", ARABIC, ids=lambda v: v["mrz"])
def test_arabic_vectors_both_ways(vector):
    assert to_mrz(vector["arabic"]) == vector["mrz"]
    back = arabic_from_mrz(vector["mrz"])
    assert back == vector["arabic"]


@pytest.mark.parametrize("vector", CYRILLIC, ids=lambda v: v["icao"])
def test_cyrillic_vectors_both_ways(vector):
    """Back to Cyrillic only up to letters that share their MRZ form (Ё and Е, Й and И, no Ь)."""
    assert to_mrz(vector["cyrillic"]) == vector["icao"]
    assert to_mrz(cyrillic_from_mrz(vector["icao"])) == vector["icao"]


@pytest.mark.parametrize(
    ("text", "language", "letters"),
    [
        ("Гриць Їжак", "uk", "HRYTS<YIZHAK"),
        ("Юлія", "uk", "YULIIA"),
        ("Гриць", "", "GRITS"),
        ("Ёлкін", "be", "IOLKIN"),
        ("Щерев", "bg", "SHTEREV"),
        ("Живковић", "sr", "ZIVKOVI"),
        ("Ќосе", "mk", "KJOSE"),
        ("Straße", "", "STRASSE"),
        ("Tomé", "", "TOME"),
        ("Ștefan", "", "STEFAN"),
        ("O'Connor-Smith", "", "OCONNOR<SMITH"),
        ("محمّد", "", "MXHMMD"),
        ("123 -- !", "", ""),
    ],
)
def test_language_exceptions_and_odd_letters(text, language, letters):
    assert to_mrz(text, language) == letters


def test_variants_are_bounded_and_start_with_the_preferred_form():
    assert mrz_variants("Müller Ñandú")[:2] == ("MUELLER<NANDU", "MUELLER<NXXANDU")
    assert len(mrz_variants("Ü" * 200)) == 16
    assert mrz_variants("Smith") == ("SMITH",)


@pytest.mark.parametrize(
    ("escaped", "latin"),
    [
        ("MXHMD", "MOHAMMED"),
        ("MXHMD", "MUHAMMAD"),
        ("MXHMWD", "MAHMOUD"),
        ("XKHALD", "KHALID"),
        ("EBDALRXHYM", "ABDELRAHIM"),
        ("MXSSXTTFXAY", "MUSTAFA"),
        ("FAXTTMXAH", "FATIMAH"),
        ("QASM", "KASSEM"),
        ("YASR", "YASSER"),
    ],
)
def test_consonants_agree_across_the_two_systems(escaped, latin):
    assert consonant_skeleton(escaped, escaped=True) == consonant_skeleton(latin)


def test_plain_arabic_loses_only_the_escapes():
    assert arabic_plain("XKHALD") == "KHALD"
    assert arabic_plain("XXHSYN") == "HSYN"


LETTERS = "".join(
    chr(int(code, 16)) for code, _, mid, _ in rows("icao_arabic.tsv") if mid.isalpha()
)


@given(st.text(LETTERS, min_size=1, max_size=20))
def test_arabic_round_trip(text):
    letters = to_mrz(text)
    assert to_mrz(arabic_from_mrz(letters)) == letters


@given(st.text(max_size=600), st.sampled_from(["", "uk", "sr", "be", "bg", "mk", "xx"]))
def test_any_text_gives_mrz_letters_that_stay(text, language):
    letters = to_mrz(text, language)
    assert set(letters) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
    assert to_mrz(letters) == letters if len(letters) <= 512 else True
    assert mrz_variants(text)[0] == to_mrz(text)


@given(st.text("ABCXYZEHMU<", max_size=40))
def test_any_letters_go_back_without_error(letters):
    assert "X" not in arabic_plain(letters)
    assert isinstance(arabic_from_mrz(letters) + cyrillic_from_mrz(letters), str)
