"""Delimited tables as publishers cut and paste them: a cut row is kept and named, never guessed."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from adapters.base import Garbled
from adapters.draft import clean
from adapters.listing import MAX_LINE, lines
from adapters.rows import Rejected

SPAN = 50
"""Most lines that one quoted cell may run over."""

Line = tuple[int, str | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row under its header: every column is there, an absent cell is empty.

    `fault` says what is wrong with a row that is readable all the same ("cut after 8 of 29 cells").
    """

    where: str
    cells: dict[str, str]
    fault: str = ""

    def first(self, columns: Sequence[str]) -> str:
        """The first of these columns that says something, cleaned."""
        for name in columns:
            cell = self.cells.get(name)
            if cell and (found := clean(cell)):
                return found
        return ""


def table(
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    header: Sequence[str] = (),
    folded: bool = False,
) -> Iterator[Row | Rejected]:
    """The rows of a delimited file with quotes; `header` names the columns where the file does not.

    A repetition of the header is passed over. `folded` makes `Issuing Country` the column
    `issuing_country`. Raises `Garbled` for a file without rows or with two columns of one name.
    """
    found = _rows(path, delimiter, encoding)
    columns = list(header)
    if not columns:
        columns = _header(next(found, None), path.name, folded=folded)
    repeated = [name.strip() for name in columns]
    for item in found:
        if isinstance(item, Rejected):
            yield item
            continue
        number, cells, fault = item
        if not header and _is_header(cells, repeated, folded=folded):
            continue
        yield _row(f"{path.name}:{number}", columns, cells, fault)


def _names(cells: Sequence[str], *, folded: bool) -> list[str]:
    names = [cell.strip() for cell in cells]
    return [name.lower().replace(" ", "_") for name in names] if folded else names


def _is_header(cells: list[str], columns: list[str], *, folded: bool) -> bool:
    """The first cell alone tells it for nearly every row."""
    same = _names(cells[:1], folded=folded) == columns[:1]
    return same and _names(cells, folded=folded) == columns


_Item = tuple[int, list[str], str]


def _header(first: _Item | Rejected | None, name: str, *, folded: bool) -> list[str]:
    if first is None or isinstance(first, Rejected):
        raise Garbled(f"{name}: holds no header of a table")
    columns = _names(first[1], folded=folded)
    if len(set(columns)) != len(columns):
        raise Garbled(f"{name}: two columns have one name")
    return columns


def _row(where: str, columns: list[str], cells: list[str], fault: str) -> Row | Rejected:
    missing = len(columns) - len(cells)
    if missing < 0 and any(cells[missing:]):
        return Rejected(where, f"{len(cells)} cells under {len(columns)} columns")
    if missing > 0:
        fault = fault or f"cut after {len(cells)} of {len(columns)} cells"
        cells = cells + [""] * missing
    return Row(where, dict(zip(columns, cells, strict=False)), fault)


def _rows(path: Path, delimiter: str, encoding: str) -> Iterator[_Item | Rejected]:
    source = _Lines(lines(path, encoding=encoding))
    for number, text in source:
        if text is None:
            yield Rejected(f"{path.name}:{number}", f"line longer than {MAX_LINE} bytes")
        elif text.strip():
            whole, fault = source.closed(text) if text.count('"') % 2 else (text, "")
            cells = _cells(whole, delimiter)
            if cells is None:
                yield Rejected(f"{path.name}:{number}", "no row of a table")
            else:
                yield number, cells, fault


def _cells(text: str, delimiter: str) -> list[str] | None:
    """`MAX_LINE` is above the limit of the csv module, which then refuses the cell."""
    try:
        return next(csv.reader([text], delimiter=delimiter), None)
    except csv.Error:
        return None


@dataclass(slots=True)
class _Lines:
    """Numbered lines, some of which may be handed back."""

    source: Iterator[Line]
    back: deque[Line] = field(default_factory=deque)

    def __iter__(self) -> Iterator[Line]:
        while True:
            line = self.back.popleft() if self.back else next(self.source, None)
            if line is None:
                return
            yield line

    def closed(self, text: str) -> tuple[str, str]:
        """`text` up to the line that closes its quote; one never closed costs its own line only."""
        taken: list[Line] = []
        whole = text
        for line in islice(self, SPAN):
            taken.append(line)
            whole = f"{whole}\n{line[1] or ''}"
            if whole.count('"') % 2 == 0:
                return whole, ""
            if len(whole) > MAX_LINE:
                break
        self.back.extendleft(reversed(taken))
        return text, "a quote is never closed"
