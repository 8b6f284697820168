"""The append-only log: one durable, signed transaction per batch of entries."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lookup.audit.checkpoint import Checkpoint
from lookup.audit.entry import (
    MAX_ENTRY,
    Envelope,
    Kind,
    detail_digest,
    encode_envelope,
)
from lookup.audit.errors import AuditUnavailable, EntryInvalid, LogDamaged
from lookup.audit.merkle import EMPTY_ROOT, Frontier, Growth, inclusion_proof, leaf_hash
from lookup.audit.schema import connect_writable
from lookup.audit.stored_tree import StoredTree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lookup.audit.checkpoint import SigningKey

MAX_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry to append: leaf bytes, nonce and private detail; which ASK it opens or closes."""

    body: bytes
    nonce: bytes
    detail: bytes
    opens: bool = False
    closes: int | None = None

    @classmethod
    def of(cls, envelope: Envelope, nonce: bytes, detail: bytes) -> Pending:
        """Encode an envelope whose `detail` commits to the given nonce and detail."""
        if envelope.detail != detail_digest(nonce, detail):
            msg = "the envelope does not commit to this detail"
            raise EntryInvalid(msg)
        return cls.encoded(envelope, encode_envelope(envelope), nonce, detail)

    @classmethod
    def encoded(cls, envelope: Envelope, body: bytes, nonce: bytes, detail: bytes) -> Pending:
        """Take leaf bytes that were decoded to this envelope, unchanged."""
        opens = envelope.kind is Kind.ASK and not envelope.replay
        closes = None if envelope.kind is Kind.PART else envelope.ask
        return cls(body, nonce, detail, opens, closes)


@dataclass(frozen=True, slots=True)
class Appended:
    """A durable entry: its index and the signed tree that it became part of."""

    index: int
    checkpoint: bytes
    tree: Growth

    @property
    def size(self) -> int:
        """Return the size of the signed tree."""
        return self.tree.size

    def proof(self) -> list[bytes]:
        """Return the inclusion proof of the entry in the signed tree."""
        return inclusion_proof(self.tree, self.index)


class AuditLog:
    """The open log of one host: a single writer, guarded by a lock file.

    Make one with `recovery.open_log`. After any failed commit it is poisoned, because a
    failed fsync leaves unknown what is on the disk: every later append raises
    AuditUnavailable until the log is opened anew.
    """

    def __init__(self, path: Path, key: SigningKey) -> None:
        """Open the database and take its lock; raises AuditUnavailable when it is taken."""
        self._lock = _lock(path)
        try:
            self.db = connect_writable(path)
        except sqlite3.Error as error:
            os.close(self._lock)
            msg = f"the audit log cannot be opened: {error}"
            raise AuditUnavailable(msg) from error
        except LogDamaged:
            os.close(self._lock)
            raise
        self.key = key
        self.frontier = Frontier()
        self.checkpoint = Checkpoint(key.public.name, 0, EMPTY_ROOT).sign(key)
        #: Indexes of ASK entries that nothing has closed yet, ascending.
        self.open_asks: dict[int, None] = {}
        self.poisoned = False
        self._closed = False

    @property
    def origin(self) -> str:
        """Return the origin: the name of the key that signs the checkpoints."""
        return self.key.public.name

    @property
    def size(self) -> int:
        """Return the number of durable entries."""
        return self.frontier.size

    def append_batch(self, batch: Sequence[Pending]) -> list[Appended]:
        """Append 1 to 4096 entries and a checkpoint in one durable transaction.

        Raises EntryInvalid (nothing was written) or AuditUnavailable (poisoned).
        """
        if self.poisoned:
            msg = "the audit log is poisoned by an earlier failure"
            raise AuditUnavailable(msg)
        if not 0 < len(batch) <= MAX_BATCH or any(len(p.body) > MAX_ENTRY for p in batch):
            msg = f"a batch has 1 to {MAX_BATCH} entries of at most {MAX_ENTRY} bytes"
            raise EntryInvalid(msg)
        try:
            return self._append(batch)
        except Exception as error:
            self.poisoned = True
            with contextlib.suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            msg = f"the audit log cannot be written: {error}"
            raise AuditUnavailable(msg) from error

    def entry(self, index: int) -> bytes:
        """Return the leaf bytes of a durable entry; raises IndexError."""
        row = self.db.execute("SELECT body FROM entry WHERE seq = ?", (index,)).fetchone()
        if row is None:
            raise IndexError(index)
        return bytes(row[0])

    def proof(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a durable entry in the tree of the last checkpoint."""
        return inclusion_proof(StoredTree(self.db, self.size), index)

    def close(self) -> None:
        """Fold the write-ahead log into the file, close it and release the lock; idempotent."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.db.close()
        os.close(self._lock)

    def _append(self, batch: Sequence[Pending]) -> list[Appended]:
        first = self.size
        leaves = [leaf_hash(pending.body) for pending in batch]
        growth = self.frontier.extend(leaves)
        note = Checkpoint(self.origin, growth.size, growth.root).sign(self.key)
        open_asks = self._asks_after(batch)
        self._write(batch, leaves, growth, note, next(iter(open_asks), growth.size))
        self.frontier, self.checkpoint, self.open_asks = growth.frontier, note, open_asks
        return [Appended(index, note, growth) for index in range(first, growth.size)]

    def _asks_after(self, batch: Sequence[Pending]) -> dict[int, None]:
        asks = dict(self.open_asks)
        for index, pending in enumerate(batch, self.size):
            if pending.opens:
                asks[index] = None
            if pending.closes is not None:
                asks.pop(pending.closes, None)
        return asks

    def _write(
        self,
        batch: Sequence[Pending],
        leaves: list[bytes],
        growth: Growth,
        note: bytes,
        open_from: int,
    ) -> None:
        seqs = range(self.size, growth.size)
        execute, executemany = self.db.execute, self.db.executemany
        execute("BEGIN IMMEDIATE")
        executemany(
            "INSERT INTO entry VALUES (?, ?, ?)",
            [(seq, p.body, leaf) for seq, p, leaf in zip(seqs, batch, leaves, strict=True)],
        )
        executemany(
            "INSERT INTO detail VALUES (?, ?, ?)",
            [(seq, p.nonce, p.detail) for seq, p in zip(seqs, batch, strict=True)],
        )
        if growth.kept:
            executemany("INSERT INTO node VALUES (?, ?, ?)", growth.kept)
        execute("INSERT INTO checkpoint VALUES (?, ?)", (growth.size, note))
        execute(
            "INSERT INTO state VALUES (0, ?1, ?2) "
            "ON CONFLICT DO UPDATE SET frontier = ?1, open_from = ?2",
            (growth.frontier.to_bytes(), open_from),
        )
        execute("COMMIT")


def _lock(path: Path) -> int:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        msg = f"another process writes {path}"
        raise AuditUnavailable(msg) from error
    return descriptor
