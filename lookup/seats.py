"""How many checks one process works on at once, and who has to wait or go away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lookup.errors import DeadlineTooShort, Overloaded

PUSHBACK_MILLISECONDS = 200
"""When a refused caller may try again; about the time in which a full queue is worked off."""


class Seats:
    """At most `seats` calls at work and `queue` waiting; emergencies neither wait nor are refused.

    Whoever is refused is refused at once: a caller that gets no answer in time is worse off than
    one that can ask elsewhere.
    """

    def __init__(self, seats: int, queue: int) -> None:
        self._free = seats
        self._queue = queue
        self._waiting = 0
        self._refused = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, *, emergency: bool, seconds: float) -> Iterator[None]:
        """Hold a seat; `Overloaded` if the queue is full, `DeadlineTooShort` after `seconds`."""
        with self._changed:
            if not emergency:
                self._wait(seconds)
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def refused(self) -> int:
        """How many calls got no seat since this was last asked."""
        with self._changed:
            count, self._refused = self._refused, 0
        return count

    def _wait(self, seconds: float) -> None:
        if self._free > 0 and not self._waiting:
            return
        if self._waiting >= self._queue:
            self._refused += 1
            raise Overloaded(retry_ms=str(PUSHBACK_MILLISECONDS))
        self._waiting += 1
        try:
            if not self._changed.wait_for(lambda: self._free > 0, timeout=seconds):
                self._refused += 1
                raise DeadlineTooShort("the gateway was busy until the deadline")
        finally:
            self._waiting -= 1
