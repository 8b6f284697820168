"""OFAC lists: sdn.csv or cons_prim.csv with their alias, address and comment files, no header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.base import Garbled
from adapters.draft import Draft, clean, distinct, sex_of
from adapters.file_list import file_kind
from adapters.listing import Cells, Delimited, lines, some
from adapters.papers import document
from adapters.rows import Rejected, Rows
from matching.record import Document, Kind, NameKind

MAX_SIDE_ROWS = 2_000_000
"""Most rows of an alias, address or comment file."""
REMARKS_WIDTH = 1000
"""Length at which OFAC cuts Remarks and goes on in sdn_comments.csv."""
_END = "\x1a"
_NULL = "-0-"
_KINDS = {
    "individual": Kind.PERSON,
    "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
    "": Kind.ORGANISATION,
}
_ALIASES = {"fka": NameKind.FORMER}
_URL = "https://sanctionssearch.ofac.treas.gov/Details.aspx?id="
_SEGMENT = re.compile(r";\s+")
_WEAK = re.compile(r"([afn])\.k\.a\. ['\"](.+)['\"]$")
_FACT = re.compile(r"(?:alt\. )?(DOB|POB|nationality|citizen|Gender) (.+)")
_PAPER = re.compile(
    r"(?:alt\. )?(?P<phrase>(?:[A-Z][\w.' ]*? )??(?:[A-Z]\w* No\.|No\.|Number|ID|Passport|Card"
    r"|C\.U\.R\.P\.|R\.F\.C\.|D\.N\.I\.|C\.U\.I\.P?\.|Fiscal Code)) (?P<number>\S.*?)"
    r"(?: \((?P<country>[^)]*)\)(?: .*)?| (?:issued|expires) .*)?"
)
_NO_PAPER = re.compile(
    r"Phone|Fax|Registration|Commercial|Vessel|Aircraft|Gazette|Identification IMO", re.IGNORECASE
)
_VESSEL = ("Call sign", "Vessel type", "Tonnage", "Gross tonnage", "Flag", "Owner")


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of one list; every tuple but `main` may be empty."""

    main: Path
    aliases: tuple[Path, ...]
    addresses: tuple[Path, ...]
    comments: tuple[Path, ...]


def parse(
    path: Path,
    *,
    aliases: Path | None = None,
    addresses: Path | None = None,
    comments: Path | None = None,
) -> Rows:
    """The entries of an OFAC list.

    `path` is sdn.csv or cons_prim.csv, plain or gzip, or a folder that holds one of them; in a
    folder the side files that are not given are found by their names (alt*, add*, *comments*) and
    all that are found are joined. `aliases`, `addresses` and `comments` are those side files. Rows
    of a side file that belong to no entry are reported once for each file.
    """
    files = _files(path, aliases, addresses, comments)
    return distinct(some(_parse(files), files.main.name))


def _files(
    path: Path, aliases: Path | None, addresses: Path | None, comments: Path | None
) -> _Files:
    if not path.is_dir():
        found = _Files(path, (), (), ())
    else:
        names = sorted(path.glob("*.csv")) + sorted(path.glob("*.csv.gz"))
        found = _Files(
            _main(path, names),
            _named(names, "alt"),
            _named(names, "add"),
            tuple(name for name in names if "comments" in name.name),
        )
    return _Files(
        found.main,
        (aliases,) if aliases else found.aliases,
        (addresses,) if addresses else found.addresses,
        (comments,) if comments else found.comments,
    )


def _main(folder: Path, names: list[Path]) -> Path:
    found = [n for n in names if re.match(r"sdn(?!_comments)|cons_prim", n.name, re.IGNORECASE)]
    if len(found) != 1:
        raise Garbled(f"{folder.name}: holds {len(found)} files sdn*.csv or cons_prim*.csv, not 1")
    return found[0]


def _named(names: list[Path], part: str) -> tuple[Path, ...]:
    return tuple(name for name in names if re.match(rf"(?:cons_)?{part}", name.name, re.IGNORECASE))


class _Side:
    """One side file in memory, by entry: small (20,000 rows), and asked once for each entry."""

    def __init__(self, path: Path, width: int) -> None:
        self.name = path.name
        self.rejected: list[Rejected] = []
        self._rows: dict[str, list[list[str]]] = {}
        self._count = 0
        for row in _rows(path, width):
            if isinstance(row, Rejected):
                self.rejected.append(row)
            else:
                self._rows.setdefault(row[1][0], []).append(row[1][1:])
                self._count += 1
            if self._count + len(self.rejected) > MAX_SIDE_ROWS:
                raise Garbled(f"{self.name}: more than {MAX_SIDE_ROWS} rows")

    def take(self, entry: str) -> list[list[str]]:
        """The rows of an entry without its id; they are then gone."""
        rows = self._rows.pop(entry, [])
        self._count -= len(rows)
        return rows

    def orphans(self) -> Rows:
        """What nobody took, as one `Rejected`."""
        if self._count:
            yield Rejected(self.name, f"{self._count} rows belong to no entry of the list")


