"""Identifiers that are found word for word: record ids, documents, vehicles, dates of birth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Array, Arrays
from matching.hashing import text_hash

Rows = list[int]


def build_exact(hashes: NDArray[np.uint64], rows: NDArray[np.uint32]) -> dict[str, Array]:
    """Arrays of a table of 64-bit keys and the row of each, sorted by key, then row."""
    order = np.lexsort((rows, hashes))
    return {"exact_hash": hashes[order], "exact_row": rows[order]}


class ExactTable:
    """Keys of identifiers to rows, in two flat arrays."""

    __slots__ = ("_hash", "_row")

    def __init__(self, arrays: Arrays) -> None:
        self._hash = arrays["exact_hash"]
        self._row = arrays["exact_row"]

    def rows(self, key: str, limit: int) -> Rows:
        """Rows that have the key, ascending, at most `limit`; a chance collision is possible."""
        wanted = np.uint64(text_hash(key))
        first = int(self._hash.searchsorted(wanted, side="left"))
        last = int(self._hash.searchsorted(wanted, side="right"))
        rows: Rows = self._row[first : min(last, first + limit)].tolist()
        return rows

    def count(self, key: str) -> int:
        """How many rows have the key."""
        wanted = np.uint64(text_hash(key))
        first = self._hash.searchsorted(wanted, side="left")
        return int(self._hash.searchsorted(wanted, side="right") - first)
