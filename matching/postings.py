"""Ragged arrays: many short lists in one flat array with offsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Array

Ints = NDArray[np.uint32]
Offsets = NDArray[np.uint64]


def ragged(counts: NDArray[np.int64]) -> Offsets:
    """Offsets of lists of the given lengths, shape (lists + 1,)."""
    offsets = np.zeros(len(counts) + 1, dtype=np.uint64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def gather(offsets: Array, flat: Array, lists: Array) -> tuple[Array, Array]:
    """Values of the chosen lists, one after the other, and for each the position in `lists`."""
    starts = offsets[lists].astype(np.int64)
    counts = offsets[lists.astype(np.int64) + 1].astype(np.int64) - starts
    owner = np.repeat(np.arange(len(lists), dtype=np.uint32), counts)
    ends = np.cumsum(counts)
    within = np.arange(len(owner), dtype=np.int64) - np.repeat(ends - counts, counts)
    return flat[np.repeat(starts, counts) + within], owner


def invert(offsets: Array, flat: Array, size: int) -> tuple[Offsets, Ints]:
    """For every value 0..size-1 the lists that hold it, ascending: postings from documents."""
    counts = np.diff(offsets.astype(np.int64)).astype(np.int64)
    owner = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint32), counts)
    order = np.argsort(flat, kind="stable")
    return ragged(np.bincount(flat, minlength=size)), owner[order]
