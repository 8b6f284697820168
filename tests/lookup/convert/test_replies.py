"""Results as messages: nothing of a result is lost on its way to the caller."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inside import NOW, Quick, outcome, person, quick, record, request, source

from adapters.base import Status
from lookup.audit.receipt import Receipt
from lookup.convert import replies
from lookup.encounter import Asked
from lookup.hits import Result
from lookup.outcome import Outcome, Verdict
from lookup.outcome import Status as Condition
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2
from matching.record import Document, Kind, PartialDate

ADA = record(
    births=(PartialDate(1970, 1, 31),),
    documents=(Document("X1234567", "UTO"),),
    warnings=("ARMED",),
    category="NOTICE_RED",
    owner="UTO",
)


def test_every_field_of_an_outcome():
    given = Outcome("s", Condition.STALE, True, 1.25, NOW, 3, "why", "v", 9, True)  # noqa: FBT003
    result = Result("q", Verdict.INCOMPLETE, (), (given,), omitted=4)
    message = pb.CheckResponse.FromString(replies.answer(Asked("q", (), b""), result))
    (sent,) = message.outcomes
    assert {f.name for f, _ in sent.ListFields()} == {f.name for f in sent.DESCRIPTOR.fields}
    assert (sent.latency.ToTimedelta(), sent.as_of.ToDatetime(NOW.tzinfo)) == (
        timedelta(seconds=1.25),
        NOW,
    )
    assert (message.omitted_hits, message.verdict) == (4, pb.VERDICT_INCOMPLETE)


@pytest.mark.parametrize("value", list(Condition), ids=lambda v: v.value)
def test_every_status_has_a_value(value):
    assert pb.SourceStatus.Name(replies.status(value)) == f"SOURCE_STATUS_{value.value}"


def test_a_snapshot_says_its_place():
    result = Result("q", Verdict.HIT, (), (), sequence=3, final=False)
    message = pb.StreamCheckResponse.FromString(replies.snapshot(Asked("q", (), b""), result))
    assert (message.sequence, message.final) == (3, False)


def test_a_hit_with_its_reasons(inside):
    paper = record_pb2.Document(number="X1234567", issuer="UTO")
    message = request(person(documents=[paper]), options={"explain": True})
    (hit,) = inside(source("a", quick(ADA)), source("b", quick(ADA))).check(message).hits
    empty = {f.name for f in hit.DESCRIPTOR.fields} - {f.name for f, _ in hit.ListFields()}
    assert empty <= {"subject_index", "urgency", "tier", "case_id"}
    assert hit.band == pb.BAND_EXACT_IDENTIFIER
    assert [r.source for r in hit.records] == ["a", "b"]
    assert all(r.HasField("as_of") for r in hit.records)
    assert hit.entity.label
    assert hit.entity.merge_reasons
    assert all(e.explanation for e in hit.evidence)
    pairs = [pair for e in hit.evidence for pair in e.token_pairs]
    assert pairs
    (plain,) = inside(source("a", quick(ADA))).check(request(person(documents=[paper]))).hits
    assert not any(e.token_pairs for e in plain.evidence)


def test_a_receipt_is_the_end_of_the_bytes():
    receipt = Receipt(b"", b"entry", 7, 9, (b"h" * 32, b"i" * 32), "checkpoint ✓".encode())
    sent = pb.CheckResponse.FromString(replies.with_receipt(receipt)).receipt
    assert (sent.entry, sent.index, sent.tree_size) == (b"entry", 7, 9)
    assert (list(sent.hashes), sent.checkpoint) == ([b"h" * 32, b"i" * 32], "checkpoint ✓")
    number = pb.StreamCheckResponse.DESCRIPTOR.fields_by_name["receipt"].number
    assert number == replies.RECEIPT_FIELD


def test_a_source_of_the_list():
    configured = source(
        "a", quick(kinds=(Kind.PERSON,), partial=True), required=False, max_age=timedelta(hours=1)
    )
    sent = replies.source(configured, Status(5, "v", NOW, 2, "n"), Condition.ANSWERED)
    assert {f.name for f, _ in sent.ListFields()} == {f.name for f in sent.DESCRIPTOR.fields} - {
        "required"
    }
    assert sent.max_age.ToTimedelta() == timedelta(hours=1)
    assert (sent.records, sent.rejected_rows, sent.note) == (5, 2, "n")


def test_a_source_of_unknown_size_and_age():
    sent = replies.source(source("a", Quick()), Status(), Condition.LOADING)
    assert (sent.records, sent.HasField("as_of"), sent.HasField("max_age")) == (0, False, False)


def test_an_outcome_without_age_has_none(inside):
    answer = inside(source("a", quick(as_of=None))).check()
    assert not outcome(answer, "a").HasField("as_of")
