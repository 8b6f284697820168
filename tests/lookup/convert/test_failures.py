"""Errors as statuses: each has a code and a documented reason, and tells no secret."""

from __future__ import annotations

import re
from pathlib import Path

import grpc
import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2

from lookup.audit import errors as audit_errors
from lookup.convert import failures
from lookup.errors import CallerError, InvalidQuery, UnknownSource, Violation
from lookup.v1 import error_reason_pb2

PROTO = Path(failures.__file__).parents[2] / "protos/lookup/v1/error_reason.proto"


def subclasses(kind):
    return [each for sub in kind.__subclasses__() for each in (sub, *subclasses(sub))]


CALLERS = [k for k in subclasses(CallerError) if k.__module__ == "lookup.errors"]
AUDIT = [k for k in subclasses(audit_errors.AuditError) if k.__module__ == "lookup.audit.errors"]


def made(kind):
    if kind is InvalidQuery:
        return InvalidQuery((Violation("query_id", "is long"),))
    if kind is audit_errors.ReceiptInvalid:
        return kind("entry", "/var/secret")
    return kind("/var/secret") if kind in AUDIT else kind()


def parts(status):
    (raw,) = [v for k, v in status.trailing_metadata if k == "grpc-status-details-bin"]
    rich = status_pb2.Status.FromString(raw)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in rich.details:
        detail.Unpack(info if detail.Is(info.DESCRIPTOR) else bad)
    return rich, info, bad


@pytest.mark.parametrize("kind", CALLERS + AUDIT, ids=lambda k: k.__name__)
def test_every_error_has_a_code_and_a_reason_that_exists(kind):
    error = made(kind)
    code, reason = failures.code_and_reason(error)
    assert code not in (code_pb2.OK, code_pb2.INTERNAL, code_pb2.UNKNOWN)
    assert failures.is_expected(error)
    value = failures.reason_value(error)
    assert error_reason_pb2.ErrorReason.Name(value) == f"ERROR_REASON_{reason}"
    rich, info, _ = parts(failures.status_of(error))
    assert (rich.code, info.reason, info.domain) == (code, reason, "lookup.v1")
    assert failures.status_of(error).code.value[0] == code


def test_the_codes():
    codes = {kind.__name__: failures.code_and_reason(made(kind)) for kind in CALLERS}
    assert codes == {
        "InvalidQuery": (code_pb2.INVALID_ARGUMENT, "INVALID_QUERY"),
        "QueryIdReused": (code_pb2.ALREADY_EXISTS, "QUERY_ID_REUSED"),
        "QueryInProgress": (code_pb2.ABORTED, "QUERY_IN_PROGRESS"),
        "UnknownSource": (code_pb2.NOT_FOUND, "UNKNOWN_SOURCE"),
        "UnknownRecord": (code_pb2.NOT_FOUND, "UNKNOWN_RECORD"),
        "SourceFailed": (code_pb2.UNAVAILABLE, "SOURCE_UNAVAILABLE"),
        "DeadlineTooShort": (code_pb2.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT"),
        "Overloaded": (code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED"),
    }


@pytest.mark.parametrize("kind", AUDIT, ids=lambda k: k.__name__)
def test_an_audit_error_tells_no_path(kind):
    status = failures.status_of(made(kind))
    assert status.code is grpc.StatusCode.UNAVAILABLE
    _, info, _ = parts(status)
    assert info.reason == "AUDIT_UNAVAILABLE"
    assert "secret" not in str(status)


def test_every_reason_is_documented_with_its_code_and_an_example():
    text = PROTO.read_text()
    reachable = {failures.code_and_reason(made(kind))[1] for kind in CALLERS + AUDIT}
    for name in error_reason_pb2.ErrorReason.keys():  # noqa: SIM118
        found = re.search(rf"((?:  //.*\n)+)  {name} = \d+;", text)
        assert found, name
        reason = name.removeprefix("ERROR_REASON_")
        if reason == "UNSPECIFIED":
            continue
        example = re.search(r'code: (\w+), reason: "(\w+)"', found[1])
        assert example, name
        assert example[2] == reason
        assert found[1].lstrip().startswith(f"// {example[1]}: ")
        assert reason in reachable | {"INTERNAL"}


def test_the_code_of_each_example_is_the_code_that_is_sent():
    examples = {
        r: code for code, r in re.findall(r'code: (\w+), reason: "(\w+)"', PROTO.read_text())
    }
    kinds = [failures.code_and_reason(made(kind)) for kind in CALLERS + AUDIT]
    sent = {reason: code_pb2.Code.Name(code) for code, reason in kinds}
    assert sent | {"INTERNAL": "INTERNAL"} == examples


def test_violations_travel_with_their_fields():
    violations = (Violation("subjects", "is empty"), Violation("query_id", "is long"))
    rich, _, bad = parts(failures.status_of(InvalidQuery(violations)))
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("subjects", "is empty"),
        ("query_id", "is long"),
    ]
    assert rich.message == "subjects: is empty"


def test_metadata_travels():
    _, info, _ = parts(failures.status_of(UnknownSource("no such", source="ofca")))
    assert dict(info.metadata) == {"source": "ofca"}


def test_a_fault_tells_its_id_alone():
    rich, info, _ = parts(failures.status_of(failures.Fault("6f1c")))
    assert (rich.code, info.reason) == (code_pb2.INTERNAL, "INTERNAL")
    assert dict(info.metadata) == {"fault_id": "6f1c"}
    assert rich.message == "internal fault 6f1c"


@pytest.mark.parametrize("error", [KeyError("Ada"), ValueError("Ada"), RuntimeError()])
def test_anything_else_is_not_expected(error):
    assert not failures.is_expected(error)
    assert failures.code_and_reason(error) == (code_pb2.INTERNAL, "INTERNAL")


def test_the_largest_status_fits_into_the_metadata_of_a_call():
    many = tuple(Violation(f"subjects[{n}].person.names[19].full", "x" * 90) for n in range(20))
    size = sum(len(v) for _, v in failures.status_of(InvalidQuery(many)).trailing_metadata)
    assert size < 6 * 1024
