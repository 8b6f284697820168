"""`lookup sources`: what a gateway can ask, and the upkeep of its lists on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lookup.cli.options import Connection, connection

if TYPE_CHECKING:
    import datetime as dt

    from rich.table import Table

    from lookup.client import Source

_CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="gateway.toml",
    show_default=True,
    help="Configuration that names the source.",
)
_PATIENCE = 60.0


@click.group(invoke_without_command=True)
@click.option("--filter", "matching", default="", help="Part of a name, or kind:NAME.")
@click.option("--json", "as_json", is_flag=True, help="One line of protobuf JSON per source.")
@connection
@click.pass_context
def sources(
    context: click.Context, connection: Connection, matching: str, as_json: bool
) -> int | None:
    """List the sources of a gateway: records, version, age, rejected rows, state."""
    if context.invoked_subcommand is not None:
        return None
    import datetime as dt

    from lookup.cli import output
    from lookup.cli.connect import connected

    with connected(connection) as client:
        found = list(client.list_sources(matching=matching))
    if as_json:
        for source in found:
            output.write_message(source)
        return 0
    from lookup.cli.grid import grid
    from lookup.cli.safe import safe

    console = output.console()
    console.print(_table(found, dt.datetime.now(dt.UTC)))
    console.print()
    console.print(grid((safe(source.name), _remarks(source)) for source in found))
    return 0


@sources.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Read unchanged files again; accept a shrunken list.")
@_CONFIG
def refresh(name: str, file: Path, force: bool) -> int:
    """Read the files of list NAME again; what looks broken is refused, the last good one stays."""
    from lookup.cli.configured import named, opened
    from lookup.cli.connect import Failed
    from lookup.cli.progress import counting
    from lookup.cli.safe import safe

    with opened(file) as (_, known):
        listed = _file_list(named(known, name).adapter, name)
        with counting(f"reading {name}", "rows") as progress:
            done = _in_turn(lambda: listed.refresh(force=force, progress=progress))
    if done.outcome in {"refused", "busy"}:
        raise Failed(f"{name}: {done.outcome}: {done.note}")
    click.echo(
        f"{name}: {done.outcome}, {done.records} records, {done.rejected} rejected rows, "
        f"version {safe(done.version)}"
    )
    return 0


@sources.command()
@click.argument("name")
@_CONFIG
def fetch(name: str, file: Path) -> int:
    """Download the files of list NAME from its publisher, if they changed there."""
    from adapters.base import SourceError
    from lookup.cli.configured import named, opened
    from lookup.cli.connect import Failed

    with opened(file) as (_, known):
        listed = _file_list(named(known, name).adapter, name)
        try:
            fetched = listed.fetch()
        except (SourceError, OSError) as error:
            raise Failed(f"{name}: {type(error).__name__}: {error}") from error
    if not fetched:
        raise Failed(f"{name} has no `url` in {file}")
    for one in fetched:
        click.echo(f"{name}: {one.outcome}, {one.path}, {one.size} bytes")
    return 0


@sources.command("test")
@click.argument("name")
@_CONFIG
def try_source(name: str, file: Path) -> int:
    """Open source NAME as the gateway does, and ask it for its state and for one answer."""
    import asyncio

    from lookup.cli.configured import named, opened
    from lookup.cli.tried import tried

    with opened(file) as (_, known):
        lines = asyncio.run(tried(named(known, name)))
    for line in lines:
        click.echo(line)
    return 0


def _in_turn(refresh: Callable[[], Any]) -> Any:
    """Refresh as soon as the gateway's own refresh of the same list is over."""
    until = time.monotonic() + _PATIENCE
    while (done := refresh()).outcome == "busy" and time.monotonic() < until:
        time.sleep(0.05)
    return done


def _file_list(adapter: Any, name: str) -> Any:
    """The adapter, if it is a list in files, which alone can be read again."""
    from adapters.file_list import FileList
    from lookup.cli.connect import Misused

    if not isinstance(adapter, FileList):
        raise Misused(f"{name} is no list in files; its owner keeps it up to date")
    return adapter


def _table(found: list[Source], now: dt.datetime) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("source", "state", "records", "age", "rejected", "version"):
        right = heading in {"records", "rejected"}
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for source in found:
        table.add_row(*map(Text, _row(source, now)))
    return table


def _row(source: Source, now: dt.datetime) -> tuple[str, ...]:
    import datetime as dt

    from lookup.cli import words
    from lookup.cli.safe import safe
    from lookup.client import SourceStatus
    from lookup.languages.wording import wording

    says = wording("en")
    status = words.status(says, SourceStatus, source.status)
    ready = source.status == SourceStatus.SOURCE_STATUS_ANSWERED
    dated = source.HasField("as_of")
    return (
        safe(source.name),
        "ready" if ready else status,
        str(source.records or "?"),
        words.age(says, source.as_of.ToDatetime(tzinfo=dt.UTC), now) if dated else "?",
        str(source.rejected_rows),
        safe(source.version[:12]) or "?",
    )


def _remarks(source: Source) -> str:
    from lookup.cli.safe import safe

    remarks = [
        f"kind {source.kind}",
        "required" if source.required else "not required",
        "a part only, its silence means nothing" if source.partial else "",
        source.note,
    ]
    return safe("; ".join(remark for remark in remarks if remark))
