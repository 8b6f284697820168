"""The US Consolidated Screening List with the quirks of its README."""

from __future__ import annotations

from collections import Counter

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters.base import Garbled
from adapters.csl import KIND, parse
from matching.record import Kind, Sex


@pytest.fixture(scope="module")
def read():
    return parted(parse(FIXTURES / "csl.csv"))


@pytest.fixture
def records(read):
    return read[0]


def test_every_row_that_names_somebody_is_a_record(records):
    assert list(records) == [
        "SDN:501", "PLC:501", "EL:aa01", "DPL:bb02", "SDN:502", "SDN:503", "DTC:504", "SDN:506",
    ]  # fmt: skip


def test_one_number_in_two_lists_is_two_records(records):
    assert full(records["SDN:501"])[0] == "MUSTERMANN, Max Otto"
    assert full(records["PLC:501"]) == ["Max Otto MUSTERMANN"]


def test_a_repeated_header_is_no_record_and_no_reject(read):
    assert [(row.where, row.reason) for row in read[1]] == [
        ("csl.csv:11", "no name"),
        ("csl.csv:12", "kept, but a quote is never closed"),
    ]


def test_rows_without_a_type_or_with_an_unknown_one_may_be_persons(records):
    assert {i: r.kind for i, r in records.items() if r.kind is not Kind.PERSON} == {
        "EL:aa01": Kind.UNKNOWN,
        "DPL:bb02": Kind.UNKNOWN,
        "DTC:504": Kind.UNKNOWN,
        "SDN:502": Kind.ORGANISATION,
        "SDN:503": Kind.VESSEL,
    }


def test_lists_inside_a_cell_are_split(records):
    person = records["SDN:501"]
    assert full(person) == ["MUSTERMANN, Max Otto", "MUSTERMAN, Maks", "AL-MISAL, Abu"]
    assert person.programmes == ("TEST-A", "TEST-B")
    assert person.nationalities == ("EGY", "NZL")
    assert person.birth_places == ("Giza, Egypt", "Sampletown")
    assert person.addresses == ("1 Sample Road, Exampleville, UTO", "Box 2, Elsewhere")


def test_the_last_part_of_a_list_may_follow_an_and(records):
    assert full(records["EL:aa01"])[1:] == ["Fazila B.", "Fazi", "Engineer Beispiel"]


def test_a_cell_over_two_lines_is_one_address(records):
    address = "Room 7, Sample Road, Example District, Exampleville"
    assert records["EL:aa01"].addresses == (address,)


def test_dates_come_in_three_forms(records):
    person = records["SDN:501"]
    assert [date.iso() for date in person.births] == ["1961-02-03", "1960", "1962-03"]
    assert [date.approximate for date in person.births] == [False, True, False]
    assert records["PLC:501"].births[0].iso() == "1961"


def test_ids_give_documents_sex_and_remarks(records):
    person = records["SDN:501"]
    assert numbers(person) == [
        ("92/664", "EGY", "PASSPORT"),
        ("19820215", "", "PASSPORT"),
        ("000-12-3456", "USA", "NATIONAL_ID"),
        ("6067015", "COL", "NATIONAL_ID"),
    ]
    assert person.sex is Sex.MALE
    assert "Website www.example.invalid" in person.remarks
    assert "Director of EXAMPLE FRONT" in person.remarks
    assert numbers(records["SDN:502"]) == [("123456", "", "TAX_ID")]


def test_owner_category_and_dates_of_the_entry(records):
    found = {i: (r.owner, r.category, r.entered) for i, r in records.items()}
    assert found["SDN:501"] == ("OFAC", "SANCTION", "")
    assert found["EL:aa01"] == ("BIS", "EXPORT_CONTROL", "2020-12-23")
    assert found["DTC:504"] == ("US State Department", "EXPORT_CONTROL", "")
    assert "until 2056-06-29" in records["DPL:bb02"].remarks
    assert full(records["DPL:bb02"]) == ["I. SAMPLE"]


def test_a_cut_last_row_is_kept(records):
    assert full(records["SDN:506"]) == ["EJEMPLO, Pedro"]
    assert records["SDN:506"].addresses == ("1 Cut Road",)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "<html></html>"])
def test_another_file_is_garbled(tmp_path, content):
    path = tmp_path / "csl.csv"
    path.write_text(content)
    with pytest.raises(Garbled):
        list(parse(path))


def test_it_can_be_asked_about_persons_and_documents():
    assert KIND.traits.kinds == {Kind.PERSON, Kind.DOCUMENT}


SOURCES = {
    "SDN": 1738, "EL": 919, "DPL": 577, "SSI": 288, "UVL": 186, "ISN": 144, "DTC": 142, "PLC": 78,
    "MEU": 71, "CMIC": 68, "NS-MBS List": 14, "FSE": 1, "CAP": 1,
}  # fmt: skip
"""The rows that the README counts; the slice ends in the middle of its last row, which is kept."""


def test_the_real_list_has_the_rows_of_its_readme(shared_lists):
    records, rejected = parted(parse(shared_lists / "us_csl" / "csl_consolidated_slice.csv"))
    assert len(records) == 4227
    assert Counter(identity.rpartition(":")[0] for identity in records) == SOURCES
    assert [row.reason for row in rejected] == ["kept, but a quote is never closed"]
    kinds = Counter(record.kind for record in records.values())
    assert kinds[Kind.UNKNOWN] == 2039
    assert kinds[Kind.PERSON] == 1125
    births = [date for record in records.values() for date in record.births]
    assert len(births) == 1257  # 1258 in the file, one of them twice in its row
    assert all(date.year for date in births)
