"""An index over the records of one source: flat arrays, opened without reading them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Array, Arrays
from matching.build import KINDS, NAMED, birth_number, build
from matching.candidates import NameSearch, query_terms
from matching.exact import ExactTable
from matching.exact_keys import birth_key, document_keys, record_id_key, vehicle_keys
from matching.names import name_tokens
from matching.payload import unpack
from matching.rarity import Rarity, VocabularyRarity
from matching.record import Kind, Name, PartialDate, Person, Record, Subject, Vehicle
from matching.vocabulary import Vocabulary

__all__ = ["BUDGET", "Found", "Index", "build"]

BUDGET = 50_000
"""Postings that one search may read before it stops and says so."""

MAX_ROWS = 500
"""Most rows of one answer, and most rows read for one identifier."""

_BIRTH_EXACT, _BIRTH_YEAR, _BIRTH_PART, _BIRTH_NEAR, _BIRTH_OTHER = 8.9, 6.7, -0.6, -1.6, -4.7


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that deserve a comparison, most promising first.

    `promises` estimate the log-odds of name and date of birth of each row, without the bias;
    infinite for rows with an identifier of the subject. `touched` counts the names and rows that
    were weighed (postings read are bounded by the budget); `cut` says that a budget or bound left
    something unread that might have been better.
    """

    rows: tuple[int, ...]
    touched: int
    cut: bool
    promises: tuple[float, ...] = ()


