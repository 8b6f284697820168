"""The index: finds what comparing everything finds, opens cheaply, reads little, says when cut."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from matching.build import build
from matching.compare import compare
from matching.index import Index
from matching.record import Document, Kind, Name, PartialDate, Person, Record, Sex, Vehicle

ONSETS = [*"bdfgklmnprstvz", "br", "dr", "gr", "kl", "kr", "st", "tr", "sh"]
VOWELS = ["a", "e", "i", "o", "u"]
ENDS = ["", "n", "r", "s", "k", "l", "m", "v", "nko", "rov", "sen"]


def word(chance, syllables=2):
    body = "".join(chance.choice(ONSETS) + chance.choice(VOWELS) for _ in range(syllables))
    return body + chance.choice(ENDS)


def population(size, seed=7):
    """Invented people with given names from a small pool and surnames from a large one."""
    chance = random.Random(seed)
    given = [word(chance) for _ in range(300)]
    for number in range(size):
        surname = word(chance, chance.choice((2, 3)))
        first = given[min(int(chance.expovariate(1 / 60)), 299)]
        yield Record(
            f"p{number}",
            names=(Name(f"{surname.upper()}, {first} {chance.choice(given)}"),),
            births=(PartialDate(chance.randint(1940, 2005), chance.randint(1, 12), 9),),
            sex=chance.choice((Sex.MALE, Sex.FEMALE)),
        )


@pytest.fixture(scope="module")
def people():
    return list(population(500))


@pytest.fixture(scope="module")
def index(people):
    return Index(build(people))


def typo(name, chance):
    at = chance.randrange(1, len(name) - 1)
    return name[:at] + name[at + 1 :]


def test_search_finds_what_comparing_everything_finds(people, index):
    chance = random.Random(11)
    missed = 0
    for record in chance.sample(people, 25):
        asked = Person((Name(typo(record.names[0].full, chance)),))
        rows = {people[row].id for row in index.search(asked, limit=25).rows}
        every = sorted(people, key=lambda r: -compare(asked, r, index.rarity).log_odds)
        missed += every[0].id not in rows
    assert missed == 0


def test_a_date_of_birth_brings_in_a_name_that_hardly_agrees(people, index):
    record = people[5]
    asked = Person((Name("Qwertov Xyzzy"),), births=record.births)
    assert 5 in index.search(asked).rows


def test_records_come_back_as_they_went_in(people, index):
    assert len(index) == len(people)
    assert [index.record(row) for row in range(len(people))] == people
    assert index.find("p17") == 17
    assert index.find("nobody") is None
    with pytest.raises(IndexError):
        index.record(len(people))


def test_saved_arrays_answer_as_the_built_ones(people, index, tmp_path):
    for name, array in build(people).items():
        np.save(tmp_path / f"{name}.npy", array)
    mapped = {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.glob("*.npy")}
    reopened = Index(mapped)
    asked = Person((Name(people[3].names[0].full),))
    assert reopened.search(asked) == index.search(asked)
    assert reopened.rarity.weight("brako") == index.rarity.weight("brako")


def test_only_persons_and_records_of_unknown_kind_are_found_by_name():
    record = Record("x", names=(Name("Zebrano Orlanduk"),))
    rows = [replace(record, id=kind.value, kind=kind) for kind in Kind]
    found = Index(build(rows)).search(Person(record.names)).rows
    assert {rows[row].kind for row in found} == {Kind.PERSON, Kind.UNKNOWN}


def test_identifiers_are_found_exactly_and_misread():
    car = Vehicle("1HGCM82633A004352", "AB12 CDE", "GBR", "E77")
    rows = [
        Record("d", Kind.DOCUMENT, documents=(Document("AB123450", "FRA"),)),
        Record("p", names=(Name("Brako Testil"),), documents=(Document("X9876543", "DEU"),)),
        Record("v", Kind.VEHICLE, vehicles=(car,)),
    ]  # fmt: skip
    index = Index(build(rows))
    assert index.search(Document("ab 123450")).rows == (0,)
    assert index.search(Document("A8I2345O")).rows == (0,)
    assert index.search(Document("X9876543")).rows == (1,)
    assert index.search(Person(documents=(Document("X9876543"),))).rows == (1,)
    for asked in (
        Vehicle(vin="1HGCM82633A004352"), Vehicle(vin="3A004352"), Vehicle(plate="A812 CDE"),
        Vehicle(plate="AB12CDE"), Vehicle(engine_number="e-77"),
    ):  # fmt: skip
        assert index.search(asked).rows == (2,)
    assert index.search(Vehicle(vin="5GZCZ43D13S812715")).rows == ()


def test_an_equal_document_comes_first(people):
    held = replace(people[400], documents=(Document("ZZ556677", "FRA"),))
    index = Index(build([*people[:400], held, *people[401:]]))
    asked = Person((Name(people[0].names[0].full),), documents=(Document("ZZ556677"),))
    assert index.search(asked, limit=3).rows[0] == 400


def test_other_scripts_and_spellings_are_found():
    rows = [
        Record("a", names=(Name("Abd al-Rahman Saleh"),)),
        Record("b", names=(Name("Jan Vanderberg"),)),
        Record("c", names=(Name("Щербаков Сергей"),)), Record("d", names=(Name("محمد خالد"),)),
        Record("e", names=(Name("王小明"),)), Record("f", names=(Name("Xiao-Ming Lokata"),)),
    ]  # fmt: skip
    index = Index(build(rows))
    for text, row in (
        ("SALIH ABDULRAHMAN", 0), ("عبد الرحمن صالح", 0), ("van der Berg, Jan", 1),
        ("Sergey Stcherbakoff", 2), ("KHALED<<MOHAMED<<<", 3), ("MXHMD<XKHALD", 3),
        ("Wang Xiaoming", 4), ("Xiaoming Lokata", 5),
    ):  # fmt: skip
        assert index.search(Person((Name(text),))).rows[0] == row, text


def test_the_budget_bounds_the_work_and_is_reported(people, index):
    common = Person((Name(people[0].names[0].full.split(", ")[1]),))
    free = index.search(common)
    tight = index.search(common, budget=3)
    assert not free.cut
    assert tight.cut
    assert tight.touched <= free.touched


def test_an_empty_index_answers():
    index = Index(build([]))
    assert len(index) == 0
    for asked in (
        Person((Name("Brako"),), births=(PartialDate(1970, 1, 2),)),
        Document("A1"),
        Vehicle(plate="B1"),
    ):
        assert index.search(asked).rows == ()


@pytest.mark.parametrize(
    "text", ["", "-", "FNU LNU", "x", "1234", "😀", "a\u0301" * 50, ",", "<<<<"]
)
def test_odd_names_find_nothing_and_raise_nothing(index, text):
    assert index.search(Person((Name(text or " "),))).touched < 2_000


def test_a_hostile_name_of_a_record_keeps_its_head():
    names = ("Zebrano " + "\u0301" * 100_000, "Brako " * 4000)
    index = Index(build([Record(str(n), names=(Name(t),)) for n, t in enumerate(names)]))
    assert index.cut_names == 2
    assert index.search(Person((Name("Zebrano"),))).rows == (0,)
    assert index.search(Person((Name("Brako"),))).rows == (1,)


def test_the_names_touched_grow_much_slower_than_the_population():
    everyone = list(population(100_000, seed=3))
    chance = random.Random(5)
    queries = [
        Person((Name(typo(r.names[0].full, chance)),)) for r in chance.sample(everyone[:10_000], 40)
    ]
    medians = []
    for size in (10_000, 100_000):
        index = Index(build(iter(everyone[:size])))
        medians.append(float(np.median([index.search(query).touched for query in queries])))
    assert medians[0] > 0
    assert medians[1] <= 4 * medians[0]
