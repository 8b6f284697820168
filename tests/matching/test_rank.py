"""Bands: what identifies, what is a lead only, and the order of what is reported."""

from __future__ import annotations

import pytest

from matching.evidence import Feature
from matching.rank import Band, Thresholds, band_of, score
from matching.rarity import DEFAULT
from matching.record import Document, Kind, Name, PartialDate, Person, Record, Vehicle

CAR = Vehicle(vin="1ZZG00004RA000004", plate="ZZ0004D", plate_country="UTO", make="Probe")


def bands(subject, *records):
    found = score(subject, records, DEFAULT, Thresholds(report=0.0), 10)
    return {item.record.id: item.band for item in found}


def car(**fields):
    return Record("r1", Kind.VEHICLE, vehicles=(CAR,)), Vehicle(**fields)


def test_a_vin_identifies():
    record, asked = car(vin=CAR.vin)
    assert bands(asked, record) == {"r1": Band.EXACT_IDENTIFIER}


@pytest.mark.parametrize("plate", ["ZZ0004D", "ZZOOO4D"])
def test_a_plate_alone_is_possible_and_no_more(plate):
    record, asked = car(plate=plate, plate_country="UTO")
    assert bands(asked, record) == {"r1": Band.POSSIBLE}


def test_a_look_alike_plate_of_the_same_country_is_reported():
    record, asked = car(plate="ZZOOO4D", plate_country="UTO")
    assert score(asked, [record], DEFAULT, Thresholds(), 10)


def test_a_plate_with_a_make_that_agrees_is_more_than_possible():
    record, asked = car(plate=CAR.plate, plate_country="UTO", make="Probe")
    assert bands(asked, record)["r1"] in {Band.PROBABLE, Band.STRONG}


def test_a_plate_on_another_vin_is_no_identifier():
    record, asked = car(plate=CAR.plate, plate_country="UTO", vin="1ZZD00002PA000003")
    assert bands(asked, record) == {"r1": Band.POSSIBLE}


def test_a_document_of_the_same_issuer_identifies_and_of_another_does_not():
    record = Record("r1", documents=(Document("ZZ0000001", "UTO"),))
    assert bands(Document("ZZ0000001", "UTO"), record) == {"r1": Band.EXACT_IDENTIFIER}
    assert bands(Document("ZZ0000001", "XPO"), record).get("r1") is not Band.EXACT_IDENTIFIER


def test_order_is_by_log_odds_then_id_whatever_the_order_of_records():
    name = (Name("Velda Kieselhagen"),)
    born = PartialDate(1979, 4, 17)
    records = [
        Record("b", names=name), Record("a", names=name), Record("c", names=name, births=(born,))
    ]  # fmt: skip
    asked = Person(names=name, births=(born,))
    for given in (records, records[::-1]):
        found = score(asked, given, DEFAULT, Thresholds(report=0.0), 10)
        assert [item.record.id for item in found] == ["c", "a", "b"]


def test_thresholds_ascend():
    with pytest.raises(ValueError, match="ascend"):
        Thresholds(report=0.6)


def test_a_name_alone_is_never_strong_however_rare_and_keeps_its_order():
    rare = "Velda Kieselhagen Ostrokremlin Wlodomirsk Yblonska"
    records = [Record("a", names=(Name(rare),)), Record("b", names=(Name(rare[:17]),))]
    found = score(Person((Name(rare),)), records, DEFAULT, Thresholds(report=0.0), 10)
    assert [item.record.id for item in found] == ["a", "b"]
    assert found[0].band is Band.PROBABLE
    assert found[0].comparison.outcome(Feature.LIMIT) == "name_alone"
    total = sum(item.log_odds for item in found[0].comparison.evidence)
    assert found[0].comparison.log_odds == pytest.approx(total)
    strict = Thresholds(report=0.0, probable=0.5, strong=0.6)
    assert band_of(found[0].comparison, strict) is Band.PROBABLE


def test_promises_spare_comparisons_and_change_no_answer():
    names = ("Velda Kieselhagen", "Velda Kieselhage", "Orla Brandvik", "Tove Brandvik")
    records = [Record(name, names=(Name(name),)) for name in names]
    asked = Person((Name(names[0]),))
    read = []

    def reading():
        for record in records:
            read.append(record)
            yield record

    found = score(asked, reading(), DEFAULT, Thresholds(report=0.0), 1, (15.0, 12.0, -6.0, -6.0))
    assert found == score(asked, records, DEFAULT, Thresholds(report=0.0), 1)
    assert len(read) < len(records)
