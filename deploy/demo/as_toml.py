"""Writing a configuration: the part of TOML that a configuration needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def dumps(tables: Mapping[str, Any]) -> str:
    """Tables of texts, numbers, truth values, lists and tables as TOML."""
    return "\n".join(_lines(tables, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    if path:
        yield f"\n[{'.'.join(map(_text, path))}]"
    for key, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{_text(key)} = {_text(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*path, key))


def _text(value: Any) -> str:
    return json.dumps(value)  # a JSON text, number, truth value or list of those is TOML as well
