"""Sources that are files: `file_kind` makes a kind of source out of a parser."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from pathlib import Path
from types import UnionType
from typing import Any

import msgspec

from adapters.base import Answer, Capabilities, Loading, Query, Refused, Status
from adapters.fetch import Fetched, fetch
from adapters.layout import layout
from adapters.place import Place
from adapters.refresh import Progress, Recipe, Refreshed, refresh
from adapters.rows import Parse
from adapters.snapshot import Corrupt, Manifest, Pointer, Snapshots, Stamp
from matching import index
from matching.record import Kind, Record, kind_of

_ATTEMPTS = 3
_TRIED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The settings that every file list has beside those of its parser.

    `path` is the file, or the folder of files, of the list. `shrink_limit` (0..1) is the share of
    its records that a refresh may lose, `min_records` the least that it must bring. `url` is the
    publisher's https address. `partial` says that a name missing here means nothing.
    """

    path: Path
    shrink_limit: float = 0.2
    min_records: int = 1
    url: str = ""
    partial: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.shrink_limit <= 1:
            raise ValueError(f"shrink_limit is a share from 0 to 1, not {self.shrink_limit}")
        if self.min_records < 0:
            raise ValueError(f"min_records is at least 0, not {self.min_records}")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind says about itself beside its parser; see `file_kind`."""

    kinds: frozenset[Kind]
    category: str
    fields: frozenset[str]
    partial: bool
    check: Callable[..., None] | None


class FileKind:
    """A kind of file list: call it with a place and settings to get a source.

    `inspect.signature` of it is the schema of the settings: those of the parser, those of
    `Common`, and for every further file of the parser an `<name>_url`.
    """

    def __init__(self, parse: Parse, traits: Traits) -> None:
        self.parse = parse
        self.traits = traits
        own = list(inspect.signature(parse, eval_str=True).parameters.values())[1:]
        self.files = tuple(p.name for p in own if _is_path(p.annotation))
        self.settings = frozenset(p.name for p in own)
        self.__signature__ = _signature(own, self.files, partial=traits.partial)
        self.__doc__ = inspect.getdoc(parse)

    def __call__(self, place: Place, **settings: Any) -> FileList:
        """The source; `TypeError` for an unknown or missing setting, `ValueError` for a bad one."""
        bound = self.__signature__.bind(place, **settings)
        bound.apply_defaults()
        given = dict(bound.arguments)
        del given["place"]
        for name, value in given.items():
            if name not in {"path", *self.files}:
                given[name] = _typed(name, value, self.__signature__.parameters[name].annotation)
            elif value is not None:
                given[name] = place.resolve(_typed_path(name, value))
        if self.traits.check is not None:
            self.traits.check(**{name: given[name] for name in self.settings})
        return FileList(self, place, given)


def file_kind(
    parse: Parse,
    *,
    kinds: Iterable[Kind],
    category: str = "",
    fields: Iterable[str] = (),
    partial: bool = False,
    check: Callable[..., None] | None = None,
) -> FileKind:
    """The kind of source that `parse` reads; register the result as an entry point.

    `kinds` are the subjects that it can be asked about, `fields` the fields of a subject that it
    can use, `category` is given to records that the parser leaves without one, and `partial` is
    the default of the setting of that name. `check` is called with the parser's settings when a
    source is made: it raises `ValueError` for what the parser would not take.
    """
    traits = Traits(frozenset(kinds), category, frozenset(fields), partial, check)
    return FileKind(parse, traits)


@dataclass(frozen=True, slots=True)
class _Opened:
    """One version of the list as this process has it mapped."""

    stamp: Stamp
    pointer: Pointer
    manifest: Manifest
    index: index.Index


class FileList:
    """A source that is searched in this process, in memory that all processes share."""

    def __init__(self, kind: FileKind, place: Place, given: Mapping[str, Any]) -> None:
        self.place = place
        self.kind = kind
        self._common = Common(**{f.name: given[f.name] for f in dataclasses.fields(Common)})
        self._settings = {name: given[name] for name in sorted(kind.settings)}
        self._urls = {name: given.get(_url_of(name), "") for name in ("path", *kind.files)}
        self._files = {
            name: given[name] for name in ("path", *kind.files) if given[name] is not None
        }
        self._snapshots = Snapshots(place.folder, layout())
        self._held: _Opened | None = None
        self._capabilities = Capabilities(
            kinds=kind.traits.kinds,
            inline=True,
            partial=self._common.partial,
            fields=kind.traits.fields,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the list can be asked; constant."""
        return self._capabilities

    async def search(self, query: Query) -> Answer:
        """Candidates from one version of the list; never suspends, bounded by `index.BUDGET`."""
        if kind_of(query.subject) not in self.kind.traits.kinds:
            raise Refused(f"{self.place.name} holds nothing about a {kind_of(query.subject)}")
        opened = self._open()
        found = opened.index.search(query.subject, query.limit)
        return Answer(
            candidates=tuple(opened.index.record(row) for row in found.rows),
            complete=not found.cut and not self._common.partial,
            as_of=opened.pointer.as_of,
            version=opened.pointer.version,
            touched=found.touched,
            reason="cut by a bound of the search" if found.cut else "",
            rarity=opened.index.rarity,
            rejected=opened.manifest.rejected,
            promises=found.promises,
        )

    async def get_record(self, record_id: str) -> Record | None:
        """The record of that id in the current version."""
        held = self._open().index
        row = held.find(record_id)
        return None if row is None else held.record(row)

    async def status(self) -> Status:
        """What is held now; without a snapshot, why there is none."""
        try:
            opened = self._open()
        except Loading as loading:
            return Status(note=str(loading))
        pointer, manifest = opened.pointer, opened.manifest
        return Status(
            manifest.records, pointer.version, pointer.as_of, manifest.rejected, pointer.note
        )

    async def aclose(self) -> None:
        """Let go of the mapping; queries that run keep theirs until they end."""
        self._held = None

    def manifest(self) -> Manifest | None:
        """The sheet of the current version, with its first rejected rows; None while loading."""
        try:
            return self._open().manifest
        except Loading:
            return None

    def first_record(self, kinds: Iterable[Kind]) -> Record | None:
        """A record of one of these kinds, for trying the source out; looks at 1,000 at most."""
        wanted = frozenset(kinds)
        held = self._open().index
        records = (held.record(row) for row in range(min(len(held), _TRIED)))
        return next((record for record in records if record.kind in wanted), None)

    def refresh(self, *, force: bool = False, progress: Progress | None = None) -> Refreshed:
        """Read the files and publish a new version; see `adapters.refresh.refresh`."""
        recipe = Recipe(
            snapshots=self._snapshots,
            parse=lambda: self.kind.parse(self._common.path, **self._settings),
            inputs=tuple(self._files.values()),
            settings=self._fingerprint(),
            shrink_limit=self._common.shrink_limit,
            min_records=self._common.min_records,
            category=self.kind.traits.category,
        )
        return refresh(recipe, force=force, progress=progress)

    def fetch(self) -> tuple[Fetched, ...]:
        """Download every file that has an address; raises `SourceError`, keeps what is there."""
        memory = self.place.folder / "fetch"
        return tuple(
            fetch(url, self._files[name], memory / f"{name}.json")
            for name, url in self._urls.items()
            if url and name in self._files
        )

    def _fingerprint(self) -> str:
        """Changes with the settings and with the code of the parser: both shape the records."""
        code = Path(inspect.getfile(self.kind.parse)).read_bytes()
        shaped = {k: v for k, v in self._settings.items() if k not in self.kind.files}
        text = repr((self.kind.traits.category, sorted(self._files), shaped))
        return hashlib.sha256(code + text.encode()).hexdigest()[:20]

    def _open(self) -> _Opened:
        stamp = self._snapshots.stamp()
        held = self._held
        if held is not None and held.stamp == stamp:
            return held
        self._held = opened = self._reopen(held)
        return opened

    def _reopen(self, held: _Opened | None) -> _Opened:
        """Map what CURRENT names; a version that vanishes meanwhile has a successor: look again."""
        stamp = None
        for _ in range(_ATTEMPTS):
            stamp = self._snapshots.stamp()
            if stamp is None:
                raise Loading(f"{self.place.name} has not been loaded yet")
            opened = self._map(stamp, held)
            if opened is not None:
                return opened
        if held is not None and stamp is not None:
            return _kept(held, stamp)
        note = self._snapshots.pointer().note
        raise Loading(note or f"{self.place.name} has no snapshot of this format: refresh it")

    def _map(self, stamp: Stamp, held: _Opened | None) -> _Opened | None:
        pointer = self._snapshots.pointer()
        if held is not None and held.pointer.version == pointer.version:
            return _Opened(stamp, pointer, held.manifest, held.index)
        manifest = self._snapshots.manifest(pointer.version) if pointer.version else None
        if manifest is None:
            return None
        try:
            arrays = self._snapshots.load(pointer.version)
            return _Opened(stamp, pointer, manifest, index.Index(arrays))
        except (Corrupt, KeyError, ValueError):
            return None


