"""Evidence from VIN, plate, engine number and looks of a vehicle."""

from __future__ import annotations

from matching.evidence import Evidence, Feature, found
from matching.identifiers import IdentifierError
from matching.plates import PlateOutcome, plate_country
from matching.record import Vehicle
from matching.vehicle import NumberMatch, VehicleOutcome, compare_vehicles

_LIKENESS = {
    "equal": 1.0, "equal_country_unknown": 0.97, "confusable": 0.9, "partial": 0.8,
    "different_country": 0.4, "different": 0.0,
}  # fmt: skip


def vehicle_evidence(asked: Vehicle, held: tuple[Vehicle, ...]) -> list[Evidence]:
    """The evidence of the vehicle of the record that agrees best; empty where none can."""
    options = [_evidence(asked, vehicle) for vehicle in held]
    return max(options, key=lambda items: sum(e.log_odds for e in items), default=[])


def _evidence(asked: Vehicle, held: Vehicle) -> list[Evidence]:
    try:
        result = compare_vehicles(asked, held)
    except IdentifierError:
        return []
    cloned = result.outcome is VehicleOutcome.CLONED_PLATE
    vins = Feature.CLONED_PLATE if cloned else Feature.VIN
    items = [
        *_number(vins, result.vin, (asked.vin, held.vin)),
        *_plate(result.plate, asked, held),
        *_number(Feature.ENGINE, result.engine, (asked.engine_number, held.engine_number)),
    ]
    return items + _looks(asked, held) if items else []


def _number(feature: Feature, match: NumberMatch, values: tuple[str, str]) -> list[Evidence]:
    if match is NumberMatch.UNKNOWN:
        return []
    return [found(feature, str(match), values, _LIKENESS[str(match)])]


def _plate(match: PlateOutcome, asked: Vehicle, held: Vehicle) -> list[Evidence]:
    if match is PlateOutcome.UNKNOWN:
        return []
    outcome = str(match)
    known = plate_country(asked.plate_country) and plate_country(held.plate_country)
    if match is PlateOutcome.EQUAL and not known:
        outcome = "equal_country_unknown"
    values = tuple(" ".join(filter(None, (v.plate_country, v.plate))) for v in (asked, held))
    return [found(Feature.PLATE, outcome, (values[0], values[1]), _LIKENESS[outcome])]


def _looks(asked: Vehicle, held: Vehicle) -> list[Evidence]:
    pairs = (
        (asked.make, held.make), (asked.model, held.model), (asked.colour, held.colour),
        (asked.type, held.type),
    )  # fmt: skip
    known = [(a, b) for a, b in pairs if a.strip() and b.strip()]
    same = [(a, b, a.strip().casefold() == b.strip().casefold()) for a, b in known]
    return [
        found(Feature.APPEARANCE, "equal" if equal else "different", (a, b), float(equal))
        for a, b, equal in same
    ]
