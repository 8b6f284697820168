"""From the words of a command line or the columns of a manifest to subjects of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lookup.client import Document, PartialDate, Person, Sex, Subject

Fields = Mapping[str, Sequence[str]]
"""Values by the name of their field, see `FIELDS`; a field may have several."""

PERSON = ("name", "surname", "given", "birth", "sex", "nationality", "birth_place")
DOCUMENT = ("document_number", "document_issuer", "document_type")
VEHICLE = ("vin", "plate", "plate_country", "engine_number", "make", "model", "colour", "type")
FIELDS = (*PERSON, *DOCUMENT, "mrz", *VEHICLE)

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SEX = {"F": "SEX_FEMALE", "M": "SEX_MALE", "X": "SEX_OTHER"}
_UNSAID = {"", "U", "<"}
_BEARER = ("name", "surname", "given", "mrz")
_MOVING = ("vin", "plate", "engine_number")
_IDENTIFYING = (*_BEARER, "document_number", *_MOVING)


class BadField(ValueError):
    """A value that cannot be used; the message names the field and what is accepted."""


def subjects_of(fields: Fields, *, bearer: bool = False) -> list[Subject]:
    """The subjects of one encounter: a bearer, the document, a vehicle, as far as given.

    Documents that a person carries belong to the person; the gateway asks lists of stolen documents
    about them all the same. With `bearer` a document alone stands for its holder. `BadField` if
    nothing identifies anything.
    """
    from lookup.client import Subject, Vehicle

    given = {name for name, values in fields.items() if any(map(str.strip, values))}
    if not given.intersection(_IDENTIFYING):
        raise BadField(f"one of {', '.join(_IDENTIFYING)} is needed")
    subjects = []
    documents = _documents(fields)
    mrz = "\n".join(fields.get("mrz", ())).strip()
    if bearer or given.intersection((*PERSON, "mrz")):
        subjects.append(Subject(person=_person(fields, documents, mrz)))
    else:
        subjects += [Subject(document=document) for document in documents]
    if given.intersection(_MOVING):
        subjects.append(Subject(vehicle=Vehicle(**{name: _one(fields, name) for name in VEHICLE})))
    return subjects


def _person(fields: Fields, documents: Sequence[Document], mrz: str) -> Person:
    from lookup.client import Name, Person

    names = [Name(full=full.strip()) for full in _given(fields, "name")]
    surname, given = _one(fields, "surname"), _one(fields, "given")
    if surname or given:
        names.append(Name(surname=surname, given=given))
    return Person(
        names=names,
        births=[partial_date(text) for text in _given(fields, "birth")],
        sex=_sex(_one(fields, "sex")),
        nationalities=[code.strip().upper() for code in _given(fields, "nationality")],
        birth_place=_one(fields, "birth_place"),
        documents=documents,
        mrz=mrz,
    )


def _documents(fields: Fields) -> list[Document]:
    from lookup.client import Document

    numbers = fields.get("document_number", ())
    issuers = [*fields.get("document_issuer", ()), *[""] * len(numbers)]
    types = [*fields.get("document_type", ()), *[""] * len(numbers)]
    return [
        Document(number=number.strip(), issuer=issuer.strip().upper(), type=kind.strip().upper())
        for number, issuer, kind in zip(numbers, issuers, types, strict=False)
        if number.strip()
    ]


def partial_date(text: str) -> PartialDate:
    """`1970-01-31`, `1970-01` or `1970`; unknown parts may be 00; `BadField` for anything else."""
    from lookup.client import PartialDate

    found = _DATE.fullmatch(text.strip())
    year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not year or month > 12 or day > 31 or (day and not month):
        raise BadField(f"birth: {text!r} is not a date like 1970-01-31, 1970-01 or 1970")
    return PartialDate(year=year, month=month, day=day, raw=text.strip())


def document_parts(text: str) -> tuple[str, str]:
    """`NUMBER/ISSUER` or `NUMBER` alone; numbers may hold a slash themselves."""
    number, slash, issuer = text.rpartition("/")
    number, issuer = (number, issuer) if slash else (issuer, "")
    if not number.strip():
        raise BadField(f"document: {text!r} is not NUMBER/ISSUER")
    return number.strip(), issuer.strip()


def _sex(text: str) -> Sex.ValueType:
    from lookup.client import Sex

    letter = text.strip().upper()
    if letter not in _SEX and letter not in _UNSAID:
        raise BadField(f"sex: {text!r} is not F, M or X")
    return Sex.Value(_SEX.get(letter, "SEX_UNSPECIFIED"))


def _given(fields: Fields, name: str) -> list[str]:
    return [value for value in fields.get(name, ()) if value.strip()]


def _one(fields: Fields, name: str) -> str:
    values = _given(fields, name)
    if len(values) > 1:
        raise BadField(f"{name}: only one value is possible")
    return values[0].strip() if values else ""
