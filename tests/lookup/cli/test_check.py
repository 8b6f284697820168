from __future__ import annotations

import json

import grpc
import pytest

from lookup.cli.options import PURPOSES
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2

CODE = grpc.StatusCode


@pytest.fixture
def ask(gateway, run):
    def ask(*arguments):
        return run("check", *arguments, "--server", gateway.target)

    return ask


def answers(gateway, answer):
    gateway.script["Check"] = lambda _request, _context: answer


@pytest.mark.parametrize(
    ("verdict", "code", "word"),
    [
        (pb.VERDICT_NO_HIT, 0, "NO HIT"),
        (pb.VERDICT_HIT, 10, "HIT"),
        (pb.VERDICT_INCOMPLETE, 11, "INCOMPLETE"),
        (pb.VERDICT_UNSPECIFIED, 11, "INCOMPLETE"),
        (42, 11, "INCOMPLETE"),
    ],
)
def test_exit_code_and_word_follow_the_verdict(gateway, ask, verdict, code, word):
    answers(gateway, pb.CheckResponse(verdict=verdict))
    got, out, err = ask("person", "--name", "x")
    assert got == code
    assert out.startswith(word)
    assert not err


def test_hits_with_unsearched_sources_are_a_hit(gateway, ask, one_hit):
    answers(gateway, one_hit())
    assert ask("person", "--name", "x")[0] == 10


def test_person_carries_every_field(gateway, ask):
    answers(gateway, pb.CheckResponse(verdict=pb.VERDICT_NO_HIT))
    ask(
        *("person", "--name", "Виктор Маренко", "--name", "Marenko", "--born", "1970-01"),
        *("--sex", "m", "--nationality", "rur", "--birth-place", "Strelsau"),
        *("--document", "AB/12/RUR", "--purpose", "police-check", "--language", "fr"),
        *("--limit", "3", "--threshold", "0.4", "--source", "un", "--source", "eu"),
        *("--query-id", "mine", "--explain"),
    )
    (request,) = gateway.asked
    (person,) = request.subjects
    assert [n.full for n in person.person.names] == ["Виктор Маренко", "Marenko"]
    assert person.person.births[0] == record_pb2.PartialDate(year=1970, month=1, raw="1970-01")
    assert person.person.sex == record_pb2.SEX_MALE
    assert person.person.nationalities == ["RUR"]
    assert person.person.birth_place == "Strelsau"
    (document,) = person.person.documents
    assert (document.number, document.issuer) == ("AB/12", "RUR")
    assert request.context == pb.Context(purpose=pb.PURPOSE_POLICE_CHECK, language="fr")
    assert request.options == pb.Options(sources=["un", "eu"], limit=3, threshold=0.4, explain=True)
    assert request.query_id == "mine"


def test_document_and_vehicle(gateway, ask):
    answers(gateway, pb.CheckResponse(verdict=pb.VERDICT_NO_HIT))
    ask("document", "--number", "X1", "--issuer", "rur", "--type", "passport")
    ask("vehicle", "--plate", "KLM 123", "--country", "RUR", "--colour", "red")
    document, vehicle = (request.subjects for request in gateway.asked)
    assert [s.WhichOneof("subject") for s in (*document, *vehicle)] == ["document", "vehicle"]
    assert document[0].document == record_pb2.Document(number="X1", issuer="RUR", type="PASSPORT")
    assert vehicle[0].vehicle == record_pb2.Vehicle(
        plate="KLM 123", plate_country="RUR", colour="red"
    )


def test_mrz_asks_about_its_bearer(gateway, ask, tmp_path):
    answers(gateway, pb.CheckResponse(verdict=pb.VERDICT_NO_HIT))
    lines = (
        "P<RURMARENKO<<VIKTOR<<<<<<<<<<<<<<<<<<<<<<<<\nL898902C36RUR7408122M1204159<<<<<<<<<<<<<<06"
    )
    (tmp_path / "zone.txt").write_text(lines + "\n")
    ask("mrz", tmp_path / "zone.txt")
    (bearer,) = gateway.asked[0].subjects
    assert bearer.person.mrz == lines


def test_mrz_from_standard_input(gateway, spawn):
    answers(gateway, pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE))
    done = spawn("check", "mrz", "-", "--server", gateway.target, stdin="P<RURMARENKO<<VIKTOR")
    assert done.returncode == 11
    assert gateway.asked[0].subjects[0].person.mrz == "P<RURMARENKO<<VIKTOR"


@pytest.mark.parametrize(
    "arguments",
    [
        ("person",),
        ("person", "--name", " "),
        ("person", "--name", "x", "--born", "31.01.1970"),
        ("person", "--name", "x", "--born", "1970-00-05"),
        ("person", "--name", "x", "--sex", "Q"),
        ("person", "--name", "x", "--purpose", "fun"),
        ("person", "--name", "x", "--limit", "101"),
        ("person", "--name", "x", "--timeout", "0"),
        ("person", "--name", "x", "--language", "de"),
        ("person", "--name", "x", "--cert", __file__),
        ("person", "--document", "/RUR"),
        ("document", "--issuer", "RUR"),
        ("document", "--number", ""),
        ("vehicle", "--make", "Lada"),
        ("mrz", "absent.txt"),
        ("mrz", "/dev/null"),
        ("boat",),
    ],
)
def test_wrong_usage_is_2_and_asks_nobody(gateway, run, arguments):
    code, out, err = run("check", *arguments)
    assert code == 2
    assert "Error: " in err
    assert not out
    assert not gateway.asked


