"""Records as compact bytes: MessagePack arrays without trailing defaults."""

from __future__ import annotations

from typing import Any

import msgspec

from matching.record import (
    Document,
    Kind,
    Name,
    NameKind,
    PartialDate,
    Quality,
    Record,
    Sex,
    Vehicle,
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list).decode

Cells = list[Any]
"""Values of one object in the order of its fields; missing ones at the end have their default."""


def _trimmed(cells: Cells, defaults: Cells) -> Cells:
    size = len(cells)
    while size > 1 and cells[size - 1] == defaults[size - 1]:
        size -= 1
    return cells[:size]


def _name(name: Name) -> Cells:
    cells = [
        name.full, name.surname, name.given, name.kind.value, name.quality.value, name.script,
        name.may_be_truncated,
    ]  # fmt: skip
    return _trimmed(cells, ["", "", "", "", Quality.STRONG.value, "", False])


def _date(date: PartialDate) -> Cells:
    cells = [
        date.year, date.month, date.day, date.calendar, date.raw, date.year_to, date.approximate,
    ]  # fmt: skip
    return _trimmed(cells, [0, 0, 0, "gregorian", "", 0, False])


def _document(document: Document) -> Cells:
    return _trimmed([document.number, document.issuer, document.type], ["", "", ""])


def _vehicle(vehicle: Vehicle) -> Cells:
    cells = [
        vehicle.vin, vehicle.plate, vehicle.plate_country, vehicle.engine_number, vehicle.make,
        vehicle.model, vehicle.colour, vehicle.type,
    ]  # fmt: skip
    return _trimmed(cells, [""] * 8)


def pack(record: Record) -> bytes:
    """The bytes of a record, about 100 for an ordinary person."""
    cells: Cells = [
        record.id,
        record.kind.value,
        [_name(name) for name in record.names],
        [_date(date) for date in record.births],
        record.sex.value,
        record.nationalities,
        record.birth_places,
        [_document(document) for document in record.documents],
        [_vehicle(vehicle) for vehicle in record.vehicles],
        record.category,
        record.owner,
        record.programmes,
        record.warnings,
        record.addresses,
        record.entered,
        record.valid_until,
        record.url,
        record.remarks,
    ]
    return _encode(_trimmed(cells, _DEFAULTS))


_DEFAULTS: Cells = ["", "", [], [], "", (), (), [], [], "", "", (), (), (), "", "", "", ""]


def _to_name(cells: Cells) -> Name:
    full, surname, given, kind, quality, script, cut = cells + _NAME[len(cells) :]
    return Name(full, surname, given, NameKind(kind), Quality(quality), script, cut)


_NAME: Cells = ["", "", "", "", Quality.STRONG.value, "", False]


def unpack(payload: bytes | memoryview) -> Record:
    """The record of the bytes that `pack` made; msgspec.DecodeError for others."""
    cells = _decode(payload)
    cells = cells + _DEFAULTS[len(cells) :]
    return Record(
        id=cells[0],
        kind=Kind(cells[1]),
        names=tuple(_to_name(item) for item in cells[2]),
        births=tuple(PartialDate(*item) for item in cells[3]),
        sex=Sex(cells[4]),
        nationalities=tuple(cells[5]),
        birth_places=tuple(cells[6]),
        documents=tuple(Document(*item) for item in cells[7]),
        vehicles=tuple(Vehicle(*item) for item in cells[8]),
        category=cells[9],
        owner=cells[10],
        programmes=tuple(cells[11]),
        warnings=tuple(cells[12]),
        addresses=tuple(cells[13]),
        entered=cells[14],
        valid_until=cells[15],
        url=cells[16],
        remarks=cells[17],
    )
