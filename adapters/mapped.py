"""Any CSV or JSON Lines file, mapped by configuration: which column is which field of a record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.base import Garbled
from adapters.draft import Draft, clean, distinct, nation, sex_of
from adapters.file_list import file_kind
from adapters.iso import iso_date
from adapters.jsonlines import is_json, objects, texts
from adapters.listing import some
from adapters.multivalue import dates, names, split
from adapters.papers import document, kind_of_document
from adapters.rows import Rejected, Rows
from adapters.table import table
from matching.record import Document, Kind, NameKind, Record, Vehicle

_KINDS = {
    "person": Kind.PERSON,
    "individual": Kind.PERSON,
    "p": Kind.PERSON,
    "vehicle": Kind.VEHICLE,
    "document": Kind.DOCUMENT,
    "organisation": Kind.ORGANISATION,
    "organization": Kind.ORGANISATION,
    "company": Kind.ORGANISATION,
    "entity": Kind.ORGANISATION,
    "vessel": Kind.VESSEL,
    "ship": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
    "airplane": Kind.AIRCRAFT,
    "unknown": Kind.UNKNOWN,
}
_PAPERS = {
    "passport": "PASSPORT",
    "national_id": "NATIONAL_ID",
    "tax_id": "TAX_ID",
    "id_card": "ID_CARD",
    "driving_licence": "DRIVING_LICENCE",
}
_VEHICLE = {
    "vin": "vin",
    "plate": "plate",
    "engine_number": "engine_number",
    "make": "make",
    "model": "model",
    "colour": "colour",
    "vehicle_type": "type",
}
_NAMES = {
    "name": NameKind.PRIMARY,
    "alias": NameKind.ALIAS,
    "weak_alias": NameKind.ALIAS,
    "former_name": NameKind.FORMER,
}
FIELDS = frozenset({
    "id", "kind", *_NAMES, "surname", "given", "birth", "birth_day", "birth_month", "birth_year",
    "sex", "nationality", "birth_place", "document", "document_issuer", "document_type",
    *_PAPERS, *_VEHICLE, "plate_country", "category", "owner",
    "programme", "warning", "address", "entered", "valid_until", "url", "remarks",
})  # fmt: skip
"""What a column can be mapped to."""
_DATES = {"": None, "dmy": True, "mdy": False, "ymd": None}
_NUMBER_SIGN = re.compile(r"^(?:nr|no|n°)\.?\s+", re.IGNORECASE)
_ISSUED = re.compile(r"\bissued in ([^,;()]+)", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+(?=.*\d)")
_MAX_NUMBER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The settings of one mapped file; raises `ValueError` for what cannot be meant."""

    columns: dict[str, str | list[str]]
    about: str = "person"
    kinds: dict[str, str] | None = None
    separator: str = ";"
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: str = ""
    owner: str = ""
    category: str = ""

    def __post_init__(self) -> None:
        _known("columns", self.columns, FIELDS)
        _known("about", [self.about.lower()], _KINDS)
        _known("kinds", (self.kinds or {}).values(), _KINDS)
        _known("dates", [self.dates], _DATES)
        if len(self.delimiter) != 1:
            raise ValueError(f"delimiter is one character, not {self.delimiter!r}")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"no encoding is named {self.encoding!r}") from None

    def of(self, field: str) -> list[str]:
        """The columns that `field` is read from."""
        found = self.columns.get(field, [])
        return [found] if isinstance(found, str) else list(found)

    def kind_of(self, text: str) -> Kind:
        """The kind that a row's own word stands for; UNKNOWN for a word that no table knows."""
        word = (self.kinds or {}).get(text, text or self.about)
        return _KINDS.get(word.lower(), Kind.UNKNOWN)


