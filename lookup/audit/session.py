"""One connection of a worker to the writer: many threads ask, replies are paired by id."""

from __future__ import annotations

import itertools
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from lookup.audit.errors import AuditUnavailable, EntryInvalid
from lookup.audit.frames import (
    MAX_FRAME,
    PREFIX,
    Asked,
    FrameInvalid,
    Reassembly,
    Refused,
    Release,
    Reply,
    Request,
    decode_reply,
    encode,
)

_RECEIVE = 256 * 1024
_MAX_UNSENT = 64 * 1024 * 1024
_CONNECT_SECONDS = 1.0
_POLL_MILLISECONDS = 1000


class Waiter:
    """The reply to one request, when it comes."""

    __slots__ = ("_error", "_gate", "_reply", "_session", "number")

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self.number = number
        self._reply: Reply | None = None
        self._error: AuditUnavailable | None = None
        # A bare lock wakes a thread in a third of the time of an Event.
        self._gate = threading.Lock()
        self._gate.acquire()

    def done(self) -> bool:
        """Tell whether `result` would return without waiting."""
        return self._reply is not None or self._error is not None

    def result(self, timeout: float) -> Reply:
        """Wait up to `timeout` seconds for the reply.

        Raises AuditUnavailable (also after the time, and then the request is given up) or
        EntryInvalid when the writer refused this entry alone.
        """
        if not self.done():
            if not self._gate.acquire(timeout=max(timeout, 0)):
                # Either this opens the gate or the reply that is just arriving does.
                self.cancel()
                self._gate.acquire()
            self._gate.release()
        if self._error is not None:
            raise AuditUnavailable(str(self._error)) from self._error
        reply = self._reply
        assert reply is not None, "the gate opens after a reply or an error only"
        if isinstance(reply, Refused):
            raise (AuditUnavailable if reply.down else EntryInvalid)(reply.reason)
        return reply

    def cancel(self) -> bool:
        """Give the request up; false when its reply is already here.

        What it recorded stays recorded; a question is then closed as ABANDONED.
        """
        if not self._session.forget(self.number):
            return False
        self._error = AuditUnavailable("the request was given up while the audit log was silent")
        self._gate.release()
        return True

    def settle(self, reply: Reply | None, error: AuditUnavailable | None = None) -> None:
        """Deliver the reply or the error, once."""
        self._reply, self._error = reply, error
        self._gate.release()


class Session:
    """A live connection; when it breaks, every waiter gets AuditUnavailable."""

    def __init__(self, path: Path) -> None:
        """Connect; raises AuditUnavailable."""
        self._sock = socket.socket(socket.AF_UNIX)
        try:
            self._sock.settimeout(_CONNECT_SECONDS)
            self._sock.connect(str(path))
        except OSError as error:
            self._sock.close()
            msg = f"the audit log cannot be reached at {path}: {error}"
            raise AuditUnavailable(msg) from error
        self._sock.settimeout(None)
        self._ids = itertools.count(1)
        self._waiters: dict[int, Waiter] = {}
        self._unsent = bytearray()
        self._ready = threading.Condition(threading.Lock())
        self._broken: AuditUnavailable | None = None
        # Registered before the receiver can close the socket: afterwards it has no number.
        self._writable = select.poll()
        self._writable.register(self._sock, select.POLLOUT)
        for body in (self._receive, self._send_rest):
            threading.Thread(target=body, name=f"audit{body.__name__}", daemon=True).start()

    @property
    def broken(self) -> bool:
        """Tell whether the connection is over."""
        return self._broken is not None

    def request(self, make: Callable[[int], Request]) -> Waiter:
        """Send the request that `make` builds for its id; never blocks on the writer.

        Raises EntryInvalid for what the writer would not read: it would end the connection, and
        with it the requests of everybody else.
        """
        number = next(self._ids)
        frame = encode(make(number))
        if len(frame) - PREFIX > MAX_FRAME:
            msg = f"a request of {len(frame)} bytes is over the limit of {MAX_FRAME}"
            raise EntryInvalid(msg)
        waiter = Waiter(self, number)
        with self._ready:
            self._push(frame, (number, waiter))
        return waiter

    def release(self, ask: int) -> None:
        """Give an ASK up without waiting; a broken connection has done so already."""
        frame = encode(Release(next(self._ids), ask))
        with self._ready:
            if self._broken is None:
                self._push(frame, None)

    def forget(self, number: int) -> bool:
        """Drop the waiter of a request; false when its reply was taken up already."""
        return self._waiters.pop(number, None) is not None

    def close(self) -> None:
        """End the connection; the writer abandons what is open on it."""
        self._fail("the audit client was closed")

    def _push(self, frame: bytes, waiting: tuple[int, Waiter] | None) -> None:
        # The calling thread sends at once when the socket takes it: waking a sender thread
        # costs several times the system call. Only what is left over goes to that thread.
        if self._broken is not None:
            raise AuditUnavailable(str(self._broken)) from self._broken
        if len(self._unsent) > _MAX_UNSENT:
            msg = "the audit log does not take more entries"
            raise AuditUnavailable(msg)
        if waiting is not None:
            self._waiters[waiting[0]] = waiting[1]
        idle = not self._unsent
        self._unsent += frame
        if idle:
            self._send_now()
            if self._unsent:
                self._ready.notify()

    def _send_now(self) -> None:
        try:
            del self._unsent[: self._sock.send(self._unsent, socket.MSG_DONTWAIT)]
        except BlockingIOError:
            return
        except OSError:
            # The receiver sees the same end and tells all waiters.
            self._unsent.clear()

    def _send_rest(self) -> None:
        while True:
            with self._ready:
                while not self._unsent and self._broken is None:
                    self._ready.wait()
                if self._broken is not None:
                    return
            self._writable.poll(_POLL_MILLISECONDS)
            with self._ready:
                self._send_now()

    def _receive(self) -> None:
        frames = Reassembly()
        reason = "the audit log closed the connection"
        try:
            while received := self._sock.recv(_RECEIVE):
                for frame in frames.feed(received):
                    self._deliver(decode_reply(frame))
        except (OSError, FrameInvalid) as error:
            reason = f"the connection to the audit log broke: {error}"
        self._fail(reason)
        self._sock.close()

    def _deliver(self, reply: Reply) -> None:
        waiter = self._waiters.pop(reply.id, None)
        if waiter is not None:
            waiter.settle(reply)
        elif isinstance(reply, Asked):
            # Its asker gave up in the meantime; nobody will answer this question.
            self.release(reply.index)

    def _fail(self, reason: str) -> None:
        with self._ready:
            if self._broken is None:
                self._broken = AuditUnavailable(reason)
            self._ready.notify_all()
            for number in list(self._waiters):
                waiter = self._waiters.pop(number, None)
                if waiter is not None:
                    waiter.settle(None, self._broken)
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
