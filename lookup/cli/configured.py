"""A configuration and its sources, opened in this process for one command."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookup import config
from lookup.cli.connect import Misused
from lookup.config import Config
from lookup.errors import ConfigError
from lookup.sources import Source, Sources, open_sources


@contextmanager
def opened(file: Path) -> Iterator[tuple[Config, Sources]]:
    """The configuration with its sources; what cannot be used ends the command with code 2."""
    try:
        settings = config.load(file)
        sources = open_sources(settings)
    except ConfigError as error:
        raise Misused(str(error)) from error
    try:
        yield settings, sources
    finally:
        asyncio.run(_close(sources))


def named(sources: Sources, name: str) -> Source:
    """The source of that name; an unknown one lists the known."""
    found = sources.get(name)
    if found is None:
        known = ", ".join(source.name for source in sources) or "none"
        raise Misused(f"no source is called {name!r}; known: {known}")
    return found


async def _close(sources: Sources) -> None:
    for source in sources:
        await source.adapter.aclose()
