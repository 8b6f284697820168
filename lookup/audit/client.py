"""The audit trail as worker processes see it: record a question, then its answer."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lookup.audit.entry import (
    NONCE_SIZE,
    Envelope,
    Kind,
    detail_digest,
    encode_envelope,
    timestamp,
    with_ask,
)
from lookup.audit.errors import AuditError, AuditUnavailable, EntryInvalid
from lookup.audit.frames import (
    Answer,
    Answered,
    Ask,
    Asked,
    Busy,
    Conflicted,
    Head,
    HeadIs,
    Note,
    Noted,
    Proof,
    Replayed,
    Reply,
)
from lookup.audit.merkle import HASH_SIZE
from lookup.audit.outcomes import Conflict, InProgress
from lookup.audit.receipt import Receipt
from lookup.audit.session import Session, Waiter

_FIRST_BACKOFF = 0.05
_MAX_BACKOFF = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, under which query id, for what; `digest` is over the whole request.

    `user` is a pseudonym. Words have 1 to 128 characters; none may tell a name, a date
    of birth or a document number.
    """

    agency: str
    qid: str
    purpose: str
    prio: str
    digest: bytes
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A durable ASK at `index`, to be answered, denied or released by this client."""

    question: Question
    index: int
    session: Session = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replay:
    """The question was answered before: the receipt of then, with the stored bytes."""

    receipt: Receipt
    index: int


AskResult = Recorded | Replay | Conflict | InProgress


class PendingAsk:
    """An ASK on its way; call `result` or `cancel`, or it stays open with the connection."""

    __slots__ = ("_waiter", "question", "session")

    def __init__(self, question: Question, session: Session, waiter: Waiter) -> None:
        """Pair a question with the reply that it waits for."""
        self.question = question
        self.session = session
        self._waiter = waiter

    @property
    def number(self) -> int:
        """Return the id of the request on its connection."""
        return self._waiter.number

    def done(self) -> bool:
        """Tell whether `result` would return without waiting."""
        return self._waiter.done()

    def result(self, timeout: float) -> AskResult:
        """Wait up to `timeout` seconds until it is durable; raises AuditUnavailable."""
        reply = self._waiter.result(timeout)
        match reply:
            case Asked():
                return Recorded(self.question, reply.index, self.session)
            case Replayed():
                return Replay(_receipt(reply.proof, reply.entry, reply.answer), reply.index)
            case Conflicted():
                return Conflict()
            case Busy():
                return InProgress()
            case _:
                raise _unexpected(reply)

    def cancel(self) -> None:
        """Give the question up: it is recorded as ABANDONED as soon as it is durable."""
        if self._waiter.cancel():
            return
        try:
            outcome = self.result(0)
        except AuditError:
            return
        if isinstance(outcome, Recorded):
            outcome.session.release(outcome.index)


class AuditClient:
    """Thread-safe; make it after the fork, one per worker process.

    Every method raises AuditUnavailable when the log cannot be written or is silent for
    `timeout` seconds, and EntryInvalid when an entry breaks a bound. Nothing is ever sent
    twice: what failed may have been recorded. A lost connection is made anew by a later
    call, after a pause that doubles from 50 ms to 2 s.
    """

    def __init__(
        self, socket_path: Path, gateway: str, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Name this gateway replica in every entry; `clock` gives nanoseconds UTC."""
        self._path = socket_path
        self._gateway = gateway
        self._clock = clock
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._retry_at = 0.0
        self._backoff = _FIRST_BACKOFF

    def begin_ask(self, question: Question, detail: bytes) -> PendingAsk:
        """Send an ASK without waiting, so that in-process sources can be searched meanwhile."""
        nonce, body = self._entry(Kind.ASK, question, detail)
        session = self._connected()
        waiter = session.request(lambda n: Ask(n, question.digest, body, nonce, detail))
        return PendingAsk(question, session, waiter)

    def ask(self, question: Question, detail: bytes, timeout: float) -> AskResult:
        """Record a question; it is durable on return, or replayed, or refused as a duplicate."""
        return self.begin_ask(question, detail).result(timeout)

    def answer(self, asked: Recorded, answer: bytes, detail: bytes, timeout: float) -> Receipt:
        """Record the exact answer bytes; they may be released once this returns."""
        return self._released(Kind.ANSWER, asked, answer, detail, timeout)

    def answer_early(
        self, pending: PendingAsk, answer: bytes, detail: bytes, timeout: float
    ) -> Receipt | Replay | Conflict | InProgress:
        """Answer an ASK that need not be confirmed yet: one wait instead of two.

        Only for a query that no outside source was asked about. The connection keeps the
        order, so a confirmed ANSWER implies a durable ASK before it. When the question
        turns out to be a repetition, its result is returned and no answer was recorded.
        """
        if pending.done():
            asked = pending.result(0)
            if not isinstance(asked, Recorded):
                return asked
            return self.answer(asked, answer, detail, timeout)
        digest = hashlib.sha256(answer).hexdigest()
        nonce, body = self._entry(Kind.ANSWER, pending.question, detail, 0, digest)
        waiter = pending.session.request(
            lambda n: Answer(n, body, nonce, detail, answer, pending.number)
        )
        try:
            reply = waiter.result(timeout)
        except EntryInvalid:
            asked = pending.result(timeout)
            if isinstance(asked, Recorded):
                raise
            return asked
        asked = pending.result(timeout)
        if not isinstance(reply, Answered) or not isinstance(asked, Recorded):
            raise _unexpected(reply)
        return _receipt(reply.proof, with_ask(body, asked.index), answer)

    def part(self, asked: Recorded, answer: bytes, detail: bytes, timeout: float) -> Receipt:
        """Record a snapshot that is not the last; the question stays open."""
        return self._released(Kind.PART, asked, answer, detail, timeout)

    def _released(
        self, kind: Kind, asked: Recorded, answer: bytes, detail: bytes, timeout: float
    ) -> Receipt:
        digest = hashlib.sha256(answer).hexdigest()
        nonce, body = self._entry(kind, asked.question, detail, asked.index, digest)
        waiter = asked.session.request(lambda n: Answer(n, body, nonce, detail, answer))
        reply = waiter.result(timeout)
        if not isinstance(reply, Answered):
            raise _unexpected(reply)
        return _receipt(reply.proof, body, answer)

    def note(
        self,
        kind: Kind,
        question: Question,
        detail: bytes,
        timeout: float,
        asked: Recorded | None = None,
    ) -> int:
        """Record anything else (DENY, SHED, ...) and return its index.

        With `asked` the entry closes that ASK and frees its query id.
        """
        index = None if asked is None else asked.index
        nonce, body = self._entry(kind, question, detail, index)
        session = self._connected() if asked is None else asked.session
        reply = session.request(lambda n: Note(n, body, nonce, detail)).result(timeout)
        if not isinstance(reply, Noted):
            raise _unexpected(reply)
        return reply.index

    def release(self, asked: Recorded) -> None:
        """Give an ASK up without waiting: ABANDONED, and its query id may be used again."""
        asked.session.release(asked.index)

    def head(self, timeout: float) -> bytes:
        """Return the last signed checkpoint; tells whether the log is there at all."""
        reply = self._connected().request(Head).result(timeout)
        if not isinstance(reply, HeadIs):
            raise _unexpected(reply)
        return reply.checkpoint

    def close(self) -> None:
        """End the connection; what is open becomes ABANDONED."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _entry(
        self,
        kind: Kind,
        question: Question,
        detail: bytes,
        ask: int | None = None,
        answer_sha256: str | None = None,
    ) -> tuple[bytes, bytes]:
        nonce = secrets.token_bytes(NONCE_SIZE)
        envelope = Envelope(
            kind=kind,
            qid=question.qid,
            ts=timestamp(self._clock()),
            gw=self._gateway,
            agency=question.agency,
            purpose=question.purpose,
            prio=question.prio,
            user=question.user,
            ask=ask,
            answer_sha256=answer_sha256,
            detail=detail_digest(nonce, detail),
        )
        return nonce, encode_envelope(envelope)

    def _connected(self) -> Session:
        if os.getpid() != self._pid:
            msg = "an audit client does not survive a fork; make one after it"
            raise AuditUnavailable(msg)
        session = self._session
        if session is not None and not session.broken:
            return session
        with self._lock:
            if self._session is None or self._session.broken:
                self._session = self._reconnect()
            return self._session

    def _reconnect(self) -> Session:
        now = time.monotonic()
        if now < self._retry_at:
            msg = f"the audit log was unreachable; next attempt in {self._retry_at - now:.2f} s"
            raise AuditUnavailable(msg)
        try:
            session = Session(self._path)
        except AuditUnavailable:
            self._retry_at = time.monotonic() + self._backoff
            self._backoff = min(2 * self._backoff, _MAX_BACKOFF)
            raise
        self._backoff = _FIRST_BACKOFF
        return session


def _receipt(proof: Proof, entry: bytes, answer: bytes) -> Receipt:
    joined = proof.hashes
    hashes = tuple(joined[i : i + HASH_SIZE] for i in range(0, len(joined), HASH_SIZE))
    return Receipt(answer, entry, proof.index, proof.size, hashes, proof.checkpoint)


def _unexpected(reply: Reply) -> AuditUnavailable:
    return AuditUnavailable(f"the audit log sent an unexpected {type(reply).__name__}")
