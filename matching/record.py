"""What is compared: subjects of a query and records of a source, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a record is about.

    A query asks for a PERSON, a VEHICLE or a DOCUMENT. Records of UNKNOWN kind (half of the rows of
    the US consolidated list have no type) are searched as persons: leaving them out would be a
    false clear. ORGANISATION, VESSEL and AIRCRAFT are kept so that counts add up, never searched.
    """

    PERSON = "person"
    VEHICLE = "vehicle"
    DOCUMENT = "document"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


class NameKind(StrEnum):
    """Where a name comes from (DOMAIN 5, `Name.kind`)."""

    UNSPECIFIED = ""
    PRIMARY = "primary"
    ALIAS = "alias"
    FORMER = "former"
    MRZ = "mrz"
    PNR = "pnr"
    ORIGINAL_SCRIPT = "original_script"


class Quality(StrEnum):
    """How far the owner of a record trusts an alias (UN: Good or Low; OFAC: strong or weak)."""

    STRONG = "strong"
    WEAK = "weak"


class Sex(StrEnum):
    """Sex as on a travel document; UNKNOWN never contradicts anything."""

    UNKNOWN = ""
    FEMALE = "F"
    MALE = "M"
    OTHER = "X"


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a person.

    `full` is the name as written and never empty unless `surname` or `given` is set. `surname` and
    `given` are empty where the source does not tell them apart. `script` is an ISO 15924 code or
    empty. `may_be_truncated` is true only for an MRZ name field that is full (ICAO 9303-3 §4.6).
    """

    full: str = ""
    surname: str = ""
    given: str = ""
    kind: NameKind = NameKind.UNSPECIFIED
    quality: Quality = Quality.STRONG
    script: str = ""
    may_be_truncated: bool = False

    def text(self) -> str:
        """The name in one string, `SURNAME, Given` where the parts are known."""
        if self.full:
            return self.full
        return (
            f"{self.surname}, {self.given}"
            if self.surname and self.given
            else (self.surname or self.given)
        )


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date with unknown parts: 0 stands for unknown.

    `calendar` is gregorian, hijri, jalali or buddhist. `year_to` closes a range of years ("1965
    to 1968") and is 0 otherwise; `approximate` marks "circa". `raw` is the source's own text.
    """

    year: int = 0
    month: int = 0
    day: int = 0
    calendar: str = "gregorian"
    raw: str = ""
    year_to: int = 0
    approximate: bool = False

    def iso(self) -> str:
        """`1970-01-31`, `1970-01`, `1970`, `1965/1968`, or the raw text where no year is known."""
        if not self.year:
            return self.raw
        if self.year_to:
            return f"{self.year:04d}/{self.year_to:04d}"
        if not self.month:
            return f"{self.year:04d}"
        day = f"-{self.day:02d}" if self.day else ""
        return f"{self.year:04d}-{self.month:02d}{day}"


@dataclass(frozen=True, slots=True)
class Document:
    """A travel or identity document.

    `type` is one of PASSPORT, ID_CARD, VISA, RESIDENCE_PERMIT, DRIVING_LICENCE, NATIONAL_ID,
    TAX_ID, OTHER or empty; `issuer` an ICAO 9303-3 code (three letters, or D) or empty.
    """

    number: str
    issuer: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle; every field may be empty, a query needs `vin`, `plate` or `engine_number`."""

    vin: str = ""
    plate: str = ""
    plate_country: str = ""
    engine_number: str = ""
    make: str = ""
    model: str = ""
    colour: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person asked about: at least one name or one document."""

    names: tuple[Name, ...] = ()
    births: tuple[PartialDate, ...] = ()
    sex: Sex = Sex.UNKNOWN
    nationalities: tuple[str, ...] = ()
    birth_place: str = ""
    documents: tuple[Document, ...] = ()


Subject = Person | Vehicle | Document


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of one source, as its owner wrote it.

    `id` is the owner's stable key, unique within the source. `category` says why the entry is
    there (NOTICE_RED, SANCTION, STOLEN_BLANK, STOLEN_VEHICLE, ...), `owner` who may confirm it
    (country or agency). `warnings` protect officers (ARMED, VIOLENT, CONTAGIOUS, ...) and are shown
    first. `entered` and `valid_until` are ISO dates or empty. `remarks` is free text, shown, never
    matched.
    """

    id: str
    kind: Kind = Kind.PERSON
    names: tuple[Name, ...] = ()
    births: tuple[PartialDate, ...] = ()
    sex: Sex = Sex.UNKNOWN
    nationalities: tuple[str, ...] = ()
    birth_places: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    category: str = ""
    owner: str = ""
    programmes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    entered: str = ""
    valid_until: str = ""
    url: str = ""
    remarks: str = ""


def kind_of(subject: Subject) -> Kind:
    """The record kind that a subject asks for."""
    if isinstance(subject, Person):
        return Kind.PERSON
    return Kind.VEHICLE if isinstance(subject, Vehicle) else Kind.DOCUMENT
