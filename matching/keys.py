"""The keys of one name word: how it sounds in writing, its consonants, its phonetic classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from matching.phonetic import phonetic

_SPELLINGS = {
    "shch": "S", "tsch": "S", "stch": "S", "tch": "S", "sch": "S", "chr": "kr",
    "sh": "S", "ch": "S", "cz": "S", "sz": "S", "zh": "j", "dzh": "j", "dj": "j",
    "kh": "h", "gh": "g", "th": "t", "dh": "d", "ph": "f", "bh": "b", "ck": "k", "qu": "k",
    "tz": "ts", "q": "k", "w": "v", "x": "ks", "ce": "se", "ci": "si", "cy": "si", "c": "k",
    "ou": "u", "oo": "u", "ee": "i", "ei": "e", "ey": "e", "ai": "e", "ay": "e", "ae": "a",
    "oe": "o", "ue": "u", "iy": "i", "ij": "i", "ii": "i", "yi": "i", "yy": "i", "ie": "i",
    "aa": "a", "y": "i",
}  # fmt: skip
_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
_DOUBLED = re.compile(r"(.)\1+")
_SLAVIC = re.compile("(?<=[a-z]{3})[aeo][uw]$")
_FINAL_H = re.compile("(?<=[aeiou])h$")
_FINAL_FF = re.compile("(?<=[oe])ff$")
_INSIDE = re.compile("(?<=.)[aeiou]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """Derived keys of a Latin form; all may be empty for a word of digits.

    `fold` levels spellings (Shcherbakov, Stcherbakoff), `skeleton` keeps consonants (`*` for an
    opening vowel), `phonetic` keeps classes of consonants, `unvowelled` marks a form that came from
    an abjad or an MRZ and lacks its short vowels.
    """

    fold: str
    skeleton: str
    phonetic: str
    unvowelled: bool


def fold(form: str) -> str:
    """One spelling for the usual spellings of a sound; `form` is a-z, 0-9."""
    levelled = _SPELLING.sub(lambda match: _SPELLINGS[match.group()], _ending(form))
    # -off is a French way to write -ov; a single f is none (Yusuf)
    levelled = _DOUBLED.sub(r"\1", _FINAL_FF.sub("v", levelled))
    return _FINAL_H.sub("", levelled)


def _ending(form: str) -> str:
    """-au, -eu (Belarusian) and -ow (Polish, German) as -ov and -ev."""
    return _SLAVIC.sub(lambda match: match.group()[0].replace("a", "o") + "v", form)


def skeleton(form: str) -> str:
    """The consonants of a Latin form: an opening vowel becomes `*`, a final h goes.

    W inside a word goes with the vowels, because an abjad writes both with the same letter.
    """
    form = _ending(form)
    without = form[:1] + form[1:].replace("w", "")
    return _bones(fold(without))


def _bones(folded: str) -> str:
    if not folded:
        return ""
    bones = _INSIDE.sub("", folded)
    if bones[0] in "aeiou":
        bones = "*" + bones[1:]
    return bones[:-1] if len(bones) > 2 and folded[-1] == "h" else bones


def is_unvowelled(form: str) -> bool:
    """Whether a word of three letters or more has too few vowels to be written in full."""
    inner = form[1:]
    return len(form) >= 3 and sum(c in "aeiouy" for c in inner) * 4 < len(inner)


@lru_cache(maxsize=1 << 17)
def keys_of(form: str) -> Keys:
    """The keys of a Latin form."""
    folded = fold(form)
    bones = skeleton(form) if "w" in form[1:] else _bones(folded)
    return Keys(folded, bones, phonetic(bones), is_unvowelled(form))
