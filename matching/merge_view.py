"""What the merge rules look at in a record of a person, within bounds."""

from __future__ import annotations

from dataclasses import dataclass

from matching.identifiers import country_code, stated_number
from matching.names import Token, name_tokens
from matching.record import Kind, PartialDate, Quality, Record, Sex

MAX_NAMES, MAX_BIRTHS, MAX_DOCUMENTS = 12, 12, 20
"""Values of one record that are looked at, in the order of the record."""

MIN_NUMBER = 5
"""Shortest document number that proves anything."""

Words = tuple[Token, ...]
Paper = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PersonView:
    """What the rules know of a record of a person.

    `papers` are canonical number, issuer code (or empty) and type; `sure` are the words of the
    names that the owner trusts, `names` those of all.
    """

    kind: Kind
    misused: bool
    names: tuple[Words, ...]
    sure: tuple[Words, ...]
    births: tuple[PartialDate, ...]
    sex: Sex
    nationalities: tuple[str, ...]
    birth_place: str
    papers: tuple[Paper, ...]


def person_view(record: Record) -> PersonView:
    """The view of a record; never raises for what it holds."""
    named = [(name, name_tokens(name)) for name in record.names[:MAX_NAMES]]
    return PersonView(
        kind=record.kind,
        misused=is_misused(record),
        names=tuple(dict.fromkeys(words for _, words in named if words)),
        sure=tuple(dict.fromkeys(w for name, w in named if w and name.quality is not Quality.WEAK)),
        births=record.births[:MAX_BIRTHS],
        sex=record.sex,
        nationalities=record.nationalities,
        birth_place=next(iter(record.birth_places), ""),
        papers=tuple(paper for paper in papers_of(record) if len(paper[0]) >= MIN_NUMBER),
    )


def papers_of(record: Record) -> tuple[Paper, ...]:
    """Canonical number, issuer code (or empty) and type of the documents of a record."""
    return tuple(
        (stated_number(paper.number), country_code(paper.issuer), paper.type)
        for paper in record.documents[:MAX_DOCUMENTS]
    )


def is_misused(record: Record) -> bool:
    """Whether a record tells of a person whose identity another one uses (SIS: misused)."""
    return "MISUSED" in record.category.upper()
