from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lookup.cli.safe import safe, safe_json

ANYTHING = st.text(st.characters(exclude_categories=()))
BANNED = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u2028\u2029\u180e\u3164\ufe0f\U000e0041",
    "\ud800",
    "\udfff",
]


@pytest.mark.parametrize("banned", BANNED, ids=lambda c: f"U+{ord(c):04X}")
def test_each_banned_character_becomes_its_code(banned):
    shown = safe(f"a{banned}b")
    assert banned not in shown
    assert f"{ord(banned):x}" in shown
    assert json.loads(safe_json({"k": banned}, ascii_only=False)) == {"k": banned}


@given(ANYTHING)
@example("\u202eabc\x1b[2J")
def test_nothing_that_moves_hides_or_reorders_is_left(text):
    shown = safe(text)
    assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert not set(shown) & set(BANNED)
    assert safe(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    "text",
    ["MARENKO, Viktor", "Виктор", "محمد علي", "מרנקו", "王小明", "김철수", "Nguyễn Văn Ổn", "ñ"],
)
def test_names_of_all_scripts_stay_as_they_are(text):
    assert safe(text) == text
    decomposed = unicodedata.normalize("NFD", text)
    assert safe(decomposed) == decomposed


def test_a_heap_of_marks_is_cut_off():
    assert safe("e" + "\u0301" * 100).count("\u0301") == 8


VALUES = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_json_means_the_same_and_is_safe(content, ascii_only):
    line = safe_json(content, ascii_only=ascii_only)
    assert json.loads(line) == content
    assert not set(line) & set(BANNED)
    assert line.isascii() or not ascii_only
    line.encode()
