"""The process that keeps lists current: when it reads, what it survives, how it stops."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from inside import quick, source

from lookup.config import load
from lookup.loader import Loader, Stop, refreshing
from lookup.sources import open_sources
from lookup.telemetry import Log

HEAD = "DIN,Issuing Country,Document Type,Type of Fraud\n"
PATIENCE = 60


def papers(folder, *numbers):
    rows = "".join(f"{number},UTO,Passport,Stolen Blank\n" for number in numbers)
    (folder / "papers.csv").write_text(HEAD + rows)


def written(folder, refresh="0s", extra=""):
    path = folder / "gateway.toml"
    path.write_text(
        f'[sources.papers]\nkind = "documents"\npath = "papers.csv"\nrefresh = "{refresh}"\n{extra}'
    )
    return path


class Life:
    """The loader as a process of its own."""

    PROGRAM = (
        "import os, sys\nfrom pathlib import Path\nfrom lookup import loader\n"
        "from lookup.config import load\n"
        "reading, writing = os.pipe()\n{extra}\nloader.main(load(Path(sys.argv[1])), writing)\n"
    )

    def __init__(self, path, extra=""):
        self.folder = path.parent
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM.format(extra=extra), str(path)], stderr=self.log
        )

    def events(self, name):
        lines = (self.folder / "log").read_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line["event"] == name]

    def wait_for(self, name, count=1):
        until(lambda: len(self.events(name)) >= count, (self.folder / "log").read_text)
        return self.events(name)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def until(done, why):
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, why()
        time.sleep(0.02)


@pytest.fixture
def live():
    begun = []

    def begin(path, extra=""):
        begun.append(Life(path, extra))
        return begun[-1]

    yield begin
    for each in begun:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(PATIENCE)
        each.log.close()


def version(path):
    (found,) = open_sources(load(path))
    state = found.adapter._snapshots.pointer()
    return state.version if state else ""


def test_a_list_is_looked_at_as_often_as_configured(live, tmp_path):
    papers(tmp_path, "X1")
    ours = live(written(tmp_path, refresh="1ms"))
    assert ours.wait_for("source.updated")[0]["records"] == 1
    papers(tmp_path, "X1", "X2")
    assert ours.wait_for("source.updated", 2)[1]["records"] == 2
    assert ours.stop() == 0


def test_a_list_that_is_never_looked_at_again(live, tmp_path):
    papers(tmp_path, "X1")
    second = '[sources.quick]\nkind = "documents"\npath = "papers.csv"\nrefresh = "1ms"\n'
    ours = live(written(tmp_path, refresh="0s", extra=second))
    ours.wait_for("source.updated", 2)
    papers(tmp_path, "X1", "X2")
    updated = ours.wait_for("source.updated", 3)
    assert [line["source"] for line in updated[2:]] == ["quick"]
    assert ours.stop() == 0


WAITING = (
    "real = loader.Stop.wait\n"
    "def wait(self, seconds):\n"
    "    (Path(sys.argv[1]).parent / 'waiting').write_text(str(seconds))\n"
    "    return real(self, seconds)\n"
    "loader.Stop.wait = wait\n"
)


def test_without_lists_there_is_nothing_to_do_and_a_stop_is_heard(live, tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text("")
    ours = live(path, WAITING)
    waiting = tmp_path / "waiting"
    until(lambda: waiting.exists() and waiting.read_text() == "None", lambda: "busy")
    assert ours.stop() == 0


def test_a_list_that_cannot_be_read_costs_itself(live, tmp_path):
    papers(tmp_path, "X1")
    absent = '[sources.absent]\nkind = "documents"\npath = "absent.csv"\nrefresh = "1ms"\n'
    ours = live(written(tmp_path, refresh="1ms", extra=absent))
    ours.wait_for("source.updated")
    papers(tmp_path, "X1", "X2")
    ours.wait_for("source.updated", 2)
    assert ours.process.poll() is None
    assert ours.stop() == 0


def test_a_reader_that_falls_is_told_and_the_others_are_read(live, tmp_path):
    papers(tmp_path, "X1")
    fall = (
        "real = loader.Loader._read\n"
        "def read(self, source):\n"
        "    if source.name == 'falls':\n"
        "        os.kill(os.getpid(), 9)\n"
        "    real(self, source)\n"
        "loader.Loader._read = read\n"
    )
    falls = '[sources.falls]\nkind = "documents"\npath = "papers.csv"\n'
    ours = live(written(tmp_path, extra=falls), fall)
    ours.wait_for("source.updated")
    (told,) = ours.wait_for("source.reader_failed")
    assert (told["source"], told["code"]) == ("falls", -9)
    assert ours.stop() == 0


SLOW = (
    "def read(self, source):\n"
    "    (Path(sys.argv[1]).parent / 'reader').write_text(str(os.getpid()))\n"
    "    import time\n"
    "    time.sleep(600)\n"
    "loader.Loader._read = read\n"
)


def reader(folder):
    path = folder / "reader"
    until(lambda: path.exists() and path.read_text(), lambda: "no reader")
    return int(path.read_text())


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_stop_during_a_refresh_ends_the_reader(live, tmp_path):
    papers(tmp_path, "X1")
    ours = live(written(tmp_path), SLOW)
    pid = reader(tmp_path)
    assert ours.stop() == 0
    assert gone(pid)
    assert not ours.events("source.reader_failed")


def test_a_reader_ends_with_a_loader_that_is_killed(live, tmp_path):
    papers(tmp_path, "X1")
    ours = live(written(tmp_path), SLOW)
    pid = reader(tmp_path)
    ours.process.kill()
    ours.process.wait(PATIENCE)
    until(lambda: gone(pid), lambda: "the reader outlives the loader")


def test_what_a_killed_reader_leaves_is_taken_up(live, tmp_path):
    papers(tmp_path, *(f"X{n}" for n in range(20_000)))
    path = written(tmp_path)
    ours = live(path)
    until(lambda: children(ours.process.pid), lambda: "no reader")
    assert ours.stop() == 0
    assert live(path).wait_for("source.updated")[-1]["records"] == 20_000


def children(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


FORKING = """
import os
from lookup import loader
from lookup.loader import Stop

