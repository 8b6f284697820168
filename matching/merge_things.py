"""When two records are of one document or of one vehicle."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import product

from matching.identifiers import IdentifierError
from matching.merge_links import Budget, Rule
from matching.merge_view import Paper, is_misused, papers_of
from matching.plates import canonical_plate, plate_country
from matching.record import Record, Vehicle
from matching.vehicle import canonical_vin

MAX_VEHICLES = 12
"""Vehicles of one record that are looked at, in its order."""

VIN_CERTAIN, CHASSIS_CERTAIN, PLATE_LIKELY = 0.9999, 0.99, 0.95
DOCUMENT_CERTAIN, DOCUMENT_LIKELY = 0.9999, 0.99
"""Probabilities of merges by identifier (judgement, not measured)."""

MIN_CHASSIS = 8
"""Shortest vehicle number that proves anything."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """What the rule knows of a record with documents; papers as in `PersonView`."""

    misused: bool
    papers: tuple[Paper, ...]


def document_view(record: Record) -> DocumentView:
    """The view of a record; never raises for what it holds."""
    papers = tuple(paper for paper in papers_of(record) if paper[0])
    return DocumentView(is_misused(record), papers)


def _numbers(view: DocumentView) -> Iterable[Hashable]:
    return [number for number, _, _ in view.papers]


def _one_document(one: DocumentView, two: DocumentView, _: Budget) -> float | None:
    return DOCUMENT_CERTAIN if _agree(one, two, _same_issuer) else None


def _likely_document(one: DocumentView, two: DocumentView, _: Budget) -> float | None:
    return DOCUMENT_LIKELY if _agree(one, two, _issuer_unknown) else None


def _agree(one: DocumentView, two: DocumentView, same: Callable[[Paper, Paper], bool]) -> bool:
    pairs = product(one.papers, two.papers)
    return not (one.misused or two.misused) and any(a[0] == b[0] and same(a, b) for a, b in pairs)


def _same_issuer(a: Paper, b: Paper) -> bool:
    return bool(a[1]) and a[1] == b[1] and len({a[2], b[2]} - {""}) < 2


def _issuer_unknown(a: Paper, b: Paper) -> bool:
    return not (a[1] and b[1]) and a[2] == b[2] != ""


def _documents_clash(one: DocumentView, two: DocumentView) -> bool:
    """Whether a number that both have is that of two issuers or of two types in both."""
    if one.misused or two.misused:
        return True
    shared = {p[0] for p in one.papers} & {p[0] for p in two.papers}
    return any(
        all(
            len({a[1], b[1]} - {""}) > 1 or len({a[2], b[2]} - {""}) > 1
            for a, b in product(one.papers, two.papers)
            if a[0] == b[0] == number
        )
        for number in shared
    )


DOCUMENT_RULES: tuple[Rule[DocumentView], ...] = (
    Rule("same_document", _numbers, _one_document, _documents_clash),
    Rule("same_number", _numbers, _likely_document, _documents_clash, coarse=True),
)
"""The rules for documents, the surest first."""


@dataclass(frozen=True, slots=True)
class VehicleView:
    """Canonical VINs, and plates with country code, of a record; makes in capitals."""

    vins: frozenset[str]
    plates: tuple[tuple[str, str], ...]
    makes: frozenset[str]


def vehicle_view(record: Record) -> VehicleView:
    """The view of a record; identifiers that are too long are left out."""
    held = record.vehicles[:MAX_VEHICLES]
    vins = (_vin(vehicle) for vehicle in held)
    plates = (_plate(vehicle) for vehicle in held)
    return VehicleView(
        frozenset(vin for vin in vins if len(set(vin)) > 1 and len(vin) >= MIN_CHASSIS),
        tuple(plate for plate in plates if all(plate)),
        frozenset(v.make.strip().upper() for v in held if v.make.strip()),
    )


def _vin(vehicle: Vehicle) -> str:
    try:
        return canonical_vin(vehicle.vin)
    except IdentifierError:
        return ""


def _plate(vehicle: Vehicle) -> tuple[str, str]:
    try:
        return canonical_plate(vehicle.plate), plate_country(vehicle.plate_country)
    except IdentifierError:
        return "", ""


def _makes_differ(one: VehicleView, two: VehicleView) -> bool:
    return bool(one.makes and two.makes and not one.makes & two.makes)


def _one_vin(one: VehicleView, two: VehicleView, _: Budget) -> float | None:
    if any(len(vin) == 17 for vin in one.vins & two.vins):
        return VIN_CERTAIN
    return None if _makes_differ(one, two) else CHASSIS_CERTAIN


def _one_plate(one: VehicleView, two: VehicleView, _: Budget) -> float | None:
    known = one.vins and two.vins
    return None if known or _makes_differ(one, two) else PLATE_LIKELY


def _vins_clash(one: VehicleView, two: VehicleView) -> bool:
    """Whether both have a VIN, but no common one."""
    return bool(one.vins and two.vins and not one.vins & two.vins)


VEHICLE_RULES: tuple[Rule[VehicleView], ...] = (
    Rule("same_vin", lambda view: sorted(view.vins), _one_vin, _vins_clash),
    Rule("same_plate", lambda view: view.plates, _one_plate, _vins_clash, coarse=True),
)
"""The rules for vehicles, the surest first."""
