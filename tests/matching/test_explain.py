from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest

import matching
from matching.compare import compare
from matching.evidence import Feature
from matching.explain import codes, reason_of, reasons
from matching.rarity import DEFAULT
from matching.record import Kind, Name, Person, Record, Sex

MODULES = sorted(Path(matching.__file__).parent.glob("*.py"))


def person(name, **fields):
    return Person(names=(Name(full=name),), **fields)


def record(name, **fields):
    return Record(id="r", kind=Kind.PERSON, names=(Name(full=name),), **fields)


def compared():
    pairs = [
        ("Viktor Marenko", "MARENKO, Viktor"),
        ("V. Marenko", "Viktor Petr Marenko"),
        ("Ada Wu", "Boris Schulz"),
        ("Simran Kaur", "Simran Singh"),
        ("Mohamed Abdelaziz", "محمد عبد العزيز"),
    ]
    for asked, held in pairs:
        yield compare(person(asked, sex=Sex.MALE), record(held, sex=Sex.FEMALE), DEFAULT)


@pytest.mark.parametrize("comparison", list(compared()))
def test_reasons_add_up_and_have_codes_of_the_list(comparison):
    found = reasons(comparison)
    assert {reason.code for reason in found} <= codes()
    whole = [r.log_odds for r in found if not r.code.startswith("name.pair.")]
    assert math.isclose(math.fsum(whole), comparison.log_odds)


def test_word_pairs_follow_their_name():
    (found,) = [reasons(c) for c in list(compared())[:1]]
    order = [reason.code for reason in found]
    assert order[:2] == ["bias.population", "name.aligned"]
    assert order[2].startswith("name.pair.")
    assert order[-2:] == ["sex.different", "limit.name_alone"]


def test_a_reason_has_its_values_as_texts():
    comparison = next(compared())
    (name,) = [item for item in comparison.evidence if item.feature is Feature.NAME]
    values = reason_of(name).parameters
    assert (values["query"], values["record"]) == ("Viktor Marenko", "MARENKO, Viktor")
    assert values["similarity"] == f"{name.similarity:.2f}"


def literals(call):
    return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def made():
    """Codes that stand as literals where evidence and word pairs are made."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "WordPair":
                yield from (f"name.pair.{text}" for text in literals(node)[:1] if text)
            elif node.func.id == "Evidence" and isinstance(node.args[0], ast.Attribute):
                feature = Feature[node.args[0].attr]
                yield from (f"{feature}.{text}" for text in literals(node)[:1] if text)


def test_what_the_code_makes_is_in_the_list():
    found = set(made())
    assert {"name.pair.missing", "name.pair.floor", "bias.population"} <= found
    assert found <= codes()
