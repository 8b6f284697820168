"""The writer process of a host: it alone appends, for all worker processes over a socket."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookup.audit.checkpoint import load_or_create_key, write_public_key
from lookup.audit.errors import AuditUnavailable
from lookup.audit.frames import (
    MAX_FRAME,
    FrameInvalid,
    Reassembly,
    Release,
    decode_request,
    encode,
)
from lookup.audit.group_commit import Caller, GroupCommit, Work
from lookup.audit.log import AuditLog
from lookup.audit.outcomes import DAY, DEFAULT_MAX_BYTES, Outcomes
from lookup.audit.recovery import open_log

BATCH = 256
MAX_CONNECTIONS = 64
_RECEIVE = 256 * 1024
#: A connection that does not read its replies is not listened to any more beyond this.
_MAX_UNSENT = 32 * 1024 * 1024
_DRAIN_SECONDS = 5.0
_FLUSH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class WriterFiles:
    """Where the writer keeps its log, its outcomes, its private key, and its socket."""

    socket: Path
    log: Path
    outcomes: Path
    key: Path
    public_key: Path


class _Connection:
    """A client: bytes in, frames out."""

    def __init__(self, sock: socket.socket, max_frame: int) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the socket interface
        self.sock = sock
        self.caller = Caller()
        self.unsent = bytearray()
        self.closed = False
        self._frames = Reassembly(max_frame)

    def receive(self) -> list[Work]:
        """Return the requests that arrived; a peer that breaks the rules is closed."""
        work: list[Work] = []
        try:
            received = self.sock.recv(_RECEIVE)
            if not received:
                self.closed = True
            for frame in self._frames.feed(received):
                work.append((self.caller, decode_request(frame)))  # noqa: PERF401 - keep those before an error
        except BlockingIOError:
            return work
        except (OSError, FrameInvalid):
            self.closed = True
        return work

    def send(self) -> None:
        """Send the replies as far as the peer takes them now."""
        replies = self.caller.replies
        if replies:
            self.unsent += b"".join(map(encode, replies))
            replies.clear()
        if not self.unsent or self.closed:
            return
        try:
            del self.unsent[: self.sock.send(self.unsent)]
        except BlockingIOError:
            return
        except OSError:
            self.closed = True

    def flush(self) -> None:
        """Send all replies, waiting at most a second for the peer."""
        self.send()
        self.sock.settimeout(_FLUSH_SECONDS)
        with contextlib.suppress(OSError):
            self.sock.sendall(self.unsent)
        self.unsent.clear()

    def interest(self) -> int:
        """Return the selector events that the connection waits for."""
        write = selectors.EVENT_WRITE if self.unsent else 0
        return write if len(self.unsent) > _MAX_UNSENT else write | selectors.EVENT_READ


class Writer:
    """The loop: read what has arrived, commit it as one batch, answer."""

    def __init__(
        self, listener: socket.socket, group: GroupCommit, max_frame: int = MAX_FRAME
    ) -> None:
        """Serve clients of a listening socket."""
        self._listener = listener
        self._group = group
        self._max_frame = max_frame
        self._connections: dict[int, _Connection] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        for sock in (listener, self._wake, self._waker):
            sock.setblocking(False)  # noqa: FBT003 - the socket interface
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._stopping = False

    def stop(self) -> None:
        """Finish what has arrived, then let `run` return; safe in a signal handler."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def run(self) -> None:
        """Serve until `stop`; raises AuditUnavailable when the log fails, all being refused."""
        try:
            while not self._stopping:
                self._turn(None)
            self._drain()
        except AuditUnavailable:
            self._flush()
            raise
        finally:
            self._close()

    def _turn(self, timeout: float | None) -> bool:
        work: list[Work] = []
        touched: list[_Connection] = []
        for key, _ in self._selector.select(timeout):
            if key.fileobj is self._listener:
                self._accept()
            elif isinstance(key.data, _Connection):
                touched.append(key.data)
                work += key.data.receive()
        for start in range(0, len(work), BATCH):
            self._group.commit(work[start : start + BATCH])
        for connection in touched:
            connection.send()
            self._settle(connection)
        return bool(touched)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            sock.close()
            return
        connection = _Connection(sock, self._max_frame)
        self._connections[sock.fileno()] = connection
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _settle(self, connection: _Connection) -> None:
        if connection.closed:
            self._forget(connection)
            return
        wanted = connection.interest()
        if self._selector.get_key(connection.sock).events != wanted:
            self._selector.modify(connection.sock, wanted, connection)

    def _forget(self, connection: _Connection) -> None:
        self._selector.unregister(connection.sock)
        del self._connections[connection.sock.fileno()]
        connection.sock.close()
        self._abandon(connection)

    def _abandon(self, connection: _Connection) -> None:
        caller = connection.caller
        work: list[Work] = [(caller, Release(0, ask)) for ask in caller.open_asks]
        for start in range(0, len(work), BATCH):
            self._group.commit(work[start : start + BATCH])

    def _drain(self) -> None:
        self._selector.unregister(self._listener)
        self._selector.unregister(self._wake)
        end = time.monotonic() + _DRAIN_SECONDS
        while self._connections and time.monotonic() < end and self._turn(0):
            pass
        self._flush()
        for connection in list(self._connections.values()):
            self._forget(connection)

    def _flush(self) -> None:
        """Give the last replies a bounded chance to leave."""
        for connection in self._connections.values():
            connection.flush()

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.sock.close()
        self._selector.close()
        self._wake.close()
        self._waker.close()


def serve(
    socket_path: Path,
    log: AuditLog,
    outcomes: Outcomes,
    *,
    max_frame: int = MAX_FRAME,
    clock: Callable[[], int] = time.time_ns,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve the log on a unix socket (mode 0600) until SIGTERM or SIGINT.

    `ready` is called once clients can connect.

    Call it from the main thread of its own process. Raises AuditUnavailable when the log
    is poisoned: the process must then end and recover by opening the log anew.
    """
    with listen(socket_path) as listener:
        writer = Writer(listener, GroupCommit(log, outcomes, clock), max_frame)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: writer.stop())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        ready()
        try:
            writer.run()
        finally:
            socket_path.unlink(missing_ok=True)


def run(
    files: WriterFiles,
    origin: str,
    *,
    outcome_seconds: float = DAY,
    outcome_bytes: int = DEFAULT_MAX_BYTES,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Open everything, serve, and close cleanly; the body of the writer process."""
    key = load_or_create_key(files.key, origin)
    write_public_key(files.public_key, key.public)
    log = open_log(files.log, key)
    try:
        outcomes = Outcomes(
            files.outcomes, clock=time.time, ttl=outcome_seconds, max_bytes=outcome_bytes
        )
        try:
            serve(files.socket, log, outcomes, ready=ready)
        finally:
            outcomes.close()
    finally:
        log.close()


def listen(path: Path) -> socket.socket:
    """Return a listening unix socket of mode 0600; a dead one in the way is removed."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                msg = f"another writer listens on {path}"
                raise AuditUnavailable(msg)
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(MAX_CONNECTIONS)
    except OSError as error:
        listener.close()
        msg = f"cannot listen on {path}: {error}"
        raise AuditUnavailable(msg) from error
    finally:
        os.umask(previous)
    return listener