def fail():
    raise KeyError("Ada Example")

print(loader._in_child(fail, Stop()))
print(loader._in_child(lambda: None, Stop()))
print(loader._in_child(lambda: os._exit(7), Stop()))
pid = os.fork()
if pid == 0:
    # The parent is another than the one that forked: as if that one had fallen in between.
    loader._work(lambda: os._exit(9), parent=os.getpid())
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


def test_the_ends_of_a_reader_are_told_without_their_words():
    done = subprocess.run(
        [sys.executable, "-c", FORKING],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.split() == ["1", "0", "7", "1"]
    line = json.loads(done.stderr)
    assert (line["event"], line["error"]) == ("source.fault", "KeyError")
    assert "Ada" not in done.stderr


def test_only_lists_of_files_are_refreshed(tmp_path):
    papers(tmp_path, "X1")
    extra = '[sources.far]\nkind = "remote"\naddress = "localhost:1"\nsubjects = ["person"]\n'
    config = load(written(tmp_path, extra=extra))
    opened = open_sources(config)
    assert refreshing(opened.get("papers")) is opened.get("papers").adapter
    assert refreshing(opened.get("far")) is None
    assert refreshing(source("a", quick())) is None
    ours = Loader(config, Log(io.StringIO()))
    assert [s.name for s in ours._sources] == ["papers"]


# Stops


def test_a_stop_is_heard_at_once_and_for_ever():
    stop = Stop()
    assert not stop.wait(0.001)
    assert not stop.is_told()
    waiting = threading.Thread(target=stop.wait, args=(None,))
    waiting.start()
    stop.tell()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert stop.is_told()
    assert stop.wait(None)
    assert stop.wait(None)


SIGNALLED = """
import signal, sys
from lookup.loader import Stop
for _ in range(int(sys.argv[1])):
    stop = Stop()
    signal.signal(signal.SIGALRM, lambda *_: stop.tell())
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    while not stop.wait(0.0001):
        pass
print("stopped")
"""


def test_a_stop_told_by_a_signal_never_blocks_the_thread_that_waits():
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, "500"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == "stopped\n"
