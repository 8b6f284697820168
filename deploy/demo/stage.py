"""The processes of the demonstration: started, watched, and ended whatever happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_LEASH = Path(__file__).with_name("leash.py")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL = 0.02
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_IMPATIENT_SECONDS = 5.0  # after Ctrl-C


class Failed(Exception):
    """The demonstration cannot go on; the message says why."""


class Interrupted(BaseException):
    """A signal asked the demonstration to end; holds its number."""


@dataclass
class Actor:
    """One process that the demonstration started, with the files of its two outputs."""

    name: str
    process: subprocess.Popen[bytes]
    said: Path
    log: Path

    def tail(self) -> str:
        """The last lines that it wrote, for a failure."""
        text = self.said.read_text(errors="replace") + self.log.read_text(errors="replace")
        return "\n".join(text.splitlines()[-5:])

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, unless it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)


class Stage:
    """Starts processes and ends every one of them.

    A signal raises `Interrupted` in the main thread once, except while a process is being started
    or ended. The processes have sessions of their own: Ctrl-C reaches this process only, which
    ends them in order; if it is killed itself, the kernel ends them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._actors: list[Actor] = []
        self._held = False
        self._asked: list[int] = []
        for number in _SIGNALS:
            signal.signal(number, self._interrupt)

    def start(self, name: str, *command: str, orphan: signal.Signals = signal.SIGTERM) -> Actor:
        """Start `python -m COMMAND`; it gets the signal `orphan` when this process is gone."""
        said, log = (self._folder / f"{name}.{end}" for end in ("out", "log"))
        leash = [sys.executable, "-IS", str(_LEASH), str(int(orphan)), str(os.getpid())]
        with self._whole(), said.open("wb") as out, log.open("ab") as errors:
            process = subprocess.Popen(
                [*leash, sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
            actor = Actor(name, process, said, log)
            self._actors.append(actor)
        return actor

    def heard(self, actor: Actor, pattern: str) -> str:
        """Wait until the process writes a line like `pattern`; returns its first group."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, actor.said.read_text(errors="replace"))

        self.wait(found, f"{actor.name} does not start", actor, seconds=_START_SECONDS)
        match = found()
        assert match is not None
        return match[1]

    def wait(self, done: Callable[[], object], fault: str, *actors: Actor, seconds: float) -> None:
        """Wait until `done`; `Failed` with `fault` if time is up or one of the actors ends."""
        end = time.monotonic() + seconds
        while not done():
            for actor in actors:
                if actor.process.poll() is not None:
                    raise Failed(f"{fault}: {actor.name} ended\n{actor.tail()}")
            if time.monotonic() > end:
                raise Failed(f"{fault} within {seconds:g} s")
            time.sleep(_POLL)

    def stop(self, actor: Actor, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; returns the exit code, negative for the signal that ended it.

        A process that takes too long, or longer than somebody who presses Ctrl-C (again) will
        wait, is killed.
        """
        with self._whole():
            code = self._ended(actor, number)
            self._actors.remove(actor)
        return code

    def end(self) -> dict[str, int]:
        """End what still runs, last started first; exit codes. No signal interrupts this."""
        self._held = True
        return {a.name: self._ended(a, signal.SIGTERM) for a in reversed(self._actors)}

    def _ended(self, actor: Actor, number: signal.Signals) -> int:
        asked = len(self._asked)
        end = time.monotonic() + (_IMPATIENT_SECONDS if asked else _STOP_SECONDS)
        actor.send(number)
        actor.send(signal.SIGCONT)
        while actor.process.poll() is None:
            if time.monotonic() > end or len(self._asked) > asked:
                actor.send(signal.SIGKILL)
            time.sleep(_POLL)
        with suppress(ProcessLookupError):
            os.killpg(actor.process.pid, signal.SIGKILL)
        return actor.process.returncode

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self._asked.append(number)
        if not self._held:
            self._held = True
            raise Interrupted(number)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Keep a signal until the end of the block."""
        held, self._held = self._held, True
        asked = len(self._asked)
        yield
        self._held = held
        if len(self._asked) > asked and not held:
            self._held = True
            raise Interrupted(self._asked[-1])
