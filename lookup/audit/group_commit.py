"""Group commit: many requests become one durable batch, and then all their replies."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from lookup.audit.entry import Envelope, Kind, decode_envelope, detail_digest, with_ask
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
    Refused,
    Release,
    Replayed,
    Reply,
    Request,
)
from lookup.audit.log import Appended, AuditLog, Pending
from lookup.audit.outcomes import Conflict, Finished, Fresh, InProgress, Outcomes
from lookup.audit.recovery import abandoned


@dataclass(eq=False, slots=True)
class Caller:
    """One connection: the questions it owes an answer to, and the replies it is owed."""

    open_asks: dict[int, Envelope] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    _indexes: dict[int, int] = field(default_factory=dict)
    _requests: dict[int, int] = field(default_factory=dict)

    def open(self, request: int, index: int, ask: Envelope) -> None:
        """Remember the ASK at `index`, recorded for the request of this id."""
        self.open_asks[index] = ask
        self._indexes[request] = index
        self._requests[index] = request

    def close(self, index: int) -> None:
        """Forget an open ASK."""
        del self.open_asks[index]
        self._indexes.pop(self._requests.pop(index), None)

    def index_of(self, request: int) -> int:
        """Return the index of the open ASK of a request; raises EntryInvalid."""
        index = self._indexes.get(request)
        if index is None:
            msg = f"request {request} of this connection has no open ASK"
            raise EntryInvalid(msg)
        return index


Work = tuple[Caller, Request]
_Staged = Callable[[Appended], Reply]


class GroupCommit:
    """Turns requests into log entries; knows no sockets."""

    def __init__(self, log: AuditLog, outcomes: Outcomes, clock: Callable[[], int]) -> None:
        """Write to `log` and `outcomes`; `clock` gives nanoseconds UTC."""
        self._log = log
        self._outcomes = outcomes
        self._clock = clock
        self._pendings: list[Pending] = []
        self._staged: list[tuple[Caller, _Staged]] = []
        self._finished: list[Finished] = []

    def commit(self, work: Sequence[Work]) -> None:
        """Record all requests in one transaction and put every reply on its caller.

        Raises AuditUnavailable after every caller was refused: nothing may be released.
        """
        self._pendings, self._staged, self._finished = [], [], []
        try:
            for caller, request in work:
                self._stage(caller, request)
            self._write()
        except (AuditError, sqlite3.Error) as error:
            # A caller that was already told something in this batch gets a second, ignored reply.
            for caller, request in work:
                caller.replies.append(Refused(request.id, str(error), down=True))
            raise AuditUnavailable(str(error)) from error

    def _write(self) -> None:
        if not self._pendings:
            return
        appended = self._log.append_batch(self._pendings)
        replies = [
            (caller, make(entry))
            for (caller, make), entry in zip(self._staged, appended, strict=True)
        ]
        # The outcome is stored after its ANSWER is durable and before anything is released:
        # a crash between the two costs a second look-up, never an unrecorded release.
        if self._finished:
            self._outcomes.finish(self._finished)
        for caller, reply in replies:
            caller.replies.append(reply)

    def _stage(self, caller: Caller, request: Request) -> None:
        try:
            match request:
                case Ask():
                    self._ask(caller, request)
                case Answer():
                    self._answer(caller, request)
                case Note():
                    self._note(caller, request)
                case Release():
                    self._release(caller, request)
                case Head():
                    caller.replies.append(HeadIs(request.id, self._log.checkpoint))
        except EntryInvalid as error:
            caller.replies.append(Refused(request.id, str(error), down=False))

    def _append(self, caller: Caller, entry: Pending, reply: _Staged) -> None:
        self._pendings.append(entry)
        self._staged.append((caller, reply))

    def _ask(self, caller: Caller, ask: Ask) -> None:
        envelope = _opened(ask.body, ask.nonce, ask.detail)
        if envelope.kind is not Kind.ASK or envelope.replay or envelope.ask is not None:
            msg = "an Ask needs an envelope of kind ASK"
            raise EntryInvalid(msg)
        begun = self._outcomes.begin(envelope.agency, envelope.qid, ask.digest)
        if isinstance(begun, Conflict):
            caller.replies.append(Conflicted(ask.id))
        elif isinstance(begun, InProgress):
            caller.replies.append(Busy(ask.id))
        elif isinstance(begun, Fresh):
            pending = Pending(ask.body, ask.nonce, ask.detail, opens=True)

            # Open from now on, so that its answer may come in the same batch.
            caller.open(ask.id, self._log.size + len(self._pendings), envelope)
            self._append(caller, pending, lambda entry: Asked(ask.id, entry.index))
        elif begun.entry >= self._log.size:
            msg = f"the stored outcome names entry {begun.entry}, which this log does not have"
            raise EntryInvalid(msg)
        else:
            replay = msgspec.structs.replace(envelope, replay=True)
            pending = Pending.of(replay, ask.nonce, ask.detail)

            def replayed(entry: Appended) -> Reply:
                body, hashes = self._log.entry(begun.entry), self._log.proof(begun.entry)
                proof = Proof(begun.entry, entry.size, b"".join(hashes), entry.checkpoint)
                return Replayed(ask.id, entry.index, begun.answer, body, proof)

            self._append(caller, pending, replayed)

    def _answer(self, caller: Caller, answer: Answer) -> None:
        body = answer.body
        if answer.ask_id:
            body = with_ask(body, caller.index_of(answer.ask_id))
        envelope = _opened(body, answer.nonce, answer.detail)
        if envelope.kind not in {Kind.ANSWER, Kind.PART}:
            msg = "an Answer needs an envelope of kind ANSWER or PART"
            raise EntryInvalid(msg)
        if envelope.answer_sha256 != hashlib.sha256(answer.answer).hexdigest():
            msg = "the envelope does not commit to this answer"
            raise EntryInvalid(msg)
        ask = _open(caller, envelope)
        closes = None
        if envelope.kind is Kind.ANSWER:
            closes = envelope.ask
            caller.close(_index(envelope))
            at = len(self._pendings) + self._log.size
            self._finished.append(Finished(ask.agency, ask.qid, answer.answer, at))
        pending = Pending(body, answer.nonce, answer.detail, closes=closes)

        def answered(entry: Appended) -> Reply:
            hashes = b"".join(entry.proof())
            return Answered(answer.id, Proof(entry.index, entry.size, hashes, entry.checkpoint))

        self._append(caller, pending, answered)

    def _note(self, caller: Caller, note: Note) -> None:
        envelope = _opened(note.body, note.nonce, note.detail)
        if envelope.kind in {Kind.ASK, Kind.PART, Kind.ANSWER, Kind.CHECKPOINT_GAP}:
            msg = f"a Note cannot have the kind {envelope.kind}"
            raise EntryInvalid(msg)
        if envelope.ask is not None:
            ask = _open(caller, envelope)
            caller.close(_index(envelope))
            self._outcomes.abandon(ask.agency, ask.qid)
        pending = Pending(note.body, note.nonce, note.detail, closes=envelope.ask)
        self._append(caller, pending, lambda entry: Noted(note.id, entry.index))

    def _release(self, caller: Caller, release: Release) -> None:
        ask = caller.open_asks.get(release.ask)
        if ask is None:
            msg = f"no open ASK {release.ask} on this connection"
            raise EntryInvalid(msg)
        caller.close(release.ask)
        self._outcomes.abandon(ask.agency, ask.qid)
        pending = abandoned(ask, release.ask, self._clock())
        self._append(caller, pending, lambda entry: Noted(release.id, entry.index))


def _opened(body: bytes, nonce: bytes, detail: bytes) -> Envelope:
    envelope = decode_envelope(body)
    if envelope.detail != detail_digest(nonce, detail):
        msg = "the envelope does not commit to this detail"
        raise EntryInvalid(msg)
    return envelope


def _index(envelope: Envelope) -> int:
    return -1 if envelope.ask is None else envelope.ask


def _open(caller: Caller, envelope: Envelope) -> Envelope:
    ask = caller.open_asks.get(_index(envelope))
    if ask is None or (ask.agency, ask.qid) != (envelope.agency, envelope.qid):
        msg = f"no open ASK {envelope.ask} of this query on this connection"
        raise EntryInvalid(msg)
    return ask
