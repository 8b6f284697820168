"""Tables of exact keys, and the keys of records."""

from __future__ import annotations

import numpy as np

from matching.exact import ExactTable, build_exact
from matching.exact_keys import birth_key, document_keys, record_keys, vehicle_keys
from matching.hashing import text_hash
from matching.record import Document, PartialDate, Record, Vehicle


def test_rows_of_a_key_in_order_and_bounded():
    keys = ["b", "a", "b", "c", "b"]
    hashes = np.array([text_hash(k) for k in keys], dtype=np.uint64)
    table = ExactTable(build_exact(hashes, np.array([4, 1, 2, 3, 0], dtype=np.uint32)))
    assert table.rows("b", 10) == [0, 2, 4]
    assert table.rows("b", 2) == [0, 2]
    assert table.rows("z", 10) == []
    assert (table.count("b"), table.count("z")) == (3, 0)


def test_a_document_has_its_number_and_its_misread_form():
    assert list(document_keys(Document("ab-12O"))) == ["doc:AB12O", "doc~A8120"]
    assert list(document_keys(Document("9" * 40))) == []
    assert list(document_keys(Document(" "))) == []


def test_exact_keys_of_a_vehicle_come_before_levelled_ones():
    keys = list(vehicle_keys(Vehicle("1HGCM82633A004352", "AB12 CDE", "GBR", "E7")))
    assert keys[:3] == ["vin:1HGCM82633A004352", "plate:AB12CDE", "engine:E7"]
    assert "vin8:3A004352" in keys
    assert list(vehicle_keys(Vehicle())) == []


def test_only_full_gregorian_dates_have_a_key():
    assert birth_key(PartialDate(1970, 1, 2)) == "birth:1970-01-02"
    for date in (PartialDate(1970), PartialDate(1970, 1), PartialDate(1353, 5, 21, "jalali")):
        assert birth_key(date) == ""


def test_a_record_lists_each_key_once():
    record = Record("r", documents=(Document("A1"), Document("a 1")), births=(PartialDate(1970),))
    keys = list(record_keys(record))
    assert len(keys) == len(set(keys))
    assert keys[0] == "id:r"
