from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from reading import full, parted

from adapters import csl, documents, eu, ftm, mapped, notices, ofac, uk, un, vehicles
from matching import mrz
from matching.record import Kind
from matching.vehicle import check_vin

SAMPLES = Path(__file__).resolve().parents[2] / "deploy" / "samples"
MAPPING = {
    "id": "ref",
    "surname": "family_name",
    "given": "given_names",
    "alias": "native_name",
    "birth": "dob",
    "sex": "gender",
    "nationality": "citizenship",
    "passport": "passport",
    "remarks": "reason",
}
PERSON, OTHER, UNKNOWN = Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN
LISTS = {
    "ofac": (ofac.parse, {PERSON: 228, OTHER: 40, Kind.VESSEL: 12, Kind.AIRCRAFT: 8}),
    "un.xml": (un.parse, {PERSON: 226, OTHER: 30}),
    "eu.xml": (eu.parse, {PERSON: 227, OTHER: 30}),
    "uk.csv": (uk.parse, {PERSON: 226, OTHER: 20}),
    "csl.csv": (csl.parse, {PERSON: 110, UNKNOWN: 117}),
    "ftm.jsonl": (ftm.parse, {PERSON: 226, OTHER: 30}),
    "notices": (notices.parse, {PERSON: 226}),
    "watchlist.csv": (
        lambda path: mapped.parse(path, columns=MAPPING, dates="dmy"),
        {PERSON: 228},
    ),
    "documents.csv": (documents.parse, {Kind.DOCUMENT: 433}),
    "vehicles.csv": (vehicles.parse, {Kind.VEHICLE: 400}),
    "vehicles_nz.csv": (vehicles.parse_new_zealand, {Kind.VEHICLE: 300}),
}


@pytest.fixture(scope="module")
def lists():
    return {name: parted(parse(SAMPLES / name)) for name, (parse, _) in LISTS.items()}


@pytest.fixture(scope="module")
def people(lists):
    """Every record of a person, by list."""
    return {
        name: [r for r in records.values() if r.kind in (PERSON, UNKNOWN)]
        for name, (records, _) in lists.items()
    }


def content(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    kinds = {".py", ".pyc", ".md", ".toml"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in paths
        if path.suffix not in kinds and not path.name.startswith(".")
    }


def test_the_generator_writes_the_committed_bytes(tmp_path):
    command = [sys.executable, "-B", SAMPLES / "generate.py", tmp_path]
    subprocess.run(command, check=True, timeout=60)
    made = content(tmp_path)
    committed = content(SAMPLES)
    assert {name: committed.get(name) for name in made} == made
    assert len(made) > 30


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_read_whole_by_its_adapter(lists, name):
    records, rejected = lists[name]
    assert rejected == []
    assert Counter(record.kind for record in records.values()) == LISTS[name][1]


def test_the_readme_tells_the_same_numbers(lists):
    text = (SAMPLES / "README.md").read_text()
    rows = {line.split("`")[1].rstrip("/"): line for line in text.splitlines() if line[:3] == "| `"}
    for name in ("un.xml", "eu.xml", "uk.csv", "watchlist.csv", "documents.csv", "vehicles.csv"):
        for count in LISTS[name][1].values():
            assert f" {count} " in rows[name]
    assert f"| {len(lists['csl.csv'][0])}, 117 of them" in rows["csl.csv"]
    colours = Counter(record.category for record in lists["notices"][0].values())
    assert (
        "{NOTICE_RED} red, {NOTICE_YELLOW} yellow, {UN_SANCTION} UN".format(**colours)
        in rows["notices"]
    )


def test_people_on_two_lists_have_the_same_date_and_passport_and_another_spelling(people):
    where: dict[str, list] = {}
    for records in people.values():
        for record in records:
            for paper in record.documents:
                where.setdefault(paper.number, []).append(record)
    shared = [found for found in where.values() if len(found) > 1]
    assert len(shared) > 100
    assert sum(len(found) > 2 for found in shared) > 20
    dated = [found for found in shared if all(not r.id.startswith("2092/") for r in found)]
    for found in dated:
        assert len({birth.iso() for record in found for birth in record.births}) == 1
    spelled = [{record.names[0].full.lower() for record in found} for found in shared]
    assert sum(len(names) > 1 for names in spelled) > 0.9 * len(shared)


def test_several_scripts(people):
    scripts = Counter(n.script for records in people.values() for r in records for n in r.names)
    assert {"Latn", "Cyrl", "Arab", "Hani", "Grek", "Hebr", "Hang"} <= set(scripts)


def test_vehicles_have_numbers_of_valid_form(lists):
    found = [v for record in lists["vehicles.csv"][0].values() for v in record.vehicles]
    known = [check_vin(vehicle.vin) for vehicle in found if vehicle.vin]
    assert len(known) > 300
    assert all(number.well_formed and number.check_ok for number in known)
    assert all(vehicle.vin or vehicle.plate for vehicle in found)
    assert check_vin("1ZZG00004RA000004").canonical in {v.vin for v in found}


def test_some_plates_come_twice(lists):
    plates = Counter(v.plate for r in lists["vehicles_nz.csv"][0].values() for v in r.vehicles)
    assert plates["ZZ0042"] == 1
    assert sum(count > 1 for count in plates.values()) == 5


@pytest.mark.parametrize("number", range(1, 9))
def test_passports_are_valid_to_the_last_check_digit(number):
    found = mrz.parse((SAMPLES / "mrz" / f"{number}.txt").read_text(), date(2026, 1, 1))
    assert all(check.ok for check in found.checks)
    assert (found.document_number, found.repairs) == (f"ZZ{number:07d}", ())


def test_the_people_of_the_demonstration_are_where_the_readme_says(lists):
    def names(list_name, key):
        return full(lists[list_name][0][key])

    assert names("ofac", "9000001")[0] == "TIKHOOZYOROV, Svetozar"
    assert not any(name.isascii() is False for name in names("ofac", "9000001"))
    assert names("notices", "2092/10002") == ["AL-NAKHLAWI, ZAHIR BIN SAMIR"]
    assert names("un.xml", "ZZi.00003")[0] == "VELDA KIESELHAGEN"
    assert names("eu.xml", "EU.900003.1")[0] == "Welda KISELHAGEN"
    assert names("csl.csv", "DPL:9000004")[0] == "Odmar STEINBRÜCK"
    assert "欧阳海山" in names("uk.csv", "900005")
    assert names("ofac", "9000006")[0] == "LØVVIK, Estrid"
    assert names("ftm.jsonl", "zz-person-6")[0] == "Estrith Loevwick"
    assert names("watchlist.csv", "W-00006") == ["Løvvik, Estrid"]
    assert lists["documents.csv"][0]["SAMPLE-00000"].documents[0].number == "ZZ0000007"


def test_who_is_clear_is_on_no_list(people, lists):
    for records in people.values():
        for record in records:
            assert not any("obersommer" in name.full.lower() for name in record.names)
            assert not any(paper.number == "ZZ0000008" for paper in record.documents)
    papers = [p.number for r in lists["documents.csv"][0].values() for p in r.documents]
    assert "ZZ0000008" not in papers
