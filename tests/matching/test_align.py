"""Alignment of two names: which words pair by which rule, and what is left over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.align import FLOOR, NOTHING, align
from matching.names import tokens
from matching.rarity import DEFAULT

words = st.sampled_from("brako testil anna maria kowalenko al abdul karim j ivanova bin".split())  # noqa: SIM905
names = st.lists(words, min_size=1, max_size=6).map(" ".join)


def aligned(one, two, cut=(False, False)):
    return align(tokens(one), tokens(two), DEFAULT, cut=cut)


def rules(one, two, cut=(False, False)):
    return [(pair.rule, pair.query, pair.record) for pair in aligned(one, two, cut).pairs]


@pytest.mark.parametrize(
    ("one", "two", "pair"),
    [("Jan van der Brako", "Jan Vanderbrako", ("joined", "van der Brako", "Vanderbrako")),
     ("Vanderbrako", "van der Brako", ("joined", "Vanderbrako", "van der Brako")),
     ("J Brako", "John Brako", ("initial", "J", "John")),
     ("Anna Brako", "Anna Testil", ("missing", "Brako", "")),
     ("Anna Brako", "Anna Testil", ("extra", "", "Testil")),
     ("bint Brako", "bin Brako", ("sex", "bint", "bin"))],
)  # fmt: skip
def test_pairs(one, two, pair):
    assert pair in rules(one, two)


def test_cut_words_pair_only_where_the_field_was_full():
    full, cut = "KOWALENKOWSKI ANASTASIA MARI", (True, False)
    whole = "Kowalenkowski Anastasia Marigold Testil"
    assert ("truncated", "MA", "Marigold") in rules("BRAKO MA", "Brako Marigold", cut)
    assert aligned(full, whole, cut).log_odds > aligned(full, whole).log_odds
    assert not [rule for rule, _, _ in rules(full, whole, cut) if rule == "extra"]


@given(names, names)
def test_alignment_is_symmetric_and_adds_up(one, two):
    there, back = aligned(one, two), aligned(two, one)
    assert there.similarity == pytest.approx(back.similarity)
    assert there.log_odds == pytest.approx(back.log_odds)
    assert there.log_odds == pytest.approx(sum(pair.weight for pair in there.pairs))
    assert there.log_odds >= FLOOR


@given(names)
def test_more_words_that_agree_never_lower(name):
    alone = aligned(name, name)
    more = aligned(f"{name} zebrano", f"{name} zebrano")
    assert more.log_odds >= alone.log_odds - 1e-9


def test_no_name_at_all_compares_to_nothing():
    assert aligned("", "Anna") is NOTHING
    assert aligned("FNU", "Anna") is NOTHING


def test_a_long_name_that_differs_wholly_stops_at_the_floor():
    strange = "Zebrano Orlanduk Wlodomir Ostrokreml Yblonsk"
    found = aligned(strange, "Kurtzweil Pennymaker Fitzgibbon Marrowby Chaddesley")
    assert found.log_odds == pytest.approx(FLOOR)
