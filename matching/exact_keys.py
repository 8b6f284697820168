"""The identifier keys under which a record is filed and a subject is looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matching.identifiers import IdentifierError, canonical_number, number_skeleton
from matching.record import Document, PartialDate, Record, Vehicle
from matching.vehicle import (
    canonical_engine,
    canonical_plate,
    canonical_vin,
    plate_skeleton,
    tail,
)


def record_id_key(record_id: str) -> str:
    """The key of the owner's id."""
    return f"id:{record_id}"


def birth_key(date: PartialDate) -> str:
    """The key of a full Gregorian date; empty for a date of which a part is unknown."""
    full = date.calendar == "gregorian" and date.year > 99 and date.month and date.day
    return f"birth:{date.iso()}" if full and not date.year_to else ""


def _safe(canonical: Callable[[str], str], text: str) -> str:
    """Nothing for an identifier beyond its bound: a source must not lose a record for it."""
    try:
        return canonical(text)
    except IdentifierError:
        return ""


def document_keys(document: Document) -> Iterator[str]:
    """The number, then the number with misreadable characters levelled."""
    number = _safe(canonical_number, document.number)
    if number:
        yield f"doc:{number}"
        yield f"doc~{number_skeleton(number)}"


def vehicle_keys(vehicle: Vehicle) -> Iterator[str]:
    """VIN, plate and engine number, then their levelled forms, then the last 8 of the VIN."""
    vin = _safe(canonical_vin, vehicle.vin)
    plate = _safe(canonical_plate, vehicle.plate)
    motor = _safe(canonical_engine, vehicle.engine_number)
    exact = (("vin:", vin), ("plate:", plate), ("engine:", motor))
    levelled = (
        ("vin~", number_skeleton(vin)), ("plate~", plate_skeleton(plate)),
        ("engine~", number_skeleton(motor)), ("vin8:", tail(vin)),
        ("vin8~", number_skeleton(tail(vin))),
    )  # fmt: skip
    yield from (kind + value for kind, value in (*exact, *levelled) if value)


def record_keys(record: Record) -> Iterator[str]:
    """Every key of a record, each once."""
    keys = dict.fromkeys([record_id_key(record.id)])
    for document in record.documents:
        keys.update(dict.fromkeys(document_keys(document)))
    for vehicle in record.vehicles:
        keys.update(dict.fromkeys(vehicle_keys(vehicle)))
    for birth in record.births:
        keys[birth_key(birth)] = None
    keys.pop("", None)
    yield from keys
