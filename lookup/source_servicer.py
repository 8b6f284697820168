"""SourceService over gRPC: adapters of this host as a source for gateways elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.base import Answer, Loading, Query, Refused, SourceError, Unavailable
from lookup.convert import records
from lookup.convert.requests import read_subject
from lookup.errors import InvalidQuery, SourceFailed, UnknownRecord, Violation
from lookup.fanout import run_inline
from lookup.rpc import Call
from lookup.soundness import MAX_CANDIDATES
from lookup.sources import Source
from lookup.v1 import source_service_pb2 as pb

CHUNK = 128 * 1024
"""Bytes of records in one message of an answer, unless a single record is larger."""


class SourceServicer:
    """Serves one inline source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def describe(self, call: Call) -> bytes:
        """`Describe`."""
        call.parsed(pb.DescribeRequest)
        sheet = self._source.adapter.capabilities
        state = run_inline(self._source.adapter.status())
        bound = self._source.max_age
        return pb.DescribeResponse(
            subject_kinds=sorted(records.kind_message(kind) for kind in sheet.kinds),
            partial=sheet.partial,
            reveals=sheet.reveals,
            records=state.records or 0,
            version=state.version,
            as_of=records.timestamp(state.as_of),
            max_age=None if bound is None else records.duration(bound.total_seconds()),
            rejected_rows=state.rejected,
            note=state.note,
        ).SerializeToString()

    def search(self, call: Call) -> Iterator[bytes]:
        """`Search`: records in chunks, the last message with the state of the source."""
        request = call.parsed(pb.SearchRequest)
        if not 1 <= request.limit <= MAX_CANDIDATES:
            raise InvalidQuery((Violation("limit", f"is 1 to {MAX_CANDIDATES}"),))
        query = Query(
            read_subject(request.subject), request.limit, call.seconds,
            request.purpose[:64], request.query_id[:64],
        )  # fmt: skip
        answer = self._ask(query)
        part, size = pb.SearchResponse(), 0
        for record in answer.candidates:
            message = records.record_message(record)
            size += message.ByteSize()
            if part.records and size > CHUNK:
                yield part.SerializeToString()
                part, size = pb.SearchResponse(), message.ByteSize()
            part.records.append(message)
        if part.records:
            yield part.SerializeToString()
        yield pb.SearchResponse(
            final=True,
            complete=answer.complete,
            as_of=records.timestamp(answer.as_of),
            version=answer.version,
            touched=answer.touched,
            reason=answer.reason,
        ).SerializeToString()

    def get_record(self, call: Call) -> bytes:
        """`GetRecord`."""
        request = call.parsed(pb.SourceServiceGetRecordRequest)
        try:
            record = run_inline(self._source.adapter.get_record(request.record_id[:256]))
        except SourceError as error:
            raise SourceFailed(str(error), source=self._source.name) from error
        if record is None:
            raise UnknownRecord(source=self._source.name, record_id=request.record_id[:64])
        message = records.record_message(record, self._source.name)
        return pb.SourceServiceGetRecordResponse(record=message).SerializeToString()

    def _ask(self, query: Query) -> Answer:
        try:
            return run_inline(self._source.adapter.search(query))
        except Refused as error:
            raise InvalidQuery((Violation("subject", str(error)),)) from error
        except (Loading, Unavailable) as error:
            raise SourceFailed(str(error), source=self._source.name) from error
