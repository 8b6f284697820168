from __future__ import annotations

import socket
import threading
import time

import pytest

from lookup.audit.errors import AuditUnavailable, EntryInvalid
from lookup.audit.frames import (
    MAX_FRAME,
    Ask,
    Asked,
    Head,
    HeadIs,
    Reassembly,
    Refused,
    Release,
    decode_request,
    encode,
)
from lookup.audit.session import Session

WAIT = 20.0


class Peer:
    """The other end of a session, played by the test."""

    def __init__(self, listener):
        self._sock, _ = listener.accept()
        self._sock.settimeout(WAIT)
        self._frames = Reassembly()
        self._got = []

    def read(self):
        while not self._got:
            received = self._sock.recv(65_536)
            assert received
            self._got += [decode_request(frame) for frame in self._frames.feed(received)]
        return self._got.pop(0)

    def reply(self, reply):
        self._sock.sendall(encode(reply))

    def close(self):
        self._sock.close()


@pytest.fixture
def ends(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        session = Session(tmp_path / "socket")
        peer = Peer(listener)
        yield session, peer
        session.close()
        peer.close()


def ask(number):
    return Ask(number, b"d", b"body", b"nonce", b"detail")


def test_replies_find_their_requests_in_any_order(ends):
    session, peer = ends
    waiters = [session.request(Head) for _ in range(3)]
    numbers = [peer.read().id for _ in waiters]
    for number in reversed(numbers):
        peer.reply(HeadIs(number, b"%d" % number))
    replies = [waiter.result(WAIT) for waiter in waiters]
    assert [reply.checkpoint for reply in replies] == [b"%d" % number for number in numbers]


def test_a_question_given_up_is_released_when_it_turns_out_durable(ends):
    session, peer = ends
    waiter = session.request(ask)
    with pytest.raises(AuditUnavailable, match="given up"):
        waiter.result(0)
    peer.reply(Asked(peer.read().id, 17))
    released = peer.read()
    assert isinstance(released, Release)
    assert released.ask == 17


def test_a_reply_that_is_there_cannot_be_cancelled(ends):
    session, peer = ends
    waiter = session.request(ask)
    peer.reply(Asked(peer.read().id, 17))
    assert waiter.result(WAIT).index == 17
    assert not waiter.cancel()
    assert waiter.result(0).index == 17


@pytest.mark.parametrize(("down", "error"), [(True, AuditUnavailable), (False, EntryInvalid)])
def test_refusals_are_told_apart(ends, down, error):
    session, peer = ends
    waiter = session.request(ask)
    peer.reply(Refused(peer.read().id, "the reason", down))
    with pytest.raises(error, match="the reason"):
        waiter.result(WAIT)


def test_what_the_writer_would_not_read_costs_itself_only(ends):
    session, peer = ends
    waiter = session.request(Head)
    large = b"x" * MAX_FRAME
    with pytest.raises(EntryInvalid, match="over the limit of"):
        session.request(lambda n: Ask(n, b"d", b"body", b"nonce", large))
    peer.reply(HeadIs(peer.read().id, b"1"))
    assert waiter.result(WAIT).checkpoint == b"1"


def test_an_unasked_reply_is_ignored(ends):
    session, peer = ends
    peer.reply(HeadIs(999, b"unasked"))
    waiter = session.request(Head)
    peer.reply(HeadIs(peer.read().id, b"asked"))
    assert waiter.result(WAIT).checkpoint == b"asked"


def test_the_end_of_the_connection_reaches_every_waiter(ends):
    session, peer = ends
    waiters = [session.request(ask) for _ in range(5)]
    peer.close()
    for waiter in waiters:
        with pytest.raises(AuditUnavailable):
            waiter.result(WAIT)
    assert session.broken
    with pytest.raises(AuditUnavailable):
        session.request(ask)
    session.release(3)


def test_what_the_socket_does_not_take_at_once_is_sent_later(ends):
    session, peer = ends
    detail = bytes(3_000_000)
    waiters = [session.request(lambda n: Ask(n, b"d", b"b", b"n", detail)) for _ in range(3)]
    got = []

    def read():
        got.extend(peer.read() for _ in waiters)

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(WAIT)
    assert [request.detail == detail for request in got] == [True] * 3


def test_nobody_listens(tmp_path):
    with pytest.raises(AuditUnavailable, match="cannot be reached"):
        Session(tmp_path / "absent")


def test_a_connection_that_ends_at_once_ends_its_threads_in_order(tmp_path):
    """The sender may start only after the receiver has closed the socket already."""
    before = threading.active_count()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(64)
        for _ in range(50):
            session = Session(tmp_path / "s")
            listener.accept()[0].close()
            session.close()
    end = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() <= before
