from __future__ import annotations

import datetime as dt
from ipaddress import ip_address

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from lookup.client import (
    BatchCheckRequest,
    CheckRequest,
    Client,
    LookupFailed,
    Retry,
    StreamCheckRequest,
    Tls,
    Violation,
    verdict_of,
)
from lookup.proof import proven, split
from lookup.v1 import lookup_service_pb2 as pb

CODE = grpc.StatusCode


@pytest.fixture
def client(gateway):
    with Client(gateway.target, timeout=20, retry=Retry(attempts=3, base=0.0)) as client:
        yield client


def in_turn(*steps):
    """Each call takes the next step; the last one stays."""
    left = list(steps)

    def answer(request, context):
        return (left.pop(0) if len(left) > 1 else left[0])(request, context)

    return answer


def no_hit(request, _context):
    return pb.CheckResponse(query_id=request.query_id, verdict=pb.VERDICT_NO_HIT)


def test_check_brings_the_answer_and_keeps_the_callers_id_and_request(gateway, client):
    gateway.script["Check"] = no_hit
    request = CheckRequest()
    answer = client.check(request)
    assert answer.verdict == pb.VERDICT_NO_HIT
    assert len(answer.query_id) == 32
    assert not request.query_id
    assert client.check(CheckRequest(query_id="mine")).query_id == "mine"


@pytest.mark.parametrize(
    ("code", "reason", "pushback"),
    [
        (CODE.UNAVAILABLE, "", None),
        (CODE.ABORTED, "QUERY_IN_PROGRESS", None),
        (CODE.RESOURCE_EXHAUSTED, "OVERLOADED", None),
        (CODE.RESOURCE_EXHAUSTED, "OVERLOADED", 1),
    ],
)
def test_what_is_safe_is_tried_again_under_the_same_id(
    gateway, client, refusal, *, code, reason, pushback
):
    gateway.script["Check"] = in_turn(
        lambda _, context: refusal(context, code, reason, pushback=pushback), no_hit
    )
    client.check(CheckRequest())
    first, second = gateway.asked
    assert first.query_id
    assert first == second


@pytest.mark.parametrize(
    ("code", "reason", "pushback"),
    [
        (CODE.INVALID_ARGUMENT, "INVALID_QUERY", None),
        (CODE.ALREADY_EXISTS, "QUERY_ID_REUSED", None),
        (CODE.UNAVAILABLE, "AUDIT_UNAVAILABLE", None),
        (CODE.ABORTED, "", None),
        (CODE.RESOURCE_EXHAUSTED, "", None),
        (CODE.RESOURCE_EXHAUSTED, "OVERLOADED", -1),
        (CODE.RESOURCE_EXHAUSTED, "OVERLOADED", "soon"),
        (CODE.RESOURCE_EXHAUSTED, "OVERLOADED", 3_600_000),
        (CODE.INTERNAL, "INTERNAL", None),
    ],
)
def test_what_is_final_is_asked_once(gateway, client, refusal, *, code, reason, pushback):
    gateway.script["Check"] = lambda _, context: refusal(
        context, code, reason, "told", pushback=pushback
    )
    with pytest.raises(LookupFailed) as failed:
        client.check(CheckRequest())
    assert (failed.value.code, failed.value.reason) == (code, reason)
    assert "told" in str(failed.value)
    assert len(gateway.asked) == 1


def test_attempts_are_bounded(gateway, client, refusal):
    gateway.script["Check"] = lambda _, context: refusal(context, CODE.ABORTED, "QUERY_IN_PROGRESS")
    with pytest.raises(LookupFailed):
        client.check(CheckRequest())
    assert len(gateway.asked) == 3


def test_a_failure_names_the_fields_at_fault(gateway, client, refusal):
    gateway.script["Check"] = lambda _, context: refusal(
        context, CODE.INVALID_ARGUMENT, "INVALID_QUERY", "bad", violations=[("limit", "above 100")]
    )
    with pytest.raises(LookupFailed) as failed:
        client.check(CheckRequest())
    assert failed.value.violations == (Violation("limit", "above 100"),)
    assert failed.value.metadata == {"k": "v"}
    assert str(failed.value) == "INVALID_QUERY: bad; limit: above 100"


def test_a_failure_says_nothing_twice():
    failed = LookupFailed(
        CODE.INVALID_ARGUMENT, "INVALID_QUERY", "a: b", (Violation("a", "b"), Violation("c", "d"))
    )
    assert str(failed) == "INVALID_QUERY: a: b; c: d"


