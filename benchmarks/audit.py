"""The audit log: entries per second, CPU of the real writer process, bytes, verification.

Two client processes ask and answer in a closed loop; every answer is durable before the next
question. The peer is one SQLite transaction (`synchronous=FULL`, WAL) per entry of the same size,
without signature, hash or socket.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from processes import cpu_seconds, python, started
from table import Row, Scale, against, at_most, median, run, spread

from lookup.audit import writer
from lookup.audit.checkpoint import read_public_keys
from lookup.audit.client import AuditClient, Question, Recorded
from lookup.audit.receipt import Receipt
from lookup.audit.verify import verify_log

_CLIENTS = 2
_DETAIL = b"d" * 300
_ANSWER = b"a" * 600
_TIMEOUT = 30.0
_TARGET_MICROS = 25


def measure(scale: Scale) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = python(__file__, "--writer", folder)
        process, _ = stack.enter_context(started(command, "(ready)"))
        clients = [_client(stack, folder) for _ in range(_CLIENTS)]
        rounds = scale.pick(1, 3, 5)
        for flight in (1, 8, 32):
            for together in (False, True):
                count = scale.pick(64, 100 if flight == 1 else 600, 400 if flight == 1 else 3000)
                yield from _rate(folder, process.pid, clients, flight, count, rounds, together)
    yield from _offline(scale)


def _client(stack: ExitStack, folder: Path) -> subprocess.Popen[str]:
    command = python(__file__, "--client", folder)
    return stack.enter_context(started(command, stdin=subprocess.PIPE))[0]


def _rate(  # noqa: PLR0913, PLR0917 - one cell of the table
    folder: Path,
    pid: int,
    clients: list[subprocess.Popen[str]],
    flight: int,
    count: int,
    rounds: int,
    together: bool,
) -> Iterator[Row]:
    per_second, micros, peer_second, peer_micros = [], [], [], []
    for _ in range(rounds):
        entries, cpu = _commits(folder / "peer.sqlite", max(20, count // 10))
        peer_second.append(entries)
        peer_micros.append(cpu)
        before, begun = cpu_seconds(pid), time.perf_counter()
        asked = _ask_all(clients, flight, count, together)
        per_second.append(2 * asked / (time.perf_counter() - begun))
        micros.append((cpu_seconds(pid) - before) * 1e6 / asked)
    how = "one wait" if together else "two waits"
    label = f"audit, {flight} in flight, {how}"
    yield against(f"{label}: entries", "1/s", per_second, "one commit per entry", peer_second)
    aim = at_most(median(micros), _TARGET_MICROS, " us") if flight > 1 and together else ""
    saved = 2 * median(peer_micros) / max(median(micros), 1.0)
    yield Row(
        f"{label}: writer CPU per query (ratio: two commits / ours)", median(micros), "us",
        f"one commit, CPU: {median(peer_micros):.0f}", saved,
        spread(micros), aim,
    )  # fmt: skip


def _ask_all(clients: list[subprocess.Popen[str]], flight: int, count: int, together: bool) -> int:
    """Let the clients ask so many questions, `flight` at a time in all; how many they asked."""
    active = clients[: min(flight, len(clients))]
    for client in active:
        assert client.stdin is not None
        order = {"threads": flight // len(active), "count": count // len(active)}
        client.stdin.write(json.dumps({**order, "together": together}) + "\n")
        client.stdin.flush()
    total = 0
    for client in active:
        assert client.stdout is not None
        total += int(client.stdout.readline())
    return total


def _commits(path: Path, count: int) -> tuple[float, float]:
    """Entries per second and CPU us per entry of the peer."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, body BLOB)")
        begun, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            db.execute("INSERT INTO entry (body) VALUES (?)", (_DETAIL + _DETAIL,))
        cpu = time.process_time() - cpu
        return count / (time.perf_counter() - begun), cpu * 1e6 / count


def _offline(scale: Scale) -> Iterator[Row]:
    """Verification of a log that is still there, and what it weighs."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        stack.enter_context(started(python(__file__, "--writer", folder), "(ready)"))
        client = _client(stack, folder)
        asked = _ask_all([client], 32, scale.pick(64, 4000, 20_000), together=True)
        files = _files(folder)
        keys = read_public_keys(files.public_key)
        verified, hashed = [], []
        for _ in range(scale.pick(1, 3, 5)):
            begun = time.thread_time()
            found = verify_log(files.log, keys)
            verified.append(found.entries / (time.thread_time() - begun))
            if not found.ok or found.entries != 2 * asked:
                raise RuntimeError(f"the log does not verify: {found.problems[:3]}")
            hashed.append(_hashed(files.log))
        yield against("audit verify", "entries/s", verified, "read and SHA-256", hashed)
        size = sum(f.stat().st_size for f in folder.glob("log.db*"))
        yield Row("audit log on disk, per entry", size / (2 * asked), "B")


def _hashed(path: Path) -> float:
    begun = time.thread_time()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        count = 0
        for (body,) in db.execute("SELECT body FROM entry"):
            hashlib.sha256(body).digest()
            count += 1
    return count / max(time.thread_time() - begun, 1e-6)


def _files(folder: Path) -> writer.WriterFiles:
    names = ("socket", "log.db", "outcomes.db", "key.pem", "key.pub")
    return writer.WriterFiles(*(folder / name for name in names))


def _write(folder: Path) -> None:
    writer.run(_files(folder), "example.org/benchmark", ready=lambda: print("ready", flush=True))


def _obey(folder: Path) -> None:
    """A client process: asks as ordered, says how many questions were answered."""
    client = AuditClient(_files(folder).socket, "benchmark")
    for line in sys.stdin:
        order = json.loads(line)
        each = order["count"] // order["threads"]
        threads = [
            threading.Thread(target=_ask, args=(client, each, order["together"]))
            for _ in range(order["threads"])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(each * len(threads), flush=True)


def _ask(client: AuditClient, count: int, together: bool) -> None:
    for _ in range(count):
        qid = secrets.token_hex(16)
        digest = hashlib.sha256(qid.encode()).digest()
        pending = client.begin_ask(Question("agency", qid, "BORDER", "ROUTINE", digest), _DETAIL)
        if together:
            receipt = client.answer_early(pending, _ANSWER, _DETAIL, _TIMEOUT)
        else:
            asked = pending.result(_TIMEOUT)
            assert isinstance(asked, Recorded)
            receipt = client.answer(asked, _ANSWER, _DETAIL, _TIMEOUT)
        assert isinstance(receipt, Receipt)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--writer"]:
        sys.exit(_write(Path(sys.argv[2])))
    if sys.argv[1:2] == ["--client"]:
        sys.exit(_obey(Path(sys.argv[2])))
    sys.exit(run(measure, __doc__))
