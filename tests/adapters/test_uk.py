from __future__ import annotations

import gzip

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters import uk
from adapters.base import Garbled
from adapters.uk import parse
from matching.record import Kind, NameKind, Quality

LIST = FIXTURES / "uk.csv"


@pytest.fixture(scope="module")
def read():
    return parted(parse(LIST))


@pytest.fixture(scope="module")
def person(read):
    return read[0]["90001"]


def test_one_record_a_group_wherever_its_rows_stand(read):
    assert [(key, record.kind) for key, record in read[0].items()] == [
        ("90001", Kind.PERSON),
        ("90002", Kind.PERSON),
        ("90003", Kind.ORGANISATION),
        ("90004", Kind.VESSEL),
        ("90007", Kind.PERSON),
    ]


def test_name_6_is_the_surname_and_the_prime_alias_comes_first(person):
    assert [(n.full, n.surname, n.given, n.kind, n.quality) for n in person.names] == [
        ("Tobias EXEMPLAR-MUSTER", "EXEMPLAR-MUSTER", "Tobias", NameKind.PRIMARY, Quality.STRONG),
        ("Tobias Otto EXEMPLAR", "EXEMPLAR", "Tobias Otto", NameKind.ALIAS, Quality.STRONG),
        ("Tobiasz EGZEMPLARZ", "EGZEMPLARZ", "Tobiasz", NameKind.ALIAS, Quality.WEAK),
        ("T. MUSTER", "MUSTER", "T.", NameKind.FORMER, Quality.STRONG),
    ]


def test_names_in_other_scripts_have_a_column_of_their_own(read):
    assert [(n.full, n.surname, n.script) for n in read[0]["90002"].names] == [
        ("MONONYM", "", "Latn"),
        ("Мононим", "", "Cyrl"),
    ]


def test_the_day_comes_first_and_zeros_are_unknown(person):
    assert [(b.iso(), b.raw) for b in person.births] == [
        ("1971-02-03", "03/02/1971"),
        ("1971", "10/00/1971"),
        ("1972-04", "00/04/1972"),
        ("1973", "00/00/1973"),
    ]


def test_numbers_in_columns_and_in_other_information(read, person):
    assert numbers(person) == [("XT000111", "IRN", "PASSPORT"), ("XT000222", "", "PASSPORT")]
    assert numbers(read[0]["90002"]) == [("000111-7", "PAK", "NATIONAL_ID")]


def test_other_facts(read, person):
    assert person.nationalities == ("FRA", "DEU")
    assert person.birth_places == ("Testburg, France",)
    assert (person.category, person.owner) == ("SANCTION", "OFSI")
    assert (person.programmes, person.entered) == (("Test Regime",), "2090-05-17")
    assert read[0]["90002"].addresses == ("1 Sample Street, France",)
    assert read[0]["90002"].remarks == "First line second line, with a comma"
    assert read[0]["90004"].entered == ""


def test_rows_that_cannot_be_read_are_rejected_and_the_last_one_is_there(read):
    assert [row.where for row in read[1]] == [f"uk.csv:{line}" for line in (13, 14, 15, 16)]
    assert full(read[0]["90007"]) == ["Person LAST"]


def test_without_its_first_line_and_packed(tmp_path):
    path = tmp_path / "ConList.csv"
    path.write_bytes(gzip.compress(LIST.read_bytes().partition(b"\n")[2]))
    assert parted(parse(path))[0] == parted(parse(LIST))[0]


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_a_list_that_is_cut_before_its_first_row_is_garbled(tmp_path, lines):
    path = tmp_path / "uk.csv"
    path.write_bytes(b"".join(LIST.read_bytes().splitlines(keepends=True)[:lines]))
    with pytest.raises(Garbled, match=r"uk\.csv"):
        list(parse(path))


@pytest.mark.parametrize("content", ["a,b\n" * 20, '"' * 999, "<xml/>", "\x00" * 99])
def test_what_is_no_such_list_is_garbled(tmp_path, content):
    path = tmp_path / "uk.csv"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


def test_too_many_groups_are_garbled(monkeypatch):
    monkeypatch.setattr(uk, "MAX_GROUPS", 2)
    with pytest.raises(Garbled, match="more than 2"):
        list(parse(LIST))


def test_the_real_sample(shared_lists):
    records, rejected = parted(parse(shared_lists / "uk" / "OFSI_ConList_sample.csv"))
    assert rejected == []
    assert {key: len(record.births) for key, record in records.items()} == {
        "9053": 1,
        "13063": 3,
        "13754": 1,
        "11039": 7,
        "13017": 3,
        "9215": 1,
    }  # 23 rows: 1 + 3 + 1 + 14 (two spellings) + 3 + 1
    assert len(full(records["11039"])) == 2
    assert sum(len(record.documents) for record in records.values()) == 2
