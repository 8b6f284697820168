"""Invented papers and vehicles: check digits are right, numbers follow patterns nobody issues."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from invented import Person, pick, roll

_MRZ = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_FOLD = str.maketrans(
    {"Å": "AA", "Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE", "Ñ": "N", "Ç": "C", "Ú": "U"}
)
MAKES = [
    "Volvo/V60",
    "Skoda/Octavia",
    "Toyota/Corolla",
    "Dacia/Duster",
    "Fiat/Panda",
    "Mazda/CX-5",
    "Peugeot/208",
    "Suzuki/Jimny",
    "Ford/Transit",
    "Honda/Jazz",
]
COLOURS = ["White", "Black", "Silver", "Blue", "Red", "Green", "Grey", "Yellow"]
FRAUDS = ("Stolen blank", "Stolen from bearer", "Lost by bearer", "Revoked")


def table(header: str, rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with line feeds, below a header unless it is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue()


def check_digit(text: str) -> str:
    """Check digit of a field of a machine-readable zone (ICAO 9303-3 §4.9)."""
    values = (0 if letter == "<" else _MRZ.index(letter) for letter in text)
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def passport_mrz(person: Person, issuer: str = "UTO") -> str:
    """The two lines of a passport (TD3) of that person, valid until the end of 2034."""
    name = f"{_folded(person.surname)}<<{_folded(person.given)}"
    number = person.paper.ljust(9, "<")
    born, ends = person.iso[2:].replace("-", ""), "341231"
    first, last = number + check_digit(number), born + check_digit(born)
    expiry, personal = ends + check_digit(ends), "<" * 14 + "0"
    composite = check_digit(first + last + expiry + personal)
    second = f"{first}{issuer}{last}{person.sex}{expiry}{personal}{composite}"
    return f"P<{issuer}{name}".ljust(44, "<")[:44] + "\n" + second + "\n"


def _folded(text: str) -> str:
    folded = text.upper().translate(_FOLD)
    return "".join(letter if letter in _MRZ else "<" for letter in folded if letter != "'")


def vin(number: int) -> str:
    """A vehicle identification number of valid form (ISO 3779) with its check digit."""
    body = f"1ZZ{pick('ABCDEFGH', number, 'v')}00000{'LMNPRST'[number % 7]}A{number:06d}"
    values = (int(_VIN.get(letter, letter)) for letter in body)
    rest = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return body[:8] + ("X" if rest == 10 else str(rest)) + body[9:]


def lost_documents(count: int, people: Iterable[Person]) -> str:
    """A list in the manner of SLTD: numbers without names; the papers of `people` come first."""
    header = (
        "number,issuer,type,fraud,entered,review,theft_country,stolen_on,issued,expires,reference"
    )
    owned = [(person.paper, "UTO", 1) for person in people]
    others = [(f"ZB{n:07d}", pick(("UTO", "SWE", "MAR", "SGP", "COL"), n), n) for n in range(count)]
    rows = []
    for index, (number, issuer, seed) in enumerate(owned + others):
        year = 2015 + roll(10, index, "y")
        day = f"{year}-{1 + roll(12, index, 'm'):02d}-{1 + roll(28, index, 'd'):02d}"
        kind = "PVI"[roll(10, seed, "k") // 8]
        fraud = pick(FRAUDS, index, "fraud")
        rows.append((number, issuer, kind, fraud, day, f"{year + 10}{day[4:]}", "", day, "", "",
                     f"SAMPLE-{index:05d}"))  # fmt: skip
    return table(header, rows)


def stolen_vehicles(count: int) -> str:
    """A list in the manner of SMV: VIN, plate, country, engine number, make, model, colour."""
    header = "vin,plate,country,engine_number,make,model,colour,type,owner,entered,reference,year"
    rows = []
    for number in range(1, count + 1):
        make, model = pick(MAKES, number, "make").split("/")
        country = pick(("SWE", "PRT", "POL", "BGR", "GRC", "MAR"), number, "country")
        plate = f"ZZ{number:04d}{pick('ABCDEFGH', number, 'p')}" if number % 7 else ""
        known = vin(number) if number % 11 else ""
        day = f"{2016 + number % 9}-{1 + number % 12:02d}-{1 + number % 28:02d}"
        rows.append((known, plate or "" if known else f"ZZ{number:04d}X", country,
                     f"ZZENG{number:06d}" if number % 3 == 0 else "", make, model,
                     pick(COLOURS, number, "c"), "Car", country, day, f"SMV-{number:05d}",
                     1995 + number % 28))  # fmt: skip
    return table(header, rows)


def new_zealand(count: int) -> str:
    """The layout of the New Zealand police: eight columns, no header; some plates come twice."""
    rows = []
    for number in range(1, count + 1):
        make, model = pick(MAKES, number, "nz").split("/")
        plate = f"ZZ{number - 1 if number % 60 == 0 else number:04d}"
        day = f"2011-{1 + number % 12:02d}-{1 + number % 28:02d}"
        kind = "" if number % 37 == 0 else pick(("Saloon", "Hatchback", "Utility", "Van"), number)
        district = pick(("Northern", "Central", "Eastern", "Southern"), number, "district")
        model = model.upper() if number % 5 else model
        year, colour = 1990 + number % 21, pick(COLOURS, number, "nz")
        rows.append((plate, colour, make, model, year, kind, day, district))
    return table("", rows)
