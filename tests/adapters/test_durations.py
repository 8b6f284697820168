"""Spans of time in settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.durations import parse_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("30 m", timedelta(minutes=30)),
        (" 36h ", timedelta(hours=36)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta(0)),
    ],
)
def test_a_span_is_a_number_and_a_unit(text, span):
    assert parse_span(text) == span


def test_no_text_is_no_bound():
    assert parse_span("") is None


@pytest.mark.parametrize("text", ["7", "d", "-1h", "1.5h", "1w", "1h30m", "9999999d"])
def test_anything_else_is_an_error(text):
    with pytest.raises(ValueError, match="a span is"):
        parse_span(text)
