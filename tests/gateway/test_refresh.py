"""Lists that change while checks run: swapped whole, and never for something that looks broken."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys

import pytest
from asking import outcome, person, verdict
from load import loaded
from running import until
from samples import SAMPLES, gateway, source

from lookup.v1 import lookup_service_pb2 as pb


@pytest.fixture
def listed(tmp_path, serve):
    """A gateway on a copy of the UK sample that is looked at every 200 ms."""
    shutil.copy(SAMPLES / "uk.csv", tmp_path / "uk.csv")
    table = source("uk", 'kind = "uk"\npath = "uk.csv"', refresh="200ms")
    return serve(gateway(table)), tmp_path / "uk.csv"


def _known(client) -> pb.Source:
    return next(client.list_sources())


def _replace(path, content: bytes) -> None:
    aside = path.with_suffix(".new")
    aside.write_bytes(content)
    aside.replace(path)


def test_a_changed_list_is_searched_in_its_new_state(listed):
    running, path = listed
    client = running.client()
    asked = person("Haishan Ouyang", born=(1990, 6, 21))
    assert verdict(client.check(asked)) == "HIT"
    version = _known(client).version
    rows = path.read_bytes().splitlines(keepends=True)
    without = [row for row in rows if b"900005" not in row]
    assert len(without) < len(rows)
    _replace(path, b"".join(without))
    until(lambda: _known(client).version != version, "taking over the list")
    assert verdict(client.check(person("Haishan Ouyang", born=(1990, 6, 21)))) == "NO_HIT"


def _persons(state: bytes) -> set[str]:
    """Names of at least three words of the persons in one state of the list."""
    rows = state.decode("latin-1").splitlines()
    named = {row.split('"')[1] for row in rows if '"individual"' in row}
    return {name for name in named if len(name.split()) > 2 and len(name) > 24}


@pytest.mark.parametrize("content", [b"", b"no list at all\n"])
def test_an_empty_or_foreign_file_leaves_the_last_good_list(listed, content):
    running, path = listed
    client = running.client()
    before = _known(client)
    _replace(path, content)
    until(lambda: _known(client).note, "refusing the list")
    after = _known(client)
    assert (after.version, after.records) == (before.version, before.records)
    assert verdict(client.check(person("Haishan Ouyang", born=(1990, 6, 21)))) == "HIT"


def test_a_strongly_shrunken_list_is_refused_and_can_be_forced(listed):
    running, path = listed
    client = running.client()
    before = _known(client)
    rows = path.read_bytes().splitlines(keepends=True)
    _replace(path, b"".join(rows[: len(rows) // 2]))
    until(lambda: "fewer" in _known(client).note, "refusing the list")
    assert _known(client).records == before.records
    config = running.folder / "gateway.toml"
    command = [sys.executable, "-m", "lookup.cli", "sources", "refresh", "uk", "--force",
               "--config", str(config)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: _known(client).records < before.records, "taking over the list")


def test_no_check_sees_a_half_loaded_or_empty_list(tmp_path, serve, shared_lists):
    """The refresh series of a real list, with its empty file, replayed while checks run."""
    series = sorted((shared_lists / "ofac" / "refresh").iterdir())
    states = [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()
              for p in series]  # fmt: skip
    path = tmp_path / "sdn.csv"
    path.write_bytes(states[0])
    table = source("ofac", 'kind = "ofac"\npath = "sdn.csv"', refresh="100ms")
    running = serve(gateway(table))
    client = running.client()
    kept = set.intersection(*(_persons(state) for state in states if state))
    name = min(kept, key=len)
    seen = [_known(client).version]
    with loaded(running.target, lambda: person(name)) as load:
        for state in states[1:]:
            _replace(path, state)
            if state:
                until(lambda: _known(client).version not in seen, "taking over the list")
                seen.append(_known(client).version)
            else:
                until(lambda: _known(client).note, "refusing the empty list")
        until(lambda: load.answers[-1].outcomes[0].version == seen[-1], "asking the last state")
    assert load.failures == []
    outcomes = [outcome(answer, "ofac") for answer in load.answers]
    assert {o.version for o in outcomes} <= set(seen)
    assert len({o.version for o in outcomes}) > 1
    assert {o.status for o in outcomes} == {pb.SOURCE_STATUS_ANSWERED}
    assert [o for o in outcomes if not (o.complete and o.touched)] == []
    assert {verdict(answer) for answer in load.answers} == {"HIT"}
    assert path.read_bytes() == states[-1]
