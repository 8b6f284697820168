"""The parent of all processes: starts them, starts them again when they fall, stops them in order.

It has one thread and never starts gRPC, so that it can fork at any time.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lookup.audit.errors import AuditError
from lookup.telemetry import Log

_PDEATHSIG = 1
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP}
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_STABLE = 10.0
_TICK = 0.25


@dataclass
class Child:
    """One kind of process: `run` is its life and gets the end of a pipe to report ready on.

    `orphan` is the signal that the kernel sends it when the supervisor is gone. Children stop in
    the reverse order of their start, each group (`rank`) only after the group before it.
    """

    name: str
    run: Callable[[int], None]
    rank: int
    orphan: signal.Signals = signal.SIGKILL
    pid: int = 0
    started: float = 0.0
    pause: float = field(default=_FIRST_PAUSE)
    due: float = 0.0


class Supervisor:
    """Keeps the children running until a signal says otherwise."""

    def __init__(self, children: Sequence[Child], log: Log, grace: float) -> None:
        self._children = children
        self._log = log
        self._grace = grace

    def run(self, started: Callable[[], None]) -> int:
        """Start everything in order of rank, call `started`, return 0 after an ordered stop.

        Returns 1 if a child ends before it was ever ready.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for child in sorted(self._children, key=lambda c: c.rank):
            if not self._start(child):
                self._stop()
                return 1
        started()
        while True:
            found = signal.sigtimedwait(_SIGNALS, _TICK)
            if found is not None and found.si_signo in (signal.SIGTERM, signal.SIGINT):
                break
            self._reap()
            self._revive()
        self._stop()
        return 0

    def _start(self, child: Child) -> bool:
        reading, writing = os.pipe()
        try:
            _fork(child, writing, closing=reading)
            os.close(writing)
            writing = -1
            ready = self._ready(reading)
        finally:
            for end in (reading, writing):
                if end >= 0:
                    os.close(end)
        if not ready:
            self._log.event("process.failed", name=child.name)
        return ready

    def _start_again(self, child: Child) -> None:
        """Nobody waits for it to be ready; without room for a process it is tried again."""
        writing = os.open(os.devnull, os.O_WRONLY)
        try:
            _fork(child, writing)
        except OSError as error:
            child.due = time.monotonic() + _LONGEST_PAUSE
            self._log.fault("process.failed", error, name=child.name)
        else:
            self._log.event("process.restarted", name=child.name, pid=child.pid)
        finally:
            os.close(writing)

    def _ready(self, reading: int) -> bool:
        """Wait for the child's word; an end of the pipe without it, or a signal, is a no."""
        while True:
            readable, _, _ = select.select([reading], [], [], _TICK)
            if readable:
                return os.read(reading, 1) == b"1"
            if {signal.SIGTERM, signal.SIGINT} & signal.sigpending():
                return False

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0]:
                self._log.event("process.ended", name=child.name, pid=child.pid)
                lived = time.monotonic() - child.started
                child.pause = _FIRST_PAUSE if lived > _STABLE else child.pause * 2
                child.pause = min(child.pause, _LONGEST_PAUSE)
                child.due = time.monotonic() + child.pause
                child.pid = 0

    def _revive(self) -> None:
        for child in self._children:
            if not child.pid and time.monotonic() >= child.due:
                self._start_again(child)

    def _stop(self) -> None:
        for rank in sorted({child.rank for child in self._children}, reverse=True):
            group = [c for c in self._children if c.rank == rank and c.pid]
            for child in group:
                os.kill(child.pid, signal.SIGTERM)
            end = time.monotonic() + self._grace
            for child in group:
                _wait(child, end)


def _wait(child: Child, end: float) -> None:
    while os.waitpid(child.pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            break
        time.sleep(0.01)
    child.pid = 0


def _fork(child: Child, ready: int, closing: int = -1) -> None:
    """Give the child its life; `closing` is the end of the pipe that is not the child's."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        if closing >= 0:
            os.close(closing)
        _live(child, ready, parent)
    child.pid, child.started = pid, time.monotonic()


def _live(child: Child, ready: int, parent: int) -> None:
    """In the child: from the fork to the end; never returns into the supervisor's code."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PDEATHSIG, int(child.orphan))
        if os.getppid() != parent:
            os._exit(code)  # the supervisor fell before the kernel knew whom to tell
        for each in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # SIGTERM stays blocked until the child is able to stop in order.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS - {signal.SIGTERM})
        child.run(ready)
        code = 0
    except BaseException as error:  # noqa: BLE001 - the end of a process
        Log(process=child.name).fault("process.fault", error)
        if isinstance(error, OSError | ImportError | AuditError):
            traceback.print_exception(error, limit=0)
    finally:
        os._exit(code)
