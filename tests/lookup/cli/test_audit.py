from __future__ import annotations

import hashlib
import sqlite3

import pytest

from lookup.audit.checkpoint import load_or_create_key, write_public_key
from lookup.audit.entry import Envelope, Kind, detail_digest, timestamp
from lookup.audit.log import Pending
from lookup.audit.receipt import Receipt
from lookup.audit.recovery import open_log

NONCE = b"n" * 32
ANSWER = b"the exact answer"
ORIGIN = "example.org/audit/one"


def entry(kind, **fields):
    envelope = Envelope(
        kind=kind,
        qid="q-1",
        ts=timestamp(1_767_225_600_000_000_000),
        gw="gateway-1",
        agency="police/xa/one",
        purpose="border",
        prio="normal",
        detail=detail_digest(NONCE, b"{}"),
        **fields,
    )
    return Pending.of(envelope, NONCE, b"{}")


@pytest.fixture
def folder(tmp_path):
    """A log with one question and its answer, public keys, and the receipt of the answer."""
    for name in ("trusted", "other"):
        key = load_or_create_key(tmp_path / f"{name}.pem", ORIGIN)
        write_public_key(tmp_path / f"{name}.pub", key.public)
    log = open_log(tmp_path / "log.sqlite", load_or_create_key(tmp_path / "trusted.pem", ORIGIN))
    log.append_batch([entry(Kind.ASK)])
    answer = entry(Kind.ANSWER, ask=0, answer_sha256=hashlib.sha256(ANSWER).hexdigest())
    (done,) = log.append_batch([answer])
    log.close()
    proof = tuple(done.proof())
    saved = Receipt(ANSWER, answer.body, done.index, done.size, proof, done.checkpoint)
    (tmp_path / "receipt.json").write_text(saved.to_json())
    (tmp_path / "witness.note").write_bytes(done.checkpoint)
    return tmp_path


@pytest.fixture
def audit(run, folder):
    def audit(command, path, key="trusted", *more):
        return run("audit", command, folder / path, "--key", folder / f"{key}.pub", *more)

    return audit


@pytest.mark.parametrize("path", ["log.sqlite", "."])
def test_an_intact_log_verifies_and_says_that_rollback_is_not_excluded(audit, path):
    code, out, err = audit("verify", path)
    assert code == 0
    assert not err
    assert "2 entries (1 ANSWER, 1 ASK)" in out
    assert "verified: " in out
    assert "rollback is not excluded" in out


def test_a_witness_excludes_rollback(audit, folder):
    code, out, _ = audit("verify", ".", "trusted", "--witness", folder / "witness.note")
    assert code == 0
    assert "rollback" not in out


def test_a_changed_log_does_not_verify(audit, folder):
    db = sqlite3.connect(folder / "log.sqlite")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    (body,) = db.execute("SELECT body FROM entry WHERE seq = 0").fetchone()
    db.execute("UPDATE entry SET body = ? WHERE seq = 0", (body.replace(b"q-1", b"q-2"),))
    db.commit()
    db.close()
    code, out, err = audit("verify", ".")
    assert code == 1
    assert "PROBLEM entry 0" in out
    assert "NOT verify" in err
    assert "verified: " not in out


def test_another_key_does_not_verify(audit):
    assert audit("verify", ".", "other")[0] == 1
    assert audit("receipt", "receipt.json", "other")[0] == 1


def test_a_file_that_is_no_log_is_a_failure(audit, folder):
    (folder / "letter.txt").write_text("dear auditor")
    code, out, err = audit("verify", "letter.txt")
    assert code == 1
    assert "verified" not in out
    assert err


def test_a_folder_without_a_log_is_a_failure(run, folder):
    (folder / "empty").mkdir()
    code, out, err = run("audit", "verify", folder / "empty", "--key", folder / "trusted.pub")
    assert code == 1
    assert "verified" not in out
    assert err


def test_a_receipt_verifies(audit):
    code, out, err = audit("receipt", "receipt.json")
    assert code == 0
    assert not err
    assert "the answer to query q-1 of 2026-01-01" in out
    assert f"log {ORIGIN} of 2 entries" in out


@pytest.mark.parametrize("change", [("dGhl", "dGhM"), ('"index": 1', '"index": 0'), ("{", "[")])
def test_a_changed_receipt_does_not_verify(audit, folder, change):
    text = (folder / "receipt.json").read_text()
    assert change[0] in text
    (folder / "receipt.json").write_text(text.replace(*change, 1))
    code, out, err = audit("receipt", "receipt.json")
    assert code == 1
    assert not out
    assert "NOT verify" in err


def test_a_key_is_required_and_must_be_one(run, folder):
    assert run("audit", "verify", folder / "log.sqlite")[0] == 2
    (folder / "empty.pub").write_text("# nothing\n")
    for name in ("empty.pub", "receipt.json"):
        code, _, err = run("audit", "receipt", folder / "receipt.json", "--key", folder / name)
        assert code == 2
        assert "no public key" in err
