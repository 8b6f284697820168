"""Document numbers, issuers and nationalities: normal forms, code tables, comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.identifiers import (
    MAX_NUMBER,
    MAX_TEXT,
    IdentifierError,
    NumberOutcome,
    canonical_number,
    compare_numbers,
    confused_characters,
    country_code,
    nationality_contradicts,
    number_skeleton,
    stated_number,
)
from matching.tables import rows

SPECIAL = json.loads(
    (Path(__file__).parent.parent / "vectors" / "country_codes.json").read_text("utf-8")
)["special"]
NUMBERS = st.text("OIZSBG0125689AX -<", max_size=12)
ISSUERS = st.sampled_from(["", "D", "DEU", "GBD", "GBR", "RUS", "XXA", "nowhere"])


@pytest.mark.parametrize("code", SPECIAL)
def test_every_special_code_is_known(code):
    state = SPECIAL[code]
    is_state = bool(state) and len(state) == 3
    assert country_code(code) == (state if is_state else code)


def test_iso_codes_are_complete_and_unique():
    table = rows("countries.tsv")
    assert len(table) == 250
    for column in (0, 1, 2):
        assert len({row[column] for row in table}) == 250
    for alpha2, alpha3, name, variants in table:
        spellings = [alpha2, alpha3, name, *filter(None, variants.split("|"))]
        assert {country_code(spelling) for spelling in spellings} == {alpha3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("D<<", "DEU"),
        ("de", "DEU"),
        ("UK", "GBR"),
        ("EL", "GRC"),
        ("Russian Federation", "RUS"),
        ("the Netherlands", "NLD"),
        ("Côte d’Ivoire", "CIV"),
        ("United States of America", "USA"),
        ("Korea, North", "PRK"),
        ("Republic of Korea", "KOR"),
        ("Republic of Zambia", "ZMB"),
        ("Zambia, The Republic of", "ZMB"),
        ("Central African Republic", "CAF"),
        ("St. Kitts and Nevis", "KNA"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("SUN", "SUN"),
        ("BUR", "MMR"),
        ("Atlantis", ""),
        ("", ""),
        ("x" * (MAX_TEXT + 1), ""),
    ],
)
def test_country_codes(text, code):
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("a", "b", "contradicts"),
    [
        ("RUS", "DEU", True),
        ("GBD", "United Kingdom", False),
        ("D", "DE", False),
        ("XXA", "RUS", False),
        ("XXB", "RUS", False),
        ("XXC", "XXX", False),
        ("UNO", "FRA", False),
        ("", "FRA", False),
        ("Atlantis", "FRA", False),
    ],
)
def test_nationalities_contradict_only_when_both_are_states(a, b, contradicts):
    assert nationality_contradicts(a, b) is contradicts
    assert nationality_contradicts(b, a) is contradicts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("l 898902c-3<<", "L898902C3"),
        ("АА 123456", "AA123456"),
        ("١٢٣٤", "1234"),
        ("№ 12/34", "NO1234"),
        ("ABC１２３", "ABC123"),
        (" - ", ""),
    ],
)
def test_canonical_numbers(text, number):
    assert canonical_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("national identity card number 44103-5251752-5", "4410352517525"),
        ("Russian passport number 8208 No. 555627", "8208555627"),
        ("Laissez-passer no. N°235/MISPAT", "235MISPAT"),
        ("NO 1234567", "1234567"),
        ("N1234567", "N1234567"),
        ("L898902C3", "L898902C3"),
        ("no number known", ""),
        ("stateless", ""),
        ("1" * 33, ""),
    ],
)
def test_numbers_inside_prose(text, number):
    assert stated_number(text) == number


def test_numbers_are_bounded():
    assert canonical_number("1" * MAX_NUMBER) == "1" * MAX_NUMBER
    with pytest.raises(IdentifierError, match="32"):
        canonical_number("1" * (MAX_NUMBER + 1))
    with pytest.raises(IdentifierError, match="256"):
        canonical_number(" " * (MAX_TEXT + 1))


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (("AB 123", "D"), ("ab-123", "DEU"), NumberOutcome.EQUAL),
        (("AB123", "D"), ("AB123", ""), NumberOutcome.EQUAL),
        (("AB123", "D"), ("AB123", "FRA"), NumberOutcome.DIFFERENT_ISSUER),
        (("AB123", "D"), ("A8123", "DEU"), NumberOutcome.CONFUSABLE),
        (("AB123", "D"), ("A8123", "FRA"), NumberOutcome.DIFFERENT),
        (("AB123", "D"), ("AB124", "DEU"), NumberOutcome.DIFFERENT),
        (("", "D"), ("AB124", "DEU"), NumberOutcome.UNKNOWN),
        (("-", ""), ("-", ""), NumberOutcome.UNKNOWN),
    ],
)
def test_comparison(a, b, outcome):
    assert compare_numbers(*a, *b) is outcome


@given(NUMBERS, ISSUERS, NUMBERS, ISSUERS)
def test_comparison_is_symmetric(number_a, issuer_a, number_b, issuer_b):
    found = compare_numbers(number_a, issuer_a, number_b, issuer_b)
    assert found is compare_numbers(number_b, issuer_b, number_a, issuer_a)
    one, two = canonical_number(number_a), canonical_number(number_b)
    assert (found is NumberOutcome.CONFUSABLE) <= (confused_characters(one, two) > 0)


@given(st.text(max_size=80))
def test_normal_forms_are_idempotent(text):
    try:
        number = canonical_number(text)
    except IdentifierError:
        return
    assert canonical_number(number) == number
    assert number_skeleton(number_skeleton(number)) == number_skeleton(number)


@given(st.text(max_size=300) | st.from_regex(r"(number|No\.|N°) ?[A-Z0-9 -]{1,40}"))
def test_a_stated_number_is_canonical_or_nothing(text):
    number = stated_number(text)
    assert number == "" or canonical_number(number) == number


@given(st.text(max_size=300))
def test_any_text_is_a_country_or_none(text):
    code = country_code(text)
    assert code == "" or country_code(code) == code


def test_confused_characters_counts_positions():
    assert confused_characters("AB0", "A8O") == 2
    assert confused_characters("AB0", "AC0") == -1
