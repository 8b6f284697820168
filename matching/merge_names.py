"""When two names are near enough to prove something together with a date of birth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from matching.align import NOTHING, Alignment, align
from matching.keys import keys_of
from matching.merge_links import ALIGNING, Budget
from matching.merge_view import Words
from matching.names import Role
from matching.rarity import DEFAULT

NAME_FULL, NAME_PART, PART_NATS = 0.86, 0.76, 11.0
"""Least similarity of names that prove anything together with a date of birth.

With the day of birth NAME_PART is enough for a name whose log-odds are at least PART_NATS: the
other name then has more words, and nothing stands against them.
"""

RARE_NATS, RARE_LETTERS = 22.0, 14
"""Least log-odds and letters of a name that proves something with a year of birth.

No name of two words reaches them.
"""


def best(left: tuple[Words, ...], right: tuple[Words, ...], budget: Budget) -> Alignment:
    """The most similar pair of names; of equals the one that says most."""
    found = (a for _, _, a in aligned(left, right, budget))
    return max(found, key=lambda a: (a.similarity, a.log_odds), default=NOTHING)


def aligned(
    left: tuple[Words, ...], right: tuple[Words, ...], budget: Budget
) -> Iterator[tuple[Words, Words, Alignment]]:
    """The pairs of names that may be alike, each with its alignment."""
    for one, two in product(left, right):
        if _hints(one) & _hints(two):
            yield one, two, _alignment(one, two, budget)


def _alignment(one: Words, two: Words, budget: Budget) -> Alignment:
    found = budget.alignments.get((one, two))
    if found is None:
        budget.spend(ALIGNING)
        found = budget.alignments[one, two] = align(one, two, DEFAULT)
    return found


@lru_cache(maxsize=1 << 12)
def _hints(words: Words) -> frozenset[str]:
    """Names without a common consonant skeleton or first letters need no alignment."""
    forms = [form for word in words for form in word.forms]
    return frozenset({keys_of(form).skeleton for form in forms} | {form[:3] for form in forms})


def agrees(left: Words, right: Words, name: Alignment) -> bool:
    """Whether nothing stands against anything and two words agree, or the only word of both."""
    rules = {pair.rule for pair in name.pairs}
    if {"missing", "extra"} <= rules or "sex" in rules:
        return False
    agreed = sum(pair.similarity >= 0.8 for pair in name.pairs)
    single = all(sum(w.role is Role.NAME for w in words) == 1 for words in (left, right))
    return agreed >= 2 or (single and agreed == 1)


def is_full(name: Alignment) -> bool:
    """Whether two names are alike as a whole."""
    return name.similarity >= NAME_FULL


def is_like(name: Alignment) -> bool:
    """Whether two names are alike, or one is a good part of the other."""
    return is_full(name) or (name.similarity >= NAME_PART and name.log_odds >= PART_NATS)


def is_rare(name: Alignment) -> bool:
    """Whether two names are alike as a whole and hardly anybody else has them."""
    letters = sum(len(pair.query) for pair in name.pairs if pair.similarity)
    return is_full(name) and name.log_odds >= RARE_NATS and letters >= RARE_LETTERS
