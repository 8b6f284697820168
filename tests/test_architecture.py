"""The rules of the house: imports, names, lengths, locked packages, documented commands."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from lookup.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("lookup", "adapters", "matching")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
MAX_LINES = 500

# Split, so that this file does not hold what it looks for.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
)
MACHINE_PATHS = tuple(
    "/" + "/".join(parts)
    for parts in (("work", "main"), ("work", "shared"), ("tmp", "plan"), ("root", ""))
)

BANNED = {
    "manager", "managers", "helper", "helpers", "util", "utils", "engine", "engines", "processor",
    "processors", "handler", "handlers", "data", "info",
}  # fmt: skip
ALLOWED = {
    ("matching.vehicle", "engine"): "the number of a motor is `engine_number` in the contract",
    ("matching.vehicle", "engines"): "as above",
    ("lookup.worker", "handlers"): "grpc's own word for the methods of a server",
    ("adapters.fetch", "handler"): "urllib's own word for what opens an address",
    ("lookup.cli.render", "data"): "the line that begins `data of` and their age",
}
"""Where a banned word is somebody else's, or means just that; each must be in use."""


def modules(*packages):
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "_pb2" not in path.name:
                yield path


def tracked():
    """Every file that git keeps, or all but the ignored folders where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        ignored = {".venv", ".tools", "__pycache__", ".mypy_cache", ".ruff_cache", ".git", ".demo"}
        paths = [p for p in ROOT.rglob("*") if not ignored & set(p.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def texts():
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8", "replace")


# Imports

PLANTS = [
    (CONTRACTS[0]["name"], "adapters/durations.py", "import lookup.errors"),
    (CONTRACTS[0]["name"], "matching/arrays.py", "import adapters.base"),
    (CONTRACTS[1]["name"], "matching/arrays.py", "import socket"),
    (CONTRACTS[1]["name"], "matching/arrays.py", "from google.protobuf import message"),
    (CONTRACTS[2]["name"], "adapters/durations.py", "import grpc"),
    (CONTRACTS[3]["name"], "lookup/errors.py", "import lookup.config"),
    (CONTRACTS[3]["name"], "lookup/fanout.py", "import lookup.check"),
    (CONTRACTS[3]["name"], "lookup/stray.py", "import lookup.errors"),
    (CONTRACTS[4]["name"], "lookup/check.py", "from lookup.v1 import record_pb2"),
    (CONTRACTS[5]["name"], "lookup/client.py", "import lookup.convert.records"),
]


def lint(folder):
    """The words of import-linter over a tree, and its exit code."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    """A copy of the packages, to plant something in."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_imports_keep_every_contract(tree):
    code, words = lint(tree)
    assert code == 0, words
    assert f"{len(CONTRACTS)} kept, 0 broken" in words


@pytest.mark.parametrize(("contract", "module", "line"), PLANTS)
def test_a_planted_import_breaks_its_contract(tree, contract, module, line):
    with (tree / module).open("a") as file:
        file.write(f"\n{line}\n")
    code, words = lint(tree)
    assert code == 1, words
    assert f"{contract} BROKEN" in words


def test_every_contract_has_a_plant():
    assert {contract["name"] for contract in CONTRACTS} == {name for name, _, _ in PLANTS}


def imports(path, known):
    """The modules of this project that a module imports when it is loaded."""
    todo = list(ast.parse(path.read_text()).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.ImportFrom):
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            yield from names & known
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & known
        elif isinstance(node, ast.If | ast.Try):
            todo += [*node.body, *node.orelse]


def cycles(graph):
    """The modules that are left when those that import nothing left are taken away."""
    left = {module: set(found) for module, found in graph.items()}
    while free := [module for module, found in left.items() if not found & left.keys()]:
        for module in free:
            del left[module]
    return left


def test_no_module_imports_itself_by_a_detour():
    named = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules(*PACKAGES)
    }
    named = {name: path for name, path in named.items() if not name.endswith("__init__")}
    graph = {name: set(imports(path, named.keys())) for name, path in named.items()}
    assert sum(map(len, graph.values())) > len(graph)
    assert not cycles(graph)


def test_a_detour_is_found():
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}).keys() == {"a", "b", "c"}


# Modules


