"""Build the flat arrays of an index from a stream of records."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from matching import hashing
from matching.arrays import Array
from matching.estimate import PARTS, READING, WORD
from matching.exact import build_exact
from matching.exact_keys import record_keys
from matching.keys import fold
from matching.names import Role, Token, is_cut, name_tokens, runs
from matching.payload import pack
from matching.postings import invert
from matching.rarity import smoothed
from matching.record import Kind, PartialDate, Record
from matching.vocabulary import build_vocabulary

KINDS = tuple(Kind)
"""The number of a kind in `row_kind` is its position here."""

NAMED = frozenset({Kind.PERSON, Kind.UNKNOWN})
"""Kinds of which names are searched (see `record.Kind`)."""

JOIN = 5
"""Salt of words that are written as one word by others."""

MAX_JOINED = 20
"""Longest form that is filed for two neighbours, in letters."""

_SHORT = 7


def birth_number(date: PartialDate) -> int:
    """A Gregorian date as yyyymmdd with zeros for unknown parts; 0 for other calendars."""
    if date.calendar != "gregorian" or date.year_to:
        return 0
    return date.year * 10_000 + date.month * 100 + date.day


def joins(words: tuple[Token, ...]) -> Iterator[str]:
    """Forms under which two neighbours may be written as one: van der Berg, Ji-hoon, Abd al-X."""
    for run in runs(words):
        forms = [words[n].form for n in run]
        joined = "".join(forms)
        # three are written as one where the first two are particles (van der Berg)
        short = sum(map(len, forms[:-1])) <= 6 or len(run) == 2
        if len(joined) <= MAX_JOINED and short and min(map(len, forms)) <= _SHORT:
            yield joined


def join_hashes(forms: list[str]) -> NDArray[np.uint32]:
    """Hashes of joined forms with levelled spelling, shape (forms,)."""
    folds = [fold(form).encode("ascii") for form in forms]
    return (hashing.whole(hashing.matrix(folds), JOIN) >> np.uint64(32)).astype(np.uint32)


class _Builder:
    """Growing arrays; a record is read once and forgotten."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.payload = bytearray()
        self.payload_at = array("Q", [0])
        self.row_kind = bytearray()
        self.births = array("I")
        self.births_at = array("I", [0])
        self.row_names_at = array("I", [0])
        self.name_row = array("I")
        self.name_word = array("I")
        self.name_at = array("Q", [0])
        self.join_words: dict[str, int] = {}
        self.join_form = array("I")
        self.join_name = array("I")
        self.exact_hash = array("Q")
        self.exact_row = array("I")
        self.cut_names = 0

    def add(self, record: Record) -> None:
        row = len(self.row_kind)
        self.payload += pack(record)
        self.payload_at.append(len(self.payload))
        self.row_kind.append(KINDS.index(record.kind))
        self.births.extend(filter(None, map(birth_number, record.births)))
        self.births_at.append(len(self.births))
        for key in record_keys(record):
            self.exact_hash.append(hashing.text_hash(key))
            self.exact_row.append(row)
        if record.kind in NAMED:
            for name in record.names:
                self.cut_names += is_cut(name.text())
                self._add_name(row, name_tokens(name))
        self.row_names_at.append(len(self.name_row))

    def _add_name(self, row: int, words: tuple[Token, ...]) -> None:
        named = [word for word in words if word.role is Role.NAME]
        if not named:
            return
        number = len(self.name_row)
        self.name_row.append(row)
        for word in named:
            entry = PARTS[word.part] << 29
            for form in dict.fromkeys(word.forms):
                self.name_word.append(self.words.setdefault(form, len(self.words)) | entry)
                entry |= READING
        self.name_at.append(len(self.name_word))
        for form in joins(words):
            self.join_form.append(self.join_words.setdefault(form, len(self.join_words)))
            self.join_name.append(number)

    def arrays(self) -> dict[str, Array]:
        words = list(self.words)
        name_at = np.frombuffer(self.name_at, dtype=np.uint64)
        name_word = _of(self.name_word, np.uint32)
        posting_at, posting = invert(name_at, name_word & np.uint32(WORD), len(words))
        return {
            **build_vocabulary(words),
            **self._joins(),
            **build_exact(_of(self.exact_hash, np.uint64), _of(self.exact_row, np.uint32)),
            "posting_at": _narrow(posting_at),
            "posting": posting,
            "name_row": _of(self.name_row, np.uint32),
            "name_at": _narrow(name_at),
            "name_word": name_word,
            "word_weight": self._weights(words, posting_at),
            "row_names_at": _of(self.row_names_at, np.uint32),
            "row_kind": np.frombuffer(bytes(self.row_kind), dtype=np.uint8),
            "births": _of(self.births, np.uint32),
            "births_at": _of(self.births_at, np.uint32),
            "payload": np.frombuffer(bytes(self.payload), dtype=np.uint8),
            "payload_at": _narrow(_of(self.payload_at, np.uint64)),
            "counts": np.array([len(self.row_kind), self.cut_names], dtype=np.uint64),
        }

    def _weights(self, words: list[str], posting_at: Array) -> Array:
        """The rarity of each word in nats."""
        counts = np.diff(posting_at.astype(np.int64)).tolist()
        size = len(self.row_kind)
        rarity = [smoothed(n, size, word) for word, n in zip(words, counts, strict=True)]
        return np.array(rarity, dtype=np.float32)

    def _joins(self) -> dict[str, Array]:
        names = _of(self.join_name, np.uint32)
        hashes = join_hashes(list(self.join_words))
        hashes = hashes[_of(self.join_form, np.uint32)] if len(names) else hashes
        order = np.lexsort((names, hashes))
        return {"join_hash": hashes[order], "join_name": names[order]}


def _narrow(offsets: Array) -> Array:
    """Ascending offsets in four bytes each where these are enough."""
    return offsets.astype(np.uint32) if offsets[-1] <= np.iinfo(np.uint32).max else offsets


def _of(values: array[int], kind: type[np.generic]) -> Array:
    return np.frombuffer(values, dtype=kind) if len(values) else np.zeros(0, dtype=kind)


def build(records: Iterable[Record]) -> dict[str, Array]:
    """The arrays of an index over `records`, which are read once, one at a time.

    Row numbers follow the order of the records. Ids must be unique; nothing else is demanded: names
    beyond the bounds keep their head and are counted (`counts[1]`).
    """
    builder = _Builder()
    for record in records:
        builder.add(record)
    return builder.arrays()
