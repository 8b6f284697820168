"""Versioned index arrays on disk: written aside, made durable, published by one atomic rename.

    state/NAME/CURRENT            which version holds, how old it is, what the operator should know
    state/NAME/<version>/*.npy    one file per array, mapped into memory by every process
    state/NAME/<version>/arrays.json    type, shape and place of each array in its file
    state/NAME/<version>/manifest.json    what the version holds and what it was built from
    state/NAME/LOCK               held by whoever refreshes

A reader that finds CURRENT unchanged has nothing to do; a version directory never changes once it
has its final name.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
"""An index as named flat arrays; names are identifiers, types hold no Python objects."""

KEPT = 2
"""Versions that stay on disk, the current one included."""

GRACE_SECONDS = 600.0
"""How long a version that is no longer current stays, whatever their number."""

_MANIFEST = "manifest.json"
_ARRAYS = "arrays.json"


class Corrupt(Exception):
    """A published snapshot cannot be read; the message names the file."""


class Busy(Exception):
    """Somebody else refreshes this source now."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a snapshot was built from; `mtime` in seconds, `sha256` in hexadecimal."""

    path: str
    size: int
    mtime: float
    sha256: str


@dataclass(frozen=True, slots=True)
class _Array:
    """Where the bytes of an array are in its file.

    The header of a .npy file says the same, but numpy reads it with `ast.literal_eval`, which is
    not safe in two threads at once (Python 3.11: "AST constructor recursion depth mismatch").
    """

    dtype: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds and where it came from.

    `layout` names the format of the arrays: a reader with another one must rebuild. `rejects` are
    the first rejected rows as (where, reason); `rejected` counts all. `settings` is a digest of the
    source's settings. `as_of` is the age of the files when it was built, aware UTC.
    """

    layout: str
    records: int
    rejected: int
    rejects: tuple[tuple[str, str], ...]
    files: tuple[SourceFile, ...]
    settings: str
    as_of: datetime
    built_at: datetime


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of CURRENT.

    `version` is empty while nothing was ever published. `as_of` moves on when the owner's file
    turns out to be unchanged. `note` tells an operator why the last refresh changed nothing;
    `refused` is a digest of the files that it refused.
    """

    version: str = ""
    as_of: datetime | None = None
    note: str = ""
    refused: str = ""


Stamp = tuple[int, int, int]
"""Identity of one writing of CURRENT."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The snapshots of one source below `folder`, in the array format `layout`."""

    folder: Path
    layout: str
    _current: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "_current", str(self.folder / "CURRENT"))

    def stamp(self) -> Stamp | None:
        """What changes with every writing of CURRENT, None while there is none (about 2 us)."""
        try:
            seen = os.stat(self._current)  # noqa: PTH116 - a Path costs more than the call
        except OSError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size

    def pointer(self) -> Pointer:
        """The content of CURRENT, an empty one while there is none or it cannot be read."""
        try:
            return msgspec.json.decode(Path(self._current).read_bytes(), type=Pointer)
        except (OSError, msgspec.DecodeError):
            return Pointer()

    def manifest(self, version: str) -> Manifest | None:
        """The manifest of `version`, None where it is absent or of another layout."""
        found = self.described(version)
        return found if found is not None and found.layout == self.layout else None

    def described(self, version: str) -> Manifest | None:
        """The manifest of `version` in whatever layout, None where there is none."""
        if not version:
            return None
        try:
            text = (self.folder / version / _MANIFEST).read_bytes()
            return msgspec.json.decode(text, type=Manifest)
        except (OSError, msgspec.DecodeError):
            return None

    def load(self, version: str) -> Arrays:
        """The arrays of `version`, mapped read-only; raises `Corrupt`."""
        folder = self.folder / version
        try:
            found = msgspec.json.decode((folder / _ARRAYS).read_bytes(), type=dict[str, _Array])
        except (OSError, msgspec.DecodeError) as error:
            raise Corrupt(f"{version}/{_ARRAYS}: {error}") from error
        return {name: _mapped(folder / f"{name}.npy", array) for name, array in found.items()}

    def publish(self, arrays: Arrays, manifest: Manifest) -> str:
        """Make `arrays` the current version and return its name; call it under `locked`.

        The name is a digest of the content: the same list read anywhere has the same version.
        """
        version = _digest(arrays, manifest)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clear_unfinished()
        final = self.folder / version
        if self.manifest(version) is None:
            shutil.rmtree(final, ignore_errors=True)
            self._write_version(final, arrays, manifest)
        now = time.time_ns()
        os.utime(final, ns=(now, now))
        self.point(Pointer(version, manifest.as_of))
        self._remove_old(version)
        return version

    def _write_version(self, final: Path, arrays: Arrays, manifest: Manifest) -> None:
        aside = self.folder / f".{final.name}.{os.getpid()}"
        try:
            aside.mkdir()
            written = {n: _write_array(aside / f"{n}.npy", array) for n, array in arrays.items()}
            _write(aside / _ARRAYS, msgspec.json.encode(written))
            _write(aside / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            _sync(aside)
            aside.rename(final)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _sync(self.folder)

    def point(self, pointer: Pointer) -> None:
        """Replace CURRENT in one step; call it under `locked`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".CURRENT.{os.getpid()}"
        _write(aside, msgspec.json.encode(pointer) + b"\n")
        aside.replace(self._current)
        _sync(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to refresh; raises `Busy` at once when another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "LOCK").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"another process refreshes {self.folder.name}") from None
            yield

    def versions(self) -> tuple[str, ...]:
        """All complete versions on disk, the most recently published first."""
        found = [path for path in self.folder.glob("[0-9a-f]*") if path.is_dir()]
        return tuple(path.name for path in sorted(found, key=_changed, reverse=True))

    def _clear_unfinished(self) -> None:
        for path in self.folder.glob(".*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _remove_old(self, current: str) -> None:
        """A reader may have read CURRENT a moment ago: what was current stays for a while."""
        kept = [current, *(name for name in self.versions() if name != current)]
        before = time.time() - GRACE_SECONDS
        replaced = [_changed(self.folder / successor) for successor in kept[KEPT - 1 :]]
        for since, name in zip(replaced, kept[KEPT:], strict=False):
            if since < before:
                shutil.rmtree(self.folder / name, ignore_errors=True)


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _digest(arrays: Arrays, manifest: Manifest) -> str:
    total = hashlib.sha256(manifest.layout.encode())
    files = [(file.path, file.sha256) for file in manifest.files]
    total.update(repr((manifest.settings, manifest.rejected, files)).encode())
    for name in sorted(arrays):
        array = arrays[name]
        if array.dtype.hasobject:
            raise ValueError(f"array {name} holds Python objects")
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()[:20]


def _mapped(path: Path, array: _Array) -> NDArray[Any]:
    """A plain view on the mapping: the class of numpy's memmap slows every indexing."""
    try:
        dtype = np.dtype(array.dtype)
        mapped: NDArray[Any] = np.memmap(path, dtype, "r", array.offset, array.shape)
        return mapped.view(np.ndarray)
    except (OSError, ValueError, TypeError) as error:
        raise Corrupt(f"{path.parent.name}/{path.name}: {error}") from error


def _write_array(path: Path, array: NDArray[Any]) -> _Array:
    flat = np.ascontiguousarray(array)
    with path.open("xb") as out:
        np.save(out, flat, allow_pickle=False)
        out.flush()
        os.fsync(out.fileno())
    return _Array(flat.dtype.str, flat.shape, path.stat().st_size - flat.nbytes)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
