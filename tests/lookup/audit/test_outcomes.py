from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.errors import AuditUnavailable
from lookup.audit.outcomes import (
    DAY,
    ROW_BYTES,
    Conflict,
    Finished,
    Fresh,
    InProgress,
    Outcomes,
    Stored,
)


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    opened = Outcomes(tmp_path / "outcomes.db", clock=clock)
    yield opened
    opened.close()


def answer(store, qid, content=b"answer", agency="a", entry=1):
    assert store.begin(agency, qid, b"digest") == Fresh()
    store.finish([Finished(agency, qid, content, entry)])


def test_all_four_states(store):
    assert store.begin("a", "q", b"digest") == Fresh()
    assert store.begin("a", "q", b"digest") == InProgress()
    assert store.begin("a", "q", b"other") == Conflict()
    store.finish([Finished("a", "q", b"answer", 7)])
    assert store.begin("a", "q", b"digest") == Stored(b"answer", 7)
    assert store.begin("a", "q", b"other") == Conflict()


def test_agencies_do_not_share_query_ids(store):
    answer(store, "q", agency="a")
    assert store.begin("b", "q", b"other") == Fresh()


def test_an_abandoned_query_may_be_asked_again(store):
    store.begin("a", "q", b"digest")
    store.abandon("a", "q")
    assert store.begin("a", "q", b"other") == Fresh()


def test_outcomes_expire_after_a_day(store, clock):
    answer(store, "q")
    clock.now += DAY - 1
    assert store.begin("a", "q", b"digest") == Stored(b"answer", 1)
    clock.now += 2
    answer(store, "q", b"newer", entry=2)
    assert store.begin("a", "q", b"digest") == Stored(b"newer", 2)
    assert store.stored_bytes == len(b"newer") + ROW_BYTES


def test_outcomes_survive_reopening_and_progress_does_not(tmp_path, clock):
    first = Outcomes(tmp_path / "outcomes.db", clock=clock)
    answer(first, "done")
    first.begin("a", "running", b"digest")
    first.close()
    second = Outcomes(tmp_path / "outcomes.db", clock=clock)
    assert second.begin("a", "done", b"digest") == Stored(b"answer", 1)
    assert second.begin("a", "running", b"digest") == Fresh()
    assert second.stored_bytes == len(b"answer") + ROW_BYTES
    second.close()


def test_the_oldest_make_room(tmp_path, clock):
    limit = 3 * (ROW_BYTES + 100)
    store = Outcomes(tmp_path / "outcomes.db", clock=clock, max_bytes=limit)
    for qid in ("q1", "q2", "q3", "q4"):
        answer(store, qid, b"x" * 100)
    assert store.stored_bytes == limit
    assert store.begin("a", "q1", b"digest") == Fresh()
    assert store.begin("a", "q2", b"digest") == Stored(b"x" * 100, 1)
    store.close()


def test_an_answer_larger_than_the_store_is_not_kept(tmp_path, clock):
    store = Outcomes(tmp_path / "outcomes.db", clock=clock, max_bytes=100)
    answer(store, "q", b"x" * 1000)
    assert store.stored_bytes == 0
    store.close()


@given(sizes=st.lists(st.integers(0, 400), max_size=30), limit=st.integers(0, 3000))
def test_the_size_is_bounded_whatever_comes(tmp_path_factory, sizes, limit):
    path = tmp_path_factory.mktemp("outcomes") / "outcomes.db"
    store = Outcomes(path, clock=Clock(), max_bytes=limit)
    for number, size in enumerate(sizes):
        answer(store, f"q{number}", b"x" * size)
        assert store.stored_bytes <= limit
    store.close()
    again = Outcomes(path, clock=Clock(), max_bytes=limit)
    assert again.stored_bytes == store.stored_bytes
    again.close()


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path, clock):
    Outcomes(tmp_path / "outcomes.db", clock=clock).close()
    blocker = sqlite3.connect(tmp_path / "outcomes.db", isolation_level=None)
    blocker.execute(
        "CREATE TRIGGER full BEFORE INSERT ON outcome WHEN new.qid = 'q2' "
        "BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    blocker.close()
    store = Outcomes(tmp_path / "outcomes.db", clock=clock)
    store.begin("a", "q1", b"digest")
    store.begin("a", "q2", b"digest")
    with pytest.raises(AuditUnavailable):
        store.finish([Finished("a", "q1", b"x", 1), Finished("a", "q2", b"x", 2)])
    assert store.begin("a", "q1", b"digest") == InProgress()
    assert store.stored_bytes == 0
    store.finish([Finished("a", "q1", b"x", 1)])
    assert store.begin("a", "q1", b"digest") == Stored(b"x", 1)
    store.close()


def test_a_store_that_cannot_be_opened(tmp_path, clock):
    with pytest.raises(AuditUnavailable):
        Outcomes(tmp_path / "absent" / "outcomes.db", clock=clock)
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all" * 100)
    with pytest.raises(AuditUnavailable):
        Outcomes(broken, clock=clock)
