"""How much a shared name token says: rare tokens much, common ones little."""

from __future__ import annotations

from typing import Protocol


class Rarity(Protocol):
    """The weight of a normalised name token in some population.

    `weight(token)` is the inverse document frequency in nats, log(N / n), at least 0.1, where `n`
    of the `N` names of the population hold the token (n = 1 for a token never seen).
    `population` is N.
    """

    @property
    def population(self) -> int:
        """The number of records from which the weights were counted."""

    def weight(self, token: str) -> float:
        """Inverse document frequency of `token` in nats."""
