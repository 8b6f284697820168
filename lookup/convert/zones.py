"""Machine-readable zones of a request: fields beside them win, every difference is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from lookup.convert.bounds import Bounds
from matching import mrz
from matching.identifiers import canonical_number, country_code
from matching.names import name_tokens
from matching.record import Document, Person, Sex

Said = Iterable[str]
Asked = TypeVar("Asked", Person, Document)


def read_person_zone(bounds: Bounds, path: str, text: str, person: Person) -> Person:
    """The person with everything that the zone says and the fields do not."""
    zone = _read(bounds, f"{path}.mrz", text)
    return person if zone is None else _completed(bounds, path, person, _bearer(zone), _PERSON)


def read_document_zone(bounds: Bounds, path: str, text: str, document: Document) -> Document:
    """The document with what the zone says and the fields do not."""
    zone = _read(bounds, f"{path}.mrz", text)
    return document if zone is None else _completed(bounds, path, document, _paper(zone), _DOCUMENT)


def _completed(
    bounds: Bounds,
    path: str,
    given: Asked,
    read: Asked,
    fields: Mapping[str, Callable[[Asked], Said]],
) -> Asked:
    """Empty fields of `given` filled from `read`; a field in which nothing agrees is noted.

    The note names the field, never the values.
    """
    empty = {field: getattr(read, field) for field in fields if not getattr(given, field)}
    for field, said in fields.items():
        ours, theirs = set(said(given)), set(said(read))
        if ours and theirs and not ours & theirs:
            message = f"{field} given beside the mrz differs from it and was used"
            bounds.tell("MRZ_DIFFERS", f"{path}.{field}", message)
    return replace(given, **empty)


def _bearer(zone: mrz.Mrz) -> Person:
    nationality = country_code(zone.nationality) or zone.nationality
    document = _paper(zone)
    return Person(
        names=(zone.person_name(),) if zone.name.surname or zone.name.given else (),
        births=zone.birth.readings,
        sex=Sex.UNKNOWN if zone.sex == "X" else Sex(zone.sex),
        nationalities=(nationality,) if nationality else (),
        documents=(document,) if document.number else (),
    )


def _paper(zone: mrz.Mrz) -> Document:
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


def _words(person: Person) -> Said:
    return (form for n in person.names for token in name_tokens(n) for form in token.forms)


_PERSON: Mapping[str, Callable[[Person], Said]] = {
    "names": _words,
    "births": lambda person: (birth.iso() for birth in person.births),
    "sex": lambda person: filter(None, [person.sex]),
    "nationalities": lambda person: person.nationalities,
    "documents": lambda person: (canonical_number(d.number) for d in person.documents),
}
_DOCUMENT: Mapping[str, Callable[[Document], Said]] = {
    "number": lambda document: filter(None, [canonical_number(document.number)]),
    "issuer": lambda document: filter(None, [document.issuer]),
    "type": lambda document: filter(None, [document.type]),
}
