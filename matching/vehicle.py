"""Vehicle identification numbers, engine numbers, and what two vehicles say about each other."""

from dataclasses import dataclass
from enum import StrEnum

from matching.identifiers import canonical_number, number_skeleton
from matching.plates import (
    PlateOutcome,
    canonical_plate,
    compare_plates,
    plate_country,
    plate_skeleton,
)
from matching.record import Vehicle

__all__ = [
    "NumberMatch",
    "PlateOutcome",
    "VehicleComparison",
    "VehicleOutcome",
    "Vin",
    "canonical_engine",
    "canonical_plate",
    "canonical_vin",
    "check_vin",
    "compare_engines",
    "compare_plates",
    "compare_vehicles",
    "compare_vins",
    "plate_country",
    "plate_skeleton",
    "tail",
]

VIN_LENGTH = 17
TAIL_LENGTH = 8

_NOT_IN_A_VIN = str.maketrans("IOQ", "100")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LETTER_VALUES = "12345678123457923456789"
_VALUES = {
    c: int(v) for c, v in zip("0123456789" + _LETTERS, "0123456789" + _LETTER_VALUES, strict=True)
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKED_REGIONS = frozenset("12345L")
"""First characters of makers in North America and China, whose VINs must have a check digit."""


class NumberMatch(StrEnum):
    """What two VINs or two engine numbers say about each other.

    CONFUSABLE: equal but for characters misread for each other. PARTIAL: one is incomplete or an
    old chassis number, and the last 8 characters agree. UNKNOWN: absent or a placeholder.
    """

    EQUAL = "equal"
    CONFUSABLE = "confusable"
    PARTIAL = "partial"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class VehicleOutcome(StrEnum):
    """What two vehicles say about each other, the strongest first.

    CONFIRMED: VIN and plate agree. SAME_VIN: VIN agrees, plate absent or another (plates change).
    CLONED_PLATE: same plate and country on another VIN. LIKELY: misread or partial VIN, or engine
    number. POSSIBLE: plate only, because plates are issued again and cloned.
    """

    CONFIRMED = "confirmed"
    SAME_VIN = "same_vin"
    CLONED_PLATE = "cloned_plate"
    LIKELY = "likely"
    POSSIBLE = "possible"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Vin:
    """A vehicle identification number and what its form says.

    `well_formed` judges the text as given: 17 characters of A-Z and 0-9 without I, O, Q. The check
    digit fields are empty unless it is; a wrong one never means that the VIN is wrong.
    `warnings` are among length, characters, check_digit (only where makers must have one: North
    America and China) and repeated_character.
    """

    canonical: str
    well_formed: bool
    check_printed: str
    check_computed: str
    check_ok: bool
    warnings: tuple[str, ...]

    @property
    def last8(self) -> str:
        """Key of the partial search; empty for fewer than 8 characters."""
        return tail(self.canonical)


@dataclass(frozen=True, slots=True)
class VehicleComparison:
    """Outcome of `compare_vehicles` and of its parts."""

    outcome: VehicleOutcome
    vin: NumberMatch
    plate: PlateOutcome
    engine: NumberMatch


def canonical_vin(text: str) -> str:
    """A VIN as it is compared: letters and digits, upper case, up to 32.

    In 17 characters I, O and Q are 1, 0 and 0, because a VIN has none of them (ISO 3779); shorter
    chassis numbers keep them. Raises IdentifierError if longer.
    """
    vin = canonical_number(text)
    return vin.translate(_NOT_IN_A_VIN) if len(vin) == VIN_LENGTH else vin


def canonical_engine(text: str) -> str:
    """An engine number as it is compared: letters and digits, upper case, up to 32.

    Raises IdentifierError if longer.
    """
    return canonical_number(text)


def tail(number: str) -> str:
    """The last 8 characters of a canonical number, empty if it is shorter."""
    return number[-TAIL_LENGTH:] if len(number) >= TAIL_LENGTH else ""


def check_vin(text: str) -> Vin:
    """Normal form of a VIN with warnings (49 CFR 565); raises IdentifierError if too long."""
    given = canonical_number(text)
    well_formed = len(given) == VIN_LENGTH and all(c in _VALUES for c in given)
    printed = given[8] if well_formed else ""
    computed = _vin_check(given) if well_formed else ""
    problems = {
        "length": len(given) != VIN_LENGTH,
        "characters": not all(c in _VALUES for c in given),
        "check_digit": printed != computed and given[:1] in _CHECKED_REGIONS,
        "repeated_character": _is_placeholder(given),
    }
    return Vin(
        canonical=canonical_vin(text),
        well_formed=well_formed,
        check_printed=printed,
        check_computed=computed,
        check_ok=well_formed and printed == computed,
        warnings=tuple(name for name, found in problems.items() if found),
    )


def _vin_check(vin: str) -> str:
    total = sum(_VALUES[c] * weight for c, weight in zip(vin, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def _is_placeholder(number: str) -> bool:
    """Nothing, or one character over and over: 11111111111111111 has a right check digit."""
    return len(set(number)) <= 1


def compare_vins(a: str, b: str) -> NumberMatch:
    """Compare two VINs in any form; symmetric. Raises IdentifierError for one too long."""
    return _compare(canonical_vin(a), canonical_vin(b), partial_below=VIN_LENGTH)


def compare_engines(a: str, b: str) -> NumberMatch:
    """Compare two engine numbers in any form; symmetric. Raises IdentifierError if too long."""
    return _compare(canonical_engine(a), canonical_engine(b), partial_below=0)


def _compare(a: str, b: str, *, partial_below: int) -> NumberMatch:
    if _is_placeholder(a) or _is_placeholder(b):
        return NumberMatch.UNKNOWN
    if a == b:
        return NumberMatch.EQUAL
    if number_skeleton(a) == number_skeleton(b):
        return NumberMatch.CONFUSABLE
    if min(len(a), len(b)) < partial_below and tail(a) and tail(a) == tail(b):
        return NumberMatch.PARTIAL
    return NumberMatch.DIFFERENT


def compare_vehicles(a: Vehicle, b: Vehicle) -> VehicleComparison:
    """Compare VIN, plate with country, and engine number of two vehicles; symmetric.

    Raises IdentifierError for an identifier that is too long.
    """
    vin = compare_vins(a.vin, b.vin)
    plate = compare_plates(a.plate, a.plate_country, b.plate, b.plate_country)
    engine = compare_engines(a.engine_number, b.engine_number)
    return VehicleComparison(_verdict(vin, plate, engine), vin, plate, engine)


def _verdict(vin: NumberMatch, plate: PlateOutcome, engine: NumberMatch) -> VehicleOutcome:
    same_plate = plate in {PlateOutcome.EQUAL, PlateOutcome.CONFUSABLE}
    if vin is NumberMatch.EQUAL:
        return VehicleOutcome.CONFIRMED if same_plate else VehicleOutcome.SAME_VIN
    if vin in {NumberMatch.CONFUSABLE, NumberMatch.PARTIAL} or engine is NumberMatch.EQUAL:
        return VehicleOutcome.LIKELY
    if vin is NumberMatch.DIFFERENT and plate is PlateOutcome.EQUAL:
        return VehicleOutcome.CLONED_PLATE
    if same_plate or engine is NumberMatch.CONFUSABLE:
        return VehicleOutcome.POSSIBLE
    if {vin, engine} == {NumberMatch.UNKNOWN} and plate is PlateOutcome.UNKNOWN:
        return VehicleOutcome.UNKNOWN
    return VehicleOutcome.DIFFERENT
