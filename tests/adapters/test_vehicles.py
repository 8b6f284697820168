"""Stolen vehicles in two layouts."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from lists import place
from reading import FIXTURES, parted

from adapters.base import Garbled, Query
from adapters.vehicles import MAX_IDENTIFIER, NEW_ZEALAND, parse, parse_new_zealand
from matching.record import Kind, Vehicle


@pytest.fixture(scope="module")
def read():
    return parted(parse(FIXTURES / "vehicles.csv"))


def test_every_row_with_an_identifier_is_a_vehicle(read):
    records, rejected = read
    assert {identity: record.vehicles[0] for identity, record in records.items()} == {
        "V-1": Vehicle(
            "1M8GDM9AXKP042788", "ab 123", "UTO", "", "Mustermobil", "One", "Blue", "car"
        ),
        "СВ5501ВХ": Vehicle(plate="СВ5501ВХ", plate_country="UKR", make="BAЗ", model="21063"),
        "W0L000000Y2000001-E99 100": Vehicle(vin="W0L000000Y2000001", engine_number="E99 100"),
        "SHORT1": Vehicle(vin="SHORT1"),
    }
    assert {record.kind for record in records.values()} == {Kind.VEHICLE}
    assert [(row.where, row.reason) for row in rejected] == [
        ("vehicles.csv:5", "neither VIN nor plate nor engine number"),
    ]


def test_owner_dates_and_remarks(read):
    first, second, third, _ = read[0].values()
    assert (first.owner, first.category, first.entered) == (
        "UTO police",
        "STOLEN_VEHICLE",
        "2025-03-02",
    )
    assert first.remarks == "year 1989; stolen on 2025-03-01; Exampleville; seen north"
    assert (second.owner, third.owner) == ("UKR", "DEU")


def test_plates_without_a_country_may_have_one_from_the_settings(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text("plate,country\nAB1,\nAB2,UTO\n")
    records, _ = parted(parse(path, country="NZ"))
    assert [record.vehicles[0].plate_country for record in records.values()] == ["NZL", "UTO"]


def test_the_columns_of_the_ukrainian_register_are_known(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text(
        "ORGANUNIT,BRANDMODEL,COLOR,VEHICLENUMBER,BODYNUMBER,ENGINENUMBER,ILLEGALSEIZUREDATE\n"
        "Зразок,ВАЗ - 2107,БІЛИЙ,АА0000АА,XTA210700X0000001,123,2020-01-02\n",
        encoding="utf-8",
    )
    (record,) = parted(parse(path))[0].values()
    vehicle = record.vehicles[0]
    assert (vehicle.vin, vehicle.plate, vehicle.model) == (
        "XTA210700X0000001",
        "АА0000АА",
        "ВАЗ - 2107",
    )
    assert (record.owner, record.remarks) == ("Зразок", "stolen on 2020-01-02")


def test_an_identifier_beyond_the_bound_is_rejected(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text(f"vin\nA1\n{'9' * (MAX_IDENTIFIER + 1)}\n")
    records, rejected = parted(parse(path))
    assert len(records) == len(rejected) == 1


@pytest.mark.parametrize("read_list", [parse, parse_new_zealand])
@pytest.mark.parametrize("content", ["", "name,born\nAda,1970\n", "<html></html>\n"])
def test_another_file_is_garbled(tmp_path, read_list, content):
    path = tmp_path / "v.csv"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(read_list(path))


def test_the_new_zealand_layout_has_no_header_and_keeps_every_row():
    records, rejected = parted(parse_new_zealand(FIXTURES / "vehicles_nz.csv"))
    assert list(records) == [
        "AB1234/2011-11-08",
        "AB1234/2011-11-08#2",
        "AB1234/2011-11-12",
        "BIKE/2011-09-09",
        "Z9/2011-07-06",
    ]
    assert records["Z9/2011-07-06"].vehicles[0] == Vehicle(
        plate="Z9", plate_country="NZL", make="Trailer", model="HOME MADE 4.1", colour="Silver",
        type="Boat Trailer",
    )  # fmt: skip
    assert records["Z9/2011-07-06"].remarks == "year 1972; stolen on 2011-07-06; Sample City"
    assert records["BIKE/2011-09-09"].remarks == "stolen on 2011-09-09; Elsewhere"
    assert [(row.where[-2:], row.reason) for row in rejected] == [
        (":6", "neither VIN nor plate nor engine number"),
        (":7", "cut after 3 of 8 cells"),
        (":8", "9 cells under 8 columns"),
    ]


def test_the_real_list_has_the_rows_of_its_readme(shared_lists):
    path = shared_lists / "vehicles" / "nz_stolen_vehicles_2012.csv"
    records, rejected = parted(parse_new_zealand(path))
    assert len(records) == 3635
    assert rejected == []
    plates = Counter(record.vehicles[0].plate for record in records.values())
    assert sum(count > 1 for count in plates.values()) == 15
    assert sum(not record.vehicles[0].type for record in records.values()) == 6
    dates = sorted(identity.partition("/")[2][:10] for identity in records)
    assert (dates[0], dates[-1]) == ("2011-06-22", "2011-12-20")


@pytest.fixture
def make(tmp_path):
    def source(kind, name):
        made = kind(place(tmp_path, name), path=FIXTURES / f"{name}.csv")
        made.refresh()
        return made

    return source


def test_every_theft_of_a_plate_is_found(make):
    source = make(NEW_ZEALAND, "vehicles_nz")
    answer = asyncio.run(source.search(Query(Vehicle(plate="AB 1234", plate_country="NZL"))))
    assert len(answer.candidates) == 3
    assert answer.complete
