"""One question in the audit log: durable before outside sources hear it, answered or given up."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lookup.audit.client import AuditClient, PendingAsk, Question, Recorded, Replay
from lookup.audit.outcomes import Conflict, InProgress
from lookup.audit.receipt import Receipt
from lookup.deadline import Deadline
from lookup.encounter import Asked
from lookup.errors import QueryIdReused, QueryInProgress
from lookup.hits import Result


class Replayed(Exception):
    """The question was answered before."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self.receipt = receipt


class Recording:
    """One question in the audit log, until it is answered or given up."""

    def __init__(self, audit: AuditClient, asked: Asked, sources: Sequence[str]) -> None:
        self._audit = audit
        self._pending: PendingAsk = audit.begin_ask(_question(asked), _asked(asked, sources))
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
        return self._audit.part(recorded, answer, _answered(result), deadline.left())

    def answer(self, answer: bytes, result: Result, deadline: Deadline) -> Receipt:
        """Record the answer; it may be released once this returns.

        Where no outside source was asked, question and answer are waited for together.
        """
        detail, left = _answered(result), deadline.left()
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
            return Replayed(outcome.receipt)
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


def _question(asked: Asked) -> Question:
    return Question(
        agency=asked.agency,
        qid=asked.query_id,
        purpose=asked.context.purpose,
        prio=asked.context.priority.value,
        digest=asked.digest,
    )


def _asked(asked: Asked, sources: Sequence[str]) -> bytes:
    """The private part of the ASK entry: who asked which sources, never about whom."""
    context = asked.context
    return _JSON.encode(
        {
            "subjects": [type(subject).__name__ for subject in asked.subjects],
            "sources": sources,
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


def _answered(result: Result) -> bytes:
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


_JSON = msgspec.json.Encoder()
