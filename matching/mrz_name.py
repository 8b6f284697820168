"""The name field of a machine-readable zone: reading it and writing it (ICAO 9303-3 §4.6)."""

from dataclasses import dataclass

from matching.transliteration import to_mrz

FILLER = "<"
FULL_LENGTHS = frozenset({30, 31, 39})
"""Sizes of the name field: TD1 30, TD2 and MRV-B 31, TD3 and MRV-A 39."""

MAX_NAME_FIELD = 256
"""Longest name field accepted, in characters."""

FILLER_LOOKALIKES = str.maketrans(
    {"«": "<<", "≪": "<<", "《": "<<", "‹": "<", "＜": "<", "〈": "<", "⟨": "<", "˂": "<", "≺": "<"}
)


class MrzError(ValueError):
    """The text is not a machine-readable zone; the message says why, without the text itself."""


@dataclass(frozen=True, slots=True)
class MrzName:
    """Components of a name field, in order.

    `primary` is the surname or only name, `secondary` the given names; both may be empty.
    `may_be_truncated` holds for a field that is full and ends in a letter: it "must be treated as
    truncated" even if it is not (ICAO 9303-4 §4.2.3.2), so any component may be a prefix only.
    """

    primary: tuple[str, ...]
    secondary: tuple[str, ...]
    may_be_truncated: bool
    raw: str

    @property
    def surname(self) -> str:
        """Primary components, parted by spaces."""
        return " ".join(self.primary)

    @property
    def given(self) -> str:
        """Secondary components, parted by spaces."""
        return " ".join(self.secondary)


def parse_name_field(text: str, full_length: int = 0) -> MrzName:
    """Split `SURNAME<<GIVEN<NAMES<<<` into its components.

    `full_length` is the size of the field in its document (30, 31 or 39); 0 takes any of these.
    Tolerates lower case, surrounding blanks, inner spaces and look-alikes of the filler. Raises
    MrzError beyond MAX_NAME_FIELD characters.
    """
    if len(text) > MAX_NAME_FIELD:
        raise MrzError(f"name field longer than {MAX_NAME_FIELD} characters")
    field = text.strip().translate(FILLER_LOOKALIKES).upper().replace(" ", FILLER)
    primary, _, secondary = field.partition(FILLER * 2)
    full = len(field) == full_length if full_length else len(field) in FULL_LENGTHS
    return MrzName(
        primary=_components(primary),
        secondary=_components(secondary),
        may_be_truncated=full and field[-1:].isalpha(),
        raw=field,
    )


def _components(field: str) -> tuple[str, ...]:
    return tuple(part for part in field.split(FILLER) if part)


def name_field(surname: str, given: str, length: int) -> str:
    """The MRZ name field of a name as printed in the visual zone, exactly `length` characters.

    Apostrophes vanish, hyphens and spaces become fillers, other scripts and letters with marks
    follow ICAO 9303-3 §6. A name that does not fit is cut so that the field ends in a letter and
    shows at least the first letter of the given names: surname components shrink, the longest
    first (ICAO 9303-4 §4.2.3.2 leaves the choice to the issuer). Titles are the caller's to omit.
    Raises ValueError for a length below 4.
    """
    if length < 4:
        raise ValueError("a name field has at least 4 characters")
    primary = list(_components(to_mrz(surname)))
    secondary = list(_components(to_mrz(given)))
    if not primary:
        primary, secondary = secondary, []
    _shrink(primary, length - 3 if secondary else length)
    field = _joined(primary, secondary)
    while len(field) > length and field[length - 1] == FILLER:
        _shrink(primary, len(FILLER.join(primary)) - 1)
        field = _joined(primary, secondary)
    return field[:length].ljust(length, FILLER)


def _joined(primary: list[str], secondary: list[str]) -> str:
    tail = FILLER * 2 + FILLER.join(secondary) if secondary else ""
    return FILLER.join(primary) + tail


def _shrink(components: list[str], length: int) -> None:
    """Shorten the longest components, then drop the last ones, until they fit in `length`."""
    while components and len(FILLER.join(components)) > length:
        longest = max(range(len(components)), key=lambda i: (len(components[i]), i))
        if len(components[longest]) > 1:
            components[longest] = components[longest][:-1]
        else:
            components.pop()
