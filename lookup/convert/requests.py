"""Requests become checked domain values; everything a caller may send has a bound here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, date, datetime

from lookup.catalogue import Page, Wanted
from lookup.convert import records
from lookup.convert.bounds import MAX_MRZ, MAX_SUBJECTS, Bounds
from lookup.convert.zones import read_document_zone, read_person_zone
from lookup.encounter import Asked, Context, Options, Priority
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2
from matching.dates import parse_date
from matching.identifiers import country_code
from matching.names import Role, name_tokens
from matching.record import Document, Name, PartialDate, Person, Subject, Vehicle
from matching.vehicle import check_vin

MAX_HITS = 100
MAX_NAMED = 500
_LANGUAGES = ("", "ar", "en", "fr", "es")
_PURPOSES = {value: name.removeprefix("PURPOSE_") for name, value in pb.Purpose.items()}
_TRAFFIC = {value: name.removeprefix("TRAFFIC_") for name, value in pb.Traffic.items()}
_PRIORITIES = {
    pb.PRIORITY_EMERGENCY: Priority.EMERGENCY,
    pb.PRIORITY_BATCH: Priority.BATCH,
}


def check(
    message: pb.CheckRequest | pb.StreamCheckRequest, *, agency: str, today: date | None = None
) -> Asked:
    """A check of one encounter; `InvalidQuery` names every field that cannot be accepted."""
    bounds = Bounds(today or datetime.now(UTC).date())
    reading = _Reading(bounds)
    query_id = bounds.query_id("query_id", message.query_id)
    asked = Asked(
        query_id=query_id or uuid.uuid4().hex,
        subjects=reading.subjects(message.subjects),
        digest=_digest(message),
        agency=agency,
        context=context(bounds, message.context),
        options=_options(bounds, message.options),
        notices=tuple(bounds.notices),
    )
    bounds.finish()
    return asked


def read_subject(message: record_pb2.Subject) -> Subject:
    """One subject that a gateway sends on, with the bounds of every request."""
    bounds = Bounds(datetime.now(UTC).date())
    subjects = _Reading(bounds).subjects([message])
    bounds.finish()
    return subjects[0]


def page(message: pb.ListSourcesRequest) -> Page:
    """Which part of the list of sources."""
    bounds = Bounds(date.min)
    bounds.between("page_size", message.page_size, 0, 500)
    after = bounds.word("page_token", message.page_token)
    part = bounds.word("filter", message.filter)
    bounds.finish()
    kind = part.removeprefix("kind:") if part.startswith("kind:") else ""
    return Page(message.page_size or 100, after, "" if kind else part, kind)


def wanted(message: pb.GetRecordRequest, *, agency: str) -> Wanted:
    """One record of one source."""
    bounds = Bounds(date.min)
    for field in ("source", "record_id"):
        if not getattr(message, field):
            bounds.refuse(field, "is empty")
        bounds.text(field, getattr(message, field), 256)
    asker = context(bounds, message.context)
    bounds.finish()
    query_id = f"record-{uuid.uuid4().hex}"
    digest = hashlib.sha256(query_id.encode()).digest()
    return Wanted(message.source, message.record_id, query_id, digest, agency, asker)


def _digest(message: pb.CheckRequest | pb.StreamCheckRequest) -> bytes:
    """Over the content: the id names it, and the language changes only its wording."""
    copy = deepcopy(message)
    copy.query_id = ""
    copy.context.language = ""
    content = copy.SerializeToString(deterministic=True)
    return hashlib.sha256(message.DESCRIPTOR.name.encode() + b"\0" + content).digest()


def context(bounds: Bounds, message: pb.Context) -> Context:
    """Who asks and why."""
    if message.language not in _LANGUAGES:
        bounds.refuse("context.language", "is ar, en, fr or es")
    return Context(
        purpose=_PURPOSES.get(message.purpose, "UNSPECIFIED"),
        justification=bounds.text("context.justification", message.justification),
        case_reference=bounds.word("context.case_reference", message.case_reference),
        officer=bounds.word("context.officer", message.officer),
        on_behalf_of=bounds.word("context.on_behalf_of", message.on_behalf_of),
        location=bounds.word("context.location", message.location),
        event_id=bounds.word("context.event_id", message.event_id),
        language=message.language or "en",
        priority=_PRIORITIES.get(message.priority, Priority.BORDER),
        traffic=_TRAFFIC.get(message.traffic or pb.TRAFFIC_ACTUAL, "UNSPECIFIED"),
        journey=_journey(bounds, message),
        contact_window=_times(message.contact_window, "start", "end"),
    )


def _journey(bounds: Bounds, message: pb.Context) -> tuple[str, ...]:
    journey = message.journey
    said = tuple(
        bounds.word(f"context.journey.{field}", getattr(journey, field))
        for field in ("carrier", "number", "origin", "destination")
    )
    times = _times(journey, "departure", "arrival")
    return (*said, *times) if any(said) or times else ()


def _times(message: pb.Journey | pb.TimeWindow, *fields: str) -> tuple[str, ...]:
    """The times of a message in ISO 8601, empty ones empty; nothing where none is given."""
    given = [message.HasField(field) for field in fields]  # type: ignore[arg-type]
    if not any(given):
        return ()
    return tuple(
        records.moment(getattr(message, field)).isoformat() if there else ""
        for field, there in zip(fields, given, strict=True)
    )


def _options(bounds: Bounds, message: pb.Options) -> Options:
    bounds.between("options.limit", message.limit, 0, MAX_HITS)
    bounds.between("options.threshold", message.threshold, 0, 1)
    bounds.count("options.sources", message.sources, MAX_NAMED)
    named = enumerate(message.sources[:MAX_NAMED])
    return Options(
        sources=tuple(bounds.word(f"options.sources[{i}]", name) for i, name in named),
        limit=message.limit or 10,
        threshold=message.threshold,
        explain=message.explain,
    )


def _is_initials(name: Name) -> bool:
    return {token.role for token in name_tokens(name)} == {Role.INITIAL}


class _Reading:
    """Reads the subjects of one request."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    def subjects(self, given: Sequence[record_pb2.Subject]) -> tuple[Subject, ...]:
        """All subjects, 1 to 10."""
        if not given:
            self._bounds.refuse("subjects", "is empty")
        if not self._bounds.count("subjects", given, MAX_SUBJECTS):
            return ()
        return tuple(self._subject(f"subjects[{i}]", m) for i, m in enumerate(given))

    def _subject(self, path: str, message: record_pb2.Subject) -> Subject:
        which = message.WhichOneof("subject")
        if which == "vehicle":
            return self._vehicle(f"{path}.vehicle", message.vehicle)
        if which == "document":
            return self._document_asked(f"{path}.document", message.document)
        if which is None:
            self._bounds.refuse(path, "is empty: give a person, a vehicle or a document")
            return Person()
        return self._person(f"{path}.person", message.person)

    def _vehicle(self, path: str, message: record_pb2.Vehicle) -> Vehicle:
        for field in ("plate", "engine_number"):
            self._bounds.number(f"{path}.{field}", getattr(message, field))
        for field in ("plate_country", "make", "model", "colour", "type"):
            self._bounds.word(f"{path}.{field}", getattr(message, field))
        if not (message.vin.strip() or message.plate.strip() or message.engine_number.strip()):
            self._bounds.refuse(path, "needs vin, plate or engine_number")
        vin = self._bounds.number(f"{path}.vin", message.vin)
        for warning in check_vin(vin).warnings if vin else ():
            self._bounds.tell(f"VIN_{warning.upper()}", f"{path}.vin", "read with care")
        return records.vehicle(message)

    def _document_asked(self, path: str, message: record_pb2.Document) -> Document:
        document = self._document(path, message)
        if message.mrz:
            zone = self._bounds.text(f"{path}.mrz", message.mrz, MAX_MRZ)
            document = read_document_zone(self._bounds, path, zone, document)
        if not document.number:
            self._bounds.refuse(f"{path}.number", "is empty")
        return document

    def _document(self, path: str, message: record_pb2.Document) -> Document:
        number = self._bounds.number(f"{path}.number", message.number)
        issuer = self._bounds.word(f"{path}.issuer", message.issuer)
        kind = self._bounds.word(f"{path}.type", message.type)
        return Document(number, country_code(issuer) or issuer.strip().upper(), kind.upper())

    def _person(self, path: str, message: record_pb2.Person) -> Person:
        person = Person(
            names=self._names(f"{path}.names", message),
            births=self._births(f"{path}.births", message),
            sex=records.sex(message.sex),
            nationalities=self._nationalities(f"{path}.nationalities", message),
            birth_place=self._bounds.word(f"{path}.birth_place", message.birth_place),
            documents=self._documents(f"{path}.documents", message),
        )
        if message.mrz:
            zone = self._bounds.text(f"{path}.mrz", message.mrz, MAX_MRZ)
            person = read_person_zone(self._bounds, path, zone, person)
        if not person.names and not person.documents:
            self._bounds.refuse(path, "needs a name, a document or an mrz")
        elif not person.documents and all(map(_is_initials, person.names)):
            self._bounds.refuse(f"{path}.names", "are initials only: they would find nobody")
        return person

    def _names(self, path: str, message: record_pb2.Person) -> tuple[Name, ...]:
        if not self._bounds.count(path, message.names):
            return ()
        found = []
        for i, name in enumerate(message.names):
            for field in ("full", "surname", "given"):
                self._bounds.name(f"{path}[{i}].{field}", getattr(name, field))
            self._bounds.word(f"{path}[{i}].script", name.script)
            found.append(records.name(name))
            if not name.full:
                self._bounds.name(f"{path}[{i}]", found[-1].text())
            if not found[-1].text().strip():
                self._bounds.refuse(f"{path}[{i}]", "is empty")
            elif not name_tokens(found[-1]):
                self._bounds.refuse(f"{path}[{i}]", "has no letter and no digit")
        return tuple(found)

    def _births(self, path: str, message: record_pb2.Person) -> tuple[PartialDate, ...]:
        if not self._bounds.count(path, message.births):
            return ()
        return tuple(self._birth(f"{path}[{i}]", b) for i, b in enumerate(message.births))

    def _birth(self, path: str, message: record_pb2.PartialDate) -> PartialDate:
        self._bounds.between(f"{path}.year", message.year, 0, 9999)
        self._bounds.between(f"{path}.year_to", message.year_to, 0, 9999)
        self._bounds.between(f"{path}.month", message.month, 0, 12)
        self._bounds.between(f"{path}.day", message.day, 0, 31)
        raw = self._bounds.word(f"{path}.raw", message.raw)
        if message.calendar not in records.CALENDARS:
            self._bounds.refuse(f"{path}.calendar", "is not known")
        if message.year or message.month or message.day:
            return records.date(message)
        parsed = parse_date(raw)
        if parsed is None:
            self._bounds.refuse(path, "needs a year, or a raw text that is a date")
            return PartialDate()
        return parsed

    def _nationalities(self, path: str, message: record_pb2.Person) -> tuple[str, ...]:
        if not self._bounds.count(path, message.nationalities):
            return ()
        return tuple(
            self._nationality(f"{path}[{i}]", text) for i, text in enumerate(message.nationalities)
        )

    def _nationality(self, path: str, text: str) -> str:
        word = self._bounds.word(path, text)
        code = country_code(word)
        if not code:
            self._bounds.tell("NATIONALITY_UNKNOWN", path, "is no country that is known here")
        return code or word.strip().upper()

    def _documents(self, path: str, message: record_pb2.Person) -> tuple[Document, ...]:
        if not self._bounds.count(path, message.documents):
            return ()
        given = enumerate(message.documents)
        return tuple(self._document_asked(f"{path}[{i}]", each) for i, each in given)
