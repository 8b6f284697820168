"""Errors become gRPC statuses with an `ErrorInfo`; one place for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from lookup import errors
from lookup.audit.errors import AuditError
from lookup.v1 import error_reason_pb2

DOMAIN = "lookup.v1"
PUSHBACK = "grpc-retry-pushback-ms"

_CODES: dict[type[Exception], tuple[int, str]] = {
    errors.InvalidQuery: (code_pb2.INVALID_ARGUMENT, "INVALID_QUERY"),
    errors.QueryIdReused: (code_pb2.ALREADY_EXISTS, "QUERY_ID_REUSED"),
    errors.QueryInProgress: (code_pb2.ABORTED, "QUERY_IN_PROGRESS"),
    errors.UnknownSource: (code_pb2.NOT_FOUND, "UNKNOWN_SOURCE"),
    errors.UnknownRecord: (code_pb2.NOT_FOUND, "UNKNOWN_RECORD"),
    errors.SourceFailed: (code_pb2.UNAVAILABLE, "SOURCE_UNAVAILABLE"),
    errors.DeadlineTooShort: (code_pb2.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT"),
    errors.Overloaded: (code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED"),
    AuditError: (code_pb2.UNAVAILABLE, "AUDIT_UNAVAILABLE"),
}


class Fault(Exception):
    """A defect of the gateway, known to the caller only by the id of its line in the log."""

    def __init__(self, fault_id: str) -> None:
        super().__init__(f"internal fault {fault_id}")
        self.fault_id = fault_id


def is_expected(error: BaseException) -> bool:
    """Whether the error is one that a caller can understand."""
    return isinstance(error, (*_CODES, Fault))


def code_and_reason(error: Exception) -> tuple[int, str]:
    """The gRPC status code and the `ErrorReason` without prefix."""
    for kind, found in _CODES.items():
        if isinstance(error, kind):
            return found
    return code_pb2.INTERNAL, "INTERNAL"


def reason_value(error: Exception) -> error_reason_pb2.ErrorReason.ValueType:
    """The `ErrorReason` as a message value."""
    return error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{code_and_reason(error)[1]}")


def message_of(error: Exception) -> str:
    """What a caller may read; the text of an audit error tells paths and is left out."""
    return "the audit log cannot record the check" if isinstance(error, AuditError) else str(error)


@dataclass(frozen=True, slots=True)
class _Status(grpc.Status):
    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, str | bytes], ...]


def status_of(error: Exception) -> grpc.Status:
    """The status with `ErrorInfo` and, for an invalid query, every field violation."""
    code, reason = code_and_reason(error)
    metadata = dict(getattr(error, "metadata", {}))
    if isinstance(error, Fault):
        metadata["fault_id"] = error.fault_id
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)
    details = [_packed(info)]
    if isinstance(error, errors.InvalidQuery):
        details.append(_packed(_violations(error)))
    packed = status_pb2.Status(code=code, message=message_of(error), details=details)
    status: grpc.Status = rpc_status.to_status(packed)
    if not isinstance(error, errors.Overloaded) or "retry_ms" not in metadata:
        return status
    trailing = (*(status.trailing_metadata or ()), (PUSHBACK, metadata["retry_ms"]))
    return _Status(status.code, status.details, trailing)


def _violations(error: errors.InvalidQuery) -> error_details_pb2.BadRequest:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=v.field, description=v.description)
            for v in error.violations
        ]
    )


def _packed(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
