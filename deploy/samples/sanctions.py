"""Invented sanctions lists in the layouts of OFAC, the UN, the EU, the UK and the US list."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from documents import table
from invented import Person, pick, roll

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
Listed = list[tuple[Person, int]]
"""People of one list, each with the way in which the list spells them."""
WORDS = ("Sample", "Probe", "Muster", "Exempel", "Beispiel", "Mostra", "Primer", "Fictive")
TRADES = ("Trading", "Shipping", "Foundation", "Works", "Airlines", "Holding", "Institute")


def company(number: int) -> str:
    """The name of an invented company."""
    first, second = pick(WORDS, number, "first"), pick(TRADES, number, "second")
    return f"{first} {second} {number} Ltd"


def _vague(person: Person) -> int:
    """0 for a date of birth that is known in full, 1 for a year, 2 for about a year, 3 for none."""
    return (0, 0, 0, 0, 0, 0, 0, 1, 2, 3)[roll(10, person.number, "vague")]


def ofac(people: Listed, shared: frozenset[int]) -> dict[str, str]:
    """sdn.csv, alt.csv, add.csv and sdn_comments.csv: no header, a lone 0x1A at the end."""
    main, aliases, addresses = [], [], []
    for person, other in people:
        given, surname = person.spelling(other)
        entry = 9_000_000 + person.number
        cells = (entry, f"{surname.upper()}, {given}", "individual", "SAMPLE", *[None] * 7,
                 _ofac_remarks(person, shared))  # fmt: skip
        main.append(_ofac_row(*cells))
        given, surname = person.spelling(other + 1)
        if roll(3, person.number, "alt"):
            alias = f"{surname.upper()}, {given}"
            aliases.append(_ofac_row(entry, person.number, "aka", alias, None))
        addresses.append(_ofac_row(entry, person.number, None, person.town, person.nation, None))
    for number in range(1, 61):
        kind = (None, "vessel", "aircraft")[(number > 40) + (number > 52)]
        entry = 9_900_000 + number
        main.append(_ofac_row(entry, company(number).upper(), kind, "SAMPLE", *[None] * 8))
    end = "\x1a"
    return {
        "sdn.csv": "".join(main) + end,
        "alt.csv": "".join(aliases) + end,
        "add.csv": "".join(addresses) + end,
        "sdn_comments.csv": end,
    }


def _ofac_row(*cells: object) -> str:
    texts = ("-0- " if c is None else str(c) if isinstance(c, int) else f'"{c}"' for c in cells)
    return ",".join(texts) + "\r\n"


def _ofac_remarks(person: Person, shared: frozenset[int]) -> str:
    year, month, day = person.born
    vague = 0 if person.number in shared else _vague(person)
    born = (f"{day:02d} {MONTHS[month - 1]} {year}", f"{year}", f"circa {year}", "")[vague]
    facts = [f"DOB {born}"] if born else []
    facts += [f"POB {person.town}, {person.nation}", f"nationality {person.nation}"]
    facts.append(f"Gender {'Female' if person.sex == 'F' else 'Male'}")
    if person.number in shared or roll(2, person.number, "paper"):
        facts.append(f"Passport {person.paper} (UTO)")
    if not roll(6, person.number, "weak"):
        facts.append(f"a.k.a. 'THE {pick(WORDS, person.number, 'weak').upper()}'")
    return "; ".join(facts) + "."


def un(people: Listed, shared: frozenset[int]) -> str:
    """The XML of the UN: name parts in order, the original script, dates and papers."""
    individuals = "".join(_un_person(person, other, shared) for person, other in people)
    entities = "".join(_un_entity(number) for number in range(61, 91))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<CONSOLIDATED_LIST dateGenerated="2091-01-01T00:00:00.000Z">\n'
        f"<INDIVIDUALS>\n{individuals}</INDIVIDUALS>\n<ENTITIES>\n{entities}</ENTITIES>\n"
        "</CONSOLIDATED_LIST>\n"
    )


def _tags(**values: str | int) -> str:
    return "".join(f"<{tag}>{escape(str(value))}</{tag}>" for tag, value in values.items())


def _un_person(person: Person, other: int, shared: frozenset[int]) -> str:
    given, surname = person.spelling(other)
    parts = f"{given} {surname}".upper().split(maxsplit=3)
    order = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    names = _tags(**dict(zip(order, parts, strict=False)))
    alias = " ".join(person.spelling(other + 1))
    original = _tags(NAME_ORIGINAL_SCRIPT=person.original) if person.original else ""
    paper = _tags(TYPE_OF_DOCUMENT="Passport", NUMBER=person.paper, ISSUING_COUNTRY="UTO")
    held = person.number in shared or roll(3, person.number, "paper")
    vague = 0 if person.number in shared else _vague(person)
    return (
        f"<INDIVIDUAL>{_tags(DATAID=99_000_000 + person.number)}{names}{original}"
        f"{_tags(UN_LIST_TYPE='Sample', REFERENCE_NUMBER=f'ZZi.{person.number:05d}')}"
        f"{_tags(LISTED_ON='2090-05-17', GENDER='Female' if person.sex == 'F' else 'Male')}"
        f"<NATIONALITY>{_tags(VALUE=person.nation)}</NATIONALITY>"
        f"<INDIVIDUAL_ALIAS>{_tags(QUALITY=pick(('Good', 'Low'), person.number))}"
        f"{_tags(ALIAS_NAME=alias)}</INDIVIDUAL_ALIAS>"
        f"<INDIVIDUAL_ADDRESS>{_tags(COUNTRY=person.nation)}</INDIVIDUAL_ADDRESS>"
        f"<INDIVIDUAL_DATE_OF_BIRTH>{_un_birth(person, vague)}</INDIVIDUAL_DATE_OF_BIRTH>"
        f"<INDIVIDUAL_PLACE_OF_BIRTH>{_tags(CITY=person.town)}</INDIVIDUAL_PLACE_OF_BIRTH>"
        f"<INDIVIDUAL_DOCUMENT>{paper if held else ''}</INDIVIDUAL_DOCUMENT></INDIVIDUAL>\n"
    )


def _un_birth(person: Person, vague: int) -> str:
    year = person.born[0]
    return (
        _tags(TYPE_OF_DATE="EXACT", DATE=person.iso),
        _tags(TYPE_OF_DATE="APPROXIMATELY", YEAR=year),
        _tags(TYPE_OF_DATE="BETWEEN", FROM_YEAR=year - 1, TO_YEAR=year + 1),
        _tags(TYPE_OF_DATE=""),
    )[vague]


def _un_entity(number: int) -> str:
    names = _tags(DATAID=99_900_000 + number, FIRST_NAME=company(number).upper())
    return f"<ENTITY>{names}{_tags(REFERENCE_NUMBER=f'ZZe.{number:05d}')}</ENTITY>\n"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())


def eu(people: Listed, shared: frozenset[int]) -> str:
    """The EU's XML 1.1."""
    entities = "".join(_eu_person(person, other, shared) for person, other in people)
    entities += "".join(_eu_company(number) for number in range(91, 121))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2091-01-01T00:00:00"'
        f' globalFileId="900000">\n{entities}</export>\n'
    )


