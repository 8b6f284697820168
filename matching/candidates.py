"""Which names of a population deserve a comparison: a bounded search over postings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.align import (
    CONFLICT,
    CULTURE,
    LEAST_SHARE,
    ONE_SIDED,
    likeness_strength,
    word_nats,
)
from matching.arrays import Arrays
from matching.build import MAX_JOINED, join_hashes
from matching.names import Role, Token, runs
from matching.postings import gather
from matching.rarity import Rarity
from matching.vocabulary import Vocabulary

Floats = NDArray[np.floating[Any]]
Names = NDArray[np.uint32]

ENOUGH = 0.40
"""A name that shares less of the query's weight than this is not worth a comparison."""

WIDE = 8
"""Names completed and ranked for each row asked for."""

_STEPS = 1_000
_JOINED = 0.95


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query with its weight (nats) and the words of the population like it.

    `worth` is the weight of the more common of both words, for each id.
    """

    form: str
    weight: float
    ids: NDArray[np.uint32]
    alike: Floats
    worth: Floats
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """Names with an estimate of their log-odds, unordered; `touched` postings were read."""

    names: Names
    estimate: Floats
    touched: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """Postings: the number of a term, a name that has a word like it, and the nats it shares."""

    owners: Names
    names: Names
    gain: Floats
    cut: bool


def query_terms(words: tuple[Token, ...], vocabulary: Vocabulary, rarity: Rarity) -> list[Term]:
    """The words that can find somebody, and neighbours joined."""
    named = [word for word in words if word.role is Role.NAME]
    terms = [_term(word.forms, word_nats(word, rarity), vocabulary) for word in named]
    for run in runs(words):
        form = "".join(words[n].form for n in run)
        if len(run) == 2 and len(form) <= MAX_JOINED:
            weight = sum(word_nats(words[n], rarity) for n in run)
            terms.append(_term((form,), weight, vocabulary, joined=True))
    return terms


def _term(
    forms: tuple[str, ...], weight: float, vocabulary: Vocabulary, *, joined: bool = False
) -> Term:
    found = [vocabulary.similar(form) for form in forms]
    if len(found) == 1:
        ids, alike = found[0]
    else:
        every = np.concatenate([ids for ids, _ in found])
        values = np.concatenate([alike for _, alike in found])
        order = np.lexsort((-values, every))
        ids, first = np.unique(every[order], return_index=True)
        alike = values[order][first]
    worth = np.minimum(vocabulary.weights[ids], weight)
    return Term(forms[0], weight, ids, alike, worth, joined)


class NameSearch:
    """Reads postings rarest and most alike first, inside a budget, then completes the best."""

    __slots__ = (
        "_join_hash", "_join_name", "_name_at", "_name_weight", "_name_word", "_posting",
        "_posting_at",
    )  # fmt: skip

    def __init__(self, arrays: Arrays) -> None:
        self._posting_at = arrays["posting_at"]
        self._posting = arrays["posting"]
        self._name_at = arrays["name_at"]
        self._name_word = arrays["name_word"]
        self._name_weight = arrays["name_weight"]
        self._join_hash = arrays["join_hash"]
        self._join_name = arrays["join_name"]

    def rank(self, terms: list[Term], seeds: Names, limit: int, budget: int) -> Ranked:
        """The names that share most with the terms, and the seeds; at most `limit` * 8 + seeds.

        `seeds` are names known from elsewhere (a date of birth), ascending.
        """
        whole = sum(term.weight for term in terms if not term.joined)
        read = self._read(terms, whole, budget)
        best, matched = _strongest(read, limit * WIDE, whole)
        chosen = np.unique(np.concatenate([best, seeds]))
        joined = np.zeros(len(chosen), dtype=np.float32)
        joined[np.searchsorted(chosen, best)] = matched
        estimate, completed = self._complete(terms, chosen, joined, whole)
        return Ranked(chosen, estimate, len(read.names) + completed, read.cut)

    def _read(self, terms: list[Term], whole: float, budget: int) -> _Read:
        """Postings of the words that tell most, until the rest cannot make a candidate."""
        owner = np.repeat(np.arange(len(terms)), [len(t.ids) for t in terms])
        ids = np.concatenate([t.ids for t in terms]) if terms else np.zeros(0, dtype=np.uint32)
        alike = np.concatenate([t.alike for t in terms]) if terms else np.zeros(0)
        worth = np.concatenate([t.worth for t in terms]) if terms else np.zeros(0)
        gain = worth * alike**2
        ends = self._posting_at[ids.astype(np.int64) + 1]
        counts = (ends - self._posting_at[ids]).astype(np.int64)
        order = np.lexsort((counts, -gain))
        needed = _needed(gain[order], owner[order], len(terms), ENOUGH * whole)
        affordable = int(np.searchsorted(np.cumsum(counts[order[:needed]]), budget, side="right"))
        taken = order[: min(needed, max(affordable, 1))]
        names, position = gather(self._posting_at, self._posting, ids[taken])
        spent = min(len(names), budget)
        names, position = names[:spent], position[:spent]
        joined_owner, joined_names = self._joined(terms, budget - spent)
        weights = np.array([t.weight for t in terms])
        return _Read(
            np.concatenate([owner[taken][position], joined_owner]).astype(np.uint32),
            np.concatenate([names, joined_names]),
            np.concatenate([gain[taken][position], weights[joined_owner] * _JOINED]),
            affordable < needed,
        )

    def _joined(self, terms: list[Term], budget: int) -> tuple[Names, Names]:
        """Names in which two neighbours together are a word of the query."""
        single = [n for n, term in enumerate(terms) if not term.joined]
        if not single or not len(self._join_hash):
            return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint32)
        hashes = join_hashes([terms[n].form for n in single])
        first = np.searchsorted(self._join_hash, hashes, side="left")
        last = np.searchsorted(self._join_hash, hashes, side="right")
        each = max(0, budget) // len(single)
        spans = [self._join_name[a : min(b, a + each)] for a, b in zip(first, last, strict=True)]
        owner = np.repeat(np.array(single, dtype=np.uint32), [len(span) for span in spans])
        return owner, np.concatenate(spans)

    def _complete(
        self, terms: list[Term], names: Names, known: Floats, whole: float
    ) -> tuple[Floats, int]:
        """An estimate of the log-odds of each name, all terms counted."""
        words, owner = gather(self._name_at, self._name_word, names)
        covered, odds, rarest, bonus = np.zeros((4, len(names)))
        for term in terms:
            strength, worth = _best_words(term, words, owner, len(names))
            covered += worth
            beside = np.maximum(LEAST_SHARE * worth, worth - CULTURE)
            odds += strength * beside
            first = worth > rarest
            rarest[first] = worth[first]
            bonus[first] = (strength * (worth - beside))[first]
        odds = np.maximum(odds + bonus, known)
        covered = np.minimum(np.maximum(covered, known), whole)
        missing = np.maximum(0.0, whole - covered)
        extra = np.maximum(0.0, self._name_weight[names] - covered)
        conflict = np.minimum(missing, extra)
        estimate = np.minimum(odds, whole) + CONFLICT * conflict
        estimate += ONE_SIDED * np.abs(missing - extra)
        return estimate.astype(np.float32), len(words)


def _best_words(term: Term, words: Names, owner: Names, names: int) -> tuple[Floats, Floats]:
    """For every name the strength and the worth of its word that is most like a term, or 0."""
    strength, worth = np.zeros((2, names))
    if len(term.ids):
        at = np.minimum(np.searchsorted(term.ids, words), len(term.ids) - 1)
        hit = np.flatnonzero(term.ids[at] == words)
        hit = hit[np.argsort(term.alike[at[hit]], kind="stable")]
        # the last write wins, so the most alike word comes last
        strength[owner[hit]] = likeness_strength(term.alike[at[hit]])
        worth[owner[hit]] = term.worth[at[hit]]
    return strength, worth


def _needed(gain: Floats, owner: NDArray[np.int64], terms: int, floor: float) -> int:
    """How many words, best first, must be read so that a name in none of them is hopeless."""
    ahead = np.zeros(len(gain))
    for term in range(terms):
        mine = np.where(owner == term, gain, 0)
        ahead += np.maximum.accumulate(mine[::-1])[::-1]
    # where nothing is much alike, the best there is still deserves a look
    return int(np.count_nonzero(ahead >= min(floor, ENOUGH * float(ahead[0])))) if len(gain) else 0


def _strongest(read: _Read, keep: int, whole: float) -> tuple[Names, Floats]:
    """The names with the largest matched weight, ascending, and that weight."""
    owners, names, gain = read.owners, read.names, read.gain
    if not len(names):
        return names, np.zeros(0, dtype=np.float32)
    steps = np.minimum(gain * _STEPS, 0xFFFF).astype(np.uint64)
    keys = (names.astype(np.uint64) << np.uint64(32)) | (owners.astype(np.uint64) << np.uint64(16))
    keys = np.sort(keys | steps)
    pair = keys >> np.uint64(16)
    keys = keys[np.append(pair[1:] != pair[:-1], True)]
    found = (keys >> np.uint64(32)).astype(np.uint32)
    nats = (keys & np.uint64(0xFFFF)).astype(np.float64) / _STEPS
    starts = np.flatnonzero(np.append(True, found[1:] != found[:-1]))
    sums = np.minimum(np.add.reduceat(nats, starts), whole)
    unique = found[starts]
    if len(unique) > keep:
        best = np.sort(np.argpartition(-sums, keep)[:keep])
        unique, sums = unique[best], sums[best]
    return unique, sums.astype(np.float32)
