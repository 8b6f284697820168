"""Comparisons: direction of the name vectors, monotone evidence, sums that an auditor can redo."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matching.compare import compare, name_similarity
from matching.evidence import Feature
from matching.names import Role, tokens
from matching.rarity import DEFAULT
from matching.record import (
    Document,
    Kind,
    Name,
    PartialDate,
    Person,
    Quality,
    Record,
    Sex,
    Vehicle,
)

BORN = PartialDate(1974, 8, 12)
LISTED = Record(
    "r1", names=(Name("Kowalenko, Taras"),), births=(BORN,), sex=Sex.MALE, nationalities=("UKR",),
    documents=(Document("AB123456", "UKR", "PASSPORT"),),
)  # fmt: skip

words = st.text(alphabet="abcdefghiklmnoprstuvyz", min_size=2, max_size=9)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)
dates = st.builds(PartialDate, st.integers(1930, 2010), st.integers(1, 12), st.integers(1, 28))


def asked(name="Taras Kowalenko", **fields):
    return Person(names=(Name(name),), **fields)


def odds(subject, record=LISTED):
    return compare(subject, record, DEFAULT).log_odds


def test_the_name_vectors_keep_their_direction(vectors):
    pairs = json.loads((vectors / "name_pairs.json").read_text(encoding="utf-8"))
    similar = {p["id"]: name_similarity(p["a"], p["b"]) for p in pairs}
    same = {p["id"] for p in pairs if p["expected"] in {"SAME", "LIKELY"}}
    different = {p["id"] for p in pairs if p["expected"] == "DIFFERENT"}
    worst = max(similar[number] for number in different)
    wrong = {number for number in same if similar[number] <= worst + 0.05}
    assert wrong == set()
    assert len(same) > 20
    assert len(different) >= 5


@given(names, names)
def test_name_similarity_is_symmetric_and_bounded(first, second):
    there, back = name_similarity(first, second), name_similarity(second, first)
    assert there == pytest.approx(back, abs=1e-9)
    assert 0.0 <= there <= 1.0


@given(names)
def test_a_name_is_wholly_like_itself(name):
    assume(any(word.role is Role.NAME for word in tokens(name)))
    assert name_similarity(name, name.upper()) == pytest.approx(1.0)


@given(names, names, dates, dates)
def test_evidence_adds_up_to_the_logit(first, second, born, other):
    subject = asked(first, births=(born,), sex=Sex.FEMALE, nationalities=("FRA",))
    record = replace(LISTED, names=(Name(second),), births=(other,))
    result = compare(subject, record, DEFAULT)
    total = math.fsum(item.log_odds for item in result.evidence)
    if result.probability < 1 - 1e-9 and result.probability > 1e-12:
        logit = math.log(result.probability / (1 - result.probability))
        assert logit == pytest.approx(total, abs=1e-5)
    assert result.evidence[0].feature is Feature.BIAS
    for item in result.evidence:
        if item.detail:
            assert math.fsum(p.weight for p in item.detail) == pytest.approx(item.log_odds)


@given(names, names, dates)
def test_an_agreeing_date_of_birth_raises_and_another_lowers(first, second, born):
    record = replace(LISTED, names=(Name(second),), births=(born,))
    far = PartialDate(born.year - 15 if born.year > 1970 else born.year + 15, 2, 3)
    plain = odds(asked(first), record)
    assert odds(asked(first, births=(born,)), record) > plain
    assert odds(asked(first, births=(far,)), record) < plain


def test_a_birth_date_further_away_lowers_more():
    off = [odds(asked(births=(PartialDate(1974 + n, 8, 12),))) for n in (0, 1, 4, 20)]
    assert off == sorted(off, reverse=True)
    assert len(set(off)) == len(off)


def test_a_contradicting_date_of_birth_leaves_a_rare_name_only_possible():
    rare = replace(LISTED, names=(Name("Kowalenko Taras Wlodomirsk Ostrokreml Yblonsk"),))
    subject = asked("Kowalenko Taras Wlodomirsk Ostrokreml Yblonsk", births=(PartialDate(1950),))
    result = compare(subject, rare, DEFAULT)
    assert result.probability < 0.5
    assert result.outcome(Feature.LIMIT) == "birth_contradicts"


def test_one_document_number_of_two_countries_is_not_the_same():
    numbers = {
        issuer: odds(asked(documents=(Document("AB123456", issuer),)))
        for issuer in ("UKR", "", "FRA")
    }
    assert numbers["UKR"] > numbers[""] > numbers["FRA"]
    assert numbers["FRA"] == pytest.approx(odds(asked()))


def test_a_misread_document_number_counts_less_than_an_equal_one():
    equal = odds(asked(documents=(Document("AB123456", "UKR"),)))
    misread = odds(asked(documents=(Document("A8123456", "UKR"),)))
    other = odds(asked(documents=(Document("XX999999", "UKR"),)))
    assert equal > misread > odds(asked()) > other


def test_a_common_name_alone_is_unlikely_and_a_rare_one_is_not():
    common = compare(
        asked("Mohamed Ahmed"), replace(LISTED, names=(Name("Ahmed Mohamed"),)), DEFAULT
    )
    rare = compare(asked(), LISTED, DEFAULT)
    assert common.similarity > 0.9
    assert common.probability < 0.5 < rare.probability


def test_sex_and_nationality_count_both_ways_and_unknown_says_nothing():
    plain = odds(asked())
    assert odds(asked(sex=Sex.MALE)) > plain > odds(asked(sex=Sex.FEMALE))
    assert odds(asked(sex=Sex.OTHER)) == plain
    assert odds(asked(nationalities=("UKR",))) > plain > odds(asked(nationalities=("FRA",)))
    assert odds(asked(nationalities=("XXX",))) == plain


def test_the_best_name_of_a_record_counts_and_weak_aliases_count_less():
    names = (Name("Nobody Else"), Name("Taras Kowalenko", quality=Quality.WEAK))
    weak = odds(asked(), replace(LISTED, names=names))
    assert odds(asked()) > weak > odds(asked("Entirely Other"))


def test_a_full_machine_readable_field_may_cut_words():
    record = replace(LISTED, names=(Name("Nilavadhanananda, Chayapa Dejthamrong Krasuang"),))
    whole = Name("NILAVADHANANANDA<<CHAYAPA<DEJTHAMRO", may_be_truncated=False)
    cut = replace(whole, may_be_truncated=True)
    assert odds(Person((cut,)), record) > odds(Person((whole,)), record)


def test_a_truncated_name_does_not_excuse_another_name():
    record = replace(LISTED, names=(Name("Kowalenko, Petro"),))
    cut = Name("KOWALENKO<<TARAS", may_be_truncated=True)
    assert odds(Person((cut,)), record) < odds(Person((Name("KOWALENKO<<PETRO"),)), record)


def test_vehicles_by_number_plate_and_cloned_plate():
    record = Record("v", Kind.VEHICLE, vehicles=(Vehicle("1HGCM82633A004352", "AB12 CDE", "GBR"),))
    same = compare(Vehicle(vin="1HGCM82633A004352"), record, DEFAULT)
    plate = compare(Vehicle(plate="AB12CDE", plate_country="GBR"), record, DEFAULT)
    cloned = compare(Vehicle("1M8GDM9AXKP042788", "AB12CDE", "GBR"), record, DEFAULT)
    other = compare(Vehicle(vin="1M8GDM9AXKP042788"), record, DEFAULT)
    assert same.probability > plate.probability > cloned.probability > other.probability
    assert cloned.outcome(Feature.CLONED_PLATE) == "different"


def test_a_document_finds_itself_and_a_lone_document_has_full_similarity():
    record = Record("d", Kind.DOCUMENT, documents=(Document("AB123456", "UKR", "PASSPORT"),))
    result = compare(Document("AB 123 456", "UKR"), record, DEFAULT)
    assert result.similarity == 1.0
    assert result.probability > 0.9


def test_nothing_in_common_costs_nothing_but_the_bias():
    empty = Record("e", names=())
    assert compare(asked(), empty, DEFAULT).evidence[0].feature is Feature.BIAS
    assert len(compare(asked(), empty, DEFAULT).evidence) == 1


@pytest.mark.parametrize("number", ["9" * 400, "", "  ", "\u0301" * 90])
def test_hostile_numbers_say_nothing(number):
    result = compare(asked(documents=(Document(number),)), LISTED, DEFAULT)
    assert result.outcome(Feature.DOCUMENT) in {"", "different"}
