"""Damaged and hostile files end in rejected rows or `Garbled`, never in anything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import FIXTURES

from adapters import csl, documents, ftm, mapped, vehicles
from adapters.base import Garbled
from adapters.rows import Rejected
from matching.record import Record

PARSERS = {
    "csl.csv": csl.parse,
    "documents.csv": documents.parse,
    "documents.jsonl": documents.parse,
    "entities.ftm.json": ftm.parse,
    "mapped.csv": lambda path: mapped.parse(path, columns={"name": "name", "birth": "born"}),
    "vehicles.csv": vehicles.parse,
    "vehicles_nz.csv": vehicles.parse_new_zealand,
}
QUIET = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(parse, path):
    """Number of records, after a look at what came out."""
    count = 0
    try:
        for row in parse(path):
            assert isinstance(row, (Record, Rejected))
            assert not isinstance(row, Record) or row.id
            count += isinstance(row, Record)
    except Garbled:
        return 0
    return count


@pytest.mark.parametrize("name", PARSERS)
@QUIET
@given(seed=st.integers(0, 2**32))
def test_edited_files_are_read_as_far_as_they_go(tmp_path, name, seed):
    dice = random.Random(seed)
    content = bytearray((FIXTURES / name).read_bytes())
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(content))
        content[at : at + dice.randint(0, 9)] = dice.randbytes(dice.randint(0, 9))
    path = tmp_path / name
    path.write_bytes(content)
    read(PARSERS[name], path)


@pytest.mark.parametrize("name", PARSERS)
@QUIET
@given(content=st.binary(max_size=400))
def test_random_bytes_are_no_list(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert read(PARSERS[name], path) <= content.count(b"\n") + content.count(b"\r") + 1


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_anywhere_keeps_the_rows_before_the_cut(tmp_path, name, share):
    whole = (FIXTURES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * share)])
    assert read(PARSERS[name], path) <= read(PARSERS[name], FIXTURES / name)


@pytest.mark.parametrize("name", PARSERS)
def test_a_row_of_absurd_length_costs_only_itself(tmp_path, name):
    path = tmp_path / name
    whole = (FIXTURES / name).read_bytes()
    first, _, rest = whole.partition(b"\n")
    path.write_bytes(first + b"\n" + b"x" * 1_000_000 + b"\n" + rest)
    assert read(PARSERS[name], path) == read(PARSERS[name], FIXTURES / name)


@pytest.mark.parametrize("name", PARSERS)
def test_packed_files_are_read_as_they_are(tmp_path, name):
    import gzip

    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
    assert read(PARSERS[name], path) == read(PARSERS[name], FIXTURES / name)
    path.write_bytes(gzip.compress((FIXTURES / name).read_bytes())[:-40])
    assert read(PARSERS[name], path) <= read(PARSERS[name], FIXTURES / name)
