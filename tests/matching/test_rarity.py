"""Rarity: common words weigh little, in small populations too."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from matching.rarity import DEFAULT, MIN_WEIGHT, VocabularyRarity, smoothed


def test_a_common_name_is_common_even_in_a_list_of_ten():
    rarity = VocabularyRarity(lambda _: 1, 10)
    assert rarity.weight("john") < rarity.weight("zebrano") - 2
    assert rarity.population == 10


def test_the_default_knows_the_base_table_only():
    assert DEFAULT.population == 0
    assert DEFAULT.weight("muhammad") < DEFAULT.weight("garcia") < DEFAULT.weight("zebrano")


def test_a_large_population_speaks_for_itself():
    assert math.isclose(smoothed(1000, 10**6, "zebrano"), math.log(1020), rel_tol=0.01)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_bearers_never_weigh_more(one, two):
    fewer, more = sorted((one, two))
    assert smoothed(fewer, 10**6, "zebrano") >= smoothed(more, 10**6, "zebrano") >= MIN_WEIGHT
