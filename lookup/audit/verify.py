"""Offline verification: every entry, root, signature and reference of a log database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lookup.audit.checkpoint import Checkpoint, PublicKey, open_checkpoint
from lookup.audit.entry import Envelope, Kind, decode_envelope, detail_digest
from lookup.audit.errors import EntryInvalid, NoteInvalid, ProofInvalid
from lookup.audit.merkle import Frontier, leaf_hash
from lookup.audit.schema import connect_readonly

MAX_PROBLEMS = 100
_CHUNK = 4096
_ROWS = (
    "SELECT e.seq, e.body, e.leaf, d.nonce, d.body "
    "FROM entry e LEFT JOIN detail d ON d.seq = e.seq ORDER BY e.seq"
)
_NODE = "SELECT hash FROM node WHERE level = ? AND idx = ?"

Row = tuple[int, bytes, bytes, bytes | None, bytes | None]


@dataclass(slots=True)
class Verification:
    """What was found; `problems` is empty exactly when everything verified.

    `kinds` counts entries per kind, `open_asks` the questions without an end yet (normal
    in a live log), `unlisted` the problems beyond the first 100. `rollback_excluded` is
    true only when a witness has seen this log and the log still extends what it saw.
    """

    entries: int = 0
    checkpoints: int = 0
    open_asks: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    unlisted: int = 0
    rollback_excluded: bool = False

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.problems

    def report(self, problem: str) -> None:
        """Add a problem; beyond the first 100 they are only counted."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.unlisted += 1


def verify_log(path: Path, keys: Sequence[PublicKey], witness: bytes | None = None) -> Verification:
    """Verify a live log or a copy of one with the given keys only, in one read snapshot.

    `witness` is a signed checkpoint that somebody else kept. Raises LogDamaged when the
    file cannot be read as a log at all.
    """
    with closing(connect_readonly(path)) as db:
        db.execute("BEGIN")
        found = Verification()
        try:
            _Pass(db, keys, found, witness).run()
        except sqlite3.Error as error:
            found.report(f"the database cannot be read: {error}")
        if not found.ok:
            found.rollback_excluded = False
        return found


