"""Errors by whose fault they are: the caller's, the configuration's, or the audit log's.

    Exception
    ├── CallerError            becomes a gRPC status with a `google.rpc.ErrorInfo`
    │   ├── InvalidQuery       a field is missing, too long or malformed
    │   ├── QueryIdReused      the query id stands for another content
    │   ├── QueryInProgress    the same query is being answered at this moment
    │   ├── UnknownSource, UnknownRecord
    │   ├── SourceFailed       the one source asked did not answer
    │   ├── DeadlineTooShort   no time to search and to record the answer
    │   └── Overloaded         more calls than the gateway takes on
    └── ConfigError            at start: file, key, what would be accepted

What a source does wrong is a `SourceError` (adapters.base) and becomes its outcome. What the audit
log cannot record is `AuditUnavailable` (lookup.audit.errors) and is not answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A field that cannot be accepted; `field` is a path like `subjects[0].person`."""

    field: str
    description: str


class CallerError(Exception):
    """What the caller can mend; `metadata` holds no personal data."""

    def __init__(self, message: str = "", **metadata: str) -> None:
        super().__init__(message or self.__doc__ or "")
        self.metadata: Mapping[str, str] = metadata


class InvalidQuery(CallerError):
    """The query cannot be accepted as it is."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        first = violations[0]
        super().__init__(f"{first.field}: {first.description}")
        self.violations = violations


class QueryIdReused(CallerError):
    """This query id was used for another content within 24 hours."""


class QueryInProgress(CallerError):
    """This query is being answered; ask again with the same id."""


class UnknownSource(CallerError):
    """There is no source of that name."""


class UnknownRecord(CallerError):
    """The source has no record of that id."""


class SourceFailed(CallerError):
    """The source of the record did not answer."""


class DeadlineTooShort(CallerError):
    """The deadline left no time to search and to record the answer."""


class Overloaded(CallerError):
    """The gateway takes on no more calls at the moment."""


class ConfigError(Exception):
    """The configuration cannot be used; the message names file, key and what is accepted."""
