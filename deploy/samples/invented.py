"""Invented people: names put together from neutral parts, in seven scripts, the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Part = tuple[str, str, str]
"""One part of a name: in its own script, in Latin letters, and in Latin letters another way."""

GIVEN: dict[str, tuple[str, str]] = {
    "Latn": (
        (
            "Ilvar/Ilwar Odmar/Ottmar Tarvo/Tarwo Corven/Korven Jorik/Yorick Rauno/Raúno"
            " Bertano/Bertanno Silvan/Sylvan"
        ),
        (
            "Brenna/Brena Sefina/Zefina Milvia/Milwia Velda/Welda Estrid/Estrith Ansa/Ansah"
            " Liora/Lyora Ravena/Rawena"
        ),
    ),
    "Cyrl": (
        (
            "Светозар/Svetozar/Swetosar Любозар/Lyubozar/Liubosar Ладомир/Ladomir/Ladomyr"
            " Велизар/Velizar/Welisar Яромысл/Yaromysl/Jaromysl Дивомир/Divomir/Dywomir"
        ),
        (
            "Светозара/Svetozara/Swetosara Любомысла/Lyubomysla/Liubomysla"
            " Ладомира/Ladomira/Ladomyra Яроцвета/Yarotsveta/Jarozweta Дивозора/Divozora/Diwosora"
        ),
    ),
    "Arab": (
        (
            "زاهر/Zahir/Zaher سامر/Samir/Samer نادر/Nadir/Nader هيثم/Haytham/Haitham"
            " وسيم/Wasim/Waseem رائد/Raid/Raed ياسر/Yasir/Yasser"
        ),
        "سلمى/Salma/Selma هدى/Huda/Houda نورة/Nura/Noura ليلى/Layla/Leila رشا/Rasha/Racha",
    ),
    "Hani": (
        "云/yun/yun 海/hai/hai 山/shan/shan 星/xing/hsing 石/shi/shih 江/jiang/chiang",
        "雪/xue/hsueh 泉/quan/chuan 竹/zhu/chu 林/lin/lin 星/xing/hsing 云/yun/yun",
    ),
    "Grek": (
        (
            "Ηλιόδωρος/Iliodoros/Heliodoros Αστέριος/Asterios/Asterius Φωτεινός/Foteinos/Photinos"
            " Ανθέμιος/Anthemios/Anthimios"
        ),
        "Ηλιοδώρα/Iliodora/Heliodora Αστερία/Asteria/Asteriya Ανθεμία/Anthemia/Anthimia",
    ),
    "Hebr": (
        "אלון/Alon/Allon ניתאי/Nitai/Nittay שקד/Shaked/Schaked ארז/Erez/Eres",
        "אילנית/Ilanit/Eilanit שקמה/Shikma/Sikma יערה/Yaara/Jaara",
    ),
    "Hang": (
        "솔/sol/sol 담/dam/tam 온/on/on 결/gyeol/kyol",
        "별/byeol/pyol 봄/bom/pom 솔/sol/sol 온/on/on",
    ),
}
"""Given names of men and of women; for Han and Hangul the syllables of which they are made."""

SURNAMES: dict[str, tuple[str, str]] = {
    "Latn": (
        (
            "Birken/Birken Stein/Sten Kiesel/Kisel Hasel/Hassel Ålder/Alder Grün/Gruen Løv/Loev"
            " Peña/Pena Moor/Mohr Quell/Kvell"
        ),
        "hagen/hagen brück/brueck wold/wald dalsø/dalsoe vik/wick mark/marck owski/ovsky etti/eti",
    ),
    "Cyrl": (
        (
            "Тихо/Tikho/Ticho Бело/Belo/Bjelo Ново/Novo/Nowo Красно/Krasno/Krassno"
            " Черно/Cherno/Tscherno Звездо/Zvezdo/Swesdo Долго/Dolgo/Dolho"
        ),
        (
            "озёров/ozyorov/osjorow полев/polev/polew лесов/lesov/liesow камнев/kamnev/kamnew"
            " бродов/brodov/brodow рощин/roshchin/roschtschin"
        ),
    ),
    "Arab": (
        "ال/al-/El_",
        (
            "نخلاوي/Nakhlawi/Nakhlaoui غيماوي/Ghaymawi/Ghaimaoui موجاني/Mawjani/Maoujani"
            " قمراوي/Qamrawi/Kamraoui رملاني/Ramlani/Ramlany زيتوناوي/Zaytunawi/Zeitounaoui"
            " واديني/Wadini/Ouadini"
        ),
    ),
    "Hani": (
        (
            "欧阳/Ouyang/Ou-yang 诸葛/Zhuge/Chuko 司马/Sima/Ssuma 上官/Shangguan/Shangkuan"
            " 慕容/Murong/Mujung 皇甫/Huangfu/Huang-fu 令狐/Linghu/Ling-hu"
        ),
        "",
    ),
    "Grek": (
        (
            "Θαλασσο/Thalasso/Talasso Λιθο/Litho/Lito Πευκο/Pefko/Peuko Χρυσο/Chryso/Hriso"
            " Αμπελο/Ampelo/Abelo"
        ),
        (
            "νησιώτης/nisiotis/nesiotis μαρίδης/maridis/marides βουνίδης/vounidis/bounides"
            " πετρίδης/petridis/petrides"
        ),
    ),
    "Hebr": (
        "בן־/Ben-/Ben_ הר־/Har-/Har_ גן־/Gan-/Gan_ צל־/Tzel-/Zel_",
        "כוכב/Kochav/Kokhav זית/Zayit/Sait שלג/Sheleg/Scheleg תמר/Tamar/Tamar אבן/Even/Ewen",
    ),
    "Hang": (
        (
            "남궁/Namgung/Namkung 황보/Hwangbo/Whangbo 독고/Dokgo/Tokko 선우/Seonu/Sunwoo"
            " 제갈/Jegal/Chegal"
        ),
        "",
    ),
}
"""First and second halves of surnames."""

COUNTRIES = {
    "Latn": "SE/SWE/Sweden PT/PRT/Portugal PL/POL/Poland NL/NLD/Netherlands KE/KEN/Kenya"
    " CO/COL/Colombia",
    "Cyrl": "BG/BGR/Bulgaria RS/SRB/Serbia KZ/KAZ/Kazakhstan UA/UKR/Ukraine",
    "Arab": "MA/MAR/Morocco JO/JOR/Jordan OM/OMN/Oman TN/TUN/Tunisia",
    "Hani": "SG/SGP/Singapore MY/MYS/Malaysia",
    "Grek": "GR/GRC/Greece CY/CYP/Cyprus",
    "Hebr": "IL/ISR/Israel",
    "Hang": "KR/KOR/Korea,_South",
}
SCRIPTS = ("Latn",) * 8 + ("Cyrl",) * 4 + ("Arab",) * 4 + ("Hani",) * 2 + ("Grek", "Hebr", "Hang")
TOWNS = ("Musterstad", "Probeville", "Exempelby", "Nowhereton", "Beispielau", "Mostrecity")


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person; `native` and `native_surname` are empty for names in Latin letters."""

    number: int
    sex: str
    given: str
    surname: str
    other_given: str
    other_surname: str
    native: str
    native_surname: str
    script: str
    born: tuple[int, int, int]
    town: str
    country: str
    alpha3: str
    nation: str
    paper: str

    @property
    def iso(self) -> str:
        """The date of birth, `1971-02-03`."""
        year, month, day = self.born
        return f"{year:04d}-{month:02d}-{day:02d}"

    @property
    def original(self) -> str:
        """The name in its own script, as that script writes it; empty for Latin letters."""
        if self.script in ("Hani", "Hang"):
            return self.native_surname + self.native
        return f"{self.native} {self.native_surname}".strip()

    def spelling(self, other: int) -> tuple[str, str]:
        """Given name and surname in Latin letters, one way or the other."""
        if other % 2:
            return self.other_given, self.other_surname
        return self.given, self.surname


