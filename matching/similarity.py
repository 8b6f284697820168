"""How alike two name words are, and by which rule."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from matching.keys import Keys, keys_of
from matching.tables import rows


class Rule(StrEnum):
    """Why two words count as one, from certain to weak; the last four are for the alignment."""

    EQUAL = "equal"
    SPELLING = "spelling"
    GENDERED = "gendered"
    CONSONANTS = "consonants"
    VARIANT = "variant"
    TYPO = "typo"
    SOUND = "sound"
    PREFIX = "prefix"
    SIMILAR = "similar"
    DIFFERENT = "different"
    JOINED = "joined"
    TRUNCATED = "truncated"
    INITIAL = "initial"
    SEX = "sex"


MATCHED = 0.70
"""Least similarity at which two words are taken for one another."""

Likeness = tuple[float, Rule]
"""A similarity (0..1) and the rule that gave it."""


@cache
def _groups() -> dict[str, frozenset[int]]:
    member: dict[str, set[int]] = {}
    for number, group in enumerate(rows("equivalents.tsv")):
        for form in group:
            member.setdefault(form, set()).add(number)
    return {form: frozenset(numbers) for form, numbers in member.items()}


@lru_cache(maxsize=1 << 12)
def equivalents(form: str) -> tuple[str, ...]:
    """Other listed forms of the same name (Mohamed, Muhammad; Liz, Elizabeth), without `form`."""
    numbers = _groups().get(form, frozenset())
    table = rows("equivalents.tsv")
    forms = dict.fromkeys(other for number in sorted(numbers) for other in table[number])
    forms.pop(form, None)
    return tuple(forms)


_GENDERED = (
    ("ov", "ova"), ("ev", "eva"), ("in", "ina"), ("yn", "yna"), ("sky", "skaya"), ("ski", "ska"),
    ("skiy", "skaya"), ("skii", "skaia"), ("skyi", "ska"), ("sky", "ska"), ("yi", "a"),
    ("iy", "aya"),
)  # fmt: skip


def gendered(first: str, second: str) -> bool:
    """Whether two forms are the male and the female form of one Slavic family name."""
    if len(first) > len(second):
        first, second = second, first
    return any(
        first.endswith(male) and second.endswith(female)
        and first[: -len(male)] == second[: -len(female)] and len(first) - len(male) >= 3
        for male, female in _GENDERED
    )  # fmt: skip


def _edits(first: str, second: str) -> Likeness:
    """Typing errors: one edit in four letters, two in seven; then the share of equal letters."""
    longest = max(len(first), len(second))
    distance = OSA.distance(first, second)
    if distance == 1 and longest >= 4:
        return min(0.94, 0.80 + 0.02 * longest), Rule.TYPO
    if distance == 2 and longest >= 7:
        return min(0.86, 0.70 + 0.015 * longest), Rule.TYPO
    return (1 - distance / longest) ** 1.5, Rule.SIMILAR


def _consonants(one: Keys, other: Keys, share: float) -> Likeness:
    """Equal skeletons: nearly certain where a script leaves vowels out, else with the vowels."""
    size = len(one.skeleton)
    if one.skeleton != other.skeleton or size < 2:
        return 0.0, Rule.DIFFERENT
    if one.unvowelled or other.unvowelled:
        return (0.94 if size >= 4 else 0.90 if size == 3 else 0.82), Rule.CONSONANTS
    floor = 0.80 if size >= 4 else 0.74 if size == 3 else 0.62
    return floor + (0.96 - floor) * share, Rule.CONSONANTS


def _sounds(one: Keys, other: Keys, share: float) -> Likeness:
    if one.phonetic != other.phonetic or len(one.phonetic) < 3:
        return 0.0, Rule.DIFFERENT
    if one.unvowelled or other.unvowelled:
        return (0.86 if len(one.phonetic) > 3 else 0.76), Rule.SOUND
    return 0.64 + 0.26 * share, Rule.SOUND


def _prefix(first: str, second: str) -> Likeness:
    short, long = sorted((first, second), key=len)
    if len(short) >= 4 and long.startswith(short):
        return 0.70 + 0.12 * len(short) / len(long), Rule.PREFIX
    return 0.0, Rule.DIFFERENT


@lru_cache(maxsize=1 << 17)
def likeness(first: str, second: str) -> Likeness:
    """How alike two Latin forms are; symmetric, 1.0 only for equal forms.

    The best of: equal, equal after levelling spellings, listed variants, male and female form of a
    family name, equal consonants, one or two typing errors, equal sound, one the head of the other.
    """
    if first == second:
        return 1.0, Rule.EQUAL
    one, other = keys_of(first), keys_of(second)
    if one.fold == other.fold and len(one.fold) > 1:
        return 0.97, Rule.SPELLING
    if first[-1:] == "a" != second[-1:] or second[-1:] == "a" != first[-1:]:
        if gendered(first, second):
            return 0.95, Rule.GENDERED
        if second in (first + "a", first + "o") or first in (second + "a", second + "o"):
            return 0.60, Rule.SEX
    levelled = _edits(one.fold, other.fold)
    share = 1 - OSA.normalized_distance(one.fold, other.fold)
    rules = (
        _edits(first, second), levelled, _consonants(one, other, share), _sounds(one, other, share),
        _prefix(first, second),
    )  # fmt: skip
    best = max(rules, key=lambda item: item[0])
    numbers = _groups()
    if best[0] < 0.92 and numbers.get(first, frozenset()) & numbers.get(second, frozenset()):
        return 0.92, Rule.VARIANT
    return best


def best_likeness(first: tuple[str, ...], second: tuple[str, ...]) -> Likeness:
    """The best likeness of any reading of one word with any reading of another."""
    if len(first) == 1 == len(second):
        return likeness(first[0], second[0])
    return max(
        (likeness(one, other) for one in first for other in second), key=lambda item: item[0]
    )
