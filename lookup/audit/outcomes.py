"""The idempotency store: the outcome of every query id for a day, per agency.

It has its own SQLite file with synchronous=NORMAL. That is enough: a power cut can lose the
last outcomes, and then a repeated query is simply asked and audited again, while a killed
process loses nothing. Queries in progress live in memory only, because a restart abandons
them anyway.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lookup.audit.errors import AuditUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

DAY = 24 * 3600.0
DEFAULT_MAX_BYTES = 1 << 30
#: Key, digest and row overhead that is counted for each outcome beside its answer.
ROW_BYTES = 256

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outcome(
  id INTEGER PRIMARY KEY, agency TEXT NOT NULL, qid TEXT NOT NULL, digest BLOB NOT NULL,
  entry INTEGER NOT NULL, answer BLOB NOT NULL, expires REAL NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS outcome_key ON outcome(agency, qid);
"""
_FIND = "SELECT digest, entry, answer, expires FROM outcome WHERE agency = ? AND qid = ?"
_OLDEST = "SELECT id, length(answer) FROM outcome ORDER BY id LIMIT 256"
_TOTAL = "SELECT coalesce(sum(length(answer) + ?), 0) FROM outcome"
_INSERT = (
    "INSERT INTO outcome(agency, qid, digest, entry, answer, expires) VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Fresh:
    """The query id is new; it is in progress from now on."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The same query was answered: its bytes, and the index of its ANSWER entry."""

    answer: bytes
    entry: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The query id is taken by a query with other content."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same query is being answered right now."""


Begun = Fresh | Stored | Conflict | InProgress


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer to keep: whose, for which query, and the index of its ANSWER entry."""

    agency: str
    qid: str
    answer: bytes
    entry: int


class Outcomes:
    """The open store; one writer. `clock` gives seconds; spans are in seconds."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        ttl: float = DAY,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        """Open or create the store (mode 0600); raises AuditUnavailable."""
        self._clock = clock
        self._ttl = ttl
        self._max_bytes = max_bytes
        self._running: dict[tuple[str, str], bytes] = {}
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None)
            # One process alone uses the file; taking its lock once, not per statement, halves
            # the cost of a look-up.
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE").fetchone()
            self._db.execute("PRAGMA journal_mode=WAL").fetchone()
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            self._bytes: int = self._db.execute(_TOTAL, (ROW_BYTES,)).fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            msg = f"the outcome store cannot be opened: {error}"
            raise AuditUnavailable(msg) from error

    @property
    def stored_bytes(self) -> int:
        """Return the counted size of all stored outcomes."""
        return self._bytes

    def begin(self, agency: str, qid: str, digest: bytes) -> Begun:
        """Look the query up; Fresh reserves it until `finish` or `abandon`."""
        running = self._running.get((agency, qid))
        if running is not None:
            return InProgress() if running == digest else Conflict()
        try:
            row = self._db.execute(_FIND, (agency, qid)).fetchone()
        except sqlite3.Error as error:
            msg = f"the outcome store cannot be read: {error}"
            raise AuditUnavailable(msg) from error
        if row is not None and row[3] > self._clock():
            return Stored(row[2], row[1]) if row[0] == digest else Conflict()
        self._running[agency, qid] = digest
        return Fresh()

    def finish(self, batch: Sequence[Finished]) -> None:
        """Store the answers of queries in progress, all or none; raises AuditUnavailable.

        When the store is full the oldest outcomes make room, expired ones being the oldest.
        """
        before = self._bytes
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for finished in batch:
                self._store(finished)
            self._make_room()
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._bytes = before
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            msg = f"the outcome store cannot be written: {error}"
            raise AuditUnavailable(msg) from error
        for finished in batch:
            del self._running[finished.agency, finished.qid]

    def abandon(self, agency: str, qid: str) -> None:
        """Release a query in progress, so that it may be asked again."""
        self._running.pop((agency, qid), None)

    def close(self) -> None:
        """Close the store; queries in progress are forgotten."""
        self._db.close()

    def _store(self, finished: Finished) -> None:
        agency, qid, answer = finished.agency, finished.qid, finished.answer
        digest, expires = self._running[agency, qid], self._clock() + self._ttl
        values = (agency, qid, digest, finished.entry, answer, expires)
        try:
            self._db.execute(_INSERT, values)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            # An expired outcome is in the way; it goes, so that the new one is the youngest.
            (old,) = self._db.execute(
                "DELETE FROM outcome WHERE agency = ? AND qid = ? RETURNING length(answer)",
                (agency, qid),
            ).fetchone()
            self._bytes -= old + ROW_BYTES
            self._db.execute(_INSERT, values)
        self._bytes += len(answer) + ROW_BYTES

    def _make_room(self) -> None:
        # Rows are in the order of their expiry, so the oldest id is the first to expire.
        while self._bytes > self._max_bytes:
            rows = self._db.execute(_OLDEST).fetchall()
            if not rows:
                return
            for row, length in rows:
                if self._bytes <= self._max_bytes:
                    return
                self._db.execute("DELETE FROM outcome WHERE id = ?", (row,))
                self._bytes -= length + ROW_BYTES
