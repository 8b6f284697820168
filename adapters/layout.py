"""Which code wrote a snapshot: arrays of another version of it must not be searched."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import matching

SNAPSHOT_FORMAT = 2
"""Counts up with the format of the files themselves."""


@lru_cache(maxsize=1)
def layout() -> str:
    """A digest of the matching package and its tables, read once for each process.

    A name that is folded in another way today is not found in arrays that were written yesterday,
    although these have the same shape: so every change of the package makes a new layout.
    """
    return f"{SNAPSHOT_FORMAT}-{_digest(Path(matching.__path__[0]))}"


def _digest(package: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            total.update(path.relative_to(package).as_posix().encode() + b"\0")
            total.update(path.read_bytes())
    return total.hexdigest()[:16]
