"""The tour of the documents: every stop that it names is there, and a check passes by it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lookup.client import CheckRequest, CheckResponse, Name, Person, Subject, Verdict
from lookup.config import load
from lookup.telemetry import Log
from lookup.worker import Post, Worker

ROOT = Path(__file__).resolve().parent.parent
TOUR = (ROOT / "docs" / "tour.md").read_text()
STOPS = re.findall(r"`([\w/]+\.(?:py|proto))`(?:[ \n]`([\w .]+)`)?", TOUR)


def defined(tree, path=()):
    """Every class, function and constant of a module, dotted."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join((*path, node.name))
            if isinstance(node, ast.ClassDef):
                yield from defined(node, (node.name,))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_the_tour_has_nine_stops():
    titles = re.findall(r"^## (\d)\. ", TOUR, re.MULTILINE)
    assert titles == [str(number) for number in range(1, 10)]
    for part in re.split(r"^## ", TOUR, flags=re.MULTILINE)[1:]:
        assert re.search(r"`[\w/]+\.(?:py|proto)` `[\w .]+`", part.replace("\n", " ")), part


@pytest.mark.parametrize(("path", "name"), STOPS, ids=[f"{p}-{n}" for p, n in STOPS])
def test_a_stop_is_there(path, name):
    file = ROOT / path
    assert file.is_file()
    if path.endswith(".proto"):
        assert f"  {name}(" in file.read_text()
    elif name:
        assert name in set(defined(ast.parse(file.read_text())))


# One real check, watched

ELSEWHERE = {
    ("lookup/rpc.py", "Methods.unary"): "makes the method that is called",
    ("lookup/convert/failures.py", "status_of"): "for errors only",
    ("lookup/server.py", "run"): "in the supervisor",
    ("lookup/supervisor.py", "Supervisor.run"): "in the supervisor",
    ("lookup/worker.py", "Worker"): "before the check",
    ("matching/mrz.py", "parse"): "for machine-readable zones only",
    ("lookup/remote.py", "Remote.search"): "for sources elsewhere only",
    ("matching/evidence.py", "TABLE"): "no function",
    ("lookup/encounter.py", "Asked"): "a value",
    ("lookup/outcome.py", "Outcome"): "a value",
}
WRITER = """
import sys
from pathlib import Path
from lookup.audit.writer import WriterFiles, run
folder = Path(sys.argv[1])
names = ("audit.sock", "log.sqlite", "outcomes.sqlite", "log.key", "log.pub")
files = WriterFiles(*(folder / name for name in names))
run(files, "example.org/tour", ready=lambda: print("ready", flush=True))
"""


class Context:
    """What a method asks of gRPC."""

    def time_remaining(self):
        return 20.0

    def abort_with_status(self, status):
        raise AssertionError(status)


@pytest.fixture
def worker(tmp_path):
    """A worker over one of the sample lists, and the writer of its log; no call is served."""
    sample = ROOT / "deploy" / "samples" / "ofac"
    config = tmp_path / "gateway.toml"
    config.write_text(f'[sources.ofac]\nkind = "ofac"\npath = "{sample}"\n')
    post = Post("127.0.0.1:0", tmp_path / "audit.sock", None)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "ready\n"
        made = Worker(load(config), post, Log(process="tour"))
        for source in made._sources:
            source.adapter.refresh()
        yield made
        made._server.stop(None).wait()
        made._audit.close()
        made._loops.close()
    finally:
        writer.terminate()
        writer.communicate(timeout=30)


def visited(call):
    """Every function of this project that `call` runs in its thread, as file and dotted name."""
    seen = set()

    def note(frame, event, _):
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(str(ROOT)):
            seen.add((Path(name).relative_to(ROOT).as_posix(), frame.f_code.co_qualname))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return seen


def test_a_check_passes_by_every_stop(worker):
    person = Person(names=[Name(full="Светозар Тихоозёров")])
    request = CheckRequest(subjects=[Subject(person=person)]).SerializeToString()
    method = worker._methods.unary(worker._servicer.check).unary_unary
    answers = []
    seen = visited(lambda: answers.append(method(request, Context())))
    assert CheckResponse.FromString(answers[0]).verdict == Verdict.VERDICT_HIT
    for path, name in STOPS:
        if path.endswith(".py") and name and (path, name) not in ELSEWHERE:
            assert any(f == path and f"{q}.".startswith(f"{name}.") for f, q in seen), (path, name)


def test_what_is_elsewhere_is_on_the_tour():
    assert set(ELSEWHERE) <= set(STOPS)
