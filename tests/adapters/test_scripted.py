"""The scripted source does what a test tells it, in order."""

from __future__ import annotations

import asyncio

import pytest

from adapters.base import Answer, Capabilities, Query, Refused, Unavailable
from adapters.contract import CHECKS, Case, run_check
from adapters.scripted import Scripted, answers, fails, hangs, late, rubbish, waits
from matching.record import Document, Kind, Name, Person, Record, Vehicle

ADA = Record("1", names=(Name("Ada Example"),), documents=(Document("P1"),))
CAR = Record("2", Kind.VEHICLE, vehicles=(Vehicle(plate="AB123"),))
ASK = Query(Person(names=(Name("Ada Example"),)))


@pytest.mark.parametrize("check", CHECKS, ids=str)
@pytest.mark.parametrize("partial", [False, True])
def test_the_contract_is_kept(check, partial):
    sheet = Capabilities(frozenset({Kind.PERSON}), partial=partial)
    case = Case(lambda: Scripted(records=[ADA, CAR], capabilities=sheet), ASK.subject, "1")
    finding = run_check(check, case)
    assert finding.ok, finding


@pytest.mark.parametrize(
    ("subject", "ids"),
    [
        (Person(names=(Name("ADA EXAMPLE"),)), ["1"]),
        (Person(documents=(Document("P1"),)), ["1"]),
        (Document("P1"), ["1"]),
        (Vehicle(plate="AB123"), ["2"]),
        (Vehicle(plate="AB124"), []),
    ],
)
def test_without_steps_it_looks_among_its_records(subject, ids):
    source = Scripted(records=[ADA, CAR], kinds=(Kind.PERSON, Kind.DOCUMENT, Kind.VEHICLE))
    found = asyncio.run(source.search(Query(subject)))
    assert [record.id for record in found.candidates] == ids


def test_steps_are_taken_in_order_and_the_last_one_repeats():
    async def play():
        source = Scripted(fails(Unavailable("away", 3.0)), answers(ADA), rubbish(None))
        with pytest.raises(Unavailable, match="away"):
            await source.search(ASK)
        assert (await source.search(ASK)).candidates == (ADA,)
        for _ in range(2):
            assert await source.search(ASK) == "rubbish"
        assert source.asked == [ASK] * 4

    asyncio.run(play())


def test_an_answer_may_be_incomplete_with_a_reason():
    found = asyncio.run(Scripted(answers(ADA, complete=False, reason="cut")).search(ASK))
    assert isinstance(found, Answer)
    assert (found.complete, found.reason) == (False, "cut")


def test_a_hanging_search_ends_by_cancellation_only():
    async def play():
        source = Scripted(hangs())
        search = asyncio.ensure_future(source.search(ASK))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not search.done()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert source.cancelled == 1

    asyncio.run(play())


def test_a_search_may_wait_for_an_event_or_a_time():
    async def play():
        event = asyncio.Event()
        source = Scripted(waits(event, answers(ADA)), late(0.001))
        search = asyncio.ensure_future(source.search(ASK))
        await asyncio.sleep(0)
        assert not search.done()
        event.set()
        assert (await search).candidates == (ADA,)
        assert (await source.search(ASK)).candidates == ()

    asyncio.run(play())


def test_other_kinds_are_refused_and_closings_counted():
    source = Scripted(records=[ADA])
    with pytest.raises(Refused, match="vehicle"):
        asyncio.run(source.search(Query(Vehicle(plate="AB123"))))
    asyncio.run(source.aclose())
    assert source.closed == 1
