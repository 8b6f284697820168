"""Calls as bytes: sizes, deadlines, errors; test_worker sees the rest through a real server."""

from __future__ import annotations

import io
from datetime import timedelta

import grpc
import pytest

from lookup.config import Gateway
from lookup.errors import InvalidQuery
from lookup.rpc import MAX_REQUEST, Call, Methods
from lookup.telemetry import Log
from lookup.v1 import lookup_service_pb2 as pb


def test_a_request_is_parsed():
    raw = pb.CheckRequest(query_id="q").SerializeToString()
    assert Call(raw, 1.0).parsed(pb.CheckRequest).query_id == "q"


@pytest.mark.parametrize("raw", [b"\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe"])
def test_bytes_that_are_no_message(raw):
    with pytest.raises(InvalidQuery, match=r"is no lookup.v1.CheckRequest"):
        Call(raw, 1.0).parsed(pb.CheckRequest)


def test_a_request_has_a_bound():
    raw = pb.CheckRequest(query_id="x" * MAX_REQUEST).SerializeToString()
    with pytest.raises(InvalidQuery, match="larger than 262144 bytes"):
        Call(raw, 1.0).parsed(pb.CheckRequest)
    assert Call(raw, 1.0).parsed(pb.CheckRequest, len(raw)).query_id
    with pytest.raises(InvalidQuery):
        Call(raw, 1.0).parsed(pb.CheckRequest, len(raw) - 1)


class Context:
    """The part of a call's context that gives the deadline."""

    def __init__(self, left):
        self.left = left

    def time_remaining(self):
        return self.left


@pytest.mark.parametrize(
    ("left", "seconds"), [(None, 3.0), (1e10, 3.0), (2.0, 2.0), (29.0, 20.0), (0.0, 0.0)]
)
def test_every_call_has_a_deadline(left, seconds):
    gateway = Gateway(deadline=timedelta(seconds=3), max_deadline=timedelta(seconds=20))
    methods = Methods(gateway, Log(io.StringIO()))
    asked = []

    def method(call):
        asked.append(call)
        return b"answer"

    assert methods.unary(method).unary_unary(b"raw", Context(left)) == b"answer"
    assert asked == [Call(b"raw", seconds)]


class Broken(grpc.RpcError, grpc.Call):
    """A call that was passed on and failed without the details of a gateway."""

    def __init__(self, code):
        self._code = code

    def code(self):
        return self._code

    def details(self):
        return "failed to connect to unix:/secret"

    def trailing_metadata(self):
        return ()

    initial_metadata = is_active = time_remaining = cancel = add_callback = None


class Aborted(Exception):
    pass


class Aborting(Context):
    def abort(self, code, details):
        raise Aborted(code, details)

    def abort_with_status(self, status):
        raise Aborted(status.code, status.details)


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE),
        (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE),
        (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.DEADLINE_EXCEEDED),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.RESOURCE_EXHAUSTED),
    ],
)
def test_what_grpc_says_of_a_broken_connection_is_not_passed_on(code, sent):
    def method(_):
        raise Broken(code)

    methods = Methods(Gateway(), Log(io.StringIO()))
    with pytest.raises(Aborted) as caught:
        methods.unary(method).unary_unary(b"", Aborting(1.0))
    assert caught.value.args[0] is sent
    assert "secret" not in caught.value.args[1]
