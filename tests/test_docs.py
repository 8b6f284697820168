"""The documents tell the truth: sessions and code blocks run, settings and links exist."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from adapters.file_list import Common
from adapters.mapped import FIELDS
from adapters.place import Place
from adapters.refresh import Outcome
from lookup.client import CheckRequest, Client, LookupFailed, Subject
from lookup.config import Audit, Gateway, Source, load
from lookup.sources import kinds, open_sources
from lookup.v1 import error_reason_pb2, lookup_service_pb2, source_service_pb2
from matching.rank import Thresholds
from matching.record import Kind

ROOT = Path(__file__).resolve().parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLE = ROOT / "deploy" / "gateway.toml"
GENERAL = {field.name for field in dataclasses.fields(Source)} - {"name", "settings"}
COMMON = {field.name for field in dataclasses.fields(Common)}
KINDS = {name: opened() for name, opened in kinds().items()}


def read(name):
    return (ROOT / name).read_text()


def block(text, title):
    """The fenced block whose first line is `title`, for example `toml gateway.toml`."""
    found = re.findall(rf"^```{re.escape(title)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks {title!r}"
    return found[0]


def between(text, name):
    return text.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]


def table(text):
    """The rows of the only table in `text`, each as its cells."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def coded(text):
    return set(re.findall(r"`([^`\n]+)`", text))


# Links


