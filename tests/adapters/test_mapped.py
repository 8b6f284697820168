"""Files that configuration describes, down to the annexes of EU regulations."""

from __future__ import annotations

from collections import Counter

import pytest
from lists import place
from reading import FIXTURES, full, numbers, parted

from adapters.base import Garbled
from adapters.mapped import FIELDS, KIND, parse
from matching.record import Document, Kind, NameKind, Quality, Sex, Vehicle

COLUMNS = {
    "id": ["list", "annex", "no"], "kind": "schema", "name": "name", "alias": "alias",
    "weak_alias": "weak", "former_name": "before", "birth": "born", "birth_place": "place",
    "sex": "sex", "nationality": "nation", "passport": "passport", "national_id": "idno",
    "tax_id": "tax", "programme": "programme", "entered": "since", "remarks": "reason",
    "address": "address", "warning": "warn", "valid_until": "until",
}  # fmt: skip
KINDS = {"LegalEntity": "organisation"}

OBJECTS = {
    "id": "key", "kind": "sort", "surname": "holder.last", "given": "holder.first", "alias": "also",
    "birth_year": "birth.y", "birth_month": "birth.m", "birth_day": "birth.d",
    "document": "papers.no", "document_issuer": "papers.by", "document_type": "papers.what",
    "vin": "car.vin", "plate": "car.plate", "plate_country": "car.of", "make": "car.make",
}  # fmt: skip


@pytest.fixture(scope="module")
def read():
    path = FIXTURES / "mapped.csv"
    return parted(parse(path, columns=COLUMNS, kinds=KINDS, owner="EX", category="SANCTION"))


@pytest.fixture
def olga(read):
    return read[0]["L1/A/1"]


def test_the_columns_of_an_id_are_joined(read):
    assert list(read[0]) == ["L1/A/1", "L1/A/2", "L1/B/2", "L1/B", "L1/B#2", "L1/C/4"]


def test_kinds_are_those_of_the_row_the_mapping_or_the_default(read):
    assert [record.kind for record in read[0].values()] == [
        Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN, Kind.PERSON, Kind.PERSON, Kind.PERSON,
    ]  # fmt: skip


def test_names_come_out_of_lists_enumerations_and_brackets(olga):
    assert [(name.full, name.kind) for name in olga.names] == [
        ("Olga Petrovna BEISPIEL", NameKind.PRIMARY),
        ("Olha BEISPIEL", NameKind.ALIAS),
        ("Ольга БЕЙСПИЛЬ", NameKind.ORIGINAL_SCRIPT),
        ("Holga", NameKind.ALIAS),
        ("Helga", NameKind.ALIAS),
        ("Olly", NameKind.ALIAS),
        ("Olga BEISPIEL", NameKind.FORMER),
        ("MUSTER BEISPIEL", NameKind.FORMER),
    ]
    assert [name.full for name in olga.names if name.quality is Quality.WEAK] == ["Olly"]


def test_brackets_of_an_organisation_belong_to_its_name(read):
    assert full(read[0]["L1/A/2"]) == ["Example Trading (ET)"]


def test_comments_in_brackets_are_no_name(read):
    record = read[0]["L1/B"]
    assert full(record) == ["Ada MUSTER"]
    assert record.remarks == "formerly listed as"


def test_facts(olga):
    assert [date.iso() for date in olga.births] == ["1960-02-01", "1961-04-03"]
    assert (olga.sex, olga.nationalities) == (Sex.FEMALE, ("RUS", "NZL"))
    assert (olga.birth_places, olga.addresses) == (("Sampletown",), ("1 Sample Road",))
    assert (olga.programmes, olga.warnings) == (("T1", "T2"), ("ARMED", "VIOLENT"))
    assert (olga.entered, olga.valid_until) == ("2014-03-17", "2030")
    assert (olga.owner, olga.category, olga.remarks) == ("EX", "SANCTION", "Because of an example")


def test_documents_are_numbers_whatever_stands_around_them(olga):
    assert numbers(olga) == [
        ("MP 3413113", "", "PASSPORT"),
        ("MP 2387911", "", "PASSPORT"),
        ("75 2987491", "IRN", "NATIONAL_ID"),
        ("123", "", "TAX_ID"),
    ]


def test_approximate_dates_stay_approximate(read):
    (date,) = read[0]["L1/B/2"].births
    assert (date.iso(), date.approximate) == ("1970", True)


def test_rows_that_name_nobody_or_are_cut_are_reported(read):
    assert [(row.where, row.reason) for row in read[1]] == [
        ("mapped.csv:7", "neither a name nor an identifier"),
        ("mapped.csv:8", "kept, but cut after 9 of 21 cells"),
    ]


def test_json_lines_are_mapped_by_paths():
    records, rejected = parted(parse(FIXTURES / "mapped.jsonl", columns=OBJECTS))
    ada = records["7"]
    assert [name.text() for name in ada.names] == ["Example, Ada", "Ada Muster", "A. Example"]
    assert (ada.names[0].surname, ada.births[0].iso()) == ("Example", "1970-01-31")
    assert ada.documents == (Document("P1", "UTO", "PASSPORT"),)
    assert records["8"].kind is Kind.VEHICLE
    assert records["8"].vehicles == (Vehicle("1M8GDM9AXKP042788", "AB 123", "NZL", make="Muster"),)
    assert records["9"].kind is Kind.DOCUMENT
    assert records["9"].documents == (Document("D77", "DEU", "RESIDENCE_PERMIT"),)
    assert [row.where for row in rejected] == ["mapped.jsonl:4"]


def test_without_an_id_the_row_is_the_id():
    records, _ = parted(parse(FIXTURES / "mapped.jsonl", columns={"document": "number"}))
    assert list(records) == ["mapped.jsonl:3"]


