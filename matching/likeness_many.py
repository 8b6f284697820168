"""How alike one name word is to many: `similarity.likeness` on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from matching.keys import Keys, keys_of
from matching.similarity import equivalents, likeness

Floats = NDArray[np.floating[Any]]
Traits = NDArray[np.uint16]

_LENGTHS = 0x1F
_UNVOWELLED = 1 << 10


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their stored keys, all of one length.

    `skeletons` and `sounds` are hashes (`hashing.whole` >> 32) of the keys, `traits` hold their
    lengths and whether the word lacks vowels (`trait`).
    """

    forms: Sequence[str]
    folds: Sequence[str]
    skeletons: NDArray[np.uint32]
    sounds: NDArray[np.uint32]
    traits: Traits


def trait(keys: Keys) -> int:
    """Length of skeleton and of sound (0..31 each) and whether vowels are missing, in 11 bits."""
    sound = min(len(keys.phonetic), _LENGTHS)
    return min(len(keys.skeleton), _LENGTHS) | sound << 5 | keys.unvowelled << 10


def likeness_many(form: str, words: Words, skeleton: int, sound: int) -> Floats:
    """The likeness of `form` to each word, shape (words,), as `similarity.likeness` gives it.

    `skeleton` and `sound` are the hashes of the keys of `form`.
    """
    keys = keys_of(form)
    distance, longest = _distances(form, words.forms)
    levelled, longest_fold = _distances(keys.fold, words.folds)
    share = 1 - levelled / longest_fold
    best = np.maximum(_edits(distance, longest), _edits(levelled, longest_fold))
    unvowelled = ((words.traits & _UNVOWELLED) > 0) | keys.unvowelled
    same = words.skeletons == np.uint32(skeleton)
    size = np.where(same, words.traits & _LENGTHS, 0)
    best = np.maximum(best, _consonants(size, share, unvowelled))
    size = np.where(words.sounds == np.uint32(sound), words.traits >> 5 & _LENGTHS, 0)
    best = np.maximum(best, _sounds(size, share, unvowelled))
    if len(keys.fold) > 1:
        best[levelled == 0] = 0.97
    best[distance == 0] = 1.0
    _exceptions(form, words.forms, best)
    return best


def _distances(form: str, others: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    distance = cdist([form], others, scorer=OSA.distance, dtype=np.uint8)[0].astype(np.float64)
    longest = np.fromiter(map(len, others), dtype=np.int64, count=len(others))
    return distance, np.maximum(longest, max(1, len(form)))


def _edits(distance: Floats, longest: NDArray[Any]) -> Floats:
    share = np.maximum(0.0, 1 - distance / longest) ** 1.5
    one = np.where((distance == 1) & (longest >= 4), np.minimum(0.94, 0.80 + 0.02 * longest), share)
    two = np.minimum(0.86, 0.70 + 0.015 * longest)
    return np.where((distance == 2) & (longest >= 7), two, one)


def _consonants(size: NDArray[Any], share: Floats, unvowelled: NDArray[np.bool_]) -> Floats:
    """As `similarity` weighs equal skeletons; `size` is 0 where they differ."""
    bare = np.where(size >= 4, 0.94, np.where(size == 3, 0.90, 0.82))
    floor = np.where(size >= 4, 0.80, np.where(size == 3, 0.74, 0.62))
    found = np.where(unvowelled, bare, floor + (0.96 - floor) * share)
    return np.where(size >= 2, found, 0.0)


def _sounds(size: NDArray[Any], share: Floats, unvowelled: NDArray[np.bool_]) -> Floats:
    bare = np.where(size > 3, 0.86, 0.76)
    return np.where(size >= 3, np.where(unvowelled, bare, 0.64 + 0.26 * share), 0.0)


def _exceptions(form: str, others: Sequence[str], best: Floats) -> None:
    """Words of which letters tell more than distances: sexes, heads of words, listed variants."""
    variants = set(equivalents(form))
    head, female = form[:3], form[-1:] in {"a", "o"}
    for number, other in enumerate(others):
        alike = other[:3] == head
        if other in variants or (alike and _special(form, other, female=female)):
            best[number] = likeness(form, other)[0]


def _special(form: str, other: str, *, female: bool) -> bool:
    return female or other[-1] in "ao" or other.startswith(form) or form.startswith(other)