def test_every_attempt_has_a_deadline(gateway, client):
    left = []

    def answer(request, context):
        left.append(context.time_remaining())
        return no_hit(request, context)

    gateway.script["Check"] = answer
    client.check(CheckRequest())
    client.check(CheckRequest(), timeout=9)
    assert 10 < left[0] < 21
    assert left[1] < 10


def test_no_gateway_is_a_failure_without_reason():
    with (
        Client("127.0.0.1:1", timeout=20, retry=Retry(attempts=2, base=0.0)) as client,
        pytest.raises(LookupFailed) as failed,
    ):
        client.check(CheckRequest())
    assert failed.value.unreached


def test_proof_is_the_message_without_its_receipt(gateway, client, one_hit):
    answer = one_hit()
    bare = answer.SerializeToString()
    answer.receipt.index = 7
    gateway.script["Check"] = lambda _request, _context: answer
    got = client.check_with_proof(CheckRequest())
    assert got.answer == bare
    assert pb.Receipt.FromString(got.receipt).index == 7
    assert got.message == answer


def test_stream_ends_with_the_final_snapshot(gateway, client, one_hit):
    gateway.script["StreamCheck"] = lambda _request, _context: iter(
        [
            pb.StreamCheckResponse(sequence=1, verdict=pb.VERDICT_INCOMPLETE),
            one_hit(pb.StreamCheckResponse, sequence=2, final=True),
        ]
    )
    snapshots = list(client.stream_check(StreamCheckRequest()))
    assert [s.sequence for s in snapshots] == [1, 2]
    assert snapshots[-1].hits
    assert gateway.asked[0].query_id


def test_a_stream_cut_short_is_a_failure_after_its_snapshots(gateway, client):
    gateway.script["StreamCheck"] = lambda _request, _context: iter(
        [pb.StreamCheckResponse(sequence=1)]
    )
    stream = client.stream_check(StreamCheckRequest())
    assert next(stream).sequence == 1
    with pytest.raises(LookupFailed, match="before the final"):
        next(stream)
    assert len(gateway.asked) == 1


def test_a_stream_that_breaks_later_is_not_repeated(gateway, client, refusal):
    def breaks(_request, context):
        yield pb.StreamCheckResponse(sequence=1)
        refusal(context, CODE.UNAVAILABLE)

    gateway.script["StreamCheck"] = breaks
    stream = client.stream_check(StreamCheckRequest())
    next(stream)
    with pytest.raises(LookupFailed):
        next(stream)
    assert len(gateway.asked) == 1


def test_a_stream_that_fails_at_once_is_repeated(gateway, client, refusal):
    gateway.script["StreamCheck"] = in_turn(
        lambda _, context: refusal(context, CODE.UNAVAILABLE),
        lambda _request, _context: iter([pb.StreamCheckResponse(final=True)]),
    )
    assert len(list(client.stream_check(StreamCheckRequest()))) == 1
    assert gateway.asked[0] == gateway.asked[1]


def test_an_empty_stream_is_a_failure(gateway, client):
    gateway.script["StreamCheck"] = lambda _request, _context: iter([])
    with pytest.raises(LookupFailed, match="empty"):
        list(client.stream_check(StreamCheckRequest()))


def test_batch_items_get_ids_that_a_repeat_keeps(gateway, client, refusal):
    def answer(request, _context):
        return pb.BatchCheckResponse(
            items=[pb.BatchItem(query_id=i.query_id) for i in request.items]
        )

    gateway.script["BatchCheck"] = in_turn(
        lambda _, context: refusal(context, CODE.RESOURCE_EXHAUSTED, "OVERLOADED"), answer
    )
    batch = BatchCheckRequest(items=[CheckRequest(query_id="a"), CheckRequest()])
    got = client.batch_check(batch)
    assert got.items[0].query_id == "a"
    assert got.items[1].query_id
    assert gateway.asked[0] == gateway.asked[1]


def test_a_batch_answer_of_another_length_is_refused(gateway, client):
    gateway.script["BatchCheck"] = lambda _request, _context: pb.BatchCheckResponse()
    with pytest.raises(LookupFailed, match="0 answers to 1"):
        client.batch_check(BatchCheckRequest(items=[CheckRequest()]))


def test_sources_come_page_by_page(gateway, client):
    pages = {"": ("a", "2"), "2": ("b", "3"), "3": ("c", "")}

    def answer(request, _context):
        name, token = pages[request.page_token]
        return pb.ListSourcesResponse(sources=[pb.Source(name=name)], next_page_token=token)

    gateway.script["ListSources"] = answer
    names = [source.name for source in client.list_sources(matching="kind:ofac", page_size=1)]
    assert names == ["a", "b", "c"]
    assert {(r.filter, r.page_size) for r in gateway.asked} == {("kind:ofac", 1)}


