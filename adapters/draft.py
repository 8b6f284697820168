"""A record while a parser collects it: values cleaned, doubles dropped, every number bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from adapters.rows import Rejected, Rows
from matching.calendars import GREGORIAN, to_ordinal
from matching.dates import parse_date
from matching.identifiers import country_code
from matching.record import (
    Document,
    Kind,
    Name,
    NameKind,
    PartialDate,
    Quality,
    Record,
    Sex,
)
from matching.script import UNKNOWN, of_word

MAX_NAMES = 256
"""Most names of one record; UN and EU lists stay below 100."""
MAX_VALUES = 128
"""Most births, documents, addresses or other values of one record."""
MAX_NAME = 512
"""Longest name, date or number in characters."""
MAX_TEXT = 4096
"""Longest address, place or programme in characters."""
MAX_REMARKS = 16_384
"""Longest remarks in characters."""

_SHORTEST = 5
_PEOPLES = {
    "afghan": "AFG",
    "american": "USA",
    "bosnian": "BIH",
    "british": "GBR",
    "burmese": "MMR",
    "canadian": "CAN",
    "chinese": "CHN",
    "danish": "DNK",
    "dutch": "NLD",
    "french": "FRA",
    "german": "DEU",
    "italian": "ITA",
    "lebanese": "LBN",
    "mexican": "MEX",
    "moroccan": "MAR",
    "norwegian": "NOR",
    "polish": "POL",
    "saudi": "SAU",
    "spanish": "ESP",
    "swedish": "SWE",
    "swiss": "CHE",
    "turkish": "TUR",
    "ukrainian": "UKR",
}
_Value = TypeVar("_Value")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SEXES = {"m": Sex.MALE, "male": Sex.MALE, "f": Sex.FEMALE, "female": Sex.FEMALE, "x": Sex.OTHER}


def clean(text: str | None) -> str:
    """`text` with every run of blanks and control characters as one blank, none at its ends."""
    return _BLANK.sub(" ", text or "").strip()


def script_of(text: str) -> str:
    """ISO 15924 code of the script of most letters, empty where there is no letter."""
    code = of_word(text)
    return "" if code == UNKNOWN else code


def sex_of(text: str | None) -> Sex:
    """The sex that M, F, Male, Female or X stand for; everything else is unknown."""
    return _SEXES.get(clean(text).lower(), Sex.UNKNOWN)


def nation(text: str | None) -> str:
    """ICAO 9303-3 code of a country's name, code or people ("Libyan"), empty if it is unknown."""
    name = clean(text)
    known = country_code(name) or _PEOPLES.get(name.lower(), "")
    if known or len(name) < _SHORTEST:
        return known
    stems = (name.removesuffix(end) for end in ("i", "n", "an", "ian", "ese") if name.endswith(end))
    return next((code for stem in stems if (code := country_code(stem))), "")


def iso_of(text: str | None) -> str:
    """The ISO date at the start of `text`, or nothing."""
    found = _ISO.match(clean(text))
    return found[0] if found else ""


