"""The process that keeps file lists current: it reads them aside, the workers see them swapped."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NoReturn, Protocol, runtime_checkable

from adapters.refresh import Outcome, Progress, Refreshed
from lookup.config import Config
from lookup.sources import Source, open_sources
from lookup.telemetry import Log

_TICK = 0.5
_READING_TICK = 0.02
_PDEATHSIG = 1


@runtime_checkable
class Refreshing(Protocol):
    """An adapter whose data are files of this host."""

    def refresh(self, *, force: bool = False, progress: Progress | None = None) -> Refreshed:
        """Read the files and publish a new version."""


def refreshing(source: Source) -> Refreshing | None:
    """The source's adapter if it reads files, else None."""
    adapter = source.adapter
    return adapter if isinstance(adapter, Refreshing) else None


class Stop:
    """A stop that a signal tells; `Event.set` in its place can deadlock the thread that waits."""

    def __init__(self) -> None:
        self._told = False
        self._wake: SimpleQueue[None] = SimpleQueue()

    def tell(self) -> None:
        """Stop; may be called at any moment, also by a signal."""
        self._told = True
        self._wake.put(None)

    def is_told(self) -> bool:
        """Whether it is time to stop."""
        return self._told

    def wait(self, seconds: float | None) -> bool:
        """Wait so long, None for ever, or until told; whether it is time to stop."""
        if not self._told:
            with contextlib.suppress(Empty):
                self._wake.get(timeout=seconds)
        return self._told


class Loader:
    """Refreshes every file list at the start and then as often as it is configured."""

    def __init__(self, config: Config, log: Log) -> None:
        self._sources = [s for s in open_sources(config) if refreshing(s)]
        self._log = log
        self._due: dict[str, float] = {}
        self.stopping = Stop()

    def run(self) -> None:
        """Refresh what is due until told to stop."""
        while not self.stopping.is_told():
            for source in self._sources:
                if time.monotonic() >= self._due.get(source.name, 0.0):
                    self._refresh(source)
                if self.stopping.is_told():
                    return
            never = all(due == float("inf") for due in self._due.values())
            self.stopping.wait(None if never else _TICK)

    def _refresh(self, source: Source) -> None:
        every = source.settings.refresh.total_seconds()
        self._due[source.name] = time.monotonic() + every if every else float("inf")
        # Reading a list takes memory that a long-lived process would never give back.
        code = _in_child(lambda: self._read(source), self.stopping)
        if code and not self.stopping.is_told():
            self._log.event("source.reader_failed", source=source.name, code=code)

    def _read(self, source: Source) -> None:
        adapter = refreshing(source)
        if adapter is None:
            return
        begun = time.monotonic()
        done = adapter.refresh(progress=_shown(source.name))
        if done.outcome is Outcome.UPDATED or (done.note and done.news):
            self._log.event(
                f"source.{done.outcome.value}",
                source=source.name,
                version=done.version,
                records=done.records,
                rejected=done.rejected,
                note=done.note,
                seconds=round(time.monotonic() - begun, 3),
            )


def _shown(name: str) -> Progress | None:
    """A line that counts, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    def show(rows: int) -> None:
        sys.stderr.write(f"\r\x1b[2Kloading {name}: {rows:,} rows\r")
        sys.stderr.flush()

    return show


def _in_child(work: Callable[[], None], stopping: Stop) -> int:
    """Run `work` in a process of its own, killed when it is time to stop; returns its exit code.

    A refresh may be killed at any moment: a version is published by one rename at its end.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _work(work, parent)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if stopping.wait(_READING_TICK):
            os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _work(work: Callable[[], None], parent: int) -> NoReturn:
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() == parent:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            work()
            code = 0
    except BaseException as error:  # noqa: BLE001 - the end of a process
        Log(process="loader").fault("source.fault", error)
    finally:
        os._exit(code)


def main(config: Config, ready: int) -> None:
    """The life of the loader process; it is ready at once, lists come one by one."""
    loader = Loader(config, Log(process="loader"))
    signal.signal(signal.SIGTERM, lambda *_: loader.stopping.tell())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.write(ready, b"1")
    os.close(ready)
    loader.run()
