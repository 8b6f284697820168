"""Write the sample lists: `python deploy/samples/generate.py [FOLDER]`, every byte the same."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import records
import sanctions
from documents import lost_documents, new_zealand, passport_mrz, stolen_vehicles
from invented import Person, person
from sanctions import Listed

PEOPLE = 1600
LISTS = ("ofac", "un", "eu", "uk", "csl", "ftm", "notices", "watchlist")
LOST_DOCUMENTS, STOLEN_VEHICLES, NEW_ZEALAND = 400, 400, 300

CAST: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "M Cyrl 1971-02-03 Svetozar Tikhoozyorov Swetosar Tichoosjorow Светозар Тихоозёров",
        ("ofac",),
    ),
    2: (
        (
            "M Arab 1984-08-12 Zahir_bin_Samir al-Nakhlawi Zaher_ben_Samer El_Nakhlaoui"
            " زاهر_بن_سامر النخلاوي"
        ),
        ("notices",),
    ),
    3: ("F Latn 1979-04-17 Velda Kieselhagen Welda Kiselhagen", ("un", "eu")),
    4: ("M Latn 1966-11-30 Odmar Steinbrück Ottmar Stenbrueck", ("csl",)),
    5: ("M Hani 1990-06-21 Haishan Ouyang Hai-shan Ou-yang 海山 欧阳", ("uk",)),
    6: ("F Latn 1958-09-05 Estrid Løvvik Estrith Loevwick", ("ofac", "ftm", "watchlist")),
    7: ("F Latn 1988-01-26 Milvia Grünwold Milwia Gruenwald", ()),
    8: ("M Latn 1993-12-09 Wendelin Obersommer Wendelin Obersommer", ()),
}
"""The people of the demonstration (README.md) and the lists that hold them."""


def cast(number: int) -> Person:
    """One of the people of the demonstration."""
    words = [word.replace("_", " ") for word in CAST[number][0].split()]
    sex, script, born, *names = words
    year, month, day = (int(part) for part in born.split("-"))
    given, surname, other_given, other_surname, native, native_surname = [*names, "", ""][:6]
    return replace(
        person(number),
        sex=sex,
        script=script,
        born=(year, month, day),
        given=given,
        surname=surname,
        other_given=other_given,
        other_surname=other_surname,
        native=native,
        native_surname=native_surname,
        country="UTO",
        alpha3="UTO",
        nation="UTO",
    )


def lists_of(number: int) -> tuple[str, ...]:
    """The lists that hold a person: two for every tenth, three for every thirtieth, else one."""
    if number in CAST:
        return CAST[number][1]
    count = 1 + (number % 10 == 0) + (number % 30 == 0)
    start, step = number % len(LISTS), 1 + number // 10 % 3
    return tuple(LISTS[(start + index * step) % len(LISTS)] for index in range(count))


def assigned(everybody: Iterable[Person]) -> dict[str, Listed]:
    """The people of each list; on their second list they are spelled the other way."""
    found: dict[str, Listed] = {name: [] for name in LISTS}
    for one in everybody:
        for index, name in enumerate(lists_of(one.number)):
            found[name].append((one, index))
    return found


def files() -> dict[str, str]:
    """Every sample file by its path below the folder."""
    everybody = [cast(n) if n in CAST else person(n) for n in range(1, PEOPLE + 1)]
    shared = frozenset(one.number for one in everybody if len(lists_of(one.number)) > 1) | set(CAST)
    held = assigned(everybody)
    stolen = [one for one in everybody if one.number == 7 or one.number % 50 == 0]
    made = {
        "un.xml": sanctions.un(held["un"], shared),
        "eu.xml": sanctions.eu(held["eu"], shared),
        "uk.csv": sanctions.uk(held["uk"], shared),
        "csl.csv": sanctions.csl(held["csl"], shared),
        "ftm.jsonl": records.ftm(held["ftm"], shared),
        "watchlist.csv": records.watchlist(held["watchlist"], shared),
        "documents.csv": lost_documents(LOST_DOCUMENTS, stolen),
        "vehicles.csv": stolen_vehicles(STOLEN_VEHICLES),
        "vehicles_nz.csv": new_zealand(NEW_ZEALAND),
    }
    made |= {f"ofac/{name}": text for name, text in sanctions.ofac(held["ofac"], shared).items()}
    made |= {f"notices/{name}": text for name, text in records.notices(held["notices"]).items()}
    made |= {f"mrz/{n}.txt": passport_mrz(cast(n)) for n in sorted(CAST)}
    return made


def main(folder: Path) -> None:
    """Write every file below `folder`."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
