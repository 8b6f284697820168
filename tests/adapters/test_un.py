from __future__ import annotations

import gzip

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters.base import Garbled
from adapters.rows import Rejected
from adapters.un import parse
from matching.record import Kind, NameKind, Quality, Sex


@pytest.fixture(scope="module")
def read():
    return parted(parse(FIXTURES / "un.xml"))


@pytest.fixture(scope="module")
def person(read):
    return read[0]["TSi.901"]


def test_the_reference_number_is_the_id_else_the_data_id(read):
    assert list(read[0]) == ["TSi.901", "99000002", "TSe.910"]


def test_the_four_name_parts_are_one_name_without_a_surname(person):
    first = person.names[0]
    assert (first.full, first.kind) == ("TOBIAS OTTO VON EXEMPLAR", NameKind.PRIMARY)
    assert (first.surname, first.given) == ("", "")


def test_several_spellings_of_the_original_script(person):
    original = [n.full for n in person.names if n.kind is NameKind.ORIGINAL_SCRIPT]
    assert original[:3] == ["توبياس نموذج", "طوبيا", "مثال"]
    assert {n.script for n in person.names} == {"Latn", "Arab", "Cyrl"}


def test_a_wrapped_name_stays_one(read):
    assert full(read[0]["99000002"]) == ["MONONYM", "أحمد اختبار عبد الرحمن"]


def test_empty_aliases_are_none_and_lists_of_aliases_several(person):
    names = full(person)
    assert "" not in names
    assert names[4:7] == ["Tobiasz Egzemplarz", "Tobia Esemplare", "T. Exemplaire"]


def test_brackets_in_another_script_are_names_and_others_remarks(person):
    names = {n.full: n for n in person.names}
    assert names["Abu Test"].quality is Quality.WEAK
    assert names["أبو اختبار"].kind is NameKind.ORIGINAL_SCRIPT
    assert {"أبو عينة", "Abu Ayna", "Abou Aina", "Отто Пробе"} <= set(names)
    assert names["Tobias Muster"].kind is NameKind.FORMER
    assert "birth name" in person.remarks
    assert not any("(" in name for name in names)


def test_a_story_behind_an_alias_is_no_part_of_it(person):
    assert "Otto Sample" in full(person)


def test_an_alias_without_quality_is_strong(person):
    assert [n.full for n in person.names if n.quality is Quality.WEAK] == [
        "Abu Test",
        "أبو اختبار",
        "أبو عينة",
        "Abu Ayna",
        "Abou Aina",
    ]


def test_dates_of_birth(person):
    assert [(b.iso(), b.calendar, b.approximate) for b in person.births] == [
        ("1969-12-31", "gregorian", False),
        ("1971-02-03", "gregorian", False),
        ("1972", "gregorian", True),
        ("1968/1973", "gregorian", True),
        ("1973-11", "gregorian", False),
        ("1974-09", "gregorian", False),
        ("1402-06-24", "hijri", False),
        ("30-35 years old", "gregorian", True),
        ("1977", "gregorian", False),
    ]


def test_documents_out_of_numbers_types_and_notes(person):
    assert numbers(person) == [
        ("OB 0000111", "FRA", "PASSPORT"),
        ("96/000111", "LBY", "PASSPORT"),
        ("L 000111", "TUN", "PASSPORT"),
        ("R00000111", "SSD", "PASSPORT"),
        ("000111042", "", "PASSPORT"),
        ("000222", "AFG", "NATIONAL_ID"),
        ("000-11-1222", "USA", "NATIONAL_ID"),
    ]


def test_other_facts(person, read):
    assert (person.sex, read[0]["99000002"].sex) == (Sex.MALE, Sex.FEMALE)
    assert person.nationalities == ("IRN",)
    assert (person.category, person.owner) == ("UN_SANCTION", "UNSC")
    assert (person.programmes, person.entered) == (("Test-Committee",), "2090-05-17")
    assert person.addresses == ("1 Sample Street, Testburg, Utopia, previous",)
    assert person.birth_places[-1] == "Testburg, Sample Province, Iran (Islamic Republic of)"
    assert {"Dr.", "Head of Samples", "nationality Atlantis"} <= set(person.remarks.split("; "))


def test_entities(read):
    entity = read[0]["TSe.910"]
    assert entity.kind is Kind.ORGANISATION
    assert [(n.full, n.kind) for n in entity.names] == [
        ("SAMPLE SHIPPING (SSC)", NameKind.PRIMARY),
        ("Sample Lines", NameKind.ALIAS),
        ("Probe Lines", NameKind.FORMER),
    ]


def test_entries_that_cannot_be_records(read):
    assert read[1] == [
        Rejected("DATAID 99000003", "no name"),
        Rejected("DATAID ?", "neither REFERENCE_NUMBER nor DATAID"),
    ]


def test_a_packed_list(tmp_path):
    path = tmp_path / "un"
    path.write_bytes(gzip.compress((FIXTURES / "un.xml").read_bytes()))
    assert list(parse(path)) == list(parse(FIXTURES / "un.xml"))


@pytest.mark.parametrize(
    "content", ["", "<export/>", "<CONSOLIDATED_LIST/>", "<CONSOLIDATED_LIST><INDIVIDUALS>"]
)
def test_what_is_no_such_list_is_garbled(tmp_path, content):
    path = tmp_path / "un.xml"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


def test_the_end_of_a_cut_list_is_garbled(tmp_path):
    path = tmp_path / "un.xml"
    path.write_bytes((FIXTURES / "un.xml").read_bytes()[:-200])
    with pytest.raises(Garbled, match="not XML to its end"):
        list(parse(path))


def test_the_list_of_2026(shared_lists):
    records, rejected = parted(parse(shared_lists / "un" / "UN_consolidated_2026-02-27.xml"))
    people = [record for record in records.values() if record.kind is Kind.PERSON]
    assert (len(people), len(records) - len(people), rejected) == (730, 273, [])
    assert not any("#" in key for key in records)
    assert sum(any(n.script not in ("Latn", "") for n in p.names) for p in people) >= 336
    assert not any("(" in name.full or ";" in name.full for p in people for name in p.names)
    assert sum(len(person.documents) for person in people) >= 454  # those with a NUMBER
    assert [b.raw for p in people for b in p.births if not b.year] == ["30-35 years old"]
