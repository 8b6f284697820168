"""The distinct words of a population, and which of them are like a given word."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matching import hashing
from matching.arrays import Array, Arrays
from matching.keys import Keys, keys_of
from matching.similarity import MATCHED, equivalents, likeness

FORM, FOLD, SKELETON, PHONETIC = 1, 2, 3, 4
"""Salts that keep the kinds of keys apart in one table."""

MAX_CANDIDATES = 512
"""Most words that are compared with one word of a query; the nearest by keys are kept."""

CACHED = 1 << 14
"""Words of queries whose similar words are remembered."""

Ids = NDArray[np.uint32]
Similar = tuple[Ids, NDArray[np.float32]]
"""Word ids, ascending, and their similarity (0.7..1)."""


def build_vocabulary(words: list[str]) -> dict[str, Array]:
    """Arrays of a vocabulary; the id of a word is its position in `words`."""
    encoded = [word.encode("ascii") for word in words]
    forms = hashing.matrix(encoded)
    keys = [keys_of(word) for word in words]
    hashes, owners = _all_keys(forms, keys)
    order = np.argsort(hashes, kind="stable")
    exact = hashing.whole(forms, FORM)
    by_hash = np.argsort(exact, kind="stable")
    offsets = np.zeros(len(words) + 1, dtype=np.uint32)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    return {
        "vocab_text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        "vocab_at": offsets,
        "vocab_hash": exact[by_hash],
        "vocab_id": by_hash.astype(np.uint32),
        "key_hash": hashes[order],
        "key_word": owners[order],
    }


def _all_keys(forms: hashing.Words, keys: list[Keys]) -> tuple[Ids, Ids]:
    """32-bit keys of every word: shortened forms, fold, skeletons and their shortenings, sound."""
    everyone = np.arange(len(keys), dtype=np.uint32)
    parts: list[tuple[hashing.Hashes, Ids]] = [(hashing.whole(forms, FORM), everyone)]
    parts.append(hashing.one_less(forms, FORM))
    parts.append((hashing.whole(_rows([k.fold for k in keys]), FOLD), everyone))
    bones = _rows([k.skeleton for k in keys])
    parts.append((hashing.whole(bones, SKELETON), everyone))
    long = np.flatnonzero(np.count_nonzero(bones, axis=1) >= 4)
    shortened, owner = hashing.one_less(bones[long], SKELETON)
    parts.append((shortened, long[owner].astype(np.uint32)))
    parts.append((hashing.whole(_rows([k.phonetic for k in keys]), PHONETIC), everyone))
    hashes = np.concatenate([part for part, _ in parts])
    return (hashes >> np.uint64(32)).astype(np.uint32), np.concatenate([o for _, o in parts])


def _rows(keys: list[str]) -> hashing.Words:
    return hashing.matrix([key.encode("ascii") for key in keys])


class Vocabulary:
    """Read-only words in flat arrays, found by exact form or by likeness.

    Opening reads nothing; the arrays may be memory maps.
    """

    __slots__ = ("_at", "_hash", "_id", "_key_hash", "_key_word", "_text", "similar", "weights")

    def __init__(self, arrays: Arrays) -> None:
        self._text = arrays["vocab_text"]
        self._at = arrays["vocab_at"]
        self._hash = arrays["vocab_hash"]
        self._id = arrays["vocab_id"]
        self._key_hash = arrays["key_hash"]
        self._key_word = arrays["key_word"]
        self.weights = arrays["word_weight"]
        self.similar = lru_cache(maxsize=CACHED)(self._similar)

    def __len__(self) -> int:
        return len(self._id)

    def word(self, number: int) -> str:
        """The form of a word id."""
        return bytes(self._text[int(self._at[number]) : int(self._at[number + 1])]).decode()

    def find(self, form: str) -> int | None:
        """The id of a form, None where no name has it."""
        wanted = hashing.whole(hashing.matrix([form.encode()]), FORM)[0]
        at = int(np.searchsorted(self._hash, wanted))
        while at < len(self._hash) and self._hash[at] == wanted:
            if self.word(int(self._id[at])) == form:
                return int(self._id[at])
            at += 1
        return None

    def _similar(self, form: str) -> Similar:
        """Words at least `similarity.MATCHED` alike, with their likeness."""
        found = self._near(form)
        alike = [(n, likeness(form, self.word(n))[0]) for n in found]
        for other in equivalents(form):
            number = self.find(other)
            if number is not None and number not in found:
                alike.append((number, likeness(form, other)[0]))
        kept = sorted((n, s) for n, s in alike if s >= MATCHED)
        ids = np.array([n for n, _ in kept], dtype=np.uint32)
        return ids, np.array([s for _, s in kept], dtype=np.float32)

    def _near(self, form: str) -> set[int]:
        """Ids of words that share a key with a form and are not too many edits away."""
        ids, shared = self._sharing_keys(form)
        if not len(ids):
            return set()
        texts = [self.word(int(n)) for n in ids]
        # a word that shares only its phonetic classes must also look a little alike
        distance = cdist([form], texts, scorer=OSA.normalized_distance, dtype=np.float32)[0]
        near = distance <= np.where(shared > 1, 0.8, 0.6)
        ids, distance = ids[near], distance[near]
        return set(ids[np.argsort(distance, kind="stable")][:MAX_CANDIDATES].tolist())

    def _sharing_keys(self, form: str) -> tuple[Ids, NDArray[np.int64]]:
        wanted = _query_keys(form)
        first = np.searchsorted(self._key_hash, wanted, side="left")
        last = np.searchsorted(self._key_hash, wanted, side="right")
        spans = [self._key_word[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        ids, shared = np.unique(np.concatenate(spans), return_counts=True)
        return ids.astype(np.uint32), shared


def _query_keys(form: str) -> Ids:
    hashes, _ = _all_keys(hashing.matrix([form.encode()]), [keys_of(form)])
    return np.unique(hashes)
