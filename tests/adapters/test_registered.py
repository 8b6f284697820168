from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest
from reading import FIXTURES

from adapters import eu, notices, ofac, uk, un
from adapters.contract import CHECKS, Case, run_check
from adapters.place import Place
from adapters.refresh import Outcome
from matching.record import Kind, Name, Person

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"ofac": ofac, "un": un, "eu": eu, "uk": uk, "notices": notices}
PATHS = {"ofac": "ofac", "un": "un.xml", "eu": "eu.xml", "uk": "uk.csv", "notices": "notices"}
SOMEBODY = {
    "ofac": ("Tobias Otto Exemplar", "900001"),
    "un": ("Tobias Otto Exemplar", "TSi.901"),
    "eu": ("Товий Примеров", "EU.90001.1"),
    "uk": ("Tobiasz Egzemplarz", "90001"),
    "notices": ("Arkadii Druzhkevich", "2091/10044"),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_list_is_registered_under_its_name(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["lookup.adapters"][name] == f"adapters.{name}:KIND"
    assert KINDS[name].KIND.parse is KINDS[name].parse


@pytest.mark.parametrize("name", KINDS)
def test_each_list_loads_as_a_source(name, tmp_path):
    source = KINDS[name].KIND(Place(name, tmp_path, FIXTURES), path=PATHS[name])
    refreshed = source.refresh()
    assert refreshed.outcome is Outcome.UPDATED
    rows = list(KINDS[name].parse(FIXTURES / PATHS[name]))
    assert refreshed.records + refreshed.rejected == len(rows)
    assert source.capabilities.kinds == {Kind.PERSON, Kind.DOCUMENT}
    assert source.capabilities.partial is (name == "notices")


def test_the_side_files_of_ofac_are_settings():
    settings = inspect.signature(ofac.KIND).parameters
    assert {"aliases", "addresses", "comments", "aliases_url", "comments_url"} <= set(settings)


@pytest.mark.parametrize("check", CHECKS, ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_each_list_keeps_the_contract(name, check, tmp_path):
    def make():
        source = KINDS[name].KIND(Place(name, tmp_path, FIXTURES), path=PATHS[name])
        source.refresh()
        return source

    text, expected = SOMEBODY[name]
    finding = run_check(check, Case(make, Person(names=(Name(text),)), expected=expected))
    assert finding.ok, finding
