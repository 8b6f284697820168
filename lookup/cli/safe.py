"""Text that is safe on a terminal: what could move, hide or reorder other text is made visible."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters and marks that show as nothing (Default_Ignorable_Code_Point beside category Cf)."""

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 8
"""Longest run of combining marks that is shown; Vietnamese needs 2, pointed Hebrew 4."""


def safe(text: str) -> str:
    r"""`text` on one line, every control, format, hidden or unassigned character as `\uXXXX`.

    Right-to-left letters stay in logical order; what could reorder them (U+202A to 202E, U+2066
    to 2069, U+200E, U+200F, U+061C) is escaped with the rest (Unicode TR 36 §2.2).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(text))


def safe_json(content: Any, *, ascii_only: bool) -> str:
    """One line of JSON that means the same and is safe on a terminal."""
    line = json.dumps(content, ensure_ascii=ascii_only, separators=(", ", ": "))
    if line.isascii() and line.isprintable():
        return line
    return "".join(
        _json_escape(c) if _unsafe(c) else c for c in line
    )  # only strings hold such characters, and there an escape is the same string


def _visible(text: str) -> list[str]:
    shown, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in _MARKS else 0
        shown.append(_escape(c) if _unsafe(c) or marks > _MOST_MARKS else c)
    return shown


def _unsafe(c: str) -> bool:
    return unicodedata.category(c) in _UNSAFE or _HIDDEN.match(c) is not None


def _escape(c: str) -> str:
    code = ord(c)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(c: str) -> str:
    return json.dumps(c)[1:-1] if ord(c) > 0x7F else f"\\u{ord(c):04x}"
