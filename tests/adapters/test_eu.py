from __future__ import annotations

import gzip

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters import eu
from adapters.base import Garbled
from adapters.eu import parse
from adapters.rows import Rejected
from matching.record import Kind, NameKind, Quality, Sex

CSVS = ["eu.csv", "eu_wrapped.csv"]


@pytest.fixture(scope="module")
def xml():
    return parted(parse(FIXTURES / "eu.xml"))


@pytest.fixture(scope="module")
def person(xml):
    return xml[0]["EU.90001.1"]


def test_the_reference_number_is_the_id_and_two_under_one_stay_two(xml):
    assert [(key, record.kind) for key, record in xml[0].items()] == [
        ("EU.90001.1", Kind.PERSON),
        ("EU.90002.2", Kind.ORGANISATION),
        ("EU.90002.2#2", Kind.PERSON),
    ]


def test_names_of_the_xml(person, xml):
    assert [(n.full, n.surname, n.given, n.kind, n.quality) for n in person.names] == [
        ("Tobias Otto EXEMPLAR", "EXEMPLAR", "Tobias Otto", NameKind.PRIMARY, Quality.STRONG),
        ("Товий Примеров", "", "", NameKind.ORIGINAL_SCRIPT, Quality.STRONG),
        ("Abu Sample", "", "", NameKind.ALIAS, Quality.WEAK),
    ]
    assert full(xml[0]["EU.90002.2#2"]) == ["Ana PROBE"]


def test_births_of_the_xml(person):
    assert [(b.iso(), b.calendar, b.approximate) for b in person.births] == [
        ("1971-02-03", "gregorian", False),
        ("1972", "gregorian", True),
        ("1973-04", "gregorian", False),
        ("1968/1974", "gregorian", False),
        ("1394-05-24", "hijri", False),
    ]
    assert person.birth_places == ("Testburg, Sample Province, FRANCE",)


def test_documents_of_the_xml(person):
    assert numbers(person) == [("XT000111", "FRA", "PASSPORT"), ("000222", "", "NATIONAL_ID")]
    assert "document XT000111 is known to be false" in person.remarks


def test_other_facts_of_the_xml(person, xml):
    assert (person.sex, person.nationalities) == (Sex.MALE, ("FRA",))
    assert (person.category, person.owner, person.programmes) == ("SANCTION", "EU", ("TEST",))
    assert (person.entered, xml[0]["EU.90002.2"].entered) == ("2090-05-17", "2090-06-02")
    assert person.url == "https://example.invalid/oj/1"
    assert person.addresses == ("1 Sample Street, Testburg, 00001, FRANCE",)
    told = {"UN reference TSi.901", "nom de guerre", "as of 2090", "Fictitious person."}
    assert told <= set(person.remarks.split("; "))


def test_entities_of_the_xml_that_cannot_be_records(xml):
    assert xml[1] == [
        Rejected("logicalId 90004", "EU.90004.4 has no name"),
        Rejected("logicalId ?", "no reference number"),
    ]


@pytest.mark.parametrize("name", CSVS)
def test_all_rows_of_an_entity_make_one_record(name):
    records, _ = parted(parse(FIXTURES / name))
    assert list(records) == ["EU.90001.1", "EU.90002.2"]
    person = records["EU.90001.1"]
    assert [(n.full, n.surname, n.given) for n in person.names] == [
        ("Tobias Otto Exemplar", "Exemplar", "Tobias Otto"),
        ("Tobías Ejemplar", "", ""),
        ("Late Alias", "", ""),
    ]
    assert [b.iso() for b in person.births] == ["1971-02-03"]
    assert person.birth_places == ("al-Test, near Testburg, IRQ",)
    assert numbers(person) == [("XT000111", "", "PASSPORT")]
    assert (person.sex, person.nationalities) == (Sex.MALE, ("IRQ",))
    assert person.remarks == "(Fictitious); Head of Samples; Testburg"
    assert records["EU.90002.2"].addresses == ("1 Sample Street, Testburg, FRA",)


@pytest.mark.parametrize("name", CSVS)
def test_rows_of_the_csv_that_cannot_be_read(name):
    assert [row.where for row in parted(parse(FIXTURES / name))[1]] == [
        f"{name}:10",
        f"{name}:11",
        "Entity_logical_id 90004",
    ]


@pytest.mark.parametrize("name", ["eu.xml", "eu.csv"])
def test_a_packed_list(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
    assert list(parse(path)) == list(parse(FIXTURES / name))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<CONSOLIDATED_LIST/>",
        "<export>",
        "<export xmlns='x'/>",
        "a;b;c\n1;2;3\n",
        "\x00\x01",
        (FIXTURES / "eu.csv").read_text("latin-1").partition("\n")[0],
    ],
)
def test_what_is_no_such_list_is_garbled(tmp_path, content):
    path = tmp_path / "eu"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


def test_too_many_entities_are_garbled(monkeypatch):
    monkeypatch.setattr(eu, "MAX_ENTITIES", 1)
    with pytest.raises(Garbled, match="more than 1"):
        list(parse(FIXTURES / "eu.csv"))


def test_the_real_xml(shared_lists):
    path = shared_lists / "eu" / "fsf" / "FSF_xml_1.1_sample.xml"
    records, rejected = parted(parse(path))
    assert (len(records), rejected) == (7, [])
    # its carrier added two entities under the number of a third
    assert [key for key in records if "#" in key] == ["EU.4009.74#2"]
    assert {record.kind for record in records.values()} == {Kind.PERSON}


def test_the_real_csv(shared_lists):
    path = shared_lists / "eu" / "fsf" / "FSF_csv_2018_first1000lines.csv"
    records, rejected = parted(parse(path))
    assert rejected == []  # 1,000 lines: the header and 999 rows of 93 entities
    assert len(records) == 93
    assert sum(record.kind is Kind.PERSON for record in records.values()) == 61
    assert sum(len(record.documents) for record in records.values()) == 9
    texts = [text for record in records.values() for text in (*full(record), *record.birth_places)]
    assert not any("\t" in text for text in texts)
    assert "al-Awja, near Tikrit, IRQ" in texts
