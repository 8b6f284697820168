"""How long a check may take, and what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lookup.errors import DeadlineTooShort


class Clock(Protocol):
    """Wall-clock time, aware UTC."""

    def __call__(self) -> datetime:
        """Now."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Monotonic seconds: `search` is when sources must have answered, `reply` when the caller."""

    search: float
    reply: float

    @classmethod
    def after(cls, seconds: float, reserve: float) -> Deadline:
        """A deadline so many seconds from now, `reserve` of them kept for merge and reply."""
        now = time.monotonic()
        if seconds <= reserve:
            raise DeadlineTooShort(f"less than {reserve:g} s left")
        return cls(now + seconds - reserve, now + seconds)

    def left(self) -> float:
        """Seconds until the reply is due; raises `DeadlineTooShort` when it is past."""
        left = self.reply - time.monotonic()
        if left <= 0:
            raise DeadlineTooShort("no time left to record the answer")
        return left
