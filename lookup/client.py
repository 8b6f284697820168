"""The typed client of a gateway: one channel, deadlines, safe retries, one kind of error.

    with Client("127.0.0.1:7443") as client:
        answer = client.check(CheckRequest(subjects=[Subject(person=person)]))
        if verdict_of(answer) is Verdict.VERDICT_NO_HIT: ...

Every call raises `LookupFailed`, and nothing else, when it brings no answer.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import grpc
from google.protobuf.message import DecodeError

from lookup.failure import LookupFailed, Violation, failure
from lookup.proof import Proven, proven
from lookup.v1.error_reason_pb2 import ErrorReason
from lookup.v1.lookup_service_pb2 import (
    Band,
    BatchCheckRequest,
    BatchCheckResponse,
    BatchItem,
    CheckRequest,
    CheckResponse,
    Context,
    Evidence,
    GetRecordRequest,
    Hit,
    ItemStatus,
    ListSourcesRequest,
    Options,
    Priority,
    Purpose,
    Receipt,
    Source,
    SourceOutcome,
    SourceStatus,
    StreamCheckRequest,
    StreamCheckResponse,
    Verdict,
)
from lookup.v1.lookup_service_pb2_grpc import LookupServiceStub
from lookup.v1.record_pb2 import (
    Document,
    Name,
    PartialDate,
    Person,
    Record,
    Sex,
    Subject,
    SubjectKind,
    Vehicle,
)

__all__ = [
    "Band",
    "BatchCheckRequest",
    "BatchCheckResponse",
    "BatchItem",
    "CheckRequest",
    "CheckResponse",
    "Client",
    "Context",
    "Document",
    "ErrorReason",
    "Evidence",
    "Hit",
    "ItemStatus",
    "LookupFailed",
    "Name",
    "Options",
    "PartialDate",
    "Person",
    "Priority",
    "Proven",
    "Purpose",
    "Receipt",
    "Record",
    "Retry",
    "Sex",
    "Source",
    "SourceOutcome",
    "SourceStatus",
    "StreamCheckRequest",
    "StreamCheckResponse",
    "Subject",
    "SubjectKind",
    "Tls",
    "Vehicle",
    "Verdict",
    "Violation",
    "receipt_of",
    "verdict_of",
]

T = TypeVar("T")

_SERVICE = "/lookup.v1.LookupService/"
_CHANNEL = (
    ("grpc.max_receive_message_length", 64 << 20),  # 500 answers of 100 hits do not fit in 4 MiB
    ("grpc.enable_http_proxy", 0),  # a question never takes a way that the environment names
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: `ca` whom to trust (None for the system's authorities), `cert` and `key` ours."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Credentials of a channel; `OSError` for a file that cannot be read."""
        ca, cert, key = (
            None if path is None else path.read_bytes() for path in (self.ca, self.cert, self.key)
        )
        return grpc.ssl_channel_credentials(ca, key, cert)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long to try: at most `attempts`, waiting 0 to `base` * 2**n seconds.

    A wait is never longer than `longest`, and never reaches beyond the deadline of the call.
    """

    attempts: int = 4
    base: float = 0.1
    longest: float = 1.0

    def wait(self, failed: LookupFailed, attempt: int) -> float | None:
        """Seconds to wait before the next attempt, None if the failure is final.

        Only these are tried again, always with the same query id, for which the gateway answers
        once: no connection, the same query still being answered, and an overload for which the
        gateway did not forbid it.
        """
        if attempt >= self.attempts or not _temporary(failed):
            return None
        if failed.pushback is not None:
            return failed.pushback if failed.pushback >= 0 else None
        spread = min(self.longest, self.base * 2 ** (attempt - 1))
        return random.uniform(0, spread)  # noqa: S311 - spreads load, keeps no secret


class Client:
    """A connection to one gateway, for many calls from many threads; close it after use.

    `target` is HOST:PORT. Without `tls` and `credentials` the channel is plain text, which a
    gateway accepts on loopback only. `timeout` is the deadline of one call in seconds, retries
    included; every method can be given another one.
    """

    def __init__(
        self,
        target: str,
        *,
        tls: Tls | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = 5.0,
        retry: Retry | None = None,
    ) -> None:
        self.target = target
        self._timeout = timeout
        self._retry = retry or Retry()
        if tls is not None and credentials is None:
            credentials = tls.credentials()
        self._channel = (
            grpc.insecure_channel(target, options=_CHANNEL)
            if credentials is None
            else grpc.secure_channel(target, credentials, options=_CHANNEL)
        )
        self._stub = LookupServiceStub(self._channel)
        self._check = self._channel.unary_unary(
            f"{_SERVICE}Check",
            request_serializer=CheckRequest.SerializeToString,
            response_deserializer=bytes,
        )
        self._stream = self._channel.unary_stream(
            f"{_SERVICE}StreamCheck",
            request_serializer=StreamCheckRequest.SerializeToString,
            response_deserializer=bytes,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.target!r})"

    def close(self) -> None:
        """Close the channel; calls that run are cancelled."""
        self._channel.close()

    def check(self, request: CheckRequest, *, timeout: float | None = None) -> CheckResponse:
        """The final answer to one encounter."""
        return self.check_with_proof(request, timeout=timeout).message

    def check_with_proof(
        self, request: CheckRequest, *, timeout: float | None = None
    ) -> Proven[CheckResponse]:
        """The same, with the exact bytes that the receipt covers."""
        identified = CheckRequest()
        identified.CopyFrom(request)
        identified.query_id = request.query_id or _new_id()
        raw = self._repeat(partial(self._check, identified), timeout)
        return _decoded(CheckResponse, raw)

    def stream_check(
        self, request: StreamCheckRequest, *, timeout: float | None = None
    ) -> Iterator[StreamCheckResponse]:
        """Snapshots as the sources answer, the last one final."""
        for snapshot in self.stream_check_with_proof(request, timeout=timeout):
            yield snapshot.message

    def stream_check_with_proof(
        self, request: StreamCheckRequest, *, timeout: float | None = None
    ) -> Iterator[Proven[StreamCheckResponse]]:
        """The same, with bytes; a stream that ends before its final snapshot raises.

        Tried again only until the first snapshot has come.
        """
        identified = StreamCheckRequest()
        identified.CopyFrom(request)
        identified.query_id = request.query_id or _new_id()
        first, stream = self._repeat(partial(self._begin, identified), timeout)
        try:
            yield (snapshot := _decoded(StreamCheckResponse, first))
            for raw in _until_failure(stream):
                yield (snapshot := _decoded(StreamCheckResponse, raw))
        finally:
            stream.cancel()  # type: ignore[no-untyped-call]
        if not snapshot.message.final:
            raise LookupFailed(
                grpc.StatusCode.UNAVAILABLE, message="the stream ended before the final answer"
            )

    def batch_check(
        self, request: BatchCheckRequest, *, timeout: float | None = None
    ) -> BatchCheckResponse:
        """Answers to up to 500 checks in the order of the request, each with its own status."""
        identified = BatchCheckRequest()
        identified.CopyFrom(request)
        for item in identified.items:
            item.query_id = item.query_id or _new_id()
        answer = self._repeat(partial(self._stub.BatchCheck, identified), timeout)
        if len(answer.items) != len(request.items):
            raise LookupFailed(
                grpc.StatusCode.INTERNAL,
                message=f"{len(answer.items)} answers to {len(request.items)} questions",
            )
        return answer

    def list_sources(
        self, *, matching: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[Source]:
        """All sources that the caller may know of, page by page; `matching` as in the filter."""
        token = ""
        while True:
            request = ListSourcesRequest(filter=matching, page_size=page_size, page_token=token)
            page = self._repeat(partial(self._stub.ListSources, request), timeout)
            yield from page.sources
            if page.next_page_token in {"", token}:
                return
            token = page.next_page_token

    def get_record(
        self,
        source: str,
        record_id: str,
        *,
        context: Context | None = None,
        timeout: float | None = None,
    ) -> Record:
        """One record in its current state; `LookupFailed` with NOT_FOUND if there is none."""
        request = GetRecordRequest(source=source, record_id=record_id, context=context)
        return self._repeat(partial(self._stub.GetRecord, request), timeout).record

    def _begin(
        self, request: StreamCheckRequest, *, timeout: float
    ) -> tuple[bytes, grpc.CallIterator[bytes]]:
        """The first message of a stream, and the rest of it."""
        stream = self._stream(request, timeout=timeout)
        for first in stream:
            return first, stream
        raise LookupFailed(grpc.StatusCode.INTERNAL, message="the stream was empty")

    def _seconds(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout

    def _repeat(self, call: Callable[..., T], timeout: float | None) -> T:
        """The result of `call(timeout=…)`, repeated where that is safe and time is left."""
        until = time.monotonic() + self._seconds(timeout)
        attempt = 1
        while True:
            left = max(until - time.monotonic(), 0.0)
            try:
                return call(timeout=left)
            except LookupFailed as error:
                failed = error
            except grpc.RpcError as error:
                failed = failure(error)
            wait = self._retry.wait(failed, attempt)
            if wait is None or wait >= until - time.monotonic():
                raise failed
            time.sleep(wait)
            attempt += 1


def verdict_of(answer: CheckResponse | StreamCheckResponse) -> Verdict.ValueType:
    """The verdict as a client has to read it: an unknown value is incomplete, a hit never lost."""
    if answer.hits or answer.verdict == Verdict.VERDICT_HIT:
        return Verdict.VERDICT_HIT
    if answer.verdict == Verdict.VERDICT_NO_HIT:
        return Verdict.VERDICT_NO_HIT
    return Verdict.VERDICT_INCOMPLETE


def receipt_of(answer: Proven[CheckResponse] | Proven[StreamCheckResponse]) -> Receipt | None:
    """The proof of an answer in the audit log, None if the gateway sent none."""
    return Receipt.FromString(answer.receipt) if answer.receipt else None


def _new_id() -> str:
    return uuid.uuid4().hex


def _temporary(failed: LookupFailed) -> bool:
    if failed.code is grpc.StatusCode.ABORTED:
        return failed.reason == "QUERY_IN_PROGRESS"
    if failed.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return failed.reason == "OVERLOADED" or failed.pushback is not None
    return failed.unreached


def _until_failure(stream: grpc.CallIterator[bytes]) -> Iterator[bytes]:
    try:
        yield from stream
    except grpc.RpcError as error:
        raise failure(error) from error


M = TypeVar("M", CheckResponse, StreamCheckResponse)


def _decoded(kind: type[M], raw: bytes) -> Proven[M]:
    try:
        return proven(kind, raw)
    except DecodeError as error:
        message = f"the answer cannot be read: {error}"
        raise LookupFailed(grpc.StatusCode.INTERNAL, message=message) from error
