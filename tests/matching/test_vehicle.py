"""VIN and engine numbers: every vector, warnings, partial numbers, cloned plates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.identifiers import IdentifierError
from matching.record import Vehicle
from matching.vehicle import (
    NumberMatch,
    VehicleOutcome,
    canonical_vin,
    check_vin,
    compare_engines,
    compare_vehicles,
    compare_vins,
)

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "vin.json").read_text("utf-8"))
HONDA = "1HGCM82633A004352"
OTHER = "1M8GDM9AXKP042788"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["vin"])
def test_every_vector(vector):
    vin = check_vin(vector["vin"])
    assert vin.well_formed is vector["wellformed"]
    if vin.well_formed:
        assert vin.check_computed == vector["check_computed"]
        assert vin.check_printed == vector["check_printed"]
        assert vin.check_ok is vector["check_ok"]
    assert vin.canonical == vector["vin"]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (HONDA, ()),
        ("WP0ZZZ99ZTS392124", ()),
        ("1M8GDM9A1KP042788", ("check_digit",)),
        ("11111111111111111", ("repeated_character",)),
        ("1M8GDM9AXKP04278", ("length",)),
        ("IHGCM82633AOO4352", ("characters",)),
        ("", ("length", "repeated_character")),
    ],
)
def test_warnings(text, warnings):
    assert check_vin(text).warnings == warnings


def test_normal_form():
    assert canonical_vin("ihgcm-8263 3AOO4352") == HONDA
    assert check_vin(HONDA).last8 == "3A004352"
    assert check_vin("123").last8 == ""
    with pytest.raises(IdentifierError):
        check_vin("1" * 33)


@pytest.mark.parametrize(
    ("a", "b", "match"),
    [
        (HONDA, "IHGCM82633AOO4352", NumberMatch.EQUAL),
        (HONDA, "1H6CM82633A004352", NumberMatch.CONFUSABLE),
        (HONDA, "3A004352", NumberMatch.PARTIAL),
        (HONDA, "004352", NumberMatch.DIFFERENT),
        (HONDA, OTHER, NumberMatch.DIFFERENT),
        (HONDA, "2HGCM82633A004352", NumberMatch.DIFFERENT),
        (HONDA, "", NumberMatch.UNKNOWN),
        ("11111111111111111", "11111111111111111", NumberMatch.UNKNOWN),
    ],
)
def test_vins_compared(a, b, match):
    assert compare_vins(a, b) is match
    assert compare_vins(b, a) is match


def test_engine_numbers_compared():
    assert compare_engines("k20-a3 100", "K20A3100") is NumberMatch.EQUAL
    assert compare_engines("K20A3100", "K2OA31O0") is NumberMatch.CONFUSABLE
    assert compare_engines("K20A3100", "XK20A3100") is NumberMatch.DIFFERENT
    assert compare_engines("000", "000") is NumberMatch.UNKNOWN


PLATED = Vehicle(vin=HONDA, plate="AB12CDE", plate_country="GB", engine_number="K20A3100")


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        (Vehicle(vin=HONDA, plate="AB12 CDE", plate_country="UK"), VehicleOutcome.CONFIRMED),
        (Vehicle(vin=HONDA), VehicleOutcome.SAME_VIN),
        (Vehicle(vin=HONDA, plate="ZZ99ZZZ", plate_country="GB"), VehicleOutcome.SAME_VIN),
        (Vehicle(vin=OTHER, plate="AB12CDE", plate_country="GB"), VehicleOutcome.CLONED_PLATE),
        (Vehicle(vin=OTHER, plate="A812CDE", plate_country="GB"), VehicleOutcome.POSSIBLE),
        (Vehicle(vin="3A004352"), VehicleOutcome.LIKELY),
        (Vehicle(engine_number="K20 A3100"), VehicleOutcome.LIKELY),
        (Vehicle(engine_number="K2OA3100"), VehicleOutcome.POSSIBLE),
        (Vehicle(plate="AB12CDE", plate_country="GB"), VehicleOutcome.POSSIBLE),
        (Vehicle(plate="AB12CDE", plate_country="FR"), VehicleOutcome.DIFFERENT),
        (Vehicle(vin=OTHER), VehicleOutcome.DIFFERENT),
        (Vehicle(make="Honda"), VehicleOutcome.UNKNOWN),
    ],
)
def test_vehicles_compared(other, outcome):
    assert compare_vehicles(PLATED, other).outcome is outcome
    assert compare_vehicles(other, PLATED).outcome is outcome


@given(st.text(max_size=40))
def test_normal_form_is_idempotent(text):
    try:
        vin = canonical_vin(text)
    except IdentifierError:
        return
    assert canonical_vin(vin) == vin


NUMBERS = st.text("OI01ZS25", max_size=17)


@given(NUMBERS, NUMBERS)
def test_comparison_is_symmetric(a, b):
    assert compare_vins(a, b) is compare_vins(b, a)
    assert compare_engines(a, b) is compare_engines(b, a)
