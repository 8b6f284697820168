"""The words for codes and numbers of an answer, in the order in which an officer needs them."""

from __future__ import annotations

import datetime as dt
from typing import Any

PROBABILITY = (
    (0.99, "almost certainly the same"),
    (0.90, "very likely the same"),
    (0.70, "likely the same"),
    (0.50, "more likely the same than not"),
    (0.20, "possibly the same"),
    (0.00, "cannot be excluded"),
)

BAND = {
    "BAND_EXACT_IDENTIFIER": "exact identifier",
    "BAND_STRONG": "strong",
    "BAND_PROBABLE": "probable",
    "BAND_POSSIBLE": "possible",
}

STATUS = {
    "SOURCE_STATUS_ANSWERED": "answered",
    "SOURCE_STATUS_TIMED_OUT": "no answer in time",
    "SOURCE_STATUS_UNAVAILABLE": "not reachable",
    "SOURCE_STATUS_SUSPENDED": "switched off",
    "SOURCE_STATUS_REFUSED": "refused the query",
    "SOURCE_STATUS_GARBLED": "answer not readable",
    "SOURCE_STATUS_NOT_APPLICABLE": "not asked",
    "SOURCE_STATUS_STALE": "data too old",
    "SOURCE_STATUS_LOADING": "still loading",
}

INSTRUCTION = {
    "DETAIN_IF_NATIONAL_LAW_PERMITS_AFTER_CONFIRMATION": (
        "Have the owner confirm first. Only then, and only if national law permits, "
        "hold the person."
    ),
    "COLLECT_INFO_DO_NOT_ALERT": (
        "Note identity, place and company. Do not let the person notice the record."
    ),
    "ASSESS_RISK": "Assess the risk under national law; the record is a warning, no order.",
    "SAFEGUARD_AND_CONTACT_NCB": (
        "Somebody is missed: keep the person safe and contact your national central bureau."
    ),
    "IDENTIFICATION_INFO": "Helps to identify a body: contact your national central bureau.",
    "BROADCAST_TO_CONCERNED": "A serious, imminent threat: tell the services concerned at once.",
    "INFO": "For information: a way of working, not a person to act on.",
    "APPLY_NATIONAL_SANCTIONS_LAW": "Apply national sanctions law once the identity is confirmed.",
    "COLLECT_ASSET_INFO": "Note what is known about assets; no action against the person.",
    "SECURE_ITEM_AFTER_CONFIRMATION": (
        "Have the owner confirm that the item is still sought, then secure it."
    ),
    "CHECK_RIGHTFUL_HOLDER": (
        "Often the rightful holder who found it again: check the holder, ask the issuer."
    ),
    "VERIFY_IDENTITY_AND_CONFIRM_WITH_OWNER": (
        "Verify the identity and have the owner confirm the record."
    ),
}

UNKNOWN_INSTRUCTION = "Do nothing on this screen alone: ask your supervisor what this code means"


def probability(value: float) -> str:
    """Percent, never rounded to certainty: `97.3 %`, `> 99.9 %`, `< 0.1 %`."""
    if value > 0.999:
        return "> 99.9 %"
    return "< 0.1 %" if value < 0.001 else f"{value * 100:.1f} %"


def likelihood(value: float) -> str:
    """A probability of 0 to 1 in words."""
    return next((words for bound, words in PROBABILITY if value >= bound), PROBABILITY[-1][1])


def instruction(code: str) -> str:
    """What to do next, in a sentence; a code that is not known never reads as harmless."""
    return INSTRUCTION.get(code) or f"{UNKNOWN_INSTRUCTION}: {code or 'none was given'}."


def plain(code: str, prefix: str = "") -> str:
    """A code that has no words of its own: `NOTICE_RED` becomes `notice red`."""
    return code.removeprefix(prefix).replace("_", " ").lower()


def name_of(enum: Any, value: int) -> str:
    """The name of a value of a protobuf enum, empty for one that is not known."""
    try:
        return str(enum.Name(value))
    except ValueError:
        return ""


def count(number: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def age(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the largest fitting unit: `5 min`, `3 h`, `12 days`."""
    seconds = (now - moment).total_seconds()
    if seconds < 0:
        return "in the future"
    for unit, size in (("day", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            whole = int(seconds // size)
            return count(whole, unit, "days" if unit == "day" else unit)
    return f"{int(seconds)} s"
