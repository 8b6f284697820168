"""Asks every source at once under one deadline; whatever a source does wrong costs itself only."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from adapters.base import Answer, Query, SourceError, TimedOut, Unavailable
from lookup.loops import Loop, Loops
from lookup.outcome import Status, status_of
from lookup.soundness import plain, sound
from lookup.sources import Source
from lookup.telemetry import Log
from matching.record import Kind, Person, Subject, kind_of

MAX_OPEN = 4096
"""Searches of one source that may be without an end, in one process, before it is not asked."""

Found = TypeVar("Found")
Result = TypeVar("Result")

_LATE = "no answer inside its share of the deadline"
_FULL = "too many of its searches have no end"


@dataclass(frozen=True, slots=True)
class Call:
    """One subject asked of one source; `index` is the position of the subject in the request."""

    source: Source
    subject: Subject
    index: int
    limit: int
    purpose: str
    query_id: str


@dataclass(frozen=True, slots=True)
class Reply(Generic[Found]):
    """What came of a call: `answer` and what was judged of it, or why there is none."""

    call: Call
    status: Status
    latency: float
    answer: Answer | None = None
    found: Found | None = None
    reason: str = ""


Judge = Callable[[Call, Answer], Found]
"""Scores the candidates of an answer; it runs under the same guard as the source itself."""


class Fanout:
    """Asks inline sources in the calling thread and all others on their event loops."""

    def __init__(self, loops: Loops, log: Log) -> None:
        self._loops = loops
        self._log = log
        self._open = _Open()

    def ask(
        self,
        calls: Sequence[Call],
        deadline: float,
        judge: Judge[Found],
        cleared: Callable[[], object],
    ) -> Iterator[Reply[Found]]:
        """Yield one reply for each call, as they come, the last by `deadline` (monotonic seconds).

        `cleared` is called before the first outside source is asked and may wait or raise: the
        question must be on record by then. Closing the iterator cancels what is still asked.
        """
        outside = [call for call in calls if not call.source.adapter.capabilities.inline]
        pending = None
        if outside:
            cleared()
            pending = _Pending(self._loops, outside, deadline, self._open)
        try:
            for call in calls:
                if call.source.adapter.capabilities.inline:
                    yield self._guarded(call, time.monotonic(), judge, _inline(call, deadline))
            if pending:
                for call, begun, outcome in pending.outcomes():
                    yield self._guarded(call, begun, judge, outcome)
        finally:
            if pending:
                pending.cancel()

    def _guarded(
        self, call: Call, begun: float, judge: Judge[Found], outcome: Callable[[], object]
    ) -> Reply[Found]:
        """The one place where anything that a source does wrong is caught."""
        try:
            answer = sound(outcome(), call.limit)
            found = judge(call, answer)
        except SourceError as error:
            return _failed(call, begun, status_of(error), error)
        except BaseException as error:  # noqa: BLE001 - a broken source costs itself, not the check
            self._log.fault("source.fault", error, source=call.source.name)
            return _failed(call, begun, Status.UNAVAILABLE, f"fault: {type(error).__name__}")
        latency = time.monotonic() - begun
        return Reply(call, Status.ANSWERED, latency, answer, found, answer.reason)


def _failed(call: Call, begun: float, status: Status, reason: object) -> Reply[Found]:
    return Reply(call, status, time.monotonic() - begun, reason=plain(reason))


def _query(call: Call, seconds: float) -> Query:
    timeout = call.source.settings.timeout
    if timeout is not None:
        seconds = min(seconds, timeout.total_seconds())
    return Query(call.subject, call.limit, seconds, call.purpose, call.query_id)


def _inline(call: Call, deadline: float) -> Callable[[], object]:
    def run() -> object:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise TimedOut(_LATE)
        return run_inline(call.source.adapter.search(_query(call, seconds)))

    return run


def run_inline(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run what never suspends to its end, without an event loop; `Unavailable` if it does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    coroutine.close()
    raise Unavailable("fault: suspended although its kind says that it never does")


class _Open:
    """How many searches of each source have begun and not ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def enter(self, name: str) -> bool:
        """Count one more, if there is room."""
        with self._lock:
            if self._counts[name] >= MAX_OPEN:
                return False
            self._counts[name] += 1
            return True

    def leave(self, name: str) -> None:
        """Count one less."""
        with self._lock:
            self._counts[name] -= 1


