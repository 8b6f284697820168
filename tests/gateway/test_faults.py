"""What happens when processes hang or die: nobody is cleared, nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from asking import outcome, person, records, request, status, vehicle, verdict
from load import loaded
from running import descendants, until
from samples import gateway, remote, source

from lookup.audit.checkpoint import read_public_keys
from lookup.audit.receipt import verify
from lookup.audit.verify import verify_log
from lookup.failure import LookupFailed
from lookup.v1 import lookup_service_pb2 as pb

KILLS = 20


@contextmanager
def source_process(name):
    """`lookup source serve` of one sample list on a unix socket, whose path must be short."""
    with TemporaryDirectory(prefix="lk-") as folder:
        config = Path(folder) / "source.toml"
        config.write_text(gateway(source(name)))
        address = f"unix:{folder}/s.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "lookup.cli", "source", "serve", name,
             "--config", str(config), "--listen", address],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert "source" in process.stdout.readline()
            yield process, address
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def split(serve):
    """A gateway whose UN list is in another process; yields gateway and that process."""
    with source_process("un") as (process, address):
        running = serve(
            gateway(source("eu"), remote("un", address, ["person", "document"], timeout="400ms"))
        )
        client = running.client()
        found = person("Velda Kieselhagen", born=(1979, 4, 17))
        until(lambda: status(client.check(found), "un") == "ANSWERED", "reaching the source")
        yield running, process


def test_a_list_in_another_process_is_searched_like_one_of_our_own(split):
    running, _ = split
    answer = running.client().check(person("Velda Kieselhagen", born=(1979, 4, 17)))
    assert {name for name, _ in records(answer)} == {"un", "eu"}
    assert outcome(answer, "un").complete


def test_a_stopped_source_times_out_and_the_others_are_in_time(split):
    running, process = split
    client = running.client()
    process.send_signal(signal.SIGSTOP)
    found = client.check(person("Velda Kieselhagen", born=(1979, 4, 17)), timeout=2)
    assert verdict(found) == "HIT"
    assert [name for name, _ in records(found)] == ["eu"]
    assert status(found, "un") == "TIMED_OUT"
    clear = client.check(person("Wendelin Obersommer"), timeout=2)
    assert verdict(clear) == "INCOMPLETE"
    process.send_signal(signal.SIGCONT)
    until(lambda: verdict(client.check(person("Wendelin Obersommer"))) == "NO_HIT", "recovering")


def test_a_stream_shows_the_fast_sources_before_the_slow_one(split):
    running, process = split
    process.send_signal(signal.SIGSTOP)
    asked = person("Velda Kieselhagen", born=(1979, 4, 17))
    parts = list(running.client().stream_check(pb.StreamCheckRequest(subjects=asked.subjects)))
    process.send_signal(signal.SIGCONT)
    assert len(parts) == 2
    assert [name for name, _ in records(parts[0])] == ["eu"]
    assert not parts[0].final
    assert parts[0].hits[0].hit_id == parts[1].hits[0].hit_id
    assert parts[0].outcomes[0].source == "eu"
    assert len(parts[0].outcomes) == 1
    assert status(parts[1], "un") == "TIMED_OUT"


def test_a_dead_source_is_unavailable_and_the_command_line_says_incomplete(split):
    running, process = split
    process.kill()
    process.wait()
    answer = running.client().check(person("Wendelin Obersommer"))
    assert verdict(answer) == "INCOMPLETE"
    assert status(answer, "un") == "UNAVAILABLE"
    command = [sys.executable, "-m", "lookup.cli", "check", "person", "--server", running.target,
               "--name", "Wendelin Obersommer"]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert shown.returncode == 11
    assert "INCOMPLETE" in shown.stdout
    assert "un" in shown.stdout


def test_a_killed_worker_is_replaced(serve):
    running = serve(gateway(source("eu")))
    before = set(running.children())
    workers = [pid for pid in before if _is_listening(pid, running.target)]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    until(lambda: len(_listening(running)) == 2 and workers[0] not in _listening(running),
          "replacing the worker")  # fmt: skip
    assert verdict(running.client().check(person("Wendelin Obersommer"))) == "NO_HIT"
    assert running.events("process.restarted")


def test_without_the_audit_writer_nothing_is_answered(serve):
    running = serve(gateway(source("eu")))
    client = running.client()
    assert verdict(client.check(person("Wendelin Obersommer"))) == "NO_HIT"
    writer = _writer(running)
    os.kill(writer, signal.SIGSTOP)
    with pytest.raises(LookupFailed) as refused:
        client.check(person("Velda Kieselhagen"), timeout=1)
    assert refused.value.reason in {"AUDIT_UNAVAILABLE", "DEADLINE_TOO_SHORT", ""}
    os.kill(writer, signal.SIGKILL)
    until(lambda: _answers(client), "recovering")
    assert _verified(running).ok


def test_kill_9_of_the_gateway_under_load_loses_nothing_acknowledged(serve):
    config = gateway(source("eu"), source("vehicles"))
    running = serve(config)
    receipts = []
    for _ in range(KILLS):
        with loaded(running.target, lambda: person("Velda Kieselhagen")) as load:
            until(lambda: len(load.answers) >= 10, "answering")
            os.kill(running.process.pid, signal.SIGKILL)
            running.process.wait()
        receipts += load.receipts
        running.process.stdout.close()
        running = serve(config)
    last = max(receipts, key=lambda receipt: receipt.tree_size)
    running.stop()
    found = _verified(running, last.checkpoint)
    assert found.problems == []
    assert found.rollback_excluded
    keys = read_public_keys(running.public_key)
    for receipt in receipts:
        assert verify(receipt, keys).envelope.qid


def test_a_stop_finishes_what_is_open_and_leaves_nothing(serve):
    running = serve(gateway(source("eu")))
    with loaded(running.target, lambda: vehicle(plate="ZZ1")) as load:
        until(lambda: len(load.answers) >= 20, "answering")
        assert running.stop() == 0
        load.stopping.set()
    unanswered = [f for f in load.failures if f.reason]
    assert unanswered == []
    assert descendants(running.process.pid) == {}


def test_the_same_query_again_after_a_crash_gives_the_stored_answer(serve):
    running = serve(gateway(source("eu")))
    asked = request(*person("Velda Kieselhagen").subjects, query_id="before-the-crash")
    first = running.client().check_with_proof(asked)
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    running.process.stdout.close()
    again = serve(gateway(source("eu"))).client().check_with_proof(asked)
    assert again.answer == first.answer


def _answers(client) -> bool:
    try:
        return verdict(client.check(person("Wendelin Obersommer"), timeout=1)) == "NO_HIT"
    except LookupFailed:
        return False


def _verified(running, witness=None):
    return verify_log(running.audit_log, read_public_keys(running.public_key), witness)


def _writer(running) -> int:
    holders = [pid for pid in running.children() if _has_open(pid, "log.sqlite-wal")]
    assert len(holders) == 1
    return holders[0]


def _has_open(pid: int, name: str) -> bool:
    return any(target.endswith(name) for target in _open_files(pid))


def _open_files(pid: int) -> list[str]:
    try:
        return [str(fd.readlink()) for fd in Path("/proc", str(pid), "fd").iterdir()]
    except OSError:
        return []


def _listening(running) -> set[int]:
    return {pid for pid in running.children() if _is_listening(pid, running.target)}


def _is_listening(pid: int, target: str) -> bool:
    port = f"{int(target.rpartition(':')[2]):04X}"
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port}") and fields[3] == "0A":
                inodes.add(f"socket:[{fields[9]}]")
    return bool(inodes & set(_open_files(pid)))
