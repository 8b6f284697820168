"""What records of several sources become: entities with their members, values and reasons."""

from __future__ import annotations

from dataclasses import dataclass

from matching.rank import Scored

Key = tuple[str, str]
"""Source and record id."""


@dataclass(frozen=True, slots=True)
class Member:
    """A scored record of one source."""

    source: str
    scored: Scored

    @property
    def key(self) -> Key:
        """Source and record id, unique among all records."""
        return self.source, self.scored.record.id


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two records are of one entity.

    `rule` is a code: same_document, same_number (one issuer is unknown), name_and_birth,
    name_and_month, rare_name_and_year, same_vin or same_plate.
    `probability` (0..1) is that of the two being one.
    """

    left: Key
    right: Key
    rule: str
    probability: float


@dataclass(frozen=True, slots=True)
class Attribute:
    """One value of a field, as the best member writes it, with every record that states it.

    `conflicting` says that another value of the field cannot be true at the same time.
    """

    field: str
    value: str
    provenance: tuple[Key, ...]
    conflicting: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, document or vehicle: its records, best first, and what they say together.

    `entity_id` depends on the members' keys only. `reasons` is a spanning set: one less than there
    are members, so that taking one away splits the entity in two.
    """

    entity_id: str
    label: str
    members: tuple[Member, ...]
    attributes: tuple[Attribute, ...]
    reasons: tuple[Reason, ...]
