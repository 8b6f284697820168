from __future__ import annotations

import shutil
import sqlite3

import pytest

from lookup.audit.checkpoint import Checkpoint, SigningKey, load_or_create_key
from lookup.audit.entry import Kind
from lookup.audit.errors import LogDamaged
from lookup.audit.log import AuditLog
from lookup.audit.merkle import Frontier, leaf_hash
from lookup.audit.recovery import open_log
from lookup.audit.verify import MAX_PROBLEMS, verify_log


@pytest.fixture
def tamper(filled, log_path):
    """Close the filled log and change it as somebody with the file can."""

    def run(*statements):
        filled.close()
        db = sqlite3.connect(log_path)
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement, *values in statements:
            db.execute(statement, values)
        db.commit()
        db.close()

    return run


def resign(path, key: SigningKey):
    """What the thief of the log key does: hash and sign everything anew."""
    db = sqlite3.connect(path)
    bodies = [body for (body,) in db.execute("SELECT body FROM entry ORDER BY seq")]
    leaves = [leaf_hash(body) for body in bodies]
    for seq, leaf in enumerate(leaves):
        db.execute("UPDATE entry SET leaf = ? WHERE seq = ?", (leaf, seq))
    for (size,) in db.execute("SELECT size FROM checkpoint").fetchall():
        note = Checkpoint(key.public.name, size, Frontier().extend(leaves[:size]).root).sign(key)
        db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, size))
    growth = Frontier().extend(leaves)
    for level, index, value in growth.kept:
        db.execute("UPDATE node SET hash = ? WHERE level = ? AND idx = ?", (value, level, index))
    db.execute("UPDATE state SET frontier = ?", (growth.frontier.to_bytes(),))
    db.commit()
    db.close()


def test_an_intact_log(filled, log_path, key):
    live = verify_log(log_path, [key.public])
    filled.close()
    closed = verify_log(log_path, [key.public])
    for found in (live, closed):
        assert found.ok
        assert found.entries == sum(found.kinds.values())
        assert found.kinds[Kind.ASK] == found.kinds[Kind.ANSWER] == 50
        assert found.checkpoints == 100
        assert found.open_asks == 0
        assert not found.rollback_excluded


def test_a_copy_in_a_folder_that_is_not_writable(filled, log_path, key, tmp_path):
    filled.close()
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(log_path, folder / "log copy?.db")
    folder.chmod(0o500)
    assert verify_log(folder / "log copy?.db", [key.public]).ok
    folder.chmod(0o700)


def test_open_questions_are_counted(log, log_path, key, pending):
    log.append_batch([pending()])
    found = verify_log(log_path, [key.public])
    assert (found.ok, found.open_asks) == (True, 1)


