"""The distinct words of a population, and which of them are like a given word."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matching import hashing
from matching.arrays import Array, Arrays
from matching.keys import Keys, keys_of
from matching.likeness_many import Words, likeness_many, trait
from matching.similarity import MATCHED, equivalents, likeness

FORM, FOLD, SKELETON, PHONETIC = 1, 2, 3, 4
"""Salts that keep the kinds of keys apart in one table."""

MAX_CANDIDATES = 512
"""Most words that are compared with one word of a query; the nearest by keys are kept."""

CACHED = 1 << 14
"""Words of queries whose similar words are remembered."""

_LONG_BONES = 4

Ids = NDArray[np.uint32]
Floats = NDArray[np.floating[Any]]
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
    return {
        **_text("vocab", encoded),
        **_text("fold", [key.fold.encode("ascii") for key in keys]),
        "vocab_skeleton": _short(hashing.whole(_rows([k.skeleton for k in keys]), SKELETON)),
        "vocab_sound": _short(hashing.whole(_rows([k.phonetic for k in keys]), PHONETIC)),
        "vocab_trait": np.array(list(map(trait, keys)), dtype=np.uint16),
        "vocab_hash": exact[by_hash],
        "vocab_id": by_hash.astype(np.uint32),
        "key_hash": hashes[order],
        "key_word": owners[order],
    }


def _text(name: str, words: list[bytes]) -> dict[str, Array]:
    offsets = np.zeros(len(words) + 1, dtype=np.uint32)
    np.cumsum([len(word) for word in words], out=offsets[1:])
    text = np.frombuffer(b"".join(words), dtype=np.uint8)
    return {f"{name}_text": text, f"{name}_at": offsets}


def _short(hashes: hashing.Hashes) -> Ids:
    return (hashes >> np.uint64(32)).astype(np.uint32)


def _all_keys(forms: hashing.Words, keys: list[Keys]) -> tuple[Ids, Ids]:
    """32-bit keys of every word: shortened forms, fold, skeletons and their shortenings, sound."""
    everyone = np.arange(len(keys), dtype=np.uint32)
    parts: list[tuple[hashing.Hashes, Ids]] = [(hashing.whole(forms, FORM), everyone)]
    parts.append(hashing.one_less(forms, FORM))
    parts.append((hashing.whole(_rows([k.fold for k in keys]), FOLD), everyone))
    bones = _rows([k.skeleton for k in keys])
    parts.append((hashing.whole(bones, SKELETON), everyone))
    long = np.flatnonzero(np.count_nonzero(bones, axis=1) >= _LONG_BONES)
    shortened, owner = hashing.one_less(bones[long], SKELETON)
    parts.append((shortened, long[owner].astype(np.uint32)))
    parts.append((hashing.whole(_rows([k.phonetic for k in keys]), PHONETIC), everyone))
    hashes = np.concatenate([part for part, _ in parts])
    return _short(hashes), np.concatenate([o for _, o in parts])


def _rows(keys: list[str]) -> hashing.Words:
    return hashing.matrix([key.encode("ascii") for key in keys])


class Vocabulary:
    """Read-only words in flat arrays, found by exact form or by likeness.

    Opening reads nothing; the arrays may be memory maps.
    """

    __slots__ = (
        "_at", "_fold_at", "_fold_text", "_hash", "_id", "_key_hash", "_key_word", "_skeleton",
        "_sound", "_text", "_trait", "similar", "weights",
    )  # fmt: skip

    def __init__(self, arrays: Arrays) -> None:
        self._text = arrays["vocab_text"].data
        self._at = arrays["vocab_at"]
        self._fold_text = arrays["fold_text"].data
        self._fold_at = arrays["fold_at"]
        self._skeleton = arrays["vocab_skeleton"]
        self._sound = arrays["vocab_sound"]
        self._trait = arrays["vocab_trait"]
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
        return str(self._text[int(self._at[number]) : int(self._at[number + 1])], "ascii")

    def find(self, form: str) -> int | None:
        """The id of a form, None where no name has it."""
        wanted = np.uint64(hashing.one_word(form.encode(), FORM))
        at = int(np.searchsorted(self._hash, wanted))
        while at < len(self._hash) and self._hash[at] == wanted:
            if self.word(int(self._id[at])) == form:
                return int(self._id[at])
            at += 1
        return None

    def _similar(self, form: str) -> Similar:
        """Words at least `similarity.MATCHED` alike, with their likeness."""
        ids, alike = self._near(form)
        kept = alike >= MATCHED
        ids, alike = ids[kept], alike[kept]
        others = [n for other in equivalents(form) if (n := self.find(other)) is not None]
        more = [n for n in others if n not in ids]
        if more:
            extra = [likeness(form, self.word(n))[0] for n in more]
            ids = np.append(ids, np.array(more, dtype=np.uint32))
            alike = np.append(alike, extra)
        order = np.argsort(ids)
        return ids[order], alike[order].astype(np.float32)

    def _near(self, form: str) -> tuple[Ids, Floats]:
        """Words that share a key with a form and are not too many edits away, and likenesses."""
        ids, shared = self._sharing_keys(form)
        if not len(ids):
            return ids, np.zeros(0)
        texts = _texts(self._text, self._at, ids)
        # a word that shares only its phonetic classes must also look a little alike
        distance = cdist([form], texts, scorer=OSA.normalized_distance, dtype=np.float32)[0]
        near = np.flatnonzero(distance <= np.where(shared > 1, 0.8, 0.6))
        near = near[np.argsort(distance[near], kind="stable")][:MAX_CANDIDATES]
        ids = ids[near]
        if not len(ids):
            return ids, np.zeros(0)
        words = Words(
            [texts[n] for n in near.tolist()], _texts(self._fold_text, self._fold_at, ids),
            self._skeleton[ids], self._sound[ids], self._trait[ids],
        )  # fmt: skip
        keys = keys_of(form)
        skeleton = hashing.one_word(keys.skeleton.encode(), SKELETON) >> 32
        sound = hashing.one_word(keys.phonetic.encode(), PHONETIC) >> 32
        return ids, likeness_many(form, words, skeleton, sound)

    def _sharing_keys(self, form: str) -> tuple[Ids, NDArray[np.int64]]:
        wanted = _query_keys(form)
        first = np.searchsorted(self._key_hash, wanted, side="left")
        last = np.searchsorted(self._key_hash, wanted, side="right")
        spans = [self._key_word[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        ids, shared = np.unique(np.concatenate(spans), return_counts=True)
        return ids.astype(np.uint32), shared


def _texts(text: memoryview, offsets: Array, ids: Ids) -> list[str]:
    starts, ends = offsets[ids].tolist(), offsets[ids.astype(np.int64) + 1].tolist()
    return [str(text[a:b], "ascii") for a, b in zip(starts, ends, strict=True)]


def _query_keys(form: str) -> Ids:
    """The keys of one word, as `_all_keys` makes them for many, without repetition."""
    keys = keys_of(form)
    word, bones = form.encode(), keys.skeleton.encode()
    hashes = [hashing.one_word(word, FORM), *hashing.one_less_of(word, FORM)]
    hashes += [hashing.one_word(keys.fold.encode(), FOLD), hashing.one_word(bones, SKELETON)]
    if len(bones) >= _LONG_BONES:
        hashes += hashing.one_less_of(bones, SKELETON)
    hashes.append(hashing.one_word(keys.phonetic.encode(), PHONETIC))
    return np.array(sorted({number >> 32 for number in hashes}), dtype=np.uint32)
