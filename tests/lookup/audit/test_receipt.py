from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.checkpoint import load_or_create_key
from lookup.audit.entry import Kind
from lookup.audit.errors import ReceiptInvalid
from lookup.audit.receipt import Receipt, verify

ANSWER = b"the exact bytes of the answer"


def make_receipt(log, pending, kind=Kind.ANSWER):
    (asked,) = log.append_batch([pending()])
    digest = hashlib.sha256(ANSWER).hexdigest()
    entry = pending(kind, ask=asked.index, answer_sha256=digest)
    (done,) = log.append_batch([entry])
    return Receipt(ANSWER, entry.body, done.index, done.size, tuple(done.proof()), done.checkpoint)


@pytest.fixture
def receipt(filled, pending):
    return make_receipt(filled, pending)


def test_a_receipt_verifies_and_names_its_entry(receipt, key):
    verified = verify(Receipt.from_json(receipt.to_json()), [key.public])
    assert verified.envelope.kind is Kind.ANSWER
    assert verified.envelope.qid == "q-1"
    assert verified.checkpoint.size == receipt.tree_size


def test_the_file_form(receipt):
    fields = json.loads(receipt.to_json())
    assert list(fields) == [
        "format",
        "answer",
        "entry",
        "index",
        "tree_size",
        "hashes",
        "checkpoint",
    ]
    assert fields["format"] == "lookup-receipt-v1"
    assert Receipt.from_json(receipt.to_json()) == receipt


def test_a_receipt_holds_no_detail(log, pending):
    secret = b'{"source":"hidden-register"}'
    (asked,) = log.append_batch([pending()])
    digest = hashlib.sha256(ANSWER).hexdigest()
    entry = pending(Kind.ANSWER, ask=asked.index, answer_sha256=digest, detail=secret)
    (done,) = log.append_batch([entry])
    parts = (ANSWER, entry.body, done.checkpoint, *done.proof())
    assert not any(b"hidden-register" in part or entry.nonce in part for part in parts)


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ("answer", {"answer": ANSWER + b" "}),
        ("inclusion", {"entry": b"{}"}),
        ("inclusion", {"index": 0}),
        ("inclusion", {"index": -1}),
        ("inclusion", {"index": 10**9}),
        ("inclusion", {"hashes": ()}),
        ("checkpoint", {"tree_size": 1}),
        ("checkpoint", {"checkpoint": b"none"}),
    ],
)
def test_the_failing_step_is_named(receipt, key, step, change):
    with pytest.raises(ReceiptInvalid) as caught:
        verify(dataclasses.replace(receipt, **change), [key.public])
    assert caught.value.step == step
    assert str(caught.value).startswith(step)


def test_another_kind_is_no_receipt(log, pending, key):
    with pytest.raises(ReceiptInvalid, match="DENY") as caught:
        verify(make_receipt(log, pending, Kind.DENY), [key.public])
    assert caught.value.step == "entry"


def test_only_the_given_keys_count(receipt, tmp_path):
    other = load_or_create_key(tmp_path / "other.pem", "example.org/audit/one")
    for keys in ([], [other.public]):
        with pytest.raises(ReceiptInvalid) as caught:
            verify(receipt, keys)
        assert caught.value.step == "checkpoint"


WRONG = st.none() | st.booleans() | st.floats() | st.lists(st.none(), min_size=1)


@given(WRONG, st.data())
def test_any_field_of_a_wrong_type_is_a_form_error(value, data):
    fields = {
        "format": "lookup-receipt-v1",
        "answer": "",
        "entry": "",
        "index": 0,
        "tree_size": 1,
        "hashes": [],
        "checkpoint": "",
    }
    assert Receipt.from_json(json.dumps(fields)).tree_size == 1
    fields[data.draw(st.sampled_from(sorted(fields)))] = value
    with pytest.raises(ReceiptInvalid) as caught:
        Receipt.from_json(json.dumps(fields))
    assert caught.value.step == "form"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":"other"}', "[" * 100_000, "\ud800"])
def test_texts_that_are_no_receipt(text):
    with pytest.raises(ReceiptInvalid) as caught:
        Receipt.from_json(text)
    assert caught.value.step == "form"
