"""US Consolidated Screening List, CSV: many lists in one, half of the rows without a type."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.base import Garbled
from adapters.draft import Draft, clean, iso_of, nation, sex_of
from adapters.file_list import file_kind
from adapters.listing import some
from adapters.papers import kind_of_document
from adapters.rows import Rejected, Rows
from adapters.table import Row, table
from matching.record import Document, Kind, NameKind

_KINDS = {
    "individual": Kind.PERSON,
    "entity": Kind.ORGANISATION,
    "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
    "": Kind.UNKNOWN,
}
_OWNERS = (
    ("Treasury", "OFAC", "SANCTION"),
    ("Industry and Security", "BIS", "EXPORT_CONTROL"),
    ("State", "US State Department", "EXPORT_CONTROL"),
)
_NEEDED = frozenset({
    "_id", "source", "type", "programs", "name", "title", "addresses", "federal_register_notice",
    "start_date", "end_date", "remarks", "alt_names", "citizenships", "dates_of_birth",
    "nationalities", "places_of_birth", "source_information_url", "ids",
})  # fmt: skip
_ABBREVIATION = re.compile(r"\(([^)]+)\)")
_PAPER = re.compile(
    r"passport|cedula|travel document|identification number|national (?:foreign )?id|personal id"
    r"|ssn|licen[sc]e|tax id|fiscal code|r\.?f\.?c|c\.u\.r\.p|d\.n\.i|c\.u\.i|kenyan id|visanumber"
    r"|immigration|electoral|credencial",
    re.IGNORECASE,
)


def parse(path: Path) -> Rows:
    """Read the list as published, one record for every row that names somebody.

    Rows without a type stay of UNKNOWN kind. Ids start with the list's abbreviation (`SDN:9659`),
    for two lists may use one number.
    """
    return some(_rows(path), path.name)


def _rows(path: Path) -> Rows:
    for row in table(path):
        if isinstance(row, Rejected):
            yield row
        elif missing := sorted(_NEEDED - row.cells.keys()):
            raise Garbled(f"{path.name}: no consolidated screening list: no column {missing[0]}")
        else:
            yield from _entry(row)


def _entry(row: Row) -> Rows:
    cells = {name: cell.strip() for name, cell in row.cells.items()}
    if not any(letter.isalnum() for letter in cells["name"]):
        yield Rejected(row.where, row.fault or "no name")
        return
    owner, category = _owner(cells["source"])
    draft = Draft(
        f"{_abbreviation(cells['source'])}:{cells['_id'] or row.where}",
        _KINDS.get(cells["type"].lower(), Kind.UNKNOWN),
        category,
        owner,
        entered=iso_of(cells["start_date"]),
        url=cells["source_information_url"],
    )
    _names(draft, cells)
    _facts(draft, cells)
    for text in _items(cells["ids"]):
        _identifier(draft, text)
    yield from draft.rows(row.where)
    if row.fault:
        yield Rejected(row.where, f"kept, but {row.fault}")


def _owner(source: str) -> tuple[str, str]:
    found = (pair for word, *pair in _OWNERS if word in source.rpartition(" - ")[2])
    owner, category = next(found, ["US", "SANCTION"])
    return owner, category


def _abbreviation(source: str) -> str:
    found = _ABBREVIATION.search(source)
    return found[1] if found else "US"


def _items(text: str) -> list[str]:
    """The parts of a `;` list; some lists write the last one as "and ..."."""
    parts = (part.strip() for part in text.split(";"))
    return [part.removeprefix("and ").strip() for part in parts if part]


def _names(draft: Draft, cells: dict[str, str]) -> None:
    draft.name(cells["name"], NameKind.PRIMARY)
    for alias in _items(cells["alt_names"]):
        draft.name(alias)


def _facts(draft: Draft, cells: dict[str, str]) -> None:
    for date in _items(cells["dates_of_birth"]):
        draft.birth(date)
    for place in _items(cells["places_of_birth"]):
        draft.birth_place(place)
    draft.nationality(*_items(cells["nationalities"]), *_items(cells["citizenships"]))
    draft.programme(*_items(cells["programs"]))
    for address in _items(cells["addresses"]):
        draft.address(address)
    draft.remark(cells["title"], cells["remarks"], cells["federal_register_notice"])
    if ended := iso_of(cells["end_date"]):
        draft.remark(f"until {ended}")


def _identifier(draft: Draft, text: str) -> None:
    """`Passport, 92/664, EG`; what is no personal document is a remark."""
    phrase, _, rest = (part.strip() for part in text.partition(","))
    if phrase == "Gender":
        draft.sex = sex_of(rest)
        return
    number, _, country = (clean(part) for part in rest.partition(","))
    if not _PAPER.match(phrase) and "passport" not in phrase.lower():
        draft.remark(f"{phrase} {rest}")
    elif any(letter.isalnum() for letter in number):
        draft.document(Document(number[:64], nation(country), _document_type(phrase)))


def _document_type(phrase: str) -> str:
    return "NATIONAL_ID" if phrase == "SSN" else kind_of_document(phrase)


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `csl`."""
