"""The use cases beside the check: which sources there are, and one record of one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from adapters.base import Garbled, Loading, SourceError, Status, Suspended, Unavailable
from lookup.audit.client import AuditClient, Question, Recorded
from lookup.audit.receipt import Receipt
from lookup.deadline import Clock, Deadline
from lookup.encounter import Context
from lookup.errors import QueryInProgress, SourceFailed, UnknownRecord, UnknownSource
from lookup.fanout import run_inline
from lookup.loops import Loops
from lookup.outcome import Status as Condition
from lookup.outcome import status_of
from lookup.soundness import MAX_VERSION, check_age, check_record
from lookup.sources import Source, Sources
from lookup.telemetry import Log
from matching.record import Record

Result = TypeVar("Result")
Listed = tuple[Source, Status, Condition]

MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the list: at most `size` (1..500) after the name `after`, names with `part`."""

    size: int = 100
    after: str = ""
    part: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record of one source, and who wants it."""

    source: str
    record_id: str
    query_id: str
    digest: bytes
    agency: str
    context: Context


class Catalogue:
    """What the sources hold, apart from searching them."""

    def __init__(
        self,
        sources: Sources,
        loops: Loops,
        audit: AuditClient,
        log: Log,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._loops = loops
        self._audit = audit
        self._log = log
        self._clock = clock

    def sources(self, page: Page, seconds: float) -> tuple[Sequence[Listed], str]:
        """One page of the sources with their state, and the token of the next one."""
        chosen = [
            source
            for source in self._sources
            if source.name > page.after
            and page.part in source.name
            and page.kind in ("", source.settings.kind)
        ]
        shown = chosen[: page.size]
        token = shown[-1].name if len(chosen) > page.size else ""
        each = seconds / max(len(shown), 1) / 2
        return [self._state(source, each) for source in shown], token

    def record(
        self, wanted: Wanted, deadline: Deadline, encode: Callable[[str, Record], bytes]
    ) -> Receipt:
        """One record, recorded in the audit log like any other answer."""
        source = self._sources.get(wanted.source)
        if source is None:
            raise UnknownSource(f"no source is called {wanted.source!r}", source=wanted.source)
        question = Question(
            wanted.agency, wanted.query_id, wanted.context.purpose, "BORDER", wanted.digest
        )
        detail = {"record": [wanted.source, wanted.record_id], "officer": wanted.context.officer}
        packed = msgspec.json.encode(detail)
        asked = self._audit.ask(question, packed, deadline.left())
        if not isinstance(asked, Recorded):
            raise QueryInProgress
        try:
            record = self._read(source, wanted.record_id, deadline.left())
            answer = encode(source.name, record)
            return self._audit.answer(asked, answer, packed, deadline.left())
        except BaseException:
            self._audit.release(asked)
            raise

    def close(self, seconds: float) -> None:
        """Let every source let go of its connections, each within so many seconds."""
        for source in self._sources:
            with contextlib.suppress(SourceError, TimeoutError):
                self._run(source, source.adapter.aclose, seconds)

    def _read(self, source: Source, record_id: str, seconds: float) -> Record:
        try:
            if source.settings.suspended:
                raise Suspended(source.settings.suspended)
            record = self._run(source, lambda: source.adapter.get_record(record_id), seconds)
            if record is not None:
                _check_found(record, record_id)
        except (SourceError, TimeoutError) as error:
            status = _condition(error)
            raise SourceFailed(
                f"{source.name}: {status.value}", source=source.name, status=status.value
            ) from error
        if record is None:
            raise UnknownRecord(source=source.name, record_id=record_id[:64])
        return record

    def _state(self, source: Source, seconds: float) -> Listed:
        if source.settings.suspended:
            return source, Status(), Condition.SUSPENDED
        try:
            state = _checked(self._run(source, source.adapter.status, seconds))
        except (SourceError, TimeoutError) as error:
            return source, Status(note=str(error)[:200]), _condition(error)
        if state.records is None and not state.version:
            return source, state, Condition.LOADING
        stale = source.stale(state.as_of, self._clock())
        return source, state, Condition.STALE if stale else Condition.ANSWERED

    def _run(
        self, source: Source, call: Callable[[], Coroutine[Any, Any, Result]], seconds: float
    ) -> Result:
        """What the source says; anything wrong with it is a `SourceError` or a `TimeoutError`."""
        try:
            if source.adapter.capabilities.inline:
                return run_inline(call())
            return self._loops.of(source.name, source.adapter).wait(call(), seconds)
        except (SourceError, TimeoutError):
            raise
        except BaseException as error:
            self._log.fault("source.fault", error, source=source.name)
            raise Unavailable(f"fault: {type(error).__name__}") from error


def _check_found(record: object, record_id: str) -> None:
    if not isinstance(record, Record) or record.id != record_id:
        raise Garbled("another thing than the record")
    check_record(record)


def _checked(state: object) -> Status:
    if not isinstance(state, Status):
        raise Garbled(f"described itself with {type(state).__name__}")
    check_age(state.as_of)
    try:
        decoded = msgspec.json.decode(msgspec.json.encode(state), type=Status)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise Garbled("described itself with a field of another type") from error
    return replace(state, version=decoded.version[:MAX_VERSION], note=decoded.note[:MAX_NOTE])


def _condition(error: Exception) -> Condition:
    if isinstance(error, Loading):
        return Condition.LOADING
    return status_of(error) if isinstance(error, SourceError) else Condition.TIMED_OUT
