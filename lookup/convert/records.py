"""Records and subjects between messages and domain objects, in both directions."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

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
    Subject,
    Vehicle,
)

_KINDS: dict[Kind, pb.SubjectKind.ValueType] = {
    kind: pb.SubjectKind.Value(f"SUBJECT_KIND_{kind.name}") for kind in Kind
}
_KINDS_BACK: dict[int, Kind] = {value: kind for kind, value in _KINDS.items()}
_SEXES: dict[Sex, pb.Sex.ValueType] = {
    Sex.UNKNOWN: pb.SEX_UNSPECIFIED,
    Sex.FEMALE: pb.SEX_FEMALE,
    Sex.MALE: pb.SEX_MALE,
    Sex.OTHER: pb.SEX_OTHER,
}
_SEXES_BACK: dict[int, Sex] = {value: sex for sex, value in _SEXES.items()}
_NAME_KINDS: dict[NameKind, pb.NameKind.ValueType] = {
    kind: pb.NameKind.Value(f"NAME_KIND_{kind.name}") for kind in NameKind
}
_NAME_KINDS_BACK: dict[int, NameKind] = {value: kind for kind, value in _NAME_KINDS.items()}
_CALENDARS = {
    "gregorian": pb.CALENDAR_GREGORIAN,
    "hijri": pb.CALENDAR_HIJRI,
    "jalali": pb.CALENDAR_JALALI,
    "buddhist": pb.CALENDAR_BUDDHIST,
}
_CALENDARS_BACK: dict[int, str] = {value: name for name, value in _CALENDARS.items()}
CALENDARS = frozenset({pb.CALENDAR_UNSPECIFIED, *_CALENDARS_BACK})


def timestamp(moment: datetime | None) -> Timestamp | None:
    """A moment as a message; None stays None."""
    if moment is None:
        return None
    seconds, rest = divmod(round(moment.timestamp() * 1_000_000), 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def moment(message: Timestamp) -> datetime:
    """A message as a moment in UTC; beyond the years 1 to 9999 the nearest."""
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        return _LATEST if message.seconds > 0 else _EPOCH


_EPOCH = datetime.fromtimestamp(0, UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def duration(seconds: float) -> Duration:
    """A span in seconds as a message."""
    whole, rest = divmod(round(seconds * 1_000_000), 1_000_000)
    return Duration(seconds=whole, nanos=rest * 1000)


def kind_message(kind: Kind) -> pb.SubjectKind.ValueType:
    """A kind as a message value."""
    return _KINDS[kind]


def kind(value: int) -> Kind:
    """A message value as a kind; values that are not known are UNKNOWN."""
    return _KINDS_BACK.get(value, Kind.UNKNOWN)


def name_message(name: Name) -> pb.Name:
    """A name as a message."""
    weak = name.quality is Quality.WEAK
    return pb.Name(
        full=name.full,
        surname=name.surname,
        given=name.given,
        kind=_NAME_KINDS[name.kind],
        quality=pb.NAME_QUALITY_WEAK if weak else pb.NAME_QUALITY_STRONG,
        script=name.script,
        may_be_truncated=name.may_be_truncated,
    )


def name(message: pb.Name) -> Name:
    """A message as a name."""
    return Name(
        full=message.full,
        surname=message.surname,
        given=message.given,
        kind=_NAME_KINDS_BACK.get(message.kind, NameKind.UNSPECIFIED),
        quality=Quality.WEAK if message.quality == pb.NAME_QUALITY_WEAK else Quality.STRONG,
        script=message.script,
        may_be_truncated=message.may_be_truncated,
    )


def date_message(date: PartialDate) -> pb.PartialDate:
    """A date as a message."""
    return pb.PartialDate(
        year=date.year,
        month=date.month,
        day=date.day,
        calendar=_CALENDARS[date.calendar],
        raw=date.raw,
        year_to=date.year_to,
        approximate=date.approximate,
    )


def date(message: pb.PartialDate) -> PartialDate:
    """A message as a date; in a calendar that is not known its parts mean nothing."""
    if message.calendar not in CALENDARS:
        return PartialDate(raw=message.raw)
    return PartialDate(
        year=message.year,
        month=message.month,
        day=message.day,
        calendar=_CALENDARS_BACK.get(message.calendar, "gregorian"),
        raw=message.raw,
        year_to=message.year_to,
        approximate=message.approximate,
    )


def document_message(document: Document) -> pb.Document:
    """A document as a message."""
    return pb.Document(type=document.type, number=document.number, issuer=document.issuer)


def document(message: pb.Document) -> Document:
    """A message as a document; its MRZ is not read here."""
    return Document(message.number, message.issuer, message.type)


_VEHICLE = ("vin", "plate", "plate_country", "engine_number", "make", "model", "colour", "type")


def vehicle_message(vehicle: Vehicle) -> pb.Vehicle:
    """A vehicle as a message."""
    return pb.Vehicle(**{field: getattr(vehicle, field) for field in _VEHICLE})


def vehicle(message: pb.Vehicle) -> Vehicle:
    """A message as a vehicle."""
    return Vehicle(**{field: getattr(message, field) for field in _VEHICLE})


def sex(value: int) -> Sex:
    """A message value as a sex."""
    return _SEXES_BACK.get(value, Sex.UNKNOWN)


def subject_message(subject: Subject) -> pb.Subject:
    """A subject as a message."""
    if isinstance(subject, Vehicle):
        return pb.Subject(vehicle=vehicle_message(subject))
    if isinstance(subject, Document):
        return pb.Subject(document=document_message(subject))
    person = pb.Person(
        names=[name_message(n) for n in subject.names],
        births=[date_message(b) for b in subject.births],
        sex=_SEXES[subject.sex],
        nationalities=subject.nationalities,
        birth_place=subject.birth_place,
        documents=[document_message(d) for d in subject.documents],
    )
    return pb.Subject(person=person)


def subject(message: pb.Subject) -> Subject | None:
    """A message as a subject, unchecked; None if it is empty."""
    which = message.WhichOneof("subject")
    if which == "vehicle":
        return vehicle(message.vehicle)
    if which == "document":
        return document(message.document)
    return _person(message.person) if which == "person" else None


def _person(message: pb.Person) -> Person:
    return Person(
        names=tuple(name(n) for n in message.names),
        births=tuple(date(b) for b in message.births),
        sex=sex(message.sex),
        nationalities=tuple(message.nationalities),
        birth_place=message.birth_place,
        documents=tuple(document(d) for d in message.documents),
    )


def record_message(record: Record, source: str = "", as_of: datetime | None = None) -> pb.Record:
    """A record of `source` as a message."""
    return pb.Record(
        source=source,
        record_id=record.id,
        owner=record.owner,
        kind=_KINDS[record.kind],
        category=record.category,
        names=[name_message(n) for n in record.names],
        births=[date_message(b) for b in record.births],
        sex=_SEXES[record.sex],
        nationalities=record.nationalities,
        birth_places=record.birth_places,
        documents=[document_message(d) for d in record.documents],
        vehicles=[vehicle_message(v) for v in record.vehicles],
        programmes=record.programmes,
        warnings=record.warnings,
        addresses=record.addresses,
        entered=record.entered,
        valid_until=record.valid_until,
        url=record.url,
        remarks=record.remarks,
        as_of=timestamp(as_of),
    )


def record(message: pb.Record) -> Record:
    """A message as a record."""
    return Record(
        id=message.record_id,
        kind=kind(message.kind),
        names=tuple(name(n) for n in message.names),
        births=tuple(date(b) for b in message.births),
        sex=sex(message.sex),
        nationalities=tuple(message.nationalities),
        birth_places=tuple(message.birth_places),
        documents=tuple(document(d) for d in message.documents),
        vehicles=tuple(vehicle(v) for v in message.vehicles),
        category=message.category,
        owner=message.owner,
        programmes=tuple(message.programmes),
        warnings=tuple(message.warnings),
        addresses=tuple(message.addresses),
        entered=message.entered,
        valid_until=message.valid_until,
        url=message.url,
        remarks=message.remarks,
    )
