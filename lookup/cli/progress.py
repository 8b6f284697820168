"""Progress of long work on standard error, where a person watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lookup.cli.output import interactive


@contextmanager
def counting(title: str, unit: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A function that is told how far the work is; it shows nothing unless on a terminal."""
    if not interactive():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:,.0f} " + unit, markup=False),
        TimeElapsedColumn(),
    )
    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def _unseen(_done: int) -> None:
    return None
