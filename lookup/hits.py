"""From the scored records of every source to ranked hits: merged, bounded, in a stable order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lookup.encounter import Asked, Notice
from lookup.guidance import instruction
from lookup.outcome import Outcome, Verdict
from matching.merge import Entity, Member, merge
from matching.record import kind_of


@dataclass(frozen=True, slots=True)
class Hit:
    """A lead: the records of one entity that may be about one subject, best first."""

    hit_id: str
    subject_index: int
    entity: Entity

    @property
    def best(self) -> Member:
        """The record that speaks most for the hit."""
        return self.entity.members[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings that protect officers, of all records, each once."""
        found = (w for member in self.entity.members for w in member.scored.record.warnings)
        return tuple(dict.fromkeys(found))

    @property
    def instruction(self) -> str:
        """What to do next, as a code."""
        return instruction(m.scored.record.category for m in self.entity.members)

    @property
    def owners(self) -> tuple[str, ...]:
        """Who must confirm before anybody acts."""
        found = (m.scored.record.owner or m.source for m in self.entity.members)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a check so far; final when every source has an outcome."""

    query_id: str
    verdict: Verdict
    hits: tuple[Hit, ...]
    outcomes: tuple[Outcome, ...]
    notices: tuple[Notice, ...] = ()
    omitted: int = 0
    sequence: int = 0
    final: bool = True


def assemble(asked: Asked, members: Sequence[Sequence[Member]]) -> tuple[Hit, ...]:
    """Hits of every subject, most probable first; `members` holds one sequence per subject.

    Members come in order of arrival: the first to arrive gives the hit its id, so the id stays
    the same when later sources add records to it.
    """
    hits = [
        Hit(_hit_id(asked.query_id, index, found, entity), index, entity)
        for index, found in enumerate(members)
        for entity in merge(found, kind_of(asked.subjects[index]))
    ]
    return tuple(sorted(hits, key=_rank))


def _rank(hit: Hit) -> tuple[float, float, int, str, str]:
    comparison = hit.best.scored.comparison
    best = hit.best.scored.record.id
    return (-comparison.log_odds, -comparison.similarity, hit.subject_index, hit.best.source, best)


def _hit_id(query_id: str, index: int, arrived: Sequence[Member], entity: Entity) -> str:
    inside = {(member.source, member.scored.record.id) for member in entity.members}
    keys = ((member.source, member.scored.record.id) for member in arrived)
    source, record_id = next(key for key in keys if key in inside)
    parts = (query_id, str(index), source, record_id)
    joined = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return hashlib.sha256(joined).hexdigest()[:16]
