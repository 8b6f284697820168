from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest

from adapters import eu, notices, ofac, uk, un
from adapters.place import Place
from adapters.refresh import Outcome
from matching.record import Kind
from tests.adapters.reading import FIXTURES

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"ofac": ofac, "un": un, "eu": eu, "uk": uk, "notices": notices}
PATHS = {"ofac": "ofac", "un": "un.xml", "eu": "eu.xml", "uk": "uk.csv", "notices": "notices"}


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
