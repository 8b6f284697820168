"""Which words of two names belong together, what is left over, and what that says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matching.names import Part, Role, Token
from matching.rarity import Rarity
from matching.similarity import MATCHED, Likeness, Rule, best_likeness

JOINED_AT = 0.90
"""Least likeness at which two neighbours written as one count as the other's word."""

CULTURE = 2.0
"""Nats by which every word but the rarest says less: words of one culture go along."""

CONFLICT, ONE_SIDED, SEX_ODDS, FLOOR = -0.6, -0.15, -4.0, -6.0
"""Log-odds per nat of words that stand against each other, of words that only one name has, of
markers of different sex; and the least of a whole name: names change, documents do not."""

_OTHER_PART = 0.96
_INITIAL, _TRUNCATED = 0.75, 0.95
_SURNAME = 1.25
_SEX_SHARE = 0.6


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
    open: list[int]
    truncated: bool

    def free(self, role: Role) -> list[int]:
        return [n for n in self.open if self.words[n].role is role]

    def take(self, *numbers: int) -> None:
        self.open = [n for n in self.open if n not in numbers]


_Placed = tuple[Rule, tuple[int, ...], tuple[int, ...], float]


def _side(words: tuple[Token, ...], *, truncated: bool) -> _Side:
    return _Side(words, list(range(len(words))), truncated)


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
    one, two = _side(query, truncated=cut[0]), _side(record, truncated=cut[1])
    if not one.free(Role.NAME) or not two.free(Role.NAME):
        return NOTHING
    placed = [*_joined(one, two), *_swapped(_joined(two, one)), *_greedy(one, two)]
    placed += [*_truncated(one, two), *_swapped(_truncated(two, one))]
    placed += [*_initials(one, two), *_swapped(_initials(two, one))]
    return _weighed(one, two, placed, rarity)


def _swapped(placed: Iterator[_Placed]) -> Iterator[_Placed]:
    for rule, left, right, alike in placed:
        yield rule, right, left, alike


def _runs(side: _Side) -> Iterator[tuple[int, ...]]:
    """Neighbouring words that may be written as one, longest runs first."""
    usable = [n for n in side.open if side.words[n].role in {Role.NAME, Role.PARTICLE}]
    for size in (3, 2):
        for at in range(len(usable) - size + 1):
            run = tuple(usable[at : at + size])
            if run[-1] - run[0] == size - 1 and any(
                side.words[n].role is Role.NAME for n in run
            ):
                yield run


def _joined(one: _Side, two: _Side) -> Iterator[_Placed]:
    """Words of the second name that are several neighbours of the first one, written together."""
    for run in list(_runs(one)):
        form = "".join(one.words[n].form for n in run)
        for other in two.free(Role.NAME):
            word = two.words[other]
            if abs(len(form) - len(word.form)) > 2 or not set(run) <= set(one.open):
                continue
            alike, _ = best_likeness((form,), word.forms)
            if alike >= JOINED_AT and alike > max(
                best_likeness(one.words[n].forms, word.forms)[0] for n in run
            ):
                one.take(*run)
                two.take(other)
                yield Rule.JOINED, run, (other,), alike
                break


def _alike(first: Token, second: Token) -> Likeness:
    alike, rule = best_likeness(first.forms, second.forms)
    parts = {first.part, second.part}
    return (alike * _OTHER_PART if parts == {Part.SURNAME, Part.GIVEN} else alike), rule


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


def _nats(side: _Side, numbers: tuple[int, ...], rarity: Rarity) -> float:
    """What words are worth: rarity, family names a quarter more, an initial a tenth of a name."""
    total = 0.0
    for word in (side.words[n] for n in numbers):
        if word.role is Role.NAME:
            factor = _SURNAME if word.part is Part.SURNAME else 1.0
            total += factor * min(rarity.weight(form) for form in word.forms[:1])
        elif word.role is Role.INITIAL:
            total += 0.5
    return total


def _worth(
    one: _Side, two: _Side, line: _Placed, rarity: Rarity
) -> float:
    """The nats of a matched pair: of the more common of both words."""
    rule, left, right, _ = line
    nats = min(_nats(one, left, rarity), _nats(two, right, rarity))
    if rule is Rule.TRUNCATED:
        written = min(len(one.words[left[0]].form), len(two.words[right[0]].form))
        nats = max(_nats(one, left, rarity), _nats(two, right, rarity)) * min(1.0, written / 6)
    return nats


def _strength(alike: float) -> float:
    """Share of a pair's nats that its likeness leaves: 1 at 1.0, none at 0.66."""
    return (alike - 0.66) / 0.34


def _weighed(one: _Side, two: _Side, placed: list[_Placed], rarity: Rarity) -> Alignment:
    worths = [_worth(one, two, line, rarity) for line in placed]
    rarest = max(range(len(placed)), key=lambda n: worths[n], default=-1)
    pairs = [
        WordPair(
            rule.value, _text(one, left), _text(two, right), round(alike, 4),
            _strength(alike) * (worth if n == rarest else max(0.1 * worth, worth - CULTURE)),
        )
        for n, ((rule, left, right, alike), worth) in enumerate(zip(placed, worths, strict=True))
    ]  # fmt: skip
    left_over = [] if two.truncated else one.free(Role.NAME)
    right_over = [] if one.truncated else two.free(Role.NAME)
    missing = _nats(one, tuple(left_over), rarity)
    extra = _nats(two, tuple(right_over), rarity)
    pairs += [
        WordPair("missing", text, "", 0.0, weight)
        for text, weight in _leftovers(one, left_over, (missing, extra), rarity)
    ]
    pairs += [
        WordPair("extra", "", text, 0.0, weight)
        for text, weight in _leftovers(two, right_over, (extra, missing), rarity)
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
    side: _Side, numbers: list[int], nats: tuple[float, float], rarity: Rarity
) -> list[tuple[str, float]]:
    """Words without a partner; the conflict is shared by both sides, the rest is one-sided.

    `nats` are those of all words left over on this side and on the other.
    """
    own, other = nats
    total = CONFLICT * min(own, other) / 2 + ONE_SIDED * max(0.0, own - other)
    share = total / own if own else 0.0
    return [(_text(side, (n,)), share * _nats(side, (n,), rarity)) for n in numbers]


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
