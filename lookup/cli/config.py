"""`lookup config`: whether a configuration can be served, before it is."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def config() -> None:
    """Look at a configuration."""


@config.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_config(file: Path) -> int:
    """Read FILE and open every source in it, as `lookup serve` does; exit code 2 if it cannot."""
    from lookup.cli.configured import opened

    with opened(file) as (settings, sources):
        rows = [
            f"{source.name}: {source.settings.kind}, "
            f"{'required' if source.settings.required else 'not required'}"
            for source in sources
        ]
    click.echo(f"{file} can be served: {settings.gateway.listen}, sources: {len(rows)}")
    for row in rows:
        click.echo(f"  {row}")
    return 0
