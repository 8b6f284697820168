"""The index: build, size, saving, loading, memory, latency, what is touched, growth and recall.

Each size runs in a process of its own. The peer is a scan of all names by `rapidfuzz.process.cdist`
in the same process. Times are of one thread; latencies are wall time on a cold cache of tokens.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from population import corrupted, evaluation, people, rows, with_listed
from processes import CACHE, ROOT, memory_mb, python
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from table import Row, Scale, at_least, at_most, number, run

from adapters.layout import layout
from adapters.snapshot import Manifest, Snapshots
from lookup import evaluate
from lookup.evaluate import open_index
from matching.index import Index
from matching.rank import Thresholds
from matching.record import Name, Person
from matching.search import find

_THRESHOLDS = Thresholds(0.0, 0.5, 1.0)
_TARGETS = {"T1": 0.78, "T2": 0.995, "T3": 0.93}
_SECONDS = 60

Figures = Mapping[str, float]


def measure(scale: Scale) -> Iterator[Row]:
    sizes = scale.pick((500, 2000), (10_000, 100_000), (10_000, 100_000, 1_000_000))
    found: dict[int, Figures] = {}
    for size in sizes:
        found[size] = _in_own_process(size, scale)
        yield from _rows(size, found[size])
    for small, large in itertools.pairwise(sizes):
        yield from _growth(small, found[small], large, found[large])
    yield from _recall(scale)


def _in_own_process(size: int, scale: Scale) -> Figures:
    command = python(__file__, "--one", size, scale.name)
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=1800
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _rows(size: int, got: Figures) -> Iterator[Row]:
    label = f"index of {size:,}"
    big = size >= 1_000_000
    yield Row(
        f"{label}: build, records parsed", got["build"], "s",
        target=at_most(got["build"], 30, " s") if big else "",
    )  # fmt: skip
    yield Row(
        f"{label}: arrays per record", got["bytes"], "B",
        target=at_most(got["bytes"], 200, " B") if big else "",
    )  # fmt: skip
    yield Row(f"{label}: saving", got["save"], "s")
    yield Row(
        f"{label}: loading, first query answered", got["load"], "s",
        target=at_most(got["load"], 2, " s") if big else "",
    )  # fmt: skip
    yield Row(
        f"{label}: resident after the queries", got["rss"], "MB",
        target=at_most(got["rss"], 600, " MB") if big else "",
    )  # fmt: skip
    yield Row(
        f"{label}: longest gc pause while searching, CPU", got["gc"], "ms",
        f"a full collection: {number(got['gc_full'])}",
        target=at_most(got["gc"], 20, " ms") if big else "",
    )  # fmt: skip
    peer = f"cdist Jaro-Winkler scan, CPU: {number(got['scan'] / 1000)}"
    yield Row(
        f"{label}: query, CPU median (ratio: scan / ours)", got["cpu"] / 1000, "ms", peer,
        got["scan"] / got["cpu"], (got["scan_low"] / got["cpu"], got["scan_high"] / got["cpu"]),
    )  # fmt: skip
    yield Row(
        f"{label}: query, p50", got["p50"] / 1000, "ms",
        target=at_most(got["p50"] / 1000, 1.5, " ms") if big else "",
    )  # fmt: skip
    yield Row(
        f"{label}: query, p99", got["p99"] / 1000, "ms",
        target=at_most(got["p99"] / 1000, 5, " ms") if big else "",
    )  # fmt: skip
    yield Row(f"{label}: records touched, median of {got['queries']:.0f} queries",
              got["touched"], "records", spread=(0, got["touched_most"]))  # fmt: skip


def _growth(small: int, a: Figures, large: int, b: Figures) -> Iterator[Row]:
    """Cost against population; the square root of the growth is the most it may be."""
    times = large / small
    for name, label in (("cpu", "query CPU median"), ("touched", "records touched, median")):
        ratio = b[name] / max(a[name], 1e-9)
        scan = b["scan"] / a["scan"]
        yield Row(
            f"{label}: {small:,} -> {large:,} records", ratio, "x",
            f"scan grows {number(scan)}x", ratio / scan,
            target=at_most(ratio, times**0.5, "x") if name == "cpu" else "",
        )  # fmt: skip


def _recall(scale: Scale) -> Iterator[Row]:
    folder = evaluation()
    if folder is None:
        print("recall not measured: no evaluation sets beside the checkout", file=sys.stderr)
        return
    size = scale.pick(1000, 100_000, 100_000)
    most = scale.pick(20, 250, 1500)
    with tempfile.TemporaryDirectory() as temporary:
        bench = _Recall(folder, Path(temporary), size, most)
        yield from bench.rows()


class _Recall:
    """The queries of the evaluation sets among a population, judged by their own script."""

    def __init__(self, folder: Path, temporary: Path, size: int, most: int) -> None:
        self._folder = folder
        self._temporary = temporary
        self._size = size
        self._most = most
        self._records = with_listed(size)

    def rows(self) -> Iterator[Row]:
        tasks = {
            "T1": ("alias of an OFAC person", self._sample("queries_ofac_alias.jsonl")),
            "T2": ("name with one or two errors", self._corrupted()),
            "T3": ("UN name in original script", self._sample("queries_un_original_script.jsonl")),
        }
        innocent = self._search(self._sample("queries_innocent_name_only.jsonl"))
        for name, (label, queries) in tasks.items():
            figures = self._score(self._search(queries), innocent)
            value = figures["recall_at_10"]
            aim = at_least(value, _TARGETS[name]) if self._size >= 100_000 else ""
            yield Row(
                f"{name}, {label}: recall at 10 of {figures['labelled']} among {self._size:,}",
                value, "", target=aim,
            )  # fmt: skip
            for key, unit in (
                ("alerts_per_1000_at_0.5", "alerts of 1000 innocents at 0.5"),
                ("tpr_at_1pct_fpr", "found at 1 % false alerts, name only"),
            ):
                if name == "T2" and figures.get(key) is not None:
                    yield Row(f"{name}: {unit}", figures[key], "")

    def _sample(self, name: str) -> Path:
        """Every n-th query, so that all groups of the file are in it."""
        asked = list(rows(self._folder / name))
        step = max(1, len(asked) // self._most)
        return self._written(name, asked[::step][: self._most])

    def _corrupted(self) -> Path:
        chance = random.Random(2)
        listed = list(rows(self._folder / "records_ofac.jsonl"))
        step = max(1, len(listed) // self._most)
        asked = [
            {
                "id": f"t2-{row['id']}",
                "name": corrupted(str(row["names"][0]), chance),  # type: ignore[index]
                "expected": [row["id"]],
            }
            for row in listed[::step][: self._most]
        ]
        return self._written("queries_corrupted.jsonl", asked)

    def _written(self, name: str, asked: Sequence[Mapping[str, object]]) -> Path:
        path = self._temporary / name
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in asked)
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def _search(self, queries: Path) -> tuple[Path, Path]:
        hits = self._temporary / f"hits-{queries.name}"
        kept = CACHE / f"index-listed-{self._size}"
        evaluate.search(evaluate.Run(self._records, queries, hits, 10, kept))
        return queries, hits

    def _score(self, *searched: tuple[Path, Path]) -> Mapping[str, float]:
        command = python(self._folder / "score.py", "search", "--alert-prefix", "ofac-")
        for queries, hits in searched:
            command += ["--queries", str(queries), "--hits", str(hits)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        figures: Mapping[str, float] = json.loads(done.stdout)
        return figures


def one(size: int, scale: Scale) -> Figures:
    """All figures of one size; meant for a process of its own."""
    records = people(size)
    folder = Path(tempfile.mkdtemp(prefix="index-", dir=CACHE))
    try:
        figures: dict[str, float] = _stored(records, folder)
        figures |= _searched(folder / "saved", records, scale)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def _stored(records: Path, folder: Path) -> dict[str, float]:
    """Build in a child, so that its memory is not counted; save once more to time it."""
    pid = os.fork()
    if pid == 0:
        built = open_index(records, folder / "built", lambda _: None)
        (folder / "figures.json").write_text(
            json.dumps({"build": built.build_seconds, "bytes": built.nbytes / len(built.index)})
        )
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise RuntimeError("the build failed")
    figures: dict[str, float] = json.loads((folder / "figures.json").read_text())
    built = Snapshots(folder / "built", layout())
    arrays = built.load(built.pointer().version)
    now = datetime.now(UTC)
    begun = time.perf_counter()
    manifest = Manifest(layout(), len(Index(arrays)), 0, (), (), "", now, now)
    Snapshots(folder / "saved", layout()).publish(arrays, manifest)
    figures["save"] = time.perf_counter() - begun
    figures["build"] -= figures["save"]
    return figures


def _searched(folder: Path, records: Path, scale: Scale) -> dict[str, float]:
    asked = _asked(records, scale.pick(20, 300, 2000))
    pauses: list[float] = []
    gc.collect()
    begun = time.perf_counter()
    saved = Snapshots(folder, layout())
    index = Index(saved.load(saved.pointer().version))
    find(index, asked[0], _THRESHOLDS, 10)
    figures = {"load": time.perf_counter() - begun}
    gc.collect()
    gc.freeze()  # as a worker does
    gc.callbacks.append(_timing(pauses))
    wall, cpu, touched = [], [], []
    end = time.monotonic() + _SECONDS
    for person in asked[1:]:
        before, before_cpu = time.perf_counter_ns(), time.thread_time_ns()
        find(index, person, _THRESHOLDS, 10)
        cpu.append((time.thread_time_ns() - before_cpu) / 1000)
        wall.append((time.perf_counter_ns() - before) / 1000)
        touched.append(index.search(person).touched)
        if time.monotonic() > end:
            break
    seen = max(pauses, default=0.0)
    gc.collect()
    figures |= {
        "rss": memory_mb()["VmRSS"],
        "gc": seen * 1000,
        "gc_full": pauses[-1] * 1000,
        "queries": len(wall),
        "cpu": float(np.percentile(cpu, 50)),
        "p50": float(np.percentile(wall, 50)),
        "p99": float(np.percentile(wall, 99)),
        "touched": float(np.percentile(touched, 50)),
        "touched_most": float(max(touched)),
    }
    return figures | _scanned(records, asked, scale)


def _timing(pauses: list[float]) -> object:
    begun = [0.0]

    def note(phase: str, _: object) -> None:
        if phase == "start":
            begun[0] = time.thread_time()
        else:
            pauses.append(time.thread_time() - begun[0])

    return note


def _asked(records: Path, count: int) -> list[Person]:
    """Names of the population as somebody else writes them, from all over the file."""
    chance = random.Random(3)
    held = list(rows(records, 100_000))
    chosen = held[:: max(1, len(held) // (count + 1))][: count + 1]
    return [
        Person(names=(Name(full=corrupted(str(row["names"][0]), chance)),))  # type: ignore[index]
        for row in chosen
    ]


def _scanned(records: Path, asked: Sequence[Person], scale: Scale) -> dict[str, float]:
    """CPU of one query that looks at every name."""
    names = [str(name).casefold() for row in rows(records) for name in row["names"]]  # type: ignore[attr-defined]
    process.cdist(["warm"], names[:1000], scorer=JaroWinkler.similarity, dtype=np.float32)
    micros = []
    for person in asked[: scale.pick(2, 5, 9)]:
        query = [person.names[0].full.casefold()]
        before = time.thread_time_ns()
        scores = process.cdist(query, names, scorer=JaroWinkler.similarity, dtype=np.float32)
        np.argpartition(scores[0], -10)
        micros.append((time.thread_time_ns() - before) / 1000)
    ordered = sorted(micros)
    return {"scan": ordered[len(ordered) // 2], "scan_low": ordered[0], "scan_high": ordered[-1]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(int(sys.argv[2]), Scale(sys.argv[3]))))
        sys.exit()
    sys.exit(run(measure, __doc__))
