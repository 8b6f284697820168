"""One worker process: opens the sources, answers calls, drains when it is told to stop."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

import grpc
import msgspec
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from lookup.audit.client import AuditClient, Question
from lookup.audit.entry import Kind
from lookup.audit.errors import AuditError
from lookup.catalogue import Catalogue
from lookup.check import Checks
from lookup.config import Config
from lookup.fanout import Fanout
from lookup.lookup_servicer import AGENCY, LookupServicer, may_wait
from lookup.loops import Loops
from lookup.patience import Patience
from lookup.rpc import MAX_BATCH, MAX_REPLY, Call, Methods, Unary
from lookup.seats import Seats
from lookup.sources import open_sources
from lookup.telemetry import Log
from lookup.v1 import lookup_service_pb2 as pb

SERVICE = pb.DESCRIPTOR.services_by_name["LookupService"].full_name
SWITCH_INTERVAL = 0.0005
"""A call needs several hand-overs of the interpreter lock; see docs/decisions/0002-runtime.md."""

_AUDIT_SECONDS = 2.0
_GC_THRESHOLDS = 50_000, 20, 100
"""Rare full collections: caches of words fill after the freeze, and walking them stalls a check."""
_CLOSING_SECONDS = 0.5
_PASSED_ON = 32
"""Single checks that nobody waits for, on their way to the batch process."""
_BATCHES = 4
"""Batches of one worker that the batch process has at the same time."""
_BATCHES_WAITING = 16
_SPARE = 16
"""Threads that are left to refuse calls, to let emergencies pass and to list sources."""
_MOST = 256
"""Calls beyond all seats that are still refused with a reason; gRPC cuts off what comes then."""
_OPTIONS = [
    ("grpc.so_reuseport", 1),
    ("grpc.max_receive_message_length", MAX_BATCH),
    ("grpc.max_send_message_length", MAX_REPLY),
    ("grpc.max_concurrent_streams", 100),
    ("grpc.max_metadata_size", 8 * 1024),
    ("grpc.max_connection_idle_ms", 60_000),
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 31_000),
    ("grpc.http2.max_ping_strikes", 2),
]


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker serves: `address` for gRPC; `batch` is the socket of the batch process.

    The batch process itself has `batch` None and does everything here.
    """

    address: str
    audit: Path
    batch: Path | None
    nice: int = 0


