"""Where a source lives on this machine: its name, its folder of state, its relative paths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Place:
    """The surroundings of one source, given by the composition root.

    `name` is the name of the source: 1..64 of a-z, 0-9, `_` and `-`, a letter or digit first, for
    it names a folder. `state` is the folder of all sources' state. `root` is what relative paths in
    settings start from. Raises `ValueError` for any other name.
    """

    name: str
    state: Path
    root: Path

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a source is named in 1 to 64 of a-z 0-9 _ -, not {self.name!r}")

    @property
    def folder(self) -> Path:
        """The folder that holds this source's snapshots and nothing else."""
        return self.state / self.name

    def resolve(self, path: Path | str) -> Path:
        """`path` as it is when absolute, else below `root`."""
        return self.root / path
