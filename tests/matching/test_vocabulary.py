"""The vocabulary finds every like word that comparing all words finds, nearly always."""

from __future__ import annotations

import random

import numpy as np
import pytest

from matching.similarity import likeness
from matching.vocabulary import Vocabulary, build_vocabulary


@pytest.fixture(scope="module")
def words():
    chance = random.Random(2)
    parts = "ba ko ri mu sa ten lov drag shi kha zu per an ol in".split()  # noqa: SIM905
    return sorted({"".join(chance.choices(parts, k=chance.randint(2, 4))) for _ in range(1500)})


@pytest.fixture(scope="module")
def vocabulary(words):
    arrays = build_vocabulary(words)
    return Vocabulary({**arrays, "word_weight": np.ones(len(words), dtype=np.float32)})


def test_words_are_found_by_form(words, vocabulary):
    assert [vocabulary.find(word) for word in words] == list(range(len(words)))
    assert vocabulary.find("zzzz") is None
    assert vocabulary.word(7) == words[7]


def test_every_word_one_letter_off_is_found(words, vocabulary):
    chance = random.Random(4)
    for number, word in chance.sample(list(enumerate(words)), 120):
        at = chance.randrange(len(word))
        for wrong in (word[:at] + word[at + 1 :], word[:at] + "x" + word[at + 1 :], word + "x"):
            ids, alike = vocabulary.similar(wrong)
            if likeness(wrong, word)[0] >= 0.8:
                assert number in ids.tolist(), (wrong, word)
            assert ids.tolist() == sorted(ids.tolist())
            assert (alike >= np.float32(0.7)).all()


def test_equal_words_have_likeness_one(words, vocabulary):
    ids, alike = vocabulary.similar(words[10])
    assert alike[ids.tolist().index(10)] == 1.0


def test_equivalents_are_found_though_they_look_unlike():
    arrays = build_vocabulary(["elizabeth", "brako"])
    found = Vocabulary({**arrays, "word_weight": np.ones(2, dtype=np.float32)}).similar("liz")
    assert found[0].tolist() == [0]


def test_likeness_to_many_words_is_that_to_each(words, vocabulary):
    chance = random.Random(9)
    for word in [*chance.sample(words, 60), "ivanova", "bakova", "mhmd", "olin"]:
        ids, alike = vocabulary.similar(word)
        one_by_one = [likeness(word, vocabulary.word(n))[0] for n in ids.tolist()]
        assert alike.tolist() == pytest.approx(one_by_one, abs=1e-6)
