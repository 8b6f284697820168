"""FollowTheMoney JSON Lines, as OpenSanctions publishes: what stands beside an entity joins it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.base import Garbled
from adapters.draft import Draft, clean, iso_of, nation, sex_of
from adapters.file_list import file_kind
from adapters.jsonlines import objects, texts
from adapters.listing import some
from adapters.rows import Rejected, Rows
from matching.record import Document, Kind, NameKind

MAX_BESIDE = 4_000_000
"""Most sanctions, documents and addresses that are held to be joined to their entities."""

_KINDS = {
    "Person": Kind.PERSON,
    "LegalEntity": Kind.UNKNOWN,
    "Company": Kind.ORGANISATION,
    "Organization": Kind.ORGANISATION,
    "PublicBody": Kind.ORGANISATION,
    "Vessel": Kind.VESSEL,
    "Airplane": Kind.AIRCRAFT,
}
_NAMES = {
    "name": NameKind.PRIMARY,
    "alias": NameKind.ALIAS,
    "weakAlias": NameKind.ALIAS,
    "previousName": NameKind.FORMER,
    "abbreviation": NameKind.ALIAS,
}
_NUMBERS = {
    "passportNumber": "PASSPORT",
    "idNumber": "NATIONAL_ID",
    "socialSecurityNumber": "NATIONAL_ID",
    "taxNumber": "TAX_ID",
    "innCode": "TAX_ID",
}
_CATEGORIES = (
    ("wanted", "WANTED"),
    ("sanction", "SANCTION"),
    ("crime", "CRIME"),
    ("debarment", "DEBARMENT"),
    ("export.control", "EXPORT_CONTROL"),
    ("role.pep", "PEP"),
)
_MAX_NUMBER = 64


def parse(path: Path) -> Rows:
    """Read entities about somebody; relations and payments are no records and are passed over.

    Two passes: the first keeps what stands beside entities (Sanction, Passport, Identification,
    Address), the second joins it. A LegalEntity may be a person and is of UNKNOWN kind.
    """
    return some(_rows(path), path.name)


@dataclass(frozen=True, slots=True)
class _Sanction:
    programmes: tuple[str, ...]
    authority: str
    listed: str
    reason: str


@dataclass(slots=True)
class _Beside:
    """What belongs to entities, by the id of its holder, or by its own for addresses."""

    sanctions: dict[str, list[_Sanction]] = field(default_factory=dict)
    documents: dict[str, list[Document]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    held: int = 0

    def add(self, entity: _Entity, holder: str = "") -> None:
        """Keep `entity` if it is one of those that stand beside others."""
        if entity.schema == "Sanction":
            for owner in entity.all("entity") or [holder]:
                self.sanctions.setdefault(owner, []).append(_sanction(entity))
                self.held += 1
        elif entity.schema in {"Passport", "Identification"}:
            for owner in entity.all("holder") or [holder]:
                self.documents.setdefault(owner, []).extend(_papers(entity))
                self.held += 1
        elif entity.schema == "Address":
            self.addresses[entity.id] = entity.one("full")
            self.held += 1


@dataclass(frozen=True, slots=True)
class _Entity:
    """One line: its values are lists of texts, or of entities where the file is nested."""

    id: str
    schema: str
    caption: str
    properties: dict[str, Any]

    def all(self, name: str) -> list[str]:
        return [found for text in texts(self.properties.get(name)) if (found := clean(text))]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def nested(self) -> Iterator[_Entity]:
        for values in self.properties.values():
            for value in values if isinstance(values, list) else ():
                if isinstance(value, dict) and (inner := _entity(value)) is not None:
                    yield inner


def _entity(found: dict[str, Any]) -> _Entity | None:
    parts = found.get("id"), found.get("schema"), found.get("properties")
    identity, schema, properties = parts
    if isinstance(identity, str) and isinstance(schema, str) and isinstance(properties, dict):
        caption = found.get("caption")
        named = clean(caption) if isinstance(caption, str) else ""
        return _Entity(identity, schema, named, properties)
    return None


def _rows(path: Path) -> Rows:
    beside = _collect(path)
    for item in objects(path):
        if isinstance(item, Rejected):
            yield item
            continue
        where, found = item
        entity = _entity(found)
        if entity is None:
            yield Rejected(where, "no entity: id, schema or properties are missing")
        elif entity.schema in _KINDS:
            yield from _record(where, entity, beside)


def _collect(path: Path) -> _Beside:
    beside = _Beside()
    for item in objects(path):
        entity = None if isinstance(item, Rejected) else _entity(item[1])
        if entity is not None:
            beside.add(entity)
        if beside.held > MAX_BESIDE:
            raise Garbled(f"{path.name}: more than {MAX_BESIDE} sanctions, documents and addresses")
    return beside


def _sanction(entity: _Entity) -> _Sanction:
    dates = sorted(entity.all("listingDate") or entity.all("startDate"))
    programmes = tuple(entity.all("programId") or entity.all("program"))
    return _Sanction(
        programmes, entity.one("authority"), iso_of(dates[0] if dates else ""), entity.one("reason")
    )


def _papers(entity: _Entity) -> Iterator[Document]:
    kind = "PASSPORT" if entity.schema == "Passport" else "OTHER"
    for number in dict.fromkeys(entity.all("number") + entity.all("passportNumber")):
        yield from _paper(number, kind, entity.one("country"))


def _paper(number: str, kind: str, country: str = "") -> Iterator[Document]:
    if any(letter.isalnum() for letter in number):
        yield Document(number[:_MAX_NUMBER], nation(country) if country else "", kind)


def _record(where: str, entity: _Entity, beside: _Beside) -> Rows:
    draft = Draft(entity.id, _KINDS[entity.schema], _category(entity), url=entity.one("sourceUrl"))
    inner = _Beside()
    for part in entity.nested():
        inner.add(part, entity.id)
    _names(draft, entity)
    _facts(draft, entity)
    for source in (beside, inner):
        _join(draft, entity, source)
    for text in inner.addresses.values():
        draft.address(text)
    if draft.names or draft.documents:
        yield from draft.rows(where)
    else:
        yield Rejected(where, "neither a name nor a document")


def _category(entity: _Entity) -> str:
    topics = entity.all("topics")
    for prefix, category in _CATEGORIES:
        if any(topic == prefix or topic.startswith(f"{prefix}.") for topic in topics):
            return category
    return ""


def _names(draft: Draft, entity: _Entity) -> None:
    """The caption is the name that the publisher chose to show: it comes first."""
    if entity.caption in entity.all("name"):
        draft.name(entity.caption, NameKind.PRIMARY)
    for name, kind in _NAMES.items():
        for text in entity.all(name):
            first = kind is NameKind.PRIMARY and not draft.names
            role = NameKind.ALIAS if kind is NameKind.PRIMARY and not first else kind
            draft.name(text, role, weak=name == "weakAlias")
    if not draft.names:
        draft.name(
            "", NameKind.PRIMARY, surname=entity.one("lastName"), given=entity.one("firstName")
        )


def _facts(draft: Draft, entity: _Entity) -> None:
    for date in entity.all("birthDate"):
        draft.birth(date)
    sexes = {sex_of(text) for text in entity.all("gender")}
    if len(sexes) == 1:
        draft.sex = sexes.pop()
    draft.nationality(*entity.all("nationality"), *entity.all("citizenship"))
    for place in entity.all("birthPlace"):
        draft.birth_place(place)
    for name, kind in _NUMBERS.items():
        for number in entity.all(name):
            for paper in _paper(number, kind):
                draft.document(paper)
    draft.programme(*entity.all("programId"))
    for text in entity.all("address"):
        draft.address(text)
    draft.remark(*entity.all("position"), *entity.all("notes"))


def _join(draft: Draft, entity: _Entity, beside: _Beside) -> None:
    sanctions = beside.sanctions.get(entity.id, ())
    for sanction in sanctions:
        draft.programme(*sanction.programmes)
        draft.remark(sanction.reason)
    draft.owner = draft.owner or next((s.authority for s in sanctions if s.authority), "")
    listed = sorted(sanction.listed for sanction in sanctions if sanction.listed)
    draft.entered = draft.entered or next(iter(listed), "")
    for paper in beside.documents.get(entity.id, ()):
        draft.document(paper)
    for address in entity.all("addressEntity"):
        draft.address(beside.addresses.get(address, ""))


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `ftm`."""
