"""A gateway on one large list: start with the saved index, memory, checks at a fixed rate.

The index is kept in the cache folder between runs, as long as the code of the matching is the same.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import gateways
from load import loading
from population import corrupted, people, rows
from processes import CACHE, memory_mb, python, started
from start import seconds_to_answer
from table import Row, Scale, against, at_least, at_most, median, run

from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2

_COLUMNS = """[sources.people.columns]
id = "id"
name = "names"
birth = "births"
"""


def measure(scale: Scale) -> Iterator[Row]:
    size = scale.pick(500, 100_000, 1_000_000)
    folder = CACHE / f"gateway-{size}"
    source = f'[sources.people]\nkind = "mapped"\npath = "{people(size)}"\n{_COLUMNS}'
    seconds_to_answer(folder, source, wait=1500)
    label = f"gateway on {size:,} records"
    begun = [seconds_to_answer(folder, source) for _ in range(scale.pick(1, 2, 3))]
    yield Row(
        f"{label}, index saved: start to first answer", median(begun), "s",
        spread=(min(begun), max(begun)), target=at_most(median(begun), 3, " s"),
    )  # fmt: skip
    yield from _checks(scale, folder, source, label, people(size))


def _checks(scale: Scale, folder: Path, source: str, label: str, population: Path) -> Iterator[Row]:
    echo = python(Path(__file__).with_name("echo.py"), 3000)
    with (
        gateways.serving(folder, source) as gateway,
        loading() as load,
        started(echo, r"echo on (\S+)") as (_, bare),
    ):
        load.requests("people", _asked(population, scale.pick(40, 400, 2000)))
        load.closed(gateway.target, gateways.CHECK, "people", scale.pick(10, 100, 500), 4)
        costs = []
        for _ in range(scale.pick(1, 3, 3)):
            count = scale.pick(20, 150, 500)
            before = gateway.cpu()
            result = load.closed(gateway.target, gateways.CHECK, "people", count, 4)
            after = gateway.cpu()
            spent = sum(after.values()) - sum(before.values())
            costs.append((count - result.failed) / max(spent, 0.01))
        yield Row(
            f"{label}: person checks per core, all processes", median(costs), "1/s",
            spread=(min(costs), max(costs)), target=at_least(median(costs), 400, "/s"),
        )  # fmt: skip
        rate = max(2.0, median(costs) / 4)
        ours, theirs = [], []
        for _ in range(scale.pick(1, 2, 3)):
            count = int(rate * scale.pick(1, 5, 10)) + 2
            theirs.append(load.opened(bare, gateways.CHECK, "people", count, rate=rate))
            ours.append(load.opened(gateway.target, gateways.CHECK, "people", count, rate=rate))
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            latencies = [each.percentile(share) / 1000 for each in ours]
            row = against(
                f"{label}: check at {rate:.0f}/s open loop, {name}", "ms", latencies, "aio echo",
                [each.percentile(share) / 1000 for each in theirs],
            )  # fmt: skip
            target = at_most(median(latencies), 10, " ms") if name == "p99" else ""
            yield Row(row.metric, row.value, row.unit, row.peer, row.ratio, row.spread, target)
        memory = [memory_mb(pid) for pid in gateway.workers]
        yield Row(f"{label}: resident per worker", memory[0]["VmRSS"], "MB")
        yield Row(f"{label}: of this private to the worker", memory[0]["RssAnon"], "MB")


def _asked(population: Path, count: int) -> list[bytes]:
    chance = random.Random(4)
    held = list(rows(population, 50_000))
    requests = []
    for row in held[:: max(1, len(held) // count)][:count]:
        name = corrupted(str(row["names"][0]), chance)  # type: ignore[index]
        person = record_pb2.Person(names=[record_pb2.Name(full=name)])
        request = pb.CheckRequest(subjects=[record_pb2.Subject(person=person)])
        requests.append(request.SerializeToString())
    return requests


if __name__ == "__main__":
    sys.exit(run(measure, __doc__))
