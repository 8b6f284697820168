"""The name of a source is a folder; relative paths start at the root."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.place import Place


def test_a_place_knows_its_folder_and_resolves_paths(tmp_path):
    place = Place("ofac_sdn", tmp_path / "state", tmp_path / "lists")
    assert place.folder == tmp_path / "state" / "ofac_sdn"
    assert place.resolve("us/sdn.csv") == tmp_path / "lists" / "us" / "sdn.csv"
    assert place.resolve(Path("/etc/sdn.csv")) == Path("/etc/sdn.csv")


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 65, "a\n", "ü"])
def test_a_name_that_is_no_safe_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="a source is named"):
        Place(name, tmp_path, tmp_path)
