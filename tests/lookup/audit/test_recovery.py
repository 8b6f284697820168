from __future__ import annotations

import sqlite3

import pytest

from lookup.audit.checkpoint import load_or_create_key
from lookup.audit.entry import Kind, decode_envelope
from lookup.audit.errors import AuditUnavailable, LogDamaged
from lookup.audit.merkle import leaf_hash
from lookup.audit.recovery import open_log
from lookup.audit.verify import verify_log


@pytest.fixture
def damage(log, log_path):
    """Close the log, run statements on it without its guards."""

    def run(*statements):
        log.close()
        db = sqlite3.connect(log_path)
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement, *values in statements:
            db.execute(statement, values)
        db.commit()
        db.close()

    return run


def kinds(log):
    return [decode_envelope(log.entry(index)).kind for index in range(log.size)]


def test_unanswered_questions_become_abandoned(log, log_path, key, pending):
    asked = log.append_batch([pending(qid=f"q-{n}") for n in range(4)])
    log.append_batch([pending(Kind.ANSWER, "q-1", asked[1].index, answer_sha256="0" * 64)])
    log.append_batch([pending(Kind.DENY, "q-2", asked[2].index)])
    log.append_batch([pending(qid="q-1", replay=True)])
    log.close()
    again = open_log(log_path, key)
    closing = [decode_envelope(again.entry(index)) for index in range(7, again.size)]
    assert [(e.kind, e.ask, e.qid) for e in closing] == [
        (Kind.ABANDONED, 0, "q-0"),
        (Kind.ABANDONED, 3, "q-3"),
    ]
    again.close()
    third = open_log(log_path, key)
    assert third.size == 9
    third.close()
    assert verify_log(log_path, [key.public]).ok


def test_a_question_with_snapshots_only_is_abandoned(log, log_path, key, pending):
    (asked,) = log.append_batch([pending()])
    log.append_batch([pending(Kind.PART, ask=asked.index, answer_sha256="0" * 64)])
    log.close()
    again = open_log(log_path, key)
    assert kinds(again) == [Kind.ASK, Kind.PART, Kind.ABANDONED]
    again.close()
    assert verify_log(log_path, [key.public]).ok


def test_entries_without_a_checkpoint_are_recorded_as_a_gap(log, log_path, key, pending, damage):
    log.append_batch([pending(Kind.DENY)])
    tail = pending(qid="q-2")
    leaf = leaf_hash(tail.body)
    damage(
        ("INSERT INTO entry VALUES (1, ?, ?)", tail.body, leaf),
        ("INSERT INTO detail VALUES (1, ?, ?)", tail.nonce, tail.detail),
    )
    again = open_log(log_path, key)
    assert kinds(again) == [Kind.DENY, Kind.ASK, Kind.CHECKPOINT_GAP, Kind.ABANDONED]
    again.close()
    assert verify_log(log_path, [key.public]).ok


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM state",
        "UPDATE state SET frontier = x'0000'",
        "UPDATE state SET frontier = zeroblob(8)",
    ],
)
def test_a_wrong_frontier_is_rebuilt_and_recorded(filled, log_path, key, damage, statement):
    size = filled.size
    damage((statement,))
    again = open_log(log_path, key)
    assert again.size == size + 1
    assert kinds(again)[-1] is Kind.CHECKPOINT_GAP
    again.close()
    assert verify_log(log_path, [key.public]).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoint SET note = x'00' WHERE size = (SELECT max(size) FROM checkpoint)",
        "UPDATE checkpoint SET size = size + 1 WHERE size = (SELECT max(size) FROM checkpoint)",
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = (SELECT max(seq) FROM entry)",
        "DELETE FROM node",
        "UPDATE node SET hash = zeroblob(32)",
    ],
)
def test_a_log_that_contradicts_its_checkpoint_is_not_opened(
    filled, log_path, key, damage, statement
):
    assert filled.size % 16
    damage((statement,))
    with pytest.raises(LogDamaged):
        open_log(log_path, key)


def test_a_forged_tail_is_not_adopted(log, log_path, key, pending, damage):
    log.append_batch([pending(Kind.DENY)])
    damage(("INSERT INTO entry VALUES (1, x'00', zeroblob(32))",))
    with pytest.raises(LogDamaged, match="after the last checkpoint"):
        open_log(log_path, key)


def test_another_key_is_refused(filled, log_path, tmp_path):
    filled.close()
    other = load_or_create_key(tmp_path / "other.pem", "example.org/audit/one")
    with pytest.raises(LogDamaged, match="does not verify"):
        open_log(log_path, other)


def test_a_file_that_is_no_database(log_path, key):
    log_path.write_bytes(b"not a database, but long enough to be looked at" * 20)
    with pytest.raises((LogDamaged, AuditUnavailable)):
        open_log(log_path, key)
