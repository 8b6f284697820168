"""The folder of one run: emptied at the start, kept at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from stage import Failed

_MARK = ".made-by-the-demo"
_LONGEST = 99 - len("/state/run/audit.sock")


def fresh(path: Path) -> Path:
    """An empty folder at `path`, and where it really is; what an earlier run left is removed.

    The path of a unix socket holds about a hundred bytes; where `path` is too long for those in
    it, it becomes a link to a temporary folder. `Failed` for a folder that no run has made.
    """
    _remove(path)
    if len(os.fsencode(path)) <= _LONGEST:
        real = path
        real.mkdir(parents=True, mode=0o700)
    else:
        real = Path(tempfile.mkdtemp(prefix="demo-"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(real)
    (real / _MARK).touch()
    return real


def _remove(path: Path) -> None:
    real = path.resolve()
    if real.is_dir() and any(real.iterdir()) and not (real / _MARK).is_file():
        raise Failed(f"{path} holds something else than an earlier run of the demonstration")
    if real.is_dir():
        _empty(real)
        real.rmdir()
    if path.is_symlink():
        path.unlink()


def _empty(folder: Path) -> None:
    """The mark goes last: what is left by a run that was interrupted here stays its own."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _MARK:
            entry.unlink()
    (folder / _MARK).unlink(missing_ok=True)
