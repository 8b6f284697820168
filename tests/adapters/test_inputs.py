"""What is known about the files of a list before they are read."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from adapters.inputs import age, examine, unmoved


def test_a_file_is_described_by_its_size_time_and_digest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 3_000_000)
    (found,) = examine([path])
    assert found.size == 3_000_000
    assert found.sha256 == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert found.mtime == path.stat().st_mtime


def test_a_folder_stands_for_its_files_in_order(tmp_path):
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text(name)
    (tmp_path / "inner").mkdir()
    assert [file.path[-6:] for file in examine([tmp_path])] == ["a.json", "b.json"]


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        examine([tmp_path / "none"])


def test_a_file_that_changes_or_vanishes_has_moved(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    files = examine([path])
    assert unmoved(files)
    path.write_text("other")
    assert not unmoved(files)
    path.unlink()
    assert not unmoved(files)


def test_the_oldest_file_gives_the_age_and_the_future_does_not_count(tmp_path):
    now = datetime.now(UTC)
    for name, hours in (("a", 5), ("b", 9), ("c", -3)):
        path = tmp_path / name
        path.write_text(name)
        at = (now - timedelta(hours=hours)).timestamp()
        os.utime(path, (at, at))
    old = age(examine([tmp_path]), now)
    assert abs(old - (now - timedelta(hours=9))) < timedelta(seconds=1)
    assert age(examine([tmp_path / "c"]), now) == now
    assert age((), now) == now
