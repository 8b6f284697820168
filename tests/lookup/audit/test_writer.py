from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from lookup.audit import receipt
from lookup.audit.client import AuditClient, Recorded
from lookup.audit.entry import Kind
from lookup.audit.errors import AuditUnavailable
from lookup.audit.frames import MAX_FRAME, Ask, Head, HeadIs, Reassembly, decode_reply, encode
from lookup.audit.receipt import Receipt
from lookup.audit.verify import verify_log
from lookup.audit.writer import MAX_CONNECTIONS, listen

WAIT = 20.0
DETAIL = b'{"sources":[]}'
# A worker process: threads that ask and answer, and print what was acknowledged.
WORKER = """
import sys, threading
from pathlib import Path
from lookup.audit.client import AuditClient, Question
from lookup.audit.errors import AuditUnavailable
client = AuditClient(Path(sys.argv[1]), sys.argv[2])
lock = threading.Lock()
def work(thread):
    for number in range(int(sys.argv[3])):
        qid = f"{sys.argv[2]}-{thread}-{number}"
        question = Question("agency", qid, "border", "normal", b"d" * 32)
        try:
            asked = client.ask(question, b"{}", 20)
            given = client.answer(asked, qid.encode(), b"{}", 20)
        except AuditUnavailable:
            return
        line = " ".join([qid, str(asked.index), given.to_json().replace("\\n", " ")])
        with lock:
            print(line, flush=True)
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def start_worker(writer, name, count):
    arguments = [sys.executable, "-c", WORKER, str(writer.files.socket), name, str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def acknowledged(lines):
    for line in lines:
        qid, ask, text = line.split(" ", 2)
        yield qid, int(ask), Receipt.from_json(text)


def connect(writer):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(WAIT)
    sock.connect(str(writer.files.socket))
    return sock


def is_closed(sock):
    try:
        return sock.recv(1) == b""
    except ConnectionError:
        return True


def test_the_socket_is_private(writer):
    assert writer.files.socket.stat().st_mode & 0o777 == 0o600


def test_two_processes_share_one_log(writer):
    workers = [start_worker(writer, name, 40) for name in ("one", "two")]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    given = list(acknowledged("".join(outputs).splitlines()))
    keys = writer.keys
    for qid, ask, each in given:
        verified = receipt.verify(each, keys)
        assert (verified.envelope.qid, verified.envelope.ask) == (qid, ask)
    found = verify_log(writer.files.log, keys)
    assert (found.ok, found.entries, len(given)) == (True, 2 * 640, 640)


def test_kill_under_load_loses_nothing_acknowledged(start_writer):
    writer = start_writer()
    witness, total = None, 0
    for round_number in range(5):
        workers = [start_worker(writer, f"{name}{round_number}", 10_000) for name in ("a", "b")]
        first = [workers[0].stdout.readline() for _ in range(40 + 60 * round_number)]
        writer.kill()
        outputs = [worker.communicate(timeout=120)[0] for worker in workers]
        given = list(acknowledged([*first, *"".join(outputs).splitlines()]))
        total += len(given)
        keys = writer.keys
        for qid, _, each in given:
            assert receipt.verify(each, keys).envelope.qid == qid
            if witness is None or each.tree_size > witness.tree_size:
                witness = each
        writer.start()
        # The largest tree that anybody holds a receipt of is the witness of this crash.
        after = verify_log(writer.files.log, keys, witness.checkpoint)
        assert after.ok, after.problems
        assert after.rollback_excluded
        assert after.open_asks == 0
        assert after.kinds[Kind.ANSWER] >= total
    assert total >= 40


def test_sigterm_finishes_and_closes_cleanly(writer, question):
    client = AuditClient(writer.files.socket, "gateway-1")
    pendings = [client.begin_ask(question(), DETAIL) for _ in range(50)]
    asked = pendings[0].result(WAIT)
    assert writer.kill(signal.SIGTERM) == 0
    results = []
    for pending in pendings:
        try:
            results.append(pending.result(WAIT))
        except AuditUnavailable:
            continue
    assert asked in results
    assert not writer.files.socket.exists()
    found = verify_log(writer.files.log, writer.keys)
    assert (found.ok, found.open_asks) == (True, 0)
    assert found.kinds[Kind.ASK] == found.kinds[Kind.ABANDONED] >= len(results)


def test_a_full_disk_refuses_and_recovers(start_writer, question):
    writer = start_writer(file_limit=400_000)
    client = AuditClient(writer.files.socket, "gateway-1")
    recorded = []
    asking = (client.ask(question(), bytes(10_000), WAIT) for _ in range(1000))
    with pytest.raises(AuditUnavailable):
        recorded.extend(asking)
    assert recorded
    with pytest.raises(AuditUnavailable):
        client.ask(question(), DETAIL, WAIT)
    assert writer.process.wait(WAIT) != 0
    before = verify_log(writer.files.log, writer.keys)
    assert before.ok, before.problems
    assert before.kinds[Kind.ASK] >= len(recorded)
    again = start_writer()
    after = verify_log(again.files.log, again.keys)
    assert (after.ok, after.open_asks) == (True, 0)
    fresh = AuditClient(again.files.socket, "gateway-1")
    assert isinstance(fresh.ask(question(), DETAIL, WAIT), Recorded)
    fresh.close()


@pytest.mark.parametrize(
    "received",
    [
        (MAX_FRAME + 1).to_bytes(4, "big"),
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x01\xc1",
        b"\x00\x00\x00\x00",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_peer_that_breaks_the_frames_is_cut_off_alone(writer, client, question, received):
    with connect(writer) as bad:
        bad.sendall(received)
        assert bad.recv(100) == b""
    assert isinstance(client.ask(question(), DETAIL, WAIT), Recorded)


def test_half_a_frame_blocks_nobody(writer, client, question):
    frame = encode(Ask(1, b"d", b"x" * 1000, b"n" * 32, b""))
    with connect(writer) as slow:
        slow.sendall(frame[:500])
        assert isinstance(client.ask(question(), DETAIL, WAIT), Recorded)
        slow.sendall(frame[500:] + encode(Head(2)))
        replies, frames = [], Reassembly()
        while len(replies) < 2:
            replies += [decode_reply(part) for part in frames.feed(slow.recv(65_536))]
    assert isinstance(replies[1], HeadIs)


def test_a_peer_that_reads_nothing_blocks_nobody(writer, client, question):
    with connect(writer) as deaf:
        deaf.settimeout(0)
        heads = b"".join(encode(Head(number)) for number in range(20_000))
        sent = deaf.send(heads)
        assert sent > 0
        assert isinstance(client.ask(question(), DETAIL, WAIT), Recorded)


def test_too_many_connections_are_refused(writer, question):
    client = AuditClient(writer.files.socket, "gateway-1")
    client.head(WAIT)
    crowd = [connect(writer) for _ in range(MAX_CONNECTIONS)]
    try:
        assert is_closed(crowd[-1])
        assert isinstance(client.ask(question(), DETAIL, WAIT), Recorded)
    finally:
        for sock in crowd:
            sock.close()
        client.close()


def test_a_second_writer_is_refused(writer, tmp_path):
    with pytest.raises(AuditUnavailable, match="another writer"):
        listen(writer.files.socket)
    with pytest.raises(AuditUnavailable, match="cannot listen"):
        listen(tmp_path / "absent" / "socket")


def test_a_dead_socket_is_replaced(tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listen(path) as listener:
        assert listener.getsockname() == str(path)


def test_the_private_key_is_made_once(writer):
    keys = writer.keys
    writer.kill()
    writer.start()
    assert writer.keys == keys
    assert writer.files.key.stat().st_mode & 0o777 == 0o400
