"""Requests become checked values: every field has a bound, every error names its field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside import person, request

from lookup.convert import requests
from lookup.encounter import Context, Options, Priority
from lookup.errors import InvalidQuery
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2
from matching.record import Document, Name, PartialDate, Person, Sex, Vehicle

TODAY = date(2026, 1, 1)
ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def read(message):
    return requests.check(message, agency="local", today=TODAY)


def violations(message):
    with pytest.raises(InvalidQuery) as caught:
        read(message)
    return {v.field: v.description for v in caught.value.violations}


def vehicle(**fields):
    return record_pb2.Subject(vehicle=record_pb2.Vehicle(**fields))


def document(**fields):
    return record_pb2.Subject(document=record_pb2.Document(**fields))


def test_everything_that_a_person_has_is_read():
    asked = read(
        request(
            record_pb2.Subject(
                person=record_pb2.Person(
                    names=[
                        record_pb2.Name(
                            full="Ada EXAMPLE",
                            surname="EXAMPLE",
                            given="Ada",
                            kind=record_pb2.NAME_KIND_ALIAS,
                            quality=record_pb2.NAME_QUALITY_WEAK,
                            script="Latn",
                            may_be_truncated=True,
                        )
                    ],
                    births=[record_pb2.PartialDate(year=1970, month=1, day=31)],
                    sex=record_pb2.SEX_FEMALE,
                    nationalities=["de", "UTO"],
                    birth_place="Sampletown",
                    documents=[record_pb2.Document(number=" x 1 ", issuer="deu", type="passport")],
                )
            )
        )
    )
    (found,) = asked.subjects
    assert found.names[0].full == "Ada EXAMPLE"
    assert found.names[0].may_be_truncated
    assert (found.names[0].kind.value, found.names[0].quality.value) == ("alias", "weak")
    assert found.births == (PartialDate(1970, 1, 31),)
    assert (found.sex, found.birth_place) == (Sex.FEMALE, "Sampletown")
    assert found.nationalities == ("DEU", "UTO")
    assert found.documents == (Document("x 1", "DEU", "PASSPORT"),)


def test_a_vehicle_and_a_document():
    asked = read(
        request(
            vehicle(vin="1M8GDM9AXKP042788", plate="AB 123", plate_country="UTO", make="Ex"),
            document(number="X1", issuer="Germany", type="visa"),
        )
    )
    assert asked.subjects == (
        Vehicle("1M8GDM9AXKP042788", "AB 123", "UTO", make="Ex"),
        Document("X1", "DEU", "VISA"),
    )
    assert asked.notices == ()


def test_context_and_options():
    asked = read(
        request(
            options={"sources": ["a", "b"], "limit": 3, "threshold": 0.25, "explain": True},
            purpose=pb.PURPOSE_ASYLUM,
            justification="because",
            case_reference="c",
            officer="o",
            on_behalf_of="b",
            location="l",
            event_id="e",
            language="fr",
            priority=pb.PRIORITY_EMERGENCY,
            traffic=pb.TRAFFIC_TEST,
        )
    )
    assert asked.context == Context(
        "ASYLUM", "because", "c", "o", "b", "l", "e", "fr", Priority.EMERGENCY, "TEST"
    )
    assert asked.options == Options(("a", "b"), 3, 0.25, explain=True)


def test_defaults():
    asked = read(pb.CheckRequest(subjects=[person()]))
    assert (asked.context.language, asked.context.priority) == ("en", Priority.BORDER)
    assert asked.options == Options()
    assert len(asked.query_id) == 32
    assert read(pb.CheckRequest(subjects=[person()])).query_id != asked.query_id


def test_values_of_a_later_version_have_a_safe_reading():
    asked = read(
        pb.CheckRequest(
            subjects=[person()], context=pb.Context(purpose=99, priority=99, traffic=99)
        )
    )
    context = asked.context
    assert (context.purpose, context.priority) == ("UNSPECIFIED", Priority.BORDER)
    assert context.traffic == "UNSPECIFIED"
    sexless = record_pb2.Person(names=[record_pb2.Name(full="Ada", kind=99, quality=99)], sex=99)
    (found,) = read(request(record_pb2.Subject(person=sexless))).subjects
    assert found == Person((Name("Ada"),))


LONG = "x" * 65
TEXT = "y" * 501


def _name(**fields):
    return record_pb2.Subject(person=record_pb2.Person(names=[record_pb2.Name(**fields)]))


def _born(**fields):
    return person(births=[record_pb2.PartialDate(**fields)])


def _paper(**fields):
    return person(documents=[record_pb2.Document(**fields)])


REFUSED = [
    ("query_id", request(query_id="x" * 65)),
    ("query_id", request(query_id="a b")),
    ("query_id", request(query_id="ä")),
    ("context.language", request(language="de")),
    ("context.justification", request(justification=TEXT)),
    ("context.case_reference", request(case_reference=LONG)),
    ("context.officer", request(officer=LONG)),
    ("context.on_behalf_of", request(on_behalf_of=LONG)),
    ("context.location", request(location=LONG)),
    ("context.event_id", request(event_id=LONG)),
    ("options.limit", request(options={"limit": 101})),
    ("options.limit", request(options={"limit": -1})),
    ("options.threshold", request(options={"threshold": 1.1})),
    ("options.threshold", request(options={"threshold": -0.1})),
    ("options.threshold", request(options={"threshold": float("nan")})),
    ("options.sources", request(options={"sources": ["a"] * 501})),
    ("options.sources[1]", request(options={"sources": ["a", LONG]})),
    ("subjects", pb.CheckRequest()),
    ("subjects", request(*[person()] * 11)),
    ("subjects[1]", request(person(), record_pb2.Subject())),
    ("subjects[0].person", request(record_pb2.Subject(person=record_pb2.Person()))),
    ("subjects[0].person.names", request(_name(full="J. K."))),
    ("subjects[0].person.names", request(person("", names=[]) if False else record_pb2.Subject(
        person=record_pb2.Person(names=[record_pb2.Name(full="Ada")] * 21)
    ))),
    ("subjects[0].person.names[0]", request(_name())),
    ("subjects[0].person.names[0]", request(_name(full="  "))),
    ("subjects[0].person.names[0]", request(_name(full="..."))),
    ("subjects[0].person.names[0]", request(_name(surname="ab " * 20, given="cd " * 20))),
    ("subjects[0].person.names[0].full", request(_name(full="x" * 257))),
    ("subjects[0].person.names[0].full", request(_name(full="ab " * 25))),
    ("subjects[0].person.names[0].full", request(_name(full="a" + "\u0301" * 31))),
    ("subjects[0].person.names[0].surname", request(_name(surname="x" * 257))),
    ("subjects[0].person.names[0].given", request(_name(full="Ada", given="x" * 257))),
    ("subjects[0].person.names[0].script", request(_name(full="Ada", script=LONG))),
    ("subjects[0].person.births", request(person(births=[record_pb2.PartialDate(year=1)] * 21))),
    ("subjects[0].person.births[0]", request(_born())),
    ("subjects[0].person.births[0]", request(_born(raw="soon"))),
    ("subjects[0].person.births[0].year", request(_born(year=10_000))),
    ("subjects[0].person.births[0].year", request(_born(year=-1))),
    ("subjects[0].person.births[0].month", request(_born(year=1970, month=13))),
    ("subjects[0].person.births[0].day", request(_born(year=1970, month=1, day=32))),
    ("subjects[0].person.births[0].year_to", request(_born(year=1970, year_to=10_000))),
    ("subjects[0].person.births[0].raw", request(_born(year=1970, raw=LONG))),
    ("subjects[0].person.births[0].calendar", request(_born(year=1970, calendar=9))),
    ("subjects[0].person.nationalities", request(person(nationalities=["UTO"] * 21))),
    ("subjects[0].person.nationalities[1]", request(person(nationalities=["UTO", LONG]))),
    ("subjects[0].person.birth_place", request(person(birth_place=LONG))),
    ("subjects[0].person.documents", request(
        person(documents=[record_pb2.Document(number="1")] * 21)
    )),
    ("subjects[0].person.documents[0].number", request(_paper())),
    ("subjects[0].person.documents[0].number", request(_paper(number="1" * 33))),
    ("subjects[0].person.documents[0].number", request(_paper(number="---"))),
    ("subjects[0].person.documents[0].issuer", request(_paper(number="1", issuer=LONG))),
    ("subjects[0].person.documents[0].type", request(_paper(number="1", type=LONG))),
    ("subjects[0].person.documents[0].mrz", request(_paper(number="1", mrz="rubbish"))),
    ("subjects[0].person.mrz", request(person(mrz="rubbish"))),
    ("subjects[0].person.mrz", request(person(mrz="<" * 513))),
    ("subjects[0].vehicle", request(vehicle(make="Ex"))),
    ("subjects[0].vehicle", request(vehicle(vin=" ", plate=" "))),
    ("subjects[0].vehicle.vin", request(vehicle(vin="1" * 33))),
    ("subjects[0].vehicle.vin", request(vehicle(vin="***"))),
    ("subjects[0].vehicle.plate", request(vehicle(plate="1" * 33))),
    ("subjects[0].vehicle.plate", request(vehicle(plate="-"))),
    ("subjects[0].vehicle.engine_number", request(vehicle(engine_number="1" * 33))),
    ("subjects[0].vehicle.plate_country", request(vehicle(plate="1", plate_country=LONG))),
    ("subjects[0].vehicle.make", request(vehicle(plate="1", make=LONG))),
    ("subjects[0].vehicle.model", request(vehicle(plate="1", model=LONG))),
    ("subjects[0].vehicle.colour", request(vehicle(plate="1", colour=LONG))),
    ("subjects[0].vehicle.type", request(vehicle(plate="1", type=LONG))),
    ("subjects[0].document.number", request(document(issuer="UTO"))),
    ("subjects[0].document.number", request(document(number="<<<"))),
    ("subjects[0].document.number", request(document(number="1" * 33))),
    ("subjects[0].document.issuer", request(document(number="1", issuer=LONG))),
    ("subjects[0].document.type", request(document(number="1", type=LONG))),
    ("subjects[0].document.mrz", request(document(mrz="rubbish"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "message"), REFUSED, ids=[f"{n}-{field}" for n, (field, _) in enumerate(REFUSED)]
)
def test_what_cannot_be_accepted_is_named(field, message):
    assert field in violations(message)


def _leaves(descriptor, path):
    """Every field of text, number or repetition that a request can have."""
    for field in descriptor.fields:
        name = f"{path}.{field.name}" if path else field.name
        repeated = field.is_repeated
        where = f"{name}[0]" if repeated else name
        if field.message_type is not None and field.message_type.file.package == "lookup.v1":
            yield from _leaves(field.message_type, where)
            continue
        if field.type in (field.TYPE_STRING, field.TYPE_INT32, field.TYPE_DOUBLE, field.TYPE_FLOAT):
            yield name


NO_BOUND_YET = {"contact_window", "journey"}
"""Parts of the context that are not read, and not kept, so far."""


def test_every_field_that_is_read_has_a_case():
    tested = {field.replace("[1]", "[0]") for field, _ in REFUSED}
    tested |= {field.removesuffix("[0]") for field in tested}
    fields = set(_leaves(pb.CheckRequest.DESCRIPTOR, ""))
    assert len(fields) > 30
    left = {f for f in fields - tested if not NO_BOUND_YET & set(f.split("."))}
    assert left == set()


def test_a_stream_is_read_by_the_same_rules():
    assert violations(pb.StreamCheckRequest()) == {"subjects": "is empty"}


def test_all_violations_are_told_at_once_up_to_a_bound():
    found = violations(request(*[person("...", birth_place=LONG)] * 2, language="de"))
    assert len(found) == 5
    many = request(*[person("...", birth_place=LONG, nationalities=[LONG] * 9)] * 10)
    assert len(violations(many)) == 20


def test_a_name_in_any_script_is_accepted():
    for name in ("李", "Мария", "محمد", "O Yong-ho", "Ng", "José"):
        assert read(request(person(name))).subjects[0].names[0].full == name


def test_initials_beside_a_document_are_accepted():
    asked = read(request(person("J. K.", documents=[record_pb2.Document(number="X1")])))
    assert asked.subjects[0].documents == (Document("X1"),)


def test_a_birth_is_read_from_its_text():
    (found,) = read(request(_born(raw="31.01.1970"))).subjects
    assert found.births[0].iso() == "1970-01-31"


def test_numbers_in_other_scripts_are_numbers():
    assert read(request(vehicle(plate="أ ب ج ١٢٣"))).subjects[0].plate


# Vehicles


@pytest.mark.parametrize(
    ("vin", "codes"),
    [
        ("1M8GDM9AXKP042788", []),
        ("1M8GDM9A1KP042788", ["VIN_CHECK_DIGIT"]),
        ("1M8GDM9A_KP04278", ["VIN_LENGTH"]),
    ],
)
def test_a_doubtful_vin_is_told_and_asked(vin, codes):
    asked = read(request(vehicle(vin=vin)))
    assert [notice.code for notice in asked.notices] == codes
    assert {notice.field for notice in asked.notices} <= {"subjects[0].vehicle.vin"}
    assert asked.subjects[0].vin == vin


# Zones


def test_a_zone_alone_is_a_person():
    asked = read(request(record_pb2.Subject(person=record_pb2.Person(mrz=ZONE))))
    (found,) = asked.subjects
    assert found.names[0].surname == "ERIKSSON"
    assert found.births[0].iso() == "1974-08-12"
    assert (found.sex, found.nationalities) == (Sex.FEMALE, ("UTO",))
    assert found.documents == (Document("L898902C3", "UTO", "PASSPORT"),)
    assert asked.notices == ()


def test_a_zone_with_an_unspecified_sex_says_nothing_of_it():
    zone = ZONE.replace("F1204159", "<1204159")
    (found,) = read(request(record_pb2.Subject(person=record_pb2.Person(mrz=zone)))).subjects
    assert found.sex is Sex.UNKNOWN


def test_fields_beside_a_zone_win_and_what_differs_is_told():
    subject = person(
        "Bo Other",
        births=[record_pb2.PartialDate(year=1980)],
        sex=record_pb2.SEX_MALE,
        nationalities=["D"],
        documents=[record_pb2.Document(number="X1", issuer="D")],
        mrz=ZONE,
    )
    asked = read(request(subject))
    (found,) = asked.subjects
    assert found == Person(
        (Name("Bo Other"),),
        (PartialDate(1980),),
        Sex.MALE,
        ("DEU",),
        documents=(Document("X1", "DEU"),),
    )
    fields = {n.field.removeprefix("subjects[0].person."): n.code for n in asked.notices}
    assert fields == dict.fromkeys(
        ("names", "births", "sex", "nationalities", "documents"), "MRZ_DIFFERS"
    )
    assert not any("Bo" in n.message or "1980" in n.message for n in asked.notices)


def test_fields_that_agree_with_the_zone_are_not_told():
    subject = person(
        "Anna Maria Eriksson",
        births=[record_pb2.PartialDate(year=1974, month=8, day=12)],
        sex=record_pb2.SEX_FEMALE,
        documents=[record_pb2.Document(number="L898902C3")],
        mrz=ZONE,
    )
    assert read(request(subject)).notices == ()


def test_a_wrong_check_digit_is_told_and_asked():
    zone = ZONE.replace("L898902C36", "L898902C37")
    asked = read(request(record_pb2.Subject(person=record_pb2.Person(mrz=zone))))
    assert {n.code for n in asked.notices} == {"MRZ_CHECK_DIGIT"}
    assert {n.field for n in asked.notices} == {"subjects[0].person.mrz"}
    assert asked.subjects[0].documents


def test_a_document_from_its_zone_and_fields_that_win():
    (found,) = read(request(document(mrz=ZONE))).subjects
    assert found == Document("L898902C3", "UTO", "PASSPORT")
    asked = read(request(document(number="X1", issuer="D", type="VISA", mrz=ZONE)))
    assert asked.subjects == (Document("X1", "DEU", "VISA"),)
    assert [n.field.rpartition(".")[2] for n in asked.notices] == ["number", "issuer", "type"]


def test_the_zone_of_a_document_of_a_person_is_read():
    (found,) = read(request(person(documents=[record_pb2.Document(mrz=ZONE)]))).subjects
    assert found.documents == (Document("L898902C3", "UTO", "PASSPORT"),)


# The digest


def test_the_digest_is_over_the_content_alone():
    base = request(justification="because")
    same = pb.CheckRequest()
    same.CopyFrom(base)
    same.query_id = "another"
    same.context.language = "ar"
    assert read(same).digest == read(base).digest
    for change in (
        lambda m: m.context.__setattr__("officer", "x"),
        lambda m: m.options.__setattr__("limit", 3),
        lambda m: m.subjects[0].person.__setattr__("mrz", ZONE),
        lambda m: m.subjects.append(person("Bo Other")),
    ):
        other = pb.CheckRequest()
        other.CopyFrom(base)
        change(other)
        assert read(other).digest != read(base).digest
    assert base.query_id


def test_no_context_is_the_same_as_an_empty_one():
    one = pb.CheckRequest(subjects=[person()])
    other = pb.CheckRequest(subjects=[person()], context=pb.Context())
    assert read(one).digest == read(other).digest


def test_a_stream_is_another_question():
    stream = pb.StreamCheckRequest(subjects=[person()])
    assert read(stream).digest != read(pb.CheckRequest(subjects=[person()])).digest


# Lists and records


def test_pages():
    page = requests.page(pb.ListSourcesRequest(page_size=5, page_token="a", filter="un"))
    assert (page.size, page.after, page.part, page.kind) == (5, "a", "un", "")
    page = requests.page(pb.ListSourcesRequest(filter="kind:un"))
    assert (page.size, page.part, page.kind) == (100, "", "un")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("page_size", pb.ListSourcesRequest(page_size=501)),
        ("page_size", pb.ListSourcesRequest(page_size=-1)),
        ("page_token", pb.ListSourcesRequest(page_token=LONG)),
        ("filter", pb.ListSourcesRequest(filter=LONG)),
    ],
)
def test_pages_have_bounds(field, message):
    with pytest.raises(InvalidQuery) as caught:
        requests.page(message)
    assert [v.field for v in caught.value.violations] == [field]


def test_a_wanted_record():
    message = pb.GetRecordRequest(source="un", record_id="r1", context=pb.Context(officer="o"))
    wanted = requests.wanted(message, agency="local")
    assert (wanted.source, wanted.record_id, wanted.context.officer) == ("un", "r1", "o")
    assert requests.wanted(message, agency="local").query_id != wanted.query_id


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (["source", "record_id"], pb.GetRecordRequest()),
        (["source"], pb.GetRecordRequest(source="x" * 257, record_id="r")),
        (["record_id"], pb.GetRecordRequest(source="x", record_id="r" * 257)),
        (
            ["context.officer"],
            pb.GetRecordRequest(source="x", record_id="r", context=pb.Context(officer=LONG)),
        ),
    ],
)
def test_a_wanted_record_has_bounds(fields, message):
    with pytest.raises(InvalidQuery) as caught:
        requests.wanted(message, agency="local")
    assert [v.field for v in caught.value.violations] == fields


def test_a_subject_sent_on_is_held_to_the_same_bounds():
    assert requests.read_subject(person()) == Person((Name("Ada Example"),))
    with pytest.raises(InvalidQuery, match=r"subjects\[0\]"):
        requests.read_subject(record_pb2.Subject())


# Anything at all

texts = st.one_of(
    st.text(max_size=40),
    st.text("<ABC123\n", max_size=140),
    st.sampled_from([ZONE, "UTO", "Ada Example", "J", "a\u0301" * 40, "\x00", "1970-13-99"]),
)
numbers = st.integers(-(2**31), 2**31 - 1)


def messages(kind, depth=0):
    """Any message of this kind that can travel."""
    fields = {}
    for field in kind.DESCRIPTOR.fields:
        value = _values(field, depth)
        if value is not None:
            fields[field.name] = st.lists(value, max_size=3) if field.is_repeated else value
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: _built(kind, given))


def _built(kind, given):
    chosen = dict(given)
    for oneof in kind.DESCRIPTOR.oneofs:
        names = [f.name for f in oneof.fields if f.name in chosen]
        for name in names[1:]:
            del chosen[name]
    return kind(**chosen)


def _values(field, depth):
    if field.message_type is not None:
        if depth > 4 or field.message_type.file.package != "lookup.v1":
            return None
        return messages(field.message_type._concrete_class, depth + 1)
    simple = {
        field.TYPE_STRING: texts,
        field.TYPE_BOOL: st.booleans(),
        field.TYPE_DOUBLE: st.floats(),
        field.TYPE_FLOAT: st.floats(width=32),
        field.TYPE_BYTES: st.binary(max_size=20),
    }
    return simple.get(field.type, st.integers(0, 20) if field.enum_type else numbers)


def attempt(message):
    """The subjects that were read, or the violations."""
    try:
        return read(message).subjects, ()
    except InvalidQuery as error:
        return (), error.violations


@settings(max_examples=300, deadline=None)
@given(messages(pb.CheckRequest))
def test_any_message_is_read_or_refused(message):
    message = pb.CheckRequest.FromString(message.SerializeToString())
    subjects, refused = attempt(message)
    assert len(subjects) == (0 if refused else len(message.subjects))
    assert len(refused) <= 20


@settings(max_examples=100, deadline=None)
@given(messages(record_pb2.Person))
def test_any_person_is_read_or_refused(found):
    subjects, refused = attempt(request(record_pb2.Subject(person=found)))
    assert all(v.field.startswith("subjects[0].person") for v in refused)
    assert all(subject.names or subject.documents for subject in subjects)
    assert len(subjects) == (not refused)
