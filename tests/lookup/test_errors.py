"""Errors by whose fault they are."""

from __future__ import annotations

import pytest

from lookup import errors
from lookup.errors import CallerError, InvalidQuery, UnknownSource, Violation


def test_the_first_violation_is_the_message():
    error = InvalidQuery((Violation("subjects", "is empty"), Violation("query_id", "is long")))
    assert str(error) == "subjects: is empty"
    assert len(error.violations) == 2
    assert error.metadata == {}


def test_metadata_and_message():
    error = UnknownSource("no such", source="x")
    assert (str(error), error.metadata) == ("no such", {"source": "x"})


@pytest.mark.parametrize("kind", [k for k in CallerError.__subclasses__() if k is not InvalidQuery])
def test_without_a_message_an_error_says_what_it_is(kind):
    assert str(kind()) == kind.__doc__
    assert kind.__name__ in errors.__doc__


def test_errors_of_the_configuration_are_nobodys_call():
    assert not issubclass(errors.ConfigError, CallerError)
