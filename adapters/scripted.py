"""A source for tests that does what it is told: answers, waits, fails, hangs or talks rubbish."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.base import Answer, Capabilities, Query, Refused, Status
from matching.record import Kind, Person, Record, Subject, Vehicle, kind_of

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
"""The age of the state that a scripted source searches."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one search does: await `after`, then raise `error`, then return `value`.

    Without `value` the search looks among the records of the source. `value` may be anything: a
    source that answers with rubbish is one of the things to be tested.
    """

    value: Any = None
    error: BaseException | None = None
    after: Callable[[], Awaitable[object]] | None = None


def answers(*records: Record, complete: bool = True, reason: str = "") -> Step:
    """A step that returns these records, whatever was asked."""
    return Step(Answer(records, complete, AS_OF, "1", len(records), reason))


def fails(error: BaseException) -> Step:
    """A step that raises `error`."""
    return Step(error=error)


def rubbish(value: Any) -> Step:
    """A step that returns `value`, which is no answer; None stands for the text "rubbish"."""
    return Step("rubbish" if value is None else value)


def hangs() -> Step:
    """A step that never ends but by cancellation."""
    return Step(after=lambda: asyncio.get_running_loop().create_future())


def late(seconds: float, step: Step | None = None) -> Step:
    """`step` after a time."""
    then = step or Step()
    return Step(then.value, then.error, lambda: asyncio.sleep(seconds))


def waits(event: asyncio.Event, step: Step | None = None) -> Step:
    """`step` once a test sets `event`: what comes first is then no question of time."""
    then = step or Step()
    return Step(then.value, then.error, event.wait)


class Scripted:
    """An adapter that takes one step for each search and repeats the last one.

    `asked` holds the queries in order, `cancelled` counts the cancelled searches, `closed` the
    closings. Without steps, every search looks among `records` by equal name or number.
    """

    def __init__(
        self,
        *steps: Step,
        records: Iterable[Record] = (),
        kinds: Iterable[Kind] = (Kind.PERSON,),
        capabilities: Capabilities | None = None,
    ) -> None:
        self._steps = list(steps)
        self._records = {record.id: record for record in records}
        self._capabilities = capabilities or Capabilities(frozenset(kinds))
        self.asked: list[Query] = []
        self.cancelled = 0
        self.closed = 0

    @property
    def capabilities(self) -> Capabilities:
        """What the test gave."""
        return self._capabilities

    async def search(self, query: Query) -> Answer:
        """The next step; typed as an `Answer`, which rubbish is not."""
        self.asked.append(query)
        if kind_of(query.subject) not in self._capabilities.kinds:
            raise Refused(f"asked about a {kind_of(query.subject)}")
        step = self._next()
        try:
            await (step.after() if step.after is not None else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if step.error is not None:
            raise step.error
        found: Answer = self._look(query) if step.value is None else step.value
        return found

    async def get_record(self, record_id: str) -> Record | None:
        """One of the records that the test gave."""
        return self._records.get(record_id)

    async def status(self) -> Status:
        """Version and age are constant."""
        return Status(len(self._records), "1", AS_OF)

    async def aclose(self) -> None:
        """Counted, for tests that ask who closed what."""
        self.closed += 1

    def _next(self) -> Step:
        if not self._steps:
            return Step()
        return self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]

    def _look(self, query: Query) -> Answer:
        keys = _keys(query.subject)
        found = [record for record in self._records.values() if keys & _keys_of(record)]
        complete = not self._capabilities.partial
        return Answer(tuple(found[: query.limit]), complete, AS_OF, "1", len(self._records))


def _keys(subject: Subject) -> set[str]:
    if isinstance(subject, Person):
        names = {name.text().casefold() for name in subject.names}
        return names | {document.number for document in subject.documents}
    if isinstance(subject, Vehicle):
        return {subject.vin, subject.plate, subject.engine_number} - {""}
    return {subject.number}


def _keys_of(record: Record) -> set[str]:
    parts: list[Subject] = [Person(record.names, documents=record.documents)]
    return set().union(*(_keys(part) for part in [*parts, *record.vehicles]))
