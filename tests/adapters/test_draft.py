from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import draft as module
from adapters.draft import (
    MAX_NAME,
    MAX_NAMES,
    MAX_REMARKS,
    MAX_VALUES,
    Draft,
    clean,
    distinct,
    iso_of,
    nation,
    script_of,
    sex_of,
)
from adapters.rows import Rejected
from matching.record import Document, NameKind, Quality, Record, Sex


def record(draft):
    found, *rest = draft.rows("here")
    return found, rest


@given(st.text())
def test_clean_text_has_single_blanks_and_no_control_characters(text):
    cleaned = clean(text)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert not any(ord(letter) < 32 for letter in cleaned)
    assert clean(cleaned) == cleaned


def test_nothing_is_clean_as_nothing():
    assert clean(None) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("Exemplar", "Latn"), ("Пример", "Cyrl"), ("مثال", "Arab"), ("例", "Hani"), ("12", "")],
)
def test_script(text, code):
    assert script_of(text) == code


@pytest.mark.parametrize(
    ("text", "sex"),
    [("Male", Sex.MALE), ("F", Sex.FEMALE), ("x", Sex.OTHER), ("U", Sex.UNKNOWN), (None, "")],
)
def test_sex(text, sex):
    assert sex_of(text) is Sex(sex)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Korea, North", "PRK"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("FR", "FRA"),
        ("Libyan", "LBY"),
        ("Pakistani", "PAK"),
        ("Egyptian", "EGY"),
        ("Chinese", "CHN"),
        ("British", "GBR"),
        ("Atlantis", ""),
        ("", ""),
        (None, ""),
        ("914", ""),
    ],
)
def test_nation(text, code):
    assert nation(text) == code


@pytest.mark.parametrize(
    ("text", "date"), [("2090-05-17T00:00", "2090-05-17"), ("17/05/2090", ""), (None, "")]
)
def test_iso(text, date):
    assert iso_of(text) == date


def test_names_come_once_and_the_primary_one_first():
    draft = Draft("1")
    draft.name(" Tobias \n Muster ", weak=True)
    draft.name("Tobias Muster")
    draft.name("", NameKind.PRIMARY, surname="EXEMPLAR", given="Tobias")
    found, _ = record(draft)
    assert [name.full for name in found.names] == ["EXEMPLAR, Tobias", "Tobias Muster"]
    assert (found.names[0].surname, found.names[0].given) == ("EXEMPLAR", "Tobias")
    assert found.names[1].quality is Quality.WEAK


def test_an_alias_in_another_script_is_of_that_kind_and_a_former_name_stays_one():
    draft = Draft("1")
    draft.name("Товий")
    draft.name("Примеров", NameKind.FORMER)
    found, _ = record(draft)
    assert [(n.kind, n.script) for n in found.names] == [
        (NameKind.ORIGINAL_SCRIPT, "Cyrl"),
        (NameKind.FORMER, "Cyrl"),
    ]


@pytest.mark.parametrize("text", ["", " ", "-", "...", None])
def test_what_has_no_letter_is_no_name(text):
    draft = Draft("1")
    draft.name(text)
    assert record(draft)[0].names == ()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("03 Feb 1971", "1971-02-03"),
        ("1994/02/29", "1994-02"),
        ("1992/02/29", "1992-02-29"),
        ("1970/00/00", "1970"),
        ("1968 to 1973", "1968/1973"),
        ("Between Aug. and Sep. 1977", "1977"),
        ("30-35 years old", "30-35 years old"),
        ("seen 1977, born 1950?", "seen 1977, born 1950?"),
    ],
)
def test_births_keep_what_the_source_wrote(text, iso):
    draft = Draft("1")
    draft.birth(text)
    (birth,) = record(draft)[0].births
    assert (birth.iso(), birth.raw) == (iso, text)


def test_a_birth_about_a_year_and_one_with_the_day_first():
    draft = Draft("1")
    draft.birth("1972", circa=True)
    draft.birth("03/02/1971", day_first=True)
    draft.birth(None)
    circa, first = record(draft)[0].births
    assert (circa.approximate, circa.year) == (True, 1972)
    assert (first.year, first.month, first.day) == (1971, 2, 3)


def test_an_unknown_nationality_is_kept_as_a_remark():
    draft = Draft("1")
    draft.nationality("France", "Atlantis", "", None, "France")
    found, _ = record(draft)
    assert (found.nationalities, found.remarks) == (("FRA",), "nationality Atlantis")


def test_places_leave_out_parts_that_say_nothing():
    draft = Draft("1")
    draft.birth_place("-", "Testburg", None, "France")
    draft.address("", "-")
    found, _ = record(draft)
    assert (found.birth_places, found.addresses) == (("Testburg, France",), ())


def test_what_is_beyond_a_bound_is_counted_and_the_record_is_kept():
    draft = Draft("1")
    for number in range(MAX_NAMES + 3):
        draft.name(f"name {number}")
    for number in range(MAX_VALUES + 2):
        draft.document(Document(str(number)))
    draft.remark("x" * (MAX_REMARKS + 1), "kept")
    draft.name("y" * (MAX_NAME + 1))
    found, rest = record(draft)
    assert (len(found.names), len(found.documents)) == (MAX_NAMES, MAX_VALUES)
    assert found.remarks == "kept"
    assert rest == [Rejected("here", "kept, but 8 values beyond a bound were left out")]


def test_a_long_name_is_cut():
    draft = Draft("1")
    draft.name("y" * (MAX_NAME + 1))
    found, rest = record(draft)
    assert len(found.names[0].full) == MAX_NAME
    assert "1 values" in rest[0].reason


def test_an_id_that_comes_twice_stays_two_records():
    rejected = Rejected("x", "y")
    rows = distinct(iter([Record("a"), rejected, Record("a", owner="o"), Record("b"), Record("a")]))
    assert list(rows) == [
        Record("a"),
        rejected,
        Record("a#2", owner="o"),
        Record("b"),
        Record("a#3"),
    ]


def test_every_people_has_the_code_of_a_country():
    assert {nation(code) for code in module._PEOPLES.values()} == set(module._PEOPLES.values())