def _eu_head(number: int, kind: str, code: str) -> str:
    return (
        f'<sanctionEntity designationDate="2090-05-17" euReferenceNumber="EU.9{number:05d}.1"'
        f' logicalId="9{number:05d}"><regulation publicationDate="2090-05-17"'
        f' numberTitle="2090/1 (OJ L0)" programme="SAMPLE"/>'
        f'<subjectType code="{kind}" classificationCode="{code}"/>'
    )


def _eu_person(person: Person, other: int, shared: frozenset[int]) -> str:
    names = [person.spelling(other), person.spelling(other + 1)]
    aliases = [
        _attributes(
            firstName=given,
            lastName=surname.upper(),
            wholeName=f"{given} {surname.upper()}",
            gender=person.sex,
            strong="true",
        )
        for given, surname in dict.fromkeys(names)
    ]
    if person.original:
        aliases.append(_attributes(wholeName=person.original, strong="true"))
    vague = 0 if person.number in shared else _vague(person)
    year = str(person.born[0])
    born = _attributes(birthdate=person.iso) if not vague else _attributes(year=year)
    circa = "true" if vague == 2 else "false"
    place = _attributes(city=person.town, countryIso2Code=person.country)
    birth = f'<birthdate circa="{circa}" calendarType="GREGORIAN"{born}{place}/>'
    paper = _attributes(number=person.paper, identificationTypeCode="passport", issuedBy="UTO")
    held = person.number in shared or roll(3, person.number, "paper")
    return (
        _eu_head(person.number, "person", "P")
        + "".join(f"<nameAlias{alias}/>" for alias in aliases)
        + f"<citizenship{_attributes(countryIso2Code=person.country)}/>"
        + (birth if vague < 3 else "")
        + (f"<identification{paper}/>" if held else "")
        + "</sanctionEntity>\n"
    )


