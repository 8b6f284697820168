"""Read the machine-readable zone of a travel document in any of its five formats.

A wrong check digit never blocks: it is reported, the fields are read all the same.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from matching.mrz_checks import CheckDigit, checks, long_number
from matching.mrz_dates import MrzDate, birth_date, expiry_date
from matching.mrz_layout import DOCUMENT_CODE, ISSUER, Layout, MrzFormat, cut, layout_of
from matching.mrz_name import FILLER, FILLER_LOOKALIKES, MrzError, MrzName, parse_name_field
from matching.mrz_repair import Repair, repaired
from matching.record import Document, Name, NameKind

__all__ = [
    "CheckDigit",
    "Mrz",
    "MrzDate",
    "MrzError",
    "MrzFormat",
    "MrzName",
    "Repair",
    "parse",
]

MAX_TEXT = 512
"""Longest text that is looked at, in characters; a zone has 72 to 90."""

_WIDTHS = {88: 44, 72: 36, 90: 30}
_FOREIGN = re.compile(r"[^A-Z0-9<]")
_PASSPORT = {"P": "PASSPORT", "V": "VISA", "I": "ID_CARD", "A": "ID_CARD", "C": "ID_CARD"}


@dataclass(frozen=True, slots=True)
class Mrz:
    """All fields of a machine-readable zone, fillers taken off.

    `lines` are the lines as read after tidying and repair; `checks` are computed over them.
    `optional` is the personal number of TD3. `sex` is F, M or X. `issuer` and `nationality` are
    ICAO codes as printed (`D`, `GBD`, `XXA`).
    """

    format: MrzFormat
    lines: tuple[str, ...]
    document_code: str
    issuer: str
    name: MrzName
    document_number: str
    nationality: str
    birth: MrzDate
    sex: str
    expiry: MrzDate
    optional: str
    optional2: str
    checks: tuple[CheckDigit, ...]
    repairs: tuple[Repair, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Fields whose check digit is wrong."""
        return tuple(check.field for check in self.checks if not check.ok)

    @property
    def valid(self) -> bool:
        """Whether every check digit is right."""
        return not self.failed

    def document(self) -> Document:
        """The document to search for: number, issuer as printed, type by the document code."""
        kind = _PASSPORT.get(self.document_code[:1], "OTHER")
        return Document(self.document_number, self.issuer, kind)

    def person_name(self) -> Name:
        """The holder's name to search for."""
        return Name(
            full=" ".join(filter(None, (self.name.surname, self.name.given))),
            surname=self.name.surname,
            given=self.name.given,
            kind=NameKind.MRZ,
            may_be_truncated=self.name.may_be_truncated,
        )


def parse(text: str, today: dt.date, *, repair: bool = True) -> Mrz:
    """Read a machine-readable zone.

    `text` may come as lines, as one long string, in lower case, with blanks around or between,
    with spaces or chevron look-alikes for fillers. `today` settles the century of birth.
    `repair` allows exchanges of confusable characters that check digits confirm.
    Raises MrzError if the text has the size of no format or characters outside A-Z, 0-9 and `<`.
    """
    lines, layout = _tidy(text)
    repairs: tuple[Repair, ...] = ()
    if repair:
        lines, repairs = repaired(lines, layout)
    long = long_number(lines, layout)
    optional = long.optional if long else cut(lines, layout.optional).rstrip(FILLER)
    number = long.head + long.rest if long else cut(lines, layout.number).rstrip(FILLER)
    return Mrz(
        format=layout.format,
        lines=lines,
        document_code=cut(lines, DOCUMENT_CODE).rstrip(FILLER),
        issuer=cut(lines, ISSUER).rstrip(FILLER),
        name=parse_name_field(cut(lines, layout.name), layout.name_length),
        document_number=number,
        nationality=cut(lines, layout.nationality).rstrip(FILLER),
        birth=birth_date(cut(lines, layout.birth), today),
        sex=_sex(cut(lines, layout.sex)),
        expiry=expiry_date(cut(lines, layout.expiry)),
        optional=optional,
        optional2=cut(lines, layout.optional2).rstrip(FILLER) if layout.optional2 else "",
        checks=checks(lines, layout),
        repairs=repairs,
    )


def _sex(printed: str) -> str:
    return printed if printed in {"F", "M"} else "X"


def _tidy(text: str) -> tuple[tuple[str, ...], Layout]:
    if len(text) > MAX_TEXT:
        raise MrzError(f"longer than {MAX_TEXT} characters")
    rows = [row for row in re.split(r"[\r\n|]+", text.strip(" \t\r\n|").upper()) if row.strip()]
    if not rows:
        raise MrzError("empty")
    if len(rows) > 3:
        raise MrzError(f"{len(rows)} lines, a zone has 2 or 3")
    for lines in _readings(rows):
        layout = layout_of(lines)
        if layout:
            _only_mrz_letters(lines)
            return lines, layout
    sizes = [len(row.strip()) for row in rows]
    raise MrzError(f"line lengths {sizes} fit no format (3x30, 2x36, 2x44)")


def _readings(rows: list[str]) -> Iterator[tuple[str, ...]]:
    """Ways to understand blanks and double chevrons, the most literal first."""
    for chevrons in (FILLER * 2, FILLER):
        plain = [row.replace("«", chevrons).translate(FILLER_LOOKALIKES) for row in rows]
        joined = ["".join(row.split()) for row in plain]
        yield _in_lines(joined)
        yield _in_lines([row.strip().replace(" ", FILLER) for row in plain])
        yield _padded(plain)


def _in_lines(rows: list[str]) -> tuple[str, ...]:
    """Lines as they are, or one long string cut into lines."""
    width = _WIDTHS.get(len(rows[0])) if len(rows) == 1 else None
    if width is None:
        return tuple(rows)
    return tuple(rows[0][i : i + width] for i in range(0, len(rows[0]), width))


def _padded(rows: list[str]) -> tuple[str, ...]:
    """Lines typed with spaces for fillers and the last ones left off."""
    width = 30 if len(rows) == 3 else next((w for w in (36, 44) if len(rows[-1].strip()) == w), 0)
    typed = [row.strip() for row in rows]
    return tuple(
        row.replace(" ", FILLER).ljust(width, FILLER) if " " in row else row for row in typed
    )


def _only_mrz_letters(lines: tuple[str, ...]) -> None:
    for number, line in enumerate(lines, 1):
        found = _FOREIGN.search(line)
        if found:
            raise MrzError(f"line {number} position {found.start() + 1}: not A-Z, 0-9 or <")
