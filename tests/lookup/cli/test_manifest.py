from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.cli.manifest import MAX_LINE, MAX_VALUE, Manifest, NotAccepted


def read(content, kind=""):
    manifest = Manifest(io.BytesIO(content if isinstance(content, bytes) else content.encode()))
    rows = list(manifest.rows(kind))
    return rows, manifest


def one(content):
    (row,) = read(content)[0]
    return row


def test_csv_with_all_columns():
    row = one(
        "id,name,birth,sex,nationality,document_number,document_issuer,plate,plate_country\n"
        "p1,Виктор Маренко,1970-01-31,M,rur,X1,rur,KLM 1,RUR\n"
    )
    person, vehicle = row.subjects
    assert (row.line, row.id, row.problem) == (2, "p1", "")
    assert person.person.names[0].full == "Виктор Маренко"
    assert person.person.documents[0].issuer == "RUR"
    assert vehicle.vehicle.plate == "KLM 1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_every_habit(delimiter, head, end):
    text = delimiter.join(["ID", " Surname ", "Given"]) + end
    text += delimiter.join(["1", '"Marenko"', "Viktor"]) + end
    (row,), manifest = read(head + text.encode())
    assert row.subjects[0].person.names[0].surname == "Marenko"
    assert row.id == "1"
    assert not manifest.ignored
    assert manifest.consumed == len(head) + len(text)


def test_columns_that_mean_nothing_are_named():
    (row,), manifest = read("name,seat\nx,12A\n")
    assert not row.problem
    assert list(manifest.ignored) == ["seat"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("UNA:+.? '\nUNB+UNOA", "not accepted yet"),
        ("UNH+1+PAXLST:D:02B", "not accepted yet"),
        ('[{"name": "x"}]', "neither"),
        ("<xml/>", "neither"),
        ("PK\x03\x04", "neither"),
        ("na\0me\n", "neither"),
        ("nom,prénom\nx,y\n", "no known column"),
        ("", "no known column"),
        (",".join(["name"] * 65), "at most 64"),
    ],
)
def test_what_is_not_accepted_says_what_is(content, said):
    with pytest.raises(NotAccepted, match=said):
        read(content)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("x,1970-13-01", "birth: '1970-13-01' is not a date"),
        (",1970", "is needed"),
        ("x,1970,more", "3 values for 2 columns"),
        ("x" * (MAX_VALUE + 1), "name: longer than"),
        ("x" * 200_000, "name: longer than"),
        ("x," * MAX_LINE, "values for 2 columns"),
    ],
)
def test_a_bad_row_of_csv_is_a_problem_of_its_own(line, problem):
    rows, _ = read(f"name,birth\nfirst,1970\n{line}\nlast,1971\n")
    assert [row.line for row in rows] == [2, 3, 4]
    assert problem in rows[1].problem
    assert rows[0].subjects[0].person.names[0].full == "first"
    assert rows[2].subjects[0].person.names[0].full == "last"


def test_bytes_that_are_not_utf8_are_a_problem_of_their_row():
    rows, _ = read(b"name\n\xff\xfe\nok\n")
    assert [row.problem for row in rows] == ["name: not UTF-8", ""]


def test_a_quote_that_is_not_closed_swallows_nothing_unseen():
    rows, _ = read('name,birth\n"first,1970\nsecond,1971\nthird,1972\n')
    assert len(rows) == 1
    assert rows[0].problem == "lines 2 to 4 are one row: a quote is not closed"


def test_json_lines_flat_and_nested():
    flat, nested = read(
        lines(
            {"id": "a", "name": "x", "birth": "1970", "nationality": ["RUR", "UTO"], "seat": 3},
            {
                "id": "b",
                "names": ["x", "y"],
                "document": {"number": "X1", "issuer": "RUR", "type": "PASSPORT"},
                "vehicle": {"plate": "KLM 1", "plate_country": "RUR"},
            },
        )
    )[0]
    assert list(flat.subjects[0].person.nationalities) == ["RUR", "UTO"]
    person, vehicle = nested.subjects
    assert [name.full for name in person.person.names] == ["x", "y"]
    assert person.person.documents[0].type == "PASSPORT"
    assert vehicle.vehicle.plate_country == "RUR"


def test_several_documents_keep_their_issuers():
    row = one(lines({"documents": [{"number": "A"}, {"number": "B", "issuer": "RUR"}]}))
    assert [(s.document.number, s.document.issuer) for s in row.subjects] == [
        ("A", ""),
        ("B", "RUR"),
    ]


def test_subjects_as_in_the_protocol():
    row = one(lines({"id": 7, "subjects": [{"person": {"names": [{"full": "x"}]}}]}))
    assert row.id == "7"
    assert row.subjects[0].person.names[0].full == "x"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("7", "not a JSON object"),
        ("{}", "is needed"),
        ('{"name": 7}', "name: 7 is not a text"),
        ('{"name": {"full": "x"}}', "is not a text"),
        ('{"document": "X1"}', "document: not an object"),
        ('{"subjects": [{"boat": {}}]}', "subjects: "),
        ('{"subjects": 7}', "subjects: "),
        ('{"name": "\\ud800"}', "not UTF-8"),
        ("[" * 100_000, "not JSON"),
        (json.dumps({"name": ["x"] * 65}), "more than 64 values"),
    ],
)
def test_a_bad_json_line_is_a_problem_of_its_own(line, problem):
    rows, _ = read('{"name": "first"}\n' + line + '\n{"name": "last"}\n')
    assert [row.line for row in rows] == [1, 2, 3]
    assert problem in rows[1].problem
    assert not rows[2].problem


def test_blank_lines_count_but_ask_nothing():
    rows, _ = read('{"name": "a"}\n\n{"name": "b"}')
    assert [row.line for row in rows] == [1, 3]


def lines(*contents):
    return "".join(json.dumps(content) + "\n" for content in contents)


@given(st.binary(max_size=300), st.sampled_from([b"name,birth\n", b'{"name": "x"}\n']))
def test_any_bytes_become_rows(content, head):
    rows, manifest = read(head + content)
    assert all(row.problem or row.subjects for row in rows)
    assert manifest.consumed == len(head + content)
    assert [row.line for row in rows] == sorted({row.line for row in rows})