def test_a_page_token_that_repeats_does_not_loop(gateway, client):
    gateway.script["ListSources"] = lambda _request, _context: pb.ListSourcesResponse(
        next_page_token="again"
    )
    assert list(client.list_sources()) == []
    assert len(gateway.asked) == 2


def test_get_record(gateway, client, refusal):
    gateway.script["GetRecord"] = in_turn(
        lambda request, _: pb.GetRecordResponse(
            record={"source": request.source, "record_id": request.record_id}
        ),
        lambda _, context: refusal(context, CODE.NOT_FOUND, "UNKNOWN_RECORD"),
    )
    assert client.get_record("ofac", "7").record_id == "7"
    with pytest.raises(LookupFailed) as failed:
        client.get_record("ofac", "8")
    assert failed.value.reason == "UNKNOWN_RECORD"


@pytest.mark.parametrize(
    ("verdict", "hits", "read"),
    [
        (pb.VERDICT_NO_HIT, 0, pb.VERDICT_NO_HIT),
        (pb.VERDICT_NO_HIT, 1, pb.VERDICT_HIT),
        (pb.VERDICT_HIT, 0, pb.VERDICT_HIT),
        (pb.VERDICT_INCOMPLETE, 0, pb.VERDICT_INCOMPLETE),
        (pb.VERDICT_UNSPECIFIED, 0, pb.VERDICT_INCOMPLETE),
        (99, 0, pb.VERDICT_INCOMPLETE),
        (99, 1, pb.VERDICT_HIT),
    ],
)
def test_an_unknown_verdict_is_incomplete_and_a_hit_is_never_lost(verdict, hits, read):
    assert verdict_of(pb.CheckResponse(verdict=verdict, hits=[pb.Hit()] * hits)) == read


@given(st.binary(max_size=40), st.integers(0, 2**64 - 1), st.lists(st.binary(max_size=9)))
def test_split_joins_to_the_whole(answer_id, index, hashes):
    answer = pb.CheckResponse(query_id=answer_id.hex())
    answer.hits.add(probability=0.5, hit_id="x" * len(answer_id))
    bare = answer.SerializeToString()
    answer.receipt.index = index
    answer.receipt.hashes.extend(hashes)
    kept, receipt = split(answer.SerializeToString())
    assert kept == bare
    assert receipt == answer.receipt.SerializeToString()


@given(st.binary(max_size=60))
def test_split_of_rubbish_is_a_message_or_an_error(raw):
    try:
        kept, _ = split(raw)
    except DecodeError:
        return
    assert len(kept) <= len(raw)


def test_an_answer_that_is_no_message_is_refused():
    with pytest.raises(DecodeError):
        proven(pb.CheckResponse, b"\x7a\xff")


def test_failures_cross_context_managers():
    """A frozen exception breaks `contextlib`, which sets its traceback."""
    failed = LookupFailed(CODE.INTERNAL, message="m")
    failed.__traceback__ = None
    assert not failed.unreached


def test_missing_key_files_are_named(tmp_path):
    with pytest.raises(OSError, match="absent"):
        Client("127.0.0.1:1", tls=Tls(ca=tmp_path / "absent.pem"))


def self_signed(folder, name):
    """A key and a certificate for 127.0.0.1 that is its own authority, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{name}.key").write_bytes(pem)
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / f"{name}.pem", folder / f"{name}.key"


def test_tls_with_a_certificate_of_our_own(gateway, tmp_path):
    gateway.script["Check"] = no_hit
    server_cert, server_key = self_signed(tmp_path, "server")
    client_cert, client_key = self_signed(tmp_path, "client")
    target = gateway.listen(
        grpc.ssl_server_credentials(
            [(server_key.read_bytes(), server_cert.read_bytes())],
            root_certificates=client_cert.read_bytes(),
            require_client_auth=True,
        )
    )
    ours = Tls(ca=server_cert, cert=client_cert, key=client_key)
    with Client(target, tls=ours, timeout=20) as client:
        assert client.check(CheckRequest()).verdict == pb.VERDICT_NO_HIT
    retry = Retry(attempts=1)
    for wrong in (Tls(ca=server_cert), Tls(ca=client_cert, cert=client_cert, key=client_key)):
        with Client(target, tls=wrong, timeout=20, retry=retry) as client:
            with pytest.raises(LookupFailed) as failed:
                client.check(CheckRequest())
            assert failed.value.unreached
