"""Names as words that can be compared: normal forms, roles, family name and given names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from matching import romanise, script
from matching.keys import is_unvowelled
from matching.record import Name
from matching.tables import rows
from matching.text import MAX_TOKENS, NameTooLong, check_bounds, halves, is_cut
from matching.transliteration import arabic_from_mrz

__all__ = [
    "NameTooLong", "Part", "Role", "Run", "Token", "check_bounds", "is_cut", "name_tokens", "runs",
    "tokens",
]  # fmt: skip


class Role(StrEnum):
    """What a word does in a name: only a NAME finds anybody, an INITIAL may confirm one."""

    NAME = "name"
    INITIAL = "initial"
    PARTICLE = "particle"
    TITLE = "title"


class Part(StrEnum):
    """Where a word stands, where the writer told: family name or given names."""

    UNKNOWN = ""
    SURNAME = "surname"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a name.

    `text` is the word as written, `form` its Latin form (a-z, 0-9, 1 to 64 letters), `readings`
    further Latin forms, `script` an ISO 15924 code, `sex` "M", "F" or empty for what the word says
    about its bearer (bin, bint), `light` whether a particle or title stands for a missing name.
    """

    text: str
    form: str
    script: str = "Latn"
    role: Role = Role.NAME
    part: Part = Part.UNKNOWN
    sex: str = ""
    readings: tuple[str, ...] = ()
    light: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """All Latin forms, the likeliest first."""
        return (self.form, *self.readings)


@cache
def _lexicon() -> dict[str, tuple[Role | None, str]]:
    """Word -> role and sex; None for placeholders, which are absent."""
    words: dict[str, tuple[Role | None, str]] = {}
    words.update({row[0]: (Role.TITLE, "") for row in rows("titles.tsv")})
    words.update({row[0]: (Role.PARTICLE, _second(row)) for row in rows("particles.tsv")})
    words.update({row[0]: (Role.NAME, row[1]) for row in rows("sex_names.tsv")})
    words.update({row[0]: (None, "") for row in rows("placeholders.tsv")})
    return words


def _second(row: tuple[str, ...]) -> str:
    return row[1] if len(row) > 1 else ""


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> tuple[Token, ...]:
    """The tokens of one written word, without regard to its neighbours."""
    code = script.of_word(word)
    if code in {"Hani", "Hang"} and len(word) > 1:
        return _han_or_hangul(word, code)
    forms = romanise.latin(word)
    if not forms:
        return ()
    role, sex = _lexicon().get(forms[0], (Role.NAME, ""))
    if role is None:
        return ()
    if role is Role.NAME and len(forms[0]) == 1 and code == "Latn":
        role = Role.INITIAL
    return (Token(word, forms[0], code, role, Part.UNKNOWN, sex, forms[1:]),)


def _han_or_hangul(word: str, code: str) -> tuple[Token, ...]:
    """Family name and given name of an unspaced name; Latin syllables of other words joined."""
    family = romanise.family_name(word, code) if len(word) <= 4 else None
    if family is None or family[0] == word:
        forms = romanise.latin(word)
        return (Token(word, forms[0], code),) if forms else ()
    written, readings = family
    given = "".join(romanise.syllables(word[len(written) :]))
    first = Token(written, readings[0], code, part=Part.SURNAME, readings=readings[1:])
    rest = Token(word[len(written) :], given, code, part=Part.GIVEN)
    return (first, rest) if given else (first,)


_ABD = re.compile(
    r"^abd(?:[aeiou]?l(?=..)|[aeiou]?([bcdfghjkmnpqrstvwxyz])(?=\1)|[aeiou])?(.{3,})$"
)
_ABD_HEAD = re.compile(r"^abd(?:[aeou]l?|[aeiou]?[rstnz]|ush|ash)?$")


def _abd_unit(form: str) -> str:
    """`abdulrahman`, `abdurrahman`, `abdelrahman` -> `abdrahman`; other forms as they are."""
    match = _ABD.match(form)
    return f"abd{match.group(2)}" if match else form


def _join_abd(found: list[Token]) -> list[Token]:
    """Abd (al-) X as one name: the servant of X is never X (DOMAIN 4.5)."""
    joined: list[Token] = []
    pending: Token | None = None
    for token in found:
        if pending is not None:
            if token.role is Role.PARTICLE and not token.sex:
                continue
            joined.append(_with_forms(pending, token))
            pending = None
        elif _ABD_HEAD.match(token.form):
            pending = token
        else:
            unit = tuple(dict.fromkeys(_abd_unit(form) for form in token.forms))
            joined.append(replace(token, form=unit[0], readings=unit[1:]))
    return joined if pending is None else [*joined, pending]


