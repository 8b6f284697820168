"""A real gateway for tests: `lookup serve` as processes of their own, on a free loopback port."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from lookup.client import Client
from lookup.v1 import lookup_service_pb2 as pb

SERVING = re.compile(r"serving on (\S+)")
START_SECONDS = 60


@dataclass
class Running:
    """A gateway that runs; `target` is its address."""

    folder: Path
    process: subprocess.Popen
    target: str
    log: Path
    clients: list[Client] = field(default_factory=list)

    def client(self, **options) -> Client:
        client = Client(self.target, **options)
        self.clients.append(client)
        return client

    def children(self) -> dict[int, str]:
        """Pid and state letter of every process below the supervisor."""
        return descendants(self.process.pid)

    def events(self, name: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if f'"{name}"' in line]

    def wait_loaded(self) -> None:
        with Client(self.target) as client:
            until(lambda: not any(_waiting(s) for s in client.list_sources()), "sources loading")

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(sent)
        code = self.process.wait(timeout=40)
        self.process.stdout.close()
        return code

    @property
    def public_key(self) -> Path:
        return self.folder / "state" / "audit" / "log.pub"

    @property
    def audit_log(self) -> Path:
        return self.folder / "state" / "audit" / "log.sqlite"


def _waiting(source: pb.Source) -> bool:
    return (
        source.status == pb.SOURCE_STATUS_LOADING
        and re.search("not been loaded yet|no snapshot of this format", source.note) is not None
    )


def until(done, what: str, seconds: float = 60.0) -> None:
    """Poll until `done()` is true; fails naming what was waited for."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"still {what} after {seconds:g} s"
        time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """Pid and state letter of every process below `pid`, from /proc."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        parents.setdefault(int(parent), []).append((int(entry.name), state))
    found: dict[int, str] = {}
    todo = [pid]
    while todo:
        for child, state in parents.get(todo.pop(), []):
            found[child] = state
            todo.append(child)
    return found


def start(folder: Path, config: str, *, loaded: bool = True) -> Running:
    """Start a gateway with this configuration; its state is below `folder`."""
    path = folder / "gateway.toml"
    path.write_text(config)
    log = folder / "gateway.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "lookup.cli", "serve", "--config", str(path)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    line = process.stdout.readline()
    match = SERVING.match(line)
    if match is None:
        process.wait(timeout=20)
        process.stdout.close()
        raise AssertionError(f"no gateway: {line!r} {log.read_text()[-2000:]}")
    running = Running(folder, process, match[1], log)
    if loaded:
        running.wait_loaded()
    return running
