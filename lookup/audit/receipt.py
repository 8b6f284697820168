"""Receipts: what a caller keeps to prove offline which answer it was given."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from lookup.audit.checkpoint import Checkpoint, PublicKey, open_checkpoint
from lookup.audit.entry import Envelope, Kind, decode_envelope
from lookup.audit.errors import EntryInvalid, NoteInvalid, ProofInvalid, ReceiptInvalid
from lookup.audit.merkle import leaf_hash, verify_inclusion

FORMAT = "lookup-receipt-v1"
MAX_RECEIPT = 32 * 1024 * 1024
_FIELDS = {"format", "answer", "entry", "index", "tree_size", "hashes", "checkpoint"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The exact answer bytes, their ANSWER entry, and its proof in a signed tree."""

    answer: bytes
    entry: bytes
    index: int
    tree_size: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def to_json(self) -> str:
        """Return the file form: one JSON object, bytes in base64."""
        fields = {
            "format": FORMAT,
            "answer": _base64(self.answer),
            "entry": _base64(self.entry),
            "index": self.index,
            "tree_size": self.tree_size,
            "hashes": [_base64(value) for value in self.hashes],
            "checkpoint": self.checkpoint.decode(),
        }
        return json.dumps(fields, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """Parse the file form; raises ReceiptInvalid with step "form"."""
        try:
            fields = json.loads(text[: MAX_RECEIPT + 1]) if len(text) <= MAX_RECEIPT else None
            if not isinstance(fields, dict) or fields.get("format") != FORMAT:
                raise ReceiptInvalid("form", f"not a {FORMAT} file")
            if set(fields) != _FIELDS or not isinstance(fields["hashes"], list):
                raise ReceiptInvalid("form", f"the fields must be {sorted(_FIELDS)}")
            return cls(
                _bytes(fields["answer"]),
                _bytes(fields["entry"]),
                _integer(fields["index"]),
                _integer(fields["tree_size"]),
                tuple(map(_bytes, fields["hashes"])),
                fields["checkpoint"].encode(),
            )
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ReceiptInvalid("form", str(error)) from error


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verified receipt proves: this entry, under this checkpoint."""

    envelope: Envelope
    checkpoint: Checkpoint


def verify(receipt: Receipt, keys: Sequence[PublicKey]) -> Verified:
    """Check signature, inclusion, kind and digest; raises ReceiptInvalid with the step."""
    try:
        checkpoint = open_checkpoint(receipt.checkpoint, keys)
    except NoteInvalid as error:
        raise ReceiptInvalid("checkpoint", str(error)) from error
    if checkpoint.size != receipt.tree_size:
        reason = f"it is of size {checkpoint.size}, the proof of {receipt.tree_size}"
        raise ReceiptInvalid("checkpoint", reason)
    leaf = leaf_hash(receipt.entry)
    try:
        verify_inclusion(leaf, receipt.index, checkpoint.size, receipt.hashes, checkpoint.root)
    except ProofInvalid as error:
        raise ReceiptInvalid("inclusion", str(error)) from error
    try:
        envelope = decode_envelope(receipt.entry)
    except EntryInvalid as error:
        raise ReceiptInvalid("entry", str(error)) from error
    if envelope.kind not in {Kind.ANSWER, Kind.PART}:
        raise ReceiptInvalid("entry", f"its kind is {envelope.kind}, not ANSWER")
    if envelope.answer_sha256 != hashlib.sha256(receipt.answer).hexdigest():
        raise ReceiptInvalid("answer", "these are not the bytes that were recorded")
    return Verified(envelope, checkpoint)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: object) -> bytes:
    if not isinstance(value, str):
        raise ReceiptInvalid("form", "base64 text expected")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReceiptInvalid("form", f"not base64: {value[:40]!r}") from error


def _integer(value: object) -> int:
    if type(value) is not int:
        raise ReceiptInvalid("form", f"an integer was expected, not {value!r:.40}")
    return value