def _with_forms(head: Token, rest: Token) -> Token:
    forms = tuple(f"abd{form}" for form in rest.forms)
    return replace(
        rest, text=f"{head.text} {rest.text}", form=forms[0], readings=forms[1:], role=Role.NAME
    )


def _part_tokens(written: list[str], part: Part) -> list[Token]:
    found = [token for word in written for token in _word(word)]
    if any(token.form.startswith("abd") for token in found):
        found = _join_abd(found)
    found = _promoted(found)
    if part is Part.UNKNOWN:
        return found
    return [replace(token, part=part) for token in found]


def _promoted(found: list[Token]) -> list[Token]:
    """Particles and titles are names where nothing else is (Mr Van Le, the poet Dr)."""
    if not found or any(token.role is Role.NAME for token in found):
        return found
    lonely = Role.PARTICLE if any(t.role is Role.PARTICLE for t in found) else Role.TITLE
    return [
        replace(t, role=Role.NAME, light=True) if t.role is lonely and len(t.form) > 1 else t
        for t in found
    ]


def _capital_surname(written: list[str]) -> tuple[list[str], list[str]] | None:
    """`WANG Xiaoming`, `Xiaoming WANG`: the words in capitals are the family name."""
    capital = [len(word) > 1 and word.isupper() and word != word.lower() for word in written]
    if all(capital) or not any(capital):
        return None
    upper = [word for word, is_upper in zip(written, capital, strict=True) if is_upper]
    lower = [word for word, is_upper in zip(written, capital, strict=True) if not is_upper]
    return (upper, lower) if any(word[:1].isupper() and len(word) > 1 for word in lower) else None


def _arabic_mrz(found: list[Token]) -> list[Token]:
    """Words of an MRZ that was made from Arabic letters, read as these (ICAO 9303-3 §6 C)."""
    if not any(is_unvowelled(token.form) and len(token.form) > 3 for token in found):
        return found
    return _join_abd([_with_arabic(token) for token in found])


def _with_arabic(token: Token) -> Token:
    forms = [token.form]
    for written in token.form.split("abd", 1)[-1:]:
        forms += romanise.latin(arabic_from_mrz(written).strip())
    unique = tuple(dict.fromkeys(forms))
    # the Arabic reading first: it has the consonants that were meant
    return replace(token, form=unique[-1], readings=unique[:-1])


def _parted(before: list[str], after: list[str]) -> list[Token]:
    surname, given = _part_tokens(before, Part.SURNAME), _part_tokens(after, Part.GIVEN)
    if not given or not surname:
        return [replace(token, part=Part.UNKNOWN) for token in surname + given]
    if _ABD_HEAD.match(given[-1].form):
        # `AL RAHMAN, Umar Abd`: the unit was cut in two
        return _join_abd(given + surname)
    return surname + given


Run = tuple[int, ...]
"""Positions of neighbouring words."""


def runs(words: tuple[Token, ...]) -> Iterator[Run]:
    """Neighbours that others may write as one word: threes, then pairs, at least one a NAME.

    In `SURNAME, Given` the last given name is a neighbour of the family name too.
    """
    size = len(words)
    usable = [word.role in {Role.NAME, Role.PARTICLE} for word in words]
    threes = [(n, n + 1, n + 2) for n in range(size - 2)]
    pairs = [(n, n + 1) for n in range(size - 1)]
    if size > 2 and words[0].part is Part.SURNAME and words[-1].part is Part.GIVEN:
        pairs.append((size - 1, 0))
    for run in (*threes, *pairs):
        if all(usable[n] for n in run) and any(words[n].role is Role.NAME for n in run):
            yield run


@lru_cache(maxsize=1 << 14)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a name in written order, at most 24, of any script; empty for no name at all.

    Family name and given names are told apart where the text does (`SURNAME, Given`, MRZ `<<`, a
    family name in capitals, Han and Hangul). Never raises: what is beyond the bounds is left out.
    """
    before, after, parted = halves(text)
    if not parted and (capital := _capital_surname(before)):
        before, after = capital
        parted = True
    if parted:
        found = _parted(before[:MAX_TOKENS], after[:MAX_TOKENS])
    else:
        found = _part_tokens(before[:MAX_TOKENS], Part.UNKNOWN)
    if "<" in text:
        found = _arabic_mrz(found)
    return tuple(_once(found)[:MAX_TOKENS])


def _once(found: list[Token]) -> list[Token]:
    """A single name that was written twice to fill two fields counts once."""
    if len(found) > 1 and len({token.form for token in found}) == 1:
        return [replace(found[0], part=Part.UNKNOWN)]
    return found


def name_tokens(name: Name) -> tuple[Token, ...]:
    """The words of a `Name`; surname and given name are told apart where the record does."""
    if name.surname and name.given:
        return tokens(f"{name.surname.replace(',', ' ')}, {name.given.replace(',', ' ')}")
    return tokens(name.text())
