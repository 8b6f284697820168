"""Why a call failed, as one exception, read from the status that a gateway sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

PUSHBACK = "grpc-retry-pushback-ms"
"""Trailing metadata of an overloaded gateway: milliseconds to wait, below 0 for never."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One field of the request that is missing, too long or malformed."""

    field: str
    description: str


@dataclass(eq=False)
class LookupFailed(Exception):
    """A call that brought no answer.

    `code` is the gRPC status, `reason` the `ErrorReason` without its prefix (empty where the
    failure is not the gateway's own, for example no connection), `message` is in words,
    `violations` name the fields at fault, `metadata` is that of the `google.rpc.ErrorInfo`.
    `pushback` is the number of seconds after which the gateway wants to be asked again, negative
    for never, None where it did not say.
    """

    code: grpc.StatusCode
    reason: str = ""
    message: str = ""
    violations: tuple[Violation, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    pushback: float | None = None

    def __str__(self) -> str:
        head = self.reason or self.code.name
        named = [f"{v.field}: {v.description}" for v in self.violations]
        new = "; ".join(text for text in named if text not in self.message)
        said = "; ".join(part for part in (self.message, new) if part)
        return f"{head}: {said}" if said else head

    @property
    def unreached(self) -> bool:
        """True if the gateway itself said nothing: no connection, or one that broke."""
        return self.code is grpc.StatusCode.UNAVAILABLE and not self.reason


def failure(error: grpc.RpcError) -> LookupFailed:
    """The exception for a failed call; understands calls without any details as well."""
    code = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
    message = error.details() if isinstance(error, grpc.Call) else str(error)
    info, violations = _details(error)
    return LookupFailed(
        code=code,
        reason=info.reason,
        message=message or "",
        violations=violations,
        metadata=dict(info.metadata),
        pushback=_pushback(error),
    )


def _details(
    error: Any,
) -> tuple[error_details_pb2.ErrorInfo, tuple[Violation, ...]]:
    info = error_details_pb2.ErrorInfo()
    violations: list[Violation] = []
    try:
        status = rpc_status.from_call(error)
    except (ValueError, AttributeError):
        status = None
    for detail in status.details if status is not None else ():
        bad = error_details_pb2.BadRequest()
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(bad.DESCRIPTOR):
            detail.Unpack(bad)
            violations += [Violation(v.field, v.description) for v in bad.field_violations]
    return info, tuple(violations)


def _pushback(error: grpc.RpcError) -> float | None:
    trailing: Any = error.trailing_metadata() if isinstance(error, grpc.Call) else ()
    found = dict(trailing or ()).get(PUSHBACK)
    if found is None:
        return None
    try:
        return int(found) / 1000
    except ValueError:
        return -1.0  # the specification of retries (gRFC A6): what cannot be read forbids them
