from __future__ import annotations

import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lookup.audit import receipt
from lookup.audit.client import AuditClient, Recorded, Replay
from lookup.audit.entry import Kind
from lookup.audit.errors import AuditUnavailable, EntryInvalid
from lookup.audit.outcomes import Conflict, InProgress
from lookup.audit.verify import verify_log

WAIT = 20.0
DETAIL = b'{"sources":[]}'


def test_ask_answer_receipt(client, writer, question):
    asked = client.ask(question("q-1", user="pseudonym"), DETAIL, WAIT)
    assert isinstance(asked, Recorded)
    given = client.answer(asked, b"answer", DETAIL, WAIT)
    verified = receipt.verify(given, writer.keys)
    assert (verified.envelope.qid, verified.envelope.ask) == ("q-1", asked.index)
    assert (verified.envelope.gw, verified.envelope.user) == ("gateway-1", "pseudonym")


def test_idempotency_in_all_states(client, writer, question):
    mine = question("q-1")
    asked = client.ask(mine, DETAIL, WAIT)
    assert client.ask(mine, DETAIL, WAIT) == InProgress()
    assert client.ask(question("q-1", b"other"), DETAIL, WAIT) == Conflict()
    first = client.answer(asked, b"answer", DETAIL, WAIT)
    replay = client.ask(mine, DETAIL, WAIT)
    assert isinstance(replay, Replay)
    assert (replay.receipt.answer, replay.receipt.entry) == (b"answer", first.entry)
    assert receipt.verify(replay.receipt, writer.keys).envelope.qid == "q-1"
    assert client.ask(question("q-1", b"other"), DETAIL, WAIT) == Conflict()
    assert isinstance(client.ask(question("q-1", agency="other"), DETAIL, WAIT), Recorded)


def test_outcomes_survive_a_restart(client, writer, question):
    mine = question("q-1")
    client.answer(client.ask(mine, DETAIL, WAIT), b"answer", DETAIL, WAIT)
    assert writer.kill(signal.SIGTERM) == 0
    writer.start()
    again = AuditClient(writer.files.socket, "gateway-2")
    assert isinstance(again.ask(mine, DETAIL, WAIT), Replay)
    again.close()


def test_a_question_on_its_way(client, question):
    pending = client.begin_ask(question(), DETAIL)
    asked = pending.result(WAIT)
    assert pending.done()
    assert pending.result(0) == asked


def test_an_answer_before_its_question_is_confirmed(client, writer, question):
    client.head(WAIT)
    os.kill(writer.process.pid, signal.SIGSTOP)
    pendings = [client.begin_ask(question(f"q-{n}"), DETAIL) for n in range(3)]
    assert not any(pending.done() for pending in pendings)
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(client.answer_early, p, b"answer", DETAIL, WAIT) for p in pendings]
        os.kill(writer.process.pid, signal.SIGCONT)
        given = [each.result(WAIT) for each in running]
    for number, each in enumerate(given):
        envelope = receipt.verify(each, writer.keys).envelope
        assert (envelope.qid, envelope.ask) == (f"q-{number}", pendings[number].result(0).index)
    found = verify_log(writer.files.log, writer.keys)
    assert (found.ok, found.entries, found.open_asks) == (True, 6, 0)


def test_an_early_answer_to_a_repetition_records_nothing(client, writer, question):
    mine = question("q-1")
    client.answer(client.ask(mine, DETAIL, WAIT), b"first", DETAIL, WAIT)
    client.ask(question("q-2"), DETAIL, WAIT)
    repetitions = (mine, question("q-1", b"other"), question("q-2"))
    results = [
        client.answer_early(client.begin_ask(each, DETAIL), b"second", DETAIL, WAIT)
        for each in repetitions
    ]
    assert results[0].receipt.answer == b"first"
    assert results[1:] == [Conflict(), InProgress()]
    assert verify_log(writer.files.log, writer.keys).kinds[Kind.ANSWER] == 1


def test_snapshots_before_the_answer(client, writer, question):
    asked = client.ask(question("q-1"), DETAIL, WAIT)
    parts = [client.part(asked, b"part %d" % number, DETAIL, WAIT) for number in range(2)]
    last = client.answer(asked, b"last", DETAIL, WAIT)
    for each in (*parts, last):
        assert receipt.verify(each, writer.keys).envelope.ask == asked.index
    with pytest.raises(EntryInvalid):
        client.part(asked, b"too late", DETAIL, WAIT)
    found = verify_log(writer.files.log, writer.keys)
    assert (found.ok, found.kinds["PART"], found.open_asks) == (True, 2, 0)
    assert client.ask(question("q-1"), DETAIL, WAIT).receipt.answer == b"last"


def test_notes(client, writer, question):
    mine = question()
    asked = client.ask(mine, DETAIL, WAIT)
    assert client.note(Kind.DENY, mine, DETAIL, WAIT, asked) == asked.index + 1
    assert client.note(Kind.SHED, question(), DETAIL, WAIT) == asked.index + 2
    found = verify_log(writer.files.log, writer.keys, client.head(WAIT))
    assert (found.ok, found.open_asks, found.rollback_excluded) == (True, 0, True)


