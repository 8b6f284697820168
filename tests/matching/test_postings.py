"""Ragged arrays: gathering and inverting."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.postings import gather, invert, ragged

lists = st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=12)


def flat(values):
    offsets = ragged(np.array([len(v) for v in values], dtype=np.int64))
    return offsets, np.array([n for v in values for n in v], dtype=np.uint32)


@given(lists, st.data())
def test_gather_gives_the_chosen_lists_in_order(values, data):
    chosen = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=8))
    found, owner = gather(*flat(values), np.array(chosen, dtype=np.uint32))
    assert found.tolist() == [n for c in chosen for n in values[c]]
    assert owner.tolist() == [at for at, c in enumerate(chosen) for _ in values[c]]


@given(lists)
def test_inverting_twice_gives_the_sorted_lists(values):
    there = invert(*flat(values), 10)
    offsets, back = invert(*there, len(values))
    expected = [sorted(v) for v in values]
    found = np.split(back, offsets[1:-1].astype(np.int64))
    assert [part.tolist() for part in found] == expected
