"""Only files are opened: whatever else bears the name of a list must not stop the reader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.inputs import examine
from adapters.listing import lines
from adapters.regular import open_regular


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "list.csv"
    os.mkfifo(path)
    return path


def test_a_file_is_opened(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"one")
    with open_regular(path) as opened:
        assert opened.read() == b"one"


@pytest.mark.parametrize("read", [open_regular, lambda p: examine([p]), lambda p: list(lines(p))])
def test_a_pipe_is_refused_without_waiting(pipe, read):
    with pytest.raises(OSError, match="is no regular file"):
        read(pipe)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(path):
    with pytest.raises(OSError, match="is no regular file"):
        open_regular(Path(path))


def test_a_loop_of_links_is_an_error(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        examine([tmp_path / "a"])
