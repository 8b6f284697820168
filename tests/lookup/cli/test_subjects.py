from __future__ import annotations

import pytest

from lookup.cli.subjects import BadField, document_parts, partial_date, subjects_of
from lookup.v1 import record_pb2 as pb


def kinds(fields, **options):
    return [s.WhichOneof("subject") for s in subjects_of(fields, **options)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ["x"]}, ["person"]),
        ({"surname": ["x"]}, ["person"]),
        ({"name": ["x"], "document_number": ["1"]}, ["person"]),
        ({"document_number": ["1"]}, ["document"]),
        ({"document_number": ["1", "2"]}, ["document", "document"]),
        ({"mrz": ["P<"]}, ["person"]),
        ({"mrz": ["P<"], "document_number": ["1"]}, ["person"]),
        ({"vin": ["1"]}, ["vehicle"]),
        ({"name": ["x"], "plate": ["1"]}, ["person", "vehicle"]),
        ({"name": ["x"], "plate": [" "], "colour": ["red"]}, ["person"]),
    ],
)
def test_which_subjects_an_encounter_has(fields, expected):
    assert kinds(fields) == expected


def test_a_document_alone_can_stand_for_its_bearer():
    assert kinds({"document_number": ["1"]}, bearer=True) == ["person"]


@pytest.mark.parametrize("fields", [{}, {"name": [" "]}, {"birth": ["1970"]}, {"make": ["Lada"]}])
def test_nothing_that_identifies_is_refused(fields):
    with pytest.raises(BadField, match="is needed"):
        subjects_of(fields)


def test_documents_keep_their_issuers_when_one_number_is_blank():
    fields = {
        "document_number": ["A1", " ", "B2"],
        "document_issuer": ["rur", "xxx", "uto"],
        "document_type": ["passport"],
    }
    first, second = (s.document for s in subjects_of(fields))
    assert first == pb.Document(number="A1", issuer="RUR", type="PASSPORT")
    assert second == pb.Document(number="B2", issuer="UTO")


@pytest.mark.parametrize("field", ["sex", "birth_place", "surname"])
def test_a_field_of_one_value_takes_one(field):
    with pytest.raises(BadField, match=field):
        subjects_of({"name": ["x"], field: ["F", "M"]})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1970-01-31", (1970, 1, 31)),
        (" 1970-01 ", (1970, 1, 0)),
        ("1970", (1970, 0, 0)),
        ("١٩٧٠", (1970, 0, 0)),
        ("1970-00-00", (1970, 0, 0)),
    ],
)
def test_dates(text, parts):
    date = partial_date(text)
    assert (date.year, date.month, date.day) == parts
    assert date.raw == text.strip()


@pytest.mark.parametrize(
    "text",
    ["", "0000", "70", "1970-1-1", "1970-13", "1970-01-32", "1970-00-01", "31.01.1970"],
)
def test_what_is_no_date(text):
    with pytest.raises(BadField, match="birth"):
        partial_date(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("A1/RUR", ("A1", "RUR")), ("A1", ("A1", "")), ("12/34/RUR", ("12/34", "RUR"))],
)
def test_numbers_with_issuers(text, parts):
    assert document_parts(text) == parts


@pytest.mark.parametrize(
    ("given", "sex"), [("f", 1), ("M", 2), ("X", 3), ("U", 0), ("<", 0), ("", 0)]
)
def test_sex(given, sex):
    assert subjects_of({"name": ["x"], "sex": [given]})[0].person.sex == sex
