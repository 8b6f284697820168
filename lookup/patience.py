"""Ends calls of callers who neither send nor read: each would hold a thread for ever."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

FIRST_MESSAGE_SECONDS = 5.0
"""How long a call may be open without its request, and a stream of requests in all."""

_TICK = 0.2
_HINTS = ("experimental_thread_pool", "experimental_non_blocking")

Behaviour = Callable[..., Any]


class Watch:
    """Cancels what is not over in time; one thread for all calls of a process."""

    def __init__(self) -> None:
        self._ends: dict[int, tuple[float, Callable[[], object]]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def at_most(self, seconds: float, cancel: Callable[[], object]) -> Iterator[None]:
        """Call `cancel` in another thread if the block takes longer, up to 0.2 s late."""
        number = next(self._numbers)
        with self._lock:
            self._ends[number] = (time.monotonic() + seconds, cancel)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, name="patience", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(number, None)

    def _watch(self) -> None:
        """Until nothing is left to watch."""
        while True:
            time.sleep(_TICK)
            with self._lock:
                if not self._ends:
                    self._running = False
                    return
                now = time.monotonic()
                late = [number for number, (end, _) in self._ends.items() if end <= now]
                cancels = [self._ends.pop(number)[1] for number in late]
            for cancel in cancels:
                cancel()


class Patience(grpc.ServerInterceptor):  # type: ignore[type-arg] # not generic at run time
    """Gives every method of a server, also health and reflection, two ends.

    The request must come within `first` seconds, and a stream of answers must be read within
    `most`. gRPC itself waits for both without an end, each in a thread of the server's pool.
    """

    def __init__(self, most: float, first: float = FIRST_MESSAGE_SECONDS) -> None:
        self._most = most
        self._first = first
        self._watch = Watch()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The method with its two ends; unknown methods stay unknown."""
        handler: Any = continuation(handler_call_details)
        if handler is None:
            return None
        codecs = handler.request_deserializer, handler.response_serializer
        if handler.unary_unary:
            behave = _like(handler.unary_unary, self._unary(handler.unary_unary))
            return grpc.stream_unary_rpc_method_handler(behave, *codecs)
        if handler.unary_stream:
            behave = _like(handler.unary_stream, self._stream(handler.unary_stream))
        else:  # reflection; nothing here takes a stream of requests for one answer
            behave = self._conversation(handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(behave, *codecs)

    def _request(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        with self._watch.at_most(self._first, context.cancel):
            for request in requests:
                return request
        return context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the call has no request")

    def _unary(self, method: Behaviour) -> Behaviour:
        def behave(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
            return method(self._request(requests, context), context)

        return behave

    def _stream(self, method: Behaviour) -> Behaviour:
        def behave(requests: Iterator[Any], context: grpc.ServicerContext, *callback: Any) -> Any:
            request = self._request(requests, context)
            if callback:  # it answers through that, from now on without a thread
                return method(request, context, *callback)
            return self._read(method(request, context), self._most, context)

        return behave

    def _conversation(self, method: Behaviour) -> Behaviour:
        def behave(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
            return self._read(method(requests, context), self._first, context)

        return behave

    def _read(
        self, answers: Iterator[Any], seconds: float, context: grpc.ServicerContext
    ) -> Iterator[Any]:
        with self._watch.at_most(seconds, context.cancel):
            yield from answers


def _like(method: Behaviour, behave: Any) -> Behaviour:
    """The new method, run in the same threads as the old one."""
    for hint in _HINTS:
        if hasattr(method, hint):
            setattr(behave, hint, getattr(method, hint))
    return behave  # type: ignore[no-any-return]
