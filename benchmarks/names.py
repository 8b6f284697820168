"""Names: compared pairs per second beside two scorers of rapidfuzz, on the same pairs.

CPU time of one thread, in interleaved rounds; rapidfuzz gets names folded to lower case before.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from population import corrupted, people, rows
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from table import Row, Scale, against, at_most, run

from matching.compare import compare, name_similarity
from matching.dates import parse_date
from matching.rarity import DEFAULT
from matching.record import Name, Person, Record

_TARGET_MICROS = 50
Pair = tuple[str, str]


def measure(scale: Scale) -> Iterator[Row]:
    pairs = _pairs(scale.pick(40, 400, 2000))
    rounds = scale.pick(2, 5, 9)
    folded = [(a.casefold(), b.casefold()) for a, b in pairs]
    candidates = [_candidate(a, b) for a, b in pairs]
    timed = {
        "ours": lambda: [name_similarity(a, b) for a, b in pairs],
        "compare": lambda: [compare(person, record, DEFAULT) for person, record in candidates],
        "WRatio": lambda: [fuzz.WRatio(a, b) for a, b in folded],
        "Jaro-Winkler": lambda: [JaroWinkler.similarity(a, b) for a, b in folded],
    }
    micros = _interleaved(timed, rounds, len(pairs))
    for name, label in (("ours", "name_similarity"), ("compare", "compare, name and birth date")):
        for peer in ("WRatio", "Jaro-Winkler"):
            row = against(f"{label}, pair", "us", micros[name], f"rapidfuzz {peer}", micros[peer])
            yield row if name == "compare" else _with_target(row)
        per_second = [1e6 / each for each in micros[name]]
        yield Row(f"{label}", sorted(per_second)[rounds // 2], "pairs/s")
    yield from _cold(pairs)


def _with_target(row: Row) -> Row:
    return Row(
        row.metric, row.value, row.unit, row.peer, row.ratio, row.spread,
        at_most(row.value, _TARGET_MICROS, " us"),
    )  # fmt: skip


def _cold(pairs: Sequence[Pair]) -> Iterator[Row]:
    """Names never seen before: nothing that is kept between calls can help."""
    fresh = [(f"{a} q{at}x", f"{b} q{at}y") for at, (a, b) in enumerate(pairs)]
    begun = time.thread_time_ns()
    for a, b in fresh:
        name_similarity(a, b)
    micros = (time.thread_time_ns() - begun) / 1000 / len(fresh)
    yield Row("name_similarity, pair of new names", micros, "us")


def _interleaved(
    timed: dict[str, Callable[[], object]], rounds: int, count: int
) -> dict[str, list[float]]:
    micros: dict[str, list[float]] = {name: [] for name in timed}
    for call in timed.values():
        call()
    for _ in range(rounds):
        for name, call in timed.items():
            begun = time.thread_time_ns()
            call()
            micros[name].append((time.thread_time_ns() - begun) / 1000 / count)
    return micros


def _pairs(count: int) -> list[Pair]:
    """Half the same name as somebody else writes it, half names of two persons."""
    names = [str(row["names"][0]) for row in rows(people(2000), count)]  # type: ignore[index]
    chance = random.Random(1)
    same = [(name, corrupted(name, chance)) for name in names[: count // 2]]
    other = list(itertools.pairwise(names))[: count - len(same)]
    return same + other


def _candidate(asked: str, held: str) -> tuple[Person, Record]:
    birth = parse_date("1970-01-31")
    assert birth is not None
    person = Person(names=(Name(full=asked),), births=(birth,))
    return person, Record(id="1", names=(Name(full=held),), births=(birth,))


if __name__ == "__main__":
    sys.exit(run(measure, __doc__))
