"""Classes of consonants that languages and scribes exchange for one another."""

from __future__ import annotations

import re

_CLASSES = str.maketrans(
    {"p": "b", "f": "b", "v": "b", "q": "k", "g": "k", "h": "k", "z": "s", "S": "s"}
    | {"j": "s", "d": "t"}
)
_DOUBLED = re.compile(r"(.)\1+")


def phonetic(skeleton: str) -> str:
    """Phonetic classes of a consonant skeleton (`matching.keys.skeleton`), doubles collapsed.

    b p f v; k g h (Hrytsenko, Gritsenko); s z sh ch j; t d. `ts` counts as s (Hebrew tsadi).
    """
    classes = skeleton.replace("ts", "s").replace("dz", "z").translate(_CLASSES)
    return _DOUBLED.sub(r"\1", classes)