def test_json_is_the_protobuf_mapping_with_every_field(gateway, ask, one_hit):
    answers(gateway, one_hit())
    code, out, _ = ask("person", "--name", "x", "--json")
    content = json.loads(out)
    assert code == 10
    assert content["verdict"] == "VERDICT_HIT"
    assert content["omitted_hits"] == 0
    assert content["hits"][0]["must_confirm_with"] == ["NCB Ruritania"]
    assert content["notices"] == []
    assert "receipt" not in content


def test_json_escapes_what_would_reorder_a_terminal(gateway, ask):
    answers(gateway, pb.CheckResponse(query_id="a\u202eb\x1b"))
    out = ask("person", "--name", "x", "--json")[1]
    assert "\u202e" not in out
    assert json.loads(out)["query_id"] == "a\u202eb\x1b"


def test_stream_shows_the_last_snapshot(gateway, ask, one_hit):
    gateway.script["StreamCheck"] = lambda _request, _context: iter(
        [
            pb.StreamCheckResponse(sequence=1, verdict=pb.VERDICT_INCOMPLETE),
            one_hit(pb.StreamCheckResponse, sequence=2, final=True),
        ]
    )
    code, out, _ = ask("person", "--name", "x", "--stream")
    assert code == 10
    assert "MARENKO, Viktor" in out
    assert "INCOMPLETE" not in out
    lines = ask("person", "--name", "x", "--stream", "--json")[1].splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [1, 2]


def test_a_stream_that_breaks_shows_what_came_and_fails(gateway, ask):
    gateway.script["StreamCheck"] = lambda _request, _context: iter(
        [pb.StreamCheckResponse(sequence=1, verdict=pb.VERDICT_INCOMPLETE)]
    )
    code, out, err = ask("person", "--name", "x", "--stream")
    assert code == 1
    assert out.startswith("INCOMPLETE")
    assert "before the final answer" in err


@pytest.mark.parametrize(
    ("code", "reason", "exit_code"),
    [
        (CODE.INVALID_ARGUMENT, "INVALID_QUERY", 2),
        (CODE.ALREADY_EXISTS, "QUERY_ID_REUSED", 2),
        (CODE.UNAVAILABLE, "AUDIT_UNAVAILABLE", 1),
        (CODE.INTERNAL, "INTERNAL", 1),
    ],
)
def test_a_refusal_is_one_line(gateway, ask, refusal, *, code, reason, exit_code):
    gateway.script["Check"] = lambda _, context: refusal(
        context, code, reason, "why", violations=[("subjects[0]", "bad\x1b")]
    )
    got, out, err = ask("person", "--name", "x")
    assert got == exit_code
    assert not out
    assert err == f"Error: {reason}: why; subjects[0]: bad\\x1b\n"


def test_a_deadline_says_so(gateway, run):
    import threading

    over = threading.Event()
    gateway.script["Check"] = lambda _request, _context: over.wait(60)
    code, _, err = run(
        "check", "person", "--name", "x", "--timeout", "0.2", "--server", gateway.target
    )
    over.set()
    assert code == 1
    assert "no answer within 0.2 s" in err


def test_no_gateway_says_what_to_start(run):
    code, out, err = run("check", "person", "--name", "x", "--server", "127.0.0.1:1")
    assert code == 1
    assert not out
    assert err.count("\n") == 1
    assert "lookup serve" in err


def test_receipt_is_saved_as_the_audit_commands_read_it(gateway, ask, tmp_path, one_hit):
    from lookup.audit.receipt import Receipt

    answer = one_hit()
    bare = answer.SerializeToString()
    answer.receipt.entry = b"e"
    answer.receipt.index = 3
    answer.receipt.tree_size = 9
    answer.receipt.hashes.append(b"h" * 32)
    answer.receipt.checkpoint = "note\n"
    answers(gateway, answer)
    code, _, _ = ask("person", "--name", "x", "--receipt", tmp_path / "r.json")
    assert code == 10
    saved = Receipt.from_json((tmp_path / "r.json").read_text())
    assert saved == Receipt(bare, b"e", 3, 9, (b"h" * 32,), b"note\n")


def test_an_answer_without_receipt_is_shown_and_then_a_failure(gateway, ask, tmp_path):
    answers(gateway, pb.CheckResponse(verdict=pb.VERDICT_NO_HIT))
    code, out, err = ask("person", "--name", "x", "--receipt", tmp_path / "r.json")
    assert code == 1
    assert out.startswith("NO HIT")
    assert "without a receipt" in err
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("columns", [80, 200])
def test_as_a_process_at_both_widths(gateway, spawn, one_hit, columns):
    answers(gateway, one_hit())
    done = spawn("check", "person", "--name", "x", "--server", gateway.target, COLUMNS=str(columns))
    assert done.returncode == 10
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert b"\x1b" not in done.stdout


def test_an_output_that_is_not_utf8_is_no_crash(gateway, spawn, one_hit):
    answers(gateway, one_hit())
    arguments = ("check", "person", "--name", "x", "--server", gateway.target)
    plain = spawn(*arguments, PYTHONIOENCODING="ascii")
    assert plain.returncode == 10
    assert b"\\u0412\\u0438" in plain.stdout
    as_json = spawn(*arguments, "--json", PYTHONIOENCODING="latin-1")
    assert json.loads(as_json.stdout)["hits"][0]["evidence"][0]["query_value"] == "Виктор Маренко"


def test_purposes_are_those_of_the_protocol():
    named = {f"PURPOSE_{name.upper()}" for name in PURPOSES}
    assert named == set(pb.Purpose.keys()) - {"PURPOSE_UNSPECIFIED"}
