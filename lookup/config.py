"""The configuration: one TOML file, read once into frozen values, refused with a reason."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

from adapters.durations import parse_span
from lookup.addresses import local
from lookup.errors import ConfigError
from matching.rank import Thresholds

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MAX_DEADLINE = timedelta(seconds=30)
_SPANS = (timedelta, timedelta | None)

Section = TypeVar("Section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """`[gateway]`: where to listen and how much to take on.

    `name` stands in every audit entry. `workers` is the number of processes, 0 for one per core
    (2..8). `threads` are the checks that one worker has open at the same time, `queue` those that
    it keeps waiting before it refuses more, `streams` the open `StreamCheck` calls, `batch_threads`
    the items of batches that the batch process works on. `state` holds indexes and the audit log.
    `deadline` is given to calls that have none; `max_deadline` cuts longer ones. `reserve` is the
    part of every deadline kept back for merging, recording and replying. `drain` is how long a
    stopping worker waits for its calls.
    """

    name: str = "gateway"
    listen: str = "127.0.0.1:7443"
    workers: int = 0
    threads: int = 32
    queue: int = 128
    streams: int = 32
    batch_threads: int = 32
    state: Path = Path("state")
    deadline: timedelta = timedelta(seconds=3)
    max_deadline: timedelta = _MAX_DEADLINE
    reserve: timedelta = timedelta(milliseconds=50)
    drain: timedelta = timedelta(seconds=10)
    reflection: bool = True

    def __post_init__(self) -> None:
        _between("workers", self.workers, 0, 64)
        _between("length of name", len(self.name), 1, 64)
        for name in ("threads", "queue", "streams", "batch_threads"):
            _between(name, getattr(self, name), 1, 1024)
        if not timedelta() < self.reserve < self.deadline <= self.max_deadline <= _MAX_DEADLINE:
            raise ValueError("0 < reserve < deadline <= max_deadline <= 30s must hold")
        if local(self.listen).startswith("unix:"):
            raise ValueError(f"listen is HOST:PORT, not {self.listen!r}")

    def worker_count(self) -> int:
        """The number of worker processes: as configured, or one per core, 2 to 8."""
        return self.workers or min(max(os.cpu_count() or 2, 2), 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """`[audit]`: the log of this host.

    `path` is its folder (default `STATE/audit`), `key` the private signing key, made at the first
    start if it is not there. `keep_outcomes` is how long a query id gives its stored outcome.
    """

    path: Path | None = None
    key: Path | None = None
    origin: str = "lookup.invalid/audit"
    keep_outcomes: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if self.keep_outcomes == timedelta():
            raise ValueError("keep_outcomes is more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`[sources.NAME]`: one source; what is left over are the settings of its kind.

    A `required` source that is missing, cut or stale makes a check without hits INCOMPLETE.
    `max_age` is its freshness bound, `timeout` its own slice of the deadline, `refresh` how often
    its files are looked at (0s: never). `suspended` gives the reason why it is switched off.
    """

    name: str
    kind: str
    required: bool = True
    max_age: timedelta | None = None
    timeout: timedelta | None = None
    refresh: timedelta = timedelta(seconds=30)
    suspended: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("max_age", "timeout"):
            if getattr(self, name) == timedelta():
                raise ValueError(f"{name} is more than 0; leave it out for none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `root` is the folder from which relative paths start."""

    file: Path
    root: Path
    gateway: Gateway
    audit: Audit
    matching: Thresholds
    sources: tuple[Source, ...]

    @property
    def state(self) -> Path:
        """The folder of everything that the gateway writes."""
        return self.root / self.gateway.state

    @property
    def audit_folder(self) -> Path:
        """The folder of the audit log."""
        return self.root / self.audit.path if self.audit.path else self.state / "audit"

    @property
    def audit_key(self) -> Path:
        """The private key of the audit log."""
        return self.root / self.audit.key if self.audit.key else self.audit_folder / "log.key"


def load(path: Path) -> Config:
    """Read a configuration file; `ConfigError` names the file, the key and what is accepted."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    return _config(path, content)


def _config(path: Path, content: dict[str, Any]) -> Config:
    known = ("gateway", "audit", "matching", "sources")
    _refuse_unknown(str(path), content, known)
    sources = content.get("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError(f"{path}: [sources]: is a table of tables")
    return Config(
        file=path,
        root=path.resolve().parent,
        gateway=_section(path, "gateway", Gateway, content.get("gateway", {})),
        audit=_section(path, "audit", Audit, content.get("audit", {})),
        matching=_section(path, "matching", Thresholds, content.get("matching", {})),
        sources=tuple(_source(path, name, table) for name, table in sources.items()),
    )


def _source(path: Path, name: str, table: Any) -> Source:
    where = f"{path}: [sources.{name}]"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name is 1 to 64 of a-z 0-9 _ -, a letter or digit first")
    if not isinstance(table, dict) or "kind" not in table:
        raise ConfigError(f"{where}: `kind` is missing")
    own = {f.name for f in fields(Source)} - {"name", "settings"}
    settings = {key: value for key, value in table.items() if key not in own}
    given = {key: value for key, value in table.items() if key in own}
    return _section(path, f"sources.{name}", Source, {**given, "name": name, "settings": settings})


def _section(path: Path, name: str, kind: type[Section], table: Any) -> Section:
    where = f"{path}: [{name}]"
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: is a table")
    hints = get_type_hints(kind)
    _refuse_unknown(where, table, tuple(hints))
    values = {key: _value(f"{where} {key}", hints[key], value) for key, value in table.items()}
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from error


def _value(where: str, hint: Any, value: Any) -> Any:
    try:
        if hint in _SPANS:
            span = parse_span(msgspec.convert(value, str))
            return span if span is not None or hint is not timedelta else timedelta()
        return msgspec.convert(value, hint, dec_hook=_path)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from error


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError(f"expected a path, not {value!r}")


def _refuse_unknown(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}; known: {', '.join(sorted(known))}")


def _between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} is {low} to {high}, not {value}")
