"""The use case: record the question, ask the sources, merge, record the answer, release it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from lookup.audit.client import AuditClient
from lookup.audit.receipt import Receipt
from lookup.deadline import Clock, Deadline
from lookup.encounter import Asked
from lookup.errors import UnknownSource
from lookup.fanout import Fanout
from lookup.gathering import Gathering
from lookup.hits import Result
from lookup.recording import Recording, Replayed
from lookup.sources import Sources
from matching.rank import Thresholds

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer; what does not fit is left out and counted, as beyond `options.limit`."""

Encode = Callable[[Result], bytes]
"""Turns a result into the exact bytes that are recorded and released."""


class Checks:
    """Answers checks; one per process, used by many threads."""

    def __init__(
        self,
        sources: Sources,
        fanout: Fanout,
        audit: AuditClient,
        thresholds: Thresholds,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._fanout = fanout
        self._audit = audit
        self._thresholds = thresholds
        self._clock = clock

    def check(self, asked: Asked, deadline: Deadline, encode: Encode) -> Receipt:
        """The recorded answer: `Receipt.answer` holds its bytes.

        Raises a `CallerError`, or `AuditUnavailable` when question or answer cannot be recorded.
        """
        search = self._search(asked)
        question = Recording(self._audit, asked, search.asked_names)
        try:
            for reply in self._fanout.ask(
                search.calls, deadline.search, search.judge, lambda: question.durable(deadline)
            ):
                search.add(reply)
            answer, result = _fitting(search.result(final=True), encode)
            return question.answer(answer, result, deadline)
        except Replayed as replayed:
            return replayed.receipt
        finally:
            question.close()

    def stream(self, asked: Asked, deadline: Deadline, encode: Encode) -> Iterator[Receipt]:
        """A recorded snapshot whenever outside sources have answered, the last one final.

        Sources inside the process answer within milliseconds: together they give the first one.
        """
        search = self._search(asked)
        question = Recording(self._audit, asked, search.asked_names)
        try:
            question.durable(deadline)
            replies = self._fanout.ask(search.calls, deadline.search, search.judge, _nothing)
            for reply in replies:
                search.add(reply)
                if search.worth_showing():
                    answer, part = _fitting(search.result(final=False), encode)
                    yield question.part(answer, part, deadline)
            answer, result = _fitting(search.result(final=True), encode)
            yield question.answer(answer, result, deadline)
        except Replayed as replayed:
            yield replayed.receipt
        finally:
            question.close()

    def _search(self, asked: Asked) -> Gathering:
        for name in asked.options.sources:
            if self._sources.get(name) is None:
                raise UnknownSource(f"no source is called {name!r}", source=name)
        return Gathering(asked, self._sources, self._thresholds, self._clock)


def _nothing() -> None:
    return None


def _fitting(result: Result, encode: Encode) -> tuple[bytes, Result]:
    """The encoded result without its last hits beyond `MAX_ANSWER` bytes; the first one stays."""
    answer = encode(result)
    while len(answer) > MAX_ANSWER and len(result.hits) > 1:
        kept = min(len(result.hits) * MAX_ANSWER // len(answer), len(result.hits) - 1) or 1
        omitted = result.omitted + len(result.hits) - kept
        result = replace(result, hits=result.hits[:kept], omitted=omitted)
        answer = encode(result)
    return answer, result
