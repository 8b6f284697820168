"""What to do next: never an arrest, and never nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.guidance import VERIFY, instruction


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("NOTICE_RED", "DETAIN_IF_NATIONAL_LAW_PERMITS_AFTER_CONFIRMATION"),
        ("NOTICE_BLUE", "COLLECT_INFO_DO_NOT_ALERT"),
        ("NOTICE_GREEN", "ASSESS_RISK"),
        ("NOTICE_YELLOW", "SAFEGUARD_AND_CONTACT_NCB"),
        ("NOTICE_BLACK", "IDENTIFICATION_INFO"),
        ("NOTICE_ORANGE", "BROADCAST_TO_CONCERNED"),
        ("NOTICE_PURPLE", "INFO"),
        ("NOTICE_SILVER", "COLLECT_ASSET_INFO"),
        ("NOTICE_UN", "APPLY_NATIONAL_SANCTIONS_LAW"),
        ("SANCTION", "APPLY_NATIONAL_SANCTIONS_LAW"),
        ("STOLEN_BLANK", "SECURE_ITEM_AFTER_CONFIRMATION"),
        ("STOLEN_VEHICLE", "SECURE_ITEM_AFTER_CONFIRMATION"),
        ("LOST", "CHECK_RIGHTFUL_HOLDER"),
        ("REVOKED", "CHECK_RIGHTFUL_HOLDER"),
        ("", VERIFY),
        ("SOMETHING_ELSE", VERIFY),
    ],
)
def test_by_category(category, expected):
    assert instruction([category]) == expected


def test_the_first_category_that_says_something_counts():
    assert instruction(["", "OTHER", "NOTICE_BLUE", "NOTICE_RED"]) == "COLLECT_INFO_DO_NOT_ALERT"
    assert instruction([]) == VERIFY


@given(st.lists(st.text(max_size=12), max_size=4))
def test_never_an_arrest(categories):
    assert "ARREST" not in instruction(categories)
