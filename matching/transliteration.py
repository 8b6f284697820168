"""Transliteration between national scripts and MRZ letters (ICAO 9303-3 §6, tables A, B, C)."""

import re
import unicodedata
from functools import cache
from itertools import islice, product

from matching.tables import rows

MAX_TEXT = 512
"""Longest text that is transliterated, in code points; the rest is left out."""

_NOT_ENCODED = "-"
_DOUBLES = "="
_WORD_BREAKS = " -‐‑‒–—\t\n\r\u00a0<"


@cache
def _latin() -> dict[str, tuple[str, ...]]:
    return {
        chr(int(code, 16)): tuple(forms.split("|")) for code, _, forms in rows("icao_latin.tsv")
    }


@cache
def _cyrillic(language: str) -> dict[str, tuple[str, str]]:
    """Letter -> (MRZ letters inside a word, MRZ letters at its start) in one language."""
    table = {}
    for code, _, letters, exceptions in rows("icao_cyrillic.tsv"):
        special = dict(item.split("=") for item in exceptions.split("|") if item)
        inside = special.get(language, letters)
        table[chr(int(code, 16))] = (inside, special.get(f"{language}^", inside))
    return table


@cache
def _arabic() -> dict[str, tuple[str, str]]:
    """Letter -> (MRZ letters inside a word, MRZ letters at its end)."""
    return {chr(int(code, 16)): (mid, end) for code, _, mid, end in rows("icao_arabic.tsv")}


@cache
def _arabic_reverse() -> dict[str, str]:
    reverse: dict[str, str] = {}
    for letter, codes in _arabic().items():
        for code in codes:
            if code not in {_NOT_ENCODED, _DOUBLES}:
                reverse.setdefault(code, letter)
    return reverse


@cache
def _cyrillic_reverse(language: str) -> dict[str, str]:
    reverse: dict[str, str] = {}
    for letter, codes in sorted(_cyrillic(language).items(), key=_russian_first):
        for code in codes:
            reverse.setdefault(code, letter)
    return reverse


def _russian_first(item: tuple[str, tuple[str, str]]) -> tuple[bool, str]:
    return (not "А" <= item[0] <= "Я", item[0])


def _plain(letter: str) -> str:
    """ASCII letters of a letter that no table has: its base letters without marks, else nothing."""
    base = unicodedata.normalize("NFKD", letter)
    return "".join(c for c in base.upper() if "A" <= c <= "Z")


def _word(word: str, language: str) -> str:
    latin, cyrillic, arabic = _latin(), _cyrillic(language), _arabic()
    out: list[str] = []
    last = max((i for i, c in enumerate(word) if _is_written(c)), default=-1)
    for i, letter in enumerate(word):
        if letter in cyrillic:
            out.append(cyrillic[letter][0 if i else 1])
        elif letter in arabic:
            code = arabic[letter][1 if i == last else 0]
            out.append((out[-1] if out else "") if code == _DOUBLES else code.strip(_NOT_ENCODED))
        else:
            out.append(latin[letter][0] if letter in latin else _plain(letter))
    return "".join(out)


def _is_written(letter: str) -> bool:
    return not unicodedata.category(letter).startswith("M") and letter != "\u0640"


def _words(text: str) -> list[str]:
    upper = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text[:MAX_TEXT]).upper())
    return upper.translate(dict.fromkeys(map(ord, _WORD_BREAKS), " ")).split()


def to_mrz(text: str, language: str = "") -> str:
    """`text` in MRZ letters A-Z, words parted by one `<` (ICAO 9303-3 §4.6 and §6).

    Apostrophes and other punctuation vanish, hyphens and spaces part words, digits vanish.
    `language` is an ISO 639-1 code; be, bg, mk, sr and uk have exceptions in table B.
    Never raises; text without any letter gives an empty string.
    """
    return "<".join(filter(None, (_word(word, language) for word in _words(text))))


def mrz_variants(text: str, limit: int = 16) -> tuple[str, ...]:
    """The admitted Latin spellings of `text` (Ä is AE or A, Ü is UE, UXX or U), preferred first.

    At most `limit` (>= 1) of them, the first equal to `to_mrz(text)`.
    """
    latin = _latin()
    first = to_mrz(text)
    choices = [latin[c] for word in _words(text) for c in word if len(latin.get(c, ())) > 1]
    variants = dict.fromkeys([first])
    for choice in islice(product(*choices), max(limit, 1)):
        variants[_with_choice(text, choice)] = None
    return tuple(islice(variants, max(limit, 1)))


def _with_choice(text: str, choice: tuple[str, ...]) -> str:
    latin, left = _latin(), iter(choice)
    words = (
        "".join(next(left, "") if len(latin.get(c, ())) > 1 else c for c in word)
        for word in _words(text)
    )
    return to_mrz(" ".join(words))


def _longest_first(text: str, table: dict[str, str], longest: int) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        size = next((n for n in range(longest, 0, -1) if text[at : at + n] in table), 0)
        out.append(table[text[at : at + size]] if size else " " if text[at] == "<" else "")
        at += size or 1
    return "".join(out)


def arabic_from_mrz(letters: str) -> str:
    """Arabic script for MRZ letters of table C (`MXHMD` -> `محمد`); words parted by a space.

    A doubled letter stays doubled, because the shadda that may have caused it is optional.
    """
    return _longest_first(letters[:MAX_TEXT].upper(), _arabic_reverse(), 3)


def cyrillic_from_mrz(letters: str, language: str = "") -> str:
    """A Cyrillic spelling whose MRZ form is `letters` (soft signs cannot be recovered)."""
    return _longest_first(letters[:MAX_TEXT].upper(), _cyrillic_reverse(language), 4)


_ARABIC_TO_LATIN = (("XDZ", "D"), ("XZZ", "Z"), ("XTA", "T"), ("XAH", "A"), ("XAY", "A"))


def arabic_plain(letters: str) -> str:
    """Table C letters without the escape letter X, close to common Latin (`XKHALD` -> `KHALD`)."""
    for code, plain in _ARABIC_TO_LATIN:
        letters = letters.replace(code, plain)
    return letters.replace("XC", "CH").replace("X", "")


_FOLDS = (("PH", "F"), ("GH", "G"), ("CK", "K"), ("Q", "K"))


def consonant_skeleton(letters: str, *, escaped: bool = False) -> str:
    """The consonants of one name word of A-Z, to compare `MXHMD` with `MOHAMMED`.

    `escaped` says that the letters come from table C. Vowels go, Y and W stay only at the start,
    doubles collapse, a final H goes because teh marbuta and heh are written both ways.
    """
    word = arabic_plain(letters) if escaped else letters
    for old, new in _FOLDS:
        word = word.replace(old, new)
    kept = word[:1].translate(_VOWELS) + word[1:].translate(_VOWELS_INSIDE)
    kept = re.sub(r"(.)\1+", r"\1", kept)
    return kept[:-1] if len(kept) > 1 and kept.endswith("H") else kept


_VOWELS = str.maketrans("", "", "AEIOU")
_VOWELS_INSIDE = str.maketrans("", "", "AEIOUYW")
