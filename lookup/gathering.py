"""The state of one check while its sources answer: calls, replies, outcomes, and the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.base import Answer
from lookup.deadline import Clock
from lookup.encounter import Asked
from lookup.fanout import Call, Reply, applicable, questions
from lookup.hits import Result, assemble
from lookup.outcome import Outcome, Status, Verdict, verdict
from lookup.soundness import check_record
from lookup.sources import Source, Sources
from matching.merge import Member
from matching.rank import Band, Scored, Thresholds, score
from matching.rarity import DEFAULT
from matching.record import Kind, Subject, kind_of
from matching.search import CANDIDATES

Found = Sequence[Scored]


class Gathering:
    """Takes replies up as they come and makes a result of them at any moment."""

    def __init__(
        self, asked: Asked, sources: Sources, thresholds: Thresholds, clock: Clock
    ) -> None:
        self.asked = asked
        self._thresholds = _thresholds(asked, thresholds)
        self._clock = clock
        self._sources = tuple(sources)
        self._asked_sources = [source for source in self._sources if _is_asked(source, asked)]
        self.calls = _calls(asked, self._asked_sources)
        self._covered = all(_is_covered(subject, self._sources) for subject in asked.subjects)
        self._inside = sum(c.source.adapter.capabilities.inline for c in self.calls)
        self._to_come = Counter(call.source.name for call in self.calls)
        self._replies: dict[str, list[Reply[Found]]] = {}
        self._members: list[list[Member]] = [[] for _ in asked.subjects]
        self._sequence = 0
        self._added = 0

    @property
    def asked_names(self) -> list[str]:
        """The sources that are asked, by name."""
        return [source.name for source in self._asked_sources]

    def judge(self, call: Call, answer: Answer) -> Found:
        """The candidates of an answer that reach the threshold."""
        rarity = answer.rarity or DEFAULT
        promises = answer.promises if len(answer.promises) == len(answer.candidates) else ()
        scored = score(
            call.subject, answer.candidates, rarity, self._thresholds, CANDIDATES, promises
        )
        least = self.asked.options.threshold
        found = [s for s in scored if _reaches(s, least) and self._is_asked_for(call, s)]
        for each in found:
            check_record(each.record)
        return found

    def _is_asked_for(self, call: Call, scored: Scored) -> bool:
        """Records of people are weighed against the person, not against a document alone."""
        if kind_of(call.subject) is kind_of(self.asked.subjects[call.index]):
            return True
        return scored.record.kind is Kind.DOCUMENT or not call.source.answers(Kind.PERSON)

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
        answers = [reply.answer for reply in replies if reply.answer is not None]
        status, reason = self._condition(source, replies)
        searched = status is Status.ANSWERED and not self._to_come[source.name]
        return Outcome(
            source.name,
            status,
            complete=searched and _is_all(source, answers),
            latency=max(reply.latency for reply in replies),
            as_of=min((a.as_of for a in answers if a.as_of is not None), default=None),
            candidates=sum(len(answer.candidates) for answer in answers),
            reason=reason,
            version=answers[-1].version if answers else "",
            touched=sum(answer.touched for answer in answers),
            required=self._required(source),
        )

    def _condition(self, source: Source, replies: Sequence[Reply[Found]]) -> tuple[Status, str]:
        """The worst status among the replies, and the first reason that one of them gives."""
        failed = [reply for reply in replies if reply.status is not Status.ANSWERED]
        reason = next((reply.reason for reply in (*failed, *replies) if reply.reason), "")
        if failed:
            return failed[0].status, failed[0].reason or reason
        now = self._clock()
        if any(reply.answer and source.stale(reply.answer.as_of, now) for reply in replies):
            return Status.STALE, reason or f"older than {source.max_age}"
        return Status.ANSWERED, reason


def _thresholds(asked: Asked, configured: Thresholds) -> Thresholds:
    """The configured ones, with the least probability that the caller asked for, if any."""
    least = asked.options.threshold
    return replace(configured, report=min(least, configured.probable)) if least else configured


def _is_asked(source: Source, asked: Asked) -> bool:
    chosen = asked.options.sources
    return not source.settings.suspended and (not chosen or source.name in chosen)


def _calls(asked: Asked, sources: Sequence[Source]) -> list[Call]:
    return [
        Call(source, question, i, CANDIDATES, asked.context.purpose, asked.query_id)
        for i, subject in enumerate(asked.subjects)
        for source in sources
        for question in questions(source, subject)
    ]


def _is_covered(subject: Subject, sources: Sequence[Source]) -> bool:
    """Whether some required source can answer; without one, nothing found means nothing."""
    return any(source.settings.required and applicable(source, subject) for source in sources)


def _is_all(source: Source, answers: Sequence[Answer]) -> bool:
    return not source.adapter.capabilities.partial and all(answer.complete for answer in answers)


def _reaches(scored: Scored, least: float) -> bool:
    return scored.comparison.probability >= least or scored.band is Band.EXACT_IDENTIFIER
