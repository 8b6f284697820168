"""JSON Lines, whole and broken."""

from __future__ import annotations

import pytest

from adapters.jsonlines import is_json, objects, texts
from adapters.listing import MAX_LINE
from adapters.rows import Rejected


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "l.jsonl"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_every_object_comes_with_its_place(write):
    path = write('{"id": 1}\n\n{"id": "ü"}')
    assert list(objects(path)) == [("l.jsonl:1", {"id": 1}), ("l.jsonl:3", {"id": "ü"})]


@pytest.mark.parametrize(
    "line", ["[1]", '"text"', "{", '{"a": NaN}', "[" * 50_000, "x" * (MAX_LINE + 1)]
)
def test_a_broken_line_is_rejected_and_the_next_one_read(write, line):
    first, second = objects(write(line + '\n{"id": 2}\n'))
    assert isinstance(first, Rejected)
    assert first.where == "l.jsonl:1"
    assert second == ("l.jsonl:2", {"id": 2})


@pytest.mark.parametrize(
    ("text", "expected"),
    [('\n  {"a": 1}\n', True), ("a,b\n", False), ("", False), ("[{}]", False)],
)
def test_a_file_of_objects_is_known_by_its_first_line(write, text, expected):
    assert is_json(write(text)) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", ["a"]),
        (["a", ["b", 3], None, {}, True], ["a", "b", "3"]),
        (12, ["12"]),
        (1.5, ["1.5"]),
        (None, []),
        (False, []),
        ({"a": "b"}, []),
    ],
)
def test_values_as_texts(value, expected):
    assert texts(value) == expected
