"""The inside of a gateway for tests below the level of processes: sources, a log, checks."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.base import Answer, Capabilities, Status
from adapters.scripted import AS_OF, Scripted
from lookup.audit.client import AuditClient
from lookup.audit.errors import AuditError
from lookup.check import Checks
from lookup.config import Source as Settings
from lookup.convert import replies, requests
from lookup.deadline import Deadline
from lookup.fanout import Fanout
from lookup.loops import Loops
from lookup.sources import Source, Sources
from lookup.telemetry import Log
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2
from matching.rank import Thresholds
from matching.record import Kind, Name, Record

NOW = AS_OF + timedelta(hours=1)
LONG = 30.0
_NUMBERS = itertools.count()
_WRITER = """
import sys
from pathlib import Path
from lookup.audit.writer import WriterFiles, run
folder = Path(sys.argv[1])
names = ("s", "log.sqlite", "outcomes.sqlite", "log.key", "log.pub")
run(WriterFiles(*(folder / name for name in names)), "example.org/audit/inside")
"""


class Writer:
    """A real audit writer as a process of its own; `socket`, `log` and `key` are its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket, self.log, self.key = folder / "s", folder / "log.sqlite", folder / "log.pub"
        self.process = None

    def start(self) -> Writer:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(self.folder)], stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, "the writer ended"
            assert time.monotonic() < end, "the writer does not answer"
            time.sleep(0.02)
        return self

    def answers(self) -> bool:
        client = AuditClient(self.socket, "probe")
        try:
            return bool(client.head(5))
        except AuditError:
            return False
        finally:
            client.close()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)


class Quick:
    """An inline source: every search returns `value`, or raises it."""

    def __init__(self, value=None, *, kinds=(Kind.PERSON,), inline=True, **sheet) -> None:
        self.capabilities = Capabilities(frozenset(kinds), inline=inline, **sheet)
        self.value = Answer(as_of=AS_OF, version="1") if value is None else value
        self.asked = []
        self.closed = 0

    async def search(self, query):
        self.asked.append(query)
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value

    async def get_record(self, record_id):
        if isinstance(self.value, BaseException):
            raise self.value
        return next((r for r in self.value.candidates if r.id == record_id), None)

    async def status(self):
        if isinstance(self.value, BaseException):
            raise self.value
        return Status(1, "1", AS_OF)

    async def aclose(self):
        self.closed += 1


def quick(*found: Record, complete=True, as_of=AS_OF, **sheet) -> Quick:
    """An inline source that finds these records whatever it is asked."""
    return Quick(Answer(found, complete, as_of, "1", len(found)), **sheet)


def record(record_id="r1", name="Ada Example", **fields) -> Record:
    return Record(record_id, names=(Name(name),), **fields)


def source(name, adapter, **settings) -> Source:
    return Source(Settings(name=name, kind="scripted", **settings), adapter)


def scripted(name, *steps, records=(), capabilities=None, kinds=(Kind.PERSON,), **settings):
    """A source on an event loop; without steps it looks among `records`."""
    adapter = Scripted(*steps, records=records, kinds=kinds, capabilities=capabilities)
    return source(name, adapter, **settings)


def person(name="Ada Example", **fields) -> record_pb2.Subject:
    return record_pb2.Subject(
        person=record_pb2.Person(names=[record_pb2.Name(full=name)] if name else [], **fields)
    )


def request(*subjects, kind=pb.CheckRequest, query_id="", options=None, **context):
    """A request about these subjects (else about Ada Example) with an id of its own."""
    return kind(
        query_id=query_id or f"inside-{time.time_ns():x}-{next(_NUMBERS)}",
        subjects=subjects or [person()],
        options=pb.Options(**options or {}),
        context=pb.Context(**context),
    )


class Inside:
    """Checks over real loops and a real log; `seconds` are those that sources have."""

    def __init__(self, socket: Path, *sources: Source, now=NOW, thresholds=None) -> None:
        self.stream = io.StringIO()
        self.log = Log(self.stream)
        self.loops = Loops()
        self.sources = Sources(sources)
        self.audit = AuditClient(socket, "gateway-1")
        self.fanout = Fanout(self.loops, self.log)
        self.clock = lambda: now
        self.checks = Checks(
            self.sources, self.fanout, self.audit, thresholds or Thresholds(), self.clock
        )

    def receipt(self, message, seconds=LONG):
        asked = requests.check(message, agency="local", today=datetime(2026, 1, 1, tzinfo=UTC))
        deadline = Deadline.after(seconds + LONG, LONG)
        return self.checks.check(asked, deadline, lambda result: replies.answer(asked, result))

    def check(self, message=None, seconds=LONG) -> pb.CheckResponse:
        answered = self.receipt(request() if message is None else message, seconds)
        return pb.CheckResponse.FromString(replies.with_receipt(answered))

    def stream_check(self, message=None, seconds=LONG):
        message = request(kind=pb.StreamCheckRequest) if message is None else message
        asked = requests.check(message, agency="local")
        deadline = Deadline.after(seconds + LONG, LONG)
        receipts = self.checks.stream(asked, deadline, lambda r: replies.snapshot(asked, r))
        for each in receipts:
            yield pb.StreamCheckResponse.FromString(replies.with_receipt(each))

    def events(self, name):
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if line["event"] == name]

    def close(self) -> None:
        self.audit.close()
        self.loops.close()


def outcome(answer, name) -> pb.SourceOutcome:
    return next(o for o in answer.outcomes if o.source == name)


def verdict(answer) -> str:
    return pb.Verdict.Name(answer.verdict).removeprefix("VERDICT_")


def status(answer, name) -> str:
    value = outcome(answer, name).status
    return pb.SourceStatus.Name(value).removeprefix("SOURCE_STATUS_")
