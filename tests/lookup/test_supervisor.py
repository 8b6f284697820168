"""The parent of the processes, run as a process: starts, restarts, stops in order, leaves none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PRELUDE = """
import os, signal, sys, time
from functools import partial
from pathlib import Path
from lookup.supervisor import Child, Supervisor
from lookup.telemetry import Log

folder = Path(sys.argv[1])

def note(text):
    with (folder / "notes").open("a") as notes:
        notes.write(text + "\\n")

def live(name, ready):
    def stop(*_):
        note(f"stopped {name}")
        os._exit(0)
    signal.signal(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    note(f"ready {name} {os.getpid()}")
    os.write(ready, b"1")
    os.close(ready)
    while True:
        time.sleep(60)

def deaf(name, ready):
    note(f"ready {name} {os.getpid()}")
    os.write(ready, b"1")
    while True:
        time.sleep(60)

def fall(name, ready):
    raise OSError("no room")

def sleepy(name, ready):
    note(f"starting {name} {os.getpid()}")
    while True:
        time.sleep(60)

def child(name, life, rank, **more):
    return Child(name, partial(life, name), rank, **more)

def run(*children, grace=20.0):
    code = Supervisor(children, Log(), grace).run(lambda: note(f"started {os.getpid()}"))
    note(f"open {len(os.listdir('/proc/self/fd'))}")
    sys.exit(code)
"""


class Family:
    """A supervisor with its children; `notes` is what they wrote."""

    def __init__(self, folder: Path, script: str) -> None:
        self.folder = folder
        (folder / "notes").touch()
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, str(folder)],
            stderr=self.log,
            start_new_session=True,
        )

    def notes(self, word: str = "") -> list[str]:
        lines = (self.folder / "notes").read_text().splitlines()
        return [line for line in lines if line.startswith(word)]

    def wait_for(self, word: str, count: int = 1) -> list[str]:
        self.until(lambda: len(self.notes(word)) >= count, f"no {count} of {word}")
        return self.notes(word)

    def until(self, done, what: str) -> None:
        end = time.monotonic() + 60
        while not done():
            assert time.monotonic() < end, f"{what}: {self.text()}"
            time.sleep(0.01)

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[2]) for line in self.notes(f"ready {name} ")]

    def text(self) -> str:
        return (self.folder / "notes").read_text() + (self.folder / "log").read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def family(tmp_path):
    begun = []

    def begin(script):
        begun.append(Family(tmp_path, script))
        return begun[-1]

    yield begin
    for each in begun:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(60)
        each.log.close()
        left = [pid for line in each.notes() if (pid := _pid(line)) and _lives(pid)]
        each.until(lambda left=left: not any(map(_lives, left)), "left behind")


def _pid(line):
    last = line.split()[-1]
    return int(last) if last.isdigit() and line.startswith(("ready", "starting")) else 0


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


THREE = 'run(child("c", live, 2), child("a", live, 0), child("b1", live, 1), child("b2", live, 1))'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_children_start_in_order_and_stop_in_reverse(family, number):
    ours = family(THREE)
    ours.wait_for("started")
    assert [line.split()[1] for line in ours.notes("ready")] == ["a", "b1", "b2", "c"]
    assert ours.stop(number) == 0
    stopped = [line.split()[1] for line in ours.notes("stopped")]
    assert (stopped[0], sorted(stopped[1:3]), stopped[3]) == ("c", ["b1", "b2"], "a")


def test_a_child_that_falls_is_started_again_and_again(family):
    ours = family('run(child("a", live, 0), child("b", live, 1))')
    ours.wait_for("started")
    for count in (2, 3):
        os.kill(ours.pids("b")[-1], signal.SIGKILL)
        ours.wait_for("ready b", count)
    assert len(ours.pids("a")) == 1
    assert all(_lives(pid) for pid in (ours.pids("a")[0], ours.pids("b")[-1]))
    assert ours.stop() == 0
    assert [line.split()[1] for line in ours.notes("stopped")] == ["b", "a"]
    text = (ours.folder / "log").read_text()
    assert text.count('"process.ended"') == text.count('"process.restarted"') == 2


def test_restarts_leave_no_descriptors_and_no_zombies(family):
    ours = family('run(child("a", live, 0))')
    ours.wait_for("started")
    folder = Path(f"/proc/{ours.process.pid}/fd")
    before = len(list(folder.iterdir()))
    for count in (2, 3, 4):
        os.kill(ours.pids("a")[-1], signal.SIGKILL)
        ours.wait_for("ready a", count)
    assert len(list(folder.iterdir())) == before
    children = Path(f"/proc/{ours.process.pid}/task/{ours.process.pid}/children").read_text()
    assert children.split() == [str(ours.pids("a")[-1])]


def test_one_that_falls_before_it_is_ready_ends_all(family):
    ours = family('run(child("a", live, 0), child("b", fall, 1), child("c", live, 2))')
    assert ours.process.wait(60) == 1
    assert [line.split()[1] for line in ours.notes("ready")] == ["a"]
    assert ours.notes("stopped") == ["stopped a"]
    text = ours.text()
    assert '"process.failed"' in text
    assert "no room" in text


def test_a_stop_while_children_start_is_heard(family):
    ours = family('run(child("a", live, 0), child("b", sleepy, 1), grace=0.2)')
    ours.wait_for("starting b")
    assert ours.stop() == 1
    assert ours.notes("stopped") == ["stopped a"]
    assert not ours.notes("started")


def test_a_child_that_does_not_stop_is_killed_after_the_grace(family):
    ours = family('run(child("a", live, 0), child("b", deaf, 1), grace=0.1)')
    ours.wait_for("started")
    assert ours.stop() == 0
    assert not _lives(ours.pids("b")[0])
    assert ours.notes("stopped") == ["stopped a"]


def test_children_end_with_a_supervisor_that_is_killed(family):
    ours = family('run(child("a", live, 0, orphan=signal.SIGTERM), child("b", deaf, 1))')
    ours.wait_for("started")
    ours.stop(signal.SIGKILL)
    pids = ours.pids("a") + ours.pids("b")
    ours.until(lambda: not any(map(_lives, pids)), "orphans")
    assert ours.notes("stopped") == ["stopped a"]


ORPHAN = """
from lookup import supervisor
reading, writing = os.pipe()
# The parent is another than the one that forked: as if that one had fallen in between.
pid = os.fork()
if pid == 0:
    supervisor._live(child("a", live, 0), writing, parent=os.getpid())
os.close(writing)
note(f"read {os.read(reading, 1)!r} code {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")
"""


def test_a_child_whose_parent_fell_before_it_was_set_up_ends_at_once(family):
    ours = family(ORPHAN)
    assert ours.process.wait(60) == 0
    assert ours.notes() == ["read b'' code 1"]


NO_ROOM = """
real, failures = os.fork, iter([False, True])
def fork():
    if next(failures, False):
        note("no room")
        raise BlockingIOError("no room for a process")
    return real()
os.fork = fork
import lookup.supervisor
lookup.supervisor._LONGEST_PAUSE = 0.4
run(child("a", live, 0))
"""


def test_no_room_for_a_process_is_waited_out(family):
    ours = family(NO_ROOM)
    ours.wait_for("started")
    os.kill(ours.pids("a")[0], signal.SIGKILL)
    ours.wait_for("no room")
    ours.wait_for("ready a", 2)
    assert ours.stop() == 0


def test_a_hang_up_stops_nobody(family):
    ours = family('run(child("a", live, 0))')
    ours.wait_for("started")
    ours.process.send_signal(signal.SIGHUP)
    os.kill(ours.pids("a")[0], signal.SIGKILL)
    ours.wait_for("ready a", 2)
    assert ours.stop() == 0
