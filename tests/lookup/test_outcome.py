"""Outcomes and the verdict that follows from them."""

from __future__ import annotations

import itertools

import pytest

from adapters import base
from lookup.outcome import Outcome, Status, Verdict, status_of, verdict
from lookup.v1 import lookup_service_pb2 as pb

SEARCHED = Outcome("a", Status.ANSWERED, complete=True, required=True)


def test_names_are_those_of_the_protocol():
    statuses = {name.removeprefix("SOURCE_STATUS_") for name in pb.SourceStatus.keys()}  # noqa: SIM118
    verdicts = {name.removeprefix("VERDICT_") for name in pb.Verdict.keys()}  # noqa: SIM118
    assert {s.value for s in Status} == statuses - {"UNSPECIFIED"}
    assert {v.value for v in Verdict} == verdicts - {"UNSPECIFIED"}


@pytest.mark.parametrize(
    ("status", "complete"), list(itertools.product(Status, [False, True])), ids=str
)
def test_clear_needs_every_required_source_answered_and_complete(status, complete):
    found = Outcome("b", status, complete=complete, required=True)
    clear = status is Status.ANSWERED and complete
    assert found.searched == clear
    expected = Verdict.NO_HIT if clear else Verdict.INCOMPLETE
    assert verdict([SEARCHED, found], hits=False) is expected
    assert verdict([found, SEARCHED], hits=False) is expected
    assert verdict([found], hits=True) is Verdict.HIT
    optional = Outcome("b", status, complete=complete)
    assert verdict([SEARCHED, optional], hits=False) is Verdict.NO_HIT
    assert verdict([optional], hits=False) is Verdict.INCOMPLETE


def test_nothing_asked_is_not_clear():
    assert verdict([], hits=False) is Verdict.INCOMPLETE


def test_the_most_special_error_counts():
    assert status_of(base.Loading()) is Status.LOADING
    assert status_of(base.Unavailable()) is Status.UNAVAILABLE
    assert status_of(base.SourceError()) is Status.UNAVAILABLE
    assert status_of(base.TimedOut()) is Status.TIMED_OUT
    assert status_of(base.Refused()) is Status.REFUSED
    assert status_of(base.Garbled()) is Status.GARBLED
    assert status_of(base.Suspended()) is Status.SUSPENDED
