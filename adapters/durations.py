"""Spans of time as configuration writes them: 250ms, 90s, 30m, 36h, 7d."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,6})\s*(ms|[smhd])")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_span(text: str) -> timedelta | None:
    """`36h` as 36 hours; None for an empty text, `ValueError` for anything else."""
    if not text:
        return None
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"a span is a number and one of ms s m h d, such as 36h, not {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