@dataclass(frozen=True, slots=True)
class _Sides:
    """All side files of one list."""

    aliases: tuple[_Side, ...]
    addresses: tuple[_Side, ...]
    comments: tuple[_Side, ...]

    def all(self) -> Iterator[_Side]:
        yield from (*self.aliases, *self.addresses, *self.comments)


def _parse(files: _Files) -> Rows:
    sides = _Sides(
        tuple(_Side(path, 5) for path in files.aliases),
        tuple(_Side(path, 6) for path in files.addresses),
        tuple(_Side(path, 2) for path in files.comments),
    )
    for side in sides.all():
        yield from side.rejected
    for row in _rows(files.main, 12):
        if isinstance(row, Rejected):
            yield row
        else:
            yield from _entry(files.main.name, row, sides)
    for side in sides.all():
        yield from side.orphans()


def _rows(path: Path, width: int) -> Iterator[Cells | Rejected]:
    """The rows that begin with an entry's number, every `-0- ` in them empty.

    The header of a re-serialised file and the lone 0x1A at the end are no rows.
    """
    for row in Delimited(path.name, _kept(path), width):
        if isinstance(row, Rejected):
            yield row
            continue
        number, cells = row
        if cells[0].isascii() and cells[0].isdigit():
            yield number, ["" if cell.strip() == _NULL else cell for cell in cells]
        elif not (number == 1 and cells[0].lower().startswith("ent")):
            yield Rejected(f"{path.name}:{number}", "does not begin with the number of an entry")


def _kept(path: Path) -> Iterator[tuple[int, str | None]]:
    return ((n, text) for n, text in lines(path) if text is None or not text.startswith(_END))


def _entry(file: str, row: Cells, sides: _Sides) -> Rows:
    number, cells = row
    entry, name, kind = cells[0], cells[1], _KINDS.get(clean(cells[2]).lower(), Kind.UNKNOWN)
    if not clean(name):
        yield Rejected(f"{file}:{number}", f"entry {entry} has no name")
        return
    draft = Draft(entry, kind, owner="OFAC", url=f"{_URL}{entry}")
    _name(draft, name, NameKind.PRIMARY)
    draft.programme(*cells[3].split("] ["))
    draft.remark(cells[4])
    for _, alias_kind, alias, *_ in (row for side in sides.aliases for row in side.take(entry)):
        _name(draft, alias, _ALIASES.get(alias_kind.lower(), NameKind.ALIAS))
    for _, *address in (row for side in sides.addresses for row in side.take(entry)):
        draft.address(*address)
    over = "".join(row[0] for side in sides.comments for row in side.take(entry))
    _remarks(draft, cells[11], over)
    draft.remark(
        *(f"{what}: {cell}" for what, cell in zip(_VESSEL, cells[5:11], strict=True) if cell)
    )
    yield from draft.rows(f"{file}:{number}")


def _name(draft: Draft, name: str, kind: NameKind, *, weak: bool = False) -> None:
    person = draft.kind is Kind.PERSON
    surname, comma, given = name.partition(", ") if person else ("", "", "")
    parts = (surname, given) if comma else ("", "")
    draft.name(name, kind, surname=parts[0], given=parts[1], weak=weak)


def _remarks(draft: Draft, text: str, over: str) -> None:
    """Read the facts that OFAC keeps in Remarks only; what runs over is in the comment file."""
    if len(text) >= REMARKS_WIDTH:
        text += over or " (cut here by the publisher)"
    for segment in (part.rstrip(". ") for part in _SEGMENT.split(text)):
        if weak := _WEAK.match(segment):
            kind = NameKind.ALIAS if weak[1] == "a" else NameKind.FORMER
            _name(draft, weak[2], kind, weak=True)
        elif fact := _FACT.match(segment):
            _fact(draft, fact[1], fact[2])
        elif found := _paper(segment):
            draft.document(found)
    draft.remark(text)


def _fact(draft: Draft, what: str, value: str) -> None:
    if what == "DOB":
        draft.birth(value)
    elif what == "POB":
        draft.birth_place(value)
    elif what == "Gender":
        draft.sex = sex_of(value)
    else:
        draft.nationality(value)


def _paper(segment: str) -> Document | None:
    found = _PAPER.fullmatch(segment)
    if found is None or _NO_PAPER.search(found["phrase"]):
        return None
    return document(found["number"], phrase=found["phrase"], country=found["country"])


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `ofac`."""
