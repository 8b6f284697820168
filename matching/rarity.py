"""How much a shared name token says: rare tokens much, common ones little."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Protocol

from matching.tables import rows

MIN_WEIGHT = 0.1
"""Least weight of a word that is no particle, in nats."""

WORLD = 20_000
"""Imagined names, spread as in the base table, that are added to every population."""


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


@cache
def _common() -> dict[str, float]:
    """Form -> share of the world's names that hold it."""
    shares: dict[str, float] = {}
    for per_million, *forms in rows("common_names.tsv"):
        for form in forms:
            shares.setdefault(form, float(per_million) * 1e-6)
    return shares


def smoothed(count: int, population: int, form: str) -> float:
    """Inverse document frequency of a form in nats, smoothed with the base table of common names.

    A list of some hundred records holds one John: without the table John would look rare there.
    """
    imagined = WORLD * _common().get(form, 0.0)
    return max(MIN_WEIGHT, math.log((population + WORLD) / max(1.0, count + imagined)))


class VocabularyRarity:
    """Rarity in the population of one index.

    `count` gives the number of records that hold a form; `population` is the number of records.
    """

    __slots__ = ("_population", "_weight")

    def __init__(self, count: Callable[[str], int], population: int) -> None:
        self._population = population
        self._weight = lru_cache(maxsize=1 << 15)(
            lambda form: smoothed(count(form), population, form)
        )

    @property
    def population(self) -> int:
        """The number of records from which the weights were counted."""
        return self._population

    def weight(self, token: str) -> float:
        """Inverse document frequency of `token` in nats."""
        return self._weight(token)


def _none(_: str) -> int:
    return 0


DEFAULT: Rarity = VocabularyRarity(_none, 0)
"""For sources that do not know their own population: only the base table of common names."""
