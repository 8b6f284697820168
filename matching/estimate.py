"""The log-odds of many names against one query, on word numbers instead of words.

Follows `align.align`: the same pairs in the same order of likeness, with the same weights.
Initials, markers of sex and the heads of cut words are left to the comparison proper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.align import (
    CULTURE,
    FLOOR,
    LEAST_SHARE,
    OTHER_PART,
    SURNAME,
    conflict_odds,
    likeness_strength,
    one_sided_odds,
)
from matching.arrays import Array, Arrays
from matching.names import Part
from matching.postings import gather
from matching.similarity import MATCHED

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.int64]

WORD = (1 << 29) - 1
"""The bits of an entry of `name_word` that hold the number of a word."""

READING = 1 << 31
"""Set where an entry is a further reading of the word before it."""

PARTS = {Part.UNKNOWN: 0, Part.SURNAME: 1, Part.GIVEN: 2}
"""What bits 29 and 30 say: where the word stands in its name."""

_JOINED = 0.97


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query with its weight (nats) and the words of the population like it.

    `alike` is the likeness of each of `ids`, which ascend; `covers` are the numbers of the words
    that it stands for, `joined` says that these are neighbours written as one.
    """

    form: str
    weight: float
    ids: NDArray[np.uint32]
    alike: Floats
    part: Part
    covers: tuple[int, ...]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The words of some names: `owner`, `nats` and `part` for each word, `ids` for each reading.

    `slot` is the word of a reading.
    """

    names: int
    ids: Array
    slot: Numbers
    owner: Numbers
    nats: Floats
    part: Array


@dataclass(frozen=True, slots=True)
class _Lines:
    """Possible pairs: term and word, how alike, and what they are worth."""

    owner: Numbers
    term: Numbers
    slot: Numbers
    alike: Floats
    worth: Floats

    def at(self, chosen: Array) -> _Lines:
        return _Lines(
            self.owner[chosen], self.term[chosen], self.slot[chosen], self.alike[chosen],
            self.worth[chosen],
        )  # fmt: skip


def held_words(arrays: Arrays, names: Array) -> Held:
    """The words of the names of those numbers."""
    entries, owner = gather(arrays["name_at"], arrays["name_word"], names)
    first = (entries & np.uint32(READING)) == 0
    ids = entries & np.uint32(WORD)
    part = (entries[first] >> np.uint32(29)) & np.uint32(3)
    nats = arrays["word_weight"][ids[first]] * np.where(part == PARTS[Part.SURNAME], SURNAME, 1.0)
    slot = np.cumsum(first) - 1
    return Held(len(names), ids, slot, owner[first].astype(np.int64), nats, part)


def estimate(terms: Sequence[Term], held: Held, joined: tuple[Numbers, Numbers]) -> Floats:
    """Log-odds of each name, shape (names,).

    `joined` are names and terms of which neighbours in the name, written as one, are the term.
    """
    lines = _lines(terms, held, joined)
    whole = sum(term.weight for term in terms)
    left, right, odds, rarest, bonus = np.zeros((5, held.names))
    nats = np.append(held.nats, 0.0)
    weights = np.array([term.weight for term in terms])
    for line in _greedy(lines, len(held.nats), (held.names, len(terms))):
        who, strength = line.owner, likeness_strength(line.alike)
        left[who] += weights[line.term]
        right[who] += np.where(line.slot < 0, line.worth, nats[line.slot])
        beside = np.maximum(LEAST_SHARE * line.worth, line.worth - CULTURE)
        odds[who] += strength * beside
        first = line.worth > rarest[who]
        rarest[who[first]] = line.worth[first]
        bonus[who[first]] = (strength * (line.worth - beside))[first]
    missing = np.maximum(0.0, whole - left)
    extra = np.maximum(0.0, np.bincount(held.owner, held.nats, held.names) - right)
    odds += bonus + conflict_odds(np.minimum(missing, extra))
    odds += one_sided_odds(np.abs(missing - extra))
    return np.asarray(np.maximum(odds, FLOOR))


def _lines(terms: Sequence[Term], held: Held, joined: tuple[Numbers, Numbers]) -> _Lines:
    found = [_matches(number, term, held) for number, term in enumerate(terms)]
    names, numbers = joined
    weights = np.array([term.weight for term in terms])[numbers]
    apart = np.full(len(names), -1, dtype=np.int64)
    found.append(_Lines(names, numbers, apart, np.full(len(names), _JOINED), weights))
    return _Lines(*(
        np.concatenate([getattr(lines, field) for lines in found])
        for field in ("owner", "term", "slot", "alike", "worth")
    ))  # fmt: skip


def _matches(number: int, term: Term, held: Held) -> _Lines:
    if not len(term.ids):
        none = np.zeros(0, dtype=np.int64)
        return _Lines(none, none, none, np.zeros(0), np.zeros(0))
    at = np.minimum(np.searchsorted(term.ids, held.ids), len(term.ids) - 1)
    hit = np.flatnonzero(term.ids[at] == held.ids)
    slot = held.slot[hit]
    alike = term.alike[at[hit]].astype(np.float64)
    if term.part is not Part.UNKNOWN:
        alike[held.part[slot] == 3 - PARTS[term.part]] *= OTHER_PART
    kept = alike >= MATCHED
    slot, alike = slot[kept], alike[kept]
    owner = held.owner[slot]
    worth = np.minimum(held.nats[slot], term.weight)
    return _Lines(owner, np.full(len(owner), number), slot, alike, worth)


def _greedy(lines: _Lines, slots: int, shape: tuple[int, int]) -> Iterator[_Lines]:
    """In each round at most one pair of every name, the most alike of those still free."""
    lines = lines.at(np.argsort(lines.owner - 0.9 * lines.alike, kind="stable"))
    free_term = np.ones(shape, dtype=bool)
    free_slot = np.ones(slots + 1, dtype=bool)
    while len(lines.owner):
        first = np.append(True, lines.owner[1:] != lines.owner[:-1])
        chosen = lines.at(first)
        yield chosen
        free_term[chosen.owner, chosen.term] = False
        free_slot[chosen.slot] = False
        free_slot[-1] = True
        lines = lines.at(free_term[lines.owner, lines.term] & free_slot[lines.slot])
