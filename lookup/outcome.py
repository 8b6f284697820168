"""What became of asking each source, and what follows from all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from adapters import base


class Status(Enum):
    """The outcome of one source; names as in `lookup.v1.SourceStatus`."""

    ANSWERED = "ANSWERED"
    TIMED_OUT = "TIMED_OUT"
    UNAVAILABLE = "UNAVAILABLE"
    SUSPENDED = "SUSPENDED"
    REFUSED = "REFUSED"
    GARBLED = "GARBLED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    STALE = "STALE"
    LOADING = "LOADING"


class Verdict(Enum):
    """The result of a check; names as in `lookup.v1.Verdict`."""

    HIT = "HIT"
    NO_HIT = "NO_HIT"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of asking one source. `latency` is in seconds."""

    source: str
    status: Status
    complete: bool = False
    latency: float = 0.0
    as_of: datetime | None = None
    candidates: int = 0
    reason: str = ""
    version: str = ""
    touched: int = 0
    required: bool = False

    @property
    def searched(self) -> bool:
        """Whether this source stands in nobody's way to a verdict of no hit."""
        return self.status is Status.ANSWERED and self.complete


_BY_ERROR: tuple[tuple[type[base.SourceError], Status], ...] = (
    (base.TimedOut, Status.TIMED_OUT),
    (base.Loading, Status.LOADING),
    (base.Unavailable, Status.UNAVAILABLE),
    (base.Refused, Status.REFUSED),
    (base.Garbled, Status.GARBLED),
    (base.Suspended, Status.SUSPENDED),
)


def status_of(error: base.SourceError) -> Status:
    """The status that an error of a source stands for."""
    return next((s for kind, s in _BY_ERROR if isinstance(error, kind)), Status.UNAVAILABLE)


def verdict(outcomes: Iterable[Outcome], *, hits: bool) -> Verdict:
    """HIT with hits; NO_HIT only if some source is required and every required one searched all.

    Sources that hold nothing of the kind asked about are NOT_APPLICABLE and not required here.
    """
    if hits:
        return Verdict.HIT
    required = [outcome for outcome in outcomes if outcome.required]
    if required and all(outcome.searched for outcome in required):
        return Verdict.NO_HIT
    return Verdict.INCOMPLETE
