"""Cells with several values, in the forms that the annexes of EU regulations have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.multivalue import Names, dates, names, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("one", ["one"]),
        (" one ;two; ;", ["one", "two"]),
        ("A (x; y); B", ["A (x; y)", "B"]),
        ("A (x; y; B", ["A (x", "y", "B"]),
        ("A) x; B", ["A) x", "B"]),
        ("(a) 3.3.1965, (b) 1.1.1965", ["3.3.1965", "1.1.1965"]),
        ("a) 1.1.1969 b) 1971", ["1.1.1969", "1971"]),
        ("11.4.1963, (ii) 11.4.1960", ["11.4.1963", "11.4.1960"]),
        ("Groupe, (b), Autre Groupe", ["Groupe", "Autre Groupe"]),
    ],
)
def test_a_cell_is_split_at_separators_and_enumerations(text, parts):
    assert split(text, ";") == parts


def test_without_a_separator_only_enumerations_split():
    assert split("one; two", "") == ["one; two"]
    assert split("one | two", "|") == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("26.11.1972", ["26.11.1972"]),
        ("1960 or August 1961", ["1960", "August 1961"]),
        ("25.7.1978 (or 23.3.1975)", ["25.7.1978", "23.3.1975"]),
        ("1979, 1980 or 1981", ["1979", "1980", "1981"]),
        ("21.11.1964 / 1965", ["21.11.1964", "1965"]),
        ("1968/1969", ["1968", "1969"]),
        ("August 12, 1961", ["August 12, 1961"]),
        ("12/31/1961", ["12/31/1961"]),
        ("1954 or 1955.", ["1954", "1955"]),
        ("24.6.1402 (Hijri Calendar)", ["24.6.1402 AH"]),
        ("1343 (Iranian Hijri calendar), 1964 (Gregorian calendar)", ["1343 SH", "1964"]),
    ],
)
def test_a_cell_may_hold_several_dates(text, found):
    assert list(dates(text)) == [(date, False) for date in found]


def test_approximately_in_brackets_counts_for_the_whole_cell():
    assert list(dates("Between 1960 and 1962 (Approximately)")) == [("Between 1960 and 1962", True)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Olga IVANOVA", Names("Olga IVANOVA")),
        ("Olga IVANOVA (Ольга ИВАНОВА)", Names("Olga IVANOVA", ["Ольга ИВАНОВА"])),
        (
            "Olga IVANOVA (Russian: Ольга ИВАНОВА; Ukrainian:Ольга ІВАНОВА)",
            Names("Olga IVANOVA", ["Ольга ИВАНОВА", "Ольга ІВАНОВА"]),
        ),
        ("Ola (original script: علا)", Names("Ola", ["علا"])),
        ("Olga (a.k.a. Olha, Ola) IVANOVA", Names("Olga IVANOVA", ["Olha IVANOVA", "Ola IVANOVA"])),
        ("Olga P. IVANOVA (Olha P. IVANOVA)", Names("Olga P. IVANOVA", ["Olha P. IVANOVA"])),
        ("Olga IVANOVA (born PETROVA)", Names("Olga IVANOVA", born=["Olga PETROVA"])),
        ("Ольга ИВАНОВА (born ПЕТРОВА)", Names("Ольга ИВАНОВА", born=["Ольга ПЕТРОВА"])),
        ("Olga (formerly listed as)", Names("Olga", comments=["formerly listed as"])),
        ("(IVANOVA)", Names("IVANOVA")),
    ],
)
def test_brackets_in_a_name_hold_other_forms_or_comments(text, found):
    assert names(text) == found


@given(st.text(alphabet="Ab (;),.абa.k", max_size=60))
def test_no_text_breaks_the_readers(text):
    for part in split(text, ";"):
        assert part == part.strip()
        assert names(part).plain is not None
    assert all(date for date, _ in dates(text))
