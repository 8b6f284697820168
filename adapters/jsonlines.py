"""JSON Lines: one object per line, whatever its key order; a broken line is named and passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.listing import MAX_LINE, lines
from adapters.rows import Rejected

Object = tuple[str, dict[str, Any]]
"""Where an object stands ("list.jsonl:7"), and the object."""


def objects(path: Path) -> Iterator[Object | Rejected]:
    """Every object of the file in order; blank lines are nothing."""
    for number, text in lines(path):
        where = f"{path.name}:{number}"
        if text is None:
            yield Rejected(where, f"line longer than {MAX_LINE} bytes")
        elif text.strip():
            yield _object(where, text)


def _object(where: str, text: str) -> Object | Rejected:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return Rejected(where, "no JSON object")
    return (where, found) if isinstance(found, dict) else Rejected(where, "no JSON object")


def is_json(path: Path) -> bool:
    """Whether the first line that is not blank starts an object."""
    first = next((text for _, text in lines(path) if text is None or text.strip()), None)
    return (first or "").lstrip().startswith("{")


def texts(value: Any) -> list[str]:
    """A value, or every value of a list, as text; numbers too, for some write 12 for "12"."""
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if isinstance(value, str):
        return [value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [str(value)] if is_number else []
