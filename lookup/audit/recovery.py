"""Opening the log: it must agree with its last signed checkpoint, and loose ends are closed."""

from __future__ import annotations

import secrets
import sqlite3
import time
from typing import TYPE_CHECKING

import msgspec

from lookup.audit.checkpoint import Checkpoint, open_checkpoint
from lookup.audit.entry import (
    NONCE_SIZE,
    Envelope,
    Kind,
    canonical,
    decode_envelope,
    detail_digest,
    timestamp,
)
from lookup.audit.errors import (
    AuditUnavailable,
    EntryInvalid,
    LogDamaged,
    NoteInvalid,
    ProofInvalid,
)
from lookup.audit.log import MAX_BATCH, AuditLog, Pending
from lookup.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash
from lookup.audit.stored_tree import StoredTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lookup.audit.checkpoint import SigningKey

_SCAN = "SELECT seq, body FROM entry WHERE seq >= ? ORDER BY seq"


def open_log(
    path: Path, key: SigningKey, *, gateway: str = "log", clock: Callable[[], int] = time.time_ns
) -> AuditLog:
    """Open or create the log at `path`, signed by `key`; `clock` gives nanoseconds UTC.

    Raises LogDamaged when the last checkpoint does not verify or entries under it are
    gone, and AuditUnavailable when the log is in use or cannot be written. What a crash
    left behind is recorded, not hidden: entries without a checkpoint or a wrong frontier
    by a CHECKPOINT_GAP entry, every ASK that nobody can answer any more by ABANDONED.
    """
    log = AuditLog(path, key)
    try:
        _Recovery(log, gateway, clock).run()
    except sqlite3.Error as error:
        log.close()
        msg = f"the audit log cannot be read: {error}"
        raise AuditUnavailable(msg) from error
    except Exception:
        log.close()
        raise
    return log


def abandoned(ask: Envelope, index: int, now: int) -> Pending:
    """Return the ABANDONED entry that closes the ASK at `index`; `now` in nanoseconds."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    digest = detail_digest(nonce, b"")
    closing = msgspec.structs.replace(
        ask, kind=Kind.ABANDONED, ts=timestamp(now), ask=index, detail=digest
    )
    return Pending.of(closing, nonce, b"")


class _Recovery:
    """One pass over what the last process left."""

    def __init__(self, log: AuditLog, gateway: str, clock: Callable[[], int]) -> None:
        self._log = log
        self._gateway = gateway
        self._clock = clock

    def run(self) -> None:
        checkpoint = self._last_checkpoint()
        covered = self._covered_frontier(checkpoint)
        stored, open_from = self._state()
        tail = self._tail(covered.size)
        whole = covered.extend(tail) if tail else None
        self._log.frontier = whole.frontier if whole else covered
        if whole:
            self._log.db.executemany("INSERT OR IGNORE INTO node VALUES (?, ?, ?)", whole.kept)
        pendings = []
        if whole or stored != covered:
            pendings.append(self._gap(covered.size, stored))
            open_from = 0
        asks = dict(self._open_asks(open_from))
        self._log.open_asks = dict.fromkeys(asks)
        pendings += [abandoned(ask, index, self._clock()) for index, ask in asks.items()]
        for start in range(0, len(pendings), MAX_BATCH):
            self._log.append_batch(pendings[start : start + MAX_BATCH])

    def _last_checkpoint(self) -> Checkpoint:
        row = self._log.db.execute(
            "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return Checkpoint(self._log.origin, 0, EMPTY_ROOT)
        try:
            checkpoint = open_checkpoint(row[1], [self._log.key.public])
        except NoteInvalid as error:
            msg = f"the last checkpoint does not verify: {error}"
            raise LogDamaged(msg) from error
        if checkpoint.size != row[0]:
            msg = f"the checkpoint of size {checkpoint.size} is filed under {row[0]}"
            raise LogDamaged(msg)
        self._log.checkpoint = row[1]
        return checkpoint

    def _covered_frontier(self, checkpoint: Checkpoint) -> Frontier:
        (count,) = self._log.db.execute("SELECT coalesce(max(seq), -1) + 1 FROM entry").fetchone()
        if count < checkpoint.size:
            msg = f"{checkpoint.size} entries were signed for, {count} are there"
            raise LogDamaged(msg)
        frontier = StoredTree(self._log.db, checkpoint.size).frontier()
        if frontier.root() != checkpoint.root:
            msg = f"the stored tree of size {checkpoint.size} has not the root that was signed"
            raise LogDamaged(msg)
        return frontier

    def _state(self) -> tuple[Frontier | None, int]:
        row = self._log.db.execute("SELECT frontier, open_from FROM state").fetchone()
        if row is None:
            return (
                None if self._log.db.execute("SELECT 1 FROM entry").fetchone() else Frontier()
            ), 0
        try:
            return Frontier.from_bytes(row[0]), row[1]
        except ProofInvalid:
            return None, 0

    def _tail(self, size: int) -> list[bytes]:
        leaves = []
        rows = self._log.db.execute("SELECT seq, body, leaf FROM entry WHERE seq >= ?", (size,))
        for expected, (seq, body, leaf) in enumerate(rows, size):
            if seq != expected or leaf != leaf_hash(body):
                msg = f"entry {expected}, after the last checkpoint, is not what was appended"
                raise LogDamaged(msg)
            leaves.append(leaf)
        return leaves

    def _gap(self, covered: int, stored: Frontier | None) -> Pending:
        repaired = {
            "checkpoint_size": covered,
            "entries": self._log.size,
            "frontier_size": stored.size if stored else None,
        }
        nonce, detail = secrets.token_bytes(NONCE_SIZE), canonical(repaired)
        envelope = Envelope(
            kind=Kind.CHECKPOINT_GAP,
            qid="-",
            ts=timestamp(self._clock()),
            gw=self._gateway,
            agency="-",
            purpose="recovery",
            prio="-",
            detail=detail_digest(nonce, detail),
        )
        return Pending.of(envelope, nonce, detail)

    def _open_asks(self, start: int) -> Iterator[tuple[int, Envelope]]:
        found: dict[int, Envelope] = {}
        for seq, body in self._log.db.execute(_SCAN, (start,)):
            try:
                envelope = decode_envelope(body)
            except EntryInvalid as error:
                msg = f"entry {seq} cannot be read: {error}"
                raise LogDamaged(msg) from error
            if envelope.kind is Kind.ASK and not envelope.replay:
                found[seq] = envelope
            elif envelope.ask is not None and envelope.kind is not Kind.PART:
                found.pop(envelope.ask, None)
        yield from found.items()
