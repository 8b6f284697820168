"""Bytes that nobody meant: whatever a file holds, a parser yields rows or says `Garbled`."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import FIXTURES

from adapters import eu, notices, ofac, uk, un
from adapters.base import Garbled
from adapters.draft import MAX_NAME, MAX_NAMES, MAX_REMARKS
from adapters.rows import Rejected
from matching.identifiers import canonical_number
from matching.record import Record

FILES = {
    "ofac/sdn.csv": ofac,
    "un.xml": un,
    "eu.xml": eu,
    "eu.csv": eu,
    "eu_wrapped.csv": eu,
    "uk.csv": uk,
    "notices/red_details.json": notices,
    "notices/red_page_1.json": notices,
}
SHARED_FOLDER = [HealthCheck.function_scoped_fixture]
EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 400),
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(
                [b'"', b";", b",", b"\x00", b"\n", b"<", b"</", b"{", b"null", b"\xff"]
            ),
        ),
    ),
    min_size=1,
    max_size=6,
)


def edited(content, edits):
    for place, length, bytes_ in edits:
        start = int(place * len(content))
        content = content[:start] + bytes_ + content[start + length :]
    return content


def sound(row):
    """Every row is a record within its bounds, or says where it was rejected and why."""
    if isinstance(row, Rejected):
        return bool(row.where and row.reason)
    assert isinstance(row, Record)
    assert row.id
    assert len(row.names) <= MAX_NAMES
    assert all(name.full and len(name.full) <= MAX_NAME for name in row.names)
    assert all(canonical_number(paper.number) for paper in row.documents)
    return len(row.remarks) <= MAX_REMARKS + 2 * MAX_NAMES


@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_an_edited_list_gives_rows_or_is_garbled(name, edits, tmp_path):
    path = tmp_path / "list.json"
    path.write_bytes(edited((FIXTURES / name).read_bytes(), edits))
    with contextlib.suppress(Garbled):
        assert all(sound(row) for row in FILES[name].parse(path))


@pytest.mark.parametrize("module", [ofac, un, eu, uk, notices])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=400))
def test_any_bytes_are_garbled_or_rejected(module, content, tmp_path):
    path = tmp_path / "list"
    path.write_bytes(content)
    with contextlib.suppress(Garbled):
        assert not any(isinstance(row, Record) for row in module.parse(path))


def test_a_header_of_one_endless_cell_is_garbled(tmp_path):
    path = tmp_path / "uk.csv"
    path.write_text("x" * 200_000 + "\n")
    with pytest.raises(Garbled):
        list(uk.parse(path))
