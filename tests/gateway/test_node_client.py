"""A client in another language: Node with the protos gets the answers of the command line."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson, ParseDict
from running import start

from lookup.cli.subjects import subjects_of
from lookup.client import CheckRequest, CheckResponse, Context, Options

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy" / "samples"
MODULES = ROOT / ".tools" / "node_modules"
NEEDED = ("@grpc/grpc-js", "@grpc/proto-loader")
CONFIG = f"""
[gateway]
listen = "127.0.0.1:0"
workers = 1
[sources.un]
kind = "un"
path = "{SAMPLES}/un.xml"
[sources.eu]
kind = "eu"
path = "{SAMPLES}/eu.xml"
[sources.vehicles]
kind = "vehicles"
path = "{SAMPLES}/vehicles.csv"
"""
QUESTIONS = {
    "person": (
        {"name": ["Velda Kieselhagen"], "birth": ["1979-04-17"]},
        ["--name", "Velda Kieselhagen", "--born", "1979-04-17"],
        "ZZi.00003",
    ),
    "vehicle": ({"vin": ["1ZZG00004RA000004"]}, ["--vin", "1ZZG00004RA000004"], "SMV-00004"),
}


@pytest.fixture(scope="module")
def node():
    """Path of Node; without it or its modules the tests are skipped, or fail where all must run."""
    found = shutil.which("node")
    absent = [name for name in NEEDED if not (MODULES / name).is_dir()]
    if found and not absent:
        return found
    reason = f"absent: {', '.join(absent) if found else 'node'} (.ci/node_tools installs it)"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    return pytest.skip(reason)


@pytest.fixture(scope="module")
def gateway(node, tmp_path_factory):
    assert node
    running = start(tmp_path_factory.mktemp("n"), CONFIG)
    yield running
    assert running.stop() == 0


def from_node(node, target, requests):
    script = ROOT / "tests" / "node" / "client.js"
    bodies = json.dumps([json.loads(_json(request)) for request in requests])
    return subprocess.run(
        [node, str(script), target, str(ROOT / "protos"), str(MODULES), bodies],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def _json(request):
    return MessageToJson(request, preserving_proto_field_name=True)


def from_command_line(target, kind, words):
    done = subprocess.run(
        [sys.executable, "-m", "lookup.cli", "check", kind, *words, "--server", target, "--json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 10, done.stderr
    return json.loads(done.stdout)


def message(answer):
    """The answer as a message, without what differs between two answers to one question.

    The ids of hits are made from the id of the query.
    """
    read = ParseDict(moments(answer), CheckResponse())
    for field in ("query_id", "receipt"):
        read.ClearField(field)
    for part, field in ((read.hits, "hit_id"), (read.outcomes, "latency")):
        for one in part:
            one.ClearField(field)
    return read


def moments(answer):
    """Node gives a Timestamp or Duration as its two fields; the protobuf mapping wants one text."""
    if isinstance(answer, list):
        return [moments(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    if set(answer) == {"seconds", "nanos"}:
        seconds = datetime.fromtimestamp(int(answer["seconds"]), UTC)
        return f"{seconds:%Y-%m-%dT%H:%M:%S}.{answer['nanos']:09d}Z"
    return {name: moments(value) for name, value in answer.items() if name != "latency"}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_node_gets_the_answer_of_the_command_line(node, gateway, kind):
    fields, words, record = QUESTIONS[kind]
    done = from_node(node, gateway.target, [_request(fields)])
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)
    told = from_command_line(gateway.target, kind, words)
    assert message(answer) == message(told)
    assert len(message(answer).outcomes) == 3
    assert answer["verdict"] == "VERDICT_HIT"
    assert answer["hits"][0]["records"][0]["record_id"] == record
    assert answer["receipt"]["checkpoint"]


def test_node_gets_the_refusal_of_a_bad_query(node, gateway):
    done = from_node(node, gateway.target, [CheckRequest()])
    assert done.returncode == 1
    assert done.stderr.startswith("3 ")


def _request(fields):
    return CheckRequest(
        context=Context(language="en"),
        options=Options(limit=10),
        subjects=subjects_of(fields),
    )
