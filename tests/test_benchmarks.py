"""Every benchmark runs in its smallest form and prints its rows; what they measure is no test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
NAMES = ("names", "audit", "fanout", "start", "gateway", "index", "large", "functions")

EXPECTED = {
    "names": ("rapidfuzz WRatio", "rapidfuzz Jaro-Winkler"),
    "audit": ("one commit per entry", "read and SHA-256"),
    "fanout": ("asyncio.gather",),
    "start": ("python importing click", "lists not yet read"),
    "gateway": ("aio echo", "unary Check", "source running"),
    "index": ("cdist Jaro-Winkler scan", "scan grows"),
    "large": ("aio echo",),
    "functions": (),
}
"""The named peers that a benchmark must have stood beside."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


def command(name, *options):
    return [sys.executable, str(FOLDER / f"{name}.py"), *options]


def environment(cache, **more):
    return {**os.environ, "TMPDIR": str(cache), **more}


def left_behind(cache):
    """Processes whose command line or environment names the cache."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(cache).encode() in text and state != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_beside_its_peers_and_leaves_nothing(name, cache):
    done = subprocess.run(
        command(name, "--smoke", "--json"),
        env=environment(cache),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows
    assert all(row["metric"] and row["value"] >= 0 for row in rows)
    for peer in EXPECTED[name]:
        assert any(row["peer"].startswith(peer) for row in rows), peer
    assert left_behind(cache) == []


def test_without_the_evaluation_sets_names_are_invented_and_it_says_so(tmp_path):
    done = subprocess.run(
        command("index", "--smoke"),
        env=environment(tmp_path, LOOKUP_SHARED=str(tmp_path / "absent")),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "recall not measured" in done.stderr
    assert "recall at 10" not in done.stdout
    assert "index of 2,000" in done.stdout
    assert list((tmp_path / "lookup-bench").glob("invented-*.jsonl"))


def test_all_in_one_table_and_nothing_written_into_the_tree(cache):
    before = tree()
    done = subprocess.run(
        command("run", "--smoke", "names", "functions"),
        env=environment(cache),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    head = next(line for line in done.stdout.splitlines() if line.startswith("metric"))
    assert head.split() == ["metric", "value", "unit", "peer", "ratio", "spread", "target"]
    assert "name_similarity" in done.stdout
    assert "VIN checked" in done.stdout
    assert tree() == before


def test_a_benchmark_that_crashes_fails_the_run(cache, tmp_path):
    broken = tmp_path / "lookup-bench"
    broken.write_text("a file where the cache folder should be")
    done = subprocess.run(
        command("run", "--smoke", "names"),
        env=environment(cache, TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "names: " in done.stdout
    assert "FAILED: exit code 1" in done.stdout


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(tmp_path, sent):
    running = subprocess.Popen(
        command("run", "--smoke", "gateway"),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # Far enough when a gateway and its children are there.
        wait_until(lambda: len(left_behind(tmp_path)) >= 6)
        running.send_signal(sent)
        assert running.wait(30) == 130
        wait_until(lambda: not left_behind(tmp_path))
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def wait_until(done, seconds=40.0):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def tree():
    """What stands at the top of the project and beside the benchmarks, compiled code apart."""
    beside = (path for path in FOLDER.rglob("*") if "__pycache__" not in path.parts)
    return {*ROOT.iterdir(), *beside}