def test_a_bad_entry_costs_itself_only(client, question):
    with pytest.raises(EntryInvalid):
        client.ask(question("x" * 200), DETAIL, WAIT)
    with pytest.raises(EntryInvalid):
        client.note(Kind.ANSWER, question(), DETAIL, WAIT)
    assert isinstance(client.ask(question(), DETAIL, WAIT), Recorded)


def test_many_threads_share_one_client(client, writer, question):
    def one(number):
        asked = client.ask(question(f"t-{number}"), DETAIL, WAIT)
        return client.answer(asked, b"answer %d" % number, DETAIL, WAIT)

    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(one, range(400)))
    keys = writer.keys
    for number, each in enumerate(given):
        assert receipt.verify(each, keys).envelope.qid == f"t-{number}"
    assert len({each.index for each in given}) == 400
    found = verify_log(writer.files.log, keys, client.head(WAIT))
    assert (found.ok, found.entries) == (True, 800)
    assert found.checkpoints < 800


def test_a_dropped_connection_abandons_its_questions(client, writer, question):
    mine = question()
    client.ask(mine, DETAIL, WAIT)
    client.close()
    other = AuditClient(writer.files.socket, "gateway-2")
    results = (other.ask(mine, DETAIL, WAIT) for _ in range(10_000))
    asked = next(result for result in results if result != InProgress())
    assert isinstance(asked, Recorded)
    assert verify_log(writer.files.log, writer.keys).kinds[Kind.ABANDONED] == 1
    other.close()


def test_release_frees_the_query_id(client, question):
    asked = client.ask(question("q-1"), DETAIL, WAIT)
    client.release(asked)
    assert isinstance(client.ask(question("q-1", b"other"), DETAIL, WAIT), Recorded)


def test_cancelling_a_question_frees_its_query_id(client, question):
    client.begin_ask(question("q-1"), DETAIL).cancel()
    results = (client.ask(question("q-1", b"other"), DETAIL, WAIT) for _ in range(10_000))
    assert isinstance(next(r for r in results if r != Conflict()), Recorded)


def test_a_killed_writer_fails_who_waits_and_later_calls_recover(client, writer, question):
    asked = client.ask(question(), DETAIL, WAIT)
    os.kill(writer.process.pid, signal.SIGSTOP)
    pending = client.begin_ask(question(), DETAIL)
    writer.kill()
    with pytest.raises(AuditUnavailable):
        pending.result(WAIT)
    with pytest.raises(AuditUnavailable):
        client.answer(asked, b"answer", DETAIL, WAIT)
    with pytest.raises(AuditUnavailable):
        client.ask(question(), DETAIL, WAIT)
    writer.start()
    fresh = AuditClient(writer.files.socket, "gateway-1")
    assert isinstance(fresh.ask(question(), DETAIL, WAIT), Recorded)
    # An answer to a question from before the crash has no connection to go to.
    with pytest.raises(AuditUnavailable):
        client.answer(asked, b"answer", DETAIL, WAIT)
    fresh.close()


def test_a_silent_writer_is_unavailable_and_a_late_question_is_abandoned(client, writer, question):
    client.head(WAIT)
    os.kill(writer.process.pid, signal.SIGSTOP)
    with pytest.raises(AuditUnavailable, match="silent"):
        client.ask(question("q-1"), DETAIL, 0.05)
    os.kill(writer.process.pid, signal.SIGCONT)
    results = (client.ask(question("q-1"), DETAIL, WAIT) for _ in range(10_000))
    assert isinstance(next(r for r in results if r != InProgress()), Recorded)
    assert verify_log(writer.files.log, writer.keys).kinds[Kind.ABANDONED] == 1


def test_a_writer_that_does_not_read_cannot_block_a_caller(client, writer, question):
    client.head(WAIT)
    os.kill(writer.process.pid, signal.SIGSTOP)
    questions = (client.begin_ask(question(), bytes(1_000_000)) for _ in range(200))
    with pytest.raises(AuditUnavailable, match="does not take more"):
        list(questions)
    os.kill(writer.process.pid, signal.SIGCONT)


def test_nobody_listens(tmp_path, question):
    client = AuditClient(tmp_path / "absent", "gateway-1")
    with pytest.raises(AuditUnavailable, match="cannot be reached"):
        client.ask(question(), DETAIL, WAIT)
    with pytest.raises(AuditUnavailable, match="next attempt"):
        client.ask(question(), DETAIL, WAIT)


def test_a_server_that_talks_nonsense(tmp_path, question):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()

        def talk():
            peer, _ = listener.accept()
            peer.recv(100)
            peer.sendall(b"\x00\x00\x00\x01\xc1")
            peer.recv(100)
            peer.close()

        thread = threading.Thread(target=talk)
        thread.start()
        client = AuditClient(tmp_path / "socket", "gateway-1")
        with pytest.raises(AuditUnavailable, match="broke"):
            client.ask(question(), DETAIL, WAIT)
        thread.join(WAIT)


def test_a_forked_child_must_make_its_own(client, question):
    client.head(WAIT)
    client._pid += 1
    with pytest.raises(AuditUnavailable, match="fork"):
        client.ask(question(), DETAIL, WAIT)
