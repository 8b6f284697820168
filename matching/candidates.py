"""Which names of a population deserve a comparison: a bounded search over postings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.align import JOINED_AT, word_nats
from matching.arrays import Arrays
from matching.build import MAX_JOINED, join_hashes
from matching.estimate import Numbers, Term, estimate, held_words
from matching.names import Part, Role, Token, runs
from matching.postings import gather
from matching.rarity import Rarity
from matching.vocabulary import Vocabulary

__all__ = ["NameSearch", "Ranked", "Term", "query_terms"]

Floats = NDArray[np.floating[Any]]
Names = NDArray[np.uint32]

ENOUGH = 0.40
"""A name that shares less of the query's weight than this is not worth a comparison."""

WIDE = 200
"""Names of which all words are weighed, at most this or four for each row that is wanted."""

_STEPS = 1_000
_JOINED = 0.95


@dataclass(frozen=True, slots=True)
class Ranked:
    """Names with an estimate of their log-odds, unordered; each of them was weighed."""

    names: Names
    estimate: Floats
    cut: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """Postings: the number of a term, a name that has a word like it, and the nats it shares."""

    owners: Names
    names: Names
    gain: Floats
    cut: bool


def query_terms(words: tuple[Token, ...], vocabulary: Vocabulary, rarity: Rarity) -> list[Term]:
    """The words that can find somebody, in their order, then neighbours joined."""
    named = [n for n, word in enumerate(words) if word.role is Role.NAME]
    terms = [
        _term(words[n].forms, (word_nats(words[n], rarity), words[n].part), vocabulary, (place,))
        for place, n in enumerate(named)
    ]
    for run in runs(words):
        form = "".join(words[n].form for n in run)
        if len(run) == 2 and len(form) <= MAX_JOINED:
            weight = sum(word_nats(words[n], rarity) for n in run)
            covers = tuple(named.index(n) for n in run if n in named)
            terms.append(_term((form,), (weight, Part.UNKNOWN), vocabulary, covers, JOINED_AT))
    return [term for term in terms if len(term.ids) or not term.joined]


def _term(
    forms: tuple[str, ...], worth: tuple[float, Part], vocabulary: Vocabulary,
    covers: tuple[int, ...], least: float = 0.0,
) -> Term:  # fmt: skip
    found = [vocabulary.similar(form) for form in forms]
    ids, alike = found[0]
    if len(found) > 1:
        every = np.concatenate([ids for ids, _ in found])
        values = np.concatenate([alike for _, alike in found])
        order = np.lexsort((-values, every))
        ids, first = np.unique(every[order], return_index=True)
        alike = values[order][first]
    if least:
        kept = alike >= least
        ids, alike = ids[kept], alike[kept]
    return Term(forms[0], worth[0], ids, alike, worth[1], covers, least > 0)


