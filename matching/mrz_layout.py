"""Where the fields of a machine-readable zone stand (ICAO 9303-4 to 9303-7) and its check digit."""

from dataclasses import dataclass
from enum import StrEnum

Span = tuple[int, int, int]
"""Line, first and one-past-last column, all counted from 0."""


class MrzFormat(StrEnum):
    """The five formats, by size of document."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRVA = "MRVA"
    MRVB = "MRVB"


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields of one format. Each dated or numbered field is followed by its check digit."""

    format: MrzFormat
    lines: int
    width: int
    name: Span
    number: Span
    nationality: Span
    birth: Span
    sex: Span
    expiry: Span
    optional: Span
    optional2: Span | None = None
    personal_number: bool = False
    composite: Span | None = None
    composite_over: tuple[Span, ...] = ()

    @property
    def name_length(self) -> int:
        """Characters in the name field."""
        return self.name[2] - self.name[1]


def _two_lines(
    kind: MrzFormat, width: int, optional_end: int, composite_over: tuple[Span, ...]
) -> Layout:
    return Layout(
        format=kind,
        lines=2,
        width=width,
        name=(0, 5, width),
        number=(1, 0, 9),
        nationality=(1, 10, 13),
        birth=(1, 13, 19),
        sex=(1, 20, 21),
        expiry=(1, 21, 27),
        optional=(1, 28, optional_end),
        personal_number=kind is MrzFormat.TD3,
        composite=(1, width - 1, width) if composite_over else None,
        composite_over=composite_over,
    )


LAYOUTS = {
    MrzFormat.TD1: Layout(
        format=MrzFormat.TD1,
        lines=3,
        width=30,
        name=(2, 0, 30),
        number=(0, 5, 14),
        nationality=(1, 15, 18),
        birth=(1, 0, 6),
        sex=(1, 7, 8),
        expiry=(1, 8, 14),
        optional=(0, 15, 30),
        optional2=(1, 18, 29),
        composite=(1, 29, 30),
        composite_over=((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
    ),
    MrzFormat.TD2: _two_lines(MrzFormat.TD2, 36, 35, ((1, 0, 10), (1, 13, 20), (1, 21, 35))),
    MrzFormat.TD3: _two_lines(MrzFormat.TD3, 44, 42, ((1, 0, 10), (1, 13, 20), (1, 21, 43))),
    MrzFormat.MRVA: _two_lines(MrzFormat.MRVA, 44, 44, ()),
    MrzFormat.MRVB: _two_lines(MrzFormat.MRVB, 36, 36, ()),
}

DOCUMENT_CODE: Span = (0, 0, 2)
ISSUER: Span = (0, 2, 5)


def layout_of(lines: tuple[str, ...]) -> Layout | None:
    """The layout for lines of this count and width; None if no format has it.

    Visas share their size with passports and TD2 cards; only there the document code V decides
    (ICAO 9303-7 §4.2). Emergency passports of TD2 size keep the code PU and are TD2.
    """
    if not lines or len({len(line) for line in lines}) != 1:
        return None
    visa = lines[0].startswith("V")
    kind = {
        (3, 30): MrzFormat.TD1,
        (2, 36): MrzFormat.MRVB if visa else MrzFormat.TD2,
        (2, 44): MrzFormat.MRVA if visa else MrzFormat.TD3,
    }.get((len(lines), len(lines[0])))
    return LAYOUTS[kind] if kind else None


def cut(lines: tuple[str, ...], span: Span) -> str:
    """The characters of `span`."""
    line, start, end = span
    return lines[line][start:end]


def after(span: Span) -> Span:
    """The one character that follows `span`: its check digit."""
    line, _, end = span
    return line, end, end + 1


def check_digit(text: str) -> str:
    """Check digit over 0-9, A-Z and `<`: weights 7, 3, 1, modulo 10 (ICAO 9303-3 §4.9)."""
    weights = (7, 3, 1)
    return str(sum(_value(c) * weights[i % 3] for i, c in enumerate(text)) % 10)


def _value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)
