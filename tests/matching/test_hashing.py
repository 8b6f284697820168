"""Vector hashes: a word with one letter less hashes as that word does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.hashing import matrix, one_less, text_hash, whole

ascii_words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789*", min_size=1, max_size=64)


@given(ascii_words, st.integers(1, 9))
def test_deletions_hash_as_the_shortened_word(word, salt):
    hashes, owner = one_less(matrix([word.encode()]), salt)
    shortened = [(word[:n] + word[n + 1 :]).encode() for n in range(len(word))]
    assert hashes.tolist() == whole(matrix(shortened), salt).tolist()
    assert owner.tolist() == [0] * len(word)


@given(st.lists(ascii_words, unique=True, max_size=40))
def test_different_words_and_salts_differ(words):
    rows = matrix([word.encode() for word in words])
    together = np.concatenate([whole(rows, 1), whole(rows, 2)])
    assert len(set(together.tolist())) == 2 * len(words)


def test_a_text_hash_is_the_same_in_every_process():
    assert text_hash("doc:AB123456") == 0x99AA556E53254693
    assert text_hash("\ud800") != text_hash("")
