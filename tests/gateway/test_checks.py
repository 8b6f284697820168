"""The main job from the outside: real processes, sample lists, the typed client."""

from __future__ import annotations

import pytest
from asking import document, outcome, person, records, request, status, vehicle, verdict
from samples import SAMPLES

from lookup.failure import LookupFailed
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2


@pytest.fixture
def client(sampled):
    return sampled.client()


@pytest.mark.parametrize(
    ("name", "born", "first"),
    [
        ("Светозар Тихоозёров", (1971, 2, 3), ("ofac", "9000001")),
        ("زاهر بن سامر النخلاوي", (1984, 8, 12), ("notices", "2092/10002")),
        ("Odmar Stienbruck", (1966, 11, 30), ("csl", "DPL:9000004")),
        ("Ou-yang Hai-shan", (1990, 6, 21), ("uk", "900005")),
        ("欧阳海山", None, ("uk", "900005")),
    ],
)
def test_a_listed_person_is_found_first(client, name, born, first):
    answer = client.check(person(name, born=born))
    assert verdict(answer) == "HIT"
    assert records(answer)[0] == first


def test_one_person_on_several_lists_is_one_hit(client):
    answer = client.check(person("Velda Kieselhagen", born=(1979, 4, 17)))
    assert {source for source, _ in records(answer)} == {"un", "eu"}
    assert answer.hits[0].entity.merge_reasons
    names = [a for a in answer.hits[0].entity.attributes if a.field == "name"]
    assert {p.source for a in names for p in a.provenance} == {"un", "eu"}


def test_evidence_adds_up_to_the_probability(client):
    import math

    hit = client.check(person("Velda Kieselhagen", born=(1979, 4, 17))).hits[0]
    total = sum(item.log_odds for item in hit.evidence)
    assert 1 / (1 + math.exp(-total)) == pytest.approx(hit.probability, abs=1e-6)


def test_a_listed_document_is_found_although_its_holder_is_not_listed(client):
    answer = client.check(document("ZZ0000007"))
    assert records(answer)[0][0] == "documents"
    assert pb.Band.Name(answer.hits[0].band) == "BAND_EXACT_IDENTIFIER"
    holder = client.check(person("Milvia Grünwold", born=(1988, 1, 26)))
    assert verdict(holder) == "NO_HIT"


def test_a_passport_zone_finds_its_document_and_its_holder(client):
    zone = (SAMPLES / "mrz" / "1.txt").read_text()
    answer = client.check(request(record_pb2.Subject(person=record_pb2.Person(mrz=zone))))
    assert ("ofac", "9000001") in records(answer)


def test_a_vehicle_is_found_by_vin_and_by_a_misread_plate(client):
    assert records(client.check(vehicle(vin="1ZZG00004RA000004")))[0] == ("vehicles", "SMV-00004")
    plate = client.check(vehicle(vin="1ZZG00004RA000004")).hits[0].records[0].vehicles[0]
    misread = client.check(
        vehicle(plate=plate.plate.replace("0", "O"), plate_country=plate.plate_country)
    )
    assert any(r.record_id == "SMV-00004" for hit in misread.hits for r in hit.records)


def test_a_person_whom_nobody_lists_is_clear(client):
    answer = client.check(person("Wendelin Obersommer", born=(1993, 12, 9)))
    assert verdict(answer) == "NO_HIT"
    assert all(status(answer, o.source) == "ANSWERED" for o in answer.outcomes if o.required)


def test_several_subjects_of_one_encounter_are_told_apart(client):
    driver = person("Velda Kieselhagen", born=(1979, 4, 17)).subjects[0]
    car = vehicle(vin="1ZZG00004RA000004").subjects[0]
    answer = client.check(request(driver, car))
    assert {hit.subject_index for hit in answer.hits} == {0, 1}


def test_outcomes_tell_age_version_and_work(client):
    answer = client.check(person("Velda Kieselhagen"))
    asked = outcome(answer, "un")
    assert asked.complete
    assert asked.version
    assert asked.as_of.seconds
    assert asked.latency.nanos
    assert status(answer, "vehicles") == "NOT_APPLICABLE"


def test_a_required_source_left_out_makes_the_check_incomplete(client):
    asked = person("Wendelin Obersommer")
    asked.options.sources.append("un")
    assert verdict(client.check(asked)) == "INCOMPLETE"


def test_a_stream_ends_with_the_answer_of_a_check(client):
    asked = person("Velda Kieselhagen", born=(1979, 4, 17))
    parts = list(
        client.stream_check(pb.StreamCheckRequest(subjects=asked.subjects, context=asked.context))
    )
    assert parts[-1].final
    assert [p.sequence for p in parts] == list(range(1, len(parts) + 1))
    assert records(parts[-1]) == records(client.check(asked))


def test_a_batch_answers_every_item_and_none_fails_for_another(client):
    good, bad = person("Velda Kieselhagen"), pb.CheckRequest()
    reply = client.batch_check(pb.BatchCheckRequest(items=[good, bad, good]))
    assert [item.status.code for item in reply.items] == [0, 3, 0]
    assert records(reply.items[0].response) == records(reply.items[2].response) != []


def test_a_check_nobody_waits_for_gives_the_same_answer(client):
    asked = person("Velda Kieselhagen", born=(1979, 4, 17))
    asked.context.priority = pb.PRIORITY_BATCH
    assert records(client.check(asked)) == records(
        client.check(person("Velda Kieselhagen", born=(1979, 4, 17)))
    )


def test_the_same_query_id_gives_the_same_answer_again(client):
    asked = person("Velda Kieselhagen")
    asked.query_id = "again-1"
    first, again = client.check_with_proof(asked), client.check_with_proof(asked)
    assert first.answer == again.answer
    other = person("Somebody Else")
    other.query_id = "again-1"
    with pytest.raises(LookupFailed) as refused:
        client.check(other)
    assert refused.value.reason == "QUERY_ID_REUSED"


def test_invalid_fields_are_named(client):
    with pytest.raises(LookupFailed) as refused:
        client.check(person("x" * 300, nationalities=["A" * 70]))
    fields = {v.field for v in refused.value.violations}
    assert "subjects[0].person.names[0].full" in fields
    assert "subjects[0].person.nationalities[0]" in fields


def test_records_and_sources_can_be_read(client):
    found = client.get_record("un", "ZZi.00003")
    assert found.record_id == "ZZi.00003"
    with pytest.raises(LookupFailed) as absent:
        client.get_record("un", "nobody")
    assert absent.value.reason == "UNKNOWN_RECORD"
    sources = {s.name: s for s in client.list_sources()}
    assert sources["ofac"].records == 288
    assert sources["notices"].partial
