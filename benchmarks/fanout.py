"""The fan-out alone: what it adds to eight sources that take 5 ms, without gRPC and audit log.

32 queries in flight in one process. The peer is a plain `asyncio.gather` over the same eight waits,
32 at a time on one event loop.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from table import Row, Scale, against, at_most, median, run

from adapters.base import Answer
from adapters.scripted import Scripted, answers, late
from lookup.config import Source as Settings
from lookup.fanout import Call, Fanout
from lookup.loops import Loops
from lookup.outcome import Status
from lookup.sources import Source
from lookup.telemetry import Log
from matching.record import Name, Person

_SOURCES = 8
_SECONDS = 0.005
_FLIGHT = 32
_SWITCH = 0.0005


def measure(scale: Scale) -> Iterator[Row]:
    sys.setswitchinterval(_SWITCH)  # as a worker does
    count = scale.pick(64, 1500, 6000)
    loops = Loops()
    ours: dict[float, list[float]] = {0.5: [], 0.99: []}
    theirs: dict[float, list[float]] = {0.5: [], 0.99: []}
    for _ in range(scale.pick(1, 3, 5)):
        gathered = asyncio.run(_gathered(count))
        asked = _asked(loops, count)
        for measured, into in ((asked, ours), (gathered, theirs)):
            for share, values in into.items():
                values.append(_added(measured, share))
    loops.close()
    for share, name, aim in ((0.5, "p50", 0.3), (0.99, "p99", 1.0)):
        row = against(
            f"fan-out, 8 sources of 5 ms, 32 in flight: added to the slowest, {name}", "ms",
            ours[share], "asyncio.gather", theirs[share],
        )  # fmt: skip
        target = at_most(median(ours[share]), aim, " ms")
        yield Row(row.metric, row.value, row.unit, row.peer, row.ratio, row.spread, target)


def _added(seconds: list[float], share: float) -> float:
    """Milliseconds beyond the wait of a source that so large a share of the queries kept."""
    return (sorted(seconds)[int(share * (len(seconds) - 1))] - _SECONDS) * 1000


def _asked(loops: Loops, count: int) -> list[float]:
    fanout = Fanout(loops, Log(process="benchmark"))
    person = Person(names=(Name(full="Odmar Steinbrück"),))
    sources = [
        Source(Settings(name=f"s{n}", kind="scripted"), Scripted(late(_SECONDS, answers())))
        for n in range(_SOURCES)
    ]
    calls = [Call(source, person, 0, 50, "BORDER", "1") for source in sources]

    def one(_: int) -> float:
        begun = time.perf_counter()
        replies = list(fanout.ask(calls, begun + 5, _kept, _nothing))
        if any(reply.status is not Status.ANSWERED for reply in replies):
            raise RuntimeError("a source did not answer")
        return time.perf_counter() - begun

    with ThreadPoolExecutor(_FLIGHT) as threads:
        return list(threads.map(one, range(count)))


def _kept(_: Call, answer: Answer) -> Answer:
    return answer


def _nothing() -> None:
    return None


async def _gathered(count: int) -> list[float]:
    taken: list[float] = []

    async def some() -> None:
        for _ in range(count // _FLIGHT):
            begun = time.perf_counter()
            await asyncio.gather(*(asyncio.sleep(_SECONDS) for _ in range(_SOURCES)))
            taken.append(time.perf_counter() - begun)

    await asyncio.gather(*(some() for _ in range(_FLIGHT)))
    return taken


if __name__ == "__main__":
    sys.exit(run(measure, __doc__))
