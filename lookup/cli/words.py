"""The words for codes and numbers of an answer, in the language of the screen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lookup.languages.wording import Wording, wording

LIKELIHOOD = (99, 90, 70, 50, 20, 0)
"""Percent from which on a probability has words of its own."""

TOLD = ("told.other_kind", "told.left_out", "told.late", "told.full", "told.cut")
"""Reasons of outcomes that a gateway gives in the English words of the catalogue."""


def probability(value: float) -> str:
    """Percent, never rounded to certainty: `97.3 %`, `> 99.9 %`, `< 0.1 %`."""
    if value > 0.999:
        return "> 99.9 %"
    return "< 0.1 %" if value < 0.001 else f"{value * 100:.1f} %"


def likelihood(says: Wording, value: float) -> str:
    """A probability of 0 to 1 in words."""
    bound = next((bound for bound in LIKELIHOOD if value >= bound / 100), 0)
    return says.text(f"likelihood.{bound}")


def band(says: Wording, enum: Any, value: int) -> str:
    """The words for a value of `lookup.v1.Band`."""
    code = name_of(enum, value).removeprefix("BAND_")
    return says.coded("band", code) or says.text("unknown.band")


def status(says: Wording, enum: Any, value: int) -> str:
    """The words for a value of `lookup.v1.SourceStatus`; one not known is told by its number."""
    code = name_of(enum, value).removeprefix("SOURCE_STATUS_")
    return says.coded("status", code) or says.text("unknown.status", number=str(value))


def instruction(says: Wording, code: str) -> str:
    """What to do next, in a sentence; a code that is not known never reads as harmless."""
    if not code:
        return says.text("unknown.no_instruction")
    return says.coded("instruction", code) or says.text("unknown.instruction", code=code)


def told(says: Wording, reason: str) -> str:
    """The reason of an outcome; what the owner of a source wrote keeps its language."""
    english = wording("en")
    return next((says.text(key) for key in TOLD if english.text(key) == reason), reason)


def coded(says: Wording, kind: str, code: str) -> str:
    """The words for a code of a kind, or the code without its underscores."""
    return says.coded(kind, code) or plain(code)


def plain(code: str) -> str:
    """A code that has no words of its own: `NOTICE_RED` becomes `notice red`."""
    return code.replace("_", " ").lower()


def name_of(enum: Any, value: int) -> str:
    """The name of a value of a protobuf enum, empty for one that is not known."""
    try:
        return str(enum.Name(value))
    except ValueError:
        return ""


def count(number: int, one: str) -> str:
    """`1 lead`, `2 leads`, on screens that speak English only."""
    return f"{number} {one}{'' if number == 1 else 's'}"


def age(says: Wording, moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the largest fitting unit: `5 min`, `3 h`, `12 days`; 0 s for the future."""
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return says.count(f"age.{unit}", seconds // size)
    return says.count("age.seconds", seconds)


def dated(says: Wording, message: Any, now: dt.datetime) -> str:
    """The `as_of` of an outcome with its age: `data of 2026-11-20 06:00 UTC (1 day old)`."""
    if not message.HasField("as_of"):
        return says.text("age.unknown")
    try:
        as_of = message.as_of.ToDatetime(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return says.text("age.unreadable")
    time = f"{as_of:%Y-%m-%d %H:%M}"
    if as_of > now:
        return says.text("age.future", time=time)
    return says.text("age.dated", time=time, age=age(says, as_of, now))
