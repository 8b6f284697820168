"""The estimate on word numbers: it promises what the comparison of the words then finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.align import align
from matching.build import build
from matching.index import Index
from matching.names import name_tokens
from matching.record import Name, Person, Record

SYLLABLES = "ba ko ri mu sa ten lov shi kha zu per an".split()  # noqa: SIM905
words = st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=4).map("".join)
written = st.one_of(
    st.lists(words, min_size=2, max_size=4).map(" ".join),
    st.tuples(words, words).map(", ".join),
)


@given(st.lists(written, min_size=3, max_size=8, unique=True), st.data())
def test_what_is_promised_is_what_is_found(names, data):
    index = Index(build([Record(str(n), names=(Name(text),)) for n, text in enumerate(names)]))
    asked = Name(data.draw(st.sampled_from(names)))
    found = index.search(Person((asked,)))
    assert found.rows
    for row, promise in zip(found.rows, found.promises, strict=True):
        aligned = align(name_tokens(asked), name_tokens(Name(names[row])), index.rarity)
        if not any(pair.rule == "joined" for pair in aligned.pairs):
            assert promise >= aligned.log_odds - 1.0
    assert found.promises[0] == pytest.approx(max(found.promises))


def test_a_name_promises_its_own_log_odds():
    names = ("BRANDVIK, Orla", "Orla Kieselhagen", "Tove Brandvik")
    index = Index(build([Record(n, names=(Name(n),)) for n in names]))
    for row, text in enumerate(names):
        found = index.search(Person((Name(text),)))
        own = align(name_tokens(Name(text)), name_tokens(Name(text)), index.rarity)
        assert found.promises[found.rows.index(row)] == pytest.approx(own.log_odds, abs=1e-4)