def _eu_company(number: int) -> str:
    name = _attributes(wholeName=company(number), strong="true")
    return (
        _eu_head(900 * 100 + number, "enterprise", "E") + f"<nameAlias{name}/></sanctionEntity>\n"
    )


UK_COLUMNS = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,"
    "Non-Latin Script Type,Non-Latin Script Language,DOB,Town of Birth,Country of Birth,"
    "Nationality,Passport Number,Passport Details,National Identification Number,"
    "NI Details,Position,Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,"
    "Post/Zip Code,Country,Other Information,Group Type,Alias Type,Alias Quality,Regime,"
    "Listed On,UK Sanctions List Date Designated,Last Updated,Group ID"
)


def uk(people: Listed, shared: frozenset[int]) -> str:
    """ConList.csv: a line with the date, a header, and one row for each spelling."""
    rows = [row for person, other in people for row in _uk_rows(person, other, shared)]
    for number in range(121, 141):
        common = {"Group Type": "Entity", "Alias Type": "Prime Alias", "Group ID": 990_000 + number}
        rows.append({"Name 6": company(number), **common})
    body = table(
        UK_COLUMNS, [[row.get(name, "") for name in UK_COLUMNS.split(",")] for row in rows]
    )
    return f"Last Updated,01/01/2091{',' * 34}\n{body}"


def _uk_rows(person: Person, other: int, shared: frozenset[int]) -> Iterable[dict[str, object]]:
    year, month, day = person.born
    vague = 0 if person.number in shared else _vague(person)
    born = (f"{day:02d}/{month:02d}/{year}", f"00/{month:02d}/{year}", f"00/00/{year}", "")[vague]
    common: dict[str, object] = {
        "DOB": born, "Town of Birth": person.town, "Country of Birth": person.nation,
        "Nationality": person.nation, "Group Type": "Individual", "Regime": "Sample",
        "Listed On": "17/05/2090", "Group ID": 900_000 + person.number,
    }  # fmt: skip
    if person.number in shared or roll(2, person.number, "paper"):
        common["Passport Number"] = f"{person.paper} (UTO)"
    for index, kind in enumerate(("Prime Alias", "AKA")[: 1 + roll(2, person.number, "uk")]):
        given, surname = person.spelling(other + index)
        names = dict(zip(("Name 1", "Name 2", "Name 3"), given.split(), strict=False))
        yield {"Name 6": surname.upper(), **names, "Name Non-Latin Script": person.original,
               "Alias Type": kind, **common}  # fmt: skip


CSL_COLUMNS = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,"
    "start_date,end_date,standard_order,license_requirement,license_policy,call_sign,"
    "vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,"
    "source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,"
    "source_information_url,ids"
)


def csl(people: Listed, shared: frozenset[int]) -> str:
    """The US consolidated list: `;` lists in cells, half of the rows without a type."""
    rows = [_csl_row(person, other, shared) for person, other in people]
    return table(
        CSL_COLUMNS, [[row.get(name, "") for name in CSL_COLUMNS.split(",")] for row in rows]
    )


def _csl_row(person: Person, other: int, shared: frozenset[int]) -> dict[str, object]:
    given, surname = person.spelling(other)
    again, family = person.spelling(other + 1)
    vague = 0 if person.number in shared else _vague(person)
    year = person.born[0]
    held = person.number in shared or roll(3, person.number, "paper")
    gender = "Female" if person.sex == "F" else "Male"
    return {
        "_id": 9_000_000 + person.number,
        "source": "Denied Persons List (DPL) - Bureau of Industry and Security",
        "type": "Individual" if roll(2, person.number, "type") else "",
        "programs": "SAMPLE",
        "name": f"{given} {surname.upper()}",
        "addresses": f"{person.town}, {person.country}",
        "start_date": "2090-05-17",
        "alt_names": f"{again} {family.upper()}",
        "dates_of_birth": (person.iso, f"{year}", f"circa {year}", "")[vague],
        "nationalities": person.country,
        "places_of_birth": f"{person.town}, {person.nation}",
        "ids": f"Passport, {person.paper}, UTO; Gender, {gender}" if held else "",
    }
