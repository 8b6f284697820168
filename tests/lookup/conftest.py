"""A gateway that answers what a test tells it to, on a real loopback port."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from inside import Inside, Writer

from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import lookup_service_pb2_grpc as rpc


@dataclass
class Scripted(rpc.LookupServiceServicer):
    """One function per rpc; every request is kept in the order in which it came."""

    script: dict[str, Callable[..., Any]] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    target: str = ""
    stop: Callable[[], Any] = print
    listen: Callable[[grpc.ServerCredentials], str] = str

    def _run(self, name, request, context):
        self.asked.append(request)
        return self.script[name](request, context)

    def Check(self, request, context):  # noqa: N802
        return self._run("Check", request, context)

    def StreamCheck(self, request, context):  # noqa: N802
        yield from self._run("StreamCheck", request, context)

    def BatchCheck(self, request, context):  # noqa: N802
        return self._run("BatchCheck", request, context)

    def ListSources(self, request, context):  # noqa: N802
        return self._run("ListSources", request, context)

    def GetRecord(self, request, context):  # noqa: N802
        return self._run("GetRecord", request, context)


@dataclass(frozen=True)
class _Status(grpc.Status):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, Any], ...]


def _packed(message):
    detail = any_pb2.Any()
    detail.Pack(message)
    return detail


def refuse(context, code, reason="", message="", *, violations=(), pushback=None):
    """End the call with a status as rich as the gateway's."""
    bad = error_details_pb2.BadRequest()
    for name, description in violations:
        bad.field_violations.add(field=name, description=description)
    info = error_details_pb2.ErrorInfo(reason=reason, domain="lookup.v1", metadata={"k": "v"})
    details = [_packed(info)] * bool(reason) + [_packed(bad)] * bool(violations)
    rich = status_pb2.Status(code=code.value[0], message=message, details=details)
    trailing = rpc_status.to_status(rich).trailing_metadata if details else ()
    if pushback is not None:
        trailing = (*trailing, ("grpc-retry-pushback-ms", str(pushback)))
    context.abort_with_status(_Status(code, message, trailing))


@pytest.fixture
def refusal():
    return refuse


@pytest.fixture
def gateway():
    """A scripted gateway: set `gateway.script["Check"]`, ask `gateway.target`."""
    servicer = Scripted()
    servers = []

    def listen(tls=None):
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        rpc.add_LookupServiceServicer_to_server(servicer, server)
        free = "127.0.0.1:0"
        port = server.add_secure_port(free, tls) if tls else server.add_insecure_port(free)
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}"

    servicer.listen = listen
    servicer.target = listen()
    servicer.stop = lambda: [server.stop(grace=None).wait() for server in servers]
    yield servicer
    servicer.stop()


@pytest.fixture
def one_hit():
    """A function that makes an answer with one hit from two lists, and one source missing."""
    return answer_with_hit


def answer_with_hit(kind=pb.CheckResponse, query_id="q1", **fields):
    answer = kind(query_id=query_id, verdict=pb.VERDICT_HIT, **fields)
    hit = answer.hits.add(
        hit_id="h1",
        probability=0.973,
        similarity=0.94,
        band=pb.BAND_STRONG,
        warnings=["ARMED"],
        instruction="DETAIN_IF_NATIONAL_LAW_PERMITS_AFTER_CONFIRMATION",
        must_confirm_with=["NCB Ruritania"],
    )
    hit.entity.label = "MARENKO, Viktor"
    for source, record_id, birth in (("red", "1999/1", "1970-01-31"), ("un", "QDi.9", "1971")):
        hit.records.add(source=source, record_id=record_id, owner="RUR", category="NOTICE_RED")
        value = hit.entity.attributes.add(field="birth", value=birth, conflicting=True)
        value.provenance.add(source=source, record_id=record_id)
    hit.evidence.add(
        feature="name",
        outcome="SPELLING",
        query_value="Виктор Маренко",
        record_value="MARENKO, Viktor",
        similarity=0.94,
        log_odds=9.5,
        explanation="The names agree in another spelling.",
    )
    hit.evidence.add(feature="prior", outcome="PRIOR", log_odds=-5.9)
    answer.outcomes.add(
        source="red", status=pb.SOURCE_STATUS_ANSWERED, complete=True, candidates=3, required=True
    ).as_of.FromJsonString("2026-11-20T06:00:00Z")
    answer.outcomes.add(
        source="eu", status=pb.SOURCE_STATUS_TIMED_OUT, reason="no answer in 0.8 s", required=True
    )
    return answer


@pytest.fixture(scope="session")
def writer(tmp_path_factory):
    """One real audit writer for all tests that do not harm it."""
    started = Writer(tmp_path_factory.mktemp("w")).start()
    yield started
    started.kill()


@pytest.fixture
def own_writer(tmp_path):
    """A real audit writer that a test may kill."""
    started = Writer(tmp_path).start()
    yield started
    started.kill()


@pytest.fixture
def inside(writer):
    """A function that makes the inside of a gateway from sources."""
    made = []

    def make(*sources, socket=writer.socket, **options):
        made.append(Inside(socket, *sources, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
