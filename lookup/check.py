"""The use case: record the question, ask the sources, merge, record the answer, release it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from adapters.base import Answer
from lookup.audit.client import AuditClient, PendingAsk, Question, Recorded, Replay
from lookup.audit.outcomes import Conflict, InProgress
from lookup.audit.receipt import Receipt
from lookup.encounter import Asked
from lookup.errors import (
    DeadlineTooShort,
    QueryIdReused,
    QueryInProgress,
    UnknownSource,
)
from lookup.fanout import Call, Fanout, Reply, applicable, check_record, questions
from lookup.hits import Result, assemble
from lookup.outcome import Outcome, Status, Verdict, verdict
from lookup.sources import Source, Sources
from matching.merge import Member
from matching.rank import Band, Scored, Thresholds, score
from matching.rarity import DEFAULT
from matching.search import CANDIDATES

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer; what does not fit is left out and counted, as beyond `options.limit`."""

Found = Sequence[Scored]
Encode = Callable[[Result], bytes]
"""Turns a result into the exact bytes that are recorded and released."""


class Clock(Protocol):
    """Wall-clock time, aware UTC."""

    def __call__(self) -> datetime:
        """Now."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Monotonic seconds: `search` is when sources must have answered, `reply` when the caller."""

    search: float
    reply: float

    @classmethod
    def after(cls, seconds: float, reserve: float) -> Deadline:
        """A deadline so many seconds from now, `reserve` of them kept for merge and reply."""
        now = time.monotonic()
        if seconds <= reserve:
            raise DeadlineTooShort(f"less than {reserve:g} s left")
        return cls(now + seconds - reserve, now + seconds)

    def left(self) -> float:
        """Seconds until the reply is due; raises `DeadlineTooShort` when it is past."""
        left = self.reply - time.monotonic()
        if left <= 0:
            raise DeadlineTooShort("no time left to record the answer")
        return left


