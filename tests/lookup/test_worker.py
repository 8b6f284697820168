"""One worker process from inside: a real server over scripted sources and a real log."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from queue import SimpleQueue

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from inside import Quick, person, quick, record, request, scripted, source, status, verdict

import lookup.worker
from adapters import scripted as step
from adapters.base import Answer
from lookup.audit.schema import connect_readonly
from lookup.config import Audit, Config, Gateway
from lookup.sources import Sources
from lookup.telemetry import Log
from lookup.v1 import error_reason_pb2
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import lookup_service_pb2_grpc as rpc
from lookup.worker import SERVICE, Post, Worker
from matching.rank import Thresholds

ADA = record()
WAIT = 30
FAST = {"reserve": timedelta(milliseconds=20)}


class Serving:
    """A worker that runs in a thread; `stub` asks it."""

    def __init__(self, folder, audit, *sources, batch=None, **gateway):
        self.sources = Sources(sources)
        self.text = io.StringIO()
        self.socket = folder / "g"
        config = Config(
            file=folder / "gateway.toml",
            root=folder,
            gateway=Gateway(**{**FAST, **gateway}),
            audit=Audit(),
            matching=Thresholds(),
            sources=(),
        )
        self.worker = Worker(config, Post(f"unix:{self.socket}", audit, batch), Log(self.text))
        ready = threading.Event()
        self.thread = threading.Thread(target=self.worker.run, args=(ready.set,))
        self.thread.start()
        assert ready.wait(WAIT)
        self.channel = grpc.insecure_channel(f"unix:{self.socket}")
        self.stub = rpc.LookupServiceStub(self.channel)

    def loop_of(self, name):
        return self.worker._loops.of(name, self.sources.get(name).adapter)

    def close(self):
        self.worker.stop()
        self.thread.join(WAIT)
        self.channel.close()
        assert not self.thread.is_alive()


@pytest.fixture
def serve(tmp_path, writer, monkeypatch):
    made = []

    def begin(*sources, audit=writer.socket, folder=tmp_path, **gateway):
        folder.mkdir(exist_ok=True)
        monkeypatch.setattr(lookup.worker, "open_sources", lambda _: Sources(sources))
        made.append(Serving(folder, audit, *sources, **gateway))
        return made[-1]

    yield begin
    for each in made:
        if each.thread.is_alive():
            each.close()


class Gate:
    """A step that waits until the test opens it; counts who waits."""

    def __init__(self):
        self.event = asyncio.Event()
        self.waiting = threading.Semaphore(0)

    async def wait(self):
        self.waiting.release()
        await self.event.wait()

    def step(self, *records):
        return step.Step(step.answers(*records).value, after=self.wait)

    def someone_waits(self, seconds=WAIT):
        return self.waiting.acquire(timeout=seconds)

    def open(self, served, name="a"):
        served.loop_of(name).soon(self.event.set)


def details(error):
    info = error_details_pb2.ErrorInfo()
    for detail in rpc_status.from_call(error).details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
    return info


def refused(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **{"timeout": WAIT, **options})
    return caught.value


def test_a_check(serve):
    answer = serve(source("a", quick(ADA))).stub.Check(request(), timeout=WAIT)
    assert verdict(answer) == "HIT"
    assert answer.receipt.checkpoint


def test_a_stream(serve):
    served = serve(source("a", quick(ADA)), scripted("b"))
    answers = list(served.stub.StreamCheck(request(kind=pb.StreamCheckRequest), timeout=WAIT))
    assert [a.sequence for a in answers] == [1, 2]
    assert [a.final for a in answers] == [False, True]


def test_an_invalid_query_names_its_fields(serve):
    error = refused(serve(source("a", quick())).stub.Check, pb.CheckRequest())
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details(error).reason == "INVALID_QUERY"


@pytest.mark.parametrize("method", ["Check", "StreamCheck", "BatchCheck", "GetRecord"])
def test_bytes_that_are_no_message(serve, method):
    served = serve(source("a", quick()))
    if method == "StreamCheck":
        error = refused(lambda raw, **o: list(
            served.channel.unary_stream(f"/{SERVICE}/{method}")(raw, **o)
        ), b"\xff\xff")  # fmt: skip
    else:
        error = refused(served.channel.unary_unary(f"/{SERVICE}/{method}"), b"\xff\xff")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details(error).reason == "INVALID_QUERY"


def test_a_message_has_a_bound(serve):
    error = refused(serve(source("a", quick())).stub.Check, request(person("x" * 300_000)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "262144" in error.details()


class Faulty(Quick):
    """Its sheet breaks after the start, which no source can do and only a defect does."""

    broken = False

    @property
    def capabilities(self):
        if self.broken:
            raise RuntimeError("Ada Example is a secret")
        return self._sheet

    @capabilities.setter
    def capabilities(self, sheet):
        self._sheet = sheet


@pytest.mark.parametrize("method", ["Check", "StreamCheck", "BatchCheck"])
def test_a_defect_is_told_by_its_id_alone(serve, method):
    adapter = Faulty()
    served = serve(source("a", adapter))
    adapter.broken = True
    if method == "BatchCheck":
        batch = pb.BatchCheckRequest(items=[request()])
        (item,) = served.stub.BatchCheck(batch, timeout=WAIT).items
        text, fault_id = item.status.message, item.status.message.rsplit(maxsplit=1)[-1]
        assert (item.status.code, item.status.reason) == (13, pb_reason("INTERNAL"))
    else:
        kind = pb.CheckRequest if method == "Check" else pb.StreamCheckRequest
        call = getattr(served.stub, method)
        error = refused(lambda m, **o: [call(m, **o)] if method == "Check" else list(call(m, **o)),
                        request(kind=kind))  # fmt: skip
        assert error.code() is grpc.StatusCode.INTERNAL
        info = details(error)
        assert (info.reason, set(info.metadata)) == ("INTERNAL", {"fault_id"})
        text, fault_id = str(error), info.metadata["fault_id"]
    assert "Ada" not in text
    (line,) = [json.loads(each) for each in served.text.getvalue().splitlines()]
    assert (line["event"], line["fault_id"], line["error"]) == (
        "gateway.fault", fault_id, "RuntimeError",
    )  # fmt: skip
    assert "Ada" not in served.text.getvalue()


def pb_reason(name):
    return error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{name}")


def test_a_source_that_exits_costs_itself(serve):
    served = serve(source("a", Quick(SystemExit(3))), source("b", quick(ADA)))
    answer = served.stub.Check(request(), timeout=WAIT)
    assert (verdict(answer), status(answer, "a")) == ("HIT", "UNAVAILABLE")


def test_without_the_log_there_is_no_answer_and_health_says_so(serve, own_writer):
    served = serve(source("a", quick(ADA)), scripted("b"), audit=own_writer.socket)
    health = health_pb2_grpc.HealthStub(served.channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    for name in ("", SERVICE):
        assert health.Check(health_pb2.HealthCheckRequest(service=name)).status == serving
    own_writer.kill()
    errors = [
        refused(served.stub.Check, request()),
        refused(lambda m, **o: list(served.stub.StreamCheck(m, **o)),
                request(kind=pb.StreamCheckRequest)),
        refused(served.stub.GetRecord, pb.GetRecordRequest(source="a", record_id="r1")),
    ]  # fmt: skip
    for error in errors:
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert details(error).reason == "AUDIT_UNAVAILABLE"
        assert str(own_writer.folder) not in str(error)
    batch = pb.BatchCheckRequest(items=[request()])
    (item,) = served.stub.BatchCheck(batch, timeout=WAIT).items
    assert item.status.reason == pb_reason("AUDIT_UNAVAILABLE")
    watched = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=WAIT)
    assert next(s for s in watched if s.status != serving).status == (
        health_pb2.HealthCheckResponse.NOT_SERVING
    )
    watched.cancel()
    own_writer.start()
    watched = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=WAIT)
    assert next(s for s in watched if s.status == serving)
    watched.cancel()


# Repetition


def test_the_same_question_is_answered_byte_for_byte(serve):
    served = serve(scripted("a", step.answers(ADA), step.answers()))
    raw = served.channel.unary_unary(f"/{SERVICE}/Check")
    message = request()
    first, again = (
        pb.CheckResponse.FromString(raw(message.SerializeToString(), timeout=WAIT))
        for _ in range(2)
    )
    assert again.receipt.entry == first.receipt.entry
    for each in (first, again):
        each.ClearField("receipt")
    assert again == first
    message.context.officer = "another"
    error = refused(served.stub.Check, message)
    assert (error.code(), details(error).reason) == (
        grpc.StatusCode.ALREADY_EXISTS, "QUERY_ID_REUSED",
    )  # fmt: skip
    assert details(error).metadata["query_id"] == message.query_id


def test_a_question_in_progress(serve):
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)))
    message = request()
    running = served.stub.Check.future(message, timeout=WAIT)
    assert gate.someone_waits()
    error = refused(served.stub.Check, message)
    assert (error.code(), details(error).reason) == (
        grpc.StatusCode.ABORTED, "QUERY_IN_PROGRESS",
    )  # fmt: skip
    gate.open(served)
    assert verdict(running.result(WAIT)) == "HIT"


# Batches


def test_a_batch_keeps_its_order_and_one_bad_item_costs_itself(serve):
    served = serve(source("a", quick(ADA)), scripted("b"))
    items = [request(person(f"Ada Example {n}")) for n in range(20)]
    items[3] = pb.CheckRequest(query_id="bad")
    items[7] = request(options={"sources": ["absent"]})
    items[9].query_id = items[8].query_id
    answered = served.stub.BatchCheck(pb.BatchCheckRequest(items=items), timeout=WAIT).items
    assert [a.query_id for a in answered] == [i.query_id for i in items]
    codes = {n: a.status.code for n, a in enumerate(answered) if a.status.code}
    assert codes.pop(3) == 3
    assert codes.pop(7) == 5
    assert list(codes.values()) == [6]
    assert set(codes) < {8, 9}
    assert answered[3].status.reason == pb_reason("INVALID_QUERY")
    assert not answered[3].HasField("response")
    assert all(a.response.receipt.entry for n, a in enumerate(answered) if not a.status.code)


def test_items_share_the_context_and_options_of_their_batch(serve):
    served = serve(source("a", quick(ADA)), source("b", quick(record("r2", "Ada Example"))))
    own = request(options={"sources": ["b"]})
    bare = pb.CheckRequest(subjects=[person()])
    batch = pb.BatchCheckRequest(
        items=[own, bare], options=pb.Options(sources=["a"]), context=pb.Context(language="de")
    )
    first, second = served.stub.BatchCheck(batch, timeout=WAIT).items
    assert [r.source for h in first.response.hits for r in h.records] == ["b"]
    assert second.status.reason == pb_reason("INVALID_QUERY")
    batch.context.language = "fr"
    _, second = served.stub.BatchCheck(batch, timeout=WAIT).items
    assert [r.source for h in second.response.hits for r in h.records] == ["a"]


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_1_to_500_items(serve, count):
    batch = pb.BatchCheckRequest(items=[pb.CheckRequest()] * count)
    error = refused(serve(source("a", quick())).stub.BatchCheck, batch)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "items: has 1 to 500 items"


def test_a_batch_of_500(serve):
    served = serve(source("a", quick()))
    batch = pb.BatchCheckRequest(items=[request() for _ in range(500)])
    answered = served.stub.BatchCheck(batch, timeout=WAIT).items
    assert [verdict(a.response) for a in answered] == ["NO_HIT"] * 500


# What is passed on to the batch process


def test_batches_and_patient_checks_are_passed_on(serve, tmp_path):
    behind = serve(source("a", quick(ADA)), folder=tmp_path / "b")
    front = serve(source("a", quick()), folder=tmp_path / "f", batch=behind.socket)
    assert verdict(front.stub.Check(request(), timeout=WAIT)) == "NO_HIT"
    patient = request(priority=pb.PRIORITY_BATCH)
    assert verdict(front.stub.Check(patient, timeout=WAIT)) == "HIT"
    (item,) = front.stub.BatchCheck(pb.BatchCheckRequest(items=[request()]), timeout=WAIT).items
    assert verdict(item.response) == "HIT"
    error = refused(front.stub.BatchCheck, pb.BatchCheckRequest())
    assert (error.code(), details(error).reason) == (
        grpc.StatusCode.INVALID_ARGUMENT, "INVALID_QUERY",
    )  # fmt: skip
    behind.close()
    error = refused(front.stub.Check, request(priority=pb.PRIORITY_BATCH), timeout=3)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert str(tmp_path) not in str(error)
    assert verdict(front.stub.Check(request(), timeout=WAIT)) == "NO_HIT"


# Settings


def test_threads_are_the_checks_at_a_time(serve):
    for threads in (1, 2):
        gate = Gate()
        served = serve(scripted("a", gate.step(ADA)), threads=threads)
        running = [served.stub.Check.future(request(), timeout=WAIT) for _ in range(2)]
        for _ in range(threads):
            assert gate.someone_waits()
        assert len(served.sources.get("a").adapter.asked) == threads
        gate.open(served)
        assert [verdict(r.result(WAIT)) for r in running] == ["HIT", "HIT"]
        served.close()


def test_beyond_the_queue_calls_are_refused(serve):
    for queue in (1, 3):
        gate = Gate()
        served = serve(scripted("a", gate.step(ADA)), threads=1, queue=queue)
        running = [served.stub.Check.future(request(), timeout=WAIT)]
        assert gate.someone_waits()
        running += [served.stub.Check.future(request(), timeout=WAIT) for _ in range(queue + 1)]
        refusals = threading.Semaphore(0)
        for each in running:
            each.add_done_callback(lambda _, told=refusals: told.release())
        assert refusals.acquire(timeout=WAIT)
        gate.open(served)
        codes = []
        for each in running:
            with suppress(grpc.RpcError):
                each.result(WAIT)
            codes.append(each.code())
        assert codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED) == 1
        assert codes.count(grpc.StatusCode.OK) == queue + 1
        served.close()


def test_streams_are_the_open_streams(serve):
    for streams in (1, 2):
        gate = Gate()
        served = serve(scripted("a", gate.step(ADA)), streams=streams)
        ask = served.stub.StreamCheck
        running = [ask(request(kind=pb.StreamCheckRequest), timeout=WAIT) for _ in range(2)]
        for _ in range(streams):
            assert gate.someone_waits()
        assert len(served.sources.get("a").adapter.asked) == streams
        assert served.stub.ListSources(pb.ListSourcesRequest(), timeout=WAIT).sources
        gate.open(served)
        assert [[a.final for a in each] for each in running] == [[True], [True]]
        served.close()


def test_streams_and_batches_beyond_those_that_wait_are_refused_at_once(serve, monkeypatch):
    monkeypatch.setattr(lookup.worker, "_BATCHES", 1)
    monkeypatch.setattr(lookup.worker, "_BATCHES_WAITING", 1)
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)), streams=1)
    batch, stream = pb.BatchCheckRequest, pb.StreamCheckRequest
    batches = [
        served.stub.BatchCheck.future(batch(items=[request()]), timeout=WAIT) for _ in range(3)
    ]
    streams = [served.stub.StreamCheck(request(kind=stream), timeout=WAIT) for _ in range(3)]
    done = SimpleQueue()
    for call in batches:
        call.add_done_callback(done.put)
    for call in streams:
        call.add_callback(partial(done.put, call))
    refusals = [done.get(timeout=WAIT) for _ in range(2)]
    assert {details(call).reason for call in refusals} == {"OVERLOADED"}
    assert sorted(call in batches for call in refusals) == [False, True]
    gate.open(served)


def test_who_is_turned_away_is_in_the_log(serve, own_writer):
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)), audit=own_writer.socket, threads=1, queue=1)
    running = [served.stub.Check.future(request(), timeout=WAIT) for _ in range(5)]
    done = SimpleQueue()
    for call in running:
        call.add_done_callback(done.put)
    refusals = [done.get(timeout=WAIT) for _ in range(3)]
    assert {details(call).reason for call in refusals} == {"OVERLOADED"}
    gate.open(served)
    served.close()
    with closing(connect_readonly(own_writer.log)) as log:
        entries = log.execute("SELECT entry.body, detail.body FROM entry JOIN detail USING (seq)")
        shed = [json.loads(detail)["calls"] for body, detail in entries if b'"SHED"' in body]
    assert sum(shed) == 3


def test_callers_who_send_nothing_do_not_keep_others_out(serve):
    served = serve(source("a", quick()), threads=1, queue=1)
    over = threading.Event()

    def silent():
        over.wait(WAIT)
        return
        yield

    ask = served.channel.stream_unary(f"/{SERVICE}/Check")
    held = [ask.future(silent(), timeout=WAIT) for _ in range(60)]
    assert verdict(served.stub.Check(request(), timeout=WAIT)) == "NO_HIT"
    over.set()
    for call in held:
        call.cancel()


def test_batch_threads_are_the_items_at_a_time(serve):
    for threads in (1, 2):
        gate = Gate()
        served = serve(scripted("a", gate.step(ADA)), batch_threads=threads)
        batch = pb.BatchCheckRequest(items=[request(), request()])
        running = served.stub.BatchCheck.future(batch, timeout=WAIT)
        for _ in range(threads):
            assert gate.someone_waits()
        assert len(served.sources.get("a").adapter.asked) == threads
        gate.open(served)
        assert len(running.result(WAIT).items) == 2
        served.close()


def test_a_call_without_a_deadline_gets_the_default(serve):
    served = serve(scripted("a"), deadline=timedelta(seconds=7))
    served.stub.Check(request())
    assert 4 < served.sources.get("a").adapter.asked[0].seconds < 8


def test_a_long_deadline_is_cut(serve):
    served = serve(scripted("a"), deadline=timedelta(seconds=5), max_deadline=timedelta(seconds=6))
    served.stub.Check(request(), timeout=600)
    assert 0 < served.sources.get("a").adapter.asked[0].seconds < 7


def test_a_reserve_is_kept_from_the_sources(serve):
    served = serve(scripted("a"), deadline=timedelta(seconds=9), reserve=timedelta(seconds=4))
    served.stub.Check(request())
    assert 0 < served.sources.get("a").adapter.asked[0].seconds < 6
    error = refused(served.stub.Check, request(), timeout=3)
    assert (error.code(), details(error).reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT",
    )  # fmt: skip


def test_reflection_can_be_switched_off(serve):
    path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    for wanted, code in ((True, grpc.StatusCode.OK), (False, grpc.StatusCode.UNIMPLEMENTED)):
        served = serve(source("a", quick()), reflection=wanted)
        call = served.channel.stream_stream(path)(iter([]), timeout=WAIT)
        with suppress(grpc.RpcError):
            list(call)
        assert call.code() is code
        served.close()


def test_a_stopping_worker_finishes_its_calls(serve):
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)), drain=timedelta(seconds=WAIT))
    running = served.stub.Check.future(request(), timeout=WAIT)
    assert gate.someone_waits()
    served.worker.stop()
    until_refused(served)
    gate.open(served)
    assert verdict(running.result(WAIT)) == "HIT"
    served.thread.join(WAIT)
    assert not served.thread.is_alive()


def until_refused(served):
    """New calls are refused from the moment in which the server stops."""
    end = time.monotonic() + WAIT
    with grpc.insecure_channel(f"unix:{served.socket}") as channel:
        while time.monotonic() < end:
            try:
                rpc.LookupServiceStub(channel).ListSources(pb.ListSourcesRequest(), timeout=1)
            except grpc.RpcError:
                return
    raise AssertionError("still taking calls")


def test_a_drain_has_an_end(serve):
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)), drain=timedelta())
    running = served.stub.Check.future(request(), timeout=WAIT)
    assert gate.someone_waits()
    served.worker.stop()
    served.thread.join(WAIT)
    assert not served.thread.is_alive()
    with pytest.raises(grpc.RpcError):
        running.result(WAIT)


def test_a_worker_that_stops_lets_its_sources_go(serve):
    served = serve(source("a", quick()), scripted("b"))
    served.stub.Check(request(), timeout=WAIT)
    served.close()
    assert [s.adapter.closed for s in served.sources] == [1, 1]
    names = {thread.name for thread in threading.enumerate()}
    assert not any(name.startswith("sources:") for name in names)


def test_a_client_that_goes_away_stops_nothing_else(serve):
    gate = Gate()
    served = serve(scripted("a", gate.step(ADA)), source("b", quick(ADA)), streams=1)
    call = served.stub.StreamCheck(request(kind=pb.StreamCheckRequest), timeout=WAIT)
    assert not next(call).final
    assert gate.someone_waits()
    call.cancel()
    gate.open(served)
    again = served.stub.StreamCheck(request(kind=pb.StreamCheckRequest), timeout=WAIT)
    assert list(again)[-1].final


def test_an_address_that_cannot_be_used_is_an_error(serve, writer, tmp_path):
    serve(source("a", quick()))
    with pytest.raises((OSError, RuntimeError)):
        Serving(tmp_path / "absent", writer.socket)


# Lists and records


def test_sources_in_pages(serve):
    sources = [source(f"s{n}", quick()) for n in range(5)]
    stub = serve(*sources, scripted("zz", suspended="closed")).stub
    names, token = [], ""
    while True:
        page = stub.ListSources(pb.ListSourcesRequest(page_size=2, page_token=token), timeout=WAIT)
        assert len(page.sources) <= 2
        names += [s.name for s in page.sources]
        token = page.next_page_token
        if not token:
            break
    assert names == ["s0", "s1", "s2", "s3", "s4", "zz"]
    (last,) = stub.ListSources(pb.ListSourcesRequest(filter="zz"), timeout=WAIT).sources
    assert (last.status, last.note) == (pb.SOURCE_STATUS_SUSPENDED, "closed")


def test_a_record(serve):
    found = record(name="Ада", remarks="r")
    stub = serve(source("a", Quick(Answer((found,))))).stub
    reply = stub.GetRecord(pb.GetRecordRequest(source="a", record_id="r1"), timeout=WAIT)
    assert (reply.record.source, reply.record.names[0].full) == ("a", "Ада")
    error = refused(stub.GetRecord, pb.GetRecordRequest(source="a", record_id="r2"))
    assert (error.code(), details(error).reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_RECORD")
    error = refused(stub.GetRecord, pb.GetRecordRequest(source="b", record_id="r2"))
    assert (error.code(), details(error).reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_SOURCE")