EDIT = "UPDATE entry SET body = CAST(replace(body, 'border', 'visits') AS BLOB) WHERE seq = 20"
TAMPERING = {
    "edit a body": [EDIT],
    "edit a leaf": ["UPDATE entry SET leaf = zeroblob(32) WHERE seq = 20"],
    "edit a detail": ["UPDATE detail SET body = x'00' WHERE seq = 20"],
    "edit a nonce": ["UPDATE detail SET nonce = zeroblob(32) WHERE seq = 20"],
    "delete a detail": ["DELETE FROM detail WHERE seq = 20"],
    "delete an entry": ["DELETE FROM entry WHERE seq = 20"],
    "delete the first entry": ["DELETE FROM entry WHERE seq = 0"],
    "swap two entries": [
        "UPDATE entry SET seq = -1 WHERE seq = 20",
        "UPDATE entry SET seq = 20 WHERE seq = 23",
        "UPDATE entry SET seq = 23 WHERE seq = -1",
    ],
    "drop the tail": ["DELETE FROM entry WHERE seq >= 90"],
    "drop the tail and the state": ["DELETE FROM entry WHERE seq >= 90", "DELETE FROM state"],
    "drop the last checkpoint": ["DELETE FROM checkpoint WHERE size > 100"],
    "edit a checkpoint": [
        "UPDATE checkpoint SET note = CAST(replace(note, 'example', 'EXAMPLE') AS BLOB)"
    ],
    "move a checkpoint": ["UPDATE checkpoint SET size = size + 1000 WHERE size = 1"],
    "edit a node": ["UPDATE node SET hash = zeroblob(32) WHERE level = 4 AND idx = 2"],
    "delete the nodes": ["DELETE FROM node"],
    "edit the state": ["UPDATE state SET frontier = zeroblob(8)"],
    "break the state": ["UPDATE state SET frontier = x'00'"],
    "delete everything but the state": ["DELETE FROM entry", "DELETE FROM checkpoint"],
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found(tamper, log_path, key, name):
    tamper(*((statement,) for statement in TAMPERING[name]))
    assert not verify_log(log_path, [key.public]).ok


def test_an_added_entry_is_found(tamper, filled, log_path, key, pending):
    forged, size = pending(Kind.ADMIN), filled.size
    tamper(
        ("INSERT INTO entry VALUES (?, ?, ?)", size, forged.body, leaf_hash(forged.body)),
        ("INSERT INTO detail VALUES (?, ?, ?)", size, forged.nonce, forged.detail),
    )
    assert "no checkpoint" in " ".join(verify_log(log_path, [key.public]).problems)


def test_signed_anew_with_another_key_is_found(tamper, log_path, key, tmp_path):
    tamper((EDIT,))
    resign(log_path, load_or_create_key(tmp_path / "thief.pem", key.public.name))
    found = verify_log(log_path, [key.public])
    assert found.problems
    assert found.unlisted + len(found.problems) >= MAX_PROBLEMS


def test_signed_anew_with_the_stolen_key_is_found_only_with_a_witness(
    filled, tamper, log_path, key
):
    witness = filled.checkpoint
    tamper((EDIT,))
    resign(log_path, key)
    assert verify_log(log_path, [key.public]).ok
    found = verify_log(log_path, [key.public], witness)
    assert "split view" in " ".join(found.problems)
    assert not found.rollback_excluded


def test_rollback_is_found_only_with_a_witness(filled, log_path, key, tmp_path, pending):
    filled.close()
    backup = tmp_path / "backup.db"
    shutil.copy(log_path, backup)
    grown = open_log(log_path, key)
    earlier = grown.checkpoint
    grown.append_batch([pending(Kind.DENY)])
    witness = grown.checkpoint
    grown.close()
    alone = verify_log(backup, [key.public])
    assert alone.ok
    assert not alone.rollback_excluded
    found = verify_log(backup, [key.public], witness)
    assert "rollback" in " ".join(found.problems)
    assert not found.rollback_excluded
    for seen in (earlier, witness):
        assert verify_log(log_path, [key.public], seen).rollback_excluded


def test_a_witness_may_have_seen_any_size(filled, log_path, key, pending):
    leaves = [leaf_hash(filled.entry(index)) for index in range(filled.size)]
    filled.append_batch([pending(Kind.DENY, f"d-{number}") for number in range(9)])
    leaves += [leaf_hash(filled.entry(index)) for index in range(len(leaves), filled.size)]
    for size in (1, 50, len(leaves) - 3, len(leaves)):
        seen = Checkpoint(key.public.name, size, Frontier().extend(leaves[:size]).root)
        assert verify_log(log_path, [key.public], seen.sign(key)).rollback_excluded


def test_a_witness_note_by_an_unknown_key(filled, log_path, key, tmp_path):
    other = load_or_create_key(tmp_path / "other.pem", key.public.name)
    note = Checkpoint(key.public.name, 1, leaf_hash(filled.entry(0))).sign(other)
    found = verify_log(log_path, [key.public], note)
    assert found.problems == ["witness: no signature by a trusted key"]


def test_keys_beside_the_log_are_not_trusted(filled, log_path):
    filled.close()
    assert not verify_log(log_path, []).ok


@pytest.mark.parametrize("reference", [(None, "q-0"), (0, "other"), (0, "q-0"), (10**6, "q-0")])
def test_answers_without_their_question(filled, log_path, key, pending, reference):
    ask, qid = reference
    filled.append_batch([pending(Kind.ANSWER, qid, ask, answer_sha256="0" * 64)])
    assert "ANSWER refers to" in " ".join(verify_log(log_path, [key.public]).problems)


@pytest.mark.parametrize("ask", [None, 0, 10**6])
def test_a_snapshot_without_an_open_question(filled, log_path, key, pending, ask):
    filled.append_batch([pending(Kind.PART, "q-0", ask, answer_sha256="0" * 64)])
    assert "PART refers to no open ASK" in " ".join(verify_log(log_path, [key.public]).problems)


def test_files_that_are_no_log(tmp_path, key):
    with pytest.raises(LogDamaged):
        verify_log(tmp_path / "absent.db", [key.public])
    (tmp_path / "text.db").write_text("no database " * 100, encoding="ascii")
    with pytest.raises(LogDamaged):
        verify_log(tmp_path / "text.db", [key.public])


def test_reading_does_not_change_a_copy(filled, log_path, key, tmp_path):
    filled.close()
    copy = tmp_path / "copy.db"
    shutil.copy(log_path, copy)
    before = copy.read_bytes()
    assert verify_log(copy, [key.public]).ok
    assert copy.read_bytes() == before
    assert isinstance(filled, AuditLog)
