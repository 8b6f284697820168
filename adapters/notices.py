"""Notices in the JSON of INTERPOL's public web service: red, yellow and UN, pages and details."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from adapters.base import Garbled
from adapters.draft import Draft, clean, iso_of, nation, sex_of
from adapters.file_list import file_kind
from adapters.listing import opened
from adapters.papers import document
from adapters.rows import Rejected, Rows
from matching.record import Kind, NameKind

MAX_FILE = 64 << 20
"""Largest file in bytes; a page of the service holds at most 160 notices."""
MAX_FILES = 100_000
"""Most files of a folder."""
CAP = 160
"""Most notices that the service gives for one query: a `total` of this many is a cut answer."""
_CATEGORIES = {"red": "NOTICE_RED", "yellow": "NOTICE_YELLOW", "un": "UN_SANCTION"}
_COLOUR = re.compile(r"/(red|yellow|un)(?:/|\?|$)")
_FILE_COLOUR = re.compile(r"(?:^|_)(red|yellow|un)(?:_|$)")
_GONE = 404
_PLACEHOLDERS = frozenset({"", "-", ".", "unknown", "fnu", "lnu", "nmn", "x", "xx", "xxx"})
_NOTES = (
    ("distinguishing_marks", "distinguishing marks"),
    ("profession", "profession"),
    ("summary", ""),
    ("place", "last seen"),
    ("date_of_event", "date of event"),
    ("un_reference", "UN reference"),
)

_Notice = Mapping[str, Any]


def parse(path: Path) -> Rows:
    """The notices of a file or of every .json file in a folder, each once.

    A file is a page of a list, one detail, details by id, or a list of entities. A detail takes
    precedence over the rows of pages; a row whose detail is missing becomes a record of what the
    row tells, and one whose detail is 404 was withdrawn: it is left out and reported, as is a page
    that was cut at `CAP`. Its colour comes from the notice's own link, else from the file's name.
    """
    gathered = _Gathered()
    for file in _files(path):
        yield from gathered.add(file)
    if not gathered.pages and not gathered.notices:
        raise Garbled(f"{path.name}: holds neither a page nor a notice")
    yield from gathered.rows()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    if len(files) > MAX_FILES:
        raise Garbled(f"{path.name}: more than {MAX_FILES} files")
    return files


@dataclass(slots=True)
class _Gathered:
    """What the files hold, by the id in URLs (`2091-10007`), in the order of first sight."""

    pages: int = 0
    notices: dict[str, tuple[str, _Notice]] = field(default_factory=dict)
    detailed: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)

    def add(self, file: Path) -> Rows:
        """Take one file in; what is neither page nor notice is rejected."""
        content = _read(file)
        if isinstance(content, list):
            yield from self._each(file, content, detailed=True)
        elif not isinstance(content, dict):
            yield Rejected(file.name, "is neither a page nor a notice")
        elif content.get("status") == _GONE:
            self.withdrawn.add(_url_id(content.get("url_id")))
        elif "entity_id" in content:
            yield from self._each(file, [content], detailed=True)
        elif "_embedded" in content:
            yield from self._page(file, content)
        else:
            yield from self._each(file, list(content.values()), detailed=True)

    def _page(self, file: Path, page: _Notice) -> Rows:
        embedded = page["_embedded"]
        rows = embedded.get("notices") if isinstance(embedded, dict) else None
        if not isinstance(rows, list):
            yield Rejected(file.name, "is a page without notices")
            return
        self.pages += 1
        total = page.get("total")
        if isinstance(total, int) and total >= CAP:
            yield Rejected(file.name, f"partial: the answer was cut at {CAP}, split the query")
        yield from self._each(file, rows, detailed=False)

    def _each(self, file: Path, rows: list[Any], *, detailed: bool) -> Rows:
        for row in rows:
            url_id = _url_id(row.get("entity_id")) if isinstance(row, dict) else ""
            if not url_id:
                yield Rejected(file.name, "a notice without entity_id")
            elif detailed or url_id not in self.detailed:
                self.notices[url_id] = (_colour(row, file), row)
                self.detailed.update((url_id,) if detailed else ())

    def rows(self) -> Rows:
        """Every notice once; one that is listed but gone is reported."""
        for url_id, (colour, notice) in self.notices.items():
            if url_id in self.withdrawn and url_id not in self.detailed:
                yield Rejected(url_id, "withdrawn: listed, but its detail is gone")
            else:
                yield from _entry(url_id, colour, notice)


def _read(file: Path) -> Any:
    """The JSON of a file, None if it is none."""
    stream = opened(file)
    try:
        raw = stream.read(MAX_FILE + 1)
    finally:
        stream.close()
    if len(raw) > MAX_FILE:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _url_id(entity_id: object) -> str:
    """`2091/10007` as URLs write it, `2091-10007`; empty for what is no id."""
    return clean(entity_id).replace("/", "-")[:64] if isinstance(entity_id, str) else ""


def _colour(notice: _Notice, file: Path) -> str:
    links = notice.get("_links")
    link = links.get("self") if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    found = _COLOUR.search(href) if isinstance(href, str) else None
    if found is None:
        found = _FILE_COLOUR.search(file.stem)
    return found[1] if found else ""


def _entry(url_id: str, colour: str, notice: _Notice) -> Rows:
    draft = Draft(
        url_id.replace("-", "/", 1),
        _kind(notice, colour),
        category=_CATEGORIES.get(colour, "NOTICE"),
        sex=sex_of(_text(notice, "sex_id")),
        url=_href(notice),
        entered=iso_of(_text(notice, "un_reference_date").replace("/", "-")),
    )
    _names(draft, notice)
    _owner(draft, notice, colour)
    draft.birth(_text(notice, "date_of_birth"))
    draft.birth_place(_text(notice, "place_of_birth"), _text(notice, "country_of_birth_id"))
    draft.nationality(*_texts(notice, "nationalities"))
    draft.programme(_text(notice, "un_resolution"), *_texts(notice, "purposes"))
    for paper in _texts(notice, "identity_documents"):
        draft.document(document(paper, phrase=paper))
    for key, words in _NOTES:
        if text := _text(notice, key):
            draft.remark(f"{words}: {text}" if words else text)
    yield from draft.rows(url_id)


def _kind(notice: _Notice, colour: str) -> Kind:
    """Entities come without forename and without date of birth, and only in UN notices."""
    person = "forename" in notice or "date_of_birth" in notice or colour != "un"
    return Kind.PERSON if person else Kind.ORGANISATION


def _names(draft: Draft, notice: _Notice) -> None:
    """A notice known only by placeholders is kept: without names, with what was written."""
    surname, given = _part(notice, "name"), _part(notice, "forename")
    if surname or given:
        draft.name("", NameKind.PRIMARY, surname=surname, given=given)
    else:
        written = f"{_text(notice, 'name')}, {_text(notice, 'forename')}".strip(", ")
        draft.remark(f"name as written: {written or 'none'}; not to be found by name")
    for alias in _texts(notice, "aliases"):
        draft.name(alias)
    original = [
        _text(notice, key) for key in ("name_in_original_script", "forename_in_original_script")
    ]
    if original[0] or original[1]:
        draft.name("", NameKind.ORIGINAL_SCRIPT, surname=original[0], given=original[1])
    birth_name = _part(notice, "birth_name")
    if birth_name and birth_name != surname:
        draft.name("", NameKind.FORMER, surname=birth_name, given=given)


def _part(notice: _Notice, key: str) -> str:
    text = _text(notice, key)
    return "" if text.lower() in _PLACEHOLDERS else text


def _owner(draft: Draft, notice: _Notice, colour: str) -> None:
    """Who may confirm the notice: the countries of its warrants, or where a person is missing."""
    warrants = notice.get("arrest_warrants")
    owners = []
    for warrant in warrants if isinstance(warrants, list) else ():
        if isinstance(warrant, dict):
            owners.append(_country(_text(warrant, "issuing_country_id")))
            draft.remark(_charge(warrant))
    if not owners:
        owners = ["UNSC" if colour == "un" else _country(_text(notice, "country"))]
    draft.owner = ", ".join(dict.fromkeys(owner for owner in owners if owner))


def _country(code: str) -> str:
    return nation(code) or ("" if code.isdigit() else code)


def _charge(warrant: _Notice) -> str:
    """The charge in its language, the translation beside it."""
    charge, translation = _text(warrant, "charge"), _text(warrant, "charge_translation")
    told = f"{charge} ({translation})" if charge and translation else charge or translation
    country = _text(warrant, "issuing_country_id")
    return f"wanted by {country}: {told}" if told else ""


def _href(notice: _Notice) -> str:
    links = notice.get("_links")
    link = links.get("self") if isinstance(links, dict) else None
    return _text(link, "href") if isinstance(link, dict) else ""


def _text(notice: _Notice, key: str) -> str:
    value = notice.get(key)
    return clean(value) if isinstance(value, str) else ""


def _texts(notice: _Notice, key: str) -> Iterator[str]:
    values = notice.get(key)
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str) and clean(value):
            yield clean(value)


KIND = file_kind(parse, kinds=(Kind.PERSON, Kind.DOCUMENT), partial=True)
"""Registered as `notices`."""
