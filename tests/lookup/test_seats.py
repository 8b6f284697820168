"""Seats are never oversold but to emergencies, and nobody waits beyond the queue."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from lookup.errors import DeadlineTooShort, Overloaded
from lookup.seats import Seats


def sit(stack, seats, **call):
    stack.enter_context(seats.taken(**{"emergency": False, "seconds": 5.0, **call}))


def test_a_free_seat_is_taken_and_given_back():
    seats = Seats(1, 0)
    for _ in range(3):
        with seats.taken(emergency=False, seconds=0.0):
            pass


def test_a_full_queue_refuses_at_once_and_says_when_to_come_again():
    seats = Seats(1, 0)
    with ExitStack() as stack:
        sit(stack, seats)
        with pytest.raises(Overloaded) as refused:
            sit(stack, seats)
    assert int(refused.value.metadata["retry_ms"]) > 0


def test_a_call_that_waits_gets_the_seat_that_becomes_free():
    seats, got = Seats(1, 1), threading.Event()

    def second():
        with seats.taken(emergency=False, seconds=30.0):
            got.set()

    with ExitStack() as stack:
        sit(stack, seats)
        thread = threading.Thread(target=second)
        thread.start()
        while not seats._waiting:
            threading.Event().wait(0.001)
        assert not got.is_set()
    assert got.wait(30)
    thread.join()
    assert (seats._free, seats._waiting) == (1, 0)


def test_waiting_ends_with_the_deadline():
    seats = Seats(1, 1)
    with ExitStack() as stack:
        sit(stack, seats)
        with pytest.raises(DeadlineTooShort):
            sit(stack, seats, seconds=0.01)
    assert (seats._free, seats._waiting) == (1, 0)


def test_an_emergency_neither_waits_nor_is_refused():
    seats = Seats(1, 0)
    with ExitStack() as stack:
        sit(stack, seats)
        sit(stack, seats, emergency=True)
        sit(stack, seats, emergency=True)
        with pytest.raises(Overloaded):
            sit(stack, seats)
    assert seats._free == 1


def test_a_seat_is_given_back_after_a_failure():
    seats = Seats(1, 0)
    with pytest.raises(ZeroDivisionError), seats.taken(emergency=False, seconds=1.0):
        raise ZeroDivisionError
    with seats.taken(emergency=False, seconds=0.0):
        pass


def test_who_got_no_seat_is_counted_once():
    seats = Seats(1, 1)
    with ExitStack() as stack:
        sit(stack, seats)
        with pytest.raises(DeadlineTooShort):
            sit(stack, seats, seconds=0.01)
        full = Seats(1, 0)
        sit(stack, full)
        for _ in range(2):
            with pytest.raises(Overloaded):
                sit(stack, full)
    assert [seats.refused(), full.refused(), full.refused()] == [1, 2, 0]
