"""What a caller asked: subjects, context and options, already checked, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from matching.record import Subject


class Priority(Enum):
    """Which check goes first; names as in `lookup.v1.Priority`."""

    EMERGENCY = "EMERGENCY"
    BORDER = "BORDER"
    BATCH = "BATCH"


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks and why; every text is bounded by `convert` and goes into the audit log only.

    `journey` is carrier, number, origin, destination, departure and arrival, `contact_window` its
    start and end; both are empty where nothing is said, times are ISO 8601 or empty.
    """

    purpose: str = "UNSPECIFIED"
    justification: str = ""
    case_reference: str = ""
    officer: str = ""
    on_behalf_of: str = ""
    location: str = ""
    event_id: str = ""
    language: str = "en"
    priority: Priority = Priority.BORDER
    traffic: str = "ACTUAL"
    journey: tuple[str, ...] = ()
    contact_window: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to search: `sources` empty for all, `limit` hits (1..100), `threshold` 0 for default."""

    sources: tuple[str, ...] = ()
    limit: int = 10
    threshold: float = 0.0
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the request that the caller should know."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One check. `digest` is SHA-256 over the content, without query id and language."""

    query_id: str
    subjects: tuple[Subject, ...]
    digest: bytes
    agency: str = "local"
    context: Context = Context()
    options: Options = Options()
    notices: tuple[Notice, ...] = ()
