from __future__ import annotations

import hashlib

import pytest

from lookup.audit.checkpoint import open_checkpoint
from lookup.audit.entry import Kind, decode_envelope
from lookup.audit.errors import AuditUnavailable
from lookup.audit.frames import (
    Answer,
    Answered,
    Ask,
    Asked,
    Busy,
    Conflicted,
    Head,
    HeadIs,
    Note,
    Noted,
    Refused,
    Release,
    Replayed,
)
from lookup.audit.group_commit import Caller, GroupCommit
from lookup.audit.merkle import leaf_hash, verify_inclusion
from lookup.audit.outcomes import Finished, Outcomes

NOW = 1_767_225_600_000_000_000
ANSWER = b"answer"


@pytest.fixture
def outcomes(tmp_path):
    opened = Outcomes(tmp_path / "outcomes.db", clock=lambda: 0.0)
    yield opened
    opened.close()


@pytest.fixture
def group(log, outcomes):
    return GroupCommit(log, outcomes, lambda: NOW)


@pytest.fixture
def caller():
    return Caller()


@pytest.fixture
def send(group, caller):
    def run(*requests, by=None):
        on = by or caller
        group.commit([(on, request) for request in requests])
        replies, on.replies = on.replies, []
        return sorted(replies, key=lambda reply: reply.id)

    return run


@pytest.fixture
def ask(pending):
    def make(number=1, qid="q-1", digest=b"d", **fields):
        entry = pending(qid=qid, **fields)
        return Ask(number, digest, entry.body, entry.nonce, entry.detail)

    return make


@pytest.fixture
def answer(pending):
    def make(number, index, qid="q-1", *, kind=Kind.ANSWER, digest=None):
        found = digest or hashlib.sha256(ANSWER).hexdigest()
        entry = pending(kind, qid, index, answer_sha256=found)
        return Answer(number, entry.body, entry.nonce, entry.detail, ANSWER)

    return make


@pytest.fixture
def note(pending):
    def make(number, kind, index=None, qid="q-1"):
        entry = pending(kind, qid, index)
        return Note(number, entry.body, entry.nonce, entry.detail)

    return make


def kinds(log):
    return [decode_envelope(log.entry(index)).kind for index in range(log.size)]


def test_question_answer_and_replay(send, ask, answer, log, key):
    assert send(ask()) == [Asked(1, 0)]
    (answered,) = send(answer(2, 0))
    assert isinstance(answered, Answered)
    (replayed,) = send(ask(3))
    assert isinstance(replayed, Replayed)
    assert (replayed.answer, replayed.index) == (ANSWER, 2)
    again = decode_envelope(log.entry(2))
    assert (again.kind, again.replay) == (Kind.ASK, True)
    for proof in (answered.proof, replayed.proof):
        checkpoint = open_checkpoint(proof.checkpoint, [key.public])
        hashes = [proof.hashes[i : i + 32] for i in range(0, len(proof.hashes), 32)]
        leaf = leaf_hash(log.entry(proof.index))
        verify_inclusion(leaf, proof.index, proof.size, hashes, checkpoint.root)


def test_the_same_question_twice_in_one_batch(send, ask):
    assert send(ask(1), ask(2), ask(3, digest=b"other"), ask(4, "q-2")) == [
        Asked(1, 0),
        Busy(2),
        Conflicted(3),
        Asked(4, 1),
    ]


def test_a_conflict_with_a_stored_answer(send, ask, answer, log):
    send(ask())
    send(answer(2, 0))
    assert send(ask(3, digest=b"other")) == [Conflicted(3)]
    assert log.size == 2


def test_a_batch_is_one_checkpoint(send, ask, log):
    send(*(ask(number, f"q-{number}") for number in range(20)))
    assert log.db.execute("SELECT count(*) FROM checkpoint").fetchone() == (1,)


@pytest.mark.parametrize("kind", [Kind.DENY, Kind.SHED, Kind.ABANDONED, Kind.ADMIN])
def test_a_note_closes_its_question(send, ask, note, kind, log):
    send(ask())
    assert send(note(2, kind, 0)) == [Noted(2, 1)]
    assert log.open_asks == {}
    assert send(ask(3, digest=b"other")) == [Asked(3, 2)]


def test_a_note_without_a_question(send, note, log):
    assert send(note(1, Kind.SHED)) == [Noted(1, 0)]
    assert kinds(log) == [Kind.SHED]


def test_release_abandons(send, ask, log, answer):
    send(ask())
    assert send(Release(2, 0)) == [Noted(2, 1)]
    assert kinds(log) == [Kind.ASK, Kind.ABANDONED]
    (refused,) = send(answer(3, 0))
    assert isinstance(refused, Refused)
    assert send(ask(4)) == [Asked(4, 2)]


