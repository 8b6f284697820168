from __future__ import annotations

import gzip
import inspect
import shutil
from pathlib import Path

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters import ofac
from adapters.base import Garbled
from adapters.ofac import parse
from adapters.rows import Rejected
from matching.record import Kind, NameKind, Quality, Sex

OFAC = FIXTURES / "ofac"


@pytest.fixture(scope="module")
def read():
    return parted(parse(OFAC))


def test_every_kind_of_entry(read):
    assert [(key, record.kind) for key, record in read[0].items()] == [
        ("900001", Kind.PERSON),
        ("900002", Kind.PERSON),
        ("900003", Kind.ORGANISATION),
        ("900004", Kind.VESSEL),
        ("900005", Kind.AIRCRAFT),
        ("900006", Kind.PERSON),
        ("900007", Kind.PERSON),
    ]


def test_names_and_aliases_of_a_person(read):
    names = read[0]["900001"].names
    assert [(n.full, n.surname, n.given, n.kind, n.quality) for n in names] == [
        ("EXEMPLAR, Tobias Otto", "EXEMPLAR", "Tobias Otto", NameKind.PRIMARY, Quality.STRONG),
        ("EXEMPLAR, Tobiasz", "EXEMPLAR", "Tobiasz", NameKind.ALIAS, Quality.STRONG),
        ("MUSTER, Tobias", "MUSTER", "Tobias", NameKind.FORMER, Quality.STRONG),
        ("ПРИМЕРОВ, Товий", "ПРИМЕРОВ", "Товий", NameKind.ORIGINAL_SCRIPT, Quality.STRONG),
        ("THE SAMPLE", "", "", NameKind.ALIAS, Quality.WEAK),
        ("ABU-'TEST", "", "", NameKind.ALIAS, Quality.WEAK),
        ("OLD SAMPLE", "", "", NameKind.FORMER, Quality.WEAK),
    ]


def test_a_name_of_one_part_and_commas_of_a_company(read):
    mononym, company = read[0]["900002"], read[0]["900003"]
    assert (mononym.names[0].full, mononym.names[0].surname) == ("MONONYM", "")
    assert full(company) == ["SAMPLE TRADING CO., LTD.", "SAMPLE TRADE, HOUSE", "STC"]
    assert company.names[0].surname == ""


def test_births_of_a_person(read):
    births = read[0]["900001"].births
    assert [(b.iso(), b.approximate) for b in births] == [
        ("1971-02-03", False),
        ("1972", False),
        ("1970", True),
        ("1968/1973", False),
    ]


def test_facts_of_remarks(read):
    person = read[0]["900001"]
    assert person.sex is Sex.MALE
    assert person.nationalities == ("FRA", "DEU", "PRK")
    assert person.birth_places == ("Testburg, Utopia", "Probeville")
    assert (person.category, person.owner) == ("SANCTION", "OFAC")
    assert person.programmes == ("TEST-A", "TEST-B")
    assert person.remarks.startswith("Minister of Samples; DOB 03 Feb 1971;")
    assert person.url.endswith("id=900001")


def test_papers_with_and_without_country_but_no_phone(read):
    assert numbers(read[0]["900001"]) == [
        ("XT000111", "FRA", "PASSPORT"),
        ("XT000222", "", "PASSPORT"),
        ("ID-000-111", "DEU", "NATIONAL_ID"),
        ("DL00011", "MEX", "DRIVING_LICENCE"),
        ("000111222", "RUS", "TAX_ID"),
        ("XXXX000111HXXXXX01", "MEX", "NATIONAL_ID"),
        ("12/TESTA(N)000111", "MMR", "NATIONAL_ID"),
    ]
    assert numbers(read[0]["900002"]) == []


def test_addresses_join_and_null_is_nothing(read):
    assert read[0]["900001"].addresses == ("1 Sample Street, Testburg 00001, France", "Probeville")
    assert read[0]["900003"].addresses == ("Utopia",)
    assert "-0-" not in "".join(repr(record) for record in read[0].values())


def test_remarks_run_over_into_the_comments(read):
    whole, cut = read[0]["900006"], read[0]["900007"]
    assert full(whole) == ["PROBE, Ana, Jr.", "CUT IN TWO", "WHOLE AGAIN"]
    assert whole.sex is Sex.FEMALE
    assert full(cut) == ["PROBE, Cut"]
    assert cut.remarks.endswith("(cut here by the publisher)")


def test_facts_of_a_vessel_are_remarks(read):
    assert "Flag: Utopia" in read[0]["900004"].remarks
    assert read[0]["900004"].documents == ()


def test_rows_of_a_side_file_that_belong_to_nobody_are_told_once(read):
    assert read[1] == [Rejected("alt.csv", "1 rows belong to no entry of the list")]


def test_a_re_serialised_alias_file_gives_the_same_names():
    main = {"path": OFAC / "sdn.csv", "comments": OFAC / "sdn_comments.csv"}
    original, _ = parted(parse(**main, aliases=OFAC / "alt.csv"))
    again, rejected = parted(parse(**main, aliases=FIXTURES / "ofac_reserialised" / "alt.csv"))
    assert again == original
    assert rejected == []


def test_a_file_alone_has_no_aliases_but_the_weak_ones():
    records, rejected = parted(parse(OFAC / "sdn.csv"))
    assert full(records["900001"])[:2] == ["EXEMPLAR, Tobias Otto", "THE SAMPLE"]
    assert (records["900001"].addresses, rejected) == ((), [])


