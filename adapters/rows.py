"""What a parser of a list yields: records, and rows that it could not read, counted and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matching.record import Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not become a record; `where` finds it again ("sdn.csv:123", "DATAID 42")."""

    where: str
    reason: str


Rows = Iterator[Record | Rejected]
"""A parser's output, streamed: one broken row is a `Rejected`, never an exception."""

Parse = Callable[..., Rows]
"""`parse(path, **settings)`: reads one list in its original format.

A file that is no such list at all raises `adapters.base.Garbled`. Keyword parameters are the
settings of that kind; their annotations (`Path`, `str`, `bool`, `int`) are their types.
"""
