"""Joins records into groups by rules, within a budget, and never across a contradiction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Generic, TypeVar

from matching.align import Alignment

View = TypeVar("View", bound=Hashable)
"""What the rules know of a record; equal for records that say the same."""

JUDGING, ALIGNING = 20, 40
"""What judging two records and aligning two names cost, where looking at a pair costs 1."""


class Spent(Exception):
    """The budget of a merge is used up."""


class Budget:
    """Work that may still be done, in units of about 3 us; names are aligned once."""

    __slots__ = ("alignments", "left")

    def __init__(self, units: int) -> None:
        self.left = units
        self.alignments: dict[Hashable, Alignment] = {}

    def spend(self, units: int) -> None:
        """Take units off; raises Spent where too few are left."""
        self.left -= units
        if self.left < 0:
            raise Spent


@dataclass(frozen=True, slots=True)
class Rule(Generic[View]):
    """One way in which two records prove to be one.

    Only records that share a block are judged. `judge` gives the probability of the two being one
    or None; `clash` says of any two records of a group to be that they cannot be one. A `coarse`
    rule may fit several groups that clash: then it joins none of them.
    """

    name: str
    blocks: Callable[[View], Iterable[Hashable]]
    judge: Callable[[View, View, Budget], float | None]
    clash: Callable[[View, View], bool]
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Two records, by number, that a rule joined."""

    left: int
    right: int
    rule: str
    probability: float


class Groups(Generic[View]):
    """Records by number, joined step by step.

    Records of equal views are judged once: either the rule joins them or it tells none from the
    other, then only the first takes part.
    """

    def __init__(self, views: Sequence[View], budget: Budget) -> None:
        self.links: list[Link] = []
        self._budget = budget
        self._alike: dict[View, list[int]] = {}
        for number, view in enumerate(views):
            self._alike.setdefault(view, []).append(number)
        self._views = list(self._alike)
        self._records = list(self._alike.values())
        self._one = [len(numbers) == 1 for numbers in self._records]
        self._group = list(range(len(self._views)))
        self._inside = {number: [number] for number in self._group}

    def apply(self, rules: Iterable[Rule[View]]) -> None:
        """Join by each rule in turn; what the budget does not reach stays apart."""
        try:
            for rule in rules:
                self._join_alike(rule)
                self._join_pairs(rule)
        except Spent:
            return

    def groups(self) -> list[list[int]]:
        """The record numbers of each group, ascending, groups by their first number."""
        joined: list[list[int]] = []
        for inside in self._inside.values():
            joined.append(sorted(n for view in inside for n in self._taking_part(view)))
            joined += [
                [n] for view in inside if not self._one[view] for n in self._records[view][1:]
            ]
        return sorted(joined)

    def _taking_part(self, view: int) -> list[int]:
        return self._records[view] if self._one[view] else self._records[view][:1]

    def _join_alike(self, rule: Rule[View]) -> None:
        for number, view in enumerate(self._views):
            if self._one[number] or not any(True for _ in rule.blocks(view)):
                continue
            likely = self._judged(rule, number, number)
            if likely is not None and not rule.clash(view, view):
                first, *others = self._records[number]
                self._one[number] = True
                self.links += [Link(first, other, rule.name, likely) for other in others]

    def _join_pairs(self, rule: Rule[View]) -> None:
        if not rule.coarse:
            for left, right in self._pairs(rule):
                likely = self._judged(rule, left, right)
                if likely is not None:
                    self._join(rule, left, right, likely)
            return
        found = [
            (left, right, likely) for left, right in self._pairs(rule)
            if (likely := self._judged(rule, left, right)) is not None
        ]  # fmt: skip
        guesses = self._guesses(rule, [(left, right) for left, right, _ in found])
        for left, right, likely in found:
            if not {self._group[left], self._group[right]} & guesses:
                self._join(rule, left, right, likely)

    def _judged(self, rule: Rule[View], left: int, right: int) -> float | None:
        self._budget.spend(JUDGING)
        return rule.judge(self._views[left], self._views[right], self._budget)

    def _pairs(self, rule: Rule[View]) -> Iterator[tuple[int, int]]:
        """Pairs of views of one block that are not of one group by then, each at most once."""
        blocks: dict[Hashable, list[int]] = {}
        for number, view in enumerate(self._views):
            for key in dict.fromkeys(rule.blocks(view)):
                blocks.setdefault(key, []).append(number)
        seen: set[tuple[int, int]] = set()
        for block in blocks.values():
            for pair in combinations(block, 2):
                self._budget.spend(1)
                if self._group[pair[0]] != self._group[pair[1]] and pair not in seen:
                    seen.add(pair)
                    yield pair

    def _join(self, rule: Rule[View], left: int, right: int, likely: float) -> None:
        one, two = sorted((self._group[left], self._group[right]))
        if one == two or self._clash(rule, one, two):
            return
        moved = self._inside.pop(two)
        self._inside[one] += moved
        for number in moved:
            self._group[number] = one
        first, second = self._records[left][0], self._records[right][0]
        self.links.append(Link(first, second, rule.name, likely))

    def _clash(self, rule: Rule[View], one: int, two: int) -> bool:
        for left, right in product(self._inside[one], self._inside[two]):
            self._budget.spend(1)
            if rule.clash(self._views[left], self._views[right]):
                return True
        return False

    def _guesses(self, rule: Rule[View], found: list[tuple[int, int]]) -> set[int]:
        """Groups that the rule would join to groups that clash with each other."""
        near: dict[int, set[int]] = {}
        for left, right in found:
            one, two = self._group[left], self._group[right]
            near.setdefault(one, set()).add(two)
            near.setdefault(two, set()).add(one)
        guesses: set[int] = set()
        for one, two in combinations(sorted(near), 2):
            common = near[one] & near[two]
            if common and self._clash(rule, one, two):
                guesses |= common
        return guesses
