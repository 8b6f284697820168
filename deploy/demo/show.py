"""What the demonstration prints: one row per check, readable at 80 and at 200 columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from scene import Answer, first

from lookup.cli import render, words
from lookup.cli.output import console
from lookup.cli.safe import safe
from lookup.client import Band, Source, SourceStatus, Verdict, verdict_of

_VERDICT = {
    Verdict.VERDICT_HIT: ("HIT", "bold red"),
    Verdict.VERDICT_NO_HIT: ("NO HIT", "bold green"),
    Verdict.VERDICT_INCOMPLETE: ("INCOMPLETE", "bold yellow"),
}

_STATES = {"TIMED_OUT": "no answer in time", "UNAVAILABLE": "not reachable"}


class Programme:
    """Everything that the reader sees, on standard output."""

    def __init__(self) -> None:
        self._console = console()
        self._rows = 0

    def chapter(self, title: str) -> None:
        """A heading."""
        self._console.print()
        self._console.print(Rule(Text(title, style="bold"), align="left", style="dim"))

    def say(self, text: str, style: str = "") -> None:
        """A text, line by line."""
        for line in text.splitlines():
            self._console.print(Text(safe(line), style=style))

    def fault(self, text: str) -> None:
        """One line, or several, about what is wrong."""
        self.say(text, "bold red")

    def sources(self, found: Iterable[Source], seconds: dict[str, float]) -> None:
        """What is loaded, and how long each list took."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("source", "kind", "state", "records", "rejected", "loaded in"):
            right = heading in {"records", "rejected", "loaded in"}
            table.add_column(heading, justify="right" if right else "left", overflow="fold")
        for source in found:
            ready = source.status == SourceStatus.SOURCE_STATUS_ANSWERED
            took = seconds.get(source.name)
            table.add_row(
                safe(source.name),
                safe(source.kind),
                "ready" if ready else _state(source.status),
                f"{source.records:,}",
                f"{source.rejected_rows:,}",
                "" if took is None else f"{took:.1f} s",
            )
        self._console.print(table)

    def row(self, title: str, answer: Answer, seconds: float, differences: list[str]) -> None:
        """One check and its answer."""
        self._rows += 1
        verdict, style = _VERDICT[verdict_of(answer)]
        table = Table(
            box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True, show_header=self._rows == 1
        )
        table.add_column("", width=2, justify="right")
        table.add_column("asked", ratio=3, overflow="fold")
        table.add_column("verdict", width=10)
        table.add_column("first record, and what was not searched", ratio=3, overflow="fold")
        table.add_column("how sure", width=9, overflow="fold")
        table.add_column("time", width=8, justify="right")
        table.add_row(
            str(self._rows),
            safe(title),
            Text(verdict, style=style),
            Text("\n".join(_found(answer))),
            _sure(answer),
            f"{seconds * 1000:.0f} ms",
        )
        self._console.print(table)
        for line in differences:
            self.fault(f"   NOT AS EXPECTED  {line}")

    def screen(self, answer: Answer) -> None:
        """An answer as an operator sees it."""
        render.show(self._console, answer, explain=False, now=dt.datetime.now(dt.UTC))


def _found(answer: Answer) -> list[str]:
    lines = [safe(record) for record in first(answer)]
    more = len(answer.hits) - 1
    if more > 0:
        lines.append(f"and {words.count(more, 'more lead')}")
    return lines + [
        f"{safe(o.source)}: {_state(o.status)}"
        for o in answer.outcomes
        if o.required and not render.searched(o) and _asked(o.status)
    ]


def _asked(status: SourceStatus.ValueType) -> bool:
    return status != SourceStatus.SOURCE_STATUS_NOT_APPLICABLE


def _state(status: SourceStatus.ValueType) -> str:
    code = words.name_of(SourceStatus, status).removeprefix("SOURCE_STATUS_")
    return _STATES.get(code) or code.replace("_", " ").lower() or "state not known"


def _sure(answer: Answer) -> str:
    if not answer.hits:
        return ""
    hit = answer.hits[0]
    band = words.name_of(Band, hit.band).removeprefix("BAND_").removesuffix("_IDENTIFIER")
    return f"{words.probability(hit.probability)}\n{band.lower()}"
