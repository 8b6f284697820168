"""Hashes of words and of all words with one letter less, many at once."""

from __future__ import annotations

from hashlib import blake2b
from operator import mul

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint8]
"""Shape (words, width): one word per row in ASCII, padded with zeros at the end."""

Hashes = NDArray[np.uint64]

WIDTH = 64
_BASE = 0x9E3779B97F4A7C15
_MIX = 0xFF51AFD7ED558CCD
_MASK = (1 << 64) - 1
_POWERS = np.array([pow(_BASE, n, 1 << 64) for n in range(WIDTH + 1)], dtype=np.uint64)


def text_hash(text: str) -> int:
    """A 64-bit hash of any text, the same in every process and version (BLAKE2b)."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def matrix(words: list[bytes], width: int = WIDTH) -> Words:
    """ASCII words as rows of bytes; longer ones are cut to `width` (1 to 64)."""
    if not words:
        return np.zeros((0, width), dtype=np.uint8)
    return np.array(words, dtype=f"S{width}").view(np.uint8).reshape(len(words), width)


def _mixed(hashes: Hashes, salt: int) -> Hashes:
    out = (hashes ^ np.uint64((salt * _BASE) & _MASK)) * np.uint64(_MIX)
    return out ^ (out >> np.uint64(31))


def _prefixes(words: Words) -> Hashes:
    """Polynomial sums of the first 0, 1, ... width letters, shape (words, width + 1)."""
    powers = _POWERS[: words.shape[1]]
    sums = np.zeros((words.shape[0], words.shape[1] + 1), dtype=np.uint64)
    np.cumsum(words.astype(np.uint64) * powers, axis=1, out=sums[:, 1:])
    return sums


def whole(words: Words, salt: int) -> Hashes:
    """One hash per word, shape (words,)."""
    return _mixed(_prefixes(words)[:, -1], salt)


def one_less(words: Words, salt: int) -> tuple[Hashes, NDArray[np.uint32]]:
    """Hashes of every word with one letter removed, and the row of the word of each.

    The hash of a shortened word equals `whole` of that word with the same salt.
    """
    sums = _prefixes(words)
    # zeros at the end add nothing, so the tail only has to move down by one power
    lengths = np.count_nonzero(words, axis=1)
    inverse = np.uint64(pow(_BASE, -1, 1 << 64))
    tails = (sums[:, -1:] - sums[:, 1:]) * inverse
    hashes = sums[:, :-1] + tails
    present = np.arange(words.shape[1])[None, :] < lengths[:, None]
    owner, _ = np.nonzero(present)
    return _mixed(hashes[present], salt), owner.astype(np.uint32)


def one_word(word: bytes, salt: int) -> int:
    """`whole` of a single word."""
    return _mixed_number(_number(word[:WIDTH]), salt)


def one_less_of(word: bytes, salt: int) -> list[int]:
    """`one_less` of a single word: a hash for each letter that may be missing."""
    word = word[:WIDTH]
    return [_mixed_number(_number(word[:n] + word[n + 1 :]), salt) for n in range(len(word))]


_PYTHON_POWERS = _POWERS.tolist()


def _number(word: bytes) -> int:
    return int(sum(map(mul, word, _PYTHON_POWERS))) & _MASK


def _mixed_number(number: int, salt: int) -> int:
    out = ((number ^ ((salt * _BASE) & _MASK)) * _MIX) & _MASK
    return out ^ (out >> 31)
