"""Document numbers, issuing states and nationalities in the form in which they are compared."""

import re
import unicodedata
from enum import StrEnum
from functools import cache

from matching.tables import rows

MAX_NUMBER = 32
"""Longest document number, in characters of its canonical form."""

MAX_TEXT = 256
"""Longest text taken for a number or a country, in characters."""

LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEKMHOPCTYX" + "ABEZHIKMNOPTYX",
)
"""Cyrillic and Greek capitals that look like Latin ones, as typed on keyboards of those scripts."""

_SKELETON = str.maketrans("OIZSBG", "012586")
_STATE_FORM = re.compile(
    r"^(?:REPUBLIC|KINGDOM|STATE)OF(?:THE)?|(?:THE)?(?:REPUBLIC|KINGDOM|STATE)OF$"
)
_NUMBER_MARK = re.compile(r"\b(?:number|no)\b\.?:?|[nN]\s?[°º]|№", re.IGNORECASE)
_SEPARATORS = frozenset({"P", "Z", "S", "M", "C"})


class IdentifierError(ValueError):
    """The text cannot be an identifier: it is too long."""


class NumberOutcome(StrEnum):
    """What two document numbers with their issuers say about each other.

    EQUAL: same number, issuers agree or one is unknown. CONFUSABLE: equal but for characters that
    are misread for each other, issuers agree or one is unknown. DIFFERENT_ISSUER: same number of
    two countries, two documents. UNKNOWN: a number is absent.
    """

    EQUAL = "equal"
    CONFUSABLE = "confusable"
    DIFFERENT_ISSUER = "different_issuer"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def compact(text: str) -> str:
    """Upper case, compatibility forms folded, separators, marks and blanks off, ASCII digits.

    Raises IdentifierError beyond MAX_TEXT characters.
    """
    if len(text) > MAX_TEXT:
        raise IdentifierError(f"identifier longer than {MAX_TEXT} characters")
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper())
    return "".join(
        str(unicodedata.decimal(c, c))
        for c in folded.translate(LOOKALIKES)
        if unicodedata.category(c)[0] not in _SEPARATORS
    )


def canonical_number(text: str) -> str:
    """A document number as it is compared: letters and digits only, upper case.

    Empty if nothing is left. Raises IdentifierError beyond MAX_NUMBER characters.
    """
    number = compact(text)
    if len(number) > MAX_NUMBER:
        raise IdentifierError(f"number longer than {MAX_NUMBER} characters")
    return number


def stated_number(text: str) -> str:
    """The canonical number that a text states, free of the words before it.

    "national identity card number 44103-5251752-5" gives "4410352517525". Without "number", "No."
    or "N°" the whole text is taken. Empty where what is left has no digit or is longer than
    MAX_NUMBER. Never raises.
    """
    mark = _NUMBER_MARK.search(text[:MAX_TEXT])
    rest = _NUMBER_MARK.sub(" ", text[mark.end() : MAX_TEXT]) if mark else text[:MAX_TEXT]
    number = compact(rest)
    known = len(number) <= MAX_NUMBER and any(c.isdigit() for c in number)
    return number if known else ""


def number_skeleton(number: str) -> str:
    """A canonical number with misreadable letters as digits (O 0, I 1, Z 2, S 5, B 8, G 6)."""
    return number.translate(_SKELETON)


def confused_characters(a: str, b: str) -> int:
    """Positions in which two canonical numbers of one skeleton differ; -1 for two skeletons."""
    if number_skeleton(a) != number_skeleton(b):
        return -1
    return sum(x != y for x, y in zip(a, b, strict=True))


@cache
def _countries() -> dict[str, str]:
    table: dict[str, str] = {}
    for alpha2, alpha3, name, variants in rows("countries.tsv"):
        for spelling in (alpha2, alpha3, name, *variants.split("|")):
            table.setdefault(_country_key(spelling), alpha3)
    for code, state, _ in rows("document_codes.tsv"):
        table[code] = code if state == "-" else state
    del table[""]
    return table


@cache
def _no_nationality() -> frozenset[str]:
    kinds = {"person", "organisation"}
    return frozenset(code for code, _, kind in rows("document_codes.tsv") if kind in kinds)


def _country_key(text: str) -> str:
    word = compact(text)
    return word.removeprefix("THE") if len(word) > 6 else word


def country_code(text: str) -> str:
    """The three-letter code for a code or English name of a country; empty if it is unknown.

    ISO alpha-2 and alpha-3, ICAO codes (D and DEU are DEU; GBD, GBN, GBO, GBP, GBS are GBR; RKS is
    XKX), UK and EL, English names with common variants. Codes without a state behind them stay as
    they are (XXA, UNO, UTO, SUN). Fillers and separators are ignored. Never raises.
    """
    if len(text) > MAX_TEXT:
        return ""
    key = _country_key(text)
    found = _countries().get(key)
    return found if found is not None else _countries().get(_STATE_FORM.sub("", key), "")


def nationality_contradicts(a: str, b: str) -> bool:
    """Whether two nationalities or issuers, in any form, exclude each other.

    Unknown ones never do, nor stateless, refugee and unspecified persons (XXA, XXB, XXC, XXX) and
    officials of organisations, whose documents carry no nationality (ICAO 9303-3 §5).
    """
    one, two = country_code(a), country_code(b)
    if not one or not two or _no_nationality() & {one, two}:
        return False
    return one != two


def issuers_differ(a: str, b: str) -> bool:
    """Whether two issuers, in any form, are known and not the same."""
    one, two = country_code(a), country_code(b)
    return bool(one and two and one != two)


def compare_numbers(number_a: str, issuer_a: str, number_b: str, issuer_b: str) -> NumberOutcome:
    """Compare two document numbers with their issuers, in any form; symmetric.

    Raises IdentifierError for a number that is too long.
    """
    a, b = canonical_number(number_a), canonical_number(number_b)
    if not a or not b:
        return NumberOutcome.UNKNOWN
    foreign = issuers_differ(issuer_a, issuer_b)
    if a == b:
        return NumberOutcome.DIFFERENT_ISSUER if foreign else NumberOutcome.EQUAL
    if not foreign and number_skeleton(a) == number_skeleton(b):
        return NumberOutcome.CONFUSABLE
    return NumberOutcome.DIFFERENT
