"""The packaged tables: each says where it comes from and has rows of one width."""

from __future__ import annotations

from importlib.resources import files

import pytest

from matching.tables import rows

OURS = ("icao_latin", "icao_cyrillic", "icao_arabic", "countries", "document_codes")


@pytest.mark.parametrize("name", OURS)
def test_tables_are_regular_and_say_their_source(name):
    table = rows(f"{name}.tsv")
    assert len({len(row) for row in table}) == 1
    assert len({row[0] for row in table}) == len(table)
    header = files("matching").joinpath("data", f"{name}.tsv").read_text("utf-8").splitlines()
    assert header[0].startswith("# ")
    assert any("columns:" in line for line in header if line.startswith("#"))


def test_an_absent_table_is_an_error():
    with pytest.raises(FileNotFoundError):
        rows("nowhere.tsv")
