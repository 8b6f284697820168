"""Single functions by pytest-benchmark, which this script runs on itself: one thread, warm.

A figure is the median of its rounds in wall time, the spread is the quartiles.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT, python
from table import Row, Scale, run

from matching import mrz
from matching.compare import name_similarity
from matching.dates import compare_dates, parse_date
from matching.identifiers import canonical_number
from matching.names import tokens
from matching.vehicle import check_vin

Benchmark = Callable[..., Any]

_ZONE = (ROOT / "deploy" / "samples" / "mrz" / "1.txt").read_text(encoding="ascii")
_BORN = tuple(parse_date(text) for text in ("1971-02-03", "1971-03-02"))
_CALLS: dict[str, Callable[[], object]] = {
    "name to tokens, Latin": lambda: tokens("Svetozar Tikhoozyorov"),
    "name to tokens, Arabic": lambda: tokens("زاهر بن سامر النخلاوي"),
    "name to tokens, Han": lambda: tokens("欧阳海山"),
    "two names compared, Latin": lambda: name_similarity("Odmar Steinbrück", "Odmar Stienbruck"),
    "two names compared, Cyrillic": lambda: name_similarity("Светозар Тихоозёров", "Svetozar T."),
    "machine-readable zone read": lambda: mrz.parse(_ZONE, dt.date(2026, 1, 1)),
    "date read": lambda: parse_date("3 Feb 1971"),
    "dates compared, day and month swapped": lambda: compare_dates(*_BORN),  # type: ignore[arg-type]
    "document number folded": lambda: canonical_number("zz-000 0001"),
    "VIN checked": lambda: check_vin("1ZZG00004RA000004"),
}


@pytest.mark.parametrize("name", _CALLS)
def test_function(benchmark: Benchmark, name: str) -> None:
    assert benchmark(_CALLS[name]) is not None


def measure(scale: Scale) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        seconds = scale.pick(0.001, 0.2, 1.0)
        command = python("-m", "pytest", "-q", __file__, f"--benchmark-json={out}")
        command += [
            f"--benchmark-storage=file://{folder}/kept",
            f"--override-ini=pythonpath={Path(__file__).parent}",
            f"--benchmark-max-time={seconds}",
            f"--benchmark-min-rounds={scale.pick(3, 50, 100)}",
            "--benchmark-warmup=on",
            f"--benchmark-warmup-iterations={scale.pick(1, 1000, 1000)}",
        ]
        # A pytest of its own: what tells an outer one apart would switch the benchmarks off.
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        subprocess.run(command, check=True, stdout=sys.stderr, cwd=ROOT, env=env, timeout=150)
        measured = json.loads(out.read_text())["benchmarks"]
    for each in measured:
        stats = {name: each["stats"][name] * 1e6 for name in ("median", "q1", "q3")}
        name = each["params"]["name"]
        yield Row(name, stats["median"], "us", spread=(stats["q1"], stats["q3"]))


if __name__ == "__main__":
    sys.exit(run(measure, __doc__))