def one(tmp_path, text, columns, **settings):
    path = tmp_path / "m.csv"
    path.write_bytes(text.encode(settings.get("encoding", "utf-8")))
    (record,) = parted(parse(path, columns=columns, **settings))[0].values()
    return record


def test_every_setting_changes_what_is_read(tmp_path):
    text = "name;born\nÂda|Bela;03/04/1970\n"
    columns = {"name": "name", "birth": "born"}
    settings = {"delimiter": ";", "separator": "|", "encoding": "latin-1"}
    record = one(tmp_path, text, columns, **settings)
    assert full(record) == ["Âda", "Bela"]
    assert record.births[0].iso() == "1970"
    for dates, iso in (("dmy", "1970-04-03"), ("mdy", "1970-03-04")):
        assert one(tmp_path, text, columns, dates=dates, **settings).births[0].iso() == iso
    assert one(tmp_path, text, columns, about="vessel", **settings).kind is Kind.VESSEL


def test_owner_and_category_of_a_row_win(tmp_path):
    columns = {"name": "n", "owner": "o", "category": "c"}
    record = one(tmp_path, "n,o,c\nAda,X,Y\n", columns, owner="A", category="B")
    assert (record.owner, record.category) == ("X", "Y")


def test_a_column_that_is_not_there_is_garbled(tmp_path):
    with pytest.raises(Garbled, match="has no column born, name"):
        one(tmp_path, "a,b\n1,2\n", {"name": "name", "birth": "born"})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"columns": {"nom": "name"}}, "columns: nom is none of: .*birth"),
        ({"columns": {}, "about": "ghost"}, "about: ghost is none of"),
        ({"columns": {}, "kinds": {"a": "ghost"}}, "kinds: ghost is none of"),
        ({"columns": {}, "dates": "ydm"}, "dates: ydm is none of"),
        ({"columns": {}, "delimiter": "||"}, "delimiter is one character"),
        ({"columns": {}, "encoding": "klingon"}, "no encoding is named"),
    ],
)
def test_settings_that_cannot_be_meant_fail_when_the_source_is_made(tmp_path, settings, reason):
    with pytest.raises(ValueError, match=reason):
        KIND(place(tmp_path), path="m.csv", **settings)


def test_every_field_can_be_mapped(tmp_path):
    text = "c\n1970-01-31\n"
    for name in FIELDS - {"kind"}:
        path = tmp_path / "m.csv"
        path.write_text(text)
        assert list(parse(path, columns={"name": "c", "id": "c", name: "c"})) != []


JOURNAL = {
    "id": ["celex", "annex", "recordId"], "kind": "schema", "name": "name", "alias": "alias",
    "weak_alias": "weakAlias", "former_name": "previousName", "birth": "birthDate",
    "birth_place": "birthPlace", "sex": "gender", "nationality": "nationality",
    "passport": "passportNumber", "national_id": "idNumber", "tax_id": "taxNumber",
    "programme": "programKey", "entered": "startDate", "remarks": "reason", "address": "address",
}  # fmt: skip
ANNEXES = {
    "32014R0269": (2802, 1984), "32006R0765": (408, 312), "32002R0881": (350, 262),
    "32017R1509": (326, 157), "32011R0753": (140, 135), "32011R0359": (321, 268),
    "32012R0036": (368, 317), "32012R0267": (339, 77), "32020R1998": (177, 136),
}  # fmt: skip


@pytest.mark.parametrize("celex", ANNEXES)
def test_the_annexes_have_the_rows_of_their_readme(shared_lists, celex):
    path = shared_lists / "eu" / "official_journal_cc-by-nc" / f"journal_{celex}.csv"
    records, rejected = parted(parse(path, columns=JOURNAL, kinds=KINDS, dates="dmy"))
    kinds = Counter(record.kind for record in records.values())
    assert (len(records), kinds[Kind.PERSON]) == ANNEXES[celex]
    assert [row.reason for row in rejected] == (
        ["kept, but 1 values beyond a bound were left out"] if celex == "32012R0267" else []
    )
    persons = [record for record in records.values() if record.kind is Kind.PERSON]
    assert all(person.names for person in persons)
    dates = [date for person in persons for date in person.births]
    assert sum(not date.year for date in dates) <= len(dates) / 100


def test_names_of_the_annexes_in_brackets_are_names_of_their_own(shared_lists):
    path = shared_lists / "eu" / "official_journal_cc-by-nc" / "journal_32014R0269.csv"
    records, _ = parted(parse(path, columns=JOURNAL, kinds=KINDS))
    first = records["32014R0269/I.PERSONS/1"]
    assert "Сергей Валерьевич АКСЁНОВ" in full(first)
    assert not [name for name in full(first) if "(" in name]
    assert first.births[0].iso() == "1972-11-26"


def test_the_denied_persons_list_has_the_rows_of_its_readme(shared_lists):
    """Tabs, American dates, people and companies mixed; one person may have several addresses."""
    columns = {
        "name": "Name", "address": ["Street_Address", "City"], "entered": "Effective_Date",
        "valid_until": "Expiration_Date", "remarks": ["Action", "FR_Citation"],
    }  # fmt: skip
    path = shared_lists / "us_csl" / "dpl.txt"
    settings = {"delimiter": "\t", "dates": "mdy", "about": "unknown", "owner": "BIS"}
    records, rejected = parted(parse(path, columns=columns, **settings))
    assert (len(records), rejected) == (581, [])
    assert {record.kind for record in records.values()} == {Kind.UNKNOWN}
    assert records["dpl.txt:2"].entered == "2003-06-19"
    assert records["dpl.txt:2"].valid_until == "2056-06-29"
