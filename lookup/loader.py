"""The process that keeps file lists current: it reads them aside, the workers see them swapped."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from adapters.refresh import Outcome, Progress, Refreshed
from lookup.config import Config
from lookup.sources import Source, open_sources
from lookup.telemetry import Log

_TICK = 0.5


@runtime_checkable
class Refreshing(Protocol):
    """An adapter whose data are files of this host."""

    def refresh(self, *, force: bool = False, progress: Progress | None = None) -> Refreshed:
        """Read the files and publish a new version."""


def refreshing(source: Source) -> Refreshing | None:
    """The source's adapter if it reads files, else None."""
    adapter = source.adapter
    return adapter if isinstance(adapter, Refreshing) else None


class Loader:
    """Refreshes every file list at the start and then as often as it is configured."""

    def __init__(self, config: Config, log: Log) -> None:
        self._sources = [s for s in open_sources(config) if refreshing(s)]
        self._log = log
        self._due: dict[str, float] = {}
        self._notes: dict[str, str] = {}
        self.stopping = threading.Event()

    def run(self) -> None:
        """Refresh what is due until told to stop."""
        while not self.stopping.is_set():
            for source in self._sources:
                if time.monotonic() >= self._due.get(source.name, 0.0):
                    self._refresh(source)
                if self.stopping.is_set():
                    return
            if all(due == float("inf") for due in self._due.values()):
                self.stopping.wait()
            self.stopping.wait(_TICK)

    def _refresh(self, source: Source) -> None:
        every = source.settings.refresh.total_seconds()
        self._due[source.name] = time.monotonic() + every if every else float("inf")
        # Reading a list takes memory that a long-lived process would never give back.
        code = _in_child(lambda: self._read(source))
        if code:
            self._log.event("source.reader_failed", source=source.name, code=code)

    def _read(self, source: Source) -> None:
        adapter = refreshing(source)
        if adapter is None:
            return
        begun = time.monotonic()
        done = adapter.refresh(progress=_shown(source.name))
        if done.outcome is Outcome.UPDATED or done.note:
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


def _in_child(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own and wait for its end; returns its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            work()
            code = 0
        except Exception as error:  # noqa: BLE001 - the end of a process
            Log(process="loader").fault("source.fault", error)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(config: Config, ready: int) -> None:
    """The life of the loader process; it is ready at once, lists come one by one."""
    loader = Loader(config, Log(process="loader"))
    signal.signal(signal.SIGTERM, lambda *_: loader.stopping.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.write(ready, b"1")
    os.close(ready)
    loader.run()
