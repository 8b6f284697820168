"""FollowTheMoney entities: joined, named, and told apart from what is none."""

from __future__ import annotations

from collections import Counter

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters import ftm
from adapters.base import Garbled
from adapters.ftm import parse
from matching.record import Kind, NameKind, Quality, Sex


@pytest.fixture(scope="module")
def read():
    return parted(parse(FIXTURES / "entities.ftm.json"))


@pytest.fixture
def records(read):
    return read[0]


def test_entities_about_somebody_are_records_and_relations_are_not(records):
    assert {identity: record.kind for identity, record in records.items()} == {
        "NK-1": Kind.PERSON,
        "NK-2": Kind.PERSON,
        "NK-3": Kind.UNKNOWN,
        "NK-4": Kind.ORGANISATION,
        "NK-5": Kind.VESSEL,
        "NK-6": Kind.PERSON,
        "NK-8": Kind.PERSON,
    }


def test_broken_lines_are_named(read):
    assert [(row.where[-3:], row.reason) for row in read[1]] == [
        ("n:7", "no JSON object"),
        (":14", "neither a name nor a document"),
        (":15", "no entity: id, schema or properties are missing"),
    ]


def test_the_caption_comes_first_and_every_name_has_its_kind(records):
    assert [(name.full, name.kind, name.quality) for name in records["NK-1"].names] == [
        ("Ada Example", NameKind.PRIMARY, Quality.STRONG),
        ("EXAMPLE, Ada", NameKind.ALIAS, Quality.STRONG),
        ("Ада Экзампл", NameKind.ORIGINAL_SCRIPT, Quality.STRONG),
        ("Adelheid Example", NameKind.ALIAS, Quality.STRONG),
        ("Addy", NameKind.ALIAS, Quality.WEAK),
        ("Ada Muster", NameKind.FORMER, Quality.STRONG),
    ]


def test_a_person_without_a_whole_name_has_its_parts(records):
    (name,) = records["NK-6"].names
    assert (name.surname, name.given, name.full) == ("Parts", "Only", "Parts, Only")


def test_facts_of_a_person(records):
    ada = records["NK-1"]
    assert [date.iso() for date in ada.births] == ["1970-01-31", "1970"]
    assert ada.sex is Sex.FEMALE
    assert ada.nationalities == ("RUS", "NZL")
    assert ada.birth_places == ("Exampleville",)
    assert ada.url == "https://info.example.invalid/1"
    assert numbers(ada) == [
        ("P 123", "", "PASSPORT"),
        ("183-116", "", "NATIONAL_ID"),
        ("183116181362", "", "TAX_ID"),
    ]
    assert records["NK-2"].sex is Sex.UNKNOWN


def test_sanctions_join_their_entity(records):
    ada = records["NK-1"]
    assert ada.owner == "Example Authority"
    assert ada.programmes == ("UT-TEST", "UT-MORE")
    assert ada.entered == "2021-02-01"
    assert "An example reason" in ada.remarks


def test_passports_and_identifications_join_their_holders(records):
    assert numbers(records["NK-2"]) == [("P987", "NZL", "PASSPORT"), ("ID-77", "", "OTHER")]
    assert numbers(records["NK-3"]) == [("ID-77", "", "OTHER")]


def test_addresses_join_by_their_id(records):
    assert records["NK-1"].addresses == ("1 Sample Road", "2 Joined Street, Exampleville")


def test_nested_entities_join_the_one_around_them(records):
    nested = records["NK-8"]
    assert (nested.owner, nested.entered) == ("Nested Authority", "2020-05-06")
    assert nested.programmes == ("Nested programme",)
    assert numbers(nested) == [("N8", "DEU", "PASSPORT")]
    assert nested.addresses == ("8 Nested Lane",)


def test_the_category_is_the_gravest_topic(records):
    assert {i: r.category for i, r in records.items() if r.category} == {
        "NK-1": "SANCTION",
        "NK-2": "CRIME",
        "NK-4": "SANCTION",
    }


def test_what_is_held_to_be_joined_is_bounded(monkeypatch):
    monkeypatch.setattr(ftm, "MAX_BESIDE", 2)
    with pytest.raises(Garbled, match="more than 2"):
        list(parse(FIXTURES / "entities.ftm.json"))


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", '{"id": "1"}\n'])
def test_another_file_is_garbled(tmp_path, content):
    path = tmp_path / "entities.json"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


REAL = {
    "zala_entities.ftm.json": {Kind.PERSON: 6, Kind.ORGANISATION: 11},
    "parteispenden_entities.ftm.json": {Kind.PERSON: 22, Kind.ORGANISATION: 56 + 18},
}
"""Companies and organisations of the README; sanctions, payments and addresses are no records.

The README counts one Directorship in the first file where there are three; neither is a record.
"""


@pytest.mark.parametrize("name", REAL)
def test_the_real_files_have_the_entities_of_their_readme(shared_lists, name):
    records, rejected = parted(parse(shared_lists / "opensanctions_ftm" / name))
    assert Counter(record.kind for record in records.values()) == REAL[name]
    assert rejected == []


def test_the_real_passport_and_sanctions_are_joined(shared_lists):
    """All 41 sanctions are those of two entities; the Passport entity has no number of its own."""
    records, _ = parted(parse(shared_lists / "opensanctions_ftm" / "zala_entities.ftm.json"))
    assert sum(bool(record.owner) for record in records.values()) == 2
    papers = [paper for record in records.values() for paper in record.documents]
    assert sum(paper.type == "PASSPORT" for paper in papers) == 1
    assert any(not full(record)[0].isascii() for record in records.values())