def _known(setting: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        expected = ", ".join(sorted(known))
        raise ValueError(f"{setting}: {', '.join(unknown)} is none of: {expected}")


def parse(  # noqa: PLR0913 - one keyword per setting: the schema of the kind
    path: Path,
    *,
    columns: dict[str, str | list[str]],
    about: str = "person",
    kinds: dict[str, str] | None = None,
    separator: str = ";",
    delimiter: str = ",",
    encoding: str = "utf-8",
    dates: str = "",
    owner: str = "",
    category: str = "",
) -> Rows:
    """Read a CSV with a header, or JSON Lines, by `columns`: record field to column or columns.

    A value is split at `separator` and at enumerations like "(a) ... (b) ..."; a name in another
    script in brackets behind a name is a name of its own. The columns of `id` are joined with `/`;
    without any, the number of the row is the id. `about` is the kind of rows without one of
    their own ("unknown" where people and others are mixed), `kinds` says what their words stand
    for; a word that nobody knows is UNKNOWN, which is searched as a person. `dates` is dmy, mdy
    or ymd for dates that could be two. `owner` and `category` are those of rows without one.
    """
    layout = Layout(
        columns=columns,
        about=about,
        kinds=kinds,
        separator=separator,
        delimiter=delimiter,
        encoding=encoding,
        dates=dates,
        owner=owner,
        category=category,
    )
    return some(distinct(_rows(path, layout)), path.name)


def _rows(path: Path, layout: Layout) -> Rows:
    for row in _objects(path, layout) if is_json(path) else _cells(path, layout):
        if isinstance(row, Rejected):
            yield row
        else:
            yield from _Entry(*row, layout).rows()


_Values = dict[str, list[str]]
_Row = tuple[str, _Values, str]


def _cells(path: Path, layout: Layout) -> Iterator[_Row | Rejected]:
    checked = False
    for row in table(path, delimiter=layout.delimiter, encoding=layout.encoding):
        if isinstance(row, Rejected):
            yield row
            continue
        if not checked:
            _check_columns(path, layout, row.cells)
            checked = True
        cells = row.cells
        yield (
            row.where,
            {f: [cells[name] for name in layout.of(f)] for f in layout.columns},
            row.fault,
        )


def _check_columns(path: Path, layout: Layout, cells: Iterable[str]) -> None:
    wanted = {name for field in layout.columns for name in layout.of(field)}
    missing = sorted(wanted - set(cells))
    if missing:
        raise Garbled(f"{path.name}: has no column {', '.join(missing)}")


def _objects(path: Path, layout: Layout) -> Iterator[_Row | Rejected]:
    for item in objects(path):
        if isinstance(item, Rejected):
            yield item
        else:
            where, found = item
            values = {f: [t for n in layout.of(f) for t in _at(found, n)] for f in layout.columns}
            yield where, values, ""


def _at(found: Any, name: str) -> list[str]:
    """The texts at `name`; `holder.name` is the key `name` in the object at `holder`."""
    for key in name.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return texts(found)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row on its way to a record."""

    where: str
    values: _Values
    fault: str
    layout: Layout

    def rows(self) -> Rows:
        """The record, and a `Rejected` for what is wrong with it."""
        draft = Draft(
            "/".join(self.values.get("id", ())).strip("/") or self.where,
            self.layout.kind_of(self.one("kind")),
            self.one("category") or self.layout.category,
            self.one("owner") or self.layout.owner,
            sex_of(self.one("sex")),
            entered=self._date("entered"),
            url=self.one("url"),
        )
        self._name(draft)
        self._describe(draft)
        self._identify(draft)
        vehicle = self._vehicle()
        if not (draft.names or draft.documents or vehicle):
            yield Rejected(self.where, self.fault or "neither a name nor an identifier")
            return
        for row in draft.rows(self.where):
            yield row if isinstance(row, Rejected) else self._complete(row, vehicle)
        if self.fault:
            yield Rejected(self.where, f"kept, but {self.fault}")

    def one(self, field: str) -> str:
        """The first value of a field, as it is."""
        return next((text for value in self.values.get(field, ()) if (text := clean(value))), "")

    def all(self, field: str) -> list[str]:
        """Every value of a field, split."""
        return [
            text
            for value in self.values.get(field, ())
            for text in split(value, self.layout.separator)
        ]

    def _date(self, field: str) -> str:
        return iso_date(self.one(field), day_first=_DATES[self.layout.dates])

    def _name(self, draft: Draft) -> None:
        surname, given = self.one("surname"), self.one("given")
        if surname or given:
            draft.name("", NameKind.PRIMARY, surname=surname, given=given)
        for field, kind in _NAMES.items():
            for text in self.all(field):
                role = NameKind.ALIAS if kind is NameKind.PRIMARY and draft.names else kind
                self._named(draft, text, role, weak=field == "weak_alias")

    @staticmethod
    def _named(draft: Draft, text: str, role: NameKind, *, weak: bool) -> None:
        """Brackets are read in names of people only: in others they hold abbreviations."""
        if draft.kind is not Kind.PERSON:
            draft.name(text, role, weak=weak)
            return
        found = names(text)
        draft.name(found.plain, role, weak=weak)
        for other in found.others:
            draft.name(other, weak=weak)
        for born in found.born:
            draft.name(born, NameKind.FORMER)
        draft.remark(*found.comments)

    def _describe(self, draft: Draft) -> None:
        for text in self.all("birth"):
            for date, circa in dates(text):
                draft.birth(date, circa=circa, day_first=_DATES[self.layout.dates])
        parts = [self.one(f"birth_{part}") for part in ("year", "month", "day")]
        if parts[0]:
            draft.birth("-".join(part.zfill(2) for part in parts if part))
        draft.nationality(*self.all("nationality"))
        for field, add in (
            ("birth_place", draft.birth_place),
            ("programme", draft.programme),
            ("address", draft.address),
        ):
            for text in self.all(field):
                add(text)
        draft.remark(*self.values.get("remarks", ()))

    def _identify(self, draft: Draft) -> None:
        number = self.one("document")
        if any(letter.isalnum() for letter in number):
            issuer, kind = nation(self.one("document_issuer")), self.one("document_type")
            draft.document(Document(number[:_MAX_NUMBER], issuer, _document_type(kind)))
        for field, kind in _PAPERS.items():
            for text in self.all(field):
                for part in _AND.split(text):
                    draft.document(_paper(part, kind))

    def _vehicle(self) -> Vehicle | None:
        found = {name: self.one(field)[:_MAX_NUMBER] for field, name in _VEHICLE.items()}
        if not (found["vin"] or found["plate"] or found["engine_number"]):
            return None
        return Vehicle(**found, plate_country=nation(self.one("plate_country")))

    def _complete(self, record: Record, vehicle: Vehicle | None) -> Record:
        return replace(
            record,
            vehicles=(vehicle,) if vehicle else (),
            warnings=tuple(self.all("warning")),
            valid_until=self._date("valid_until"),
        )


def _document_type(text: str) -> str:
    word = text.upper().replace(" ", "_")
    return word if word in _PAPERS.values() or not word else kind_of_document(text)


def _paper(text: str, kind: str) -> Document | None:
    """The number in a text that may also name issuer and dates; "NR" is no Nauru here."""
    found = document(_NUMBER_SIGN.sub("", text))
    if found is None:
        return None
    issued = _ISSUED.search(text)
    issuer = found.issuer or (nation(issued[1]) if issued else "")
    return replace(found, type=kind, issuer=issuer)


def check(**settings: Any) -> None:
    """Raise `ValueError` for settings that `parse` would not take."""
    Layout(**settings)


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.VEHICLE, Kind.DOCUMENT), check=check)
"""Registered as `mapped`."""
