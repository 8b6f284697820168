"""Tables as they come: cut, pasted, quoted over lines, with a byte order mark."""

from __future__ import annotations

import pytest

from adapters.base import Garbled
from adapters.listing import MAX_LINE
from adapters.rows import Rejected
from adapters.table import Row, table


@pytest.fixture
def read(tmp_path):
    def rows(text, **settings):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(table(path, **settings))

    return rows


def test_rows_come_under_their_header_with_their_place(read):
    assert read("id,name\n1,Ada\n\n2,Bela\n") == [
        Row("t.csv:2", {"id": "1", "name": "Ada"}),
        Row("t.csv:4", {"id": "2", "name": "Bela"}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_header(read):
    assert read("\ufeffid,name\r\n1,Ada\r\n") == [Row("t.csv:2", {"id": "1", "name": "Ada"})]


def test_a_repeated_header_is_passed_over(read):
    found = read("id,name\n1,Ada\nid,name\n2,Bela\n")
    assert [row.cells["id"] for row in found] == ["1", "2"]


def test_names_may_be_given_where_the_file_has_none(read):
    assert read("1,Ada\n", header=("id", "name")) == [Row("t.csv:1", {"id": "1", "name": "Ada"})]


def test_column_names_may_be_folded(read):
    (row,) = read("ID, Issuing Country\n1,UTO\n", folded=True)
    assert row.cells == {"id": "1", "issuing_country": "UTO"}
    assert read("ID,A B\n1,x\nid,a b\n", folded=True)[1:] == []


def test_a_quoted_cell_may_run_over_lines(read):
    (row, second) = read('id,name\n1,"Ada\nExample"\n2,Bela\n')
    assert row == Row("t.csv:2", {"id": "1", "name": "Ada\nExample"})
    assert second.where == "t.csv:4"


def test_a_quote_that_never_closes_costs_its_own_line_only(read):
    found = read('id,name\n1,"Ada\n2,Bela\n3,Carla\n')
    assert [row.cells["id"] for row in found] == ["1", "2", "3"]
    assert found[0] == Row("t.csv:2", {"id": "1", "name": "Ada"}, "a quote is never closed")


def test_a_cut_row_is_kept_and_named(read):
    (row,) = read("id,name,born\n1,Ada\n")
    assert row == Row("t.csv:2", {"id": "1", "name": "Ada", "born": ""}, "cut after 2 of 3 cells")


def test_too_many_cells_are_no_row_but_empty_ones_are_nothing(read):
    assert read("id,name\n1,Ada,x\n2,Bela,,\n") == [
        Rejected("t.csv:2", "3 cells under 2 columns"),
        Row("t.csv:3", {"id": "2", "name": "Bela"}),
    ]


def test_another_delimiter_and_encoding(read):
    (row,) = read("id;name\n1;Ângela\n".encode("latin-1"), delimiter=";", encoding="latin-1")
    assert row.cells["name"] == "Ângela"


def test_a_line_beyond_the_bound_is_rejected_and_the_next_one_read(read):
    found = read("id,name\n1," + "x" * (MAX_LINE + 10) + "\n2,Bela\n")
    assert [type(row) for row in found] == [Rejected, Row]
    assert "longer than" in found[0].reason


def test_a_cell_beyond_the_limit_of_the_csv_module_is_rejected(read):
    found = read("id,name\n1," + "x" * 140_000 + "\n2,Bela\n")
    assert [type(row) for row in found] == [Rejected, Row]


@pytest.mark.parametrize(("text", "why"), [("", "no header"), ("a,a\n1,2\n", "two columns")])
def test_what_is_no_table_is_garbled(read, text, why):
    with pytest.raises(Garbled, match=why):
        read(text)


def test_the_first_of_several_columns_that_says_something():
    row = Row("t:1", {"a": " ", "b": " x  y ", "c": "z"})
    assert row.first(("a", "b", "c")) == "x y"
    assert row.first(("a", "none")) == ""
