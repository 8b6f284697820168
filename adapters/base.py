"""The adapter port: what a source is asked, what it answers, and the five ways in which it fails.

    SourceError
    ├── TimedOut      no answer inside its slice of the deadline
    ├── Unavailable   not reachable, or not able to answer now; `retry_after` seconds if it said so
    ├── Refused       reachable, but this query is not permitted or not accepted
    ├── Garbled       answered with something that is not an answer
    └── Suspended     switched off by its operator or by a guard

Whatever an adapter raises becomes the outcome of its source: never an error of the whole check, and
never a "clear". Deadlines, retries, breakers and caches are wrapped around adapters by the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from matching.rarity import Rarity
from matching.record import Kind, Record, Subject


class SourceError(Exception):
    """Base of everything that a source may raise; the message must hold no personal data."""


class TimedOut(SourceError):
    """The source did not answer in time."""


class Unavailable(SourceError):
    """The source cannot be reached, or cannot answer now."""

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Loading(Unavailable):
    """The source has not loaded its first data yet."""


class Refused(SourceError):
    """The source does not accept this query."""


class Garbled(SourceError):
    """The source answered with something that cannot be read."""


class Suspended(SourceError):
    """The source is switched off."""


@dataclass(frozen=True, slots=True)
class Query:
    """One subject, asked of one source.

    `limit` bounds the candidates (1..500). `seconds` is what is left of the deadline when the
    source is asked. `purpose` is the name of the caller's purpose, for sources that must know it.
    """

    subject: Subject
    limit: int = 50
    seconds: float = 3.0
    purpose: str = ""
    query_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source found.

    `candidates` are unscored records, best first, at most `Query.limit`. `complete` is false when
    any limit or work budget cut the search or the source knows itself to be partial. `as_of` is the
    age of the searched state (aware UTC) or None if unknown. `version` changes with every change of
    the searched state. `touched` counts the records that were looked at. `rarity` tells how rare
    a name is in the source's own population, None where it does not know. `promises`, of
    `matching.index.Found`, bound what the candidates can still reach; empty where not known.
    """

    candidates: tuple[Record, ...] = ()
    complete: bool = True
    as_of: datetime | None = None
    version: str = ""
    touched: int = 0
    reason: str = ""
    rarity: Rarity | None = None
    rejected: int = 0
    promises: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a source for operators: how much it holds, how old it is, what it rejected."""

    records: int | None = None
    version: str = ""
    as_of: datetime | None = None
    rejected: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of source can do; the gateway asks only what is in here.

    `kinds` are the subject kinds it can answer. `inline` is true when `search` never suspends and
    is bounded by its own work budget: it is then called without an event loop. `partial` marks a
    source whose silence means nothing (a public excerpt). `reveals` is true when a query may
    become known to the owner of the data.
    """

    kinds: frozenset[Kind]
    inline: bool = False
    partial: bool = False
    reveals: bool = False
    max_age: timedelta | None = None
    fields: frozenset[str] = field(default_factory=frozenset)


class Adapter(Protocol):
    """A source. `search` raises `SourceError`; anything else that it raises is a bug of its own."""

    @property
    def capabilities(self) -> Capabilities:
        """The declarative sheet; constant for the life of the adapter."""

    async def search(self, query: Query) -> Answer:
        """Candidates for one subject, unscored."""

    async def get_record(self, record_id: str) -> Record | None:
        """The record of that id in its current state, None if there is none."""

    async def status(self) -> Status:
        """What the source holds now."""

    async def aclose(self) -> None:
        """Let go of files, connections and tasks; calling it twice is harmless."""
