"""The demonstration on real lists: `LISTS=DIR`, with whatever of them is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from derived import Held, invented, person_question, plate_question
from scene import Faults, Question, Scene
from stage import Failed

from adapters.file_list import FileKind
from lookup.sources import kinds
from matching.record import Kind, Record

_JOURNAL = {
    "columns": {
        "id": ["celex", "annex", "recordId"],
        "kind": "schema",
        "name": "name",
        "alias": "alias",
        "weak_alias": "weakAlias",
        "former_name": "previousName",
        "birth": "birthDate",
        "birth_place": "birthPlace",
        "sex": "gender",
        "nationality": "nationality",
        "passport": "passportNumber",
        "national_id": "idNumber",
        "programme": "programKey",
        "entered": "startDate",
        "remarks": "reason",
    },
    "kinds": {"LegalEntity": "organisation"},
    "dates": "dmy",
    "owner": "EU",
    "category": "SANCTION",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list is: a pattern below the folder; each match is a source of its own.

    `manners` are the ways in which its people are asked about.
    """

    name: str
    kind: str
    pattern: str
    manners: tuple[str, ...] = ()
    required: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)


PLACES = (
    Place("ofac", "ofac", "ofac/2024", ("alias", "typo")),
    Place("ofac_other", "ofac", "ofac/consolidated_non_sdn", ("alias",)),
    Place("un", "un", "un/*.xml", ("script", "alias")),
    Place("eu_xml", "eu", "eu/fsf/*.xml", ("typo",)),
    Place("eu_csv", "eu", "eu/fsf/*.csv", ("alias",)),
    Place("uk", "uk", "uk/*.csv", ("typo",)),
    Place("csl", "csl", "us_csl/csl*.csv", ("typo",)),
    Place("ftm", "ftm", "opensanctions_ftm/*_entities.ftm.json", ("script",)),
    Place("notices", "notices", "interpol_api_shape", ("typo",), required=False),
    Place(
        "journal", "mapped", "eu/official_journal*/journal_*.csv", ("script",), settings=_JOURNAL
    ),
    Place("vehicles_nz", "vehicles_nz", "vehicles/nz_*.csv"),
)
_APART = ("uk", "un", "eu_xml", "ofac")
_LOADING_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Found:
    """A list that is there: its source's name, and its path."""

    name: str
    path: Path
    place: Place

    def settings(self) -> dict[str, Any]:
        """The settings of the source, as in a configuration."""
        own = {"kind": self.place.kind, "path": str(self.path), "required": self.place.required}
        return {**own, **self.place.settings}

    def kind(self) -> FileKind:
        """The kind of the list."""
        return cast("FileKind", kinds()[self.place.kind]())

    def records(self) -> Iterator[Record]:
        """What the list holds, read once more."""
        rows = self.kind().parse(self.path, **self.place.settings)
        return (row for row in rows if isinstance(row, Record))


def scene(lists: Path) -> Scene:
    """The scene on the lists below the folder; `Failed` if none of `_APART` is there."""
    found = [one for place in PLACES for one in _found(lists.resolve(), place)]
    present = {one.place.name for one in found}
    apart = next((one for name in _APART for one in found if one.name == name), None)
    if apart is None:
        raise Failed(f"{lists} holds none of: {', '.join(_APART)} (see {Path(__file__).name})")
    absent = [f"{place.name} ({place.pattern})" for place in PLACES if place.name not in present]
    sources = {one.name: one.settings() for one in found}
    return Scene(
        gateway={
            "gateway": {"name": "demo", "listen": "127.0.0.1:0", "workers": 2},
            "sources": {**sources, apart.name: _remote(apart)},
        },
        owner={"sources": {apart.name: apart.settings()}},
        apart=apart.name,
        script=partial(_script, found, apart.name),
        shown="un script",
        loading_seconds=_LOADING_SECONDS,
        remarks=(f"absent: {', '.join(absent)}",) if absent else (),
    )


def _found(lists: Path, place: Place) -> Iterator[Found]:
    """Every match; of several, each is named by what stands for the `*` of the pattern."""
    paths = sorted(lists.glob(place.pattern))
    before, _, behind = Path(place.pattern).name.partition("*")
    for path in paths:
        own = path.name[len(before) : len(path.name) - len(behind)]
        suffix = f"_{re.sub('[^a-z0-9]', '_', own.lower())}" if len(paths) > 1 else ""
        yield Found(f"{place.name}{suffix}"[:64], path, place)


def _remote(apart: Found) -> dict[str, Any]:
    kinds = apart.kind().traits.kinds & {Kind.PERSON, Kind.DOCUMENT, Kind.VEHICLE}
    return {"kind": "remote", "subjects": sorted(kinds), "timeout": "1s", "address": ""}


def _script(found: list[Found], apart: str) -> tuple[list[Question], Faults]:
    held = Held.of({one.name: list(one.records()) for one in found})
    questions = list(_derived(found, held))
    elsewhere = (q for q in questions if not q.key.startswith(f"{apart} "))
    return [*questions, invented()], _faults(next(elsewhere, invented()), apart)


def _derived(found: list[Found], held: Held) -> Iterator[Question]:
    """Those of the first list of every place that gives any."""
    asked = set()
    for one in found:
        if one.place.name not in asked:
            for question in _made(one, held):
                asked.add(one.place.name)
                yield question


def _made(one: Found, held: Held) -> Iterator[Question]:
    questions = [person_question(one.name, manner, held) for manner in one.place.manners]
    if not one.place.manners:
        questions = [plate_question(one.name, held.records[one.name])]
    return (question for question in questions if question is not None)


def _faults(hit: Question, apart: str) -> Faults:
    """Around the source `apart`: a hit of another source, and a name that nobody has."""
    clear = invented()
    silent = {"verdict": "INCOMPLETE", "first": []}
    hanging = {"apart": (apart, "TIMED_OUT")}
    found = silent if hit.expected["verdict"] == "NO_HIT" else hit.expected
    return Faults(
        streamed=replace(
            hit,
            title=f"{hit.title}, as a stream, while `{apart}` hangs",
            expected={**found, **hanging},
        ),
        stopped=replace(
            clear,
            title=f"{clear.title}, while `{apart}` hangs",
            expected={**silent, **hanging},
        ),
        killed=replace(
            clear,
            title=f"{clear.title}, when `{apart}` is dead",
            expected={**silent, "apart": (apart, "UNAVAILABLE")},
        ),
        back=replace(clear, title=f"{clear.title}, when `{apart}` is back"),
    )
