from __future__ import annotations

import json
import shutil

import pytest
from reading import FIXTURES, full, numbers, parted

from adapters import notices
from adapters.base import Garbled
from adapters.notices import parse
from adapters.rows import Rejected
from matching.record import Kind, NameKind, Sex

NOTICES = FIXTURES / "notices"


@pytest.fixture(scope="module")
def read():
    return parted(parse(NOTICES))


@pytest.fixture(scope="module")
def records(read):
    return read[0]


def written(tmp_path, **files):
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / f"{name}.json").write_text(text)
    return tmp_path


def page(*rows, total=1):
    return {"total": total, "_embedded": {"notices": list(rows)}}


def test_every_notice_once_though_pages_repeat_rows(records):
    found = [(record.category, record.kind) for record in records.values()]
    assert {pair: found.count(pair) for pair in set(found)} == {
        ("NOTICE_RED", Kind.PERSON): 41,
        ("NOTICE_YELLOW", Kind.PERSON): 12,
        ("UN_SANCTION", Kind.PERSON): 12,
        ("UN_SANCTION", Kind.ORGANISATION): 2,
    }


def test_a_withdrawn_notice_and_a_capped_page_are_reported(read):
    assert read[1] == [
        Rejected("red_page_capped.json", "partial: the answer was cut at 160, split the query"),
        Rejected("2091-10118", "withdrawn: listed, but its detail is gone"),
    ]


def test_the_id_has_a_slash_where_the_link_has_a_dash(records):
    record = records["2091/10007"]
    assert full(record) == ["ALMQUIST-BERGH, TORVALD ESKIL"]
    assert (record.names[0].surname, record.names[0].given) == ("ALMQUIST-BERGH", "TORVALD ESKIL")
    assert record.url.endswith("/notices/v1/red/2091-10007")


@pytest.mark.parametrize(
    ("key", "raw", "iso"),
    [
        ("2091/10007", "1974/08/12", "1974-08-12"),
        ("2091/10155", "1981/11", "1981-11"),
        ("2091/10081", "1969", "1969"),
        ("2091/11006", "1970/00/00", "1970"),
        ("2091/11450", "1994/02/29", "1994-02"),
    ],
)
def test_every_form_of_a_date(records, key, raw, iso):
    (birth,) = records[key].births
    assert (birth.raw, birth.iso()) == (raw, iso)


def test_no_date_at_all(records):
    assert records["2091/11376"].births == ()


@pytest.mark.parametrize("key", ["2091/10932", "2091/11117", "2091/14040"])
def test_a_name_without_forename_whether_null_or_a_dash(records, key):
    (name,) = records[key].names
    assert (name.given, name.full) == ("", name.surname)


def test_codes_that_are_no_country_stay_in_the_remarks(records):
    assert records["2091/11154"].nationalities == ("PAK",)
    assert "nationality 914" in records["2091/11154"].remarks
    assert "nationality 922" in records["2091/11376"].remarks
    assert records["2091/11524"].nationalities == ()


def test_someone_known_by_placeholders_only_is_kept_without_a_name(records):
    record = records["2091/11376"]
    assert record.names == ()
    assert "name as written: UNKNOWN, XX" in record.remarks
    assert record.sex is Sex.UNKNOWN


def test_several_warrants_and_charges_with_their_translation(records):
    record = records["2091/10081"]
    assert record.owner == "UKR, DEU"
    assert "Незаконне заволодіння транспортним засобом (Unlawful taking" in record.remarks
    assert "wanted by DE: Vol à main armée en bande organisée; " in f"{record.remarks}; "


def test_the_same_person_under_two_spellings_stays_two_records(records):
    assert full(records["2091/10414"]) == ["ÇAKIRDEMİR, ÖZGÜR İLTER"]
    assert full(records["2091/10451"]) == ["CAKIRDEMIR, OZGUR ILTER"]
    assert (records["2091/10414"].owner, records["2091/10451"].owner) == ("TUR", "DEU")


