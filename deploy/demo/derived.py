"""Questions made from the records of real lists by fixed rules, so that none has to be committed.

The truth of such a question is the record that it was made from.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scene import Question

from matching.record import Kind, Name, Quality, Record

_START = 2 / 3
_SWAPPED = 6  # letters of the shortest word whose two middle letters are exchanged
_CYRILLIC = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_SYLLABLES = [c + v for c in "bdfghjklmnprstvwz" for v in "aeiou"]


@dataclass(frozen=True, slots=True)
class Held:
    """All records by source, and which of them have one name and one date of birth in common."""

    records: Mapping[str, Sequence[Record]]
    twins: Mapping[tuple[str, str], Sequence[str]]

    @classmethod
    def of(cls, records: Mapping[str, Sequence[Record]]) -> Held:
        """Compare all lists with each other; the order of the words of a name does not count."""
        twins: dict[tuple[str, str], list[str]] = {}
        for source, listed in records.items():
            for record in listed:
                for name in {_key(name.text()) for name in record.names}:
                    for born in set(_births(record)):
                        twins.setdefault((name, born), []).append(f"{source} {record.id}")
        return cls(records, twins)


def person_question(source: str, manner: str, held: Held) -> Question | None:
    """The first person of the list, from two thirds on, who can be asked about in that manner.

    `alias` is a good alias in Latin letters, `script` a name in other letters, `typo` the primary
    name with two letters exchanged. Namesakes within the list are passed over, and people whose
    year of birth is not known. Records of other lists with the same name and date of birth, which
    nothing in the question tells apart, are as good as the record itself.
    """
    persons = [r for r in held.records[source] if r.kind is Kind.PERSON]
    persons.sort(key=lambda record: record.id)
    names = Counter(key for r in persons for key in {_key(n.text()) for n in r.names})
    begin = int(len(persons) * _START)
    for record in [*persons[begin:], *persons[:begin]]:
        known = _births(record) and len(_words(record)) > 1
        if not known or any(names[_key(name.text())] > 1 for name in record.names):
            continue
        asked, listed = _MANNERS[manner](record)
        if asked:
            born = _births(record)[0]
            title = f"{source}, {manner}: {asked}, {born} (listed: {record.names[0].text()})"
            expected = {"verdict": "HIT", "holds": held.twins[_key(listed), born]}
            fields = {"name": [asked], "birth": [born]}
            return Question(f"{source} {manner}", title, fields, expected)
    return None


def plate_question(source: str, records: Sequence[Record]) -> Question | None:
    """A plate that occurs once, with Cyrillic letters for its look-alike Latin ones and a blank."""
    vehicles = [(r, r.vehicles[0].plate) for r in records if r.vehicles and r.vehicles[0].plate]
    held = Counter(plate for _, plate in vehicles)
    begin = int(len(vehicles) * _START)
    for record, plate in [*vehicles[begin:], *vehicles[:begin]]:
        asked = f"{plate[:2]} {plate[2:]}".translate(_CYRILLIC)
        if held[plate] == 1 and len(plate) > 5 and asked.replace(" ", "") != plate:
            fields = {"plate": [asked], "plate_country": [record.vehicles[0].plate_country]}
            expected = {"verdict": "HIT", "holds": [f"{source} {record.id}"]}
            title = f"{source}: plate {plate}, typed with Cyrillic letters and a blank"
            return Question(f"{source} plate", title, fields, expected)
    return None


def invented() -> Question:
    """A name that nobody has, another one in every run."""
    draw = random.Random()
    words = ["".join(draw.choices(_SYLLABLES, k=k)).capitalize() for k in (3, 4)]
    name = " ".join(words)
    return Question("invented", f"the invented name {name}", {"name": [name]}, CLEAR)


CLEAR = {"verdict": "NO_HIT", "first": []}


def _births(record: Record) -> list[str]:
    """Dates with one known year."""
    known = (b for b in record.births if b.year and not b.year_to and b.calendar == "gregorian")
    return [birth.iso() for birth in known]


def _alias(record: Record) -> tuple[str, str]:
    primary = _key(record.names[0].text())
    for name in record.names[1:]:
        key = _key(name.text())
        good = name.quality is Quality.STRONG and _latin(name)
        if good and len(key.split()) > 1 and key != primary:
            return name.text(), name.text()
    return "", ""


def _script(record: Record) -> tuple[str, str]:
    found = (n.text() for n in record.names if not _latin(n) and len(n.text()) > 2)
    text = next(found, "")
    return text, text


def _typo(record: Record) -> tuple[str, str]:
    text = record.names[0].text()
    word = max(text.replace(",", " ").split(), key=len)
    middle = len(word) // 2
    swapped = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
    fits = len(word) >= _SWAPPED and swapped != word and word.isalpha() and _latin(record.names[0])
    return (text.replace(word, swapped, 1), text) if fits else ("", "")


_MANNERS: dict[str, Callable[[Record], tuple[str, str]]] = {
    "alias": _alias,
    "script": _script,
    "typo": _typo,
}
"""What to ask about a person, and the listed name behind it; empty if nothing fits."""


def _latin(name: Name) -> bool:
    letters = [c for c in name.text() if c.isalpha()]
    return bool(letters) and all(unicodedata.name(c, "").startswith("LATIN") for c in letters)


def _words(record: Record) -> Sequence[str]:
    return _key(record.names[0].text()).split() if record.names else ()


def _key(text: str) -> str:
    """The words of a name in the order of the alphabet."""
    return " ".join(sorted("".join(c if c.isalnum() else " " for c in text.casefold()).split()))
