"""Vehicle plates: canonical form, look-alike skeleton and country."""

import unicodedata
from enum import StrEnum

from matching.identifiers import LOOKALIKES, IdentifierError, country_code

MAX_PLATE = 32
"""Longest plate accepted, in characters as written."""

_SKELETON = str.maketrans("OQDILZSBG", "000112586")
_SIGNS = {
    "A": "AUT",
    "B": "BEL",
    "D": "DEU",
    "E": "ESP",
    "F": "FRA",
    "H": "HUN",
    "I": "ITA",
    "J": "JPN",
    "L": "LUX",
    "M": "MLT",
    "N": "NOR",
    "P": "PRT",
    "S": "SWE",
    "GBZ": "GIB",
    "RUS": "RUS",
    "SLO": "SVN",
    "FIN": "FIN",
    "EST": "EST",
}


class PlateOutcome(StrEnum):
    """What two plates with their countries say about each other.

    EQUAL and CONFUSABLE need countries that agree or of which one is unknown.
    """

    EQUAL = "equal"
    CONFUSABLE = "confusable"
    DIFFERENT_COUNTRY = "different_country"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def canonical_plate(text: str) -> str:
    """Letters and digits of a plate: upper case, Cyrillic and Greek look-alikes as Latin.

    Arabic-Indic digits become ASCII; letters with marks (Ä, Č) and other scripts stay. Empty if
    nothing is left. Raises IdentifierError beyond MAX_PLATE characters.
    """
    if len(text) > MAX_PLATE:
        raise IdentifierError(f"plate longer than {MAX_PLATE} characters")
    upper = _nfc(_nfc(text).upper()).translate(LOOKALIKES)
    kept = "".join(
        str(unicodedata.decimal(c, c)) for c in upper if unicodedata.category(c)[0] in "LN"
    )
    return _nfc(kept)


def plate_skeleton(plate: str) -> str:
    """A canonical plate without diacritics and with O Q D as 0, I L as 1, Z 2, S 5, B 8, G 6.

    Marks come off Latin, Greek and Cyrillic letters only: an Arabic hamza is part of its letter.
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", plate) if not "\u0300" <= c <= "\u036f")
    return _nfc(bare).translate(_SKELETON)


def plate_country(text: str) -> str:
    """Three-letter code for a distinguishing sign (D, GBZ, SLO), code or English name, or empty."""
    sign = text.strip().upper()
    return _SIGNS.get(sign) or country_code(sign)


def compare_plates(a: str, country_a: str, b: str, country_b: str) -> PlateOutcome:
    """Compare two plates with their countries, in any form; symmetric.

    Raises IdentifierError for a plate that is too long.
    """
    one, two = canonical_plate(a), canonical_plate(b)
    if not one or not two:
        return PlateOutcome.UNKNOWN
    countries = {plate_country(country_a), plate_country(country_b)} - {""}
    if one == two:
        return PlateOutcome.EQUAL if len(countries) < 2 else PlateOutcome.DIFFERENT_COUNTRY
    if len(countries) < 2 and plate_skeleton(one) == plate_skeleton(two):
        return PlateOutcome.CONFUSABLE
    return PlateOutcome.DIFFERENT


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
