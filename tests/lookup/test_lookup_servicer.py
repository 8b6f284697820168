"""The service from bytes to bytes; through a real server in test_worker."""

from __future__ import annotations

import pytest
from inside import Inside, person, quick, record, request, source

from lookup.catalogue import Catalogue
from lookup.config import Gateway
from lookup.errors import DeadlineTooShort, InvalidQuery
from lookup.lookup_servicer import LookupServicer, may_wait
from lookup.rpc import MAX_BATCH, MAX_REPLY, MAX_REQUEST, Call
from lookup.v1 import error_reason_pb2
from lookup.v1 import lookup_service_pb2 as pb


@pytest.fixture
def servicer(inside):
    whole: Inside = inside(source("a", quick(record())))
    catalogue = Catalogue(whole.sources, whole.loops, whole.audit, whole.log, whole.clock)
    return LookupServicer(Gateway(), whole.checks, catalogue, whole.log)


def call(message, seconds=20.0):
    return Call(message.SerializeToString(), seconds)


def test_the_bytes_of_an_answer_are_recorded_ones_with_a_receipt(servicer):
    message = request()
    first, again = servicer.check(call(message)), servicer.check(call(message))
    answers = [pb.CheckResponse.FromString(raw) for raw in (first, again)]
    assert answers[0].receipt.entry == answers[1].receipt.entry
    for answer in answers:
        answer.ClearField("receipt")
    whole = answers[0].SerializeToString(deterministic=True)
    assert first.startswith(whole)
    assert again.startswith(whole)


def test_a_stream_is_a_generator_of_bytes(servicer):
    raws = list(servicer.stream_check(call(request(kind=pb.StreamCheckRequest))))
    assert [pb.StreamCheckResponse.FromString(raw).final for raw in raws] == [True]


def test_a_call_without_time_is_refused(servicer):
    with pytest.raises(DeadlineTooShort):
        servicer.check(call(request(), 0.01))
    with pytest.raises(DeadlineTooShort):
        servicer.batch_check(call(pb.BatchCheckRequest(items=[request()]), 0.01))


def test_a_batch_may_be_larger_than_a_check(servicer):
    items = [request(person("Ada " + "x" * 200)) for _ in range(500)]
    for item in items:
        item.context.justification = "because " * 60
    batch = pb.BatchCheckRequest(items=items)
    assert MAX_REQUEST < batch.ByteSize() < MAX_BATCH
    answered = pb.BatchCheckResponse.FromString(servicer.batch_check(call(batch, 29.0)))
    assert [i.query_id for i in answered.items] == [i.query_id for i in items]
    with pytest.raises(InvalidQuery, match="larger than 4194304 bytes"):
        servicer.batch_check(Call(b"\x0a" + b"x" * MAX_BATCH, 5.0))


def test_items_that_have_no_time_left_say_so(servicer):
    batch = pb.BatchCheckRequest(items=[request() for _ in range(2)])
    answered = pb.BatchCheckResponse.FromString(servicer.batch_check(call(batch, 0.06)))
    late = error_reason_pb2.ERROR_REASON_DEADLINE_TOO_SHORT
    slow = error_reason_pb2.ERROR_REASON_AUDIT_UNAVAILABLE
    assert len(answered.items) == 2
    assert {i.status.reason for i in answered.items} <= {late, slow, 0}


@pytest.mark.parametrize(
    ("priority", "patient"),
    [
        (pb.PRIORITY_BATCH, True),
        (pb.PRIORITY_BORDER, False),
        (pb.PRIORITY_EMERGENCY, False),
        (0, False),
    ],
)
def test_who_may_wait(priority, patient):
    assert may_wait(call(request(priority=priority))) is patient


def test_a_batch_leaves_out_answers_beyond_the_bound_of_a_message(inside):
    large = [record(f"r{n}", remarks="x" * 200_000) for n in range(10)]
    whole: Inside = inside(source("a", quick(*large)))
    catalogue = Catalogue(whole.sources, whole.loops, whole.audit, whole.log, whole.clock)
    servicer = LookupServicer(Gateway(), whole.checks, catalogue, whole.log)
    batch = pb.BatchCheckRequest(items=[request() for _ in range(20)])
    raw = servicer.batch_check(call(batch, 29.0))
    assert len(raw) < MAX_REPLY
    items = pb.BatchCheckResponse.FromString(raw).items
    assert [i.query_id for i in items] == [i.query_id for i in batch.items]
    left_out = [i for i in items if i.status.code]
    assert 0 < len(left_out) < 10
    assert {i.status.reason for i in left_out} == {error_reason_pb2.ERROR_REASON_OVERLOADED}
    asked = next(i for i in batch.items if i.query_id == left_out[0].query_id)
    alone = pb.CheckResponse.FromString(servicer.check(call(asked)))
    assert alone.hits
