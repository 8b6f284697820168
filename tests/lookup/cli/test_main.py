from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest

from lookup.v1 import lookup_service_pb2 as pb

MAIN = "import sys; from lookup.cli.main import main; sys.exit(main())"
HEAVY = {"grpc", "numpy", "rich", "google", "cryptography", "lxml", "msgspec", "asyncio"}


def imported(*arguments):
    program = (
        "import sys; from lookup.cli.main import main; code = main(sys.argv[1:]);"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("check", "--help"), ("check", "person", "--help")]
)
def test_help_imports_nothing_heavy(arguments):
    modules = imported(*arguments)
    assert "click" in modules
    assert not modules & (HEAVY | {"adapters", "matching"})


def test_help_names_every_command_of_the_contract(run):
    out = run("--help")[1]
    named = set(re.findall(r"^  ([a-z]+) ", out, re.MULTILINE))
    assert {"serve", "check", "screen", "sources", "audit", "evaluate", "config"} <= named


def test_no_command_is_wrong_usage_with_help(run):
    code, _, err = run()
    assert code == 2
    assert "Commands:" in err


def test_control_characters_of_the_arguments_do_not_come_back(run):
    code, _, err = run("check", "person", "--name", "x", "--born", "\x1b[2J\u202e")
    assert code == 2
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_ctrl_c_ends_with_130_and_no_traceback(gateway):
    asked, over = threading.Event(), threading.Event()

    def wait(_request, _context):
        asked.set()
        over.wait(60)
        return pb.CheckResponse()

    gateway.script["Check"] = wait
    command = [sys.executable, "-c", MAIN, "check", "person", "--name", "x", "--timeout", "60"]
    with subprocess.Popen(
        [*command, "--server", gateway.target], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    over.set()
    assert process.returncode == 130
    assert not out
    assert err.split() == [b"interrupted"]


def test_a_gateway_that_dies_during_a_call_is_one_line(gateway):
    asked, over = threading.Event(), threading.Event()

    def wait(_request, _context):
        asked.set()
        over.wait(60)
        return pb.CheckResponse()

    gateway.script["Check"] = wait
    command = [sys.executable, "-c", MAIN, "check", "person", "--name", "x"]
    with subprocess.Popen(
        [*command, "--server", gateway.target], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert asked.wait(60)
        gateway.stop()
        out, err = process.communicate(timeout=60)
    over.set()
    assert process.returncode == 1
    assert not out
    assert err.startswith(b"Error: no ")
    assert err.count(b"\n") == 1


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_on_a_terminal_unless_the_environment_says_no(
    gateway, one_hit, variables, coloured
):
    gateway.script["Check"] = lambda _request, _context: one_hit()
    shown = on_terminal(["check", "person", "--name", "x", "--server", gateway.target], variables)
    assert "HIT: 1 lead" in shown
    assert (re.search(r"\x1b\[[0-9;]*4[0-9]", shown) is not None) is coloured


def test_long_work_shows_progress_on_a_terminal_only(gateway, tmp_path, spawn):
    gateway.script["BatchCheck"] = lambda request, _context: pb.BatchCheckResponse(
        items=[pb.BatchItem(response=pb.CheckResponse(verdict=pb.VERDICT_HIT))] * len(request.items)
    )
    (tmp_path / "list.csv").write_text("name\n" + "x\n" * 300)
    arguments = ["screen", str(tmp_path / "list.csv"), "--server", gateway.target]
    assert "screening" in on_terminal(arguments, {})
    assert b"screening" not in spawn(*arguments).stderr


def on_terminal(arguments, variables):
    """What a command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | variables,
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:
            pass  # the other end is closed
        finally:
            os.close(ours)
        assert process.wait(60) == 10
    return shown.decode()