class _Pass:
    """One pass over the entries, with a stop at every size that somebody signed."""

    def __init__(
        self,
        db: sqlite3.Connection,
        keys: Sequence[PublicKey],
        found: Verification,
        witness: bytes | None,
    ) -> None:
        self._db = db
        self._keys = keys
        self._found = found
        self._frontier = Frontier()
        self._leaves: list[bytes] = []
        self._asks: dict[int, str] = {}
        self._seen = self._witnessed(witness)

    def run(self) -> None:
        stops = self._stops()
        size, stop = next(stops, (None, None))
        rows: Iterator[Row] = iter(self._db.execute(_ROWS))
        for at, row in enumerate(rows):
            while size is not None and size <= at:
                self._stop(size, stop)
                size, stop = next(stops, (None, None))
            if not self._entry(at, row):
                return
        self._fold()
        while size is not None:
            self._stop(size, stop)
            size, stop = next(stops, (None, None))
        last = self._last_checkpoint()
        if last < self._frontier.size:
            self._found.report(f"entries from {last} on are under no checkpoint")
        self._state()
        self._found.open_asks = len(self._asks)

    def _entry(self, at: int, row: Row) -> bool:
        seq, body, leaf, nonce, detail = row
        if seq != at:
            self._found.report(f"entry {at} is missing (the next is {seq})")
            return False
        computed = leaf_hash(body)
        if leaf != computed:
            self._found.report(f"entry {seq}: its bytes are not those that were hashed")
        self._leaves.append(computed)
        if len(self._leaves) >= _CHUNK:
            self._fold()
        self._found.entries += 1
        try:
            envelope = decode_envelope(body)
        except EntryInvalid as error:
            self._found.report(f"entry {seq}: {error}")
            return True
        self._found.kinds[envelope.kind] += 1
        self._detail(seq, envelope, nonce, detail)
        self._reference(seq, envelope)
        return True

    def _detail(
        self, seq: int, envelope: Envelope, nonce: bytes | None, detail: bytes | None
    ) -> None:
        if nonce is None or detail is None:
            self._found.report(f"entry {seq}: its detail is missing")
            return
        try:
            if detail_digest(nonce, detail) != envelope.detail:
                self._found.report(f"entry {seq}: its detail is not the one it commits to")
        except EntryInvalid as error:
            self._found.report(f"entry {seq}: {error}")

    def _reference(self, seq: int, envelope: Envelope) -> None:
        if envelope.kind is Kind.ASK:
            if not envelope.replay:
                self._asks[seq] = envelope.qid
        elif envelope.kind is Kind.PART:
            if self._asks.get(-1 if envelope.ask is None else envelope.ask) != envelope.qid:
                self._found.report(f"entry {seq}: PART refers to no open ASK of the same query")
        elif envelope.ask is not None:
            if self._asks.pop(envelope.ask, None) != envelope.qid:
                self._found.report(
                    f"entry {seq}: {envelope.kind} refers to {envelope.ask}, "
                    "which is no open ASK of the same query"
                )
        elif envelope.kind is Kind.ANSWER:
            self._found.report(f"entry {seq}: ANSWER refers to no ASK")

    def _fold(self) -> None:
        if not self._leaves:
            return
        growth = self._frontier.extend(self._leaves)
        for level, index, value in growth.kept:
            if self._db.execute(_NODE, (level, index)).fetchone() != (value,):
                self._found.report(f"the stored hash at level {level}, {index} is wrong")
        self._frontier = growth.frontier
        self._leaves = []

    def _stops(self) -> Iterator[tuple[int, bytes | None]]:
        seen = self._seen.size if self._seen else None
        for size, note in self._db.execute("SELECT size, note FROM checkpoint ORDER BY size"):
            if seen is not None and seen <= size:
                yield seen, None
                seen = None
            yield size, note
        if seen is not None:
            yield seen, None

    def _stop(self, size: int, note: bytes | None) -> None:
        self._fold()
        root = self._frontier.root() if self._frontier.size == size else None
        if note is None:
            self._witness_stop(root)
            return
        self._found.checkpoints += 1
        try:
            checkpoint = open_checkpoint(note, self._keys)
        except NoteInvalid as error:
            self._found.report(f"checkpoint {size}: {error}")
            return
        if root is None:
            self._found.report(f"checkpoint {size}: the log has only {self._frontier.size} entries")
        elif (checkpoint.size, checkpoint.root) != (size, root):
            self._found.report(f"checkpoint {size}: it has not the root of the entries")

    def _witnessed(self, note: bytes | None) -> Checkpoint | None:
        if note is None:
            return None
        try:
            return open_checkpoint(note, self._keys)
        except NoteInvalid as error:
            self._found.report(f"witness: {error}")
            return None

    def _witness_stop(self, root: bytes | None) -> None:
        if self._seen is None:
            return
        if root is None:
            self._found.report(
                f"rollback: the witness saw {self._seen.size} entries, "
                f"the log has {self._frontier.size}"
            )
        elif root != self._seen.root:
            self._found.report(f"split view: the witness saw another log at size {self._seen.size}")
        else:
            self._found.rollback_excluded = True

    def _last_checkpoint(self) -> int:
        (size,) = self._db.execute("SELECT coalesce(max(size), 0) FROM checkpoint").fetchone()
        return int(size)

    def _state(self) -> None:
        row = self._db.execute("SELECT frontier FROM state").fetchone()
        try:
            stored = Frontier.from_bytes(row[0]) if row else Frontier()
        except ProofInvalid as error:
            self._found.report(f"state: {error}")
            return
        if stored != self._frontier:
            self._found.report("state: the stored frontier is not that of the entries")
