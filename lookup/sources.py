"""The configured sources: kinds found by entry point, settings checked, adapters opened."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from typing import Any

from adapters.base import Adapter
from adapters.place import Place
from lookup.config import Config
from lookup.config import Source as Settings
from lookup.errors import ConfigError
from matching.record import Kind

GROUP = "lookup.adapters"

Opener = Callable[..., Adapter]


@dataclass(frozen=True, slots=True)
class Source:
    """One configured source: the adapter, and what the configuration says of it."""

    settings: Settings
    adapter: Adapter

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name

    @property
    def max_age(self) -> timedelta | None:
        """Its freshness bound: as configured, else as the adapter declares."""
        return self.settings.max_age or self.adapter.capabilities.max_age

    def answers(self, kind: Kind) -> bool:
        """Whether it can be asked about that kind of subject."""
        return kind in self.adapter.capabilities.kinds

    def stale(self, as_of: datetime | None, now: datetime) -> bool:
        """Whether data of that age are beyond the bound; unknown age is, where there is one.

        So is an age further in the future than the bound: such a clock says nothing, and data that
        bear its date would be fresh for ever.
        """
        if self.max_age is None:
            return False
        return as_of is None or abs(now - as_of) > self.max_age


class Sources:
    """All sources by name, in the order of their names."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_name = {source.name: source for source in sorted(sources, key=lambda s: s.name)}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> Source | None:
        """The source of that name."""
        return self._by_name.get(name)


def kinds() -> dict[str, Callable[[], Opener]]:
    """Name of every installed kind, with the function that loads it."""
    return {entry.name: entry.load for entry in entry_points(group=GROUP)}


def open_sources(config: Config) -> Sources:
    """Open every configured source; `ConfigError` names the first that cannot be."""
    known = kinds()
    return Sources(Source(s, open_adapter(config, s, known)) for s in config.sources)


def open_adapter(
    config: Config, settings: Settings, known: Mapping[str, Callable[[], Opener]] | None = None
) -> Adapter:
    """Open one source; the keyword parameters of its kind are the schema of its settings."""
    known = kinds() if known is None else known
    where = f"{config.file}: [sources.{settings.name}]"
    if settings.kind not in known:
        raise ConfigError(
            f"{where}: unknown kind {settings.kind!r}; known: {', '.join(sorted(known))}"
        )
    try:
        opener = known[settings.kind]()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{where}: kind {settings.kind!r} cannot be loaded: {error}") from error
    place = Place(settings.name, config.state / "sources", config.root)
    _check(where, settings, inspect.signature(opener))
    try:
        return opener(place, **settings.settings)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from error


def _check(where: str, settings: Settings, signature: inspect.Signature) -> None:
    parameters = list(signature.parameters.values())[1:]
    accepted = {p.name for p in parameters}
    for name in settings.settings:
        if name not in accepted:
            raise ConfigError(
                f"{where}: unknown key {name!r} of kind {settings.kind!r}; "
                f"known: {', '.join(sorted(accepted | _GENERAL))}"
            )
    for p in parameters:
        if p.default is inspect.Parameter.empty and p.name not in settings.settings:
            raise ConfigError(f"{where}: {p.name!r} is missing ({_text(p.annotation)})")


_GENERAL = {"kind", "required", "max_age", "timeout", "refresh", "suspended"}


def _text(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation))
