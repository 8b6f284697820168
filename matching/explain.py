"""Reasons of a comparison as codes with parameters, for others to put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matching.align import WordPair
from matching.compare import Comparison
from matching.evidence import TABLE, Evidence
from matching.similarity import Rule


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code (`birth.exact`, `name.pair.typo`), its parameters, its log-odds.

    The parameters are `query`, `record` (either may be empty) and `similarity` (`0.00` to `1.00`).
    """

    code: str
    parameters: Mapping[str, str]
    log_odds: float


_OUTSIDE_THE_TABLE = (
    "bias.population", "name.aligned", "name.different", "limit.birth_contradicts",
    "limit.name_alone", "name.pair.missing", "name.pair.extra", "name.pair.floor",
)  # fmt: skip


def codes() -> frozenset[str]:
    """Every code that a reason can have."""
    weighed = {f"{feature}.{outcome}" for feature, row in TABLE.items() for outcome in row}
    return frozenset({*weighed, *(f"name.pair.{rule}" for rule in Rule), *_OUTSIDE_THE_TABLE})


def reasons(comparison: Comparison) -> tuple[Reason, ...]:
    """All reasons in the order of the evidence; word pairs follow the name they belong to.

    The log-odds of the reasons that are no `name.pair` add up to those of the comparison.
    """
    found: list[Reason] = []
    for item in comparison.evidence:
        found.append(reason_of(item))
        found += [_pair(pair) for pair in item.detail]
    return tuple(found)


def reason_of(item: Evidence) -> Reason:
    """One item of evidence as a reason."""
    parameters = _parameters(item.query_value, item.record_value, item.similarity)
    return Reason(f"{item.feature}.{item.outcome}", parameters, item.log_odds)


def _pair(pair: WordPair) -> Reason:
    parameters = _parameters(pair.query, pair.record, pair.similarity)
    return Reason(f"name.pair.{pair.rule}", parameters, pair.weight)


def _parameters(query: str, record: str, similarity: float) -> Mapping[str, str]:
    return {"query": query, "record": record, "similarity": f"{similarity:.2f}"}
