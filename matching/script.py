"""The script of a character or word, as an ISO 15924 code."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from matching.tables import rows

UNKNOWN = "Zyyy"
"""ISO 15924 code for characters that belong to no script of their own (digits, marks, signs)."""


@cache
def _ranges() -> tuple[tuple[int, ...], tuple[tuple[int, str], ...]]:
    """First code points, and for each the last code point and the script, in ascending order."""
    table = sorted((int(a, 16), int(b, 16), code) for a, b, code in rows("scripts.tsv"))
    return tuple(a for a, _, _ in table), tuple((b, code) for _, b, code in table)


@cache
def _code(point: int) -> str:
    first, rest = _ranges()
    at = bisect_right(first, point) - 1
    return rest[at][1] if at >= 0 and point <= rest[at][0] else UNKNOWN


def of_char(char: str) -> str:
    """ISO 15924 code of one character, `Zyyy` where it has none (source: Unicode block ranges)."""
    if "a" <= char <= "z" or "A" <= char <= "Z":
        return "Latn"
    return _code(ord(char))


def of_word(word: str) -> str:
    """The script of most characters of a word; `Zyyy` for a word without letters.

    A word in which two scripts are equally frequent belongs to the one that comes first.
    """
    if word.isascii():
        return "Latn" if any(c.isalpha() for c in word) else UNKNOWN
    counts: dict[str, int] = {}
    for char in word:
        code = of_char(char)
        if code != UNKNOWN:
            counts[code] = counts.get(code, 0) + 1
    return max(counts, key=lambda code: counts[code]) if counts else UNKNOWN
