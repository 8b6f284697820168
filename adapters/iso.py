"""Dates of entries and reviews as ISO texts, whatever form a list gives them."""

from __future__ import annotations

from functools import lru_cache

from matching.dates import parse_date


@lru_cache(maxsize=1 << 14)
def iso_date(text: str, *, day_first: bool | None = None) -> str:
    """`31.12.2026` as `2026-12-31`; only what is known, nothing where no date is stated."""
    date = parse_date(text, day_first=day_first)
    return date.iso() if date is not None and date.year else ""