class _Pending:
    """Calls that run on event loops: one task each, one timer for all of one loop.

    Each has its own end, the deadline or its source's share of it, and is late then whatever its
    task does: a source may block its thread, or take no notice of being cancelled.
    """

    def __init__(self, loops: Loops, calls: Sequence[Call], deadline: float, counts: _Open) -> None:
        self._deadline = deadline
        self._begun = time.monotonic()
        self._counts = counts
        self._calls = dict(enumerate(calls))
        self._ends = {number: self._end(call) for number, call in self._calls.items()}
        self._waiting = set(self._calls)
        self._running = set(self._calls)
        self._done: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()
        self._closed = False
        self._numbers: dict[Loop, list[int]] = {}
        for number, call in self._calls.items():
            if counts.enter(call.source.name):
                loop = loops.of(call.source.name, call.source.adapter)
                self._numbers.setdefault(loop, []).append(number)
            else:
                self._done.put((number, _raising(Unavailable(_FULL))))
        self._tasks: dict[Loop, set[asyncio.Task[None]]] = {loop: set() for loop in self._numbers}
        for loop in self._numbers:
            loop.soon(partial(self._start, loop))

    def _end(self, call: Call) -> float:
        timeout = call.source.settings.timeout
        if timeout is None:
            return self._deadline
        return min(self._deadline, self._begun + timeout.total_seconds())

    def _start(self, loop: Loop) -> None:
        numbers = self._numbers[loop]
        if self._closed:
            for number in numbers:
                self._counts.leave(self._calls[number].source.name)
            return
        tasks = self._tasks[loop]
        left = max(self._deadline - time.monotonic(), 0)
        timer = loop.asyncio.call_later(left, self._cancel_here, loop)
        for number in numbers:
            task = loop.asyncio.create_task(self._run(number, left))
            tasks.add(task)
            task.add_done_callback(partial(self._forget, tasks, timer, number))

    async def _run(self, number: int, left: float) -> None:
        call = self._calls[number]
        query = _query(call, left)
        try:
            async with asyncio.timeout(query.seconds if query.seconds < left else None):
                answer = await call.source.adapter.search(query)
        except (asyncio.CancelledError, TimeoutError):
            self._done.put((number, _raising(TimedOut(_LATE))))
        except BaseException as error:  # noqa: BLE001 - raised again under the guard of `ask`
            self._done.put((number, _raising(error)))
        else:
            self._done.put((number, lambda: answer))

    def outcomes(self) -> Iterator[tuple[Call, float, Callable[[], object]]]:
        """Each call with its result, as they come; what has not come by its end is late."""
        while self._waiting:
            end = min(self._ends[number] for number in self._waiting)
            try:
                number, outcome = self._done.get(timeout=max(end - time.monotonic(), 0.0005))
            except Empty:
                yield from self._late(time.monotonic())
                continue
            self._running.discard(number)
            if number in self._waiting:
                self._waiting.discard(number)
                yield self._calls[number], self._begun, outcome

    def _late(self, now: float) -> Iterator[tuple[Call, float, Callable[[], object]]]:
        for number in sorted(n for n in self._waiting if self._ends[n] <= now):
            self._waiting.discard(number)
            yield self._calls[number], self._begun, _raising(TimedOut(_LATE))

    def cancel(self) -> None:
        """Cancel what still runs; harmless when all is done."""
        self._closed = True
        for loop, numbers in self._numbers.items():
            if not self._running.isdisjoint(numbers):
                loop.soon(partial(self._cancel_here, loop))

    def _cancel_here(self, loop: Loop) -> None:
        for task in tuple(self._tasks[loop]):
            task.cancel()

    def _forget(
        self,
        tasks: set[asyncio.Task[None]],
        timer: asyncio.TimerHandle,
        number: int,
        task: asyncio.Task[None],
    ) -> None:
        """With the last task of a loop its timer goes, or it would keep the query for seconds."""
        self._counts.leave(self._calls[number].source.name)
        tasks.discard(task)
        if not tasks:
            timer.cancel()


def _raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error if isinstance(error, Exception) else Unavailable(type(error).__name__)

    return run


def questions(source: Source, subject: Subject) -> tuple[Subject, ...]:
    """What to ask the source about the subject; empty if it holds nothing of that kind.

    A source of documents is asked about every document that a person carries, too: whoever scans a
    passport wants to know whether the passport is stolen.
    """
    own = (subject,) if source.answers(kind_of(subject)) else ()
    if isinstance(subject, Person) and source.answers(Kind.DOCUMENT):
        return (*own, *subject.documents)
    return own


def applicable(source: Source, subject: Subject) -> bool:
    """Whether the source can be asked about the subject."""
    return bool(questions(source, subject))
