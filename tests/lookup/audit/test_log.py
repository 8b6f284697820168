from __future__ import annotations

import sqlite3

import pytest

from lookup.audit.checkpoint import open_checkpoint
from lookup.audit.entry import MAX_ENTRY, Envelope, Kind, timestamp
from lookup.audit.errors import AuditUnavailable, EntryInvalid
from lookup.audit.log import MAX_BATCH, Pending
from lookup.audit.merkle import leaf_hash, verify_inclusion
from lookup.audit.recovery import open_log


def test_every_entry_of_a_batch_is_proven_by_its_checkpoint(log, key, pending):
    for size in (1, 2, 7, 33):
        batch = [pending(qid=f"q-{size}-{number}") for number in range(size)]
        for appended, entry in zip(log.append_batch(batch), batch, strict=True):
            checkpoint = open_checkpoint(appended.checkpoint, [key.public])
            assert checkpoint.size == appended.size == log.size
            leaf = leaf_hash(entry.body)
            proof = appended.proof()
            verify_inclusion(leaf, appended.index, appended.size, proof, checkpoint.root)
            assert log.entry(appended.index) == entry.body
            assert log.proof(appended.index) == proof


def test_stored_proofs_cover_the_whole_log(filled, key):
    checkpoint = open_checkpoint(filled.checkpoint, [key.public])
    for index in range(filled.size):
        leaf = leaf_hash(filled.entry(index))
        verify_inclusion(leaf, index, filled.size, filled.proof(index), checkpoint.root)


def test_reopening_continues(log, log_path, key, pending):
    log.append_batch([pending(Kind.DENY)])
    checkpoint = log.checkpoint
    log.close()
    again = open_log(log_path, key)
    assert (again.size, again.checkpoint) == (1, checkpoint)
    assert again.append_batch([pending(Kind.DENY)])[0].index == 1
    again.close()


def test_settings_are_durable(log):
    assert log.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log.db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_files_are_private(log, log_path):
    assert log.size == 0
    assert log_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("table", ["entry", "detail", "checkpoint", "node"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_rows_cannot_be_changed(filled, table, change):
    statement = change.format(table)
    if table == "node":
        statement = statement.replace("rowid = rowid", "hash = hash")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        filled.db.execute(statement)


def test_rows_cannot_be_replaced(filled):
    with pytest.raises(sqlite3.IntegrityError):
        filled.db.execute("REPLACE INTO entry VALUES (0, x'00', x'00')")


def test_bounds_do_not_poison(log, pending):
    whole = pending()
    too_long = Pending(b"x" * (MAX_ENTRY + 1), whole.nonce, whole.detail)
    for batch in ([], [too_long], [whole] * (MAX_BATCH + 1)):
        with pytest.raises(EntryInvalid):
            log.append_batch(batch)
    assert log.append_batch([whole])[0].index == 0


def test_a_detail_that_is_not_committed_to_is_refused():
    envelope = Envelope(
        kind=Kind.ASK,
        qid="q",
        ts=timestamp(0),
        gw="g",
        agency="a",
        purpose="p",
        prio="n",
        detail="0" * 64,
    )
    with pytest.raises(EntryInvalid, match="commit"):
        Pending.of(envelope, bytes(32), b"detail")


def test_a_failed_commit_poisons_until_reopened(log, log_path, key, pending):
    log.append_batch([pending(Kind.DENY)])
    other = sqlite3.connect(log_path, isolation_level=None)
    other.execute("INSERT INTO entry VALUES (1, x'00', x'00')")
    with pytest.raises(AuditUnavailable):
        log.append_batch([pending(Kind.DENY)])
    assert log.size == 1
    other.execute("DROP TRIGGER entry_no_delete")
    other.execute("DELETE FROM entry WHERE seq = 1")
    other.close()
    with pytest.raises(AuditUnavailable, match="poisoned"):
        log.append_batch([pending(Kind.DENY)])
    log.close()
    again = open_log(log_path, key)
    assert again.append_batch([pending(Kind.DENY)])[0].index == 1
    again.close()


def test_a_second_writer_is_refused(log, log_path, key):
    with pytest.raises(AuditUnavailable, match="another process"):
        open_log(log_path, key)
    assert log.size == 0


def test_open_asks_are_followed(log, pending):
    asked = log.append_batch([pending(qid=f"q-{n}") for n in range(3)])
    assert list(log.open_asks) == [0, 1, 2]
    log.append_batch([pending(Kind.DENY, "q-0", asked[0].index)])
    log.append_batch([pending(qid="q-9", replay=True)])
    assert list(log.open_asks) == [1, 2]


def test_a_missing_entry_is_an_index_error(log):
    with pytest.raises(IndexError):
        log.entry(0)