def anchors(text):
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("doc", DOCS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_resolve(doc):
    for target in re.findall(r"\]\(([^)\s]+)\)", doc.read_text()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (doc.parent / name) if name else doc
        assert path.exists(), f"{target} is not there"
        if anchor:
            assert anchor in anchors(path.read_text()), f"{target}: no such heading"


def test_every_document_is_linked():
    linked = {
        (doc.parent / target.partition("#")[0]).resolve()
        for doc in DOCS
        for target in re.findall(r"\]\(([^)\s]+)\)", doc.read_text())
    }
    decisions = ROOT / "docs" / "decisions"
    assert decisions in linked
    assert not {doc for doc in DOCS[1:] if doc.parent != decisions} - linked


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


# The session of the README


def pattern(expected):
    """The printed lines as an expression: `...` is anything, a decimal is any decimal."""
    parts = []
    for line in expected.splitlines():
        if line == "...":
            parts.append(r"(?:.*\n)*?")
            continue
        escaped = r".*".join(re.escape(part.rstrip()) for part in line.split("..."))
        escaped = re.sub(r"(?:\\[-+])?\d+\\\.\d+", r"[-+]?\\d+\\.\\d+", escaped)
        parts.append(escaped + r" *\n")
    return "".join(parts)


LOOKUP = [sys.executable, "-m", "lookup.cli"]
PUBLISHED = "127.0.0.1:7443"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Where and how commands run: a folder that looks like the checkout, a terminal of 100."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "deploy").symlink_to(ROOT / "deploy")
    listen = '[gateway]\nlisten = "127.0.0.1:0"\nworkers = 2\n'
    (folder / "gateway.toml").write_text(listen + block(read("README.md"), "toml"))
    return {"cwd": folder, "env": {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}, "text": True}


@pytest.fixture(scope="module")
def session():
    """The commands of the README with what they print."""
    shown = block(read("README.md"), "console")
    return re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", shown, re.MULTILINE)


@pytest.fixture(scope="module")
def served(session, environment):
    """The gateway that the first command starts: its address and what it printed."""
    command = shlex.split(session[0][0].removesuffix("&"))
    gateway = subprocess.Popen(
        [*LOOKUP, *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment
    )
    try:
        first = gateway.stdout.readline()
        event = gateway.stderr.readline()
        assert '"source.updated"' in event, event
        yield first.split()[2], first
    finally:
        gateway.send_signal(signal.SIGTERM)
        gateway.communicate(timeout=40)
    assert gateway.returncode == 0


def test_the_first_check_prints_what_the_readme_says(session, served, environment):
    (serve, started), (check, printed) = session
    address, first = served
    assert shlex.split(serve)[:2] == ["lookup", "serve"]
    assert re.fullmatch(pattern(started.replace(PUBLISHED, address)), first)
    done = subprocess.run(
        [*LOOKUP, *shlex.split(check)[1:], "--server", address],
        capture_output=True,
        check=False,
        **environment,
    )
    assert done.returncode == 10, done.stderr
    assert re.fullmatch(pattern(printed), done.stdout), done.stdout


def test_the_client_of_the_protocol_gets_a_clear(served):
    code = block(read("docs/protocol.md"), "python client.py")
    assert PUBLISHED in code
    found = {}
    exec(compile(code.replace(PUBLISHED, served[0]), "client.py", "exec"), found)
    assert found["clear"] is True


def test_the_error_of_the_protocol_is_that_of_the_gateway(served):
    shown = block(read("docs/protocol.md"), "text")
    asked = CheckRequest(subjects=[Subject(person={"names": [{"full": "x" * 300}]})])
    with Client(served[0]) as client, pytest.raises(LookupFailed) as caught:
        client.check(asked)
    failed = caught.value
    assert f"code: {failed.code.name}" in shown
    assert f'reason: "{failed.reason}"' in shown
    assert [f'field: "{violation.field}"' in shown for violation in failed.violations] == [True]


def test_the_demo_has_as_many_checks_as_the_readme_says():
    truth = json.loads(read("deploy/demo/truth.json"))
    shown = block(read("README.md"), "text demo")
    assert f"all {len(truth)} checks are as expected" in shown
    verdicts = set(re.findall(r"^ ?\d+ .{23} ([A-Z ]+?) {2,}", shown, re.MULTILINE))
    assert verdicts
    assert verdicts <= {one["verdict"].replace("_", " ") for one in truth.values()}


def test_code_comes_early():
    lines = read("README.md").splitlines()
    assert lines.index("```toml") < 34


# Kinds and settings

SMALLEST = {
    "mapped": {"path": "x.csv", "columns": {"id": "id"}},
    "remote": {"address": "127.0.0.1:1", "subjects": ["person"]},
}


def test_the_table_of_kinds_is_that_of_the_code(tmp_path):
    rows = {row[0].strip("`"): row[2:] for row in table(between(read("README.md"), "kinds"))}
    assert list(rows) == sorted(KINDS)
    place = Place("some", tmp_path, tmp_path)
    for name, kind in KINDS.items():
        sheet = kind(place, **SMALLEST.get(name, {"path": "x"})).capabilities
        if name == "remote":
            assert rows[name] == ["as configured"] * 3 + ["", "elsewhere"]
            assert not sheet.inline
            continue
        asked = [Kind.PERSON in sheet.kinds, Kind.DOCUMENT in sheet.kinds]
        expected = [*asked, Kind.VEHICLE in sheet.kinds, sheet.partial]
        assert [cell == "yes" for cell in rows[name][:4]] == expected, name
        assert rows[name][4] == ("in process" if sheet.inline else "elsewhere")


def settings_of(name):
    """What a table of that kind may hold and reach the kind with: its own parameters."""
    return set(list(inspect.signature(KINDS[name]).parameters)[1:]) - GENERAL


@pytest.fixture(scope="module")
def example():
    return tomllib.loads(EXAMPLE.read_text())


def test_the_example_can_be_served():
    config = load(EXAMPLE)
    assert len(open_sources(config)) == len(config.sources)


def test_the_example_has_every_setting_of_the_gateway(example):
    for name, section in (("gateway", Gateway), ("audit", Audit), ("matching", Thresholds)):
        assert set(example[name]) == {field.name for field in dataclasses.fields(section)}
    assert set(example) == {"gateway", "audit", "matching", "sources"}


def test_the_example_has_every_setting_of_every_kind(example):
    found: dict[str, set[str]] = {}
    for source in example["sources"].values():
        found.setdefault(source["kind"], set()).update(source)
    assert set(found) == set(KINDS)
    assert found["ofac"] >= GENERAL | COMMON
    for name, keys in found.items():
        own = settings_of(name)
        assert keys - GENERAL <= own, name
        assert own - COMMON <= keys, name


def test_the_example_holds_the_defaults_it_claims():
    other = {"state", "path", "key"}
    for name, section in (("gateway", Gateway), ("audit", Audit), ("matching", Thresholds)):
        given = getattr(load(EXAMPLE), name)
        for field in dataclasses.fields(section):
            if field.name not in other:
                assert getattr(given, field.name) == getattr(section(), field.name), field.name


def test_the_table_of_settings_is_that_of_the_code():
    documented: dict[str, set[str]] = {}
    for kinds_cell, settings_cell in table(between(read("docs/adapters.md"), "settings")):
        for name in coded(kinds_cell):
            documented[name] = coded(settings_cell) & set().union(*map(settings_of, KINDS))
    assert documented.pop("remote") >= settings_of("remote")
    common = table(between(read("docs/adapters.md"), "settings"))[0][1]
    assert coded(common) == COMMON
    for name in set(KINDS) - {"remote"}:
        assert documented[name] == settings_of(name) - COMMON, name


def test_the_fields_of_mapped_files_are_documented():
    assert coded(between(read("docs/adapters.md"), "fields")) == FIELDS


def test_settings_of_operations_are_those_of_the_code():
    text = between(read("docs/operations.md"), "settings")
    documented = {cell for row in table(text) for cell in coded(row[0])}
    sections = {"gateway": Gateway, "audit": Audit, "matching": Thresholds}
    expected = {
        f"{name}.{field.name}"
        for name, section in sections.items()
        for field in dataclasses.fields(section)
    }
    assert documented == expected | {f"sources.NAME.{name}" for name in GENERAL}


# Protocol


@pytest.mark.parametrize("module", [lookup_service_pb2, source_service_pb2])
def test_every_rpc_is_documented(module):
    text = coded(read("docs/protocol.md"))
    for service in module.DESCRIPTOR.services_by_name.values():
        assert service.name in text
        assert {method.name for method in service.methods} <= text


def values(enum, prefix):
    return {name.removeprefix(prefix) for name in enum.keys()} - {"UNSPECIFIED"}  # noqa: SIM118


@pytest.mark.parametrize(
    ("enum", "prefix", "heading"),
    [
        (error_reason_pb2.ErrorReason, "ERROR_REASON_", "errors"),
        (lookup_service_pb2.Verdict, "VERDICT_", "verdicts"),
        (lookup_service_pb2.SourceStatus, "SOURCE_STATUS_", "statuses"),
        (lookup_service_pb2.Band, "BAND_", "bands"),
    ],
)
def test_every_value_is_documented_and_no_other(enum, prefix, heading):
    rows = table(between(read("docs/protocol.md"), heading))
    assert {row[0].strip("`") for row in rows} == values(enum, prefix)


def test_errors_are_documented_with_their_codes():
    comments = read("protos/lookup/v1/error_reason.proto")
    for name, code, *_ in table(between(read("docs/protocol.md"), "errors")):
        reason = name.strip("`")
        assert f'code: {code.strip("`")}, reason: "{reason}"' in comments, reason


# Events of the log


def events():
    """Every name of an event that the code can write."""
    for path in sorted((ROOT / "lookup").rglob("*.py")):
        if "_pb2" in path.name:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in {"event", "fault"} or not node.args:
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield name.value
            elif isinstance(name, ast.JoinedStr):
                assert ast.unparse(name).startswith("f'source.{done.outcome"), path
                yield from (f"source.{outcome.value}" for outcome in Outcome)


def test_the_symptoms_are_what_the_code_says():
    rows = table(read("docs/operations.md").split("## At 3 a.m.")[1].split("## ")[0])
    paths = [p for package in ("lookup", "adapters") for p in (ROOT / package).rglob("*.py")]
    code = " ".join(re.sub(r'"\n *f?"', "", path.read_text()) for path in paths)
    quoted = [text for row in rows for text in re.findall(r'"([^"]+)"', row[0])]
    assert len(quoted) >= 3
    for text in quoted:
        for part in text.split("…"):
            assert part.strip(" :") in code or part.strip() == "Address already in use", part
    reasons = set(error_reason_pb2.ErrorReason.keys())
    statuses = set(lookup_service_pb2.SourceStatus.keys()) | set(lookup_service_pb2.Verdict.keys())
    known = {re.sub(r"^(ERROR_REASON|SOURCE_STATUS|VERDICT)_", "", v) for v in reasons | statuses}
    words = {word for row in rows for word in re.findall(r"`([A-Z_]{4,})`", row[0])}
    assert len(words) >= 5
    assert words <= known | {"RESOURCE_EXHAUSTED"}


def test_the_events_of_the_log_are_documented():
    documented = {row[0].strip("`") for row in table(between(read("docs/operations.md"), "events"))}
    assert documented == set(events())


# Decisions


def test_the_layers_of_the_decision_are_those_of_the_check():
    project = tomllib.loads(read("pyproject.toml"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract.get("containers"))
    written = block(read("docs/decisions/0003-layers-and-dependencies.md"), "text layers")
    assert written.splitlines() == layers


def test_every_dependency_has_a_reason():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    packages = {re.split(r"[<>=\[ ]", one)[0] for one in asked}
    text = read("docs/decisions/0003-layers-and-dependencies.md").split("Not taken:")[0]
    rows = [
        row for part in text.split("\n\n") if part.startswith("| package") for row in table(part)
    ]
    assert {name for row in rows for name in coded(row[0])} == packages