@pytest.mark.parametrize(
    "path",
    list(modules(*PACKAGES, "deploy", "benchmarks", ".ci")),
    ids=lambda p: p.relative_to(ROOT).as_posix(),
)
def test_a_module_begins_with_one_sentence(path):
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, "no docstring"
    first = " ".join(text.split("\n\n")[0].split())
    assert first.endswith((".", ":")), first
    assert not re.search(r"[.?!] [A-Z]", first), f"more than one sentence: {first}"


SETS = {"lookup/cli/output.py": "sets what grpc reads once, at its import"}


def test_nothing_is_read_from_the_environment():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    }
    assert found == set(SETS)
    for name in SETS:
        assert re.findall(r"os\.environ\.(\w+)", (ROOT / name).read_text()) == ["setdefault"]


def test_no_function_changes_a_global():
    found = [
        path.relative_to(ROOT).as_posix()
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Global)
    ]
    assert not found


def test_no_file_is_long():
    long = {
        name: count
        for name, text in texts()
        if name.endswith(".py")
        and not name.startswith("tests/")
        and (count := len(text.splitlines())) > MAX_LINES
    }
    assert not long


def names(path):
    module = path.relative_to(ROOT).with_suffix("")
    yield ".".join(module.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def words_of(name):
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower() for part in parts}


@pytest.mark.parametrize(
    "path", list(modules(*PACKAGES)), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_names_say_what_a_thing_is(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    bad = {
        (name, word)
        for name in names(path)
        for word in words_of(name) & BANNED
        if (module, word) not in ALLOWED
    }
    assert not bad


def test_exceptions_to_the_names_are_used():
    for module, word in ALLOWED:
        path = ROOT / Path(*module.split(".")).with_suffix(".py")
        assert any(word in words_of(name) for name in names(path)), (module, word)


# Files


def test_no_file_names_a_registry():
    found = [(name, host) for name, text in texts() for host in REGISTRIES if host in text]
    assert not found


def test_no_file_names_a_path_of_one_machine():
    found = [(name, path) for name, text in texts() for path in MACHINE_PATHS if path in text]
    assert not found


def test_packages_are_locked_with_hashes_and_without_addresses():
    text = (ROOT / ".ci" / "requirements.txt").read_text()
    wanted = [
        entry
        for entry in re.split(r"\n(?=\S)", text)
        if entry.strip() and not entry.lstrip().startswith("#")
    ]
    assert len(wanted) > 20
    for entry in wanted:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s]+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert "index-url" not in text


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    locked = set(
        re.findall(
            r"^([A-Za-z0-9._-]+)==", (ROOT / ".ci/requirements.txt").read_text(), re.MULTILINE
        )
    )
    missing = {re.split(r"[<>=\[ ]", one)[0] for one in asked} - locked
    assert not missing


def test_the_top_level_holds_what_it_is_meant_to():
    expected = {
        "pyproject.toml", "protos", "lookup", "adapters", "matching", "tests", "benchmarks",
        "deploy", "README.md", "LICENSE", "Makefile", "docs", ".ci",
    }  # fmt: skip
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert not {name for name in top - expected if not name.startswith(".")}


# Commands

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:^|[\s$/`(])lookup((?: [a-z][a-z-]*)+)([^`\n]*)", re.MULTILINE)


def leaves(group=cli, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
            if command.invoke_without_command:
                yield (*path, name), command
        else:
            yield (*path, name), command


def code_of(text):
    """The parts of a document that are code: fenced blocks and spans."""
    fenced = re.findall(r"^```[a-z-]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```[a-z-]*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", rest)])


def named(words):
    """The command that a line names, as path and command; fails if there is none."""
    group, path = cli, ()
    for word in words:
        if not isinstance(group, click.Group) or (
            group.invoke_without_command and word not in group.commands
        ):
            break
        assert word in group.commands, f"no command `lookup {' '.join((*path, word))}`"
        group, path = group.commands[word], (*path, word)
    return path, group


def documented():
    for doc in DOCS:
        for words, rest in COMMAND.findall(code_of(doc.read_text())):
            yield doc.name, words.split(), rest


def test_every_documented_command_and_option_exists():
    seen = 0
    for doc, words, rest in documented():
        path, command = named(words)
        seen += 1
        known = {"--help", *(o for p in command.params for o in (*p.opts, *p.secondary_opts))}
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", rest):
            assert option in known, f"{doc}: lookup {' '.join(path)} has no {option}"
    assert seen


def test_every_command_is_documented():
    found = {named(words)[0] for _, words, _ in documented()}
    assert not {path for path, _ in leaves()} - found
