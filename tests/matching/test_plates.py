"""Plates: every vector, look-alikes, countries, comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.identifiers import IdentifierError
from matching.plates import (
    MAX_PLATE,
    PlateOutcome,
    canonical_plate,
    compare_plates,
    plate_country,
    plate_skeleton,
)

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "plates.json").read_text("utf-8"))
PLATES = st.text("OQD0I1ÄА-", max_size=5)
COUNTRIES = st.sampled_from(["", "D", "DE", "RUS"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["canonical"])
def test_every_vector(vector):
    canonical = canonical_plate(vector["raw"])
    assert canonical == vector["canonical"]
    assert plate_skeleton(canonical) == vector["skeleton"]


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (("А123ВС 77", "RU"), ("A123BC77", "RUS"), PlateOutcome.EQUAL),
        (("AB12 CDE", "GB"), ("AB12CDE", "UK"), PlateOutcome.EQUAL),
        (("AB12 CDE", ""), ("AB12CDE", "UK"), PlateOutcome.EQUAL),
        (("AB12 CDE", "GB"), ("A812CDE", "GB"), PlateOutcome.CONFUSABLE),
        (("TÜ XY 77", "D"), ("TU XY 77", "DE"), PlateOutcome.CONFUSABLE),
        (("AB12 CDE", "GB"), ("AB12CDE", "FR"), PlateOutcome.DIFFERENT_COUNTRY),
        (("AB12 CDE", "GB"), ("A812CDE", "FR"), PlateOutcome.DIFFERENT),
        (("AB12 CDE", "GB"), ("AB12CDF", "GB"), PlateOutcome.DIFFERENT),
        (("", "GB"), ("AB12CDF", "GB"), PlateOutcome.UNKNOWN),
    ],
)
def test_comparison(a, b, outcome):
    assert compare_plates(*a, *b) is outcome
    assert compare_plates(*b, *a) is outcome


@pytest.mark.parametrize(
    ("text", "code"),
    [("D", "DEU"), (" gbz ", "GIB"), ("SLO", "SVN"), ("NZ", "NZL"), ("Malta", "MLT"), ("?", "")],
)
def test_countries_of_plates(text, code):
    assert plate_country(text) == code


def test_plates_are_bounded():
    with pytest.raises(IdentifierError, match="32"):
        canonical_plate("A" * (MAX_PLATE + 1))


@given(st.text(max_size=MAX_PLATE))
def test_normal_forms_are_idempotent(text):
    try:
        plate = canonical_plate(text)
        assert canonical_plate(plate) == plate
    except IdentifierError:
        assert len(text.upper()) > MAX_PLATE
        return
    skeleton = plate_skeleton(plate)
    assert plate_skeleton(skeleton) == skeleton


@given(PLATES, COUNTRIES, PLATES, COUNTRIES)
def test_comparison_is_symmetric(plate_a, country_a, plate_b, country_b):
    found = compare_plates(plate_a, country_a, plate_b, country_b)
    assert found is compare_plates(plate_b, country_b, plate_a, country_a)
