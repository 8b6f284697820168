"""Reads the files that lists are published in: bounded lines, delimited rows and XML elements."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, cast

from lxml import etree

from adapters.base import Garbled
from adapters.regular import open_regular
from adapters.rows import Rejected, Rows

MAX_LINE = 1 << 18
"""Longest line that is read, in bytes; a longer one is rejected."""
MAX_BYTES = 4 << 30
"""Largest list that is read, in bytes after unpacking."""
MAX_NODES = 100_000
"""Most XML elements in one entry."""
_GZIP = b"\x1f\x8b"
_BOM = "\ufeff"

Cells = tuple[int, list[str]]
"""A row of a delimited file: the number of its first line (from 1) and its cells."""


class _Bounded:
    """A stream that ends in `Garbled` beyond `MAX_BYTES` or where it cannot be unpacked."""

    def __init__(self, opened: IO[bytes], name: str) -> None:
        self._opened, self._name, self._left = opened, name, MAX_BYTES

    def read(self, size: int = -1) -> bytes:
        return self._count(self._opened.read, size)

    def readline(self, size: int) -> bytes:
        return self._count(self._opened.readline, size)

    def close(self) -> None:
        self._opened.close()

    def _count(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            block = read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Garbled(f"{self._name}: cannot be unpacked: {error}") from error
        self._left -= len(block)
        if self._left < 0:
            raise Garbled(f"{self._name}: larger than {MAX_BYTES} bytes")
        return block


def opened(path: Path) -> _Bounded:
    """The bytes of a file, unpacked if it is gzip by its first bytes, whatever its name."""
    with open_regular(path) as start:
        packed = start.read(len(_GZIP)) == _GZIP
    reader = gzip.GzipFile if packed else Path.open
    return _Bounded(cast("IO[bytes]", reader(path, "rb")), path.name)


def lines(path: Path, *, encoding: str = "utf-8") -> Iterator[tuple[int, str | None]]:
    """Number and text of every line, without its end; None in place of one beyond `MAX_LINE`.

    A line that is not in `encoding` is read as Windows-1252, for lists mix both.
    """
    stream = opened(path)
    try:
        number = 0
        while raw := stream.readline(MAX_LINE):
            number += 1
            whole = raw.endswith(b"\n") or len(raw) < MAX_LINE
            text = _decoded(raw, encoding).lstrip(_BOM) if number == 1 else _decoded(raw, encoding)
            yield number, text.rstrip("\r\n") if whole else None
            while not whole and (rest := stream.readline(MAX_LINE)):
                whole = rest.endswith(b"\n")
    finally:
        stream.close()


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


@dataclass(slots=True)
class Delimited:
    """The rows of a delimited file with quotes, one `Rejected` for each line that is none.

    `width` is the number of cells of a row, `span` how many lines one quoted cell may run over (1
    where no cell holds a line end). A quote that is never closed costs its own line, not the rows
    after it.
    """

    name: str
    source: Iterator[tuple[int, str | None]]
    width: int
    delimiter: str = ","
    span: int = 1
    _back: deque[tuple[int, str | None]] = field(default_factory=deque)

    def __iter__(self) -> Iterator[Cells | Rejected]:
        """Every row in order."""
        for number, text in self._lines():
            if text is None:
                yield Rejected(f"{self.name}:{number}", f"line longer than {MAX_LINE} bytes")
            elif text.strip():
                yield self._row(number, text)

    def _lines(self) -> Iterator[tuple[int, str | None]]:
        while True:
            line = self._back.popleft() if self._back else next(self.source, None)
            if line is None:
                return
            yield line

    def _row(self, number: int, text: str) -> Cells | Rejected:
        taken: list[tuple[int, str | None]] = []
        if self.span > 1 and text.count('"') % 2:
            text, taken = self._closed(text)
        cells = self._cells(text)
        if cells is not None and len(cells) == self.width:
            return number, cells
        self._back.extendleft(reversed(taken))
        found = "no row" if cells is None else f"{len(cells)} cells"
        return Rejected(f"{self.name}:{number}", f"{found} where {self.width} cells are due")

    def _closed(self, text: str) -> tuple[str, list[tuple[int, str | None]]]:
        """`text` up to the line that closes its quote, and the lines that this took."""
        taken = []
        for line in islice(self._lines(), self.span):
            taken.append(line)
            text = f"{text}\n{line[1] or ''}"
            if text.count('"') % 2 == 0 or len(text) > MAX_LINE:
                break
        return text, taken

    def _cells(self, text: str) -> list[str] | None:
        try:
            return next(csv.reader((text,), delimiter=self.delimiter, strict=True), None)
        except csv.Error:
            return None


def elements(path: Path, root: str, tags: frozenset[str]) -> Iterator[etree._Element]:
    """Every element whose local name is in `tags`, forgotten as soon as the next one is asked for.

    Raises `Garbled` for a file with another root, with a document type (so no entity is ever
    declared), that is no well-formed XML to its end, or with an entry beyond `MAX_NODES`.
    """
    stream = opened(path)
    try:
        yield from _elements(stream, path.name, root, tags)
    except etree.XMLSyntaxError as error:
        raise Garbled(f"{path.name}: not XML to its end: {error.msg}") from error
    finally:
        stream.close()


def _elements(
    stream: _Bounded, name: str, root: str, tags: frozenset[str]
) -> Iterator[etree._Element]:
    walk = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    _, first = next(iter(walk))
    if first.getroottree().docinfo.doctype or local(first) != root:
        raise Garbled(f"{name}: no list: its root must be {root}, with no document type")
    nodes = 0
    for event, element in walk:
        nodes += event == "end"
        if nodes > MAX_NODES:
            raise Garbled(f"{name}: an entry of more than {MAX_NODES} elements")
        if event == "end" and local(element) in tags:
            yield element
            nodes = 0
            _forget(element)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _forget(element: etree._Element) -> None:
    """Let go of an element and of what came before it, so that memory stays flat."""
    parent = element.getparent()
    element.clear()
    while parent is not None and parent[0] is not element:
        del parent[0]


def some(rows: Rows, name: str) -> Rows:
    """`rows`, or `Garbled` at their end where not one of them was a record."""
    empty = True
    for row in rows:
        empty = empty and isinstance(row, Rejected)
        yield row
    if empty:
        raise Garbled(f"{name}: holds no entry of such a list")
