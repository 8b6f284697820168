"""What to do next on a hit, by the category of its record; never an arrest (DOMAIN 1.3)."""

from __future__ import annotations

from collections.abc import Iterable

VERIFY = "VERIFY_IDENTITY_AND_CONFIRM_WITH_OWNER"

_BY_PREFIX = (
    ("NOTICE_RED", "DETAIN_IF_NATIONAL_LAW_PERMITS_AFTER_CONFIRMATION"),
    ("NOTICE_BLUE", "COLLECT_INFO_DO_NOT_ALERT"),
    ("NOTICE_GREEN", "ASSESS_RISK"),
    ("NOTICE_YELLOW", "SAFEGUARD_AND_CONTACT_NCB"),
    ("NOTICE_BLACK", "IDENTIFICATION_INFO"),
    ("NOTICE_ORANGE", "BROADCAST_TO_CONCERNED"),
    ("NOTICE_PURPLE", "INFO"),
    ("NOTICE_SILVER", "COLLECT_ASSET_INFO"),
    ("UN_", "APPLY_NATIONAL_SANCTIONS_LAW"),
    ("NOTICE_UN", "APPLY_NATIONAL_SANCTIONS_LAW"),
    ("SANCTION", "APPLY_NATIONAL_SANCTIONS_LAW"),
    ("STOLEN", "SECURE_ITEM_AFTER_CONFIRMATION"),
    ("LOST", "CHECK_RIGHTFUL_HOLDER"),
    ("REVOKED", "CHECK_RIGHTFUL_HOLDER"),
)


def instruction(categories: Iterable[str]) -> str:
    """The instruction code for the first category that has one, else to verify and confirm."""
    for category in categories:
        for prefix, code in _BY_PREFIX:
            if category.startswith(prefix):
                return code
    return VERIFY
