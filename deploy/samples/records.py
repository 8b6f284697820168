"""Invented records in JSON and in a table of one's own: FollowTheMoney, notices, a watch list."""

from __future__ import annotations

import json
from collections.abc import Iterator

from documents import table
from invented import Person, pick, roll
from sanctions import Listed, company

CHARGES = {
    "Latn": ("Sample offence", ""),
    "Cyrl": ("Вымышленное преступление", "Invented offence"),
    "Arab": ("جريمة مختلقة", "Invented offence"),
    "Hani": ("虚构的罪名", "Invented offence"),
    "Grek": ("Φανταστικό αδίκημα", "Invented offence"),
    "Hebr": ("עבירה בדויה", "Invented offence"),
    "Hang": ("가상의 범죄", "Invented offence"),
}
HOST = "https://notices.example.invalid/notices/v1"
PAGE = 20


def ftm(people: Listed, shared: frozenset[int]) -> str:
    """FollowTheMoney: one entity a line, with passports, sanctions and addresses beside them."""
    lines = [entity for person, other in people for entity in _ftm(person, other, shared)]
    lines.extend(
        _entity(f"zz-company-{number}", "Company", name=[company(number)])
        for number in range(141, 171)
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _entity(identity: str, schema: str, **properties: list[str]) -> dict[str, object]:
    kept = {name: values for name, values in properties.items() if any(values)}
    return {"id": identity, "schema": schema, "properties": kept}


def _ftm(person: Person, other: int, shared: frozenset[int]) -> Iterator[dict[str, object]]:
    given, surname = person.spelling(other)
    identity = f"zz-person-{person.number}"
    known = person.number in shared or roll(5, person.number, "ftm")
    yield _entity(
        identity,
        "Person",
        name=[f"{given} {surname}", *([person.original] if person.original else [])],
        alias=[" ".join(person.spelling(other + 1))],
        birthDate=[person.iso if known else person.iso[:4]],
        gender=["female" if person.sex == "F" else "male"],
        nationality=[person.country.lower()],
        birthPlace=[person.town],
        addressEntity=[f"zz-address-{person.number}"],
        topics=["sanction"],
    ) | {"caption": f"{given} {surname}"}
    yield _entity(
        f"zz-address-{person.number}", "Address", full=[f"{person.town}, {person.nation}"]
    )
    if person.number in shared or roll(2, person.number, "paper"):
        yield _entity(f"zz-passport-{person.number}", "Passport", holder=[identity],
                      number=[person.paper], country=["UTO"])  # fmt: skip
    yield _entity(
        f"zz-sanction-{person.number}",
        "Sanction",
        entity=[identity],
        authority=["Sample Authority"],
        program=["SAMPLE"],
        listingDate=["2090-05-17"],
    )


def notices(people: Listed) -> dict[str, str]:
    """Pages and details of red, yellow and UN notices; a page repeats the last row before it."""
    files = {}
    for colour, among in (("red", people[:120]), ("yellow", people[120:160]), ("un", people[160:])):
        details = [_notice(colour, person, other) for person, other in among]
        for index in range(0, len(details), PAGE):
            rows = [_row(detail) for detail in details[max(0, index - 1) : index + PAGE]]
            page = {
                "total": len(details),
                "query": {"page": index // PAGE + 1, "resultPerPage": PAGE},
                "_embedded": {"notices": rows},
            }
            files[f"{colour}_page_{index // PAGE + 1}.json"] = _json(page)
        by_id = {str(detail["entity_id"]).replace("/", "-"): detail for detail in details}
        files[f"{colour}_details.json"] = _json(by_id)
    return files


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _row(detail: dict[str, object]) -> dict[str, object]:
    keys = ("entity_id", "forename", "name", "date_of_birth", "nationalities", "_links")
    return {key: detail[key] for key in keys}


def _notice(colour: str, person: Person, other: int) -> dict[str, object]:
    given, surname = person.spelling(other)
    identity = f"2092/{10_000 + person.number}"
    year, month, day = person.born
    born = (f"{year}/{month:02d}/{day:02d}", f"{year}/{month:02d}", f"{year}/00/00")[
        max(0, roll(8, person.number, "notice") - 5)
    ]
    path = f"{colour}/persons" if colour == "un" else colour
    detail: dict[str, object] = {
        "entity_id": identity,
        "name": surname.upper(),
        "forename": given.upper() if person.number % 17 else "-",
        "date_of_birth": born,
        "nationalities": [person.country] if person.number % 13 else None,
        "sex_id": person.sex if person.number % 19 else "U",
        "place_of_birth": person.town.upper(),
        "country_of_birth_id": person.country,
        "_links": {"self": {"href": f"{HOST}/{path}/{identity.replace('/', '-')}"}},
    }
    return detail | _COLOURS[colour](person, other)


def _red(person: Person, _: int) -> dict[str, object]:
    charge, translation = CHARGES[person.script]
    warrant = {"issuing_country_id": person.country, "charge": charge,
               "charge_translation": translation or None}  # fmt: skip
    return {"arrest_warrants": [warrant] * (1 + (person.number % 9 == 0)), "height": 0}


def _yellow(person: Person, _: int) -> dict[str, object]:
    place = pick(("PORT", "AIRPORT", "RESIDENCE"), person.number, "place")
    return {"date_of_event": "2090/11/02", "place": place, "country": person.country,
            "birth_name": None}  # fmt: skip


def _un(person: Person, other: int) -> dict[str, object]:
    return {
        "name_in_original_script": person.native_surname or None,
        "forename_in_original_script": person.native or None,
        "aliases": [" ".join(person.spelling(other + 1))],
        "un_reference": f"ZZi.{person.number:05d}",
        "un_reference_date": "2090/05/17",
        "un_resolution": "0000",
        "purposes": ["Travel ban"],
        "identity_documents": [f"Passport {person.paper} (UTO)"],
    }


_COLOURS = {"red": _red, "yellow": _yellow, "un": _un}
WATCHLIST = "ref,family_name,given_names,native_name,dob,gender,citizenship,passport,reason"


def watchlist(people: Listed, shared: frozenset[int]) -> str:
    """A table with columns of its own, for a mapping by configuration; dates are `d.m.yyyy`."""
    rows = []
    for person, other in people:
        given, surname = person.spelling(other)
        year, month, day = person.born
        known = person.number in shared or roll(4, person.number, "watch")
        rows.append((
            f"W-{person.number:05d}", surname, given, person.original,
            f"{day}.{month}.{year}" if known else f"{year}", person.sex, person.alpha3,
            person.paper if known else "", pick(("overstay", "false papers"), person.number, "why"),
        ))  # fmt: skip
    return table(WATCHLIST, rows)
