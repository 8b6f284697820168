"""Requests and readings of answers, short enough to be read in a test."""

from __future__ import annotations

from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2


def person(*names: str, born: tuple[int, int, int] | None = None, **fields) -> pb.CheckRequest:
    births = [record_pb2.PartialDate(year=born[0], month=born[1], day=born[2])] if born else []
    asked = record_pb2.Person(
        names=[record_pb2.Name(full=name) for name in names], births=births, **fields
    )
    return request(record_pb2.Subject(person=asked))


def document(number: str, issuer: str = "UTO", **fields) -> pb.CheckRequest:
    asked = record_pb2.Document(number=number, issuer=issuer, **fields)
    return request(record_pb2.Subject(document=asked))


def vehicle(**fields) -> pb.CheckRequest:
    return request(record_pb2.Subject(vehicle=record_pb2.Vehicle(**fields)))


def request(*subjects: record_pb2.Subject, **fields) -> pb.CheckRequest:
    return pb.CheckRequest(subjects=subjects, **fields)


def records(answer) -> list[tuple[str, str]]:
    """Source and id of every record of the first hit."""
    return [(r.source, r.record_id) for r in answer.hits[0].records] if answer.hits else []


def outcome(answer, name: str) -> pb.SourceOutcome:
    return next(o for o in answer.outcomes if o.source == name)


def status(answer, name: str) -> str:
    value = outcome(answer, name).status
    return pb.SourceStatus.Name(value).removeprefix("SOURCE_STATUS_")


def verdict(answer) -> str:
    return pb.Verdict.Name(answer.verdict).removeprefix("VERDICT_")
