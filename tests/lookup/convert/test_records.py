"""Records and subjects as messages and back: nothing is lost, nothing is misread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from lookup.convert import records
from lookup.v1 import record_pb2 as pb
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

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
many_texts = st.lists(texts, max_size=3).map(tuple)
names = st.builds(
    Name,
    texts,
    texts,
    texts,
    st.sampled_from(NameKind),
    st.sampled_from(Quality),
    texts,
    st.booleans(),
)
numbers = st.integers(0, 9999)
calendars = st.sampled_from(["gregorian", "hijri", "jalali", "buddhist"])
dates = st.builds(PartialDate, numbers, numbers, numbers, calendars, texts, numbers, st.booleans())
documents = st.builds(Document, texts, texts, texts)
vehicles = st.builds(Vehicle, *[texts] * 8)
people = st.builds(
    Person,
    st.lists(names, max_size=2).map(tuple),
    st.lists(dates, max_size=2).map(tuple),
    st.sampled_from(Sex),
    many_texts,
    texts,
    st.lists(documents, max_size=2).map(tuple),
)
whole = st.builds(
    Record,
    id=texts,
    kind=st.sampled_from(Kind),
    names=st.lists(names, max_size=2).map(tuple),
    births=st.lists(dates, max_size=2).map(tuple),
    sex=st.sampled_from(Sex),
    nationalities=many_texts,
    birth_places=many_texts,
    documents=st.lists(documents, max_size=2).map(tuple),
    vehicles=st.lists(vehicles, max_size=2).map(tuple),
    category=texts,
    owner=texts,
    programmes=many_texts,
    warnings=many_texts,
    addresses=many_texts,
    entered=texts,
    valid_until=texts,
    url=texts,
    remarks=texts,
)


def sent(message):
    return type(message).FromString(message.SerializeToString())


@given(whole)
def test_a_record_survives_the_journey(record):
    message = sent(records.record_message(record, "src"))
    assert message.source == "src"
    assert not message.HasField("as_of")
    assert records.record(message) == record


@given(st.one_of(people, vehicles, documents))
def test_a_subject_survives_the_journey(subject):
    assert records.subject(sent(records.subject_message(subject))) == subject


def test_an_empty_subject_is_none():
    assert records.subject(pb.Subject()) is None


def test_every_field_of_a_record_is_filled():
    full = Record(
        "r1",
        Kind.VEHICLE,
        (Name("n"),),
        (PartialDate(1),),
        Sex.OTHER,
        ("UTO",),
        ("p",),
        (Document("1"),),
        (Vehicle("v"),),
        "c",
        "o",
        ("g",),
        ("w",),
        ("a",),
        "e",
        "u",
        "l",
        "m",
    )
    message = records.record_message(full, "s", datetime(2026, 1, 1, tzinfo=UTC))
    filled = {field.name for field, _ in message.ListFields()}
    assert filled == {field.name for field in pb.Record.DESCRIPTOR.fields}


def test_values_of_a_later_version_have_a_safe_reading():
    assert records.kind(99) is Kind.UNKNOWN
    assert records.sex(99) is Sex.UNKNOWN
    name = records.name(pb.Name(full="x", kind=99, quality=99))
    assert (name.kind, name.quality) == (NameKind.UNSPECIFIED, Quality.STRONG)


def test_a_date_in_a_calendar_of_a_later_version_is_unknown():
    message = pb.PartialDate(year=1390, month=1, calendar=99, raw="1390-01")
    assert records.date(message) == PartialDate(raw="1390-01")
    assert records.date(pb.PartialDate(year=1970)).calendar == "gregorian"


moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda m: m.replace(tzinfo=UTC)
)


@given(moments)
def test_a_moment_survives_the_journey(moment):
    message = records.timestamp(moment)
    assert abs(records.moment(message) - moment) < timedelta(milliseconds=1)
    assert 0 <= message.nanos < 10**9
    json_format.MessageToJson(message)


def test_a_moment_in_another_zone_is_the_same_moment():
    moment = datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    assert records.moment(records.timestamp(moment)) == datetime(2026, 1, 1, tzinfo=UTC)


def test_no_moment_is_none():
    assert records.timestamp(None) is None


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
def test_any_message_is_a_moment_that_can_be_sent_on(seconds, nanos):
    moment = records.moment(Timestamp(seconds=seconds, nanos=nanos))
    assert moment.utcoffset() == timedelta()
    json_format.MessageToJson(records.timestamp(moment))


@pytest.mark.parametrize("seconds", [0.0, 0.25, 59.999_999_9, 3600.0])
def test_a_duration(seconds):
    message = records.duration(seconds)
    assert abs(message.seconds + message.nanos / 1e9 - seconds) < 1e-6
    assert isinstance(message, Duration)
    assert 0 <= message.nanos < 10**9