class Index:
    """Search over the arrays that `build` made, which may be read-only memory maps.

    Safe for several threads; keeps no record alive.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._vocabulary = Vocabulary(arrays)
        self._names = NameSearch(arrays)
        self._exact = ExactTable(arrays)
        self._arrays = arrays
        self._posting_at = arrays["posting_at"]
        self._rarity = VocabularyRarity(self._count, len(self))

    def __len__(self) -> int:
        return len(self._arrays["row_kind"])

    @property
    def rarity(self) -> Rarity:
        """How rare a name is among the records of this index."""
        return self._rarity

    @property
    def cut_names(self) -> int:
        """Names of records beyond the bounds, of which only the head is searched."""
        return int(self._arrays["counts"][1])

    def _count(self, form: str) -> int:
        word = self._vocabulary.find(form)
        return 0 if word is None else int(self._posting_at[word + 1] - self._posting_at[word])

    def record(self, row: int) -> Record:
        """The record of a row, decoded; IndexError for a row outside 0..len - 1."""
        if not 0 <= row < len(self):
            raise IndexError(row)
        at = self._arrays["payload_at"]
        return unpack(self._arrays["payload"][int(at[row]) : int(at[row + 1])].tobytes())

    def find(self, record_id: str) -> int | None:
        """The row of an id, None where there is none."""
        for row in self._exact.rows(record_id_key(record_id), MAX_ROWS):
            if self.record(row).id == record_id:
                return row
        return None

    def search(self, subject: Subject, limit: int = 50, budget: int = BUDGET) -> Found:
        """The rows most worth comparing with a subject, at most `limit` (1 to 500).

        Persons find records of persons and of unknown kind by name and document; documents find
        records of any kind that hold them; vehicles find vehicles. Exact identifiers come first.
        """
        limit = min(max(limit, 1), MAX_ROWS)
        if isinstance(subject, Person):
            return self._person(subject, limit, budget)
        if isinstance(subject, Vehicle):
            return self._identified([list(vehicle_keys(subject))], {Kind.VEHICLE}, limit)
        return self._identified([list(document_keys(subject))], set(KINDS), limit)

    def _identified(self, keys: list[list[str]], kinds: set[Kind], limit: int) -> Found:
        rows, touched = self._exact_rows(keys, kinds)
        kept = tuple(rows[:limit])
        return Found(kept, touched, len(rows) > limit, (math.inf,) * len(kept))

    def _exact_rows(self, keys: list[list[str]], kinds: set[Kind]) -> tuple[list[int], int]:
        """Rows of any key; of each identifier the exact key comes before the levelled ones."""
        found: dict[int, None] = {}
        touched = 0
        for rank in range(max(map(len, keys), default=0)):
            for own in keys:
                rows = self._exact.rows(own[rank], MAX_ROWS) if rank < len(own) else []
                touched += len(rows)
                found.update(dict.fromkeys(rows))
        kind = self._arrays["row_kind"]
        return [row for row in found if KINDS[int(kind[row])] in kinds], touched

    def _person(self, person: Person, limit: int, budget: int) -> Found:
        exact, touched = self._exact_rows(
            [list(document_keys(document)) for document in person.documents], set(NAMED)
        )
        seeds = self._born(person.births)
        scores: dict[int, float] = dict.fromkeys(exact, math.inf)
        cut = len(exact) > limit
        share = budget // max(1, len(person.names))
        for name in person.names:
            rows, values, read, was_cut = self._by_name(name, person.births, seeds, limit, share)
            touched += read
            cut = cut or was_cut
            for row, value in zip(rows, values, strict=True):
                scores[row] = max(value, scores.get(row, value))
        scores.update(dict.fromkeys(exact, math.inf))
        ranked = sorted(scores, key=lambda row: -scores[row])[:limit]
        return Found(tuple(ranked), touched, cut, tuple(scores[row] for row in ranked))

    def _born(self, births: tuple[PartialDate, ...]) -> NDArray[np.uint32]:
        """Names of the rows with the same full date of birth."""
        rows = [r for b in births if birth_key(b) for r in self._exact.rows(birth_key(b), MAX_ROWS)]
        at = self._arrays["row_names_at"]
        names = [np.arange(at[row], at[row + 1], dtype=np.uint32) for row in sorted(set(rows))]
        return np.concatenate(names) if names else np.zeros(0, dtype=np.uint32)

    def _by_name(
        self, name: Name, births: tuple[PartialDate, ...], seeds: NDArray[np.uint32], limit: int,
        budget: int,
    ) -> tuple[list[int], list[float], int, bool]:  # fmt: skip
        terms = query_terms(name_tokens(name), self._vocabulary, self._rarity)
        if not terms:
            return [], [], 0, False
        found = self._names.rank(terms, seeds, limit, budget)
        rows = self._arrays["name_row"][found.names]
        estimate = found.estimate + self._birth_estimate(rows, births)
        order = np.lexsort((rows, -estimate))[: limit * 4]
        return rows[order].tolist(), estimate[order].tolist(), len(rows), found.cut

    def _birth_estimate(self, rows: Array, births: tuple[PartialDate, ...]) -> Array:
        """Log-odds of the best agreement of any date; 0 where either side has none."""
        wanted = [number for number in map(birth_number, births) if number]
        if not wanted or not len(rows):
            return np.zeros(len(rows), dtype=np.float32)
        starts = self._arrays["births_at"][rows].astype(np.int64)
        ends = self._arrays["births_at"][rows.astype(np.int64) + 1].astype(np.int64)
        best = np.full(len(rows), -np.inf, dtype=np.float32)
        for nth in range(int(np.max(ends - starts, initial=0))):
            has = starts + nth < ends
            known = self._arrays["births"][starts[has] + nth]
            for number in wanted:
                best[has] = np.maximum(best[has], _birth_odds(known, number))
        return np.where(np.isfinite(best), best, 0)


def _birth_odds(known: Array, wanted: int) -> Array:
    dates = known.astype(np.int64)
    years = np.abs(dates // 10_000 - wanted // 10_000)
    day_month, wanted_rest = dates % 10_000, wanted % 10_000
    partial = (day_month % 100 == 0) | (wanted_rest % 100 == 0)
    swapped = day_month == (wanted_rest % 100) * 100 + wanted_rest // 100
    same_year = np.where(
        day_month == wanted_rest, _BIRTH_EXACT,
        np.where(partial | swapped, _BIRTH_YEAR, _BIRTH_PART),
    )  # fmt: skip
    other = np.where(years <= 2, _BIRTH_NEAR, _BIRTH_OTHER)
    one_slip = (day_month == wanted_rest) & (years > 0)
    odds = np.where(years == 0, same_year, np.where(one_slip, _BIRTH_PART, other))
    return np.asarray(odds, dtype=np.float32)


def indexed(records: Iterable[Record]) -> Index:
    """An index over records, in memory."""
    return Index(build(records))
