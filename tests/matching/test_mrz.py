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
from matching.mrz_layout import check_digit

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


@pytest.mark.parametrize("vector", READABLE, ids=by_id)
def test_check_digits_of_every_vector(vector):
    mrz = parse("\n".join(vector["lines"]), TODAY)
    assert mrz.valid is vector["expect_valid"]
    assert list(mrz.failed) == vector["parsed"]["failed"]
    expected = vector["parsed"]["checks"]
    got = [
        {key: getattr(check, key) for key in want}
        for check, want in zip(mrz.checks, expected, strict=True)
    ]
    assert got == expected


@pytest.mark.parametrize("vector", BROKEN, ids=by_id)
def test_wrong_line_lengths_are_refused_with_the_lengths(vector):
    lengths = vector["parsed"]["reason"].removeprefix("line lengths ")
    with pytest.raises(MrzError) as error:
        parse("\n".join(vector["lines"]), TODAY)
    assert lengths in str(error.value)


def test_real_samples_have_the_published_verdicts(shared_lists):
    """The publisher marks every long document number wrong; ICAO 9303-5 note j makes them right."""
    samples = json.loads((shared_lists / "mrz" / "mrz_samples.json").read_text("utf-8"))["samples"]
    assert len(samples) == 25
    for sample in samples:
        mrz = parse("\n".join(sample["lines"]), TODAY, repair=False)
        assert mrz.format == sample["format"]
        ok = {check.field: check.ok for check in mrz.checks}
        expected = sample["check_digits"]
        assert ok["birth"] == expected["dob"]
        assert ok["expiry"] == expected["expiry"]
        assert ok["composite"] == expected["composite"]
        if "document_number(long)" not in ok:
            assert ok["document_number"] == expected["number"]


def test_real_ocr_samples_are_repaired(shared_lists):
    samples = json.loads((shared_lists / "mrz" / "mrz_samples.json").read_text("utf-8"))["samples"]
    repaired = [m for m in (parse("".join(s["lines"]), TODAY) for s in samples) if m.repairs]
    assert [m.valid for m in repaired] == [True, True, True]
    assert {r.field for m in repaired for r in m.repairs} == {"birth", "expiry", "composite"}


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


@given(MRZ_LINE, MRZ_LINE)
def test_every_repair_turns_its_check_digit_right(upper, lower):
    before = parse(f"{upper}\n{lower}", TODAY, repair=False)
    after = parse(f"{upper}\n{lower}", TODAY)
    for repair in after.repairs:
        assert repair.field in before.failed
        assert repair.field not in after.failed
    assert after.name == before.name


def test_a_confused_character_of_the_number_is_repaired_and_logged():
    mrz = parse(TD3[0] + TD3[1].replace("L898902C3", "L8989O2C3"), TODAY)
    assert mrz.document_number == "L898902C3"
    (repair,) = mrz.repairs
    assert (repair.field, repair.line, repair.column) == ("document_number", 2, 1)
    assert (repair.before, repair.after) == ("L8989O2C36", "L898902C36")


def test_a_confused_check_digit_of_the_number_is_repaired():
    mrz = parse(TD3[0] + TD3[1].replace("L898902C36", "L898902C3G"), TODAY)
    assert mrz.valid
    assert mrz.repairs[0].after == "L898902C36"


def test_two_possible_exchanges_leave_the_number_as_printed():
    mrz = parse(TD3[0] + TD3[1].replace("L898902C3", "L89890ZC3"), TODAY)
    assert mrz.document_number == "L89890ZC3"
    assert mrz.failed == ("document_number", "composite")


def test_a_visa_number_is_not_guessed_without_a_composite_digit():
    upper, lower = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L89890ZC<3UTO6908061F9406236ZE184226"
    mrz = parse(upper + lower, TODAY)
    assert mrz.document_number == "L89890ZC"
    assert mrz.failed == ("document_number",)


def test_a_long_number_may_count_the_filler():
    number, rest = "D23145890", "734"
    digit = check_digit(number + "<" + rest + "X")
    upper = f"I<UTO{number}<{rest}X{digit}".ljust(30, "<")
    mrz = parse(f"{upper}\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER".ljust(92, "<"), TODAY)
    assert mrz.document_number == "D23145890734X"
    assert mrz.checks[0].ok
    assert mrz.checks[0].computed != mrz.checks[0].computed_including_filler


def with_birth(raw):
    return TD3[1][:13] + raw + check_digit(raw) + TD3[1][20:]


@pytest.mark.parametrize(
    ("raw", "today", "years"),
    [
        ("740812", TODAY, [1974]),
        ("261121", TODAY, [2026, 1926]),
        ("261122", TODAY, [1926, 2026]),
        ("200101", TODAY, [2020, 1920]),
        ("161121", TODAY, [2016]),
        ("340101", TODAY, [1934, 2034]),
        ("361120", TODAY, [1936]),
        ("26<<<<", TODAY, [2026, 1926]),
        ("000229", TODAY, [2000]),
        ("<<0812", TODAY, []),
        ("<<<<<<", TODAY, []),
        ("990101", dt.date(2000, 1, 1), [1999, 1899]),
    ],
)
def test_the_century_of_birth(raw, today, years):
    mrz = parse(TD3[0] + with_birth(raw), today)
    assert [reading.year for reading in mrz.birth.readings] == years


@given(st.dates(dt.date(1937, 1, 1), dt.date(2026, 11, 21)))
def test_a_birth_date_is_among_its_readings(born):
    mrz = parse(TD3[0] + with_birth(f"{born:%y%m%d}"), TODAY)
    readings = [(r.year, r.month, r.day) for r in mrz.birth.readings]
    assert (born.year, born.month, born.day) in readings
    assert mrz.birth.precision == "day"


def test_impossible_days_keep_what_is_possible():
    assert parse(TD3[0] + with_birth("740231"), TODAY).birth.readings[0].iso() == "1974-02"
    assert parse(TD3[0] + with_birth("7408<<"), TODAY).birth.precision == "month"
    assert parse(TD3[0] + with_birth("741308"), TODAY).birth.readings[0].month == 13


def test_expiry_is_in_this_century():
    assert parse(TD3[0] + TD3[1], TODAY).expiry.readings[0].iso() == "2012-04-15"


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
