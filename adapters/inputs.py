"""The files that a list is read from: their digests and their age, taken before they are read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from adapters.regular import open_regular
from adapters.snapshot import SourceFile

_BLOCK = 1 << 20


def examine(paths: Iterable[Path]) -> tuple[SourceFile, ...]:
    """Size, time and SHA-256 of every file; a folder stands for the files in it, in order of name.

    Raises `OSError` for a path that is not there, cannot be read, or is no file.
    """
    return tuple(_examine(path) for path in _files(paths))


def unmoved(files: Iterable[SourceFile]) -> bool:
    """Whether the files still have the size and time that `examine` saw."""
    try:
        seen = [(file, Path(file.path).stat()) for file in files]
    except OSError:
        return False
    return all((now.st_size, now.st_mtime) == (file.size, file.mtime) for file, now in seen)


def age(files: Iterable[SourceFile], now: datetime) -> datetime:
    """When the oldest of the files was written or last confirmed: never later than `now`."""
    oldest = min((file.mtime for file in files), default=now.timestamp())
    return min(now, datetime.fromtimestamp(oldest, UTC))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.iterdir() if inner.is_file())
        else:
            yield path


def _examine(path: Path) -> SourceFile:
    total = hashlib.sha256()
    with open_regular(path) as opened:
        seen = os.fstat(opened.fileno())
        while block := opened.read(_BLOCK):
            total.update(block)
    return SourceFile(str(path), seen.st_size, seen.st_mtime, total.hexdigest())
