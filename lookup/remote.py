"""A source in another process or place: any `SourceService` over gRPC."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import grpc
from grpc import aio

from adapters.base import (
    Answer,
    Capabilities,
    Garbled,
    Loading,
    Query,
    Refused,
    Status,
    TimedOut,
    Unavailable,
)
from adapters.place import Place
from lookup.addresses import local
from lookup.convert import records
from lookup.v1 import source_service_pb2 as pb
from lookup.v1 import source_service_pb2_grpc
from matching.record import Kind, Record

MAX_MESSAGE = 1024 * 1024
MAX_TOTAL = 4 * 1024 * 1024
_LEAST_PART = 1024

_SUBJECTS = ("person", "vehicle", "document")
_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.enable_retries", 0),
]
_CODES: dict[grpc.StatusCode, Callable[[str], Exception]] = {
    grpc.StatusCode.DEADLINE_EXCEEDED: TimedOut,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.INVALID_ARGUMENT: Refused,
    grpc.StatusCode.PERMISSION_DENIED: Refused,
    grpc.StatusCode.UNAUTHENTICATED: Refused,
    grpc.StatusCode.UNIMPLEMENTED: Refused,
    grpc.StatusCode.FAILED_PRECONDITION: Loading,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Garbled,
    grpc.StatusCode.INTERNAL: Garbled,
}

Result = TypeVar("Result")


class Remote:
    """Asks a `SourceService`; its channel is made on the event loop that first uses it.

    `address` is HOST:PORT or unix:PATH; `subjects` are what the source can be asked about. The
    two must agree with what the service says of itself, because a gateway that has never reached
    the service must already know that it is required.
    """

    def __init__(self, address: str, capabilities: Capabilities) -> None:
        self._address = address
        self._capabilities = capabilities
        self._channel: aio.Channel | None = None

    @property
    def capabilities(self) -> Capabilities:
        """As configured."""
        return self._capabilities

    async def search(self, query: Query) -> Answer:
        """Collect the stream; an answer that ends without its last message is `Garbled`."""
        request = pb.SearchRequest(
            query_id=query.query_id,
            subject=records.subject_message(query.subject),
            limit=query.limit,
            purpose=query.purpose,
        )
        return await _mapped(self._collected(request, query.seconds))

    async def get_record(self, record_id: str) -> Record | None:
        """The record of that id; None if the service has none."""
        request = pb.SourceServiceGetRecordRequest(record_id=record_id)
        try:
            reply = await self._stub().GetRecord(request)
        except aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise _failure(error) from error
        return records.record(reply.record)

    async def status(self) -> Status:
        """What the service says of itself."""
        sheet = await _mapped(self._stub().Describe(pb.DescribeRequest()))
        return Status(
            records=sheet.records or None,
            version=sheet.version,
            as_of=records.moment(sheet.as_of) if sheet.HasField("as_of") else None,
            rejected=sheet.rejected_rows,
            note=sheet.note[:200],
        )

    async def aclose(self) -> None:
        """Close the channel."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close(None)

    def _stub(self) -> source_service_pb2_grpc.SourceServiceAsyncStub:
        if self._channel is None:
            self._channel = aio.insecure_channel(self._address, options=_OPTIONS)
        return source_service_pb2_grpc.SourceServiceStub(self._channel)

    async def _collected(self, request: pb.SearchRequest, seconds: float) -> Answer:
        found: list[Record] = []
        size = 0
        call = self._stub().Search(request, timeout=max(seconds, 0.001))
        try:
            async for part in call:
                size += max(part.ByteSize(), _LEAST_PART)
                found.extend(records.record(message) for message in part.records)
                if part.final:
                    return _answer(part, found)
                if size > MAX_TOTAL or len(found) > request.limit:
                    cut = tuple(found[: request.limit])
                    return Answer(cut, complete=False, reason="cut: too much")
        finally:
            call.cancel()
        raise Garbled("the answer ended without its last message")


def _answer(last: pb.SearchResponse, found: Iterable[Record]) -> Answer:
    return Answer(
        tuple(found),
        complete=last.complete,
        as_of=records.moment(last.as_of) if last.HasField("as_of") else None,
        version=last.version,
        touched=last.touched,
        reason=last.reason[:200],
    )


async def _mapped(call: Awaitable[Result]) -> Result:
    try:
        return await call
    except aio.AioRpcError as error:
        raise _failure(error) from error


def _failure(error: aio.AioRpcError) -> Exception:
    """What a gRPC status of a source means; its text may tell addresses and stays inside."""
    kind = _CODES.get(error.code(), Unavailable)
    return kind(f"the source answered {error.code().name}")


def remote(
    place: Place,
    *,
    address: str,
    subjects: tuple[str, ...],
    partial: bool = False,
    reveals: bool = False,
) -> Remote:
    """The kind `remote`; `subjects` are among person, vehicle, document."""
    if not isinstance(partial, bool) or not isinstance(reveals, bool):
        raise TypeError("partial and reveals are true or false")
    if not isinstance(address, str):
        raise TypeError(f"address is text, not {address!r}")
    unknown = set(subjects) - set(_SUBJECTS)
    if unknown or not subjects:
        raise ValueError(f"subjects are some of {', '.join(_SUBJECTS)}, not {sorted(unknown)}")
    local(address)
    if address.startswith("unix:"):
        address = f"unix:{place.resolve(address.removeprefix('unix:'))}"
    kinds = frozenset(Kind(subject) for subject in subjects)
    return Remote(address, Capabilities(kinds, partial=partial, reveals=reveals))
