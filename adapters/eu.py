"""The European Union's financial sanctions files: XML 1.1, and the CSV of one row a fact."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from lxml import etree

from adapters.base import Garbled
from adapters.draft import Draft, clean, distinct, iso_of, sex_of
from adapters.file_list import file_kind
from adapters.listing import elements, lines, local, opened, some
from adapters.papers import document, kind_of_document
from adapters.rows import Rejected, Rows
from matching.record import Kind, NameKind

MAX_ENTITIES = 200_000
"""Most entities of a CSV, which are held together until its end."""
_ROOT, _TAGS = "export", frozenset({"sanctionEntity"})
_KINDS = {
    "person": Kind.PERSON,
    "p": Kind.PERSON,
    "enterprise": Kind.ORGANISATION,
    "e": Kind.ORGANISATION,
}
_NOBODY = frozenset({"", "00", "unknown", "n/a", "-"})
_CALENDARS = {"ISLAMIC": "AH", "HIJRI": "AH", "PERSIAN": "SH", "JALALI": "SH", "BUDDHIST": "BE"}
_NEEDED = frozenset({"Entity_logical_id", "Subject_type", "Naal_wholename", "EU_ref_num"})

_Row = Mapping[str, str]


def parse(path: Path) -> Rows:
    """The entities of the list, from XML 1.1 or the CSV, plain or gzip; the file itself tells.

    The id is the EU reference number ("EU.1234.56"), the logical id where there is none. A CSV
    that an export wrapped in quotes and padded with tabs is unwrapped, and the tabs inside its
    values are commas again. Names that the CSV lost to question marks are left out.
    """
    stream = opened(path)
    try:
        start = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    finally:
        stream.close()
    rows = _xml(path) if start.startswith(b"<") else _csv(path)
    return distinct(some(rows, path.name))


def _xml(path: Path) -> Rows:
    for element in elements(path, _ROOT, _TAGS):
        yield from _entity(element)


def _entity(element: etree._Element) -> Rows:
    found = element.attrib
    reference = clean(found.get("euReferenceNumber")) or clean(found.get("logicalId"))
    where = f"logicalId {clean(found.get('logicalId')) or '?'}"
    draft = Draft(reference, Kind.UNKNOWN, owner="EU", entered=iso_of(found.get("designationDate")))
    draft.remark(found.get("designationDetails"))
    if clean(found.get("unitedNationId")):
        draft.remark(f"UN reference {found.get('unitedNationId')}")
    for child in element:
        read = _READERS.get(local(child))
        if read is not None:
            read(draft, {str(key): str(value) for key, value in child.attrib.items()})
        _asides(draft, child)
    yield from _finished(draft, where)


def _finished(draft: Draft, where: str) -> Rows:
    if not draft.id:
        yield Rejected(where, "no reference number")
    elif not draft.names:
        yield Rejected(where, f"{draft.id} has no name")
    else:
        yield from draft.rows(where)


def _asides(draft: Draft, child: etree._Element) -> None:
    """Remarks below a fact, and the link of the regulation."""
    for inner in child:
        if local(inner) == "remark":
            draft.remark(inner.text)
        elif local(inner) == "publicationUrl" and not draft.url:
            draft.url = clean(inner.text)
    if local(child) == "remark":
        draft.remark(child.text)


def _subject(draft: Draft, found: _Row) -> None:
    code = clean(found.get("code") or found.get("classificationCode")).lower()
    draft.kind = _KINDS.get(code, Kind.UNKNOWN)


def _regulation(draft: Draft, found: _Row) -> None:
    draft.programme(found.get("programme"))
    draft.entered = draft.entered or iso_of(found.get("publicationDate"))
    draft.remark(found.get("numberTitle"))


def _alias(draft: Draft, found: _Row) -> None:
    kind = NameKind.ALIAS if draft.names else NameKind.PRIMARY
    given = f"{found.get('firstName', '')} {found.get('middleName', '')}"
    surname = found.get("lastName", "")
    whole = found.get("wholeName") or f"{given} {surname}"
    weak = found.get("strong", "true").lower() == "false"
    draft.name(whole, kind, surname=surname, given=given if clean(surname) else "", weak=weak)
    draft.sex = draft.sex or sex_of(found.get("gender"))
    draft.remark(found.get("title"), found.get("function"))


def _birth(draft: Draft, found: _Row) -> None:
    circa = found.get("circa", "").lower() == "true"
    calendar = _CALENDARS.get(found.get("calendarType", "").upper(), "")
    first, last = found.get("yearRangeFrom", ""), found.get("yearRangeTo", "")
    parts = [found.get("year", ""), found.get("monthOfYear", ""), found.get("dayOfMonth", "")]
    date = found.get("birthdate") or "-".join(_two(part) for part in parts if part not in ("", "0"))
    if not date and first and last:
        date = f"{first} to {last}"
    draft.birth(f"{date} {calendar}" if date and calendar else date, circa=circa)
    place = (found.get(key) for key in ("place", "city", "region"))
    draft.birth_place(*place, _country(found.get("countryDescription")))


def _two(part: str) -> str:
    return part.zfill(2)


def _citizenship(draft: Draft, found: _Row) -> None:
    draft.nationality(_country(found.get("countryIso2Code")))


def _identification(draft: Draft, found: _Row) -> None:
    code = found.get("identificationTypeCode", "")
    description = found.get("identificationTypeDescription", "")
    country = _country(found.get("countryIso2Code")) or found.get("issuedBy")
    paper = document(found.get("latinNumber") or found.get("number"), country=country)
    if paper is None:
        return
    draft.document(replace(paper, type=kind_of_document(f"{code} {description}")))
    for key, words in _FLAGS.items():
        if found.get(key, "").lower() == "true":
            draft.remark(f"document {paper.number} {words}")


def _address(draft: Draft, found: _Row) -> None:
    keys = ("street", "poBox", "place", "city", "zipCode", "region")
    draft.address(*map(found.get, keys), _country(found.get("countryDescription")))


def _country(text: str | None) -> str:
    return "" if clean(text).lower() in _NOBODY else clean(text)


_FLAGS = {
    "knownExpired": "is known to be expired",
    "knownFalse": "is known to be false",
    "reportedLost": "is reported lost",
    "revokedByIssuer": "is revoked by its issuer",
}
_READERS = {
    "subjectType": _subject,
    "regulation": _regulation,
    "nameAlias": _alias,
    "birthdate": _birth,
    "citizenship": _citizenship,
    "identification": _identification,
    "address": _address,
}


def _csv(path: Path) -> Rows:
    """One row a fact: all rows of an entity make one record, wherever in the file they stand."""
    rows = _unwrapped(path)
    header = next(rows, (0, []))[1] or []
    if not set(header) >= _NEEDED:
        raise Garbled(f"{path.name}: no financial sanctions file: its header lacks {_NEEDED}")
    drafts: dict[str, Draft] = {}
    for number, cells in rows:
        where = f"{path.name}:{number}"
        if cells is None or len(cells) != len(header):
            yield Rejected(where, f"not a row of {len(header)} cells")
            continue
        row = dict(zip(reversed(header), map(clean, reversed(cells)), strict=True))
        entity = row["Entity_logical_id"]
        if not entity:
            yield Rejected(where, "no Entity_logical_id")
            continue
        _facts(drafts.setdefault(entity, _begun(row)), row)
        if len(drafts) > MAX_ENTITIES:
            raise Garbled(f"{path.name}: more than {MAX_ENTITIES} entities")
    for entity, draft in drafts.items():
        yield from _finished(draft, f"Entity_logical_id {entity}")


def _unwrapped(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    for number, text in lines(path, encoding="latin-1"):
        if text is None:
            yield number, None
        elif text.strip():
            yield number, _cells(text)


def _cells(text: str) -> list[str] | None:
    whole = text.strip()
    if len(whole) > 1 and whole[0] == whole[-1] == '"' and whole.endswith('\t"'):
        whole = whole[1:-1].replace('""', '"')
    whole = whole.rstrip("\t").replace("\t", ",")
    try:
        return next(csv.reader((whole,), delimiter=";", strict=True), None)
    except csv.Error:
        return None


def _begun(row: _Row) -> Draft:
    reference = row["EU_ref_num"] or row["Entity_logical_id"]
    kind = _KINDS.get(row["Subject_type"].lower(), Kind.UNKNOWN)
    return Draft(reference, kind, owner="EU", entered=iso_of(row.get("Leba_publication_date")))


def _facts(draft: Draft, row: _Row) -> None:
    draft.programme(row.get("Programme"))
    draft.remark(row.get("Entity_remark"))
    draft.url = draft.url or row.get("Leba_url", "")
    whole, surname = row["Naal_wholename"], row.get("Naal_lastname", "")
    if whole.count("?") * 3 < len(whole):
        kind = NameKind.ALIAS if draft.names else NameKind.PRIMARY
        given = f"{row.get('Naal_firstname', '')} {row.get('Naal_middlename', '')}"
        draft.name(whole, kind, surname=surname, given=given if surname else "")
    draft.sex = draft.sex or sex_of(row.get("Naal_gender"))
    draft.remark(row.get("Naal_title"), row.get("Naal_function"))
    draft.birth(_country(row.get("Birt_date")))
    draft.birth_place(row.get("Birt_place"), _country(row.get("Birt_country")))
    draft.nationality(_country(row.get("Citi_country")))
    number, country = row.get("Iden_number", ""), _country(row.get("Iden_country"))
    draft.document(document(number, phrase=number, country=country))
    address = ("Addr_number", "Addr_street", "Addr_zipcode", "Addr_city", "Addr_country")
    draft.address(*map(row.get, address))
    draft.remark(row.get("Addr_other"))


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `eu`."""
