"""From scored records to hits: order, ids that stay, warnings and owners of all records."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inside import record

from lookup.encounter import Asked
from lookup.guidance import VERIFY
from lookup.hits import assemble
from matching.merge import Member
from matching.rank import Thresholds, score
from matching.rarity import DEFAULT
from matching.record import Document, Name, Person

PASSPORT = (Document("X1234567", "UTO", "PASSPORT"),)
ADA = Person((Name("Ada Example"),), documents=PASSPORT)
BO = Person((Name("Bo Other"),))


def asked(*subjects, query_id="q1"):
    return Asked(query_id, subjects or (ADA,), b"")


def member(source, found, subject=ADA):
    (scored,) = score(subject, (found,), DEFAULT, Thresholds(report=0.0), 50)
    return Member(source, scored)


STRONG = record("s", documents=PASSPORT, warnings=("ARMED",), owner="UTO", category="NOTICE_RED")
WEAK = record("w", "Ada Exampel", warnings=("VIOLENT",))


def test_the_most_probable_comes_first():
    hits = assemble(asked(), [[member("b", WEAK), member("a", STRONG)]])
    odds = [hit.best.scored.comparison.log_odds for hit in hits]
    assert odds == sorted(odds, reverse=True)
    assert hits[0].best.scored.record == STRONG


def test_each_hit_belongs_to_its_subject():
    hits = assemble(
        asked(ADA, BO), [[member("a", STRONG)], [member("a", record("b", "Bo Other"), BO)]]
    )
    assert {hit.subject_index: hit.best.scored.record.id for hit in hits} == {0: "s", 1: "b"}
    assert assemble(asked(ADA, BO), [[], []]) == ()


def test_what_a_hit_says_is_of_all_its_records():
    same = record("t", documents=PASSPORT, warnings=("CONTAGIOUS", "ARMED"), category="SANCTION")
    (hit,) = assemble(asked(), [[member("a", STRONG), member("b", same)]])
    assert sorted(hit.warnings) == ["ARMED", "CONTAGIOUS"]
    assert len(hit.warnings) == len(set(hit.warnings))
    assert sorted(hit.owners) == ["UTO", "b"]
    assert hit.instruction != VERIFY


def test_a_hit_without_a_category_is_to_be_verified():
    (hit,) = assemble(asked(), [[member("a", record("x", documents=PASSPORT))]])
    assert hit.instruction == VERIFY


def test_the_id_stays_when_later_sources_add_to_a_hit():
    first = [member("a", STRONG)]
    (before,) = assemble(asked(), [first])
    more = [*first, member("b", record("t", documents=PASSPORT)), member("c", WEAK)]
    after = assemble(asked(), [more])
    assert before.hit_id in {hit.hit_id for hit in after}


def test_the_id_is_of_query_subject_source_and_record():
    ids = {
        assemble(asked(query_id=q), [[member(s, record(r, documents=PASSPORT))]])[0].hit_id
        for q, s, r in itertools.product(("q1", "q2"), ("a", "b"), ("1", "2"))
    }
    assert len(ids) == 8
    assert all(len(each) == 16 for each in ids)
    # Parts cannot be shifted into each other.
    one = assemble(asked(query_id="q1a"), [[member("b", STRONG)]])[0].hit_id
    other = assemble(asked(query_id="q1"), [[member("ab", STRONG)]])[0].hit_id
    assert one != other


found = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("123"), st.booleans()),
    max_size=6,
    unique_by=lambda each: each[:2],
)


@given(found, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_answers_first(keys, random):
    members = [member(s, record(r, documents=PASSPORT if paper else ())) for s, r, paper in keys]
    shuffled = members[:]
    random.shuffle(shuffled)
    one, other = (assemble(asked(), [each]) for each in (members, shuffled))
    keys_of = [
        [sorted((m.source, m.scored.record.id) for m in hit.entity.members) for hit in hits]
        for hits in (one, other)
    ]
    assert keys_of[0] == keys_of[1]
    assert sum(map(len, keys_of[0])) == len(members)
    assert len({hit.hit_id for hit in one}) == len(one)


@pytest.mark.parametrize("count", [0, 1])
def test_the_best_record_leads_its_hit(count):
    hits = assemble(asked(), [[member("a", STRONG)] * count])
    assert [hit.best.source for hit in hits] == ["a"] * count
