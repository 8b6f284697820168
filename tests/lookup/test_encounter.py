"""What a caller asked, as values: names are those of the protocol, nothing can be changed."""

from __future__ import annotations

import dataclasses

import pytest

from lookup.convert import requests
from lookup.encounter import Asked, Context, Notice, Options, Priority
from lookup.errors import InvalidQuery
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2


def test_priorities_are_those_of_the_protocol():
    names = {name.removeprefix("PRIORITY_") for name in pb.Priority.keys()}  # noqa: SIM118
    assert {priority.value for priority in Priority} == names - {"UNSPECIFIED"}


def test_options_are_those_of_the_protocol():
    assert {f.name for f in dataclasses.fields(Options)} == set(
        pb.Options.DESCRIPTOR.fields_by_name
    )


@pytest.mark.parametrize(
    "value", [Asked("q", (), b""), Context(), Options(), Notice("C", "f", "m")], ids=str
)
def test_values_cannot_be_changed(value):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, "x")


def test_journey_and_contact_window_reach_the_audit_detail():
    message = pb.CheckRequest(
        subjects=[record_pb2.Subject(document=record_pb2.Document(number="A1"))]
    )
    message.context.journey.carrier = "ZZ"
    message.context.journey.number = "42"
    message.context.journey.arrival.FromJsonString("2026-11-21T10:00:00Z")
    message.context.contact_window.start.FromJsonString("2026-11-21T09:00:00Z")
    context = requests.check(message, agency="local").context
    assert context.journey == ("ZZ", "42", "", "", "", "2026-11-21T10:00:00+00:00")
    assert context.contact_window == ("2026-11-21T09:00:00+00:00", "")


def test_a_journey_that_is_too_long_is_refused():
    message = pb.CheckRequest(
        subjects=[record_pb2.Subject(document=record_pb2.Document(number="A1"))]
    )
    message.context.journey.carrier = "Z" * 65
    with pytest.raises(InvalidQuery) as refused:
        requests.check(message, agency="local")
    assert [v.field for v in refused.value.violations] == ["context.journey.carrier"]
