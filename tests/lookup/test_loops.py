"""Event loops in threads: who shares one, what ends with them, what cannot break them."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from adapters.base import Unavailable
from adapters.scripted import Scripted
from lookup.loops import Loop, Loops


@pytest.fixture
def loop():
    made = Loop("test-loop")
    yield made
    made.close()


class Foreign(Scripted):
    """Its module is a test's, so it is a kind from elsewhere."""


async def _value():
    return 7


def test_a_coroutine_runs_there_and_its_value_comes_back(loop):
    async def where():
        return threading.current_thread().name

    assert loop.wait(where(), 10) == "test-loop"


def test_what_is_late_is_cancelled(loop):
    cancelled = threading.Event()

    async def hang():
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(TimeoutError):
        loop.wait(hang(), 0.01)
    assert cancelled.wait(10)


def test_an_exception_comes_back_as_it_is(loop):
    async def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        loop.wait(fail(), 10)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_costs_its_source_only(loop, kind):
    async def fall():
        raise kind

    with pytest.raises(Unavailable, match=kind.__name__):
        loop.wait(fall(), 10)
    assert loop.wait(_value(), 10) == 7


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_task_of_a_source_that_exits_does_not_end_the_loop(loop):
    async def exit_now():
        raise SystemExit(3)

    async def leave_a_task():
        task = asyncio.create_task(exit_now())
        await asyncio.sleep(0)
        return task

    task = loop.wait(leave_a_task(), 10)
    assert loop.wait(_value(), 10) == 7
    assert isinstance(task.exception(), SystemExit)


def test_closing_cancels_what_runs_and_lets_everything_go(loop):
    ended = threading.Event()

    async def hang():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    async def leave_a_task():
        task = asyncio.create_task(hang())
        await asyncio.sleep(0)
        return task

    task = loop.wait(leave_a_task(), 10)
    loop.close()
    assert ended.is_set()
    assert task.cancelled()
    assert loop.asyncio.is_closed()
    assert "test-loop" not in {thread.name for thread in threading.enumerate()}


def test_after_closing_nothing_is_run_and_nothing_raised(loop):
    loop.close()
    ran = []
    loop.soon(lambda: ran.append(1))
    loop.close()
    assert ran == []


def test_closing_leaves_a_blocked_loop_behind():
    loop = Loop("blocked")
    free = threading.Event()
    loop.soon(lambda: free.wait(60))
    begun = time.monotonic()
    loop.close()
    assert not loop.asyncio.is_closed()
    free.set()
    loop._thread.join(10)
    assert loop.asyncio.is_closed()
    assert begun <= time.monotonic()


def test_kinds_of_the_project_share_a_loop_and_others_have_their_own():
    loops = Loops()
    try:
        shared = loops.of("a", Scripted())
        assert loops.of("b", Scripted()) is shared
        foreign = loops.of("c", Foreign())
        assert foreign is not shared
        assert loops.of("d", Foreign()) is not foreign
        assert loops.of("c", Foreign()) is foreign
    finally:
        loops.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not any(name.startswith("sources:") for name in names)
