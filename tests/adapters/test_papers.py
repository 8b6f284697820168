from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.papers import document, kind_of_document
from matching.identifiers import canonical_number
from matching.record import Document


@pytest.mark.parametrize(
    ("text", "phrase", "country", "found"),
    [
        ("XT000111", "Passport", "France", ("XT000111", "FRA", "PASSPORT")),
        ("OB 0000111", "Passport", "", ("OB 0000111", "", "PASSPORT")),
        ("Libyan passport No. 96/000111", "", "", ("96/000111", "LBY", "PASSPORT")),
        ("Libya B/000111", "Passport", "", ("B/000111", "LBY", "PASSPORT")),
        ("R00000111, South Sudan", "Passport", "", ("R00000111", "SSD", "PASSPORT")),
        ("000111 (Pakistani)", "national identification", "", ("000111", "PAK", "NATIONAL_ID")),
        ("000111042 (Expired 25 Jan. 2016)", "Passport", "", ("000111042", "", "PASSPORT")),
        ("No000111/9", "Passport", "", ("000111/9", "", "PASSPORT")),
        ("Russian passport number 0001 No. 000222", "", "", ("0001 000222", "RUS", "PASSPORT")),
        ("SSN 000-11-1222 (United States)", "", "", ("000-11-1222", "USA", "OTHER")),
        (
            "12/TESTA(N)000111",
            "National ID No.",
            "Burma",
            ("12/TESTA(N)000111", "MMR", "NATIONAL_ID"),
        ),
        ("Counterfeit driving licence number 000111", "", "", ("000111", "", "DRIVING_LICENCE")),
        ("Provisional passport No.: 000111", "", "", ("000111", "", "PASSPORT")),
    ],
)
def test_numbers_in_free_text(text, phrase, country, found):
    assert document(text, phrase=phrase, country=country) == Document(*found)


def test_a_bracket_before_the_number_is_part_of_the_words():
    text = "Afghan national identification card (tazkira) number 000222"
    assert document(text) == Document("000222", "AFG", "NATIONAL_ID")


def test_what_comes_behind_the_number_is_not_part_of_it():
    text = "Tunisian passport number L 000111 issued on 28 Feb. 1996, expired on 27 Feb. 2001"
    assert document(text) == Document("L 000111", "TUN", "PASSPORT")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "lost",
        "issued in Testburg",
        "issued for T., born on 25 Sep. 1973",
        "21 Jun 1992",
        "as of 2013",
        "1" * 33,
        "- 9" * 300,
    ],
)
def test_what_has_no_number_to_compare_is_no_document(text):
    assert document(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Diplomatic Passport", "PASSPORT"),
        ("Número de pasaporte", "PASSPORT"),
        ("R.F.C.", "TAX_ID"),
        ("Personal ID Card", "ID_CARD"),
        ("Residency Number", "RESIDENCE_PERMIT"),
        ("Visa Number", "VISA"),
        ("Travel Document Number", "OTHER"),
        ("Birth Certificate Number", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_kinds(text, kind):
    assert kind_of_document(text) == kind


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=600))
def test_any_text_gives_a_number_that_can_be_compared_or_none(text):
    found = document(text)
    assert found is None or canonical_number(found.number)
