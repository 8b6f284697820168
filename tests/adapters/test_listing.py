from __future__ import annotations

import gzip

import pytest

from adapters import listing
from adapters.base import Garbled
from adapters.listing import MAX_LINE, Delimited, elements, lines, local, opened, some
from adapters.rows import Rejected
from matching.record import Record


def written(tmp_path, content, name="list.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path, width=3, **more):
    return list(Delimited(path.name, lines(path), width, **more))


def test_lines_are_numbered_and_lose_their_ends(tmp_path):
    path = written(tmp_path, "\ufeffa\r\nb\n\nc")
    assert list(lines(path)) == [(1, "a"), (2, "b"), (3, ""), (4, "c")]


def test_a_line_that_is_not_utf8_is_read_as_windows_1252(tmp_path):
    path = written(tmp_path, "é\n".encode() + b"\x92\xe9\n")
    assert list(lines(path)) == [(1, "é"), (2, "’é")]


def test_gzip_is_told_by_its_first_bytes_not_its_name(tmp_path):
    assert list(lines(written(tmp_path, gzip.compress(b"a\nb\n")))) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("cut", [slice(0, 15), slice(0, -4)])
def test_a_broken_gzip_is_garbled(tmp_path, cut):
    path = written(tmp_path, gzip.compress(b"line\n" * 100)[cut])
    with pytest.raises(Garbled, match=r"list\.csv"):
        list(lines(path))


def test_an_overlong_line_is_left_out_and_the_next_one_is_read(tmp_path):
    path = written(tmp_path, b"a,b,c\n" + b"x" * (3 * MAX_LINE + 7) + b"\nd,e,f\n")
    assert list(lines(path)) == [(1, "a,b,c"), (2, None), (3, "d,e,f")]
    first, second, third = rows(path)
    assert (first, third) == ((1, ["a", "b", "c"]), (3, ["d", "e", "f"]))
    assert second == Rejected("list.csv:2", f"line longer than {MAX_LINE} bytes")


def test_a_line_that_just_fits_is_whole(tmp_path):
    path = written(tmp_path, b"x" * (MAX_LINE - 1) + b"\ny")
    assert [text and len(text) for _, text in lines(path)] == [MAX_LINE - 1, 1]


def test_an_endless_file_is_garbled(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MAX_BYTES", 10)
    with pytest.raises(Garbled, match="larger"):
        list(lines(written(tmp_path, "12345\n" * 3)))


def test_rows_of_another_width_are_rejected_with_their_place(tmp_path):
    path = written(tmp_path, 'a,b,c\nd,e\n\n"f,",g,h\n')
    assert rows(path) == [
        (1, ["a", "b", "c"]),
        Rejected("list.csv:2", "2 cells where 3 cells are due"),
        (4, ["f,", "g", "h"]),
    ]


def test_a_quoted_cell_may_run_over_lines(tmp_path):
    path = written(tmp_path, 'a,"b\nb2, b3",c\nd,e,f\n')
    assert rows(path, span=5) == [(1, ["a", "b\nb2, b3", "c"]), (3, ["d", "e", "f"])]


@pytest.mark.parametrize("span", [1, 5, 64])
def test_an_open_quote_costs_its_own_line_only(tmp_path, span):
    good = "".join(f"{n},x,y\n" for n in range(20))
    path = written(tmp_path, 'a,"b,c\n' + good)
    first, *others = rows(path, span=span)
    assert first.where == "list.csv:1"
    assert others == [(n + 2, [str(n), "x", "y"]) for n in range(20)]


def test_two_open_quotes_do_not_swallow_what_is_between_them(tmp_path):
    path = written(tmp_path, 'a,"b,c\n1,2,3\nd,"e,f\n4,5,6\n')
    assert [row for row in rows(path, span=9) if not isinstance(row, Rejected)] == [
        (2, ["1", "2", "3"]),
        (4, ["4", "5", "6"]),
    ]


XML = (
    '<list xmlns="urn:x"><entry n="1"><a>1</a></entry><other/><entry n="2"><a>2</a></entry></list>'
)


def entries(path):
    tags = frozenset({"entry"})
    return [(e.get("n"), e[0].text) for e in elements(path, "list", tags)]


def test_elements_come_by_local_name_with_their_children(tmp_path):
    assert entries(written(tmp_path, XML)) == [("1", "1"), ("2", "2")]


def test_elements_of_a_gzip_file(tmp_path):
    assert len(entries(written(tmp_path, gzip.compress(XML.encode())))) == 2


def test_elements_that_were_asked_for_are_forgotten(tmp_path):
    many = "<list>" + "<entry><a>1</a></entry>" * 50 + "</list>"
    path = written(tmp_path, many)
    for element in elements(path, "list", frozenset({"entry"})):
        assert element.getparent().index(element) <= 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no xml",
        "<other/>",
        "<list><entry>",
        XML[:60],
        "<!DOCTYPE list [<!ENTITY a 'b'>]><list><entry n='1'><a>&a;</a></entry></list>",
        "<!DOCTYPE list SYSTEM 'file:///etc/passwd'><list/>",
        "<list><entry><a>&undeclared;</a></entry></list>",
    ],
)
def test_what_is_no_such_xml_is_garbled(tmp_path, content):
    with pytest.raises(Garbled):
        entries(written(tmp_path, content))


def test_an_entry_with_too_many_elements_is_garbled(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "MAX_NODES", 5)
    with pytest.raises(Garbled, match="more than 5"):
        entries(written(tmp_path, "<list><entry>" + "<a/>" * 9 + "</entry></list>"))


def test_deep_nesting_is_garbled(tmp_path):
    with pytest.raises(Garbled):
        entries(written(tmp_path, "<list>" + "<a>" * 5000 + "</a>" * 5000 + "</list>"))


def test_local_names(tmp_path):
    path = written(tmp_path, XML)
    assert [local(e) for e in elements(path, "list", frozenset({"a"}))] == ["a", "a"]


def test_opened_reads_plain_bytes(tmp_path):
    stream = opened(written(tmp_path, b"abc"))
    assert (stream.read(2), stream.read()) == (b"ab", b"c")
    stream.close()


def test_some_passes_rows_on_and_demands_a_record():
    record, rejected = Record("1"), Rejected("x", "y")
    assert list(some(iter([rejected, record]), "list")) == [rejected, record]
    with pytest.raises(Garbled, match="list"):
        list(some(iter([rejected]), "list"))
