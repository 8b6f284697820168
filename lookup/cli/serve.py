"""`lookup serve` and `lookup source serve`: the two servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

_CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="gateway.toml",
    show_default=True,
    help="Configuration, see `lookup config check`.",
)


@click.command()
@_CONFIG
def serve(file: Path) -> int:
    """Serve a gateway until it is interrupted or terminated."""
    from lookup import server

    return _run(lambda: server.run(file))


@click.group()
def source() -> None:
    """Be a source of another gateway."""


@source.command("serve")
@click.argument("name")
@_CONFIG
@click.option("--listen", required=True, metavar="HOST:PORT|unix:PATH", help="Where to serve.")
def serve_source(name: str, file: Path, listen: str) -> int:
    """Serve the file list NAME of a configuration as a SourceService, in a process of its own."""
    from lookup import source_server

    return _run(lambda: source_server.run(file, name, listen))


def _run(serving: Callable[[], int]) -> int:
    from lookup.cli.connect import Failed, Misused
    from lookup.errors import ConfigError

    try:
        return serving()
    except ConfigError as error:
        raise Misused(str(error)) from error
    except OSError as error:
        raise Failed(f"cannot serve: {error}") from error
