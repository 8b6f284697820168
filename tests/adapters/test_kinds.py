"""Every registered kind of list keeps the contract, on a list in its original format."""

from __future__ import annotations

import asyncio
import inspect
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from lists import place
from reading import FIXTURES

from adapters.base import Query
from adapters.contract import CHECKS, Case, run_check
from adapters.file_list import FileKind
from adapters.refresh import Outcome
from adapters.rows import Rejected
from matching.record import Document, Name, Person, Vehicle

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TOBIAS = Person(names=(Name("Tobias Otto Exemplar"),))

LISTS = {
    "csl": ({"path": "csl.csv"}, Person(names=(Name("Max Otto Mustermann"),))),
    "documents": ({"path": "documents.csv"}, Document("X1234567", "UTO")),
    "eu": ({"path": "eu.xml"}, TOBIAS),
    "ftm": ({"path": "entities.ftm.json"}, Person(names=(Name("Ada Example"),))),
    "mapped": (
        {"path": "mapped.csv", "columns": {"name": "name", "birth": "born"}},
        Person(names=(Name("Olga Petrovna Beispiel"),)),
    ),
    "notices": ({"path": "notices"}, None),
    "ofac": ({"path": "ofac"}, TOBIAS),
    "uk": ({"path": "uk.csv"}, Person(names=(Name("Tobias Exemplar-Muster"),))),
    "un": ({"path": "un.xml"}, TOBIAS),
    "vehicles": ({"path": "vehicles.csv"}, Vehicle(vin="1M8GDM9AXKP042788")),
    "vehicles_nz": ({"path": "vehicles_nz.csv"}, Vehicle(plate="Z9", plate_country="NZL")),
}
"""Settings for the fixture of each kind, and somebody in it; None for the first named record."""


def registered():
    entries = tomllib.loads(PROJECT.read_text())["project"]["entry-points"]["lookup.adapters"]
    own = {name: at for name, at in entries.items() if at.startswith("adapters.")}
    return {name: _load(*at.split(":")) for name, at in own.items()}


def _load(module, name):
    return getattr(import_module(module), name)


def named(kind):
    rows = kind.parse(FIXTURES / "notices")
    return next(row.names[0] for row in rows if not isinstance(row, Rejected) and row.names)


@pytest.fixture(scope="module", params=sorted(LISTS))
def case(request, tmp_path_factory):
    kind = registered()[request.param]
    settings, sample = LISTS[request.param]
    home = place(tmp_path_factory.mktemp("kinds"), request.param)
    path = FIXTURES / settings["path"]

    def make():
        return kind(home, **{**settings, "path": path})

    done = make().refresh()
    assert done.outcome is Outcome.UPDATED, done
    return Case(make, sample or Person(names=(named(kind),)))


def test_every_registered_kind_has_a_list_here():
    assert set(registered()) == set(LISTS)


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_the_contract_is_kept(case, check):
    finding = run_check(check, case)
    assert finding.ok, finding


def test_every_kind_says_what_it_reads_and_how_it_is_set():
    for name, kind in registered().items():
        assert isinstance(kind, FileKind), name
        assert kind.__doc__, name
        parameters = list(inspect.signature(kind).parameters.values())[1:]
        assert all(p.annotation is not inspect.Parameter.empty for p in parameters), name


def test_a_second_process_searches_what_the_first_one_built(case):
    first, second = case.make(), case.make()
    query = Query(case.sample)
    answers = [asyncio.run(source.search(query)) for source in (first, second)]
    assert answers[0].candidates == answers[1].candidates
    assert answers[0].version == answers[1].version
