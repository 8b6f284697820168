"""Cells that hold several values: lists, enumerations, and names with other names in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.draft import clean

_ENUMERATED = re.compile(r"(?:^|[,;]?\s+)\(?(?:[a-h]|i{1,3}v?|vi{0,3})\)[,\s]\s*")
_DATE_LIST = re.compile(
    r"\s*\(?\bor\b\s*|(?:(?<=\d{4})|(?<= [AS]H)),\s+(?=\d)|\s+/\s+|(?<=\d{4})/(?=\d{4}\b)"
)
_BRACKET = re.compile(r"\s*\(([^()]*)\)")
_FOREIGN = re.compile(r"[^\x00-\u024f\u1e00-\u1eff\u2010-\u203a]")
_LANGUAGE = re.compile(r"^(?:[A-Za-z.]+\s+)*[A-Za-z]+:\s*")
_OTHERWISE = re.compile(r"^(?:a\.?k\.?a\.?|alias|also|or|born|née|nee)[\s:]+", re.IGNORECASE)
_BORN = ("born", "née", "nee")
_CALENDARS = (
    (re.compile(r"\s*\((?:iranian|solar) hijri calendar\)", re.IGNORECASE), " SH"),
    (re.compile(r"\s*\(hijri calendar\)", re.IGNORECASE), " AH"),
    (re.compile(r"\s*\(gregorian calendar\)", re.IGNORECASE), ""),
)
_APPROXIMATELY = re.compile(r"\s*\((?:approximate(?:ly)?|approx\.?|circa)\s*\)", re.IGNORECASE)


def split(text: str, separator: str) -> list[str]:
    """The parts of a cell, cleaned: at `separator` outside brackets, and at "(a) ... (b) ..."."""
    parts = _outside_brackets(text, separator) if separator and separator in text else [text]
    listed = [item for part in parts for item in _ENUMERATED.split(part)]
    return [found for part in listed if (found := clean(part).strip(" ,"))]


def _outside_brackets(text: str, separator: str) -> list[str]:
    """Brackets that never close hold nothing together."""
    parts, depth = [""], 0
    for piece in re.split(f"({re.escape(separator)})", text):
        if piece == separator and depth <= 0:
            parts.append("")
            depth = 0
        else:
            parts[-1] += piece
            depth += piece.count("(") - piece.count(")")
    return parts if depth <= 0 else text.split(separator)


def dates(text: str) -> Iterator[tuple[str, bool]]:
    """The dates of a cell and whether each is approximate: "1960 or 3.5.1961" are two."""
    circa = bool(_APPROXIMATELY.search(text))
    for calendar, era in _CALENDARS:
        text = calendar.sub(era, text)
    for part in _DATE_LIST.split(_APPROXIMATELY.sub("", text)):
        paired = part.count("(") == part.count(")")
        if found := clean(part).strip(" .," if paired else " .,()"):
            yield found, circa


@dataclass(slots=True)
class Names:
    """What a cell says about names: the name itself, other forms, birth names, comments."""

    plain: str
    others: list[str] = field(default_factory=list)
    born: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def names(text: str) -> Names:
    """A name without its brackets, and what these say.

    `Olga (a.k.a. Olha) IVANOVA (Russian: Ольга ИВАНОВА)` is a name with two other forms, `(born
    PETROVA)` gives a birth name, `(IARosH)` another form of the word before it. What is neither
    (`(formerly listed as)`) is a comment.
    """
    found = Names(clean(_BRACKET.sub(" ", text)) or clean(text).strip("()"))
    for bracket in _BRACKET.finditer(text):
        inner = clean(bracket[1])
        if _FOREIGN.search(inner) and not _OTHERWISE.match(inner):
            forms = re.split(r"[;,/]", inner)
            found.others += [_LANGUAGE.sub("", clean(form)) for form in forms]
        elif found.plain != inner:
            _add_form(found, text, bracket, inner)
    return found


def _add_form(found: Names, text: str, bracket: re.Match[str], inner: str) -> None:
    marked = _OTHERWISE.match(inner)
    forms = [clean(form) for form in re.split(r"[;,/]", _OTHERWISE.sub("", inner))]
    if not all(form and _is_name(form) for form in forms):
        found.comments.append(inner)
        return
    is_born = bool(marked) and inner.lower().startswith(_BORN)
    target = found.born if is_born else found.others
    head = clean(_BRACKET.sub(" ", text[: bracket.start()]))
    tail = clean(_BRACKET.sub(" ", text[bracket.end() :]))
    target += [_instead(head, form, tail) for form in forms]


def _is_name(form: str) -> bool:
    """Every word starts with a capital or is short as particles are (al, bin, de)."""
    words = form.split()
    return any(word[0].isupper() for word in words) and all(
        word[0].isupper() or len(word) <= 3 or "-" in word for word in words
    )


def _instead(head: str, form: str, tail: str) -> str:
    """The name with `form` in place of as many words before the bracket, as far as there are."""
    words = head.split()
    kept = words[: max(0, len(words) - len(form.split()))]
    return " ".join([*kept, form, tail]).strip()
