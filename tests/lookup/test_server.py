"""The composition root as processes: settings, addresses, a second gateway, falls and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import time
from pathlib import Path

import grpc
import pytest
from inside import request, verdict
from running import descendants, start, until

from lookup.audit.checkpoint import read_public_keys
from lookup.config import load
from lookup.errors import ConfigError
from lookup.server import _locked, _reserved, _state, run
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import lookup_service_pb2_grpc as rpc

PAPERS = '[sources.papers]\nkind = "documents"\npath = "papers.csv"\nrefresh = "0s"\n'
CSV = (
    "DIN,Issuing Country,Document Type,Type of Fraud,Theft Country,Stolen On,Date of Issue,"
    "Date of Expiry,Review Date,Reference,Date Entered,Surname,Name\n"
    "X1234567,UTO,Passport,Stolen Blank,NZL,2025-01-31,,,2035-01-31,UT-1,2025-02-01,,\n"
)
PATIENCE = 30


@pytest.fixture
def serve(tmp_path):
    """Start gateways; at the end nothing of them may be left."""
    begun = []

    def begin(settings='[gateway]\nlisten = "127.0.0.1:0"\nworkers = 1\n', folder=tmp_path, **more):
        folder.mkdir(exist_ok=True)
        (folder / "papers.csv").write_text(CSV)
        begun.append(start(folder, settings + PAPERS, **more))
        begun[-1].pids = set(begun[-1].children())
        return begun[-1]

    yield begin
    for running in begun:
        pids = running.pids | set(running.children())
        running.stop()
        until(lambda pids=pids: not any(map(_lives, pids)), "processes left behind")


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def named(running, event, name):
    return [line for line in running.events(event) if f'"name": "{name}"' in line]


def ask(running, message=None, timeout=PATIENCE):
    with grpc.insecure_channel(running.target) as channel:
        stub = rpc.LookupServiceStub(channel)
        return stub.Check(message or papers(), timeout=timeout, wait_for_ready=True)


def papers(**fields):
    message = request(**fields)
    del message.subjects[:]
    message.subjects.add().document.number = "X1234567"
    message.subjects[0].document.issuer = "UTO"
    return message


def entries(log):
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as found:
        names = [row[0] for row in found.execute("SELECT name FROM sqlite_master")]
        rows = found.execute(
            f"SELECT * FROM {next(name for name in names if name.startswith('entr'))}"
        ).fetchall()
    cells = [cell for row in rows for cell in row if isinstance(cell, bytes)]
    return [json.loads(cell) for cell in cells if b'"qid"' in cell]


def test_settings_of_a_gateway_are_seen_from_outside(serve, tmp_path):
    running = serve(
        '[gateway]\nlisten = "127.0.0.1:0"\nworkers = 3\nname = "post-1"\nstate = "elsewhere"\n'
        '[audit]\npath = "records"\nkey = "keys/log.key"\norigin = "example.org/post"\n',
    )
    assert verdict(ask(running)) == "HIT"
    assert len(direct(running)) == 3 + 3
    assert (tmp_path / "elsewhere" / "sources" / "papers").is_dir()
    assert not (tmp_path / "state").exists()
    assert {entry["gw"] for entry in entries(tmp_path / "records" / "log.sqlite")} == {"post-1"}
    assert (tmp_path / "keys" / "log.key").stat().st_mode & 0o777 == 0o400
    assert list(read_public_keys(tmp_path / "records" / "log.pub"))
    assert ask(running).receipt.checkpoint.startswith("example.org/post\n")
    assert running.stop() == 0


def test_outcomes_are_kept_as_long_as_configured(serve):
    settings = '[gateway]\nlisten = "127.0.0.1:0"\nworkers = 1\n[audit]\nkeep_outcomes = "1ms"\n'
    running = serve(settings)
    message = papers()
    first = ask(running, message)
    time.sleep(0.002)
    assert ask(running, message).receipt.entry != first.receipt.entry


def test_port_zero_becomes_a_free_port(serve):
    running = serve()
    host, _, port = running.target.rpartition(":")
    assert (host, 0 < int(port) < 65536) == ("127.0.0.1", True)
    assert verdict(ask(running)) == "HIT"


def test_a_port_of_somebody_else_is_an_error(tmp_path):
    with socket.socket() as theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        theirs.bind(("127.0.0.1", 0))
        theirs.listen()
        address = f"127.0.0.1:{theirs.getsockname()[1]}"
        with pytest.raises(ConfigError, match=rf"listen: {address}: .*in use"):
            run(write(tmp_path, f'[gateway]\nlisten = "{address}"\n'))


def write(folder, text):
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def test_a_port_of_another_gateway_is_an_error(serve, tmp_path):
    running = serve(folder=tmp_path / "a")
    (tmp_path / "b").mkdir()
    settings = f'[gateway]\nlisten = "{running.target}"\nworkers = 1\n'
    with pytest.raises(AssertionError, match="in use"):
        start(tmp_path / "b", settings)
    assert verdict(ask(running)) == "HIT"


def test_a_reserved_address_is_free_again(tmp_path):
    config = load(write(tmp_path, '[gateway]\nlisten = "127.0.0.1:0"\n'))
    with _reserved(config) as address:
        assert address.startswith("127.0.0.1:")
    again = load(write(tmp_path, f'[gateway]\nlisten = "{address}"\n'))
    with _reserved(again) as same:
        assert same == address


def test_a_second_gateway_on_the_same_state_is_refused(serve, tmp_path, monkeypatch):
    serve()
    monkeypatch.setattr("lookup.server._LOCK_SECONDS", 0.1)
    with pytest.raises(ConfigError, match="is in use by another gateway"):
        run(tmp_path / "gateway.toml")


def test_the_state_is_waited_for_while_it_is_given_up(tmp_path):
    config = load(write(tmp_path, ""))
    with _state(config):
        held = (config.state / "gateway.lock").open("w")
        assert not _locked(held.fileno())
    assert _locked(held.fileno())
    held.close()


def test_a_state_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigError, match=r"\[gateway\] state: .*state: File exists"):
        run(write(tmp_path, '[gateway]\nlisten = "127.0.0.1:0"\n'))


@pytest.mark.parametrize("foreign", [lambda p: p.chmod(0o777), lambda p: os.chown(p, 12345, -1)])
def test_a_state_of_others_is_refused(tmp_path, foreign):
    if os.geteuid():
        pytest.skip("needs root to give a folder away")
    (tmp_path / "state").mkdir()
    foreign(tmp_path / "state")
    with pytest.raises(ConfigError, match="belongs to another user or is open to all"):
        run(write(tmp_path, '[gateway]\nlisten = "127.0.0.1:0"\n'))


def test_nothing_in_the_state_is_for_others_and_no_core_is_left(serve):
    running = serve()
    found = list((running.folder / "state").rglob("*"))
    assert {"log.key", "log.sqlite", "outcomes.sqlite", "CURRENT", "audit.sock", "batch.sock"} <= {
        path.name for path in found
    }
    assert [path for path in found if path.stat().st_mode & 0o077] == []
    assert (running.folder / "state" / "audit" / "log.key").stat().st_mode & 0o777 == 0o400
    for pid in {running.process.pid, *running.children()}:
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        (core,) = [line.split() for line in limits if line.startswith("Max core file size")]
        assert core[4:6] == ["0", "0"]


def test_a_log_that_cannot_be_used_is_explained(serve):
    running = serve()
    running.stop()
    key = running.folder / "state" / "audit" / "log.key"
    key.chmod(0o404)
    with pytest.raises(AssertionError, match="is open to all users: give it mode 0400"):
        serve()


def test_a_state_too_deep_for_a_socket_is_served_all_the_same(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    running = start(deep, '[gateway]\nlisten = "127.0.0.1:0"\n')
    with running.client() as client:
        assert list(client.list_sources()) == []
    assert running.stop() == 0


def test_a_source_that_cannot_be_opened_is_named_before_anything_starts(tmp_path):
    with pytest.raises(ConfigError, match="unknown kind"):
        run(write(tmp_path, '[sources.a]\nkind = "absent"\n'))
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_completes_what_is_asked_and_leaves_nothing(serve, number):
    running = serve()
    before = running.children()
    assert verdict(ask(running)) == "HIT"
    assert running.stop(number) == 0
    assert not any(map(_lives, before))
    sockets = running.folder / "state" / "run"
    assert not (sockets / "audit.sock").exists()
    assert not running.events("process.fault")


def test_a_terminal_that_sends_its_stop_to_all_of_them(serve):
    running = serve()
    pids = running.children()
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.process.wait(40) == 0
    assert not any(map(_lives, pids))
    assert not running.events("process.fault")


@pytest.mark.parametrize("name", ["audit", "loader", "batch", "worker-0"])
def test_a_process_that_is_killed_is_started_again_and_answers(serve, name):
    running = serve()
    assert verdict(ask(running)) == "HIT"
    victim = by_name(running, name)
    os.kill(victim, signal.SIGKILL)
    until(lambda: named(running, "process.restarted", name), f"{name} not restarted")
    assert len(direct(running)) == 4
    for priority in (pb.PRIORITY_BORDER, pb.PRIORITY_BATCH):
        until(lambda p=priority: answers(running, p), f"no answer after {name} fell")
    assert not any("BrokenPipe" in line for line in running.events("process.fault"))
    assert len(named(running, "process.ended", name)) == 1
    assert running.stop() == 0


def answers(running, priority):
    try:
        return verdict(ask(running, papers(priority=priority), timeout=3)) == "HIT"
    except grpc.RpcError:
        return False


def by_name(running, name):
    """Children of the supervisor in the order of their start."""
    order = ["audit", "loader", "batch", "worker-0"]
    return direct(running)[order.index(name)]


def direct(running):
    return [pid for pid in sorted(running.children()) if parent(pid) == running.process.pid]


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_killed_gateway_leaves_nothing_and_its_state_to_the_next(serve):
    running = serve()
    pids = set(running.children())
    running.process.kill()
    running.process.wait(PATIENCE)
    until(lambda: not any(map(_lives, pids)), "orphans")
    again = serve()
    assert verdict(ask(again)) == "HIT"
    assert again.stop() == 0


def test_no_zombies_and_no_growing_descriptors(serve):
    running = serve()
    files = Path(f"/proc/{running.process.pid}/fd")
    before = len(list(files.iterdir()))
    for count in range(1, 3):
        os.kill(by_name(running, "worker-0") if count == 1 else newest(running), signal.SIGKILL)
        until(lambda c=count: len(named(running, "process.restarted", "worker-0")) == c, "down")
    assert len(list(files.iterdir())) == before
    assert "Z" not in descendants(running.process.pid).values()


def newest(running):
    return json.loads(named(running, "process.restarted", "worker-0")[-1])["pid"]