def test_several_alias_files_of_a_folder_are_joined(tmp_path):
    shutil.copytree(OFAC, tmp_path / "list")
    shutil.copy(FIXTURES / "ofac_reserialised" / "alt.csv", tmp_path / "list" / "alt_2.csv")
    records, _ = parted(parse(tmp_path / "list"))
    assert records == parted(parse(OFAC))[0]


def test_a_packed_file_is_read_like_a_plain_one(tmp_path):
    packed = tmp_path / "sdn.csv.gz"
    packed.write_bytes(gzip.compress((OFAC / "sdn.csv").read_bytes()))
    assert list(parse(packed)) == list(parse(OFAC / "sdn.csv"))
    assert list(parse(tmp_path)) == list(parse(OFAC / "sdn.csv"))


def test_broken_rows_are_rejected_and_the_others_read():
    records, rejected = parted(parse(FIXTURES / "ofac_broken"))
    assert [(key, full(record)) for key, record in records.items()] == [
        ("900011", ["GOOD, First"]),
        ("900011#2", ["GOOD, Twice"]),
        ("900016", ["GOOD, Last"]),
    ]
    assert [row.where for row in rejected] == [f"sdn.csv:{line}" for line in (2, 3, 4, 5)]


@pytest.mark.parametrize("content", ["", "\x1a", "a,b,c\n", "<xml/>", "\x00" * 50, "1,2\n" * 9])
def test_what_is_no_such_list_is_garbled(tmp_path, content):
    path = tmp_path / "sdn.csv"
    path.write_text(content)
    with pytest.raises(Garbled, match=r"sdn\.csv"):
        list(parse(path))


def test_a_folder_without_a_list_or_with_two_is_garbled(tmp_path):
    with pytest.raises(Garbled, match="0 files"):
        list(parse(tmp_path))
    for name in ("sdn.csv", "sdn_old.csv"):
        shutil.copy(OFAC / "sdn.csv", tmp_path / name)
    with pytest.raises(Garbled, match="2 files"):
        list(parse(tmp_path))


def test_an_endless_side_file_is_garbled(monkeypatch):
    monkeypatch.setattr(ofac, "MAX_SIDE_ROWS", 3)
    with pytest.raises(Garbled, match="more than 3 rows"):
        list(parse(OFAC))


def test_the_settings_are_the_side_files():
    given = list(inspect.signature(parse, eval_str=True).parameters.values())[1:]
    assert {p.name: p.annotation for p in given} == dict.fromkeys(
        ("aliases", "addresses", "comments"), Path | None
    )


def kinds(records):
    found = [record.kind for record in records.values()]
    return {kind: found.count(kind) for kind in set(found)}


def test_the_list_of_2024(shared_lists):
    folder = shared_lists / "ofac" / "2024"
    records, rejected = parted(
        parse(
            folder / "sdn.csv",
            aliases=folder / "alt_reserialised_2024-09-25.csv",
            addresses=folder / "add_original_2025-01-03.csv",
            comments=folder / "sdn_comments.csv",
        )
    )
    assert kinds(records) == {
        Kind.PERSON: 6854,
        Kind.ORGANISATION: 6884,
        Kind.VESSEL: 851,
        Kind.AIRCRAFT: 376,
    }
    assert [row.reason.split()[0] for row in rejected] == [
        str(18939 - 18033),
        str(22597 - 20167),
        "2",  # comments of entries that are younger than the list
    ]


def test_the_aliases_of_2025_on_the_list_of_2024(shared_lists):
    folder = shared_lists / "ofac" / "2024"
    path = folder / "alt_original_2025-12-24.csv"
    _, rejected = parted(parse(folder / "sdn.csv", aliases=path))
    assert [row.reason.split()[0] for row in rejected] == [str(20107 - 17647)]


def test_the_coherent_lists_of_2021(shared_lists):
    records, rejected = parted(parse(shared_lists / "ofac" / "2021_coherent_triple"))
    assert (len(records), rejected) == (8976, [])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sdn_2021-08-18.csv.gz", 9083),
        ("sdn_2024-04-26.csv.gz", 14668),
        ("sdn_2024-05-01.csv.gz", 14966),
        ("sdn_2024-05-02.csv.gz", 14973),
    ],
)
def test_the_series_of_refreshes(shared_lists, name, count):
    records, rejected = parted(parse(shared_lists / "ofac" / "refresh" / name))
    assert (len(records), rejected) == (count, [])


def test_the_empty_file_of_the_series_is_refused(shared_lists):
    with pytest.raises(Garbled):
        list(parse(shared_lists / "ofac" / "refresh" / "sdn_2024-05-04_EMPTY.csv"))


def test_the_lists_beside_sdn(shared_lists):
    records, rejected = parted(parse(shared_lists / "ofac" / "consolidated_non_sdn"))
    assert (len(records), rejected) == (442, [])
    assert sum(len(record.addresses) for record in records.values()) > 300


def test_hardly_a_paper_of_2024_is_missed(shared_lists):
    records, _ = parted(parse(shared_lists / "ofac" / "2024" / "sdn.csv"))
    told = [
        (key, segment)
        for key, record in records.items()
        for segment in record.remarks.split("; ")
        if segment.startswith(("Passport ", "alt. Passport ", "National ID No. "))
        and not segment.startswith("Passport issued")
    ]
    missed = [
        segment
        for key, segment in told
        if not any(paper.number in segment for paper in records[key].documents)
    ]
    assert len(told) > 3000
    assert len(missed) <= 2