@dataclass(slots=True)
class Draft:
    """The values of one entry; what is beyond a bound is left out and counted."""

    id: str
    kind: Kind = Kind.PERSON
    category: str = "SANCTION"
    owner: str = ""
    sex: Sex = Sex.UNKNOWN
    entered: str = ""
    url: str = ""
    names: dict[tuple[str, NameKind], Name] = field(default_factory=dict)
    births: dict[PartialDate, None] = field(default_factory=dict)
    nationalities: dict[str, None] = field(default_factory=dict)
    birth_places: dict[str, None] = field(default_factory=dict)
    documents: dict[Document, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    programmes: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    clipped: int = 0

    def name(
        self,
        full: str | None,
        kind: NameKind = NameKind.ALIAS,
        *,
        surname: str | None = "",
        given: str | None = "",
        weak: bool = False,
    ) -> None:
        """Add a name unless the record has it already; one with no letter or digit is no name."""
        last, first = self._bounded(surname), self._bounded(given)
        whole = self._bounded(full) or ", ".join(part for part in (last, first) if part)
        if not any(letter.isalnum() for letter in whole):
            return
        if any(known.full == whole for known in self.names.values()):
            return
        script = script_of(whole)
        if script not in ("Latn", "") and kind is NameKind.ALIAS:
            kind = NameKind.ORIGINAL_SCRIPT
        if len(self.names) >= MAX_NAMES:
            self.clipped += 1
            return
        quality = Quality.WEAK if weak else Quality.STRONG
        self.names[whole, kind] = Name(whole, last, first, kind, quality, script)

    def birth(
        self, text: str | None, *, circa: bool = False, day_first: bool | None = None
    ) -> None:
        """Add a date of birth, `raw` as the source wrote it; one that says nothing keeps `raw`."""
        written = clean(text)[:MAX_NAME]
        if written:
            date = _possible(parse_date(written, day_first=day_first) or _year(written))
            self._put(self.births, replace(date, approximate=date.approximate or circa))

    def document(self, document: Document | None) -> None:
        """Add a document unless there is none."""
        if document is not None:
            self._put(self.documents, document)

    def nationality(self, *countries: str | None) -> None:
        """Add countries by name or code; one that no table knows stays in the remarks."""
        for country in countries:
            code = nation(country)
            if code:
                self._put(self.nationalities, code)
            elif country and clean(country):
                self.remark(f"nationality {clean(country)}")

    def birth_place(self, *parts: str | None) -> None:
        """Add a place of birth from its parts, the smallest first."""
        self._text(self.birth_places, _joined(parts))

    def address(self, *parts: str | None) -> None:
        """Add an address from its parts, the smallest first."""
        self._text(self.addresses, _joined(parts))

    def programme(self, *names: str | None) -> None:
        """Add the programmes under which the entry is listed."""
        for name in names:
            self._text(self.programmes, clean(name))

    def remark(self, *texts: str | None) -> None:
        """Add remarks: shown, never matched."""
        for text in texts:
            written = clean(text)
            if written and sum(map(len, self.remarks)) + len(written) <= MAX_REMARKS:
                self.remarks[written] = None
            elif written:
                self.clipped += 1

    def rows(self, where: str) -> Rows:
        """The record, and a `Rejected` beside it that counts what was beyond a bound."""
        yield self._record()
        if self.clipped:
            yield Rejected(where, f"kept, but {self.clipped} values beyond a bound were left out")

    def _record(self) -> Record:
        ordered = sorted(self.names.values(), key=lambda name: name.kind is not NameKind.PRIMARY)
        return Record(
            id=self.id,
            kind=self.kind,
            names=tuple(ordered),
            births=tuple(self.births),
            sex=self.sex,
            nationalities=tuple(self.nationalities),
            birth_places=tuple(self.birth_places),
            documents=tuple(self.documents),
            category=self.category,
            owner=self.owner,
            programmes=tuple(self.programmes),
            addresses=tuple(self.addresses),
            entered=self.entered,
            url=self.url,
            remarks="; ".join(self.remarks),
        )

    def _put(self, values: dict[_Value, None], value: _Value) -> None:
        if len(values) < MAX_VALUES or value in values:
            values[value] = None
        else:
            self.clipped += 1

    def _text(self, values: dict[str, None], text: str) -> None:
        if text:
            self._put(values, self._bounded(text, MAX_TEXT))

    def _bounded(self, text: str | None, most: int = MAX_NAME) -> str:
        whole = clean(text)
        self.clipped += len(whole) > most
        return whole[:most]


def _possible(date: PartialDate) -> PartialDate:
    """`date` without a day that its month does not have (29 February 1981)."""
    known = date.year and date.day and 1 <= date.month <= 12 and date.calendar == GREGORIAN
    if not known or to_ordinal(GREGORIAN, date.year, date.month, date.day) is not None:
        return date
    return replace(date, day=0)


def _year(text: str) -> PartialDate:
    """The only year that a phrase holds ("between Aug. and Sep. 1977"), else nothing but `raw`."""
    years = set(_YEAR.findall(text))
    return PartialDate(int(years.pop()) if len(years) == 1 else 0, raw=text)


def _joined(parts: Iterable[str | None]) -> str:
    """The parts that say something, with commas between; `-` says nothing."""
    return ", ".join(part for part in map(clean, parts) if part not in ("", "-"))


def distinct(rows: Rows) -> Rows:
    """`rows` with `#2`, `#3` behind an id that came before: two entries under one id stay two."""
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Record):
            seen[row.id] = count = seen.get(row.id, 0) + 1
            yield row if count == 1 else replace(row, id=f"{row.id}#{count}")
        else:
            yield row
