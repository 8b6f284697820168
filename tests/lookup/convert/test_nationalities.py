"""A nationality that nobody knows is told, for it cannot speak for or against anybody."""

from __future__ import annotations

import pytest

from lookup.convert import requests
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2


def read(text):
    person = record_pb2.Person(names=[record_pb2.Name(full="Velda Kieselhagen")])
    person.nationalities.append(text)
    message = pb.CheckRequest(subjects=[record_pb2.Subject(person=person)])
    return requests.check(message, agency="local")


@pytest.mark.parametrize(("text", "code"), [("Russia", "RUS"), ("D", "DEU"), ("XXA", "XXA")])
def test_a_known_one_is_read_without_a_word(text, code):
    asked = read(text)
    assert asked.subjects[0].nationalities == (code,)
    assert asked.notices == ()


def test_an_unknown_one_is_told():
    asked = read("ZZZ9")
    assert [(n.code, n.field) for n in asked.notices] == [
        ("NATIONALITY_UNKNOWN", "subjects[0].person.nationalities[0]")
    ]
