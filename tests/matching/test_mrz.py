"""Machine-readable zones: every vector, every real sample, tolerance, bounds, repair."""

from __future__ import annotations

import datetime as dt
import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.mrz import MAX_TEXT, MrzError, parse

TODAY = dt.date(2026, 11, 21)
VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "mrz.json").read_text(encoding="utf-8")
)
READABLE = [v for v in VECTORS if v["parsed"]["format"]]
BROKEN = [v for v in VECTORS if not v["parsed"]["format"]]
FIELD_NAMES = {"optional1": "optional", "personal_number": "optional"}
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def by_id(vector):
    return vector["id"]


def date_fields(date):
    full = {"raw": date.raw, "yy": date.yy, "mm": date.mm, "dd": date.dd}
    return {**full, "precision": date.precision}


@pytest.mark.parametrize("vector", READABLE, ids=by_id)
def test_fields_of_every_vector(vector):
    mrz = parse("\n".join(vector["lines"]), TODAY)
    assert mrz.format == vector["parsed"]["format"]
    assert mrz.repairs == ()
    for field, value in vector["parsed"]["fields"].items():
        got = getattr(mrz, FIELD_NAMES.get(field, field))
        if field == "name":
            got = {
                "primary": list(got.primary),
                "secondary": list(got.secondary),
                "may_be_truncated": got.may_be_truncated,
            }
        elif field in {"birth", "expiry"}:
            absent = dict.fromkeys(("yy", "mm", "dd"))
            assert date_fields(got) == absent | value
            continue
        assert got == value, field


@pytest.mark.parametrize("vector", BROKEN, ids=by_id)
def test_wrong_line_lengths_are_refused_with_the_lengths(vector):
    lengths = vector["parsed"]["reason"].removeprefix("line lengths ")
    with pytest.raises(MrzError) as error:
        parse("\n".join(vector["lines"]), TODAY)
    assert lengths in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "\r\n".join(TD3),
        "\n\n".join(TD3) + "\n",
        f"  {TD3[0].lower()}  \n\t{TD3[1].lower()}",
        "".join(TD3),
        " ".join(TD3),
        TD3[0][:10] + " " + TD3[0][10:] + "\n" + TD3[1][:20] + "  " + TD3[1][20:],
        "\n".join(TD3).replace("<<", "«"),
        "\n".join(TD3).replace("<", "‹"),
        "\n".join(TD3).replace("<", "«"),
        TD3[0].replace("<", " ") + "\n" + TD3[1].replace("<", " "),
        TD3[0].replace("<", " ").rstrip() + "\n" + TD3[1],
        "|".join(TD3),
    ],
)
def test_tolerated_forms_read_the_same(text):
    assert parse(text, TODAY) == parse("\n".join(TD3), TODAY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("A" * (MAX_TEXT + 1), "longer than 512"),
        ("A\nB\nC\nD", "4 lines"),
        ("\n".join(TD3).replace("ANNA", "ANN?"), "line 1 position 19"),
        (TD3[0], "line lengths [44]"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text, reason):
    with pytest.raises(MrzError, match=reason.replace("[", r"\[")):
        parse(text, TODAY)


@given(st.text(max_size=600) | st.text("P<A0123456789\n «", min_size=60, max_size=100))
def test_any_text_parses_or_raises_the_own_error(text):
    try:
        mrz = parse(text, TODAY)
    except MrzError:
        return
    assert len(mrz.checks) >= 3


MRZ_LINE = st.text(string.ascii_uppercase + string.digits + "<", min_size=44, max_size=44)


@given(MRZ_LINE, MRZ_LINE)
def test_tidy_lines_survive_a_second_reading(upper, lower):
    first = parse(f"{upper}\n{lower}", TODAY)
    again = parse("\n".join(first.lines), TODAY)
    assert again.lines == first.lines
    assert again.repairs == ()


def test_document_and_name_to_search_for():
    mrz = parse(TD3[0] + TD3[1], TODAY)
    assert mrz.document().number == "L898902C3"
    assert (mrz.document().issuer, mrz.document().type) == ("UTO", "PASSPORT")
    name = mrz.person_name()
    assert (name.full, name.surname, name.given) == (
        "ERIKSSON ANNA MARIA",
        "ERIKSSON",
        "ANNA MARIA",
    )
    assert not name.may_be_truncated


def test_sex_not_stated_is_x():
    assert parse(TD3[0] + TD3[1][:20] + "<" + TD3[1][21:], TODAY).sex == "X"