class NameSearch:
    """Reads postings rarest and most alike first, inside a budget, then completes the best."""

    __slots__ = ("_arrays", "_join_hash", "_join_name", "_posting", "_posting_at", "_weight")

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._posting_at = arrays["posting_at"]
        self._posting = arrays["posting"]
        self._weight = arrays["word_weight"]
        self._join_hash = arrays["join_hash"]
        self._join_name = arrays["join_name"]

    def rank(self, terms: list[Term], seeds: Names, limit: int, budget: int) -> Ranked:
        """The names that share most with the terms, and the seeds.

        At most `WIDE`, or four for each of `limit` rows, beside the seeds; `budget` bounds the
        postings that are read to find them. `seeds` are names known from elsewhere (a date of
        birth), ascending.
        """
        single = [term for term in terms if not term.joined]
        whole = sum(term.weight for term in single)
        read, joined = self._read(terms, whole, budget)
        chosen = np.unique(np.concatenate([_strongest(read, max(WIDE, 4 * limit), whole), seeds]))
        held = held_words(self._arrays, chosen)
        values = estimate(single, held, _among(chosen, joined))
        for term in terms:
            if term.joined:
                values = np.maximum(values, estimate(_instead(single, term), held, _NO_JOINS))
        return Ranked(chosen, values, read.cut)

    def _read(
        self, terms: list[Term], whole: float, budget: int
    ) -> tuple[_Read, tuple[Names, Names]]:
        """Postings of the words that tell most, until the rest cannot make a candidate.

        The second item are names in which neighbours are a word of the query, and these words.
        """
        # words joined speak for the first of them, so that nothing counts twice
        owner = np.repeat([t.covers[0] for t in terms], [len(t.ids) for t in terms])
        ids = np.concatenate([t.ids for t in terms]) if terms else np.zeros(0, dtype=np.uint32)
        alike = np.concatenate([t.alike for t in terms]) if terms else np.zeros(0)
        most = np.repeat([t.weight for t in terms], [len(t.ids) for t in terms])
        gain = np.minimum(self._weight[ids], most) * alike**2
        ends = self._posting_at[ids.astype(np.int64) + 1]
        counts = (ends - self._posting_at[ids]).astype(np.int64)
        order = np.lexsort((counts, -gain))
        needed = _needed(gain[order], owner[order], ENOUGH * whole)
        affordable = int(np.searchsorted(np.cumsum(counts[order[:needed]]), budget, side="right"))
        taken = order[: min(needed, max(affordable, 1))]
        names, position = gather(self._posting_at, self._posting, ids[taken])
        spent = min(len(names), budget)
        names, position = names[:spent], position[:spent]
        joined_owner, joined_names = self._joined(terms, budget - spent)
        weights = np.array([t.weight for t in terms])
        read = _Read(
            np.concatenate([owner[taken][position], joined_owner]).astype(np.uint32),
            np.concatenate([names, joined_names]),
            np.concatenate([gain[taken][position], weights[joined_owner] * _JOINED]),
            affordable < needed,
        )
        return read, (joined_names, joined_owner)

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


_NONE = np.zeros(0, dtype=np.int64)
_NO_JOINS = (_NONE, _NONE)


def _among(chosen: Names, joined: tuple[Names, Names]) -> tuple[Numbers, Numbers]:
    """Names joined, as positions among the chosen ones, and their terms."""
    names, terms = joined
    if not len(chosen) or not len(names):
        return _NO_JOINS
    at = np.minimum(np.searchsorted(chosen, names), len(chosen) - 1)
    there = chosen[at] == names
    return at[there].astype(np.int64), terms[there].astype(np.int64)


def _instead(single: list[Term], joined: Term) -> list[Term]:
    """The words of a query, some of them written as one."""
    rest = [term for term in single if term.covers[0] not in joined.covers]
    return [*rest, joined]


def _needed(gain: Floats, owner: NDArray[np.int64], floor: float) -> int:
    """How many words, best first, must be read so that a name in none of them is hopeless."""
    ahead = np.zeros(len(gain))
    for term in set(owner.tolist()):
        mine = np.where(owner == term, gain, 0)
        ahead += np.maximum.accumulate(mine[::-1])[::-1]
    # where nothing is much alike, the best there is still deserves a look
    return int(np.count_nonzero(ahead >= min(floor, ENOUGH * float(ahead[0])))) if len(gain) else 0


def _strongest(read: _Read, keep: int, whole: float) -> Names:
    """The names with the largest matched weight, ascending."""
    owners, names, gain = read.owners, read.names, read.gain
    if not len(names):
        return names
    steps = np.minimum(gain * _STEPS, 0xFFFF).astype(np.uint64)
    keys = (names.astype(np.uint64) << np.uint64(32)) | (owners.astype(np.uint64) << np.uint64(16))
    keys = np.sort(keys | steps)
    pair = keys >> np.uint64(16)
    keys = keys[np.append(pair[1:] != pair[:-1], True)]
    found = (keys >> np.uint64(32)).astype(np.uint32)
    nats = (keys & np.uint64(0xFFFF)).astype(np.float64) / _STEPS
    starts = np.flatnonzero(np.append(True, found[1:] != found[:-1]))
    sums = np.minimum(np.add.reduceat(nats, starts), whole)
    unique: Names = found[starts]
    if len(unique) > keep:
        unique = np.sort(unique[np.argpartition(-sums, keep)[:keep]])
    return unique
