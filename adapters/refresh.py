"""One refresh of a file list: read aside, refuse what looks broken, publish, tell the operator."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from adapters.base import SourceError
from adapters.inputs import age, examine, unmoved
from adapters.rows import Rejected, Rows
from adapters.snapshot import Arrays, Busy, Manifest, Pointer, Snapshots, SourceFile
from matching import index
from matching.record import Record

Progress = Callable[[int], None]
"""Told the number of rows read so far, now and then and at the end."""

SHOWN_REJECTS = 100
"""How many rejected rows a manifest names; all are counted."""

_PROGRESS_STEP = 1000


class Outcome(StrEnum):
    """How a refresh ended; only UPDATED changed what is searched."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The end of a refresh: what is searched from now on, and why if that is the old state.

    `news` is false for a refusal that says the same as the one before it.
    """

    outcome: Outcome
    version: str = ""
    records: int = 0
    rejected: int = 0
    note: str = ""
    news: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one source turns files into a snapshot.

    `shrink_limit` (0..1) is the share of the records that one refresh may lose, `min_records` the
    least that it may hold. `category` is given to records that have none. `settings` is a digest
    of everything else that shapes the result.
    """

    snapshots: Snapshots
    parse: Callable[[], Rows]
    inputs: tuple[Path, ...]
    settings: str
    shrink_limit: float = 0.2
    min_records: int = 1
    category: str = ""


class _Refusal(Exception):
    """The new state must not replace the old one."""


def refresh(recipe: Recipe, *, force: bool = False, progress: Progress | None = None) -> Refreshed:
    """Bring the snapshot up to date with the files; what fails leaves the last good one in place.

    `force` reads unchanged files again and accepts a list that shrank; it never accepts fewer than
    `min_records`. A defect of the parser is noted for the operator and raised.
    """
    try:
        with recipe.snapshots.locked():
            return _refresh(recipe, force, progress or _ignore)
    except Busy as busy:
        return Refreshed(Outcome.BUSY, note=str(busy))
    except OSError as error:
        return Refreshed(Outcome.REFUSED, note=f"cannot write the snapshot: {error.strerror}")


def _ignore(_rows: int) -> None:
    return None


def _refresh(recipe: Recipe, force: bool, progress: Progress) -> Refreshed:
    """A list of another layout is read again, but what it held still guards against shrinking."""
    snapshots = recipe.snapshots
    pointer = snapshots.pointer()
    held = snapshots.described(pointer.version)
    seen = ""
    try:
        files = examine(recipe.inputs)
        if held is not None and not force and _same(held, files, recipe):
            return _confirm(snapshots, pointer.version, held, files)
        seen = _digest(files, recipe)
        if seen == pointer.refused and not force:
            return _still_refused(pointer, held)
        arrays, manifest = _build(recipe, files, progress)
        _guard(manifest.records, held, recipe, force)
    except (_Refusal, SourceError, OSError, ValueError, csv.Error) as error:
        return _refuse(snapshots, pointer, held, _why(error), seen)
    except Exception as error:
        _refuse(snapshots, pointer, held, f"the reader failed: {type(error).__name__}", seen)
        raise
    version = snapshots.publish(arrays, manifest)
    return Refreshed(Outcome.UPDATED, version, manifest.records, manifest.rejected)


def _same(held: Manifest, files: tuple[SourceFile, ...], recipe: Recipe) -> bool:
    before = held.layout, held.settings, [(file.path, file.sha256) for file in held.files]
    now = recipe.snapshots.layout, recipe.settings, [(file.path, file.sha256) for file in files]
    return before == now


def _confirm(
    snapshots: Snapshots, version: str, held: Manifest, files: tuple[SourceFile, ...]
) -> Refreshed:
    """An unchanged file that was written or confirmed later makes the same state younger."""
    snapshots.point(Pointer(version, age(files, datetime.now(UTC))))
    return Refreshed(Outcome.UNCHANGED, version, held.records, held.rejected)


def _digest(files: tuple[SourceFile, ...], recipe: Recipe) -> str:
    """Of everything that decides whether these files would be refused again."""
    parts = [recipe.snapshots.layout, recipe.settings, str(recipe.shrink_limit)]
    parts += [str(recipe.min_records), *(f"{file.path} {file.sha256}" for file in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _still_refused(pointer: Pointer, held: Manifest | None) -> Refreshed:
    """The same files as at the last refusal are not read again."""
    return _refusal(pointer, held, pointer.note, news=False)


def _refuse(
    snapshots: Snapshots, pointer: Pointer, held: Manifest | None, why: str, seen: str
) -> Refreshed:
    snapshots.point(dataclasses.replace(pointer, note=why, refused=seen))
    return _refusal(pointer, held, why, news=why != pointer.note)


def _refusal(pointer: Pointer, held: Manifest | None, why: str, *, news: bool) -> Refreshed:
    records, rejected = (held.records, held.rejected) if held is not None else (0, 0)
    return Refreshed(Outcome.REFUSED, pointer.version, records, rejected, why, news)


def _why(error: Exception) -> str:
    """A reason for operators; the text of a ValueError may quote a cell, so it stays out."""
    if isinstance(error, OSError):
        return f"cannot read {error.filename or 'a file'}: {error.strerror}"
    if isinstance(error, (_Refusal, SourceError)):
        return str(error) or type(error).__name__
    return f"the file cannot be read as this kind of list: {type(error).__name__}"


def _build(
    recipe: Recipe, files: tuple[SourceFile, ...], progress: Progress
) -> tuple[Arrays, Manifest]:
    tally = _Tally(recipe.category, progress)
    arrays = index.build(tally.records(recipe.parse()))
    progress(tally.rows)
    if not unmoved(files):
        raise _Refusal("the files changed while they were read: refresh again")
    now = datetime.now(UTC)
    manifest = Manifest(
        layout=recipe.snapshots.layout,
        records=tally.kept,
        rejected=tally.rejected,
        rejects=tuple((row.where, row.reason) for row in tally.rejects),
        files=files,
        settings=recipe.settings,
        as_of=age(files, now),
        built_at=now,
    )
    return arrays, manifest


def _guard(records: int, held: Manifest | None, recipe: Recipe, force: bool) -> None:
    if records < recipe.min_records:
        raise _Refusal(f"{records} records, at least {recipe.min_records} are expected")
    if held is None or force:
        return
    if records < held.records * (1 - recipe.shrink_limit):
        lost = 1 - records / held.records
        raise _Refusal(
            f"{records} records after {held.records}: {lost:.0%} fewer,"
            f" the limit is {recipe.shrink_limit:.0%}"
        )


@dataclass(slots=True)
class _Tally:
    """Counts rows on their way to the index, and keeps ids unique without losing a record."""

    category: str
    progress: Progress
    kept: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        return self.kept + self.rejected

    def records(self, rows: Rows) -> Iterator[Record]:
        for row in rows:
            if isinstance(row, Rejected):
                self._reject(row)
            else:
                yield self._keep(row)
            if self.rows % _PROGRESS_STEP == 0:
                self.progress(self.rows)

    def _reject(self, row: Rejected) -> None:
        self.rejected += 1
        if len(self.rejects) < SHOWN_REJECTS:
            self.rejects.append(row)

    def _keep(self, record: Record) -> Record:
        self.kept += 1
        unique = record.id
        count = 1
        while unique in self.ids:
            count += 1
            unique = f"{record.id}#{count}"
        self.ids.add(unique)
        category = record.category or self.category
        if (unique, category) == (record.id, record.category):
            return record
        return dataclasses.replace(record, id=unique, category=category)
