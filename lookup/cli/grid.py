"""Labelled lines: two columns that fit any width."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text


def grid(rows: Iterable[tuple[str, str]]) -> Table:
    """Two columns; a label that repeats is shown once."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(width=3)
    table.add_column(no_wrap=True, max_width=24, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    last = None
    for label, text in rows:
        table.add_row("", Text("" if label == last else label, style="cyan"), Text(text))
        last = label or last
    return table
