"""A source in another process: the same records as here, and every way in which it can fail."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from inside import NOW, quick, request, source, status, verdict

from adapters.base import (
    Capabilities,
    Garbled,
    Loading,
    Query,
    Refused,
    TimedOut,
    Unavailable,
)
from adapters.place import Place
from lookup.config import load
from lookup.convert import records
from lookup.loops import Loop
from lookup.remote import MAX_TOTAL, Remote, remote
from lookup.sources import open_sources
from lookup.v1 import record_pb2
from lookup.v1 import source_service_pb2 as pb
from lookup.v1 import source_service_pb2_grpc as rpc
from matching.record import Document, Kind, Name, Person, Record

HEAD = "DIN,Issuing Country,Document Type,Type of Fraud\n"
ASKED = Document("X0000007", "UTO")
WAIT = 30.0
SHEET = Capabilities(frozenset({Kind.PERSON, Kind.DOCUMENT}))


@pytest.fixture
def loop():
    made = Loop("remote-test")
    yield made
    made.close()


@pytest.fixture
def reach(loop):
    """A function that makes a `Remote` and lets it go at the end."""
    made = []

    def begin(address):
        made.append(Remote(address, SHEET))
        return made[-1]

    yield begin
    for each in made:
        loop.wait(each.aclose(), WAIT)


def ask(loop, adapter, subject=ASKED, seconds=10.0, limit=50):
    return loop.wait(adapter.search(Query(subject, limit, seconds, "p", "q1")), WAIT)


# A real source service


PROGRAM = """
import sys
from pathlib import Path
from lookup.source_server import run
sys.exit(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
"""


class Service:
    """`lookup.source_server` as a process on a unix socket."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "gateway.toml"
        self.address = f"unix:{folder / 's'}"
        rows = "".join(f"X{n:07},UTO,Passport,Stolen Blank\n" for n in range(200))
        (folder / "papers.csv").write_text(HEAD + rows)
        self.config.write_text('[sources.papers]\nkind = "documents"\npath = "papers.csv"\n')
        self.process = None

    def start(self):
        arguments = [sys.executable, "-c", PROGRAM, str(self.config), "papers", self.address]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self.process.stdout.readline()
        assert line == f"source papers on {self.address}\n"
        return self

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(signal.SIGCONT)
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    started = Service(tmp_path_factory.mktemp("s")).start()
    yield started
    assert started.end() == 0


def loaded(loop, adapter):
    end = time.monotonic() + 60
    while True:
        try:
            return ask(loop, adapter)
        except Unavailable:
            assert time.monotonic() < end, "not loaded"
            time.sleep(0.02)


def test_the_same_records_as_in_this_process(loop, reach, service):
    far = loaded(loop, reach(service.address))
    (near,) = open_sources(load(service.config))
    here = asyncio.run(near.adapter.search(Query(ASKED)))
    assert far.candidates == here.candidates
    assert [r.documents[0].number for r in far.candidates][:1] == ["X0000007"]
    assert (far.complete, far.version, far.touched) == (here.complete, here.version, here.touched)
    assert abs((far.as_of - here.as_of).total_seconds()) < 0.001


def test_one_record_and_the_sheet(loop, reach, service):
    adapter = reach(service.address)
    (found, *_) = loaded(loop, adapter).candidates
    assert loop.wait(adapter.get_record(found.id), WAIT) == found
    assert loop.wait(adapter.get_record("absent"), WAIT) is None
    state = loop.wait(adapter.status(), WAIT)
    assert (state.records, state.rejected) == (200, 0)
    assert state.version
    assert state.as_of <= datetime.now(UTC)


def test_a_subject_that_it_does_not_hold_is_refused(loop, reach, service):
    adapter = reach(service.address)
    loaded(loop, adapter)
    with pytest.raises(Refused):
        ask(loop, adapter, Person((Name("Ada Example"),)))


def test_checks_through_a_service_that_stops_and_comes_back(inside, tmp_path):
    service = Service(tmp_path).start()
    far = source("far", remote(
        Place("far", tmp_path, tmp_path), address=service.address, subjects=("document",)
    ))  # fmt: skip
    whole = inside(far, now=datetime.now(UTC))

    def check(number="X0000007", seconds=5.0):
        message = request()
        del message.subjects[:]
        message.subjects.add().document.CopyFrom(record_pb2.Document(number=number, issuer="UTO"))
        return whole.check(message, seconds)

    until(lambda: verdict(check()) == "HIT")
    assert verdict(check("Z9999999")) == "NO_HIT"

    service.process.send_signal(signal.SIGSTOP)
    answer = check(seconds=0.5)
    assert (verdict(answer), status(answer, "far")) == ("INCOMPLETE", "TIMED_OUT")
    service.process.send_signal(signal.SIGCONT)
    until(lambda: verdict(check()) == "HIT")

    service.end(signal.SIGKILL)
    until(lambda: status(check(), "far") == "UNAVAILABLE")
    assert verdict(check()) == "INCOMPLETE"

    service.start()
    until(lambda: verdict(check()) == "HIT")
    whole.loops.of("far", far.adapter).wait(far.adapter.aclose(), WAIT)
    assert service.end() == 0


def until(done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "still not"
        time.sleep(0.02)


def test_nobody_there_is_unavailable_at_once(loop, reach, tmp_path):
    with pytest.raises(Unavailable, match="UNAVAILABLE") as caught:
        ask(loop, reach(f"unix:{tmp_path / 'absent'}"))
    assert "absent" not in str(caught.value)


# A service that does what a test says


class Fake(rpc.SourceServiceServicer):
    script = None

    def Search(self, request, context):  # noqa: N802
        yield from self.script(request, context)

    def GetRecord(self, request, context):  # noqa: N802
        return self.script(request, context)

    def Describe(self, request, context):  # noqa: N802
        return self.script(request, context)


@pytest.fixture
def fake(tmp_path):
    servicer = Fake()
    pool = ThreadPoolExecutor(4)
    server = grpc.server(pool, options=[("grpc.max_send_message_length", -1)])
    rpc.add_SourceServiceServicer_to_server(servicer, server)
    servicer.address = f"unix:{tmp_path / 'f'}"
    server.add_insecure_port(servicer.address)
    server.start()
    yield servicer
    server.stop(None).wait()
    pool.shutdown()


def part(*ids, **fields):
    found = [records.record_message(Record(each)) for each in ids]
    return pb.SearchResponse(records=found, **fields)


def test_parts_are_joined_in_order(loop, reach, fake):
    fake.script = lambda *_: iter(
        [part("a", "b"), part("c"), part("d", final=True, complete=True, version="7", touched=9)]
    )
    answer = ask(loop, reach(fake.address))
    assert [r.id for r in answer.candidates] == ["a", "b", "c", "d"]
    assert (answer.complete, answer.version, answer.touched) == (True, "7", 9)
    assert answer.as_of is None


@pytest.mark.parametrize("parts", [[], [part("a")], [part("a", complete=True), part("b")]])
def test_an_answer_without_its_end_is_garbled(loop, reach, fake, parts):
    fake.script = lambda *_: iter(parts)
    with pytest.raises(Garbled, match="without its last message"):
        ask(loop, reach(fake.address))


def test_and_such_an_answer_is_no_clear(inside, fake, reach):
    fake.script = lambda *_: iter([part("a", complete=True)])
    answer = inside(source("far", reach(fake.address)), source("near", quick()), now=NOW).check()
    assert (verdict(answer), status(answer, "far")) == ("INCOMPLETE", "GARBLED")


CODES = {
    grpc.StatusCode.DEADLINE_EXCEEDED: TimedOut,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.INVALID_ARGUMENT: Refused,
    grpc.StatusCode.PERMISSION_DENIED: Refused,
    grpc.StatusCode.UNAUTHENTICATED: Refused,
    grpc.StatusCode.UNIMPLEMENTED: Refused,
    grpc.StatusCode.FAILED_PRECONDITION: Loading,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Garbled,
    grpc.StatusCode.INTERNAL: Garbled,
    grpc.StatusCode.UNKNOWN: Unavailable,
    grpc.StatusCode.ABORTED: Unavailable,
    grpc.StatusCode.NOT_FOUND: Unavailable,
}


@pytest.mark.parametrize(("code", "kind"), list(CODES.items()), ids=str)
def test_each_status_of_a_service_is_an_error_without_its_words(loop, reach, fake, code, kind):
    fake.script = lambda _, context: context.abort(code, "Ada Example at 10.0.0.1")
    adapter = reach(fake.address)
    calls = [adapter.search(Query(ASKED)), adapter.status()]
    if code is not grpc.StatusCode.NOT_FOUND:
        calls.append(adapter.get_record("r"))
    for call in calls:
        with pytest.raises(kind, match=code.name) as caught:
            loop.wait(call, WAIT)
        assert type(caught.value) is kind
        assert "Ada" not in str(caught.value)


def test_a_message_that_is_too_large_is_garbled(loop, reach, fake):
    fake.script = lambda *_: iter([part(*["x" * 1000] * 1100), part(final=True)])
    with pytest.raises(Garbled):
        ask(loop, reach(fake.address), limit=500)


def test_an_answer_that_is_too_large_is_cut_and_says_so(loop, reach, fake):
    big = Record("r", remarks="x" * 900_000)
    sent = []

    def endless(_, context):
        while context.is_active():
            sent.append(1)
            yield pb.SearchResponse(records=[records.record_message(big)])

    fake.script = endless
    answer = ask(loop, reach(fake.address))
    assert (answer.complete, answer.reason) == (False, "cut: too much")
    assert len(answer.candidates) <= MAX_TOTAL // 900_000 + 1


def test_messages_without_anything_have_an_end(loop, reach, fake):
    def endless(_, context):
        while context.is_active():
            yield pb.SearchResponse()

    fake.script = endless
    answer = ask(loop, reach(fake.address))
    assert (answer.complete, answer.candidates) == (False, ())


def test_more_candidates_than_asked_for_are_cut(loop, reach, fake):
    fake.script = lambda *_: iter([part(*"abcdef"), part(final=True, complete=True)])
    answer = ask(loop, reach(fake.address), limit=4)
    assert [r.id for r in answer.candidates] == list("abcd")
    assert not answer.complete


def test_what_is_asked_reaches_the_service(loop, reach, fake):
    seen = []

    def script(asked, context):
        seen.append((asked, context.time_remaining()))
        yield part(final=True)

    fake.script = script
    ask(loop, reach(fake.address), seconds=5.0, limit=7)
    ((asked, left),) = seen
    assert (asked.query_id, asked.purpose, asked.limit) == ("q1", "p", 7)
    assert records.subject(asked.subject) == ASKED
    assert 0 < left < 6


def test_a_service_that_is_silent_is_late(loop, reach, fake):
    def silent(_, context):
        yield part("a")
        while context.is_active():
            time.sleep(0.01)

    fake.script = silent
    with pytest.raises(TimedOut):
        ask(loop, reach(fake.address), seconds=0.2)


def test_a_remote_that_was_closed_can_be_asked_again(loop, reach, fake):
    fake.script = lambda *_: iter([part(final=True, complete=True)])
    adapter = reach(fake.address)
    ask(loop, adapter)
    loop.wait(adapter.aclose(), WAIT)
    loop.wait(adapter.aclose(), WAIT)
    assert ask(loop, adapter).complete


def test_a_hostile_sheet_is_cut(loop, reach, fake):
    fake.script = lambda *_: pb.DescribeResponse(note="x" * 999, records=-1)
    assert len(loop.wait(reach(fake.address).status(), WAIT).note) == 200


def test_a_version_that_is_too_long_costs_the_source_and_not_the_log(inside, reach, fake):
    fake.script = lambda *_: iter([part(final=True, complete=True, version="x" * 500_000)])
    far = source("far", reach(fake.address), required=False)
    answer = inside(far, source("near", quick())).check()
    assert (verdict(answer), status(answer, "far")) == ("NO_HIT", "GARBLED")


def test_partial_as_configured():
    place = Place("r", Path(), Path())
    made = remote(place, address="localhost:1", subjects=("person",), partial=True)
    assert made.capabilities == Capabilities(frozenset({Kind.PERSON}), partial=True)
