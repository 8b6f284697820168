"""One Latin form for a word of any script, and its other readings."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from anyascii import anyascii

from matching import script
from matching.tables import rows

MAX_WORD = 64
"""Longest word that is compared, in letters of its Latin form."""

MAX_READINGS = 4
"""Most Latin forms of one word."""

_UKRAINIAN = re.compile("[іїєґ]")
_NOT_LETTERS = re.compile("[^a-z0-9]+")
_ARTICLE = "ال"


@cache
def _table(code: str, language: str = "") -> dict[str, str]:
    table = {}
    for row_script, letters, latin, exceptions in rows("romanisation.tsv"):
        if row_script == code:
            special = dict(item.split("=") for item in exceptions.split("|") if item)
            table[letters] = special.get(language, latin)
    return table


@cache
def _lookalikes() -> tuple[dict[int, str], dict[int, str]]:
    pairs = [(latin, cyrillic) for latin, cyrillic in rows("lookalikes.tsv")]
    return {ord(a): b for a, b in pairs}, {ord(b): a for a, b in pairs}


def repair_mixed(word: str) -> str:
    """A word of one script where Latin and Cyrillic letters of the same shape were mixed.

    The script with more letters that have no double in the other one wins (real lists hold Latin
    letters inside Cyrillic words). `word` is in lower case.
    """
    latin = sum("a" <= c <= "z" for c in word)
    if not latin or latin == len(word):
        return word
    to_cyrillic, to_latin = _lookalikes()
    cyrillic = sum(script.of_char(c) == "Cyrl" for c in word)
    if not cyrillic:
        return word
    own_latin = sum("a" <= c <= "z" and ord(c) not in to_cyrillic for c in word)
    own_cyrillic = sum(script.of_char(c) == "Cyrl" and ord(c) not in to_latin for c in word)
    if (own_cyrillic, cyrillic) >= (own_latin, latin):
        return word.translate(to_cyrillic)
    return word.translate(to_latin)


def _cyrillic(word: str) -> str:
    table = _table("Cyrl", "uk" if _UKRAINIAN.search(word) else "")
    return "".join(table.get(c, "") or _base(c) for c in word if table.get(c) != "")


def _greek(word: str) -> str:
    table = _table("Grek")
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    out, at = [], 0
    while at < len(plain):
        size = 2 if plain[at : at + 2] in table else 1
        latin = table.get(plain[at : at + size], "")
        # nu + tau and mu + pi open a word as d and b (ELOT 743)
        out.append("d" if not at and plain[:2] == "ντ" else latin)
        at += size
    return "".join(out)


def _abjad(word: str, code: str) -> str:
    table = _table(code)
    if code == "Arab" and word.startswith(_ARTICLE) and len(word) > len(_ARTICLE) + 2:
        word = word[len(_ARTICLE) :]
    out = [table.get(c, "") if c in table else _base(c) for c in word]
    if code == "Hebr" and word[:1] == "ו":
        out[0] = "v"
    return "".join(out)


def _base(char: str) -> str:
    """ASCII letters of a letter without an own rule."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    table = _table("Latn")
    latin = "".join(table.get(c, c) for c in plain)
    return latin if latin.isascii() else anyascii(latin).lower()


@lru_cache(maxsize=1 << 16)
def latin(word: str) -> tuple[str, ...]:
    """Latin forms of one word (lower case, a-z and 0-9, at most 64 letters), likeliest first.

    Empty where nothing remains. The word is clean text (`matching.text.clean`), of any case.
    """
    word = repair_mixed(word.replace("İ", "i").casefold().replace("ı", "i")[:MAX_WORD])
    if word.isascii():
        forms = [word]
    else:
        code = script.of_word(word)
        forms = _forms(word, code)
    kept = (_NOT_LETTERS.sub("", form)[:MAX_WORD] for form in forms)
    return tuple(dict.fromkeys(form for form in kept if form))[:MAX_READINGS]


def _forms(word: str, code: str) -> list[str]:
    if code == "Cyrl":
        return [_cyrillic(word)]
    if code == "Grek":
        return [_greek(word)]
    if code in {"Arab", "Hebr"}:
        return _abjad_readings(_abjad(word, code), word)
    if code == "Latn":
        return ["".join(_base(c) for c in word)]
    return [anyascii(word).lower()]


_SECOND_READINGS = (("ض", "d", "z"), ("ذ", "dh", "z"), ("ث", "th", "s"), ("ج", "j", "g"))


def _abjad_readings(form: str, word: str) -> list[str]:
    """Persian z for dad and dhal, s for tha; Egyptian g for jim."""
    forms = [form]
    for letter, first, second in _SECOND_READINGS:
        if letter in word:
            forms.append(form.replace(first, second))
    return forms


def syllables(word: str) -> tuple[str, ...]:
    """The Latin syllables of a Han or Hangul word, one for each character."""
    return tuple(_NOT_LETTERS.sub("", anyascii(char).lower()) for char in word)


@cache
def _family_names() -> dict[tuple[str, str], tuple[str, ...]]:
    return {(row[0], row[1]): tuple(row[2:]) for row in rows("family_names.tsv")}


def family_name(word: str, code: str) -> tuple[str, tuple[str, ...]] | None:
    """The listed family name that opens a Han or Hangul word, with its readings, or None."""
    table = _family_names()
    for size in (2, 1):
        readings = table.get((code, word[:size]))
        if readings and len(word) >= size:
            return word[:size], readings
    return None
