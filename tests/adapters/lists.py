"""A small kind of list for tests: lines of `id|name|document`, a `!` line is broken."""

from __future__ import annotations

from pathlib import Path

from adapters.base import Garbled
from adapters.file_list import file_kind
from adapters.place import Place
from adapters.rows import Rejected, Rows
from matching.record import Document, Kind, Name, NameKind, Record


def parse(path: Path, country: str = "", side: Path | None = None, *, upper: bool = False) -> Rows:
    """Lines of `id|name|document`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if lines and lines[0] == "<html>":
        raise Garbled(f"{path.name}: no list but a web page")
    for number, line in enumerate(lines, 1):
        if line.startswith("!"):
            yield Rejected(f"{path.name}:{number}", "a broken row")
        elif line == "boom":
            raise KeyError("Ada")
        elif line == "unreadable":
            raise ValueError("the cell says Ada Example")
        else:
            yield record(line.upper() if upper else line, country)
    if side is not None:
        yield record(side.read_text(encoding="utf-8"), country)


def record(line: str, country: str = "") -> Record:
    identity, name, *number = line.split("|")
    papers = tuple(Document(text, country, "PASSPORT") for text in number)
    names = (Name(name, kind=NameKind.PRIMARY),)
    return Record(identity, Kind.PERSON, names, documents=papers)


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT), category="TEST", fields=("names",))

PEOPLE = (
    "1|Ada Example|P123",
    "2|Bela Muster|P456",
    "3|Carla Ejemplo",
    "4|Dov Dugma",
    "5|Eda Ornek",
)


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def place(root: Path, name: str = "people") -> Place:
    return Place(name, root / "state", root / "lists")
