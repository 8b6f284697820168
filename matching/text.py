"""Bounded, clean text: what may enter normalisation, and what it loses there."""

from __future__ import annotations

import re
import unicodedata

MAX_CODE_POINTS = 256
"""Longest name that a query may hold; of a longer name of a record the head is used."""

MAX_TOKENS = 24
"""Most words of a name; a record keeps its first ones."""

MAX_MARKS = 30
"""Longest run of combining marks (UAX #15, Stream-Safe Text Format)."""

_APOSTROPHES = "'’‘`´ʼʻʿʾ′＇ʹ\"“”„«»"
_SEPARATORS = " \t\r\n<-‐‑‒–—−_/\\.;:()[]{}|+*&#@!?=~^%$·•・‧،؛、，׳״־"
_DROPPED_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]"
)
_SPLIT = {ord(c): " " for c in _SEPARATORS} | {ord(c): None for c in _APOSTROPHES}


class NameTooLong(ValueError):
    """A name of a query is beyond the bounds of TRUST section 7."""


def check_bounds(text: str) -> None:
    """Raise `NameTooLong` for a name beyond 256 code points, 24 words or 30 marks in a run."""
    if len(text) > MAX_CODE_POINTS:
        raise NameTooLong(f"a name may hold {MAX_CODE_POINTS} code points, this one {len(text)}")
    if _longest_run(text) > MAX_MARKS:
        raise NameTooLong(f"a name may hold {MAX_MARKS} combining marks in a run")
    if len(words(text)) > MAX_TOKENS:
        raise NameTooLong(f"a name may hold {MAX_TOKENS} words")


def is_cut(text: str) -> bool:
    """Whether a record's name is beyond the bounds, so that only its head is compared."""
    # 25 words have 24 spaces between them: most names need no closer look
    if len(text) <= MAX_MARKS or (text.isascii() and len(text) < 2 * MAX_TOKENS):
        return False
    try:
        check_bounds(text)
    except NameTooLong:
        return True
    return False


def bounded(text: str) -> str:
    """The first 256 code points, with no run of more than 30 combining marks.

    Cutting comes before normalising: `unicodedata.normalize` is quadratic in the length of a run.
    """
    text = text[:MAX_CODE_POINTS]
    return text if text.isascii() or _longest_run(text) <= MAX_MARKS else _shorten_runs(text)


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in "" if text.isascii() else text:
        run = run + 1 if unicodedata.combining(char) else 0
        longest = max(longest, run)
    return longest


def _shorten_runs(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def clean(text: str) -> str:
    """NFKC text without marks of tone, vowel or direction; case is kept, commas too."""
    text = bounded(text)
    if not text.isascii():
        # NFKC may lengthen 18-fold (U+FDFA), so the bound holds again afterwards.
        text = unicodedata.normalize("NFKC", text)[:MAX_CODE_POINTS]
    return _DROPPED_MARKS.sub("", text)


def words(text: str) -> list[str]:
    """The words of a name, case kept, punctuation and apostrophes gone, commas as words."""
    spaced = clean(text).translate(_SPLIT).replace(",", " , ")
    return [word for word in spaced.split() if word != ","]


def halves(text: str) -> tuple[list[str], list[str], bool]:
    """Words before and after the mark that parts surname and given names.

    The mark is the first `,` or the first `<<` of an MRZ name field (ICAO 9303-3 §4.6). The third
    item says whether there was one with words on both sides; if not, all words are in the first.
    """
    text = clean(text)
    head, mark, tail = text.partition("<<")
    if not mark:
        head, mark, tail = text.partition(",")
    before, after = words(head), words(tail)
    if before and after:
        return before, after, True
    return before + after, [], False
