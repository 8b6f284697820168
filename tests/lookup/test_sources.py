"""The configured sources: kinds by entry point, settings held to their schema, refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points

import pytest
from inside import quick, source

from adapters.base import Capabilities
from adapters.file_list import FileList
from lookup.config import load
from lookup.errors import ConfigError
from lookup.remote import Remote
from lookup.sources import GROUP, Sources, kinds, open_adapter, open_sources
from matching.record import Kind

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def configured(tmp_path):
    def read(text):
        (tmp_path / "gateway.toml").write_text(text)
        return load(tmp_path / "gateway.toml")

    return read


def test_every_registered_kind_can_be_loaded():
    found = kinds()
    assert set(found) == {entry.name for entry in entry_points(group=GROUP)}
    assert {"ofac", "un", "eu", "uk", "notices", "documents", "vehicles", "remote"} <= set(found)
    assert all(callable(load_kind()) for load_kind in found.values())


def test_a_source_is_opened_by_its_kind(configured):
    opened = open_sources(
        configured(
            '[sources.b]\nkind = "documents"\npath = "papers.csv"\n'
            '[sources.a]\nkind = "remote"\naddress = "localhost:1"\nsubjects = ["person"]\n'
        )
    )
    assert [s.name for s in opened] == ["a", "b"]
    assert len(opened) == 2
    assert isinstance(opened.get("a").adapter, Remote)
    assert isinstance(opened.get("b").adapter, FileList)
    assert opened.get("c") is None


def test_settings_reach_the_adapter(configured, tmp_path):
    config = configured(
        '[sources.p]\nkind = "documents"\npath = "papers.csv"\npartial = true\n'
        '[sources.r]\nkind = "remote"\naddress = "unix:s"\nsubjects = ["person", "vehicle"]\n'
        "reveals = true\n"
    )
    opened = open_sources(config)
    assert opened.get("p").adapter.capabilities.partial
    assert opened.get("p").adapter.place.resolve("papers.csv") == tmp_path / "papers.csv"
    assert opened.get("r").adapter.capabilities == Capabilities(
        frozenset({Kind.PERSON, Kind.VEHICLE}), reveals=True
    )
    assert opened.get("r").adapter._address == f"unix:{tmp_path / 's'}"


REFUSED = {
    'kind = "oafc"': r"unknown kind 'oafc'; known: .*documents.*remote.*vehicles",
    'kind = "documents"': r"'path' is missing",
    'kind = "documents"\npath = "p"\npaht = 1': (
        r"unknown key 'paht' of kind 'documents'; known: .*kind.*path.*suspended"
    ),
    'kind = "documents"\npath = 5': "path: expected a path, got 5",
    'kind = "documents"\npath = "p"\nshrink_limit = 2': "shrink_limit is a share from 0 to 1",
    'kind = "documents"\npath = "p"\npartial = "yes"': "partial: Expected `bool`",
    'kind = "remote"\naddress = "a:1"': r"'subjects' is missing \(tuple",
    'kind = "remote"\naddress = "a"\nsubjects = ["person"]': "an address is HOST:PORT or unix:PATH",
    'kind = "remote"\naddress = 5\nsubjects = ["person"]': "address is text, not 5",
    'kind = "remote"\naddress = "a:1"\nsubjects = ["witch"]': "person, vehicle, document",
    'kind = "remote"\naddress = "a:1"\nsubjects = []': "person, vehicle, document",
    'kind = "remote"\naddress = "a:1"\nsubjects = 5': "int",
    'kind = "remote"\naddress = "a:1"\nsubjects = ["person"]\npartial = "yes"': "true or false",
}


@pytest.mark.parametrize(("text", "message"), list(REFUSED.items()))
def test_what_cannot_be_opened_is_named(configured, tmp_path, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        open_sources(configured(f"[sources.mine]\n{text}"))
    assert str(caught.value).startswith(f"{tmp_path / 'gateway.toml'}: [sources.mine]: ")


def test_a_kind_that_cannot_be_loaded_is_named(configured):
    def broken():
        raise ImportError("no module named zeep")

    config = configured('[sources.a]\nkind = "soap"')
    with pytest.raises(ConfigError, match="kind 'soap' cannot be loaded: no module named zeep"):
        open_adapter(config, config.sources[0], {"soap": broken})


def test_what_it_answers():
    papers = source("papers", quick(kinds=(Kind.DOCUMENT,)))
    assert papers.answers(Kind.DOCUMENT)
    assert not papers.answers(Kind.PERSON)


@pytest.mark.parametrize(
    ("bound", "age", "stale"),
    [
        (None, None, False),
        (None, NOW - 999 * DAY, False),
        (DAY, None, True),
        (DAY, NOW - DAY, False),
        (DAY, NOW - DAY - timedelta(microseconds=1), True),
        (DAY, NOW + DAY, False),
        (DAY, NOW + DAY + timedelta(microseconds=1), True),
        (DAY, datetime(9999, 12, 31, tzinfo=UTC), True),
    ],
)
def test_stale(bound, age, stale):
    assert source("a", quick(max_age=bound)).stale(age, NOW) == stale
    assert source("a", quick(), max_age=bound).stale(age, NOW) == stale


def test_the_order_is_that_of_the_names():
    assert [s.name for s in Sources(source(n, quick()) for n in "cab")] == ["a", "b", "c"]
