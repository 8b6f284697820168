"""What a benchmark prints: rows of figures, each with its peer of the same run where it has one."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

T = TypeVar("T")

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

_HEAD = ("metric", "value", "unit", "peer", "ratio", "spread", "target")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure: `smoke` only proves that it runs, `quick` takes seconds."""

    name: str = "full"

    def pick(self, smoke: T, quick: T, full: T) -> T:
        """The one of three that belongs to this scale."""
        return {"smoke": smoke, "quick": quick, "full": full}[self.name]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    `ratio` is to the peer, of the two in this order: ours / peer unless the metric says otherwise.
    `spread` is the lowest and highest single ratio, or single value where there is no peer.
    `target` is the aim of the design with "met" or "MISSED".
    """

    metric: str
    value: float
    unit: str
    peer: str = ""
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    target: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        spread = "" if self.spread is None else "–".join(map(number, self.spread))
        return (self.metric, number(self.value), self.unit, self.peer, ratio, spread, self.target)


def number(value: float) -> str:
    """Three significant digits, whole numbers in full."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def at_least(value: float, aim: float, what: str = "") -> str:
    """A target that a value reaches or misses."""
    return f">= {number(aim)}{what} {'met' if value >= aim else 'MISSED'}"


def at_most(value: float, aim: float, what: str = "") -> str:
    """A target that a value keeps or misses."""
    return f"<= {number(aim)}{what} {'met' if value <= aim else 'MISSED'}"


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest."""
    return min(values), max(values)


def median(values: Sequence[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


def against(  # noqa: PLR0913 - the columns of a row
    metric: str,
    unit: str,
    ours: Sequence[float],
    peer: str,
    theirs: Sequence[float],
    *,
    upside_down: bool = False,
    aim: float | None = None,
) -> Row:
    """A row of interleaved pairs: medians, the median ratio, the spread of single ratios.

    `upside_down` gives peer / ours, for costs whose saving is the figure. `aim` is a least ratio.
    """
    pairs = [(b, a) if upside_down else (a, b) for a, b in zip(ours, theirs, strict=True)]
    ratios = [a / b for a, b in pairs if b]
    middle = median(ratios)
    target = "" if aim is None else at_least(middle, aim, "x")
    named = f"{peer}: {number(median(theirs))}"
    return Row(metric, median(ours), unit, named, middle, spread(ratios or [0.0]), target)


def show(rows: Iterable[Row]) -> None:
    """Print rows as one table."""
    cells = [_HEAD, *(row.cells() for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(_HEAD))]
    for row in cells:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        print(line.rstrip())


def decoded(line: str) -> Row | None:
    """The row of a line that a benchmark printed with --json, None for any other line."""
    try:
        fields = json.loads(line)
        fields["spread"] = tuple(fields["spread"]) if fields["spread"] else None
        return Row(**fields)
    except (ValueError, TypeError, KeyError):
        return None


def run(measure: Callable[[Scale], Iterator[Row]], about: str) -> int:
    """The command line that all benchmarks share."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="a short run")
    parser.add_argument("--smoke", action="store_true", help="only show that it runs")
    parser.add_argument("--json", action="store_true", help="one JSON object per row, at once")
    given = parser.parse_args()
    scale = Scale("smoke" if given.smoke else "quick" if given.quick else "full")
    rows: list[Row] = []
    try:
        _follow(measure(scale), rows, as_json=given.json)
    except KeyboardInterrupt:
        return INTERRUPTED
    if not given.json:
        show(rows)
    return 0


def _follow(measured: Iterator[Row], rows: list[Row], *, as_json: bool) -> None:
    for row in measured:
        rows.append(row)
        if as_json:
            print(json.dumps(asdict(row), ensure_ascii=False), flush=True)
        else:
            print(f"  {row.metric}", file=sys.stderr, flush=True)
