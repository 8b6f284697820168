"""The consolidated list of the United Nations Security Council in its XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from adapters.draft import Draft, clean, distinct, iso_of, script_of, sex_of
from adapters.file_list import file_kind
from adapters.listing import elements, local, some
from adapters.papers import document
from adapters.rows import Rejected, Rows
from matching.record import Kind, NameKind

_TAGS = frozenset({"INDIVIDUAL", "ENTITY"})
_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_WRAP = re.compile(r"\r?\n[ \t]{2,}")
_LINE = re.compile(r"[;\r\n]+")
_COUNTER = re.compile(r"\s+[b-z]\)\s+")
_BRACKETS = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")
_EDGES = ' ,;:()"“”'
_STORY = re.compile(r",? (?:born|son of [^(]*born)\b.*", re.DOTALL)
_LABEL = re.compile(r"^.*?script:\s*|\(?original script\)?", re.IGNORECASE)
_FORMER = re.compile(r"\b(?:formerly|previously)\b", re.IGNORECASE)
_GENDER = re.compile(r"Gender:\s*(male|female)", re.IGNORECASE)
_HIJRI = re.compile(r"\(Hijri[^)]*\)", re.IGNORECASE)


def parse(path: Path) -> Rows:
    """The individuals and entities of the list, plain or gzip.

    The id is REFERENCE_NUMBER ("QDi.001"), which is stable; DATAID where it is missing.
    """
    return distinct(some(_parse(path), path.name))


def _parse(path: Path) -> Rows:
    for element in elements(path, "CONSOLIDATED_LIST", _TAGS):
        yield from _entry(element)


def _entry(element: etree._Element) -> Rows:
    data_id = clean(element.findtext("DATAID"))
    reference = clean(element.findtext("REFERENCE_NUMBER"))
    where = f"DATAID {data_id or '?'}"
    if not (reference or data_id):
        yield Rejected(where, "neither REFERENCE_NUMBER nor DATAID")
        return
    person = local(element) == "INDIVIDUAL"
    draft = Draft(
        reference or data_id,
        Kind.PERSON if person else Kind.ORGANISATION,
        category="UN_SANCTION",
        owner="UNSC",
        entered=iso_of(element.findtext("LISTED_ON")),
    )
    _names(draft, element)
    if not draft.names:
        yield Rejected(where, "no name")
        return
    _facts(draft, element)
    _births(draft, element)
    for paper in element.iterfind("INDIVIDUAL_DOCUMENT"):
        _document(draft, paper)
    yield from draft.rows(where)


def _names(draft: Draft, element: etree._Element) -> None:
    """The four name parts in their order: which one is the family name is not told."""
    parts = (clean(element.findtext(part)) for part in _PARTS)
    draft.name(" ".join(part for part in parts if part), NameKind.PRIMARY)
    for spelling in _spellings(element.findtext("NAME_ORIGINAL_SCRIPT")):
        for name, note in _unbracketed(spelling):
            draft.name(name, NameKind.ORIGINAL_SCRIPT)
            draft.remark(note)
    for tag in ("INDIVIDUAL_ALIAS", "ENTITY_ALIAS"):
        for alias in element.iterfind(tag):
            _alias(draft, alias)


def _alias(draft: Draft, alias: etree._Element) -> None:
    quality = clean(alias.findtext("QUALITY")).lower()
    note = clean(alias.findtext("NOTE"))
    written = alias.findtext("ALIAS_NAME")
    former = quality == "f.k.a." or _FORMER.search(f"{note} {written or ''}") is not None
    for spelling in _spellings(written):
        for name, bracket in _unbracketed(spelling):
            kind = NameKind.FORMER if former else NameKind.ALIAS
            draft.name(_STORY.sub("", name).strip(_EDGES), kind, weak=quality == "low")
            draft.remark(bracket)
    draft.remark(note)
    draft.birth(alias.findtext("DATE_OF_BIRTH"))
    draft.birth_place(alias.findtext("CITY_OF_BIRTH"), alias.findtext("COUNTRY_OF_BIRTH"))


def _spellings(text: str | None) -> Iterator[str]:
    """The spellings in one element: `;`, a line end or "b)" part them, but not inside brackets.

    A line end followed by an indent only wraps a long name.
    """
    whole = _COUNTER.sub(";", _WRAP.sub(" ", text or ""))
    held = _BRACKETS.sub(lambda found: found[0].replace(";", "\x00").replace("\n", " "), whole)
    for part in _LINE.split(held):
        if clean(part.replace("\x00", ";")):
            yield part.replace("\x00", ";")


def _unbracketed(spelling: str) -> Iterator[tuple[str, str]]:
    """Names in `spelling`, each with a remark or nothing.

    What stands in brackets in another script is a name of its own; in the same script it is a
    remark ("birth name", "formerly listed as"), kept beside the name.
    """
    name = clean(_BRACKETS.sub(" ", spelling))
    brackets = [found[1] for found in _BRACKETS.finditer(spelling)]
    if not name:
        yield clean(spelling), ""
        return
    own = script_of(name)
    notes = [text for text in brackets if script_of(_LABEL.sub("", text)) == own]
    yield name, clean("; ".join(notes))
    for text in brackets:
        if text not in notes:
            for part in text.split(";"):
                yield clean(_LABEL.sub("", part)), ""


def _facts(draft: Draft, element: etree._Element) -> None:
    comments = clean(element.findtext("COMMENTS1"))
    gender = _GENDER.search(comments)
    draft.sex = sex_of(element.findtext("GENDER") or (gender[1] if gender else ""))
    draft.nationality(*_values(element, "NATIONALITY"))
    draft.programme(element.findtext("UN_LIST_TYPE"))
    draft.remark(*_values(element, "TITLE"), *_values(element, "DESIGNATION"), comments)
    for tag in ("INDIVIDUAL_ADDRESS", "ENTITY_ADDRESS"):
        for place in element.iterfind(tag):
            draft.address(
                *map(place.findtext, ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")),
                place.findtext("NOTE"),
            )


def _values(element: etree._Element, tag: str) -> Iterator[str | None]:
    for value in element.iterfind(f"{tag}/VALUE"):
        yield value.text


def _births(draft: Draft, element: etree._Element) -> None:
    for birth in element.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        kind = clean(birth.findtext("TYPE_OF_DATE"))
        draft.birth(_date(birth), circa=kind == "APPROXIMATELY")
    for place in element.iterfind("INDIVIDUAL_PLACE_OF_BIRTH"):
        draft.birth_place(
            *map(place.findtext, ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY", "NOTE"))
        )


def _date(birth: etree._Element) -> str:
    """DATE, else the years from and to, else YEAR with the month of NOTE, else NOTE alone."""
    date, year = clean(birth.findtext("DATE")), clean(birth.findtext("YEAR"))
    first, last = clean(birth.findtext("FROM_YEAR")), clean(birth.findtext("TO_YEAR"))
    note = clean(birth.findtext("NOTE"))
    if date:
        return date
    if first and last:
        about = "circa " if note.lower().startswith("approx") else ""
        return f"{about}{first} to {last}"
    if year:
        return f"{note} {year}" if re.fullmatch(r"[A-Z][a-z]{2,8}\.?", note) else year
    return _HIJRI.sub("AH", note)


def _document(draft: Draft, paper: etree._Element) -> None:
    phrase = clean(f"{paper.findtext('TYPE_OF_DOCUMENT') or ''}")
    second, note = clean(paper.findtext("TYPE_OF_DOCUMENT2")), clean(paper.findtext("NOTE"))
    country = paper.findtext("ISSUING_COUNTRY") or paper.findtext("COUNTRY_OF_ISSUE")
    for text in (paper.findtext("NUMBER"), second, note):
        found = document(text, phrase=f"{phrase} {second}", country=country)
        if found is not None:
            draft.document(found)
            break
    draft.remark(note)


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT))
"""Registered as `un`."""
