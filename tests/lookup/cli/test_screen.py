from __future__ import annotations

import json
import subprocess
import sys

import grpc
import pytest

from lookup.v1 import lookup_service_pb2 as pb

CODE = grpc.StatusCode


@pytest.fixture
def screen(gateway, run, tmp_path):
    """A function that screens a text and returns exit code, results, and standard error."""
    gateway.script["BatchCheck"] = by_name

    def screen(text, *arguments):
        (tmp_path / "list").write_text(text)
        code, out, err = run("screen", tmp_path / "list", "--server", gateway.target, *arguments)
        return code, [json.loads(line) for line in out.splitlines()], err

    return screen


def by_name(request, _context):
    """The name of a person says what becomes of the item."""
    return pb.BatchCheckResponse(items=[item(one) for one in request.items])


def item(request):
    name = request.subjects[0].person.names[0].full
    if name == "bad":
        status = pb.ItemStatus(code=3, reason=1, message="names[0]: bad")
        return pb.BatchItem(query_id=request.query_id, status=status)
    verdict = {"hit": pb.VERDICT_HIT, "part": pb.VERDICT_INCOMPLETE}.get(name, pb.VERDICT_NO_HIT)
    answer = pb.CheckResponse(query_id=request.query_id, verdict=verdict)
    return pb.BatchItem(query_id=request.query_id, status=pb.ItemStatus(), response=answer)


def names(*given):
    return "id,name\n" + "".join(f"p{number},{name}\n" for number, name in enumerate(given))


def test_results_come_in_the_order_of_the_list(screen):
    code, results, err = screen(names("hit", "clear", "", "part", "bad"))
    assert code == 10
    assert [r["id"] for r in results] == ["p0", "p1", "p2", "p3", "p4"]
    assert [r["line"] for r in results] == [2, 3, 4, 5, 6]
    assert [r["verdict"].removeprefix("VERDICT_") for r in results] == [
        *("HIT", "NO_HIT", "INCOMPLETE", "INCOMPLETE", "INCOMPLETE")
    ]
    assert results[0]["response"]["verdict"] == "VERDICT_HIT"
    assert results[0]["status"]["code"] == 0
    assert results[2]["status"]["reason"] == "ERROR_REASON_INVALID_QUERY"
    assert "is needed" in results[2]["status"]["message"]
    assert results[4]["status"]["message"] == "names[0]: bad"
    assert results[4]["response"] is None
    assert "5 rows screened: 1 hit, 1 without, 3 incomplete or failed" in err


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("clear", "clear"), 0),
        (("clear", "part"), 11),
        (("clear", ""), 11),
        (("bad",), 11),
        (("part", "hit"), 10),
        ((), 0),
    ],
)
def test_exit_codes(screen, given, code):
    assert screen(names(*given))[0] == code


def test_json_lines(screen):
    code, results, _ = screen('{"id": "a", "name": "hit"}\nrubbish\n{"name": "clear"}\n')
    assert code == 10
    assert [r["verdict"] for r in results] == [
        *("VERDICT_HIT", "VERDICT_INCOMPLETE", "VERDICT_NO_HIT")
    ]


def test_chunks_of_at_most_a_hundred_with_context_and_ids(screen, gateway):
    _, results, _ = screen(
        names(*["clear"] * 250),
        *("--purpose", "passenger-screening", "--query-id", "flight", "--limit", "3"),
    )
    assert [len(request.items) for request in gateway.asked] == [100, 100, 50]
    assert gateway.asked[0].context.purpose == pb.PURPOSE_PASSENGER_SCREENING
    assert gateway.asked[0].context.priority == pb.PRIORITY_BATCH
    assert gateway.asked[0].options.limit == 3
    assert [r["query_id"] for r in results] == [f"flight-{line}" for line in range(2, 252)]


def test_a_chunk_that_fails_fails_its_rows_only(screen, gateway, refusal):
    def fails_once(request, context):
        if len(gateway.asked) == 1:
            refusal(context, CODE.INTERNAL, "INTERNAL", "oops")
        return by_name(request, context)

    gateway.script["BatchCheck"] = fails_once
    code, results, _ = screen(names(*["clear"] * 150))
    assert code == 11
    assert [r["verdict"] for r in results] == ["VERDICT_INCOMPLETE"] * 100 + ["VERDICT_NO_HIT"] * 50
    assert results[0]["status"]["code"] == 13
    assert results[0]["status"]["reason"] == "ERROR_REASON_INTERNAL"


def test_what_every_chunk_would_be_refused_for_ends_the_screening(screen, gateway, refusal):
    gateway.script["BatchCheck"] = lambda _, context: refusal(
        context, CODE.NOT_FOUND, "UNKNOWN_SOURCE", "no source is called 'x'"
    )
    code, results, err = screen(names(*["clear"] * 150), "--source", "x")
    assert code == 2
    assert not results
    assert "UNKNOWN_SOURCE" in err
    assert len(gateway.asked) == 1


def test_no_gateway_is_a_failure_and_says_how_far_it_came(run, tmp_path):
    (tmp_path / "list").write_text(names("x"))
    code, out, err = run("screen", tmp_path / "list", "--server", "127.0.0.1:1")
    assert code == 1
    assert not out
    assert "0 rows screened" in err
    assert "lookup serve" in err


@pytest.mark.parametrize("text", ["UNB+UNOA:4+X+Y'", "[]", "a,b\n1,2\n"])
def test_other_formats_say_what_is_accepted(screen, text):
    code, results, err = screen(text)
    assert code == 2
    assert not results
    assert "accepted are CSV with a header line, and JSON Lines" in err


def test_columns_that_mean_nothing_are_told(screen):
    assert "not known and not used: seat" in screen("name,seat\nclear,1A\n")[2]


def test_the_format_can_be_given(screen):
    code, results, _ = screen("rubbish\n", "--format", "jsonl")
    assert code == 11
    assert "not JSON" in results[0]["status"]["message"]


def test_names_of_other_scripts_come_back_safe(screen):
    _, results, _ = screen('{"id": "\\u202eab", "name": "clear"}\n')
    assert results[0]["id"] == "\u202eab"


def test_a_reader_that_goes_away_is_no_traceback(gateway, tmp_path):
    gateway.script["BatchCheck"] = by_name
    (tmp_path / "list").write_text(names(*["clear"] * 2000))
    program = "import sys; from lookup.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "screen", tmp_path / "list"]
    with subprocess.Popen(
        [*command, "--server", gateway.target], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        first = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read().decode()
        process.wait(60)
    assert json.loads(first)["line"] == 2
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "Exception" not in err


def test_from_standard_input(gateway, spawn):
    gateway.script["BatchCheck"] = by_name
    done = spawn("screen", "-", "--server", gateway.target, stdin=names("hit"))
    assert done.returncode == 10
    assert json.loads(done.stdout)["verdict"] == "VERDICT_HIT"
