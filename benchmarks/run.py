"""Every benchmark in a process of its own, and one table of all rows at the end.

`--quick` takes less than five minutes. Exit code 1 if a benchmark failed or took too long; its rows
so far are shown. Nothing is written into the project; populations and indexes are kept in
$TMPDIR/lookup-bench.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from processes import CACHE, ROOT, SHARED, machine, python
from table import INTERRUPTED, Row, decoded, show

BOUNDS = {
    "names": (60, 180),
    "audit": (60, 180),
    "fanout": (30, 60),
    "start": (90, 300),
    "gateway": (280, 1500),
    "index": (240, 2400),
    "large": (240, 2400),
    "functions": (60, 180),
}
"""Most seconds of each benchmark, quick and full."""

_GRACE = 15.0


@dataclass
class Outcome:
    """What a benchmark left: its rows, and what went wrong, empty if nothing did."""

    name: str
    rows: list[Row] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="short runs, under five minutes in all")
    size.add_argument("--smoke", action="store_true", help="only show that everything runs")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(BOUNDS)}; all if none")
    given = parser.parse_args()
    unknown = set(given.names) - BOUNDS.keys()
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, _interrupt)
    flag = "--quick" if given.quick else "--smoke" if given.smoke else ""
    outcomes: list[Outcome] = []
    try:
        for name in given.names or BOUNDS:
            outcomes.append(_one(name, flag))  # noqa: PERF401 - keep those before an interrupt
    except KeyboardInterrupt:
        _report(outcomes)
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return _report(outcomes)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _report(outcomes: Sequence[Outcome]) -> int:
    print(machine())
    if not SHARED.is_dir():
        print("not measured: recall and real lists; there is no folder of them beside the checkout")
    print(f"cache: {CACHE}\n")
    show(row for outcome in outcomes for row in outcome.rows)
    print()
    for outcome in outcomes:
        print(f"{outcome.name}: {outcome.seconds:.0f} s {outcome.failure}".rstrip())
    return int(any(outcome.failure for outcome in outcomes))


def _one(name: str, flag: str) -> Outcome:
    """Run one benchmark; whatever it started ends with its process group."""
    outcome = Outcome(name)
    bound = BOUNDS[name][0 if flag else 1]
    print(f"{name} (at most {bound} s)", file=sys.stderr, flush=True)
    command = python(Path(__file__).with_name(f"{name}.py"), "--json")
    begun = time.monotonic()
    with subprocess.Popen(
        [*command, *filter(None, (flag,))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        try:
            outcome.failure = _followed(process, outcome.rows, bound)
        finally:
            _end(process)
    outcome.seconds = time.monotonic() - begun
    if outcome.failure:
        print(f"{name}: {outcome.failure}", file=sys.stderr, flush=True)
    return outcome


def _followed(process: subprocess.Popen[str], rows: list[Row], bound: float) -> str:
    """Collect rows until the benchmark ends; what went wrong, empty if nothing did."""
    assert process.stdout is not None
    late = threading.Event()
    watch = threading.Timer(bound, lambda: (late.set(), _end(process)))
    watch.daemon = True
    watch.start()
    try:
        for line in process.stdout:
            row = decoded(line)
            if row is not None:
                rows.append(row)
                print(f"  {row.metric}", file=sys.stderr, flush=True)
        code = process.wait()
    finally:
        watch.cancel()
    if late.is_set():
        return "FAILED: took too long"
    return f"FAILED: exit code {code}" if code else ""


def _end(process: subprocess.Popen[str]) -> None:
    """Ask the whole group to end, then make sure of it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            _signal(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
    _signal(process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main())
