"""Name fields: writing them by ICAO's examples, reading them back, truncation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.mrz_name import MAX_NAME_FIELD, MrzError, name_field, parse_name_field

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "mrz_name_encoding.json").read_text("utf-8")
)
WORDS = st.lists(
    st.text("ABCDEÉÖ'", min_size=1, max_size=12).filter(lambda w: w.strip("'")),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["mrz_name"])
def test_every_encoding_vector(vector):
    field = name_field(vector["surname"], vector["given"], 39)
    assert field == vector["mrz_name"].ljust(39, "<")


@given(WORDS, WORDS, st.sampled_from([30, 31, 39]))
def test_an_encoded_name_reads_back(surname, given_names, length):
    field = name_field(" ".join(surname), "-".join(given_names), length)
    name = parse_name_field(field, length)
    assert len(field) == length
    assert name.primary
    assert name.secondary
    whole = name_field(" ".join(surname), "-".join(given_names), 400)
    full = parse_name_field(whole.rstrip("<")[:MAX_NAME_FIELD])
    if len(whole.rstrip("<")) <= length:
        assert (name.primary, name.secondary) == (full.primary, full.secondary)
    else:
        assert name.may_be_truncated
        parts = zip(name.primary + name.secondary, full.primary + full.secondary, strict=False)
        if len(name.primary) == len(full.primary):
            assert all(long.startswith(short) for short, long in parts)


def test_a_long_name_ends_in_a_letter_and_shows_the_given_name():
    field = name_field("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", 39)
    assert field == "BENNELONG<WOOLOOMO<WARRANDY<WARNAMBO<<D"


def test_a_cut_that_would_end_in_a_filler_is_moved():
    field = name_field("ABCDE", "FGHIJ KLMNO", 13)
    assert field == "ABCD<<FGHIJ<K"


def test_only_given_names_become_the_primary_identifier():
    assert name_field("", "Anna", 10) == "ANNA<<<<<<"


def test_a_field_needs_four_characters():
    with pytest.raises(ValueError, match="at least 4"):
        name_field("A", "B", 3)


@pytest.mark.parametrize(
    ("text", "full_length", "truncated"),
    [
        ("CACADOR<DE<ARAUJO<<ANDRE<ESTEV", 0, True),
        ("CACADOR<DE<ARAUJO<<ANDRE<ESTEV", 39, False),
        ("MAHFUD<<FARHAN<<<<<<<<<<<<<<<<<<<<<<<<<", 0, False),
        ("MAHFUD<<FARHAN", 0, False),
        ("MAHFUD<<FARHAN", 14, True),
    ],
)
def test_truncation_shows_only_in_a_full_field(text, full_length, truncated):
    assert parse_name_field(text, full_length).may_be_truncated is truncated


def test_odd_fields():
    name = parse_name_field(" <<anna maria<<x ")
    assert (name.surname, name.given) == ("", "ANNA MARIA X")
    assert parse_name_field("").primary == ()
    with pytest.raises(MrzError):
        parse_name_field("A" * (MAX_NAME_FIELD + 1))


@given(st.text(max_size=300))
def test_any_text_reads_or_raises_the_own_error(text):
    try:
        name = parse_name_field(text)
    except MrzError:
        assert len(text) > MAX_NAME_FIELD
        return
    assert all("<" not in part for part in name.primary + name.secondary)


@given(st.text(max_size=60), st.text(max_size=60), st.integers(4, 60))
def test_any_name_fills_the_field_exactly(surname, given_names, length):
    field = name_field(surname, given_names, length)
    assert len(field) == length
    assert set(field) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ<")


def test_a_full_evaluation_field_counts_as_truncated(shared_eval):
    lines = (shared_eval / "queries_mrz_ofac.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    assert len(queries) > 1000
    for query in queries:
        name = parse_name_field(query["name"])
        assert name.may_be_truncated is not name.raw.endswith("<")
        if not query["name"].endswith("<") and query["group"] == "fits_39":
            assert len(query["name"]) == 39
        assert name.primary
