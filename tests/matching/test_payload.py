"""Packed records come back as they were and are small."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.payload import pack, unpack
from matching.record import (
    Document,
    Kind,
    Name,
    NameKind,
    PartialDate,
    Quality,
    Record,
    Sex,
    Vehicle,
)

short = st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
few = {"max_size": 3}
records = st.builds(
    Record,
    id=short,
    kind=st.sampled_from(Kind),
    names=st.lists(
        st.builds(Name, short, short, short, st.sampled_from(NameKind), st.sampled_from(Quality),
                  short, st.booleans()), **few).map(tuple),
    births=st.lists(
        st.builds(PartialDate, st.integers(0, 3000), st.integers(0, 12), st.integers(0, 31), short,
                  short, st.integers(0, 3000), st.booleans()), **few).map(tuple),
    sex=st.sampled_from(Sex),
    nationalities=st.lists(short, **few).map(tuple),
    birth_places=st.lists(short, **few).map(tuple),
    documents=st.lists(st.builds(Document, short, short, short), **few).map(tuple),
    vehicles=st.lists(st.builds(Vehicle, *[short] * 8), **few).map(tuple),
    category=short, owner=short, programmes=st.lists(short, **few).map(tuple),
    warnings=st.lists(short, **few).map(tuple), addresses=st.lists(short, **few).map(tuple),
    entered=short, valid_until=short, url=short, remarks=short,
)  # fmt: skip


@given(records)
def test_a_record_survives_packing(record):
    assert unpack(pack(record)) == record


def test_an_ordinary_record_is_small():
    born = (PartialDate(1970, 1, 2),)
    record = Record("ofac-12345", names=(Name("BRAKO, Anna Maria"),), births=born)
    assert len(pack(record)) < 64


def test_other_bytes_are_refused():
    with pytest.raises(msgspec.DecodeError):
        unpack(b"\xc1")
