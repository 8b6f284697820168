"""LookupService over gRPC: from request bytes to recorded answer bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from lookup.audit.errors import AuditError
from lookup.catalogue import Catalogue
from lookup.check import Checks
from lookup.config import Gateway
from lookup.convert import failures, replies, requests
from lookup.convert.failures import Fault
from lookup.deadline import Deadline
from lookup.errors import CallerError, InvalidQuery, Overloaded, Violation
from lookup.rpc import MAX_BATCH, MAX_REPLY, Call
from lookup.seats import Seats
from lookup.telemetry import Log
from lookup.v1 import lookup_service_pb2 as pb

AGENCY = "local"
MAX_ITEMS = 500

_MAX_ANSWERS = MAX_REPLY - 512 * 1024
_FRAMING = 8
_LEFT_OUT = "the answer does not fit into this one: ask for it alone, with the same query id"


class LookupServicer:
    """The methods of the service, each from the bytes of a request to those of its answer."""

    def __init__(self, gateway: Gateway, checks: Checks, catalogue: Catalogue, log: Log) -> None:
        self._reserve = gateway.reserve.total_seconds()
        self._checks = checks
        self._catalogue = catalogue
        self._log = log
        self._seats = Seats(gateway.threads, gateway.queue)
        self._streams = Seats(gateway.streams, gateway.streams)
        self._threads = ThreadPoolExecutor(gateway.batch_threads, "batch-item")

    def refused(self) -> int:
        """How many calls found no seat since this was last asked."""
        return self._seats.refused() + self._streams.refused()

    def check(self, call: Call) -> bytes:
        """`Check`."""
        until = time.monotonic() + call.seconds
        message = call.parsed(pb.CheckRequest)
        emergency = message.context.priority == pb.PRIORITY_EMERGENCY
        with self._seats.taken(emergency=emergency, seconds=call.seconds):
            return self._answer(message, until - time.monotonic())

    def stream_check(self, call: Call) -> Iterator[bytes]:
        """`StreamCheck`."""
        message = call.parsed(pb.StreamCheckRequest)
        emergency = message.context.priority == pb.PRIORITY_EMERGENCY
        with self._streams.taken(emergency=emergency, seconds=call.seconds):
            asked = requests.check(message, agency=AGENCY)
            deadline = Deadline.after(call.seconds, self._reserve)
            for receipt in self._checks.stream(asked, deadline, partial(replies.snapshot, asked)):
                yield replies.with_receipt(receipt)

    def batch_check(self, call: Call) -> bytes:
        """`BatchCheck`: every item has its own status."""
        batch = call.parsed(pb.BatchCheckRequest, MAX_BATCH)
        if not 1 <= len(batch.items) <= MAX_ITEMS:
            raise InvalidQuery((Violation("items", f"has 1 to {MAX_ITEMS} items"),))
        deadline = Deadline.after(call.seconds, self._reserve)
        # In several threads: while one item waits for the log, others search.
        items = self._threads.map(lambda item: self._item(batch, item, deadline), batch.items)
        return pb.BatchCheckResponse(items=_fitting(items)).SerializeToString()

    def _item(
        self, batch: pb.BatchCheckRequest, item: pb.CheckRequest, deadline: Deadline
    ) -> pb.BatchItem:
        if batch.HasField("context") and not item.HasField("context"):
            item.context.CopyFrom(batch.context)
        if batch.HasField("options") and not item.HasField("options"):
            item.options.CopyFrom(batch.options)
        try:
            answer = self._answer(item, deadline.left())
        except (CallerError, AuditError) as error:
            return _failed(item.query_id, error)
        except Exception as error:  # noqa: BLE001 - one bad item never fails the batch
            return _failed(item.query_id, Fault(self._log.fault("gateway.fault", error)))
        response = pb.CheckResponse.FromString(answer)
        return pb.BatchItem(query_id=response.query_id, status=pb.ItemStatus(), response=response)

    def _answer(self, message: pb.CheckRequest, seconds: float) -> bytes:
        asked = requests.check(message, agency=AGENCY)
        deadline = Deadline.after(seconds, self._reserve)
        return replies.with_receipt(
            self._checks.check(asked, deadline, partial(replies.answer, asked))
        )

    def list_sources(self, call: Call) -> bytes:
        """`ListSources`."""
        page = requests.page(call.parsed(pb.ListSourcesRequest))
        listed, token = self._catalogue.sources(page, call.seconds)
        return pb.ListSourcesResponse(
            sources=[replies.source(*each) for each in listed], next_page_token=token
        ).SerializeToString()

    def get_record(self, call: Call) -> bytes:
        """`GetRecord`."""
        wanted = requests.wanted(call.parsed(pb.GetRecordRequest), agency=AGENCY)
        deadline = Deadline.after(call.seconds, self._reserve)
        return self._catalogue.record(wanted, deadline, replies.record).answer


def may_wait(call: Call) -> bool:
    """Whether the caller says of a check that nobody is waiting for it."""
    return call.parsed(pb.CheckRequest).context.priority == pb.PRIORITY_BATCH


def _fitting(items: Iterator[pb.BatchItem]) -> Iterator[pb.BatchItem]:
    """The items; in place of answers beyond the bound of a message, word of where to find them."""
    size = 0
    for item in items:
        if size + item.ByteSize() > _MAX_ANSWERS:
            yield _failed(item.query_id, Overloaded(_LEFT_OUT))
        else:
            size += item.ByteSize() + _FRAMING
            yield item


def _failed(query_id: str, error: Exception) -> pb.BatchItem:
    code, _ = failures.code_and_reason(error)
    return pb.BatchItem(
        query_id=query_id,
        status=pb.ItemStatus(
            code=code, reason=failures.reason_value(error), message=failures.message_of(error)
        ),
    )