def _kept(held: _Opened, stamp: Stamp) -> _Opened:
    """The version in use, until CURRENT changes again: the new one cannot be read."""
    note = "the newest version cannot be read; the one before it is in use"
    return dataclasses.replace(
        held, stamp=stamp, pointer=dataclasses.replace(held.pointer, note=note)
    )


def _url_of(name: str) -> str:
    return "url" if name == "path" else f"{name}_url"


def _typed(name: str, value: Any, annotation: Any) -> Any:
    """What configuration gives, held to the annotation: no text passes for a number."""
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None


def _typed_path(name: str, value: Any) -> Path:
    if isinstance(value, Path) or (isinstance(value, str) and value):
        return Path(value)
    raise ValueError(f"{name}: expected a path, got {value!r}")


def _is_path(annotation: Any) -> bool:
    if isinstance(annotation, UnionType):
        return Path in typing.get_args(annotation)
    return annotation is Path


def _signature(own: list[Parameter], files: tuple[str, ...], *, partial: bool) -> Signature:
    """Required settings first, as the order of a signature demands nothing else of keywords."""
    hints = typing.get_type_hints(Common)
    defaults = {f.name: f.default for f in dataclasses.fields(Common)} | {"partial": partial}
    common = [_keyword(name, hints[name], defaults[name]) for name in hints]
    urls = [_keyword(_url_of(name), str, "") for name in files]
    settings = [p.replace(kind=Parameter.KEYWORD_ONLY) for p in own]
    place = Parameter("place", Parameter.POSITIONAL_OR_KEYWORD, annotation=Place)
    return Signature([place, *common, *settings, *urls], return_annotation=FileList)


def _keyword(name: str, annotation: Any, default: Any) -> Parameter:
    missing = default is dataclasses.MISSING
    return Parameter(
        name,
        Parameter.KEYWORD_ONLY,
        default=Parameter.empty if missing else default,
        annotation=annotation,
    )
