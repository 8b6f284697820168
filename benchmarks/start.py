"""Starting: `lookup --help`, a gateway with saved indexes, and loading every real list."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gateways
from lxml import etree
from processes import ROOT, SHARED, cpu_of, memory_mb, python
from table import Row, Scale, against, at_most, median, run

from adapters.base import Query
from lookup.config import load
from lookup.fanout import run_inline
from lookup.loader import refreshing
from lookup.sources import Source, open_sources
from matching.record import Document, Kind, Name, Person, Subject, Vehicle

_HELP_MS = 200


@dataclass(frozen=True, slots=True)
class RealList:
    """A published list beside the checkout: its kind, where it is, further settings."""

    label: str
    kind: str
    path: str
    settings: str = ""


REAL = (
    RealList("OFAC 2024", "ofac", "ofac/2024"),
    RealList("OFAC 2021", "ofac", "ofac/2021_coherent_triple"),
    RealList("UN 2026", "un", "un/UN_consolidated_2026-02-27.xml"),
    RealList("EU sample, XML", "eu", "eu/fsf/FSF_xml_1.1_sample.xml"),
    RealList("EU sample, CSV", "eu", "eu/fsf/FSF_csv_2018_first1000lines.csv"),
    RealList("UK sample", "uk", "uk/OFSI_ConList_sample.csv"),
    RealList("US list", "csl", "us_csl/csl_consolidated_slice.csv"),
    RealList("FollowTheMoney", "ftm", "opensanctions_ftm/parteispenden_entities.ftm.json"),
    RealList("notices", "notices", "interpol_api_shape"),
    RealList("vehicles, New Zealand", "vehicles_nz", "vehicles/nz_stolen_vehicles_2012.csv"),
)


def measure(scale: Scale) -> Iterator[Row]:
    yield _help(scale)
    yield from _gateway(scale)
    yield from _lists(scale)


def _help(scale: Scale) -> Row:
    ours, theirs = [], []
    for _ in range(scale.pick(1, 5, 11)):
        theirs.append(cpu_of(python("-c", "import click")) * 1000)
        ours.append(cpu_of(python("-m", "lookup.cli", "--help")) * 1000)
    row = against("lookup --help: CPU", "ms", ours, "python importing click", theirs)
    target = at_most(median(ours), _HELP_MS, " ms")
    return Row(row.metric, row.value, row.unit, row.peer, row.ratio, row.spread, target)


def _gateway(scale: Scale) -> Iterator[Row]:
    """Seconds from `lookup serve` to the first answer, beside the first start ever."""
    first, again = [], []
    for _ in range(scale.pick(1, 2, 4)):
        with tempfile.TemporaryDirectory() as name:
            first.append(seconds_to_answer(Path(name), gateways.tables()))
            again.append(seconds_to_answer(Path(name), gateways.tables()))
    yield against(
        "gateway, 8 sample lists saved: start to first answer", "s", again, "lists not yet read",
        first,
    )  # fmt: skip


def seconds_to_answer(folder: Path, sources: str, wait: float = 900) -> float:
    """Wall seconds from the start of a gateway until it has answered from all its lists."""
    begun = time.monotonic()
    with gateways.serving(folder, sources, wait=wait) as gateway:
        gateways.answered(gateway.target)
        return time.monotonic() - begun


def _lists(scale: Scale) -> Iterator[Row]:
    there = [each for each in REAL if (SHARED / "data" / each.path).exists()]
    if not there:
        print("real lists not measured: none beside the checkout", file=sys.stderr)
    for each in there[scale.pick(-2, 0, 0) :]:
        yield from _list(each)


def _list(real: RealList) -> Iterator[Row]:
    """Read one list in a process of its own, then search it in another."""
    path = SHARED / "data" / real.path
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "gateway.toml"
        table = f'[sources.list]\nkind = "{real.kind}"\npath = "{path}"\n{real.settings}'
        config.write_text(table)
        loaded = _child("--load", config)
        searched = _child("--search", config)
    peer = _parsed(path)
    yield Row(
        f"{real.label}: loading {loaded['records']:,.0f} records, "
        f"{loaded['rejected']:.0f} rows rejected",
        loaded["seconds"], "CPU s", f"bare parse: {peer:.3f}",
        loaded["seconds"] / peer if peer else None,
    )  # fmt: skip
    yield Row(f"{real.label}: most memory while loading", loaded["peak"], "MB")
    yield Row(
        f"{real.label}: memory of a process that has it open", searched["all"], "MB",
        f"before opening: {searched['before']:.0f}", searched["all"] / searched["before"],
    )  # fmt: skip


def _child(what: str, config: Path) -> dict[str, float]:
    command = python(__file__, what, config)
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=300
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _parsed(path: Path) -> float:
    """CPU seconds that the bare parser of the format needs for the files of a list."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    begun = time.process_time()
    for file in files:
        if file.suffix == ".xml":
            for _, element in etree.iterparse(str(file)):
                element.clear()
        elif file.suffix == ".json":
            for line in file.read_text(encoding="utf-8").splitlines():
                _json(line)
        else:
            with file.open(encoding="latin-1", newline="") as opened:
                for _ in csv.reader(opened):
                    pass
    return time.process_time() - begun


def _json(line: str) -> None:
    try:
        json.loads(line)
    except ValueError:
        return  # part of a document of many lines


def _load(config: Path) -> dict[str, float]:
    source = _opened(config)
    listed = refreshing(source)
    assert listed is not None
    begun = time.process_time()
    done = listed.refresh()
    return {
        "seconds": time.process_time() - begun,
        "records": done.records,
        "rejected": done.rejected,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _search(config: Path) -> dict[str, float]:
    source = _opened(config)
    before = memory_mb()["VmRSS"]
    kinds = source.adapter.capabilities.kinds
    asked: Subject = Document("ZZ1", "UTO", "P")
    if Kind.PERSON in kinds:
        asked = Person(names=(Name(full="Ivan Petrov"),))
    elif Kind.VEHICLE in kinds:
        asked = Vehicle(plate="ZZ1")
    run_inline(source.adapter.search(Query(asked, 50, 5.0, "BORDER", "1")))
    return {"before": before, "all": memory_mb()["VmRSS"]}


def _opened(config: Path) -> Source:
    return next(iter(open_sources(load(config))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        print(json.dumps(_load(Path(sys.argv[2]))))
        sys.exit()
    if sys.argv[1:2] == ["--search"]:
        print(json.dumps(_search(Path(sys.argv[2]))))
        sys.exit()
    sys.exit(run(measure, __doc__))
