"""Stolen, lost and revoked travel documents, in the manner of INTERPOL's SLTD: never any name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.draft import nation
from adapters.file_list import file_kind
from adapters.iso import iso_date
from adapters.jsonlines import is_json, objects, texts
from adapters.listing import some
from adapters.papers import kind_of_document
from adapters.rows import Rejected, Rows
from adapters.table import Row, table
from matching.record import Document, Kind, Record

MAX_NUMBER = 64
"""Longest document number in characters; ICAO 9303-5 allows 22."""

_COLUMNS = {
    "number": ("number", "din", "document_number", "document_identification_number"),
    "issuer": ("issuer", "issuing_country", "country"),
    "type": ("type", "document_type"),
    "fraud": ("fraud", "fraud_type", "type_of_fraud", "status"),
    "entered": ("entered", "date_entered"),
    "review": ("review", "review_date", "valid_until"),
    "reference": ("reference", "id", "national_reference"),
}
_REMARKS = {
    "theft_country": "stolen in",
    "stolen_on": "stolen or lost on",
    "issued": "issued",
    "date_of_issue": "issued",
    "expires": "expires",
    "date_of_expiry": "expires",
    "remarks": "",
}
_TYPES = {
    "P": "PASSPORT",
    "V": "VISA",
    "I": "ID_CARD",
    "A": "ID_CARD",
    "C": "ID_CARD",
    "R": "RESIDENCE_PERMIT",
}
_KNOWN = frozenset(_TYPES.values()) | {"DRIVING_LICENCE", "NATIONAL_ID", "TAX_ID", "OTHER"}
_FRAUDS = (
    ("blank", "STOLEN_BLANK"),
    ("revoked", "REVOKED"),
    ("invalid", "INVALID"),
    ("stolen", "STOLEN_DOCUMENT"),
    ("lost", "LOST_DOCUMENT"),
)


def parse(path: Path) -> Rows:
    """Read a CSV with a header, or JSON Lines, by the fields that SLTD has (DOMAIN 1.1).

    number, issuer, type and fraud are those of the record; entered, review (when the owner deletes
    it), theft_country, stolen_on, issued, expires, reference and remarks may be absent. Any other
    column is left unread, a name above all: the list is about documents, not holders (ICAO 9303-2
    App. E).
    """
    return some(_rows(path), path.name)


def _rows(path: Path) -> Rows:
    for row in _objects(path) if is_json(path) else table(path, folded=True):
        yield row if isinstance(row, Rejected) else _entry(row)


def _objects(path: Path) -> Iterator[Row | Rejected]:
    for item in objects(path):
        if isinstance(item, Rejected):
            yield item
        else:
            where, found = item
            yield Row(where, {key.lower(): "; ".join(texts(found[key])) for key in found})


def _entry(row: Row) -> Record | Rejected:
    cells = {field: row.first(columns) for field, columns in _COLUMNS.items()}
    number, issuer = cells["number"], nation(cells["issuer"])
    if not any(letter.isalnum() for letter in number):
        return Rejected(row.where, row.fault or "no number")
    if len(number) > MAX_NUMBER:
        return Rejected(row.where, f"a number of more than {MAX_NUMBER} characters")
    kind = _type(cells["type"])
    return Record(
        id=cells["reference"] or f"{issuer or cells['issuer']}-{kind}-{number}",
        kind=Kind.DOCUMENT,
        documents=(Document(number, issuer, kind),),
        category=_category(cells["fraud"]),
        owner=issuer or cells["issuer"],
        entered=iso_date(cells["entered"]),
        valid_until=iso_date(cells["review"]),
        remarks="; ".join(_remarks(row, cells, issuer)),
    )


def _type(text: str) -> str:
    """A word, or the letter that the document's MRZ starts with (ICAO 9303-3 §4)."""
    if len(text) <= 2:
        return _TYPES.get(text[:1].upper(), "OTHER" if text else "")
    word = text.upper().replace(" ", "_")
    return word if word in _KNOWN else kind_of_document(text)


def _category(fraud: str) -> str:
    """What happened to the document; a blank one is the more serious case of a stolen one."""
    lower = fraud.lower()
    return next((code for word, code in _FRAUDS if word in lower), "LOST_OR_STOLEN_DOCUMENT")


def _remarks(row: Row, cells: dict[str, str], issuer: str) -> Iterator[str]:
    if cells["issuer"] and not issuer:
        yield f"issuer {cells['issuer']}"
    if cells["fraud"]:
        yield cells["fraud"]
    for column, word in _REMARKS.items():
        if text := row.first((column,)):
            yield f"{word} {text}".strip()
    if row.fault:
        yield f"row {row.fault}"


KIND = file_kind(parse, kinds=(Kind.DOCUMENT,), fields=("documents",))
"""Registered as `documents`."""
