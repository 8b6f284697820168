"""The Merkle tree as stored: any node in a few indexed reads, any proof in O(log n)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lookup.audit.errors import LogDamaged
from lookup.audit.merkle import STEP, Frontier, frontier_positions, node_hash

if TYPE_CHECKING:
    import sqlite3

_LEAVES = "SELECT leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq"
_NODES = "SELECT hash FROM node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx"


class StoredTree:
    """The tree of the first `size` entries of a log database."""

    __slots__ = ("_db", "size")

    def __init__(self, db: sqlite3.Connection, size: int) -> None:
        """Look at the first `size` entries; later ones do not matter."""
        self._db = db
        self.size = size

    def node(self, level: int, index: int) -> bytes:
        """Return the hash over leaves [index << level, (index + 1) << level), cut at size.

        Raises LogDamaged when a row that it needs is missing.
        """
        low = index << level
        width = min(1 << level, self.size - low)
        if width == 1 << level:
            return self._complete(level, index)
        value = b""
        # The complete subtrees of the cut range, smallest (rightmost) first.
        for bit, offset in reversed(frontier_positions(width)):
            part = self._complete(bit, (low >> bit) + offset)
            value = node_hash(part, value) if value else part
        return value

    def frontier(self) -> Frontier:
        """Return the frontier, read from the stored hashes."""
        positions = frontier_positions(self.size)
        return Frontier(self.size, tuple(self._complete(*position) for position in positions))

    def _complete(self, level: int, index: int) -> bytes:
        depth = level % STEP
        first, count = index << depth, 1 << depth
        if level < STEP:
            rows = self._db.execute(_LEAVES, (first, first + count)).fetchall()
        else:
            rows = self._db.execute(_NODES, (level - depth, first, first + count)).fetchall()
        hashes = [row[0] for row in rows]
        if len(hashes) != count:
            msg = f"stored hashes are missing at level {level - depth} from {first}"
            raise LogDamaged(msg)
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [node_hash(left, right) for left, right in pairs]
        return bytes(hashes[0])
