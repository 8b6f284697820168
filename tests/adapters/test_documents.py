"""Stolen and lost documents: numbers, never names."""

from __future__ import annotations

import asyncio

import pytest
from lists import place
from reading import FIXTURES, numbers, parted

from adapters.base import Garbled, Query, Refused
from adapters.documents import KIND, MAX_NUMBER, parse
from matching.record import Document, Kind, Name, Person


@pytest.fixture(scope="module")
def read():
    return parted(parse(FIXTURES / "documents.csv"))


def test_every_row_with_a_number_is_a_record(read):
    records, rejected = read
    assert {identity: numbers(record) for identity, record in records.items()} == {
        "UT-1": [("X1234567", "UTO", "PASSPORT")],
        "DEU-ID_CARD-00123 456": [("00123 456", "DEU", "ID_CARD")],
        "Nowhereland-RESIDENCE_PERMIT-AB-77": [("AB-77", "", "RESIDENCE_PERMIT")],
        "NZL-VISA-AB-78": [("AB-78", "NZL", "VISA")],
        "UTO-PASSPORT-Y7,8": [("Y7,8", "UTO", "PASSPORT")],
        "UTO--Z9": [("Z9", "UTO", "")],
    }
    assert [(row.where, row.reason) for row in rejected] == [
        ("documents.csv:6", "no number"),
        ("documents.csv:8", "no number"),
    ]


def test_the_fraud_is_the_category(read):
    assert [record.category for record in read[0].values()] == [
        "STOLEN_BLANK",
        "LOST_DOCUMENT",
        "REVOKED",
        "LOST_OR_STOLEN_DOCUMENT",
        "STOLEN_DOCUMENT",
        "LOST_OR_STOLEN_DOCUMENT",
    ]


def test_owner_dates_and_remarks(read):
    first, second, third, *_, cut = read[0].values()
    assert (first.owner, first.entered, first.valid_until) == ("UTO", "2025-02-01", "2035-01-31")
    assert first.remarks == "Stolen Blank; stolen in NZL; stolen or lost on 2025-01-31"
    assert second.remarks == "Lost by bearer; issued 01.02.2020; expires 01.02.2030"
    assert (third.owner, third.remarks) == ("Nowhereland", "issuer Nowhereland; revoked")
    assert cut.remarks == "row cut after 2 of 13 cells"


@pytest.mark.parametrize("name", ["documents.csv", "documents.jsonl"])
def test_no_name_is_ever_read(name):
    for record in parted(parse(FIXTURES / name))[0].values():
        assert record.names == ()
        assert record.kind is Kind.DOCUMENT
        text = repr(record)
        assert "READ" not in text
        assert "Read" not in text


def test_json_lines_hold_the_same_fields():
    records, rejected = parted(parse(FIXTURES / "documents.jsonl"))
    assert {i: (numbers(r)[0], r.category) for i, r in records.items()} == {
        "UT-1": (("X1234567", "UTO", "PASSPORT"), "STOLEN_BLANK"),
        "NZL-DRIVING_LICENCE-4711": (("4711", "NZL", "DRIVING_LICENCE"), "INVALID"),
    }
    assert [row.where[-2:] for row in rejected] == [":3", ":4", ":5"]


def test_a_number_beyond_the_bound_is_rejected(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(f"number,issuer\nA1,UTO\n{'9' * (MAX_NUMBER + 1)},UTO\n")
    records, rejected = parted(parse(path))
    assert len(records) == 1
    assert "more than 64" in rejected[0].reason


@pytest.mark.parametrize("content", ["", "name,born\nAda,1970\n", '{"name": "Ada"}\n'])
def test_another_file_is_garbled(tmp_path, content):
    path = tmp_path / "d.csv"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


@pytest.fixture
def source(tmp_path):
    made = KIND(place(tmp_path, "sltd"), path=FIXTURES / "documents.csv")
    made.refresh()
    return made


def test_a_document_is_found_by_its_number_and_a_person_refused(source):
    answer = asyncio.run(source.search(Query(Document("X1234567", "UTO", "PASSPORT"))))
    assert [record.id for record in answer.candidates] == ["UT-1"]
    with pytest.raises(Refused):
        asyncio.run(source.search(Query(Person(names=(Name("SHOULD NOT"),)))))


def test_spaces_in_a_number_do_not_hide_it(source):
    answer = asyncio.run(source.search(Query(Document("00123456", "DEU"))))
    assert [record.category for record in answer.candidates] == ["LOST_DOCUMENT"]
