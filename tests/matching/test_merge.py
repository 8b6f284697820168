"""Records of several sources become entities: in any order, each record once, nothing resolved."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.compare import Comparison, compare
from matching.merge import Entity, Member, merge
from matching.merge_links import ALIGNING, JUDGING
from matching.rank import Band, Scored
from matching.rarity import DEFAULT
from matching.record import (
    Document,
    Kind,
    Name,
    NameKind,
    PartialDate,
    Person,
    Quality,
    Record,
    Sex,
    Vehicle,
)

ASKED = Person(names=(Name(full="Tarkhan Velimirovic"),), births=(PartialDate(1974, 5, 9),))
PASSPORT = Document("K1234567", "SRB", "PASSPORT")


def date(text):
    return PartialDate(*(int(part) for part in text.split("-")))


def person(record_id, name="Tarkhan Velimirovic", birth="1974-05-09", **more):
    births = (date(birth),) if birth else ()
    names = (Name(full=name),) if name else ()
    return Record(id=record_id, names=names, births=births, **more)


def member(record, source="a", asked=ASKED):
    return Member(source, Scored(record, compare(asked, record, DEFAULT), Band.POSSIBLE))


def merged(*records, kind=Kind.PERSON, asked=ASKED):
    """Every record from a source of its own: a, b, c, ..."""
    found = [member(r, chr(97 + n), asked) for n, r in enumerate(records)]
    return merge(found, kind)


def sizes(entities):
    return sorted(len(entity.members) for entity in entities)


def rules(entities):
    return [reason.rule for entity in entities for reason in entity.reasons]


class TestPersons:
    def test_same_name_and_full_date_of_birth(self):
        (entity,) = merged(person("1"), person("2", "VELIMIROVIĆ, Tarkhan"))
        assert rules([entity]) == ["name_and_birth"]
        assert entity.reasons[0].left == ("a", "1")
        assert entity.reasons[0].right == ("b", "2")
        assert entity.reasons[0].probability >= 0.99

    def test_duplicates_inside_one_source(self):
        (entity,) = merge([member(person("1")), member(person("2"))], Kind.PERSON)
        assert [m.key for m in entity.members] == [("a", "1"), ("a", "2")]

    def test_one_more_given_name_on_one_side(self):
        assert sizes(merged(person("1"), person("2", "Tarkhan Milos Velimirovic"))) == [2]

    def test_part_of_a_longer_name_with_the_day_but_not_with_the_month(self):
        short, long = person("1", "Othman Velimirovic"), "Othman Ahmed Karim Velimirovic"
        assert sizes(merged(short, person("2", long))) == [2]
        assert sizes(merged(short, person("2", long, "1974-05"))) == [1, 1]

    def test_across_scripts(self):
        assert sizes(merged(person("1"), person("2", "Велимирович Тархан"))) == [2]

    def test_by_any_trusted_alias(self):
        alias = Name(full="Tarkhan Velimirovic", kind=NameKind.ALIAS)
        other = person("2", "Someone Else")
        both = replace(other, names=(*other.names, alias))
        assert sizes(merged(person("1"), both)) == [2]
        weak = replace(other, names=(*other.names, replace(alias, quality=Quality.WEAK)))
        assert sizes(merged(person("1"), weak)) == [1, 1]

    def test_year_and_month_with_the_same_name(self):
        entities = merged(person("1"), person("2", birth="1974-05"))
        assert rules(entities) == ["name_and_month"]

    def test_dates_of_two_calendars(self):
        hijri = PartialDate(1394, 4, 17, "hijri")
        entities = merged(person("1"), replace(person("2"), births=(hijri,)))
        assert sizes(entities) == [2]

    def test_year_only_needs_a_rare_name_in_full(self):
        assert rules(
            merged(
                person("1", "Tarkhan Velimirovic Obradovski"),
                person("2", "OBRADOVSKI, Tarkhan Velimirovic", "1974"),
            )
        ) == ["rare_name_and_year"]

    @pytest.mark.parametrize("name", ["Mohamed Ali", "Tarkhan Velimirovic", "Gim Yoon Ji"])
    def test_two_words_or_short_ones_with_the_year_are_not_enough(self, name):
        assert sizes(merged(person("1", name), person("2", name, "1974"))) == [1, 1]

    def test_first_of_january_is_the_year_only(self):
        common = [person(n, "Mohamed Ahmed Ali", "1974-01-01") for n in "12"]
        assert sizes(merged(*common)) == [1, 1]

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            (person("2", birth=""), "a name alone"),
            (person("2", birth="1981-11-23"), "another date"),
            (person("2", birth="1974-05-10"), "a day later"),
            (person("2", "Milos Velimirovic"), "a twin"),
            (person("2", "Velimirovic"), "one word of two"),
            (person("2", "Tarkhan Obradovski"), "another family name"),
            (person("2", sex=Sex.FEMALE), "another sex"),
            (person("2", kind=Kind.ORGANISATION), "another kind"),
            (person("2", category="MISUSED_IDENTITY"), "the victim of a misused identity"),
            (
                person("2", documents=(Document("7654321", "SRB", "NATIONAL_ID"),)),
                "another number that lasts for life",
            ),
        ],
    )
    def test_no_merge(self, other, why):
        identity = (Document("1234567", "SRB", "NATIONAL_ID"),)
        first = person("1", sex=Sex.MALE, documents=identity)
        assert sizes(merged(first, other)) == [1, 1], why

    def test_another_passport_is_no_contradiction(self):
        old = person("1", documents=(PASSPORT,))
        new = person("2", documents=(replace(PASSPORT, number="K7654321"),))
        assert sizes(merged(old, new)) == [2]

    def test_records_of_unknown_kind_are_persons(self):
        assert sizes(merged(person("1"), person("2", kind=Kind.UNKNOWN))) == [2]


class TestPersonsByDocument:
    def test_same_number_and_issuer_in_any_spelling(self):
        spelt = Document("K 123-4567", "Serbia")
        (entity,) = merged(
            person("1", documents=(PASSPORT,)),
            person("2", "T. Velimirovicz", "1974", documents=(spelt,)),
        )
        assert rules([entity]) == ["same_document"]

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            (person("2", "Goran Obradovski", "", documents=(PASSPORT,)), "another name"),
            (person("2", birth="1999-01-20", documents=(PASSPORT,)), "another date"),
            (person("2", birth="", documents=(replace(PASSPORT, issuer="HRV"),)), "issuer"),
            (person("2", birth="", documents=(replace(PASSPORT, issuer=""),)), "unknown issuer"),
            (person("2", birth="", documents=(replace(PASSPORT, type="VISA"),)), "another type"),
            (person("2", birth="", documents=(PASSPORT,), category="MISUSED"), "the victim"),
            (person("2", "", "", documents=(PASSPORT,)), "neither name nor date"),
        ],
    )
    def test_no_merge(self, other, why):
        assert sizes(merged(person("1", documents=(PASSPORT,)), other)) == [1, 1], why

    def test_without_a_name_the_date_must_agree(self):
        nameless = person("2", "", documents=(PASSPORT,))
        assert sizes(merged(person("1", documents=(PASSPORT,)), nameless)) == [2]

    def test_short_numbers_prove_nothing(self):
        short = (Document("123", "SRB", "PASSPORT"),)
        one, two = person("1", birth="", documents=short), person("2", birth="", documents=short)
        assert sizes(merged(one, two)) == [1, 1]

    def test_another_sex_is_shown_as_a_conflict(self):
        (entity,) = merged(
            person("1", documents=(PASSPORT,), sex=Sex.MALE),
            person("2", documents=(PASSPORT,), sex=Sex.FEMALE),
        )
        sexes = {a.value: a.conflicting for a in entity.attributes if a.field == "sex"}
        assert sexes == {"M": True, "F": True}


class TestChains:
    def test_no_chain_through_a_contradiction(self):
        bridge = person("2", birth="1974-05-09", documents=(PASSPORT,))
        far = person("3", birth="1990-12-01", documents=(PASSPORT,))
        lists_both = replace(bridge, births=(*bridge.births, *far.births))
        entities = merged(person("1", documents=(PASSPORT,)), lists_both, far)
        assert sizes(entities) == [1, 2]

    @pytest.mark.parametrize("later", ["1974-05-29", "1974-05-03"])
    def test_a_month_that_fits_two_dates_joins_neither(self, later):
        early, late = person("1", birth="1974-05-02"), person("2", birth=later)
        entities = merged(early, late, person("3", birth="1974-05"))
        assert sizes(entities) == [1, 1, 1]

    def test_reasons_span_the_entity(self):
        (entity,) = merged(*(person(str(n), sex=Sex(s)) for n, s in enumerate(["", "M", "", "M"])))
        reached = {entity.members[0].key}
        for _ in entity.reasons:
            for reason in entity.reasons:
                if reached & {reason.left, reason.right}:
                    reached |= {reason.left, reason.right}
        assert len(entity.reasons) == 3
        assert reached == {m.key for m in entity.members}


class TestBounds:
    def test_beyond_the_bound_the_rest_stays_apart(self, monkeypatch):
        names = ["Tarkhan Velimirovic", "VELIMIROVIC, Tarkhan", "Tarkhan Milos Velimirovic"]
        held = [person(str(n), name) for n, name in enumerate(names)]
        assert sizes(merged(*held)) == [3]
        one_pair = 1 + JUDGING + ALIGNING + 1
        monkeypatch.setattr("matching.merge.MAX_WORK", one_pair)
        assert sizes(merged(*held)) == [1, 2]
        monkeypatch.setattr("matching.merge.MAX_WORK", 0)
        assert sizes(merged(*held)) == [1, 1, 1]

    def test_many_records_that_say_the_same_cost_as_one(self, monkeypatch):
        monkeypatch.setattr("matching.merge.MAX_WORK", JUDGING + ALIGNING)
        assert sizes(merge([member(person(str(n))) for n in range(300)], Kind.PERSON)) == [300]

    def test_equal_records_that_prove_nothing_stay_apart(self):
        held = [member(person(str(n), "Mohamed Ali", "1974")) for n in range(30)]
        assert sizes(merge(held, Kind.PERSON)) == [1] * 30

    def test_records_of_any_size(self):
        huge = Record(
            id="1",
            names=tuple(Name(full=f"Tarkhan Velimirovic {'x' * n}") for n in range(300)),
            births=tuple(PartialDate(1900 + n % 99, 5, 9) for n in range(300)),
            documents=tuple(Document("9" * n, "SRB", "PASSPORT") for n in range(300)),
            birth_places=("y" * 10_000,),
        )
        assert sizes(merged(huge, replace(huge, id="2"))) == [2]


class TestDocuments:
    ASKED = Document("K1234567", "SRB", "PASSPORT")

    def merged(self, *papers, **more):
        records = [
            Record(id=str(n), kind=Kind.DOCUMENT, documents=(paper,), **more)
            for n, paper in enumerate(papers)
        ]
        return merged(*records, kind=Kind.DOCUMENT, asked=self.ASKED)

    def test_same_number_and_issuer(self):
        assert rules(self.merged(PASSPORT, Document("k-1234567", "Serbia"))) == ["same_document"]

    def test_unknown_issuer_needs_the_same_type(self):
        entities = self.merged(PASSPORT, replace(PASSPORT, issuer=""))
        assert rules(entities) == ["same_number"]
        assert sizes(self.merged(PASSPORT, Document("K1234567"))) == [1, 1]

    @pytest.mark.parametrize(
        "other",
        [
            replace(PASSPORT, issuer="HRV"),
            replace(PASSPORT, type="VISA"),
            replace(PASSPORT, number="K1234568"),
            replace(PASSPORT, number=""),
            replace(PASSPORT, number="9" * 400),
        ],
    )
    def test_other_documents(self, other):
        assert sizes(self.merged(PASSPORT, other)) == [1, 1]

    def test_an_unknown_issuer_between_two_countries_joins_neither(self):
        papers = [PASSPORT, replace(PASSPORT, issuer="HRV"), replace(PASSPORT, issuer="")]
        assert sizes(self.merged(*papers)) == [1, 1, 1]

    def test_victims_of_misuse_stay_apart(self):
        assert sizes(self.merged(PASSPORT, PASSPORT, category="MISUSED_DOCUMENT")) == [1, 1]


class TestVehicles:
    VIN = "WVWZZZ1KZ6W000001"
    OTHER = "WVWZZZ1KZ6W999999"
    ASKED = Vehicle(vin=VIN, plate="BG123AB", plate_country="SRB")

    def merged(self, *vehicles):
        records = [
            Record(id=str(n), kind=Kind.VEHICLE, vehicles=(v,)) for n, v in enumerate(vehicles)
        ]
        return merged(*records, kind=Kind.VEHICLE, asked=self.ASKED)

    def test_same_vin_whatever_the_plate(self):
        entities = self.merged(Vehicle(vin=self.VIN), Vehicle(self.VIN.lower(), "X1", "D"))
        assert rules(entities) == ["same_vin"]

    def test_same_plate_where_a_vin_is_unknown(self):
        plate = Vehicle(plate="BG 123-AB", plate_country="Serbia")
        assert rules(self.merged(self.ASKED, plate)) == ["same_plate"]

    @pytest.mark.parametrize(
        "other",
        [
            replace(ASKED, vin=OTHER),
            replace(ASKED, vin=VIN.replace("6W", "8W")),
            replace(ASKED, vin="", plate_country=""),
            replace(ASKED, vin="", plate_country="HRV"),
            replace(ASKED, vin="", make="ZASTAVA"),
            replace(ASKED, vin="", plate="1" * 60),
            Vehicle(vin="1" * 17),
            Vehicle(vin="9" * 90),
        ],
    )
    def test_other_vehicles(self, other):
        first = replace(self.ASKED, make="VW")
        assert sizes(self.merged(first, other)) == [1, 1]

    def test_a_plate_on_two_vins_joins_neither(self):
        entities = self.merged(
            self.ASKED, replace(self.ASKED, vin=self.OTHER), replace(self.ASKED, vin="")
        )
        assert sizes(entities) == [1, 1, 1]

    def test_old_chassis_numbers_need_the_same_make(self):
        one, two = Vehicle(vin="12345678", make="VW"), Vehicle(vin="12345678", make="Zastava")
        assert sizes(self.merged(one, two)) == [1, 1]
        assert sizes(self.merged(one, replace(two, make="vw"))) == [2]


class TestAttributes:
    def entity(self, *records) -> Entity:
        (entity,) = merged(*records)
        return entity

    def test_equal_values_are_one_with_every_provenance(self):
        entity = self.entity(
            person("1", nationalities=("SRB",)),
            person("2", "VELIMIROVIC, Tarkhan", nationalities=("Serbia", "HRV")),
        )
        stated = {(a.field, a.value): a.provenance for a in entity.attributes}
        both = (("a", "1"), ("b", "2"))
        assert stated == {
            ("name", "Tarkhan Velimirovic"): both,
            ("birth", "1974-05-09"): both,
            ("nationality", "SRB"): both,
            ("nationality", "HRV"): (("b", "2"),),
        }

    def test_nationalities_never_conflict(self):
        entity = self.entity(
            person("1", nationalities=("SRB",)), person("2", nationalities=("HRV",))
        )
        assert not any(a.conflicting for a in entity.attributes)

    def test_dates_that_exclude_each_other_conflict(self):
        two = person("2")
        false = replace(two, births=(*two.births, date("1969-02-03"), date("1974")))
        entity = self.entity(person("1"), false)
        births = {a.value: a.conflicting for a in entity.attributes if a.field == "birth"}
        assert births == {"1974-05-09": True, "1969-02-03": True, "1974": False}

    def test_several_dates_of_one_record_are_no_conflict(self):
        record = person("1")
        (entity,) = merged(replace(record, births=(*record.births, date("1969-02-03"))))
        assert not any(a.conflicting for a in entity.attributes)

    def test_a_coarser_date_is_no_conflict(self):
        entity = self.entity(person("1"), person("2", birth="1974-05"))
        births = {a.value: a.conflicting for a in entity.attributes if a.field == "birth"}
        assert births == {"1974-05-09": False, "1974-05": False}

    def test_other_fields_and_the_calendar(self):
        record = Record(
            id="1",
            names=(Name(surname="Velimirovic", given="Tarkhan"),),
            births=(PartialDate(1394, 4, 17, "hijri"),),
            birth_places=("Novi Sad",),
            documents=(PASSPORT,),
            vehicles=(Vehicle(plate="BG123AB", plate_country="SRB"),),
            category="SANCTION",
            owner="SRB",
        )
        (entity,) = merged(record)
        assert [(a.field, a.value) for a in entity.attributes] == [
            ("name", "Velimirovic, Tarkhan"),
            ("birth", "1394-04-17 hijri"),
            ("birth_place", "Novi Sad"),
            ("document", "SRB PASSPORT K1234567"),
            ("vehicle", "SRB BG123AB"),
            ("category", "SANCTION"),
            ("owner", "SRB"),
        ]


class TestEntities:
    def test_best_member_first_and_names_the_entity(self):
        entities = merged(
            person("1", "Goran Obradovski", "1950-02-03"),
            person("2", "Tarkhan Milos Velimirovic"),
            person("3"),
        )
        assert [[m.key[1] for m in e.members] for e in entities] == [["3", "2"], ["1"]]
        assert [e.label for e in entities] == ["Tarkhan Velimirovic", "Goran Obradovski"]

    def test_label_of_a_record_without_a_name(self):
        labels = [
            merged(Record(id="1", documents=(PASSPORT,)))[0].label,
            merged(Record(id="1", vehicles=(Vehicle(vin="W"),)))[0].label,
            merged(Record(id="1"))[0].label,
        ]
        assert labels == ["SRB K1234567", "W", "1"]

    def test_id_depends_on_the_keys_only(self):
        (one,), (two,) = merged(person("1")), merged(person("1", "Goran Obradovski"))
        (other,) = merged(person("2"))
        assert one.entity_id == two.entity_id != other.entity_id

    def test_a_record_that_is_there_twice_counts_once(self):
        (entity,) = merge([member(person("1")), member(person("1"))], Kind.PERSON)
        assert len(entity.members) == 1

    def test_nothing_from_nothing(self):
        assert merge([], Kind.PERSON) == []


NAMES = ["Tarkhan Velimirovic", "VELIMIROVIC, Tarkhan", "Tarkhan", "Mohamed Ali", "Goran Tarkhan"]
DATES = ["1974-05-09", "1974-09-05", "1974-05", "1974", "1974-01-01", "1990-12-01"]
PAPERS = [PASSPORT, replace(PASSPORT, issuer=""), Document("7654321", "SRB", "NATIONAL_ID")]
VEHICLES = [
    TestVehicles.ASKED, replace(TestVehicles.ASKED, vin=""), Vehicle(vin=TestVehicles.OTHER),
]  # fmt: skip


@st.composite
def records(draw):
    def some(values, most):
        return tuple(draw(st.lists(st.sampled_from(values), max_size=most, unique=True)))

    return Record(
        id=draw(st.text("123456789", min_size=1, max_size=3)),
        names=tuple(Name(full=name) for name in some(NAMES, 2)),
        births=tuple(date(text) for text in some(DATES, 2)),
        sex=draw(st.sampled_from(Sex)),
        documents=some(PAPERS, 2),
        vehicles=some(VEHICLES, 2),
        category=draw(st.sampled_from(["SANCTION", "MISUSED_IDENTITY", ""])),
    )


found = st.lists(records(), max_size=9, unique_by=lambda record: record.id)
kinds = st.sampled_from([Kind.PERSON, Kind.DOCUMENT, Kind.VEHICLE])


@settings(max_examples=150, deadline=None)
@given(found, kinds, st.randoms())
def test_any_order_gives_the_same_entities_with_each_record_once(held, kind, random):
    members = [member(record, "ab"[n % 2]) for n, record in enumerate(held)]
    entities = merge(members, kind)
    shuffled = list(members)
    random.shuffle(shuffled)
    assert merge(shuffled, kind) == entities
    keys = [m.key for entity in entities for m in entity.members]
    assert sorted(keys) == sorted(m.key for m in members)
    assert all(len(e.reasons) == len(e.members) - 1 for e in entities)
    assert len({e.entity_id for e in entities}) == len(entities)


@settings(max_examples=150, deadline=None)
@given(found)
def test_no_entity_holds_a_person_whose_identity_is_misused(held):
    for entity in merge([member(record) for record in held], Kind.PERSON):
        categories = [m.scored.record.category for m in entity.members]
        assert len(categories) == 1 or "MISUSED_IDENTITY" not in categories


class TestRealLists:
    """Persons as one list writes them, among the persons of another list of nearly that year."""

    @staticmethod
    def lines(path):
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def test_no_wrong_pair_and_most_right_ones_of_one_name(self, shared_eval):
        listed = self.lines(shared_eval / "records_ofac.jsonl")
        queries = self.lines(shared_eval / "queries_crosslist_ofac.jsonl")[::4]
        asked = [q for q in queries if q["closeness"] == "same" and len(q["birth"]) == 10]
        right = wrong = 0
        for query in asked:
            years = {str(int(query["birth"][:4]) + n) for n in (-1, 0, 1)}
            near = [r for r in listed if years & {b[:4] for b in r.get("births", ())}]
            held = [self.member(r["id"], r["names"][0], r["births"]) for r in near]
            held.append(self.member("query", query["name"], [query["birth"]]))
            for entity in merge(held, Kind.PERSON):
                keys = {m.scored.record.id for m in entity.members}
                if "query" in keys:
                    right += len(keys & set(query["expected"]))
                    wrong += len(keys - {"query", *query["expected"]})
        assert wrong == 0
        assert right >= 0.8 * len(asked) > 20

    @staticmethod
    def member(record_id, name, births):
        """The query comes first, as the best member."""
        score = Comparison(1.0 if record_id == "query" else 0.5, 0.5, ())
        record = replace(person(record_id, name), births=tuple(date(b) for b in births))
        return Member("list", Scored(record, score, Band.POSSIBLE))
