"""What the records of an entity say together: each value once, with all who state it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from matching.dates import DateOutcome, compare_dates, interval
from matching.entity import Attribute, Key, Member
from matching.identifiers import compact, country_code, stated_number
from matching.record import PartialDate, Record, Sex, Vehicle
from matching.text import words

MAX_COMPARED = 40
"""Dates of one entity that are searched for conflicts."""

Stated = tuple[str, str, Hashable]
"""Field, value as written, normal form."""

_BOTH_FULL = frozenset({DateOutcome.NEAR, DateOutcome.TYPO, DateOutcome.SWAP})


def attributes(members: Sequence[Member]) -> tuple[Attribute, ...]:
    """The values of all members, by field; of equal ones the spelling of the first member.

    Dates of birth and sexes of different records that exclude each other are marked; nationalities
    never are, people have several.
    """
    values: dict[tuple[str, Hashable], str] = {}
    stated: dict[tuple[str, Hashable], dict[Key, None]] = {}
    dates: dict[tuple[str, Hashable], PartialDate] = {}
    for member in members:
        record = member.scored.record
        for date in record.births:
            dates.setdefault(("birth", _date_form(date)), date)
        for field, value, form in _statements(record):
            values.setdefault((field, form), value)
            stated.setdefault((field, form), {})[member.key] = None
    found = {
        key: Attribute(key[0], value, tuple(stated[key]), conflicting=False)
        for key, value in values.items()
    }
    for key in _conflicting(found, dates):
        found[key] = replace(found[key], conflicting=True)
    return tuple(sorted(found.values(), key=lambda a: _FIELDS.index(a.field)))


_FIELDS = (
    "name", "birth", "sex", "nationality", "birth_place", "document", "vehicle", "category",
    "owner",
)  # fmt: skip


def _statements(record: Record) -> Iterator[Stated]:
    texts = [("name", name.text()) for name in record.names]
    texts += [("birth_place", place) for place in record.birth_places]
    texts += [("category", record.category), ("owner", record.owner)]
    for field, text in texts:
        if text.strip():
            yield field, text, tuple(sorted(word.casefold() for word in words(text))) or text
    for date in record.births:
        if date.iso():
            yield "birth", _date_text(date), _date_form(date)
    if record.sex is not Sex.UNKNOWN:
        yield "sex", record.sex.value, record.sex
    for nationality in record.nationalities:
        if nationality:
            yield "nationality", nationality, country_code(nationality) or nationality.casefold()
    yield from _identifiers(record)


def _identifiers(record: Record) -> Iterator[Stated]:
    for paper in record.documents:
        text = _joined(paper.issuer, paper.type, paper.number)
        issuer = country_code(paper.issuer) or paper.issuer
        yield "document", text, (stated_number(paper.number) or paper.number, issuer, paper.type)
    for vehicle in record.vehicles:
        yield "vehicle", _vehicle_text(vehicle), _loose(_vehicle_text(vehicle))


def _loose(text: str) -> str:
    return compact(text[:256])


def _vehicle_text(v: Vehicle) -> str:
    return _joined(v.vin, v.plate_country, v.plate, v.engine_number, v.make, v.model, v.colour)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _date_text(date: PartialDate) -> str:
    return date.iso() if date.calendar == "gregorian" else f"{date.iso()} {date.calendar}"


def _date_form(date: PartialDate) -> Hashable:
    return (interval(date), date.approximate) if date.year else date.raw


def _conflicting(
    found: dict[tuple[str, Hashable], Attribute], dates: dict[tuple[str, Hashable], PartialDate]
) -> set[tuple[str, Hashable]]:
    sexes = [("sex", sex) for sex in (Sex.FEMALE, Sex.MALE)]
    pairs = list(combinations([key for key in dates if key in found][:MAX_COMPARED], 2))
    marked: set[tuple[str, Hashable]] = set()
    for one, two in pairs:
        if _exclude(dates[one], dates[two]) and _of_two(found[one], found[two]):
            marked |= {one, two}
    return marked | (set(sexes) if all(sex in found for sex in sexes) else set())


def _exclude(one: PartialDate, two: PartialDate) -> bool:
    outcome = compare_dates(one, two).outcome
    full = one.month and one.day and two.month and two.day
    return outcome is DateOutcome.CONTRADICTS or bool(full and outcome in _BOTH_FULL)


def _of_two(one: Attribute, two: Attribute) -> bool:
    """Whether it is not one record alone that lists both."""
    return len({*one.provenance, *two.provenance}) > 1
