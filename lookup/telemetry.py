"""One JSON line per event on standard error, without personal data."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Log:
    """Named events with keyword fields; `source.suspended`, never a sentence.

    Fields hold names of sources, counts, times and ids; never names of persons, numbers of
    documents, or the message of an unexpected error, which may hold them.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    process: str = "gateway"

    def event(self, event: str, /, **fields: str | float | bool | None) -> None:
        """Write one line; a log that cannot be written stops nobody."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": now, "event": event, "process": self.process, **fields}
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(json.dumps(line) + "\n")
            self.stream.flush()

    def fault(
        self, event: str, error: BaseException, /, **fields: str | float | bool | None
    ) -> str:
        """Write type and place of an unexpected error; returns the id that finds the line."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
        fault_id = f"{time.time_ns():x}"
        self.event(event, error=type(error).__name__, place=place, fault_id=fault_id, **fields)
        return fault_id
