"""Sentences from structure: the code of a reason and its parameters in a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lookup.languages.wording import Wording, wording

if TYPE_CHECKING:
    from matching.explain import Reason

FSI, PDI = "\u2068", "\u2069"
"""First strong isolate and its end (Unicode UAX 9 §2.4): what stands between reorders nothing."""

_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("[\n\r\x1c-\x1e\x85\u2028\u2029]")
"""Ends of a paragraph or line: they would end an isolate too (UAX 9 P1, X8)."""

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def explanation(reason: Reason, language: str) -> str:
    """The reason as plain text with its log-odds, `Sex agrees: F / F (+0.40)`, no full stop.

    Values and numbers stand in isolates in a language from right to left, and in the others where
    a value has such letters. Controls of direction and line breaks within a value are dropped.
    """
    says = wording(language)
    values = {name: isolated(text, says) for name, text in reason.parameters.items()}
    text = sentence(says, reason.code, values)
    if not text:
        text = says.text("unknown.reason", code=isolated(reason.code, says), **values)
    return f"{text} ({isolated(f'{reason.log_odds:+.2f}', says)})"


def sentence(says: Wording, code: str, values: Mapping[str, str]) -> str:
    """The sentence of a reason; empty for a code that is not known.

    `values` holds `query`, `record` and `similarity`, already fit for where they are shown.
    """
    return says.coded("reason", code) and says.text(f"reason.{code}", **values)


def isolated(value: str, says: Wording) -> str:
    """A value that reorders nothing around it and that nothing around reorders."""
    plain = value
    if not (value.isascii() and value.isprintable()):
        plain = _BREAKS.sub(" ", _CONTROLS.sub("", value))
    if says.right_to_left or _reorders(plain):
        return f"{FSI}{plain}{PDI}"
    return plain


def _reorders(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text)
