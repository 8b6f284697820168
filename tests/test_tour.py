"""The tour of the documents: every stop that it names is there, and a check passes by it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

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
