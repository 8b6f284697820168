"""Turns plain functions over bytes into gRPC methods: deadlines, sizes, errors, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from lookup.config import Gateway
from lookup.convert.failures import Fault, is_expected, status_of
from lookup.errors import CallerError, DeadlineTooShort, InvalidQuery, Overloaded, Violation
from lookup.telemetry import Log

MAX_REQUEST = 256 * 1024
MAX_BATCH = 4 * 1024 * 1024
MAX_REPLY = 16 * 1024 * 1024

_NO_DEADLINE = 1e9
_DETAILS = "grpc-status-details-bin"
_BARE: dict[grpc.StatusCode, type[CallerError]] = {
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineTooShort,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded,
}

Request = TypeVar("Request", bound=Message)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the request as sent, and the seconds in which it must be answered."""

    raw: bytes
    seconds: float

    def parsed(self, kind: type[Request], limit: int = MAX_REQUEST) -> Request:
        """The request as a message; `InvalidQuery` if it is none, or larger than `limit` bytes."""
        if len(self.raw) > limit:
            raise InvalidQuery((Violation("", f"the message is larger than {limit} bytes"),))
        try:
            return kind.FromString(self.raw)
        except DecodeError as error:
            problem = f"is no {kind.DESCRIPTOR.full_name}"
            raise InvalidQuery((Violation("", problem),)) from error


Unary = Callable[[Call], bytes]
Stream = Callable[[Call], Iterator[bytes]]


class Methods:
    """Wraps methods alike: every call has a deadline, every error becomes a status."""

    def __init__(self, gateway: Gateway, log: Log) -> None:
        self._default = gateway.deadline.total_seconds()
        self._most = gateway.max_deadline.total_seconds()
        self._log = log

    def unary(
        self, method: Unary, pool: ThreadPoolExecutor | None = None
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """A method with one answer; `pool` gives it threads of its own."""

        def behave(raw: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                return method(self._call(raw, context))
            except Exception as error:  # noqa: BLE001 - grpc would send its text to the caller
                caught = error
            return self._abort(context, caught)

        if pool is not None:
            _give(behave, pool)
        return grpc.unary_unary_rpc_method_handler(behave)

    def stream(
        self, method: Stream, pool: ThreadPoolExecutor
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """A method with several answers, in threads of its own."""

        def behave(raw: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            try:
                yield from method(self._call(raw, context))
            except Exception as error:  # noqa: BLE001 - grpc would send its text to the caller
                caught = error
            else:
                return
            self._abort(context, caught)

        _give(behave, pool)
        return grpc.unary_stream_rpc_method_handler(behave)

    def _call(self, raw: bytes, context: grpc.ServicerContext) -> Call:
        left = context.time_remaining()
        if left is None or left > _NO_DEADLINE:
            left = self._default
        return Call(raw, min(left, self._most))

    def _abort(self, context: grpc.ServicerContext, error: Exception) -> NoReturn:
        if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
            self._pass_on(context, error)
        if not is_expected(error):
            error = Fault(self._log.fault("gateway.fault", error))
        context.abort_with_status(status_of(error))
        raise AssertionError("abort returned")

    def _pass_on(self, context: grpc.ServicerContext, error: grpc.Call) -> None:
        """A call that was passed on failed: its status and details are the answer."""
        trailing = tuple(error.trailing_metadata() or ())
        if any(key == _DETAILS for key, _ in trailing):
            context.set_trailing_metadata(trailing)
            context.abort(error.code(), error.details() or "")
        expected = _BARE.get(error.code())
        if expected is not None:
            context.abort_with_status(status_of(expected()))
        # What gRPC itself says of a broken connection tells addresses.
        context.abort(grpc.StatusCode.UNAVAILABLE, "the batch process cannot be reached")


def _give(behave: Any, pool: ThreadPoolExecutor) -> None:
    behave.experimental_thread_pool = pool
