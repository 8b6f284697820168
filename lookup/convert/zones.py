"""Machine-readable zones of a request: fields beside them win, every difference is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lookup.convert.bounds import Bounds
from matching import mrz
from matching.identifiers import canonical_number, country_code
from matching.names import name_tokens
from matching.record import Document, Name, Person, Sex


def read_person_zone(bounds: Bounds, path: str, text: str, person: Person) -> Person:
    """The person with everything that the zone says and the fields do not."""
    zone = _read(bounds, f"{path}.mrz", text)
    if zone is None:
        return person
    tell = _Differences(bounds, path)
    nationality = country_code(zone.nationality) or zone.nationality
    sex = Sex.UNKNOWN if zone.sex == "X" else Sex(zone.sex)
    births = zone.birth.readings
    tell.check("names", _words(person.names), _words([zone.person_name()]))
    tell.check("births", [b.iso() for b in person.births], [b.iso() for b in births])
    tell.check("sex", [person.sex] if person.sex else [], [sex] if sex else [])
    tell.check("nationalities", person.nationalities, [nationality] if nationality else [])
    document = _document(zone)
    given = [canonical_number(d.number) for d in person.documents]
    tell.check("documents", given, [canonical_number(document.number)] if document.number else [])
    return Person(
        names=person.names
        or ((zone.person_name(),) if zone.name.surname or zone.name.given else ()),
        births=person.births or births,
        sex=person.sex or sex,
        nationalities=person.nationalities or ((nationality,) if nationality else ()),
        birth_place=person.birth_place,
        documents=person.documents or ((document,) if document.number else ()),
    )


def read_document_zone(bounds: Bounds, path: str, text: str, document: Document) -> Document:
    """The document with what the zone says and the fields do not."""
    zone = _read(bounds, f"{path}.mrz", text)
    if zone is None:
        return document
    tell = _Differences(bounds, path)
    read = _document(zone)
    numbers = [canonical_number(document.number)] if document.number else []
    tell.check("number", numbers, [canonical_number(read.number)])
    tell.check("issuer", [document.issuer] if document.issuer else [], [read.issuer])
    tell.check("type", [document.type] if document.type else [], [read.type] if read.type else [])
    return Document(
        document.number or read.number, document.issuer or read.issuer, document.type or read.type
    )


def _words(names: Iterable[Name]) -> list[str]:
    return [form for name in names for token in name_tokens(name) for form in token.forms]


def _document(zone: mrz.Mrz) -> Document:
    document = zone.document()
    return replace(document, issuer=country_code(document.issuer) or document.issuer)


def _read(bounds: Bounds, path: str, text: str) -> mrz.Mrz | None:
    try:
        zone = mrz.parse(text, bounds.today)
    except mrz.MrzError as error:
        bounds.refuse(path, str(error))
        return None
    for field in zone.failed:
        bounds.tell("MRZ_CHECK_DIGIT", path, f"wrong check digit of {field}")
    for repair in zone.repairs:
        bounds.tell("MRZ_REPAIRED", path, f"confusable character read otherwise in {repair.field}")
    return zone


class _Differences:
    """Notes a field that says something else than the zone."""

    def __init__(self, bounds: Bounds, path: str) -> None:
        self._bounds = bounds
        self._path = path

    def check(self, field: str, given: Iterable[str], read: Iterable[str]) -> None:
        """Note the field if both say something and nothing agrees; never the values."""
        ours, theirs = set(given), set(read)
        if ours and theirs and not ours & theirs:
            message = f"{field} given beside the mrz differs from it and was used"
            self._bounds.tell("MRZ_DIFFERS", f"{self._path}.{field}", message)
