"""Which words of two names belong together, what is left over, and what that says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from numpy.typing import NDArray

from matching.names import Part, Role, Run, Token, runs
from matching.rarity import Rarity
from matching.similarity import MATCHED, Likeness, Rule, best_likeness

JOINED_AT = 0.90
"""Least likeness at which two neighbours written as one count as the other's word."""

CULTURE = 2.0
"""Nats by which every word but the rarest says less: words of one culture go along."""

LEAST_SHARE = 0.1
"""Share of its nats that a word beside a rarer one keeps at least."""

CONFLICT, ONE_SIDED, SEX_ODDS, FLOOR = -1.5, -0.3, -4.0, -6.0
"""Log-odds of the first nat of words that stand against each other, and of words that only one
name has (later ones say less), of markers of different sex; and the least of a whole name: names
change, documents do not."""

_CONFLICT_HALF, _ONE_SIDED_HALF = 6.0, 12.0
"""Nats of words left over that count half."""

OTHER_PART = 0.96
"""Share of its likeness that a family name keeps as the given name of the other side."""

SURNAME = 1.25
"""A family name says a quarter more than its rarity."""

_INITIAL, _TRUNCATED = 0.75, 0.95
_INITIAL_NATS = 0.5
_LIGHT_NATS = 2.0
_SEX_SHARE = 0.6


Number = TypeVar("Number", float, NDArray[Any])


@dataclass(frozen=True, slots=True)
class WordPair:
    """One line of the explanation of a name.

    `query` or `record` is empty for a word that only one name has; `weight` is its share of the
    log-odds in nats.
    """

    rule: str
    query: str
    record: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """How two names compare: `similarity` 0..1, `log_odds` the sum of the pairs' weights."""

    similarity: float
    log_odds: float
    pairs: tuple[WordPair, ...]


NOTHING = Alignment(0.0, 0.0, ())


@dataclass(slots=True)
class _Side:
    """The words of one name that are still to be placed."""

    words: tuple[Token, ...]
    nats: list[float]
    open: list[int]
    truncated: bool

    def free(self, role: Role) -> list[int]:
        return [n for n in self.open if self.words[n].role is role]

    def take(self, *numbers: int) -> None:
        self.open = [n for n in self.open if n not in numbers]


_Placed = tuple[Rule, tuple[int, ...], tuple[int, ...], float]


def _side(words: tuple[Token, ...], rarity: Rarity, *, truncated: bool) -> _Side:
    return _Side(words, [word_nats(w, rarity) for w in words], list(range(len(words))), truncated)


def word_nats(word: Token, rarity: Rarity) -> float:
    """What a word is worth: its rarity, for a family name a quarter more, for an initial little."""
    if word.role is Role.NAME:
        nats = rarity.weight(word.form) * (SURNAME if word.part is Part.SURNAME else 1.0)
        # names count particles only where nothing else is there, so they look rarer than they are
        return min(nats, _LIGHT_NATS) if word.light else nats
    return _INITIAL_NATS if word.role is Role.INITIAL else 0.0


def align(
    query: tuple[Token, ...],
    record: tuple[Token, ...],
    rarity: Rarity,
    *,
    cut: tuple[bool, bool] = (False, False),
) -> Alignment:
    """Align two names; symmetric but for which side is called query.

    `cut` tells which name comes from an MRZ name field that is full to its last character, so that
    any word may have lost its end and later words may be missing (ICAO 9303-3 §4.6).
    """
    one = _side(query, rarity, truncated=cut[0])
    two = _side(record, rarity, truncated=cut[1])
    if not one.free(Role.NAME) or not two.free(Role.NAME):
        return NOTHING
    placed = [*_joined(one, two), *_swapped(_joined(two, one)), *_greedy(one, two)]
    placed += [*_truncated(one, two), *_swapped(_truncated(two, one))]
    placed += [*_initials(one, two), *_swapped(_initials(two, one))]
    return _weighed(one, two, placed)


def _swapped(placed: Iterator[_Placed]) -> Iterator[_Placed]:
    for rule, left, right, alike in placed:
        yield rule, right, left, alike


def _joined(one: _Side, two: _Side) -> Iterator[_Placed]:
    """Words of the second name that are several neighbours of the first one, written together."""
    words = one.words
    if len(words) < 2:
        return
    single = [(n, two.words[n].form) for n in two.free(Role.NAME)]
    for run in runs(words):
        form = "".join([words[n].form for n in run])
        for other, written in single:
            # one edit at most, so length and ends tell cheaply that most runs are something else
            if abs(len(form) - len(written)) > 2 or not _ends_alike(form, written):
                continue
            alike = _joined_likeness(one, run, form, two.words[other])
            if alike >= JOINED_AT and other in two.open:
                one.take(*run)
                two.take(other)
                yield Rule.JOINED, run, (other,), alike
                break


def _ends_alike(first: str, second: str) -> bool:
    return first[0] == second[0] or first[-2:] == second[-2:]


def _joined_likeness(side: _Side, numbers: Run, form: str, word: Token) -> float:
    """How like a word neighbours are when joined; 0 where one of them alone is as like."""
    if any(n not in side.open for n in numbers):
        return 0.0
    alike, _ = best_likeness((form,), word.forms)
    alone = max(best_likeness(side.words[n].forms, word.forms)[0] for n in numbers)
    return alike if alike > alone else 0.0


def _alike(first: Token, second: Token) -> Likeness:
    alike, rule = best_likeness(first.forms, second.forms)
    parts = {first.part, second.part}
    return (alike * OTHER_PART if parts == {Part.SURNAME, Part.GIVEN} else alike), rule


