"""Entry bytes: a public envelope in canonical JSON and a commitment to its private detail."""

from __future__ import annotations

import enum
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from lookup.audit.errors import EntryInvalid

#: tlog-tiles stores the length of an entry in 16 bits.
MAX_ENTRY = 65_535
MAX_DETAIL = 1024 * 1024
MAX_INT = 2**53
NONCE_SIZE = 32
_MAX_DEPTH = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Digest = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
Stamp = Annotated[str, msgspec.Meta(min_length=27, max_length=27)]
Index = Annotated[int, msgspec.Meta(ge=0, lt=MAX_INT)]


class Kind(enum.StrEnum):
    """What an entry records."""

    ASK = "ASK"
    PART = "PART"
    """A snapshot of a stream: released, but not the last word on its question."""
    ANSWER = "ANSWER"
    DENY = "DENY"
    SHED = "SHED"
    ABANDONED = "ABANDONED"
    CHECKPOINT_GAP = "CHECKPOINT_GAP"
    ADMIN = "ADMIN"


class Envelope(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):  # a Struct, not a dataclass: the writer decodes and checks one per entry in about 1 us
    """The public part of an entry: it is the leaf, and it is shown in receipts.

    Names, dates of birth and document numbers never go in here. `user` is a pseudonym,
    `ts` is UTC with microseconds ("2026-01-31T08:15:00.000001Z"), `ask` is the index of
    the ASK that this entry closes, digests are 64 hexadecimal digits, `detail` is the
    commitment to the private part (SHA-256(nonce || detail bytes)).
    """

    kind: Kind
    qid: Word
    ts: Stamp
    gw: Word
    agency: Word
    purpose: Word
    prio: Word
    detail: Digest
    v: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    user: Word | None = None
    ask: Index | None = None
    answer_sha256: Digest | None = None
    replay: bool | None = None


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_DECODER = msgspec.json.Decoder(Envelope)


def canonical(value: object) -> bytes:
    """Return the RFC 8785 form of objects, lists, strings, integers, booleans and null.

    Non-ASCII text is escaped, so the bytes are printable anywhere. Floats, integers of
    2**53 and more, keys that are not ASCII, a depth over 10 and more than 65,535 bytes
    raise EntryInvalid.
    """
    _check(value, _MAX_DEPTH)
    return _bounded(_ENCODER.encode(value).encode())


def encode_envelope(envelope: Envelope) -> bytes:
    """Return the leaf bytes; raises EntryInvalid when a field breaks its bound."""
    fields = msgspec.structs.asdict(envelope)
    try:
        encoded = _ENCODER.encode({k: v for k, v in fields.items() if v is not None})
    except (TypeError, ValueError) as error:
        raise EntryInvalid(str(error)) from error
    body = _bounded(encoded.encode())
    decode_envelope(body)
    return body


def decode_envelope(body: bytes) -> Envelope:
    """Parse and check leaf bytes; raises EntryInvalid."""
    _bounded(body)
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        msg = f"not an audit entry: {error}"
        raise EntryInvalid(msg) from error


def with_ask(body: bytes, ask: int) -> bytes:
    """Return an envelope that was encoded with ask=0, with this index instead.

    Inside a JSON string every quote is escaped, so the first match is the field itself.
    """
    return body.replace(b'"ask":0,', b'"ask":%d,' % ask, 1)


def commitment(nonce: bytes, *fields: bytes) -> bytes:
    """Return the salted SHA-256 over length-prefixed fields.

    The prefix keeps ("ab", "c") and ("a", "bc") apart; the nonce (at least 16 bytes)
    keeps fields of few possible values from being found by trying them all.
    """
    if len(nonce) < NONCE_SIZE // 2:
        msg = "a commitment needs a nonce of at least 16 bytes"
        raise EntryInvalid(msg)
    parts = (len(part).to_bytes(4, "big") + part for part in (nonce, *fields))
    return hashlib.sha256(b"".join(parts)).digest()


def detail_digest(nonce: bytes, detail: bytes) -> str:
    """Return SHA-256(nonce || detail) as hexadecimal; the nonce has 32 bytes."""
    if len(nonce) != NONCE_SIZE or len(detail) > MAX_DETAIL:
        msg = f"a detail has a nonce of {NONCE_SIZE} and at most {MAX_DETAIL} bytes"
        raise EntryInvalid(msg)
    return hashlib.sha256(nonce + detail).hexdigest()


def timestamp(nanoseconds: int) -> str:
    """Return UTC time since 1970 as "YYYY-MM-DDThh:mm:ss.ffffffZ"."""
    moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_ENTRY:
        msg = f"an entry has at most {MAX_ENTRY} bytes, got {len(body)}"
        raise EntryInvalid(msg)
    return body


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        msg = f"an entry is nested at most {_MAX_DEPTH} deep"
        raise EntryInvalid(msg)
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                msg = f"a key is ASCII text, got {key!r}"
                raise EntryInvalid(msg)
            _check(item, depth - 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, str):
        _check_text(value)
    elif not isinstance(value, int) or abs(value) >= MAX_INT:
        msg = f"an entry holds no {type(value).__name__} like {value!r:.40}"
        raise EntryInvalid(msg)


def _check_text(value: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in value):
        msg = "an entry holds no lone surrogates"
        raise EntryInvalid(msg)
