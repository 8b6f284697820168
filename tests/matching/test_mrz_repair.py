"""Repair: only what check digits confirm, always logged."""

from __future__ import annotations

import datetime as dt
import json
import string

from hypothesis import given
from hypothesis import strategies as st

from matching.mrz import parse

TODAY = dt.date(2026, 11, 21)
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
MRZ_LINE = st.text(string.ascii_uppercase + string.digits + "<", min_size=44, max_size=44)


def test_real_ocr_samples_are_repaired(shared_lists):
    samples = json.loads((shared_lists / "mrz" / "mrz_samples.json").read_text("utf-8"))["samples"]
    repaired = [m for m in (parse("".join(s["lines"]), TODAY) for s in samples) if m.repairs]
    assert [m.valid for m in repaired] == [True, True, True]
    assert {r.field for m in repaired for r in m.repairs} == {"birth", "expiry", "composite"}


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
