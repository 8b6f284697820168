"""The table of features and weights: what each finding adds to or takes from the log-odds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from matching.align import WordPair

MAX_PROBABILITY = 1 - 1e-9
"""Certainty is for people; the log-odds go on beyond it."""


class Feature(StrEnum):
    """What is compared. The text of each is its explanation to an officer or auditor."""

    BIAS = "bias"
    """How unlikely it is, before any look, that this record is meant: one of all the records and
    of the many people in none of them."""
    NAME = "name"
    """The best pair of names: rare words that agree raise much, common ones little; words that
    stand against each other lower."""
    NAME_QUALITY = "name_quality"
    """The matching name is one that the owner of the record trusts little."""
    BIRTH = "birth"
    """The closest pair of dates of birth."""
    SEX = "sex"
    """Sex as on the document; unknown says nothing."""
    NATIONALITY = "nationality"
    """Any common nationality."""
    BIRTH_PLACE = "birth_place"
    """Any common word of the place of birth."""
    DOCUMENT = "document"
    """The same number of the same issuer; the same number of two countries is two documents."""
    VIN = "vin"
    """The vehicle identification number."""
    PLATE = "plate"
    """The registration plate with its country."""
    CLONED_PLATE = "cloned_plate"
    """The plate agrees on another VIN: a copied plate, or a plate issued again."""
    ENGINE = "engine"
    """The number of the motor."""
    APPEARANCE = "appearance"
    """Make, model, colour and type."""
    LIMIT = "limit"
    """A name whose date of birth contradicts it stays possible, and no more; a name that no date
    or document speaks for stays probable, however rare it is: two people may share it."""


TABLE: Mapping[Feature, Mapping[str, float]] = {
    Feature.NAME_QUALITY: {"weak": -1.0},
    Feature.BIRTH: {
        "exact": 8.9, "calendar": 8.0, "invalid_fix": 7.5, "swap": 6.7, "month": 5.8,
        "exact_filler": 5.0, "year_only": 4.1, "range": 3.0, "year_weak": 3.6, "near_day": -0.3,
        "typo": -0.6, "near_year": -1.6, "typo_year": -2.2, "contradicts": -4.7, "unknown": 0.0,
    },
    Feature.SEX: {"equal": 0.4, "different": -2.9},
    Feature.NATIONALITY: {"equal": 1.6, "different": -0.8},
    Feature.BIRTH_PLACE: {"equal": 1.8, "different": -0.2},
    Feature.DOCUMENT: {
        "equal": 16.0, "equal_issuer_unknown": 14.0, "confusable": 9.0, "different_issuer": 0.0,
        "different": -0.5,
    },
    Feature.VIN: {"equal": 18.0, "confusable": 10.0, "partial": 9.0, "different": -6.0},
    Feature.PLATE: {
        "equal": 13.0, "equal_country_unknown": 11.0, "confusable": 9.0, "different_country": -1.0,
        "different": -3.0,
    },
    Feature.CLONED_PLATE: {"different": -1.5},
    Feature.ENGINE: {"equal": 12.0, "confusable": 8.0, "partial": 4.0, "different": -2.0},
    Feature.APPEARANCE: {"equal": 0.7, "different": -1.0},
}  # fmt: skip
"""Log-odds in nats by feature and outcome.

Birth, sex and document weights start from values learned on a million records with corrupted
queries; the others are judgement. Positive raises the probability, negative lowers it.
"""

BIAS = -1.0
"""Nats that are added to -log(population + imagined names)."""

YEARS_APART = -0.06
"""Further nats for each year between two dates of birth, up to 40 years."""

NATS_PER_CHARACTER = 2.0
"""An identifier says no more than its length allows: about one of eight values a character."""

LIMIT_KNEE, LIMIT_TOP = -2.5, -0.05
"""A name against its date of birth rises freely to the knee and never reaches the top (logits)."""


ALONE_KNEE, ALONE_TOP = 1.0, 2.9
"""The same for a name that no date of birth and no document speaks for: less than 0.95."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding of a comparison and what it adds to the log-odds.

    `outcome` is a key of `TABLE` or names the case; `similarity` is 0..1; `detail` holds the word
    pairs of a name, whose weights add up to `log_odds`.
    """

    feature: Feature
    outcome: str
    query_value: str = ""
    record_value: str = ""
    similarity: float = 0.0
    log_odds: float = 0.0
    detail: tuple[WordPair, ...] = ()


def found(
    feature: Feature, outcome: str, values: tuple[str, str], similarity: float, extra: float = 0.0
) -> Evidence:
    """Evidence with the weight of the table plus `extra` nats; KeyError for an unknown outcome."""
    weight = TABLE[feature][outcome] + extra
    return Evidence(feature, outcome, values[0], values[1], similarity, weight)


def probability(log_odds: float) -> float:
    """The probability of log-odds in nats: 0 to 1 - 1e-9."""
    if log_odds < 0:
        odds = math.exp(max(log_odds, -700.0))
        return odds / (1 + odds)
    return min(MAX_PROBABILITY, 1 / (1 + math.exp(-min(log_odds, 700.0))))


def softly_limited(log_odds: float, knee: float = LIMIT_KNEE, top: float = LIMIT_TOP) -> float:
    """Log-odds that rise ever more slowly above `knee` and stay below `top`; order is kept."""
    if log_odds <= knee:
        return log_odds
    room = top - knee
    above = (log_odds - knee) / room
    return knee + room * above / (1 + above)
