"""What a caller asked, as values: names are those of the protocol, nothing can be changed."""

from __future__ import annotations

import dataclasses

import pytest

from lookup.encounter import Asked, Context, Notice, Options, Priority
from lookup.v1 import lookup_service_pb2 as pb


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