class _Replayed(Exception):
    """The question was answered before."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


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
        question = self._begin(asked, search)
        try:
            for reply in self._fanout.ask(
                search.calls, deadline.search, search.judge, lambda: question.durable(deadline)
            ):
                search.add(reply)
            answer, result = _fitting(search.result(final=True), encode)
            return question.answer(answer, result, deadline)
        except _Replayed as replayed:
            return replayed.receipt
        finally:
            question.close()

    def stream(self, asked: Asked, deadline: Deadline, encode: Encode) -> Iterator[Receipt]:
        """A recorded snapshot whenever outside sources have answered, the last one final.

        Sources inside the process answer within milliseconds: together they give the first one.
        """
        search = self._search(asked)
        question = self._begin(asked, search)
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
        except _Replayed as replayed:
            yield replayed.receipt
        finally:
            question.close()

    def _search(self, asked: Asked) -> _Search:
        for name in asked.options.sources:
            if self._sources.get(name) is None:
                raise UnknownSource(f"no source is called {name!r}", source=name)
        return _Search(asked, self._sources, self._thresholds, self._clock)

    def _begin(self, asked: Asked, search: _Search) -> _Question:
        question = Question(
            agency=asked.agency,
            qid=asked.query_id,
            purpose=asked.context.purpose,
            prio=asked.context.priority.value,
            digest=asked.digest,
        )
        return _Question(self._audit, self._audit.begin_ask(question, search.asked_detail()))


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


class _Question:
    """One question in the audit log, until it is answered or given up."""

    def __init__(self, audit: AuditClient, pending: PendingAsk) -> None:
        self._audit = audit
        self._pending = pending
        self._recorded: Recorded | None = None
        self._closed = False

    def durable(self, deadline: Deadline) -> Recorded:
        """Wait until the question is on record; replayed and refused ones raise."""
        if self._recorded is None:
            outcome = self._pending.result(deadline.left())
            if not isinstance(outcome, Recorded):
                raise self._repeated(outcome)
            self._recorded = outcome
        return self._recorded

    def part(self, answer: bytes, result: Result, deadline: Deadline) -> Receipt:
        """Record a snapshot that is not the last."""
        recorded = self.durable(deadline)
        return self._audit.part(recorded, answer, _detail(result), deadline.left())

    def answer(self, answer: bytes, result: Result, deadline: Deadline) -> Receipt:
        """Record the answer; it may be released once this returns.

        Where no outside source was asked, question and answer are waited for together.
        """
        detail, left = _detail(result), deadline.left()
        if self._recorded is not None:
            receipt = self._audit.answer(self._recorded, answer, detail, left)
        else:
            outcome = self._audit.answer_early(self._pending, answer, detail, left)
            if not isinstance(outcome, Receipt):
                raise self._repeated(outcome)
            receipt = outcome
        self._closed = True
        return receipt

    def _repeated(self, outcome: Replay | Conflict | InProgress) -> Exception:
        """What to raise for a question that was asked before; it is not ours to answer."""
        self._closed = True
        if isinstance(outcome, Replay):
            return _Replayed(outcome.receipt)
        query_id = self._pending.question.qid
        if isinstance(outcome, Conflict):
            return QueryIdReused(query_id=query_id)
        return QueryInProgress(query_id=query_id)

    def close(self) -> None:
        """Give the question up if it was not answered."""
        if self._closed:
            return
        self._closed = True
        if self._recorded is None:
            self._pending.cancel()
        else:
            self._audit.release(self._recorded)


class _Search:
    """The state of one check while its sources answer."""

    def __init__(
        self, asked: Asked, sources: Sources, thresholds: Thresholds, clock: Clock
    ) -> None:
        self.asked = asked
        self._thresholds = thresholds
        if asked.options.threshold:
            least = min(asked.options.threshold, thresholds.probable)
            self._thresholds = replace(thresholds, report=least)
        self._clock = clock
        self._sources = tuple(sources)
        self._replies: dict[str, list[Reply[Found]]] = {}
        self._members: list[list[Member]] = [[] for _ in asked.subjects]
        self._sequence = 0
        chosen = asked.options.sources
        self._asked_sources = [
            source
            for source in self._sources
            if (not chosen or source.name in chosen) and not source.settings.suspended
        ]
        self.calls = [
            Call(source, question, i, CANDIDATES, asked.context.purpose, asked.query_id)
            for i, subject in enumerate(asked.subjects)
            for source in self._asked_sources
            for question in questions(source, subject)
        ]
        self._to_come = Counter(call.source.name for call in self.calls)
        self._covered = all(
            any(s.settings.required and applicable(s, subject) for s in self._sources)
            for subject in asked.subjects
        )
        self._inside = sum(c.source.adapter.capabilities.inline for c in self.calls)
        self._added = 0

    def judge(self, call: Call, answer: Answer) -> Found:
        """The candidates of an answer that reach the threshold."""
        rarity = answer.rarity or DEFAULT
        scored = score(call.subject, answer.candidates, rarity, self._thresholds, CANDIDATES)
        least = self.asked.options.threshold
        found = [s for s in scored if _reaches(s, least)]
        for each in found:
            check_record(each.record)
        return found

    def add(self, reply: Reply[Found]) -> None:
        """Take a reply up."""
        self._added += 1
        name = reply.call.source.name
        self._to_come[name] -= 1
        self._replies.setdefault(name, []).append(reply)
        self._members[reply.call.index] += [Member(name, s) for s in reply.found or ()]

    def worth_showing(self) -> bool:
        """Whether a snapshot now says something new and is not the last one."""
        return self._inside <= self._added < len(self.calls)

    def result(self, *, final: bool) -> Result:
        """Everything known so far as an answer."""
        self._sequence += 1
        outcomes = tuple(self._outcomes(final=final))
        hits = assemble(self.asked, self._members)
        limit = self.asked.options.limit
        found = verdict(outcomes, hits=bool(hits))
        if found is Verdict.NO_HIT and not (final and self._covered):
            # Sources are still to come, or one of the subjects no required source can answer.
            found = Verdict.INCOMPLETE
        return Result(
            query_id=self.asked.query_id,
            verdict=found,
            hits=hits[:limit],
            outcomes=outcomes,
            notices=self.asked.notices,
            omitted=len(hits[limit:]),
            sequence=self._sequence,
            final=final,
        )

    def asked_detail(self) -> bytes:
        """The private part of the ASK entry: who asked which sources, never about whom."""
        context = self.asked.context
        return _JSON.encode(
            {
                "subjects": [type(subject).__name__ for subject in self.asked.subjects],
                "sources": [source.name for source in self._asked_sources],
                "officer": context.officer,
                "on_behalf_of": context.on_behalf_of,
                "case_reference": context.case_reference,
                "justification": context.justification,
                "location": context.location,
                "event_id": context.event_id,
                "traffic": context.traffic,
                "journey": context.journey,
                "contact_window": context.contact_window,
            }
        )

    def _outcomes(self, *, final: bool) -> Iterator[Outcome]:
        for source in self._sources:
            replies = self._replies.get(source.name, [])
            if replies:
                yield self._joined(source, replies)
            elif final or source not in self._asked_sources:
                yield self._not_asked(source)

    def _required(self, source: Source) -> bool:
        return source.settings.required and any(applicable(source, s) for s in self.asked.subjects)

    def _not_asked(self, source: Source) -> Outcome:
        status, reason = Status.NOT_APPLICABLE, "holds nothing of this kind"
        if source.settings.suspended:
            status, reason = Status.SUSPENDED, source.settings.suspended
        elif source not in self._asked_sources:
            reason = "left out by options.sources"
        required = self._required(source)
        return Outcome(source.name, status, reason=reason, required=required)

    def _joined(self, source: Source, replies: Sequence[Reply[Found]]) -> Outcome:
        """One outcome for all subjects that the source was asked about: the worst of them."""
        worst = next((r for r in replies if r.status is not Status.ANSWERED), replies[0])
        answers = [r.answer for r in replies if r.answer is not None]
        oldest = min((a.as_of for a in answers if a.as_of is not None), default=None)
        status = worst.status
        reason = worst.reason or next((r.reason for r in replies if r.reason), "")
        now = self._clock()
        if status is Status.ANSWERED and any(source.stale(a.as_of, now) for a in answers):
            status, reason = Status.STALE, reason or f"older than {source.max_age}"
        complete = (
            status is Status.ANSWERED
            and not source.adapter.capabilities.partial
            and not self._to_come[source.name]
            and all(a.complete for a in answers)
        )
        return Outcome(
            source.name,
            status,
            complete=complete,
            latency=max(r.latency for r in replies),
            as_of=oldest,
            candidates=sum(len(a.candidates) for a in answers),
            reason=reason,
            version=answers[-1].version if answers else "",
            touched=sum(a.touched for a in answers),
            required=self._required(source),
        )


def _reaches(scored: Scored, least: float) -> bool:
    return scored.comparison.probability >= least or scored.band is Band.EXACT_IDENTIFIER


_JSON = msgspec.json.Encoder()


def _detail(result: Result) -> bytes:
    """The private part of an ANSWER entry: the verdict, the records shown, every outcome."""
    records = [
        [member.source, member.scored.record.id]
        for hit in result.hits
        for member in hit.entity.members
    ]
    outcomes = [
        {
            "source": o.source,
            "status": o.status.value,
            "complete": o.complete,
            "ms": round(o.latency * 1000, 3),
            "candidates": o.candidates,
            "version": o.version,
        }
        for o in result.outcomes
    ]
    return _JSON.encode({"verdict": result.verdict.value, "records": records, "outcomes": outcomes})