def test_head(send, log):
    assert send(Head(1)) == [HeadIs(1, log.checkpoint)]


@pytest.fixture
def bad_requests(ask, answer, note):
    whole = ask()
    return {
        "too long": Ask(2, b"d", whole.body + b" " * 70_000, whole.nonce, whole.detail),
        "garbage": Ask(2, b"d", b"garbage", bytes(32), b""),
        "an ask of another kind": Ask(2, b"d", note(2, Kind.DENY).body, b"n" * 32, b"{}"),
        "a replay by the client": ask(2, replay=True),
        "another detail": Ask(2, b"d", whole.body, whole.nonce, b"other"),
        "a short nonce": Ask(2, b"d", whole.body, b"n", b"{}"),
        "an answer to nothing": answer(2, 99),
        "an answer without a question": answer(2, None),
        "an answer of another query": answer(2, 0, "q-9"),
        "an answer of another kind": answer(2, 0, kind=Kind.DENY),
        "other bytes": answer(2, 0, digest="0" * 64),
        "a note as a question": note(2, Kind.ASK),
        "a note as an answer": note(2, Kind.ANSWER, 0),
        "a note on nothing": note(2, Kind.DENY, 99),
        "a release of nothing": Release(2, 99),
    }


@pytest.mark.parametrize(
    "name",
    [
        "garbage",
        "too long",
        "an ask of another kind",
        "another detail",
        "a short nonce",
        "an answer to nothing",
        "an answer without a question",
        "an answer of another query",
        "an answer of another kind",
        "other bytes",
        "a note as a question",
        "a note as an answer",
        "a note on nothing",
        "a release of nothing",
    ],
)
def test_a_bad_request_costs_itself_only(send, ask, bad_requests, name, log):
    send(ask())
    refused, asked = send(bad_requests[name], ask(3, "q-3"))
    assert isinstance(refused, Refused)
    assert not refused.down
    assert asked == Asked(3, 1)
    assert log.size == 2


def test_another_connection_cannot_answer(send, ask, answer, log):
    send(ask())
    (refused,) = send(answer(2, 0), by=Caller())
    assert isinstance(refused, Refused)
    assert log.size == 1


def test_question_and_answer_in_one_batch(send, ask, answer, log):
    early = answer(2, 0)
    early = Answer(2, early.body, early.nonce, early.detail, ANSWER, 1)
    asked, done, late = send(ask(1), early, ask(5, "q-5"))
    assert (asked, late) == (Asked(1, 0), Asked(5, 2))
    assert isinstance(done, Answered)
    assert decode_envelope(log.entry(1)).ask == 0
    assert list(log.open_asks) == [2]


def test_an_early_answer_gets_the_index_of_its_question(send, ask, answer, log):
    send(ask(1, "q-0"), ask(2, "q-1"))
    early = answer(3, 0)
    (done,) = send(Answer(3, early.body, early.nonce, early.detail, ANSWER, 2))
    assert isinstance(done, Answered)
    assert decode_envelope(log.entry(2)).ask == 1


def test_an_early_answer_to_a_refused_question(send, ask, answer, log):
    send(ask(1))
    early = answer(3, 0)
    busy, refused = send(ask(2), Answer(3, early.body, early.nonce, early.detail, ANSWER, 2))
    assert busy == Busy(2)
    assert isinstance(refused, Refused)
    assert log.size == 1


def test_two_answers_in_one_batch(send, ask, answer, log):
    send(ask())
    first, second = send(answer(2, 0), answer(3, 0))
    assert isinstance(first, Answered)
    assert isinstance(second, Refused)
    assert log.size == 2


def test_a_failing_log_refuses_everybody(group, log, ask):
    log.poisoned = True
    callers = Caller(), Caller()
    with pytest.raises(AuditUnavailable):
        group.commit([(callers[0], ask(1)), (callers[1], ask(2, "q-2"))])
    for number, caller in enumerate(callers, 1):
        (reply,) = caller.replies
        assert (reply.id, reply.down) == (number, True)


def test_an_answer_is_not_released_when_its_outcome_cannot_be_stored(
    group, send, ask, answer, caller
):
    send(ask())
    group._outcomes.close()
    with pytest.raises(AuditUnavailable):
        group.commit([(caller, answer(2, 0))])
    assert [type(reply) for reply in caller.replies] == [Refused]
    assert kinds(group._log) == [Kind.ASK, Kind.ANSWER]


def test_an_outcome_store_newer_than_the_log(send, ask, outcomes, log):
    outcomes.begin("police/xa/one", "q-1", b"d")
    outcomes.finish([Finished("police/xa/one", "q-1", ANSWER, 50)])
    (refused,) = send(ask())
    assert isinstance(refused, Refused)
    assert not refused.down
    assert log.size == 0
