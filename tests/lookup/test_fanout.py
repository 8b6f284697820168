"""Every source at once: what one does wrong costs itself only, and nothing is left running."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inside import LONG, Quick, quick, record, scripted, source

from adapters import scripted as step
from adapters.base import (
    Answer,
    Capabilities,
    Garbled,
    Loading,
    Refused,
    SourceError,
    Suspended,
    TimedOut,
    Unavailable,
)
from adapters.scripted import AS_OF, Scripted
from lookup import fanout, soundness
from lookup.fanout import Call, Fanout, applicable, run_inline
from lookup.loops import Loops
from lookup.outcome import Status
from lookup.soundness import check_record
from lookup.telemetry import Log
from matching.record import Document, Kind, Name, PartialDate, Person, Record, Vehicle

ADA = Person((Name("Ada Example"),))
HIT = record()
SHORT = 0.3


class House:
    def __init__(self):
        self.loops = Loops()
        self.text = io.StringIO()
        self.fanout = Fanout(self.loops, Log(self.text))

    def ask(self, *sources, seconds=LONG, limit=50, judge=None, cleared=lambda: None):
        calls = [Call(s, ADA, 0, limit, "purpose", "q-1") for s in sources]
        deadline = time.monotonic() + seconds
        return self.fanout.ask(calls, deadline, judge or (lambda _, a: a.candidates), cleared)

    def replies(self, *sources, **options):
        return {reply.call.source.name: reply for reply in self.ask(*sources, **options)}

    def idle(self):
        """Whether no task is left and no search counted, once the loops had their turn."""

        async def others():
            return len(asyncio.all_tasks()) - 1

        loops = list(self.loops._loops.values())
        end = time.monotonic() + 30
        while any(loop.wait(others(), 10) for loop in loops) or any(
            self.fanout._open._counts.values()
        ):
            assert time.monotonic() < end, "something is left running"
        return True


@pytest.fixture
def house():
    made = House()
    yield made
    made.loops.close()


class Odd(Scripted):
    """A kind from elsewhere that does what the test says instead of searching."""

    def __init__(self, search, **options):
        super().__init__(**options)
        self.search = search


async def _naive(_):
    return Answer((HIT,), as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the rubbish


def _sync(_):
    return Answer((HIT,))


def _value(value):
    async def search(_):
        return value

    return search


def _raises(error):
    async def search(_):
        raise error

    return search


class Unspeakable(SourceError):
    def __str__(self):
        raise ValueError("nothing to say")


RUBBISH = {
    "none": (_value(None), "GARBLED"),
    "text": (_value("rubbish"), "GARBLED"),
    "the class": (_value(Answer), "GARBLED"),
    "list of candidates": (_value(Answer([HIT])), "GARBLED"),
    "no record": (_value(Answer((HIT, "Ada"))), "GARBLED"),
    "record without id": (_value(Answer((Record(""),))), "GARBLED"),
    "id that is a number": (_value(Answer((Record(7),))), "GARBLED"),
    "id too long": (_value(Answer((Record("x" * 257),))), "GARBLED"),
    "id that is no text": (_value(Answer((Record("\ud800"),))), "GARBLED"),
    "naive age": (_naive, "GARBLED"),
    "age in words": (_value(Answer(as_of="yesterday")), "GARBLED"),
    "complete in words": (_value(Answer(complete="no")), "GARBLED"),
    "endless version": (_value(Answer(version="x" * 129)), "GARBLED"),
    "version that is no text": (_value(Answer(version="\ud800")), "GARBLED"),
    "negative count": (_value(Answer(touched=-1)), "GARBLED"),
    "count in words": (_value(Answer(touched="many")), "GARBLED"),
    "count without end": (_value(Answer(touched=2**80)), "GARBLED"),
    "no coroutine": (_sync, "UNAVAILABLE"),
    "bug": (_raises(ZeroDivisionError("Ada Example")), "UNAVAILABLE"),
    "exit": (_raises(SystemExit(3)), "UNAVAILABLE"),
    "interrupt": (_raises(KeyboardInterrupt()), "UNAVAILABLE"),
    "base": (_raises(BaseException()), "UNAVAILABLE"),
    "unspeakable": (_raises(Unspeakable()), "UNAVAILABLE"),
    "own error": (_raises(SourceError("so")), "UNAVAILABLE"),
    "timeout of its own": (_raises(TimeoutError()), "TIMED_OUT"),
}


@pytest.mark.parametrize(("search", "expected"), RUBBISH.values(), ids=list(RUBBISH))
@pytest.mark.parametrize("inline", [False, True])
def test_rubbish_costs_its_source_only(house, search, expected, inline):
    if inline and expected == "TIMED_OUT":
        expected = "UNAVAILABLE"
    odd = source("odd", Odd(search, capabilities=Capabilities(frozenset(), inline=inline)))
    found = house.replies(scripted("a", step.answers(HIT)), odd, source("z", quick(HIT)))
    assert found["odd"].status.value == expected
    assert (found["odd"].answer, found["odd"].found) == (None, None)
    assert "Ada" not in found["odd"].reason
    assert "Ada" not in house.text.getvalue()
    for good in ("a", "z"):
        assert (found[good].status, found[good].found) == (Status.ANSWERED, (HIT,))
    assert house.idle()


ERRORS = {
    TimedOut: Status.TIMED_OUT,
    Unavailable: Status.UNAVAILABLE,
    Loading: Status.LOADING,
    Refused: Status.REFUSED,
    Garbled: Status.GARBLED,
    Suspended: Status.SUSPENDED,
}


@pytest.mark.parametrize("inline", [False, True])
def test_every_error_of_a_source_is_a_status_with_its_reason(house, inline):
    for kind, expected in ERRORS.items():
        adapter = Quick(kind("the reason"), inline=inline)
        reply = house.replies(source("a", adapter))["a"]
        assert (reply.status, reply.reason) == (expected, "the reason")
    assert set(ERRORS) == set(_subclasses(SourceError)) - {Unspeakable}


def _subclasses(kind):
    return [each for sub in kind.__subclasses__() for each in (sub, *_subclasses(sub))]


def test_a_reason_is_bounded_and_fit_to_send(house):
    reply = house.replies(source("a", Quick(Unavailable("\ud800" + "x" * 999))))["a"]
    assert reply.reason == "?" + "x" * 199
    answer = Answer(complete=False, as_of=AS_OF, reason="\udfff" + "y" * 999)
    assert house.replies(source("a", Quick(answer)))["a"].reason == "?" + "y" * 199
    assert house.replies(source("a", Quick(Answer(reason=None))))["a"].reason == "None"


def test_a_hanging_source_is_late_and_cancelled_and_the_others_come_first(house):
    hanging = scripted("hanging", step.hangs())
    names = [
        (reply.call.source.name, reply.status)
        for reply in house.ask(
            hanging, scripted("a", step.answers(HIT)), source("z", quick(HIT)), seconds=SHORT
        )
    ]
    assert names == [
        ("z", Status.ANSWERED),
        ("a", Status.ANSWERED),
        ("hanging", Status.TIMED_OUT),
    ]
    assert house.idle()
    assert hanging.adapter.cancelled == 1


def test_a_source_has_its_own_share_of_the_deadline(house):
    slow = scripted("slow", step.hangs(), timeout=timedelta(milliseconds=50))
    event = asyncio.Event()
    other = scripted("other", step.waits(event, step.answers(HIT)))
    asking = house.ask(slow, other)
    first = next(asking)
    assert (first.call.source.name, first.status) == ("slow", Status.TIMED_OUT)
    house.loops.of("other", other.adapter).soon(event.set)
    assert next(asking).status is Status.ANSWERED
    assert list(asking) == []
    assert slow.adapter.asked[0].seconds == 0.05
    assert other.adapter.asked[0].seconds > 20
    assert house.idle()
    assert slow.adapter.cancelled == 1


def test_an_inline_source_is_told_its_share(house):
    inline = source("a", quick(), timeout=timedelta(milliseconds=50))
    house.replies(inline)
    assert inline.adapter.asked[0].seconds == 0.05


def test_an_inline_source_is_not_asked_after_the_deadline(house):
    inline = source("a", quick(HIT))
    assert house.replies(inline, seconds=-1)["a"].status is Status.TIMED_OUT
    assert inline.adapter.asked == []
    assert house.replies(scripted("b", step.hangs()), seconds=-1)["b"].status is Status.TIMED_OUT
    assert house.idle()


def test_a_source_that_blocks_its_thread_blocks_itself(house):
    free = threading.Event()

    async def block(_):
        free.wait(60)
        return Answer()

    try:
        blocking = source("blocking", Odd(block), timeout=timedelta(milliseconds=100))
        for _ in range(2):
            found = house.replies(blocking, scripted("a", step.answers(HIT)))
            assert found["blocking"].status is Status.TIMED_OUT
            assert found["a"].found == (HIT,)
    finally:
        free.set()
    assert house.idle()


def test_a_source_that_takes_no_notice_of_being_cancelled_costs_itself(house):
    event = asyncio.Event()

    async def stubborn(_):
        while not event.is_set():
            try:
                await event.wait()
            except asyncio.CancelledError:
                continue
        return Answer((HIT,))

    odd = source("stubborn", Odd(stubborn), timeout=timedelta(milliseconds=50))
    found = house.replies(odd, scripted("a", step.answers(HIT)))
    assert (found["stubborn"].status, found["a"].status) == (Status.TIMED_OUT, Status.ANSWERED)
    house.loops.of("stubborn", odd.adapter).soon(event.set)
    assert house.idle()


def test_searches_without_an_end_have_a_bound(house, monkeypatch):
    monkeypatch.setattr(fanout, "MAX_OPEN", 2)
    free = threading.Event()

    async def block(_):
        free.wait(60)
        return Answer()

    odd = source("odd", Odd(block), timeout=timedelta(milliseconds=20))
    statuses = [house.replies(odd)["odd"].status for _ in range(3)]
    assert statuses == [Status.TIMED_OUT, Status.TIMED_OUT, Status.UNAVAILABLE]
    free.set()
    assert house.idle()
    assert house.replies(odd, seconds=LONG)["odd"].status is Status.ANSWERED


def test_a_closed_iterator_cancels_what_is_asked(house):
    hanging = scripted("hanging", step.hangs())
    asking = house.ask(scripted("a", step.answers(HIT)), hanging)
    assert next(asking).call.source.name == "a"
    asking.close()
    assert house.idle()
    assert hanging.adapter.cancelled == 1


def test_an_iterator_closed_at_once_leaves_nothing(house):
    for _ in range(100):
        asking = house.ask(source("a", quick()), scripted("hanging", step.hangs()))
        next(asking)
        asking.close()
    assert house.idle()


def test_an_error_while_asking_cancels_what_is_asked(house):
    hanging = scripted("hanging", step.hangs())

    def stop():
        for reply in house.ask(source("a", quick()), hanging):
            raise LookupError(reply.call.source.name)

    with pytest.raises(LookupError, match="a"):
        stop()
    gc.collect()
    assert house.idle()


def test_outside_sources_wait_for_the_record_of_the_question(house):
    outside, inline = scripted("outside", step.answers(HIT)), source("inline", quick(HIT))
    order = []

    def refuse():
        order.append(len(outside.adapter.asked))
        raise LookupError("not recorded")

    with pytest.raises(LookupError):
        list(house.ask(outside, inline, cleared=refuse))
    assert (order, outside.adapter.asked) == ([0], [])


def test_without_outside_sources_nothing_is_waited_for(house):
    def refuse():
        raise AssertionError("waited")

    assert house.replies(source("a", quick(HIT)), cleared=refuse)["a"].found == (HIT,)
    assert house.loops._loops == {}


def test_a_query_says_who_asks_and_how_much(house):
    asked = source("a", quick())
    house.replies(asked, limit=7)
    (query,) = asked.adapter.asked
    assert (query.subject, query.limit, query.purpose, query.query_id) == (
        ADA,
        7,
        "purpose",
        "q-1",
    )


def test_too_many_candidates_are_cut_and_told(house):
    many = tuple(record(f"r{n}") for n in range(9))
    reply = house.replies(source("a", quick(*many)), limit=4)["a"]
    assert reply.found == many[:4]
    assert (reply.answer.complete, reply.reason) == (False, "more than 4 candidates")


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.integers(1, 8))
def test_a_record_counts_once_where_it_came_first(ids, limit):
    given_records = tuple(record(each, str(n)) for n, each in enumerate(ids))
    sound = soundness.sound(Answer(given_records), limit)
    unique = list(dict.fromkeys(ids))
    assert [r.id for r in sound.candidates] == unique[:limit]
    assert all(given_records[ids.index(r.id)] == r for r in sound.candidates)
    assert sound.complete == (len(unique) <= limit)


def test_a_judge_that_fails_costs_the_source(house):
    def judge(call, answer):
        if call.source.name == "a":
            raise ZeroDivisionError
        return answer.candidates

    found = house.replies(source("a", quick(HIT)), source("b", quick(HIT)), judge=judge)
    assert (found["a"].status, found["b"].found) == (Status.UNAVAILABLE, (HIT,))


def test_sources_on_one_loop_are_asked_at_the_same_time(house):
    event = asyncio.Event()
    both = [scripted(name, step.waits(event, step.answers(HIT))) for name in "ab"]
    loop = house.loops.of("a", both[0].adapter)

    def when_both_are_asked():
        asked = all(s.adapter.asked for s in both)
        loop.soon(event.set if asked else when_both_are_asked)

    loop.soon(when_both_are_asked)
    assert [reply.status for reply in house.ask(*both)] == [Status.ANSWERED] * 2
    assert house.idle()


def test_latency_is_never_negative(house):
    found = house.replies(source("a", quick()), scripted("b"), scripted("c", step.rubbish(None)))
    assert all(reply.latency >= 0 for reply in found.values())


def test_threads_do_not_grow_with_checks(house):
    sources = [scripted("a", step.hangs()), source("odd", Odd(_value(Answer())))]
    house.replies(*sources, seconds=0.02)
    before = threading.active_count()
    for _ in range(20):
        house.replies(*sources, seconds=0.02)
    assert threading.active_count() == before
    assert house.idle()


def test_after_the_loops_are_closed_outside_sources_are_late(house):
    house.loops.of("a", Scripted()).close()
    assert house.replies(scripted("a"), seconds=0.05)["a"].status is Status.TIMED_OUT


async def _suspends():
    await asyncio.sleep(0)


def test_what_suspends_is_not_inline():
    with pytest.raises(Unavailable, match="suspended"):
        run_inline(_suspends())


def test_applicable():
    people, papers = source("a", quick()), source("b", quick(kinds=(Kind.DOCUMENT,)))
    assert applicable(people, ADA)
    assert not applicable(people, Document("X1"))
    assert not applicable(people, Vehicle("1"))
    assert applicable(papers, Document("X1"))


BAD_RECORDS = {
    "names none": Record("r", names=None),
    "names of text": Record("r", names=("Ada",)),
    "remarks a number": Record("r", remarks=5),
    "surrogate": Record("r", remarks="\ud800"),
    "warning none": Record("r", warnings=(None,)),
    "document of text": Record("r", documents=("X1",)),
    "too large": Record("r", remarks="x" * (soundness.MAX_RECORD + 1)),
    "object": Record("r", owner=object()),
    "unknown calendar": Record("r", births=(PartialDate(1970, calendar="lunar"),)),
    "year beyond": Record("r", births=(PartialDate(10**6),)),
    "month below": Record("r", births=(PartialDate(1970, -1),)),
    "kind of text": Record("r", kind="witch"),
    "sex of text": Record("r", sex="both"),
}


@pytest.mark.parametrize("bad", BAD_RECORDS.values(), ids=list(BAD_RECORDS))
def test_a_record_that_no_message_holds_is_garbled(bad):
    with pytest.raises(Garbled, match="record"):
        check_record(bad)


def test_a_sound_record_passes():
    check_record(
        Record(
            "r",
            Kind.UNKNOWN,
            (Name("Ада", surname="А"),),
            (PartialDate(1390, 1, 1, "hijri"), PartialDate(raw="circa")),
            documents=(Document("X1", "UTO"),),
            vehicles=(Vehicle("1"),),
            warnings=("ARMED",),
        )
    )


@pytest.mark.parametrize("age", [None, datetime(2026, 1, 1, tzinfo=UTC)])
def test_an_age_is_aware_or_unknown(age):
    soundness.check_age(age)
