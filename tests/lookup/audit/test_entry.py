from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.entry import (
    MAX_DETAIL,
    MAX_ENTRY,
    MAX_INT,
    Envelope,
    Kind,
    canonical,
    commitment,
    decode_envelope,
    detail_digest,
    encode_envelope,
    timestamp,
    with_ask,
)
from lookup.audit.errors import EntryInvalid

NONCE = bytes(32)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INT + 1, MAX_INT - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def envelope(**changes):
    fields = {
        "kind": Kind.ASK,
        "qid": "q-1",
        "ts": timestamp(0),
        "gw": "gateway-1",
        "agency": "police/xa/one",
        "purpose": "border",
        "prio": "normal",
        "detail": "0" * 64,
    }
    return Envelope(**(fields | changes))


def test_canonical_vector():
    value = {"z": [1, True, None], "a": {"ü": 1}["ü"], "text": 'Ł"\n\u20ac'}
    assert canonical(value) == b'{"a":1,"text":"\\u0141\\"\\n\\u20ac","z":[1,true,null]}'


@given(VALUES)
def test_canonical_is_json_ascii_and_stable(value):
    encoded = canonical(value)
    assert encoded.isascii()
    assert json.loads(encoded) == value
    assert canonical(json.loads(encoded)) == encoded


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        MAX_INT,
        -MAX_INT,
        b"bytes",
        {1: "key"},
        {"ü": 1},
        "\ud800",
        {"deep": [{"float": 0.5}]},
        "x" * MAX_ENTRY,
        [[[[[[[[[[[1]]]]]]]]]]],
    ],
)
def test_canonical_refuses(value):
    with pytest.raises(EntryInvalid):
        canonical(value)


def test_longest_entry_that_fits():
    assert len(canonical("x" * (MAX_ENTRY - 2))) == MAX_ENTRY


def test_envelope_bytes():
    body = encode_envelope(envelope(kind=Kind.ANSWER, ask=7, answer_sha256="a" * 64))
    assert body == canonical(json.loads(body))
    assert json.loads(body) == {
        "v": 1,
        "kind": "ANSWER",
        "qid": "q-1",
        "ts": "1970-01-01T00:00:00.000000Z",
        "gw": "gateway-1",
        "agency": "police/xa/one",
        "purpose": "border",
        "prio": "normal",
        "detail": "0" * 64,
        "ask": 7,
        "answer_sha256": "a" * 64,
    }


@given(st.text(min_size=1, max_size=128), st.none() | st.integers(0, MAX_INT - 1))
def test_envelope_round_trip(qid, ask):
    try:
        body = encode_envelope(envelope(qid=qid, ask=ask))
    except EntryInvalid:
        assert any("\ud800" <= c <= "\udfff" for c in qid)
        return
    assert decode_envelope(body) == envelope(qid=qid, ask=ask)
    assert body == canonical(json.loads(body))


@pytest.mark.parametrize(
    "changes",
    [
        {"qid": ""},
        {"qid": "x" * 129},
        {"agency": "x" * 129},
        {"user": ""},
        {"ts": "yesterday"},
        {"ask": -1},
        {"ask": MAX_INT},
        {"detail": "short"},
        {"answer_sha256": "0" * 63},
        {"v": 2},
        {"kind": "RUMOUR"},
        {"purpose": b"bytes"},
        {"prio": 1.5},
        {"qid": "\ud800"},
    ],
)
def test_envelope_fields_are_bounded(changes):
    with pytest.raises(EntryInvalid):
        encode_envelope(envelope(**changes))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"v":1,"kind":"ASK"}'])
def test_bytes_that_are_no_envelope(body):
    with pytest.raises(EntryInvalid):
        decode_envelope(body)


def test_an_unknown_field_is_refused():
    fields = json.loads(encode_envelope(envelope())) | {"name": "Anna Example"}
    with pytest.raises(EntryInvalid, match="name"):
        decode_envelope(msgspec.json.encode(fields))


def test_commitment_keeps_field_borders_and_salt():
    salt = b"s" * 16
    assert commitment(salt, b"ab", b"c") != commitment(salt, b"a", b"bc")
    assert commitment(salt, b"ab") != commitment(b"t" * 16, b"ab")
    assert commitment(salt, b"ab") == commitment(salt, b"ab")
    assert commitment(salt) != commitment(salt, b"")
    with pytest.raises(EntryInvalid, match="nonce"):
        commitment(b"short", b"ab")


def test_detail_digest():
    assert detail_digest(NONCE, b"detail") == hashlib.sha256(NONCE + b"detail").hexdigest()
    with pytest.raises(EntryInvalid):
        detail_digest(b"short", b"")
    with pytest.raises(EntryInvalid):
        detail_digest(NONCE, bytes(MAX_DETAIL + 1))


def test_timestamp_keeps_microseconds():
    assert timestamp(1_767_225_600_123_456_999) == "2026-01-01T00:00:00.123456Z"
    assert timestamp(1_767_225_600_000_000_000) == "2026-01-01T00:00:00.000000Z"


@given(st.text(max_size=60), st.integers(0, MAX_INT - 1))
def test_the_index_is_put_in_whatever_else_the_entry_says(text, index):
    hostile = envelope(agency='"ask":0,' + text, answer_sha256='"ask":0,' * 8, ask=0)
    body = with_ask(encode_envelope(hostile), index)
    assert body == encode_envelope(msgspec.structs.replace(hostile, ask=index))
