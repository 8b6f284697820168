"""A source of this host for gateways elsewhere: bounds, parts, errors."""

from __future__ import annotations

import pytest
from inside import Quick, person, quick, record, source

from adapters.base import Garbled, Loading, Refused, Unavailable
from adapters.scripted import AS_OF
from lookup.convert import records
from lookup.errors import InvalidQuery, SourceFailed, UnknownRecord
from lookup.remote import MAX_MESSAGE
from lookup.rpc import Call
from lookup.source_servicer import CHUNK, SourceServicer
from lookup.v1 import record_pb2
from lookup.v1 import source_service_pb2 as pb
from matching.record import Kind


def serving(adapter, **settings):
    return SourceServicer(source("a", adapter, **settings))


def call(message):
    return Call(message.SerializeToString(), 5.0)


def search(adapter, subject=None, limit=50, **fields):
    request = pb.SearchRequest(subject=subject or person(), limit=limit, **fields)
    return [pb.SearchResponse.FromString(raw) for raw in serving(adapter).search(call(request))]


def test_the_last_part_tells_the_state():
    first, last = search(quick(record(), complete=False))
    assert [r.record_id for r in first.records] == ["r1"]
    assert (first.final, last.final, last.complete) == (False, True, False)
    assert (records.moment(last.as_of), last.version, last.touched) == (AS_OF, "1", 1)


def test_nothing_found_is_one_part():
    (only,) = search(quick())
    assert (only.final, only.complete, len(only.records)) == (True, True, 0)


def test_parts_stay_below_what_a_gateway_takes():
    large = [record(f"r{n}", remarks="x" * 40_000) for n in range(60)]
    large[7] = record("r7", remarks="x" * 200_000)
    parts = search(quick(*large), limit=500)
    assert [r.record_id for p in parts for r in p.records] == [r.id for r in large]
    assert all(p.ByteSize() < CHUNK + 1000 or len(p.records) == 1 for p in parts)
    assert max(p.ByteSize() for p in parts) < MAX_MESSAGE


def test_the_question_reaches_the_source():
    adapter = quick()
    search(adapter, limit=7, purpose="p" * 99, query_id="q" * 99)
    (query,) = adapter.asked
    assert (query.limit, query.seconds) == (7, 5.0)
    assert (query.purpose, query.query_id) == ("p" * 64, "q" * 64)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_has_bounds(limit):
    with pytest.raises(InvalidQuery, match="limit: is 1 to 500"):
        search(quick(), limit=limit)


def test_a_subject_has_bounds():
    with pytest.raises(InvalidQuery, match=r"subjects\[0\]"):
        search(quick(), record_pb2.Subject(person=record_pb2.Person()))
    with pytest.raises(InvalidQuery):
        list(serving(quick()).search(Call(b"\xff\xff", 5.0)))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused("holds nothing of it"), InvalidQuery),
        (Loading("first file"), SourceFailed),
        (Unavailable("no file"), SourceFailed),
        (Garbled("x"), Garbled),
    ],
    ids=str,
)
def test_errors(error, kind):
    with pytest.raises(kind):
        search(Quick(error))


def test_one_record():
    servicer = serving(quick(record(remarks="r")))
    raw = servicer.get_record(call(pb.SourceServiceGetRecordRequest(record_id="r1")))
    found = pb.SourceServiceGetRecordResponse.FromString(raw).record
    assert (found.source, found.record_id, found.remarks) == ("a", "r1", "r")
    with pytest.raises(UnknownRecord):
        servicer.get_record(call(pb.SourceServiceGetRecordRequest(record_id="r2")))
    with pytest.raises(SourceFailed):
        serving(Quick(Unavailable("x"))).get_record(
            call(pb.SourceServiceGetRecordRequest(record_id="r2"))
        )


def test_the_sheet():
    adapter = quick(kinds=(Kind.PERSON, Kind.VEHICLE), partial=True, reveals=True)
    raw = serving(adapter).describe(call(pb.DescribeRequest()))
    sheet = pb.DescribeResponse.FromString(raw)
    kinds = [record_pb2.SUBJECT_KIND_PERSON, record_pb2.SUBJECT_KIND_VEHICLE]
    assert (list(sheet.subject_kinds), sheet.partial, sheet.reveals) == (kinds, True, True)
    assert (sheet.records, sheet.version, records.moment(sheet.as_of)) == (1, "1", AS_OF)
    assert not sheet.HasField("max_age")
