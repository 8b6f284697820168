"""Audit fixtures: a key, an open log, and a real writer process on a unix socket."""

from __future__ import annotations

import itertools
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from lookup.audit.checkpoint import SigningKey, load_or_create_key, read_public_keys
from lookup.audit.client import AuditClient, Question
from lookup.audit.entry import Envelope, Kind, detail_digest, timestamp
from lookup.audit.log import Pending
from lookup.audit.recovery import open_log
from lookup.audit.writer import WriterFiles

ORIGIN = "example.org/audit/one"
NOW = 1_767_225_600_000_000_000
_PROGRAM = """
import resource, sys
from pathlib import Path
from lookup.audit.writer import WriterFiles, run
folder, origin, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
names = ("socket", "log.db", "outcomes.db", "key.pem", "key.pub")
run(WriterFiles(*(folder / name for name in names)), origin)
"""


class WriterProcess:
    """A real writer process with its files in one folder."""

    def __init__(self, folder, origin=ORIGIN, file_limit=0):
        names = ("socket", "log.db", "outcomes.db", "key.pem", "key.pub")
        self.files = WriterFiles(*(folder / name for name in names))
        self._arguments = [sys.executable, "-c", _PROGRAM, str(folder), origin, str(file_limit)]
        self.process = None

    def start(self):
        self.files.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(self._arguments, stderr=subprocess.DEVNULL)
        client = AuditClient(self.files.socket, "probe")
        for _ in range(500):
            if self.process.poll() is not None:
                raise AssertionError(f"the writer ended with {self.process.returncode}")
            with suppress(Exception):
                client.head(5)
                client.close()
                return self
            select.select([], [], [], 0.02)
        raise AssertionError("the writer does not listen")

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        return self.process.wait(30)

    @property
    def keys(self):
        return read_public_keys(self.files.public_key)


@pytest.fixture
def writer(tmp_path):
    started = WriterProcess(tmp_path).start()
    yield started
    if started.process.poll() is None:
        started.kill()


@pytest.fixture
def start_writer(tmp_path):
    running = []

    def start(**options):
        running.append(WriterProcess(tmp_path, **options))
        return running[-1].start()

    yield start
    for each in running:
        if each.process is not None and each.process.poll() is None:
            each.kill()


@pytest.fixture
def client(writer):
    connected = AuditClient(writer.files.socket, "gateway-1")
    yield connected
    connected.close()


@pytest.fixture
def key(tmp_path) -> SigningKey:
    return load_or_create_key(tmp_path / "test-key.pem", ORIGIN)


@pytest.fixture
def log_path(tmp_path) -> Path:
    return tmp_path / "test-log.db"


@pytest.fixture
def log(log_path, key):
    opened = open_log(log_path, key, clock=lambda: NOW)
    yield opened
    opened.close()


def _pending(kind=Kind.ASK, qid="q-1", ask=None, detail=b"{}", **fields):
    nonce = b"n" * 32
    envelope = Envelope(
        kind=kind,
        qid=qid,
        ts=timestamp(NOW),
        gw="gateway-1",
        agency="police/xa/one",
        purpose="border",
        prio="normal",
        ask=ask,
        detail=detail_digest(nonce, detail),
        **fields,
    )
    return Pending.of(envelope, nonce, detail)


@pytest.fixture
def pending():
    return _pending


@pytest.fixture
def question():
    numbers = itertools.count()

    def make(qid=None, digest=b"d" * 32, agency="police/xa/one", **fields):
        name = qid or f"q-{next(numbers)}"
        return Question(agency, name, "border", "normal", digest, **fields)

    return make


@pytest.fixture
def filled(log, pending):
    """A closed-off log of 50 questions and answers in batches of various sizes."""
    for number in range(50):
        (asked,) = log.append_batch([pending(qid=f"q-{number}")])
        answer = pending(Kind.ANSWER, f"q-{number}", asked.index, answer_sha256="0" * 64)
        extra = [pending(Kind.DENY, f"d-{number}-{i}") for i in range(number % 3)]
        log.append_batch([answer, *extra])
    return log
