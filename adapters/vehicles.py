"""Stolen vehicles: a table in the manner of INTERPOL's SMV, and the New Zealand police layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.base import Garbled
from adapters.draft import clean, distinct, nation
from adapters.file_list import file_kind
from adapters.iso import iso_date
from adapters.listing import some
from adapters.rows import Rejected, Rows
from adapters.table import Row, table
from matching.record import Kind, Record, Vehicle

MAX_IDENTIFIER = 64
"""Longest VIN, plate or engine number in characters."""

_COLUMNS = {
    "vin": ("vin", "chassis_number", "chassisnumber", "bodynumber"),
    "plate": ("plate", "registration", "registration_number", "vehiclenumber"),
    "country": ("country", "plate_country"),
    "engine_number": ("engine_number", "enginenumber"),
    "make": ("make", "brand"),
    "model": ("model", "brandmodel"),
    "colour": ("colour", "color"),
    "type": ("type", "vehicle_type", "cartype"),
    "owner": ("owner", "organunit"),
    "entered": ("entered", "insertdate"),
    "reference": ("reference", "id"),
}
_REMARKS = {"year": "year", "stolen_on": "stolen on", "illegalseizuredate": "stolen on",
            "place": "", "district": "", "remarks": ""}  # fmt: skip
_NEW_ZEALAND = ("plate", "colour", "make", "model", "year", "type", "stolen_on", "district")
_IDENTIFIERS = ("vin", "plate", "engine_number")


def parse(path: Path, country: str = "") -> Rows:
    """Read a CSV with a header: vin, plate, country, engine_number, make, model, colour, type.

    One of VIN, plate and engine number is enough. `country` is that of plates without one. owner,
    entered, reference, year, stolen_on, place and remarks may be absent.
    """
    return some(_rows(path, country), path.name)


def _rows(path: Path, country: str) -> Rows:
    for row in table(path, folded=True):
        if isinstance(row, Rejected):
            yield row
        elif not any(name in row.cells for field in _IDENTIFIERS for name in _COLUMNS[field]):
            raise Garbled(
                f"{path.name}: no list of vehicles: no column vin, plate or engine_number"
            )
        else:
            yield _entry(row, country)


def parse_new_zealand(path: Path) -> Rows:
    """Read the list of the New Zealand police: eight columns, no header.

    Plates occur more than once, for a plate is re-issued and a car is stolen twice: every row is a
    record of its own.
    """
    return some(distinct(_new_zealand(path)), path.name)


def _new_zealand(path: Path) -> Rows:
    for row in table(path, header=_NEW_ZEALAND):
        if isinstance(row, Rejected):
            yield row
        elif row.fault:
            yield Rejected(row.where, row.fault)
        else:
            plate, date = clean(row.cells["plate"]), clean(row.cells["stolen_on"])
            cells = row.cells | {"owner": "New Zealand Police", "id": f"{plate}/{date}"}
            yield _entry(Row(row.where, cells), "NZL")


def _entry(row: Row, country: str) -> Record | Rejected:
    cells = {field: row.first(columns) for field, columns in _COLUMNS.items()}
    identifiers = [cells[field] for field in _IDENTIFIERS]
    if not any(letter.isalnum() for text in identifiers for letter in text):
        return Rejected(row.where, row.fault or "neither VIN nor plate nor engine number")
    if max(map(len, identifiers)) > MAX_IDENTIFIER:
        return Rejected(row.where, f"an identifier of more than {MAX_IDENTIFIER} characters")
    plate_country = nation(cells["country"] or country) if cells["plate"] else ""
    return Record(
        id=cells["reference"] or "-".join(text for text in identifiers if text),
        kind=Kind.VEHICLE,
        vehicles=(_vehicle(cells, plate_country),),
        category="STOLEN_VEHICLE",
        owner=cells["owner"] or nation(cells["country"] or country),
        entered=iso_date(cells["entered"]),
        remarks="; ".join(_remarks(row)),
    )


def _vehicle(cells: dict[str, str], plate_country: str) -> Vehicle:
    return Vehicle(
        vin=cells["vin"],
        plate=cells["plate"],
        plate_country=plate_country,
        engine_number=cells["engine_number"],
        make=cells["make"],
        model=cells["model"],
        colour=cells["colour"],
        type=cells["type"],
    )


def _remarks(row: Row) -> Iterator[str]:
    """A year of 0 stands for none in the New Zealand list."""
    for column, word in _REMARKS.items():
        text = row.first((column,))
        if text and (column, text) != ("year", "0"):
            yield f"{word} {text}".strip()
    if row.fault:
        yield f"row {row.fault}"


KIND = file_kind(parse, kinds=(Kind.VEHICLE,), fields=("vin", "plate", "engine_number"))
"""Registered as `vehicles`."""

NEW_ZEALAND = file_kind(parse_new_zealand, kinds=(Kind.VEHICLE,), fields=("plate",))
"""Registered as `vehicles_nz`."""
