"""Asks every source at once under one deadline; whatever a source does wrong costs itself only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from adapters.base import Answer, Garbled, Query, SourceError, TimedOut, Unavailable
from lookup.loops import Loop, Loops
from lookup.outcome import Status, status_of
from lookup.sources import Source
from lookup.telemetry import Log
from matching.record import Record, Subject, kind_of

MAX_CANDIDATES = 500

Found = TypeVar("Found")
Result = TypeVar("Result")

_LATE = "no answer inside its share of the deadline"


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
            pending = _Pending(self._loops, outside, deadline)
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
            answer = _sound(outcome(), call.limit)
            found = judge(call, answer)
        except SourceError as error:
            return _failed(call, begun, status_of(error), str(error))
        except Exception as error:  # noqa: BLE001 - a broken source costs itself, not the check
            self._log.fault("source.fault", error, source=call.source.name)
            return _failed(call, begun, Status.UNAVAILABLE, f"fault: {type(error).__name__}")
        latency = time.monotonic() - begun
        return Reply(call, Status.ANSWERED, latency, answer, found, answer.reason)


def _failed(call: Call, begun: float, status: Status, reason: str) -> Reply[Found]:
    return Reply(call, status, time.monotonic() - begun, reason=reason[:200])


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
    finally:
        coroutine.close()
    raise Unavailable("fault: suspended although its kind says that it never does")


def _sound(answer: object, limit: int) -> Answer:
    """The answer if it is one, cut to `limit`; `Garbled` says what is wrong with it."""
    if not isinstance(answer, Answer) or not isinstance(answer.candidates, tuple):
        raise Garbled(f"answered with {type(answer).__name__}")
    if answer.as_of is not None and answer.as_of.tzinfo is None:
        raise Garbled("age of the data without a time zone")
    if not all(isinstance(r, Record) and isinstance(r.id, str) and r.id for r in answer.candidates):
        raise Garbled("a candidate is no record")
    unique = tuple({record.id: record for record in reversed(answer.candidates)}.values())[::-1]
    if len(unique) <= limit:
        return answer if len(unique) == len(answer.candidates) else _with(answer, unique)
    return _with(answer, unique[:limit], complete=False, reason=f"more than {limit} candidates")


def _with(answer: Answer, candidates: tuple[Record, ...], **changes: Any) -> Answer:
    return Answer(
        candidates,
        changes.get("complete", answer.complete),
        answer.as_of,
        answer.version,
        answer.touched,
        changes.get("reason", answer.reason),
        answer.rarity,
        answer.rejected,
    )


class _Pending:
    """Calls that run on event loops: one task each, one timer for all of one loop."""

    def __init__(self, loops: Loops, calls: Iterable[Call], deadline: float) -> None:
        self._deadline = deadline
        self._begun = time.monotonic()
        self._open = dict(enumerate(calls))
        self._done: SimpleQueue[tuple[int, Callable[[], object]]] = SimpleQueue()
        self._closed = False
        numbers: dict[Loop, list[int]] = {}
        for number, call in self._open.items():
            loop = loops.of(call.source.name, call.source.adapter)
            numbers.setdefault(loop, []).append(number)
        self._tasks: dict[Loop, set[asyncio.Task[None]]] = {loop: set() for loop in numbers}
        for loop, here in numbers.items():
            loop.soon(partial(self._start, loop, here))

    def _start(self, loop: Loop, numbers: Sequence[int]) -> None:
        if self._closed:
            return
        tasks = self._tasks[loop]
        left = max(self._deadline - time.monotonic(), 0)
        timer = loop.asyncio.call_later(left, self._cancel_here, loop)
        for number in numbers:
            task = loop.asyncio.create_task(self._run(number, left))
            tasks.add(task)
            task.add_done_callback(partial(_forget, tasks, timer))

    async def _run(self, number: int, left: float) -> None:
        call = self._open[number]
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
        """Each call with its result, as they come; at the deadline the rest are late."""
        waiting = dict(self._open)
        while waiting:
            try:
                left = self._deadline - time.monotonic()
                number, outcome = self._done.get(timeout=max(left, 0.0005))
            except Empty:
                break
            yield waiting.pop(number), self._begun, outcome
        for call in waiting.values():
            yield call, self._begun, _raising(TimedOut(_LATE))

    def cancel(self) -> None:
        """Cancel what still runs; harmless when all is done."""
        self._closed = True
        for loop, tasks in self._tasks.items():
            if tasks:
                loop.soon(partial(self._cancel_here, loop))

    def _cancel_here(self, loop: Loop) -> None:
        for task in tuple(self._tasks[loop]):
            task.cancel()


def _forget(
    tasks: set[asyncio.Task[None]], timer: asyncio.TimerHandle, task: asyncio.Task[None]
) -> None:
    """With the last task of a loop its timer goes, or it would keep the query alive for seconds."""
    tasks.discard(task)
    if not tasks:
        timer.cancel()


def _raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error if isinstance(error, Exception) else Unavailable(type(error).__name__)

    return run


def applicable(source: Source, subject: Subject) -> bool:
    """Whether the source can be asked about the subject."""
    return source.answers(kind_of(subject))
