"""An answer together with the exact bytes that its audit receipt covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message

RECEIPT_FIELD = 15
"""Number of the field `receipt` in every answer; the receipt covers the message without it."""

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Proven(Generic[M]):
    """A message as received: `message` decoded, `raw` as it came, `answer` what is proved.

    `receipt` is the serialised `lookup.v1.Receipt`, empty if the gateway sent none.
    """

    message: M
    raw: bytes
    answer: bytes
    receipt: bytes


def proven(kind: type[M], raw: bytes) -> Proven[M]:
    """The decoded message beside its bytes; `DecodeError` if it is not one."""
    answer, receipt = split(raw)
    return Proven(kind.FromString(raw), raw, answer, receipt)


def split(raw: bytes) -> tuple[bytes, bytes]:
    """The bytes of all fields but the receipt, and the receipt; `DecodeError` if it is no message.

    A digest is over bytes, and encoding a decoded message again need not give the same ones
    (https://protobuf.dev/programming-guides/serialization-not-canonical).
    """
    kept, receipt, position = [], b"", 0
    while position < len(raw):
        tag, start = _varint(raw, position)
        body, end = _skip(raw, start, tag & 7)
        if tag >> 3 == RECEIPT_FIELD and tag & 7 == 2:
            receipt = raw[body:end]
        else:
            kept.append(raw[position:end])
        position = end
    return b"".join(kept), receipt


def _skip(raw: bytes, position: int, wire_type: int) -> tuple[int, int]:
    """Where the field's content begins and where it ends."""
    if wire_type == 0:
        return position, _varint(raw, position)[1]
    if wire_type == 2:
        length, position = _varint(raw, position)
    elif wire_type in {1, 5}:
        length = 8 if wire_type == 1 else 4
    else:
        raise DecodeError(f"wire type {wire_type} in an answer")
    if position + length > len(raw):
        raise DecodeError("the answer is cut off")
    return position, position + length


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(raw):
            break
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise DecodeError("a number in the answer has no end")
