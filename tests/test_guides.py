"""The guides to adapters and to matching: their code runs and keeps what they promise."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import math
import re
import sqlite3
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from adapters import contract
from adapters.base import Query, SourceError
from adapters.place import Place
from adapters.refresh import Outcome
from lookup.outcome import status_of
from lookup.remote import remote
from lookup.sources import GROUP
from lookup.v1 import source_service_pb2_grpc
from matching.record import Document, Name, Person

ROOT = Path(__file__).resolve().parent.parent


def read(name):
    return (ROOT / name).read_text()


def block(text, title):
    """The fenced block whose first line is `title`, for example `toml gateway.toml`."""
    found = re.findall(rf"^```{re.escape(title)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks {title!r}"
    return found[0]


# Adapters


def written(folder, title):
    """The block of the guide as a module in a file, for a kind reads the code it is made of."""
    language, name = title.split()
    assert language == "python"
    path = folder / name
    path.write_text(block(read("docs/adapters.md"), title))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path):
    return Place("withdrawn", tmp_path / "state", tmp_path)


def code_lines(text):
    return [line for line in text.splitlines() if line.strip() and not line.startswith('"""')]


def test_the_outside_adapter_keeps_the_contract(tmp_path, place, capsys):
    module = written(tmp_path, "python register.py")
    with sqlite3.connect(tmp_path / "papers.sqlite") as database:
        database.execute("CREATE TABLE papers (id TEXT, number TEXT, issuer TEXT)")
        rows = [("1", "X1234567", "UTO"), ("2", "X1234567", "ZZZ"), ("3", "Y7654321", "UTO")]
        database.executemany("INSERT INTO papers VALUES (?, ?, ?)", rows)
    kit = block(read("docs/adapters.md"), "python test_register.py")
    exec(compile(kit, "test_register.py", "exec"), {"register": module.register, "place": place})
    assert f"{len(contract.CHECKS)} checks, 0 broken" in capsys.readouterr().out


def test_the_outside_adapter_is_registered_as_its_project_says(tmp_path):
    project = tomllib.loads(block(read("docs/adapters.md"), "toml pyproject.toml"))
    assert "fedcheck" in project["project"]["dependencies"]
    ((name, target),) = project["project"]["entry-points"][GROUP].items()
    source = tomllib.loads(block(read("docs/adapters.md"), "toml gateway.toml"))
    ((_, settings),) = source["sources"].items()
    assert settings["kind"] == name
    file, _, attribute = target.partition(":")
    opener = getattr(written(tmp_path, f"python {file}.py"), attribute)
    assert set(settings) - {"kind"} == set(list(inspect.signature(opener).parameters)[1:])


def test_the_outside_adapter_is_about_thirty_lines():
    text = block(read("docs/adapters.md"), "python register.py")
    count = len([line for line in code_lines(text) if not line.startswith(("import", "from"))])
    assert count <= 36


def test_the_outside_list_keeps_the_contract(tmp_path, place):
    kind = written(tmp_path, "python wanted.py").KIND
    (tmp_path / "names.txt").write_text("Ada Example\n\nBela Example\n")

    def make():
        listed = kind(place, path="names.txt")
        done = listed.refresh()
        assert done.outcome in {Outcome.UPDATED, Outcome.UNCHANGED}
        assert (done.records, done.rejected) == (2, 1)
        return listed

    findings = contract.check_adapter(make, Person(names=(Name("Ada Example"),)), expected="1")
    assert all(finding.ok for finding in findings), contract.render(findings)


def test_the_outside_service_keeps_the_contract(tmp_path, place):
    server, port = written(tmp_path, "python service.py").serve("127.0.0.1:0")
    settings = tomllib.loads(block(read("docs/adapters.md"), "toml remote.toml"))
    ((_, source),) = settings["sources"].items()
    assert source.pop("kind") == "remote"
    source["address"] = f"127.0.0.1:{port}"
    try:
        findings = contract.check_adapter(
            lambda: remote(place, **source), Document("X1234567", "UTO"), expected="1"
        )
    finally:
        server.stop(None).wait()
    assert all(finding.ok for finding in findings), contract.render(findings)


class Refusing(source_service_pb2_grpc.SourceServiceServicer):
    """Ends every search with the status that the purpose of the query names."""

    def Search(self, request, context):  # noqa: N802
        context.abort(grpc.StatusCode[request.purpose], "as asked")
        yield


def outcomes_of_codes():
    """What the guide says becomes of each gRPC status."""
    text = read("docs/adapters.md").split("<!-- codes -->")[1].split("<!-- end -->")[0]
    rows = re.findall(r"^\| (.+) \| `(\w+)` \|$", text, re.MULTILINE)
    named = {code: end for codes, end in rows for code in re.findall(r"`(\w+)`", codes)}
    (other,) = (end for codes, end in rows if codes == "any other")
    return {code.name: named.get(code.name, other) for code in grpc.StatusCode if code.value[0]}


def test_a_failed_call_becomes_the_outcome_that_the_guide_says(place):
    server = grpc.server(ThreadPoolExecutor(2))
    source_service_pb2_grpc.add_SourceServiceServicer_to_server(Refusing(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    async def ended(code):
        adapter = remote(place, address=f"127.0.0.1:{port}", subjects=("document",))
        try:
            with pytest.raises(SourceError) as caught:
                await adapter.search(Query(Document("X1234567"), purpose=code, seconds=10))
        finally:
            await adapter.aclose()
        return status_of(caught.value).value

    try:
        found = {code: asyncio.run(ended(code)) for code in outcomes_of_codes()}
    finally:
        server.stop(None).wait()
    assert found == outcomes_of_codes()


# Matching


def test_the_example_of_matching_prints_what_it_says_and_adds_up(capsys):
    text = read("docs/matching.md")
    exec(compile(block(text, "python example.py"), "example.py", "exec"), {})
    printed = capsys.readouterr().out
    assert block(text, "text example") == printed
    lines = printed.splitlines()
    weights = {line: float(re.search(r"\(([-+]\d+\.\d\d)\)$", line)[1]) for line in lines[:-2]}
    words = {line for line in weights if re.search(r"^\S+ and \S+: ", line)}
    total = float(re.match(r"sum ([-+]\d+\.\d\d)", lines[-2])[1])
    assert sum(w for line, w in weights.items() if line not in words) == pytest.approx(
        total, abs=0.02
    )
    name = next(w for line, w in weights.items() if line.startswith("Name "))
    assert sum(weights[line] for line in words) == pytest.approx(name, abs=0.02)
    probability = float(re.match(r"probability (\d\.\d+)", lines[-1])[1])
    assert probability == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-6)
