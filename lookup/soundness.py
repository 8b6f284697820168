"""What is believed of a source's answer: types, ages, sizes, before anything is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from adapters.base import Answer, Garbled
from matching import calendars
from matching.record import Record

MAX_CANDIDATES = 500
MAX_ID = 256
MAX_VERSION = 128
MAX_REASON = 200
MAX_RECORD = 256 * 1024


def sound(answer: object, limit: int) -> Answer:
    """The answer if it is one, cut to `limit`; `Garbled` says what is wrong with it."""
    if not isinstance(answer, Answer) or not isinstance(answer.candidates, tuple):
        raise Garbled(f"answered with {type(answer).__name__}")
    if not isinstance(answer.complete, bool):
        raise Garbled("does not say whether the answer is complete")
    check_age(answer.as_of)
    if not _is_text(answer.version, MAX_VERSION) or not _is_count(answer.touched):
        raise Garbled("version or count that cannot be passed on")
    found = answer.candidates
    first: dict[str, Record] = {}
    for record in found:
        if not isinstance(record, Record) or not record.id or not _is_text(record.id, MAX_ID):
            raise Garbled("a candidate is no record")
        first.setdefault(record.id, record)
    if len(first) > limit:
        cut = f"more than {limit} candidates"
        unique = tuple(first.values())[:limit]
        return replace(answer, candidates=unique, complete=False, reason=cut)
    if len(first) == len(found) and _is_text(answer.reason, MAX_REASON):
        return answer
    return replace(answer, candidates=tuple(first.values()), reason=plain(answer.reason))


def check_age(as_of: object) -> None:
    """Raise `Garbled` for an age of data that is none, or that depends on where the clock hangs."""
    if as_of is not None and (not isinstance(as_of, datetime) or as_of.utcoffset() is None):
        raise Garbled("age of the data without a time zone")


def check_record(record: Record) -> None:
    """Raise `Garbled` for a record that no message can hold: its fields are a source's word.

    At most 256 KiB; years, months and days 0 to 9999. Asked of what is shown, not of what is
    searched.
    """
    try:
        encoded = _RECORDS.encode(record)
        if len(encoded) > MAX_RECORD:
            raise Garbled(f"a record of more than {MAX_RECORD} bytes")
        _READ_RECORD.decode(encoded)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Garbled("a record with a field of another type") from error
    for date in record.births:
        numbers = (date.year, date.month, date.day, date.year_to)
        if date.calendar not in _CALENDARS or not all(0 <= n <= _MAX_YEAR for n in numbers):
            raise Garbled("a record with a date that is none")


_RECORDS = msgspec.json.Encoder()
_READ_RECORD = msgspec.json.Decoder(Record)
_MAX_YEAR = 9999
_CALENDARS = {calendars.GREGORIAN, calendars.HIJRI, calendars.JALALI, calendars.BUDDHIST}
_MAX_COUNT = 2**53


def _is_text(value: object, limit: int) -> bool:
    if not isinstance(value, str) or len(value) > limit:
        return False
    return value.isascii() or value.encode(errors="replace").decode() == value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < _MAX_COUNT


def plain(value: object) -> str:
    """What a source says in words, short enough and fit for UTF-8."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - also what a source says of its failure may fail
        text = type(value).__name__
    return text[:MAX_REASON].encode(errors="replace").decode()
