"""Opens files, and nothing that could be waited for or read for ever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, cast


def open_regular(path: Path) -> BinaryIO:
    """The bytes of a file; `OSError` for a pipe, a device, a folder, or what cannot be opened.

    A list that never ends, or never begins, would keep every other list from being read.
    """
    opened = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller closes
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    return cast("BinaryIO", opened)


def _without_waiting(path: str, flags: int) -> int:
    """Opening a pipe would wait for somebody to write to it."""
    return os.open(path, flags | os.O_NONBLOCK)
