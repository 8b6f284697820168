"""A caller who neither sends nor reads loses the call, and with it the thread it held."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from lookup.patience import Patience, Watch

WAIT = 30
LARGE = b"x" * 1_000_000
UNARY, STREAM, TALK = "/s/Unary", "/s/Stream", "/s/Talk"


class Methods:
    """One method of every shape; `ended` counts streams whose end was reached or cut."""

    def __init__(self):
        self.ended = threading.Semaphore(0)

    def many(self, _request, _context):
        try:
            while True:
                yield LARGE
        finally:
            self.ended.release()

    def handlers(self):
        return grpc.method_handlers_generic_handler("s", {
            "Unary": grpc.unary_unary_rpc_method_handler(lambda request, _: request),
            "Stream": grpc.unary_stream_rpc_method_handler(self.many),
            "Talk": grpc.stream_stream_rpc_method_handler(lambda requests, _: requests),
        })  # fmt: skip


@pytest.fixture
def serve(tmp_path):
    """A server with a single thread; gives its methods and a channel to it."""
    stops = []

    def begin(first=WAIT, most=WAIT):
        methods = Methods()
        server = grpc.server(ThreadPoolExecutor(1), interceptors=[Patience(most, first)])
        server.add_generic_rpc_handlers((methods.handlers(),))
        servicer = health.HealthServicer(
            experimental_non_blocking=True, experimental_thread_pool=ThreadPoolExecutor(1)
        )
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        address = f"unix:{tmp_path}/s{len(stops)}"
        server.add_insecure_port(address)
        server.start()
        channel = grpc.insecure_channel(address)
        stops.append((channel, server))
        return methods, channel

    yield begin
    for channel, server in stops:
        channel.close()
        server.stop(None).wait()


@pytest.fixture
def silent():
    """Requests that do not come until the test is over."""
    over = threading.Event()

    def requests():
        over.wait(WAIT)
        return
        yield

    yield requests
    over.set()


def code(call) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code()


def test_calls_are_answered_as_without_it(serve):
    _, channel = serve()
    assert channel.unary_unary(UNARY)(b"a", timeout=WAIT) == b"a"
    assert list(channel.stream_stream(TALK)(iter([b"a", b"b"]), timeout=WAIT)) == [b"a", b"b"]
    stream = channel.unary_stream(STREAM)(b"a", timeout=WAIT)
    assert next(stream) == LARGE
    stream.cancel()
    assert code(lambda: channel.unary_unary("/s/Other")(b"", timeout=WAIT)) is (
        grpc.StatusCode.UNIMPLEMENTED
    )


def test_a_call_without_its_request_ends_and_frees_its_thread(serve, silent):
    _, channel = serve(first=0.1)
    for method in (
        channel.stream_unary(UNARY),
        channel.stream_unary("/grpc.health.v1.Health/Check"),
    ):
        held = method.future(silent(), timeout=WAIT)
        assert channel.unary_unary(UNARY)(b"a", timeout=WAIT) == b"a"
        assert code(held.result) is grpc.StatusCode.CANCELLED


def test_a_stream_without_its_request_ends(serve, silent):
    methods, channel = serve(first=0.1)
    held = channel.stream_stream(STREAM)(silent(), timeout=WAIT)
    assert code(lambda: next(held)) is grpc.StatusCode.CANCELLED
    assert not methods.ended.acquire(blocking=False)


def test_a_call_that_ends_without_a_request_is_told_so(serve):
    _, channel = serve()
    assert code(lambda: channel.stream_unary(UNARY)(iter(()), timeout=WAIT)) is (
        grpc.StatusCode.INVALID_ARGUMENT
    )


def test_answers_that_nobody_reads_end_and_free_their_thread(serve):
    methods, channel = serve(most=0.1)
    held = channel.unary_stream(STREAM)(b"a")
    assert methods.ended.acquire(timeout=WAIT)
    assert channel.unary_unary(UNARY)(b"a", timeout=WAIT) == b"a"
    assert code(lambda: list(held)) is grpc.StatusCode.CANCELLED


def test_a_conversation_ends_as_well(serve, silent):
    _, channel = serve(first=0.1)
    held = channel.stream_stream(TALK)(silent(), timeout=WAIT)
    assert code(lambda: next(held)) is grpc.StatusCode.CANCELLED


def test_whoever_watches_health_may_do_so_for_long(serve):
    _, channel = serve(first=0.1, most=0.1)
    watched = health_pb2_grpc.HealthStub(channel).Watch(
        health_pb2.HealthCheckRequest(), timeout=WAIT
    )
    assert next(watched).status == health_pb2.HealthCheckResponse.SERVING
    stream = channel.unary_stream(STREAM)(b"a")
    assert code(lambda: list(stream)) is grpc.StatusCode.CANCELLED
    assert watched.is_active()
    watched.cancel()


def test_what_is_over_in_time_is_not_cancelled():
    watch, cancelled = Watch(), threading.Event()
    with watch.at_most(0.0, cancelled.set):
        assert cancelled.wait(WAIT)
    spared = threading.Event()
    with watch.at_most(WAIT, spared.set):
        pass
    again = threading.Event()
    with watch.at_most(0.0, again.set):
        assert again.wait(WAIT)
    assert not spared.is_set()
