"""The real lists beside the checkout, loaded and searched whole; nothing of them is kept here."""

from __future__ import annotations

import csv

import pytest
from asking import person, records, vehicle, verdict
from running import start
from samples import gateway, source

from adapters import ofac, un
from matching.identifiers import stated_number
from matching.record import Kind, NameKind

COUNTS = {"ofac": 14_965, "un": 1_003, "eu": 7, "uk": 6, "csl": 4_227, "ftm": 17,
          "notices": 67, "nz": 3_635}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory, shared_lists):
    lists = {
        "ofac": f'''kind = "ofac"
path = "{shared_lists}/ofac/2024/sdn.csv"
aliases = "{shared_lists}/ofac/2024/alt_reserialised_2024-09-25.csv"
addresses = "{shared_lists}/ofac/2024/add_original_2025-01-03.csv"
comments = "{shared_lists}/ofac/2024/sdn_comments.csv"''',
        "un": f'kind = "un"\npath = "{shared_lists}/un/UN_consolidated_2026-02-27.xml"',
        "eu": f'kind = "eu"\npath = "{shared_lists}/eu/fsf/FSF_xml_1.1_sample.xml"',
        "uk": f'kind = "uk"\npath = "{shared_lists}/uk/OFSI_ConList_sample.csv"',
        "csl": f'kind = "csl"\npath = "{shared_lists}/us_csl/csl_consolidated_slice.csv"',
        "ftm": f'kind = "ftm"\npath = "{shared_lists}/opensanctions_ftm/zala_entities.ftm.json"',
        "notices": f'kind = "notices"\npath = "{shared_lists}/interpol_api_shape"',
        "nz": f'kind = "vehicles_nz"\npath = "{shared_lists}/vehicles/nz_stolen_vehicles_2012.csv"',
    }
    folder = tmp_path_factory.mktemp("real")
    tables = [source(name, text, required=name != "notices") for name, text in lists.items()]
    running = start(folder, gateway(*tables))
    yield running
    assert running.stop() == 0


@pytest.fixture
def client(running):
    return running.client(timeout=10)


def test_every_list_holds_what_its_publisher_counts(client):
    assert {s.name: s.records for s in client.list_sources()} == COUNTS


def test_original_scripts_find_their_records(client, shared_lists):
    """Every fifth person of the UN list with a name in another script."""
    path = shared_lists / "un" / "UN_consolidated_2026-02-27.xml"
    asked = [
        (record.id, name.full)
        for record in un.parse(path)
        if record.kind is Kind.PERSON
        for name in record.names[:20]
        if name.kind is NameKind.ORIGINAL_SCRIPT and len(name.full.split()) > 2
    ][::5]
    found = [
        ("un", key) in [(r.source, r.record_id) for h in client.check(person(name)).hits
                        for r in h.records]
        for key, name in asked
    ]  # fmt: skip
    assert len(asked) > 40
    assert sum(found) / len(found) >= 0.95


def test_one_person_on_two_lists_is_one_hit(client, shared_lists):
    """Persons whom OFAC and UN list with the same passport and full date of birth."""
    by_document = {}
    for record in un.parse(shared_lists / "un" / "UN_consolidated_2026-02-27.xml"):
        if getattr(record, "kind", None) is Kind.PERSON:
            for key in _keys(record):
                by_document[key] = record
    pairs = {}
    for record in ofac.parse(shared_lists / "ofac" / "2024" / "sdn.csv"):
        if getattr(record, "kind", None) is Kind.PERSON:
            for key in _keys(record) & by_document.keys():
                pairs[record.id] = (record, by_document[key])
    assert len(pairs) > 20
    merged = [_merged(client, *pair) for pair in pairs.values()]
    assert sum(merged) / len(merged) >= 0.9


def _keys(record) -> set[tuple[str, str]]:
    births = {b.iso() for b in record.births if b.day}
    return {
        (stated_number(document.number), born)
        for document in record.documents
        for born in births
        if len(stated_number(document.number)) > 5
    }


def _merged(client, ours, theirs) -> bool:
    born = next(b for b in ours.births if b.day)
    request = person(theirs.names[0].full, born=(born.year, born.month, born.day))
    wanted = {("ofac", ours.id), ("un", theirs.id)}
    return any(
        wanted <= {(r.source, r.record_id) for r in hit.records}
        for hit in client.check(request).hits
    )


def test_a_stolen_plate_is_found(client, shared_lists):
    with (shared_lists / "vehicles" / "nz_stolen_vehicles_2012.csv").open() as rows:
        plates = [row[0] for row in csv.reader(rows)][::500]
    for plate in plates:
        answer = client.check(vehicle(plate=plate, plate_country="NZL"))
        assert answer.hits[0].records[0].vehicles[0].plate == plate


@pytest.mark.parametrize("name", ["Zyxqu Wvofnark", "Öblinde Tremquist-Vollgarn"])
def test_a_name_that_nobody_has_is_clear(client, name):
    answer = client.check(person(name))
    assert verdict(answer) == "NO_HIT"
    assert records(answer) == []