def pick(values: Sequence[T], *key: object) -> T:
    """One of the values, the same for the same key on every machine and in every version."""
    return values[roll(len(values), *key)]


def roll(sides: int, *key: object) -> int:
    """A number from 0 to `sides` - 1 for that key."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return int.from_bytes(digest[:8], "big") % sides


def parts(text: str) -> list[Part]:
    """`native/latin/other` for each word; Latin ones have no native form."""
    found = [word.replace("_", " ").split("/") for word in text.split()]
    return [("", *word) if len(word) == 2 else tuple(word) for word in found]  # type: ignore[misc]


def person(number: int) -> Person:
    """The invented person of that number."""
    script = pick(SCRIPTS, number, "script")
    female = roll(5, number, "sex") < 2
    given = _given(script, number, female=female)
    surname = _surname(script, number, female=female)
    alpha2, alpha3, nation = parts(COUNTRIES[script])[roll(len(parts(COUNTRIES[script])), number)]
    return Person(
        number,
        "F" if female else "M",
        given[1],
        surname[1],
        given[2],
        surname[2],
        given[0],
        surname[0],
        script,
        (1941 + roll(62, number, "y"), 1 + roll(12, number, "m"), 2 + roll(27, number, "d")),
        pick(TOWNS, number, "town"),
        alpha2,
        alpha3,
        nation,
        f"ZZ{number:07d}",
    )


def _given(script: str, number: int, *, female: bool) -> Part:
    table = parts(GIVEN[script][female])
    first = pick(table, number, "given")
    if script == "Arab":
        father = pick(parts(GIVEN[script][0]), number, "father")
        of = ("بنت", "bint", "bent") if female else ("بن", "bin", "ben")
        return _joined(" ", first, of, father)
    if script in ("Hani", "Hang"):
        others = [part for part in table if part != first]
        second = pick(others, number, "second")
        latin = first[1].capitalize() + second[1]
        return first[0] + second[0], latin, f"{first[2].capitalize()}-{second[2]}"
    return first


def _surname(script: str, number: int, *, female: bool) -> Part:
    start, end = (parts(text) for text in SURNAMES[script])
    found = pick(start, number, "start")
    if end:
        found = _joined("", found, pick(end, number, "end"))
    if female and script == "Cyrl":
        found = _joined("", found, ("а", "a", "a"))
    return found


def _joined(between: str, *found: Part) -> Part:
    native, latin, other = (between.join(column) for column in zip(*found, strict=True))
    return native, latin, other