def _greedy(one: _Side, two: _Side) -> Iterator[_Placed]:
    """The most alike first; of equals those in the same place, so that both directions agree."""
    lines = [
        (-alike, abs(a - b), a + b, a, b, rule)
        for a in one.free(Role.NAME)
        for b in two.free(Role.NAME)
        for alike, rule in (_alike(one.words[a], two.words[b]),)
        if alike >= MATCHED
    ]
    for negative, _, _, a, b, rule in sorted(lines):
        if a in one.open and b in two.open:
            one.take(a)
            two.take(b)
            yield rule, (a,), (b,), -negative


def _truncated(one: _Side, two: _Side) -> Iterator[_Placed]:
    if not one.truncated:
        return
    for a in [n for n in one.open if one.words[n].role in {Role.NAME, Role.INITIAL}]:
        for b in two.free(Role.NAME):
            if any(form.startswith(one.words[a].form) for form in two.words[b].forms):
                one.take(a)
                two.take(b)
                yield Rule.TRUNCATED, (a,), (b,), _TRUNCATED
                break


def _initials(one: _Side, two: _Side) -> Iterator[_Placed]:
    for a in one.free(Role.INITIAL):
        for b in [n for n in two.open if two.words[n].role in {Role.NAME, Role.INITIAL}]:
            if any(form[0] == one.words[a].form for form in two.words[b].forms):
                one.take(a)
                two.take(b)
                yield Rule.INITIAL, (a,), (b,), _INITIAL
                break


def _text(side: _Side, numbers: tuple[int, ...]) -> str:
    return " ".join(side.words[n].text for n in numbers)


def _total(side: _Side, numbers: Iterable[int]) -> float:
    return sum(side.nats[n] for n in numbers)


def _worth(one: _Side, two: _Side, line: _Placed) -> float:
    """The nats of a matched pair: of the more common of both words."""
    rule, left, right, _ = line
    nats = _total(one, left), _total(two, right)
    if rule is Rule.TRUNCATED:
        written = min(len(one.words[left[0]].form), len(two.words[right[0]].form))
        return max(nats) * min(1.0, written / 6)
    return min(nats)


def likeness_strength(alike: Number) -> Number:
    """Share of a pair's nats that its likeness leaves: 1 at 1.0, none at 0.66; also for arrays."""
    return (alike - 0.66) / 0.34


def conflict_odds(nats: Number) -> Number:
    """Log-odds of words that stand against each other, of `nats` on either side; also arrays.

    The first words of another name say most: a record with many names is no worse for the last.
    """
    return CONFLICT * nats / (1 + nats / _CONFLICT_HALF)


def one_sided_odds(nats: Number) -> Number:
    """Log-odds of words that only one name has; also arrays."""
    return ONE_SIDED * nats / (1 + nats / _ONE_SIDED_HALF)


def _beside(worth: float) -> float:
    """The nats that a word says beside a rarer one."""
    return max(LEAST_SHARE * worth, worth - CULTURE)


def _weighed(one: _Side, two: _Side, placed: list[_Placed]) -> Alignment:
    worths = [_worth(one, two, line) for line in placed]
    rarest = max(range(len(placed)), key=lambda n: worths[n], default=-1)
    pairs = [
        WordPair(
            rule.value, _text(one, left), _text(two, right), round(alike, 4),
            likeness_strength(alike) * (worth if n == rarest else _beside(worth)),
        )
        for n, ((rule, left, right, alike), worth) in enumerate(zip(placed, worths, strict=True))
    ]  # fmt: skip
    left_over = [] if two.truncated else one.free(Role.NAME)
    right_over = [] if one.truncated else two.free(Role.NAME)
    missing, extra = _total(one, left_over), _total(two, right_over)
    pairs += [
        WordPair("missing", text, "", 0.0, weight)
        for text, weight in _leftovers(one, left_over, (missing, extra))
    ]
    pairs += [
        WordPair("extra", "", text, 0.0, weight)
        for text, weight in _leftovers(two, right_over, (extra, missing))
    ]
    sexes = _sex_conflict(one, two)
    pairs += sexes
    matched = sum(worths)
    alike = sum(worth * line[3] for worth, line in zip(worths, placed, strict=True))
    conflict = min(missing, extra)
    whole = matched + 1.3 * conflict + 0.3 * abs(missing - extra)
    similarity = (alike / whole if whole else 0.0) * (_SEX_SHARE if sexes else 1.0)
    return _floored(Alignment(min(1.0, similarity), sum(p.weight for p in pairs), tuple(pairs)))


def _leftovers(
    side: _Side, numbers: list[int], nats: tuple[float, float]
) -> list[tuple[str, float]]:
    """Words without a partner; the conflict is shared by both sides, the rest is one-sided.

    `nats` are those of all words left over on this side and on the other.
    """
    own, other = nats
    total = conflict_odds(min(own, other)) / 2 + one_sided_odds(max(0.0, own - other))
    share = total / own if own else 0.0
    return [(_text(side, (n,)), share * side.nats[n]) for n in numbers]


def _sex_conflict(one: _Side, two: _Side) -> list[WordPair]:
    """Bint against bin, Kaur against Singh, Thi against Van: another person of the same name."""
    marks = [{w.sex: w.text for w in side.words if w.sex} for side in (one, two)]
    if len(marks[0]) == 1 and len(marks[1]) == 1 and marks[0].keys() != marks[1].keys():
        (query,), (record,) = marks[0].values(), marks[1].values()
        return [WordPair(Rule.SEX.value, query, record, 0.0, SEX_ODDS)]
    return []


def _floored(alignment: Alignment) -> Alignment:
    if alignment.log_odds >= FLOOR:
        return alignment
    line = WordPair("floor", "", "", 0.0, FLOOR - alignment.log_odds)
    return Alignment(alignment.similarity, FLOOR, (*alignment.pairs, line))
