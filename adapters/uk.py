"""The United Kingdom's consolidated list in the ConList.csv layout of OFSI: one row an alias."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from adapters.base import Garbled
from adapters.draft import Draft, clean, distinct
from adapters.file_list import file_kind
from adapters.listing import Cells, Delimited, lines, some
from adapters.papers import document
from adapters.rows import Rejected, Rows
from matching.record import Kind, NameKind

MAX_GROUPS = 200_000
"""Most groups, which are held together until the end of the file."""
MAX_HEADER = 8
"""The header is looked for in this many lines."""
_SPAN = 64
_NEEDED = frozenset({"Name 6", "Name 1", "Group Type", "Group ID"})
_GIVEN = tuple(f"Name {number}" for number in range(1, 6))
_ADDRESS = (*(f"Address {number}" for number in range(1, 7)), "Post/Zip Code", "Country")
_KINDS = {"individual": Kind.PERSON, "entity": Kind.ORGANISATION, "ship": Kind.VESSEL}
_PRIMARY = frozenset({"prime alias", "primary name", "primary name variation"})
_FORMER = frozenset({"fka", "f.k.a."})
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_LIST = re.compile(r"\(\d+\)\s*")
_FREE = re.compile(
    r"\b(?P<what>passport|national identification|national identity card|identity card)"
    r"(?: details?| (?:no|number))?s?[.:]*\s*(?P<number>[A-Z]{0,3}[ -]?[A-Z]*\d[\w/-]*)"
    r"(?:,? issued (?:in|by) (?P<country>[A-Z][^.;\d]*?(?:\([^)]*\))?)(?=[.;,]|$))?",
    re.IGNORECASE,
)
_GENDER = re.compile(r"\bGender[^:]*:\s*(male|female)", re.IGNORECASE)

_Row = Mapping[str, str]


def parse(path: Path) -> Rows:
    """The groups of the list, plain or gzip; the id is the Group ID.

    The line "Last Updated" before the header may be missing. Rows of one group may stand anywhere;
    each adds its name, date, place and numbers. Numbers that stand in Other Information only are
    taken from there.
    """
    return distinct(some(_parse(path), path.name))


def _parse(path: Path) -> Rows:
    source = lines(path)
    header = _header(source, path.name)
    groups: dict[str, Draft] = {}
    for row in Delimited(path.name, source, len(header), span=_SPAN):
        if isinstance(row, Rejected):
            yield row
        elif problem := _add(groups, row, header):
            yield Rejected(f"{path.name}:{row[0]}", problem)
        if len(groups) > MAX_GROUPS:
            raise Garbled(f"{path.name}: more than {MAX_GROUPS} groups")
    for group, draft in groups.items():
        yield from draft.rows(f"Group ID {group}")


def _header(source: Iterator[tuple[int, str | None]], name: str) -> list[str]:
    for number, text in source:
        cells = _cells(text or "")
        if _NEEDED.issubset(cells):
            return cells
        if number >= MAX_HEADER:
            break
    raise Garbled(f"{name}: no ConList: no header with {sorted(_NEEDED)}")


def _cells(text: str) -> list[str]:
    try:
        return [clean(cell) for cell in next(csv.reader((text,)), [])]
    except csv.Error:
        return []


def _add(groups: dict[str, Draft], cells: Cells, header: list[str]) -> str:
    """Add a row to its group; says what is wrong with a row that cannot be added."""
    row = dict(zip(header, map(clean, cells[1]), strict=True))
    group = row["Group ID"]
    if not group:
        return "no Group ID"
    draft = groups.get(group) or Draft(
        group,
        _KINDS.get(row["Group Type"].lower(), Kind.UNKNOWN),
        owner="OFSI",
        entered=_iso(row.get("Listed On", "")),
    )
    before = len(draft.names)
    _name(draft, row)
    if not before and not draft.names:
        return f"group {group} has no name in its first row"
    groups[group] = draft
    _facts(draft, row)
    _numbers(draft, row)
    return ""


def _name(draft: Draft, row: _Row) -> None:
    kind = row.get("Alias Type", "").lower()
    given = " ".join(part for part in map(row.get, _GIVEN) if part)
    surname = row["Name 6"]
    name = NameKind.FORMER if kind in _FORMER else NameKind.ALIAS
    draft.name(
        f"{given} {surname}",
        NameKind.PRIMARY if kind in _PRIMARY else name,
        surname=surname if given else "",
        given=given if surname else "",
        weak=row.get("Alias Quality", "").lower().startswith("low"),
    )
    draft.name(row.get("Name Non-Latin Script"), NameKind.ORIGINAL_SCRIPT)


def _facts(draft: Draft, row: _Row) -> None:
    draft.birth(row.get("DOB"), day_first=True)
    draft.birth_place(row.get("Town of Birth"), row.get("Country of Birth"))
    for nationality in _LIST.split(row.get("Nationality", "")):
        draft.nationality(nationality.strip(" ."))
    draft.programme(row.get("Regime"))
    draft.address(*map(row.get, _ADDRESS))
    draft.remark(row.get("Title"), row.get("Position"), row.get("Other Information"))
    draft.remark(row.get("Passport Details"), row.get("NI Details"))


def _numbers(draft: Draft, row: _Row) -> None:
    for column, phrase in (
        ("Passport Number", "passport"),
        ("National Identification Number", "national identification"),
    ):
        for part in _LIST.split(row.get(column, "")):
            draft.document(document(part, phrase=phrase))
    for found in _FREE.finditer(row.get("Other Information", "")):
        country = clean(found["country"])
        draft.document(document(found["number"], phrase=found["what"], country=country))


def _iso(date: str) -> str:
    """`dd/mm/yyyy` as an ISO date, nothing for anything else."""
    found = _DATE.fullmatch(date)
    return "-".join((found[3], found[2], found[1])) if found else ""


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `uk`."""
