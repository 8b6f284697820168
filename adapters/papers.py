"""Documents out of free text, as sanctions lists write them ("Libyan passport No. 96/184442")."""

from __future__ import annotations

import re

from adapters.draft import MAX_NAME, clean, nation
from matching.identifiers import IdentifierError, canonical_number
from matching.record import Document

_TYPES = (
    ("driv", "DRIVING_LICENCE"),
    ("visa", "VISA"),
    ("residen", "RESIDENCE_PERMIT"),
    ("pasaporte", "PASSPORT"),
    ("passeport", "PASSPORT"),
    ("fiscal", "TAX_ID"),
    ("tax", "TAX_ID"),
    ("r.f.c", "TAX_ID"),
    ("birth cert", "OTHER"),
    ("travel doc", "OTHER"),
    ("laissez", "OTHER"),
    ("national id", "NATIONAL_ID"),
    ("passport", "PASSPORT"),
    ("id card", "ID_CARD"),
    ("identification card", "ID_CARD"),
    ("identity card", "ID_CARD"),
    ("cedula", "NATIONAL_ID"),
    ("c.u.r.p", "NATIONAL_ID"),
    ("d.n.i", "NATIONAL_ID"),
    ("c.u.i", "NATIONAL_ID"),
    ("social security", "NATIONAL_ID"),
    ("national", "NATIONAL_ID"),
    ("id", "OTHER"),
)
_TAIL = re.compile(
    r"\s*(?:[,;]|(?<=\s)\(|\b(?:issued|date of issue|expir|valid|under|revoked)).*", re.IGNORECASE
)
_DATED = re.compile(r"\b(?:issued|born|expire[sd]|as of|since)\b", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)")
_BRACKET = re.compile(r"\(([^()]*)\)\s*$")
_MARK = re.compile(r"^(?:no|number|nr|n°|ssn)[.:]*$|^no\.?(?=\d)", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Z][A-Z-]{0,3}")
_WORDS = re.compile(
    r"\b(?:diplomatic|service|foreign|travel|provisional|national|identity|identification|passport"
    r"|card|document|number|no|counterfeit|driving|licence)\b\.?|\([^)]*\)|[:.]",
    re.IGNORECASE,
)


def kind_of_document(text: str) -> str:
    """The document type that a phrase names, OTHER if it names none we know."""
    lower = text.lower()
    return next((kind for part, kind in _TYPES if part in lower), "OTHER")


def document(text: str | None, *, phrase: str = "", country: str | None = "") -> Document | None:
    """The document that `text` names, None where it has no number that can be compared.

    A date is no number ("issued on 21 Jun 1992").

    `phrase` is what the source calls the document, `country` who issued it by name or code; where
    they are empty, words before the number or a country in brackets behind it stand for them.
    """
    whole = clean(text)[:MAX_NAME]
    start = next((i for i, letter in enumerate(whole) if letter.isdigit()), len(whole))
    words, number = _split(whole[:start] + _TAIL.sub("", whole[start:]))
    if not number or _DATED.search(words) or _DATE.match(number) or not _comparable(number):
        return None
    issuer = nation(country) or _issuer(whole, words)
    return Document(number, issuer, kind_of_document(f"{phrase} {words}"))


def _split(text: str) -> tuple[str, str]:
    """The words before the first token with a digit, and the number that starts there.

    Short capitals in front of it are its series ("OB 0243318"), unless they are words.
    """
    tokens = [token for token in text.split() if token]
    start = next((i for i, token in enumerate(tokens) if _has_digit(token)), len(tokens))
    if start == len(tokens):
        return text, ""
    if start and _PREFIX.fullmatch(tokens[start - 1]) and not _MARK.match(tokens[start - 1]):
        start -= 1
    parts = [_MARK.sub("", token) for token in tokens[start:]]
    return " ".join(tokens[:start]), " ".join(part for part in parts if part).strip(" .,;:'\"")


def _comparable(number: str) -> bool:
    try:
        return bool(canonical_number(number))
    except IdentifierError:
        return False


def _has_digit(token: str) -> bool:
    return any(letter.isdigit() for letter in token)


def _issuer(whole: str, words: str) -> str:
    bracket = _BRACKET.search(whole)
    behind = whole.partition(",")[2]
    for place in (bracket[1] if bracket else "", behind, _WORDS.sub(" ", words)):
        if code := nation(place):
            return code
    return ""