class Worker:
    """The collaborators of one process, wired together; nothing else constructs them."""

    def __init__(self, config: Config, post: Post, log: Log) -> None:
        gateway = config.gateway
        self._log = log
        self._drain = gateway.drain.total_seconds()
        self._loops = Loops()
        self._sources = open_sources(config)
        self._audit = AuditClient(post.audit, gateway.name)
        fanout = Fanout(self._loops, log)
        checks = Checks(self._sources, fanout, self._audit, config.matching)
        self._catalogue = Catalogue(self._sources, self._loops, self._audit, log)
        self._servicer = LookupServicer(gateway, checks, self._catalogue, log)
        self._methods = Methods(gateway, log)
        self._batch = _passed_on(post.batch) if post.batch else None
        self._passing = Seats(_PASSED_ON, 0)
        self._batches = Seats(_BATCHES, _BATCHES_WAITING)
        self._shed = 0
        self._state: health_pb2.HealthCheckResponse.ServingStatus.ValueType | None = None
        self._health = health.HealthServicer(
            experimental_non_blocking=True, experimental_thread_pool=ThreadPoolExecutor(1)
        )
        # Unlike `Event.set`, `put` may come from a signal while this very thread waits.
        self._stopping: SimpleQueue[None] = SimpleQueue()
        self._server = self._serve(config, post)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until `stop`; `ready` is called once calls are answered."""
        self._server.start()
        self._watch_audit()
        ready()
        while not self._told(1.0):
            self._watch_audit()
        self._health.enter_graceful_shutdown()
        self._server.stop(self._drain).wait()
        with contextlib.suppress(AuditError):
            self._record_shed()
        self._audit.close()
        self._catalogue.close(_CLOSING_SECONDS)
        self._loops.close()

    def stop(self) -> None:
        """Take no more calls, finish those that are open, then let `run` return."""
        self._stopping.put(None)

    def _told(self, seconds: float) -> bool:
        try:
            self._stopping.get(timeout=seconds)
        except Empty:
            return False
        return True

    def _serve(self, config: Config, post: Post) -> grpc.Server:
        gateway = config.gateway
        server = grpc.server(
            ThreadPoolExecutor(gateway.threads + gateway.queue + _PASSED_ON + _SPARE, "check"),
            options=_OPTIONS,
            interceptors=[Patience(gateway.max_deadline.total_seconds() + 1)],
            maximum_concurrent_rpcs=gateway.threads + gateway.queue + gateway.streams + _MOST,
        )
        server.add_generic_rpc_handlers((self._handlers(gateway.streams),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if gateway.reflection:
            reflection.enable_server_reflection((SERVICE, reflection.SERVICE_NAME), server)
        if not server.add_insecure_port(post.address):
            raise OSError(f"cannot listen on {post.address}")
        return server

    def _handlers(self, streams: int) -> grpc.GenericRpcHandler[bytes, bytes]:
        methods, servicer = self._methods, self._servicer
        waiting = ThreadPoolExecutor(_BATCHES + _BATCHES_WAITING + _SPARE, "batch")
        batch = self._batch("BatchCheck") if self._batch else servicer.batch_check
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Check": methods.unary(self._by_priority),
                "StreamCheck": methods.stream(
                    servicer.stream_check, ThreadPoolExecutor(2 * streams + _SPARE, "stream")
                ),
                "BatchCheck": methods.unary(partial(self._in_turn, batch), waiting),
                "ListSources": methods.unary(servicer.list_sources),
                "GetRecord": methods.unary(servicer.get_record),
            },
        )

    def _by_priority(self, call: Call) -> bytes:
        if self._batch is not None and may_wait(call):
            with self._passing.taken(emergency=False, seconds=call.seconds):
                return self._batch("Check")(call)
        return self._servicer.check(call)

    def _in_turn(self, batch: Unary, call: Call) -> bytes:
        with self._batches.taken(emergency=False, seconds=call.seconds):
            return batch(call)

    def _record_shed(self) -> None:
        """One entry a second for all that were turned away: an entry each would add to the load."""
        self._shed += self._servicer.refused() + self._passing.refused() + self._batches.refused()
        if self._shed:
            shed = Question(AGENCY, "-", "overload", "-", b"")
            detail = msgspec.json.encode({"calls": self._shed})
            self._audit.note(Kind.SHED, shed, detail, _AUDIT_SECONDS)
            self._shed = 0

    def _watch_audit(self) -> None:
        """Tell health checks whether answers can be recorded, and hence given."""
        state = health_pb2.HealthCheckResponse.SERVING
        try:
            self._audit.head(_AUDIT_SECONDS)
            self._record_shed()
        except AuditError:
            state = health_pb2.HealthCheckResponse.NOT_SERVING
        if state == self._state:
            return  # telling it anew would wait for everybody who watches and does not read
        self._state = state
        for name in ("", SERVICE):
            self._health.set(name, state)


def _passed_on(socket: Path) -> Callable[[str], Unary]:
    """Methods that pass a call on to the batch process as it is."""
    channel = grpc.insecure_channel(
        f"unix:{socket}",
        options=[
            ("grpc.max_receive_message_length", MAX_REPLY),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ],
    )

    def method(name: str) -> Unary:
        ask = channel.unary_unary(f"/{SERVICE}/{name}", None, None)

        def passed(call: Call) -> bytes:
            reply: bytes = ask(call.raw, timeout=call.seconds)
            return reply

        return passed

    return method


def main(config: Config, post: Post, ready: int) -> None:
    """The whole life of a worker process, from just after the fork; `ready` is a pipe's end."""
    os.nice(post.nice)
    sys.setswitchinterval(SWITCH_INTERVAL)
    log = Log(process=f"worker-{os.getpid()}" if post.batch else "batch")
    worker = Worker(config, post, log)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.collect()
    gc.freeze()
    worker.run(lambda: _tell(ready))


def _tell(ready: int) -> None:
    os.write(ready, b"1")
    os.close(ready)
