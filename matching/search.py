"""The search of one source from question to ranked records, as checks and evaluations do it."""

from __future__ import annotations

from matching.index import Index
from matching.rank import Scored, Thresholds, score
from matching.record import Subject

CANDIDATES = 50
"""Most candidates that a check compares, per source and subject."""


def find(index: Index, subject: Subject, thresholds: Thresholds, limit: int) -> list[Scored]:
    """The records worth reporting, best first, at most `limit` (1 to 500)."""
    found = index.search(subject, max(CANDIDATES, limit))
    records = (index.record(row) for row in found.rows)
    return score(subject, records, index.rarity, thresholds, limit, found.promises)