def test_a_missing_person_and_her_name_at_birth(records):
    record = records["2091/13855"]
    assert [(n.full, n.kind) for n in record.names] == [
        ("XIMÉNEZ ARROYAVE, BRUNO", NameKind.PRIMARY),
        ("XIMÉNEZ, BRUNO", NameKind.FORMER),
    ]
    assert (record.owner, record.category) == ("ESP", "NOTICE_YELLOW")
    assert "last seen: AIRPORT; date of event: 2090/12" in record.remarks


def test_a_un_notice_has_aliases_original_script_and_documents(records):
    record = records["2091/17407"]
    assert [(n.full, n.kind) for n in record.names] == [
        ("ZARQUNI, MUHAMMAD LATIF", NameKind.PRIMARY),
        ("MULLAH LATIF", NameKind.ALIAS),
        ("MOHAMMAD LATEEF ZARGUNI", NameKind.ALIAS),
        ("زرقوني, محمد لطيف", NameKind.ORIGINAL_SCRIPT),
    ]
    assert numbers(record) == [("AF7000000", "", "PASSPORT")]
    assert (record.owner, record.entered) == ("UNSC", "2090-05-17")
    assert record.programmes == ("1988", "Assets freeze", "Travel ban")
    assert "UN reference: TAi.901" in record.remarks


def test_an_entity(records):
    assert full(records["2091/90002"]) == ["HYPOTHETICAL KUMBYOL SHIPPING CO", "금별가상해운회사"]


def test_an_empty_answer_is_a_page_without_notices(tmp_path):
    shutil.copy(NOTICES / "red_empty.json", tmp_path)
    assert list(parse(tmp_path)) == []


def test_a_file_alone_and_a_row_without_detail():
    records, rejected = parted(parse(NOTICES / "red_page_1.json"))
    assert (len(records), rejected) == (20, [])
    assert records["2091/10118"].category == "NOTICE_RED"


def test_one_detail_in_a_file_of_its_own_wins_over_the_page(tmp_path):
    row = {"entity_id": "2091/1", "name": "EXEMPLAR", "forename": "-"}
    detail = {**row, "date_of_birth": "1971"}
    for names in (("a", "b"), ("b", "a")):
        files = dict(zip(names, (detail, page(row)), strict=True))
        (record,) = parted(parse(written(tmp_path, **files)))[0].values()
        assert record.births[0].year == 1971


def test_without_a_link_the_colour_comes_from_the_name_of_the_file(tmp_path):
    row = {"entity_id": "2091/1", "name": "EXEMPLAR", "forename": None}
    folder = written(tmp_path, yellow_page_1=page(row), other=page({**row, "entity_id": "2091/2"}))
    records, _ = parted(parse(folder))
    assert [record.category for record in records.values()] == ["NOTICE", "NOTICE_YELLOW"]


def test_what_is_no_notice_is_rejected_and_the_others_are_read(tmp_path):
    good = {"entity_id": "2091/1", "name": "EXEMPLAR", "nationalities": "FR", "_links": [1]}
    folder = written(
        tmp_path,
        a="{",
        b='"text"',
        c={"_embedded": {"notices": 5}},
        d=page(good, 5, {"entity_id": 7}, None),
        e="[" * 100_000,
        f={"x": 1},
    )
    records, rejected = parted(parse(folder))
    assert list(records) == ["2091/1"]
    assert [row.where[0] for row in rejected] == ["a", "b", "c", "d", "d", "d", "e", "f"]


def test_a_file_beyond_the_bound_is_rejected(tmp_path, monkeypatch):
    shutil.copy(NOTICES / "red_empty.json", tmp_path)
    shutil.copy(NOTICES / "red_page_1.json", tmp_path)
    monkeypatch.setattr(notices, "MAX_FILE", 1000)
    assert [row.where for row in parse(tmp_path)] == ["red_page_1.json"]


def test_a_folder_without_notices_or_with_too_many_files_is_garbled(tmp_path, monkeypatch):
    with pytest.raises(Garbled, match="neither"):
        list(parse(tmp_path))
    written(tmp_path, a="{}", b="{}")
    monkeypatch.setattr(notices, "MAX_FILES", 1)
    with pytest.raises(Garbled, match="more than 1"):
        list(parse(tmp_path))


def test_the_shared_notices_are_the_fixtures(shared_lists, read):
    assert parted(parse(shared_lists / "interpol_api_shape")) == read
