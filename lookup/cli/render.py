"""An answer as one screen: warnings, the verdict, leads with reasons, what was not searched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.text import Text

from lookup.cli import words
from lookup.cli.grid import grid
from lookup.cli.safe import safe
from lookup.client import Band, SourceStatus, Verdict, verdict_of

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from lookup.client import (
        CheckResponse,
        Evidence,
        Hit,
        SourceOutcome,
        StreamCheckResponse,
    )

    Answer = CheckResponse | StreamCheckResponse

LEAD = "A hit is a lead, never a verdict: verify with the owner of the record before anybody acts."
NOT_CLEAR = "this is NOT a clear"
_SHOWN_VALUES = 4
_IN_FROM = {"category", "owner"}
"""Fields that stand beside each record already."""

_STYLE = {
    Verdict.VERDICT_HIT: "bold white on red",
    Verdict.VERDICT_NO_HIT: "bold green",
    Verdict.VERDICT_INCOMPLETE: "bold black on yellow",
}


def show(console: Console, answer: Answer, *, explain: bool, now: dt.datetime) -> None:
    """Print an answer; everything that a gateway sent passes through `safe`."""
    for part in _parts(answer, explain, now):
        console.print(part)


def searched(outcome: SourceOutcome) -> bool:
    """Whether a source searched everything that it holds, in data that are fresh enough."""
    return outcome.status == SourceStatus.SOURCE_STATUS_ANSWERED and outcome.complete


def _parts(answer: Answer, explain: bool, now: dt.datetime) -> Iterator[RenderableType]:
    yield from _warnings(answer.hits)
    yield _headline(answer)
    shown: dict[frozenset[tuple[str, str]], int] = {}
    for number, hit in enumerate(answer.hits, 1):
        same = shown.setdefault(frozenset((r.source, r.record_id) for r in hit.records), number)
        yield Text()
        yield _title(number, hit)
        yield grid(_hit_lines(hit, explain) if same == number else _same_lines(hit, same))
    if answer.omitted_hits:
        yield Text(f"\n{words.count(answer.omitted_hits, 'more lead')} left out by --limit.")
    if answer.hits:
        yield Text(f"\n{LEAD}", style="bold")
    yield from _outcomes(answer.outcomes, now)
    for notice in answer.notices:
        field = f" ({safe(notice.field)})" if notice.field else ""
        yield Text(f"Note: {safe(notice.message or notice.code)}{field}", style="yellow")
    yield Text(f"\nQuery {safe(answer.query_id)}", style="dim")


def _warnings(hits: Iterable[Hit]) -> Iterator[Text]:
    for number, hit in enumerate(hits, 1):
        if hit.warnings:
            named = ", ".join(safe(words.plain(w)).upper() for w in hit.warnings)
            yield Text(f"WARNING: {named} (lead {number})", style="bold white on red")


def _headline(answer: Answer) -> Text:
    verdict = verdict_of(answer)
    missing = [safe(o.source) for o in _unsearched(answer.outcomes)]
    listed = ", ".join(missing)
    if verdict == Verdict.VERDICT_HIT:
        text = f"HIT: {words.count(len(answer.hits), 'lead')}."
        text += f" Not (completely) searched: {listed}." if missing else ""
    elif verdict == Verdict.VERDICT_NO_HIT:
        text = "NO HIT: nothing found, and every required source was searched completely."
        text += f" Not (completely) searched, not required: {listed}." if missing else ""
    else:
        what = listed or "no required source holds what was asked about"
        text = f"INCOMPLETE: {NOT_CLEAR}. Nothing found, but not (completely) searched: {what}."
    return Text(text, style=_STYLE[verdict])


def _title(number: int, hit: Hit) -> Text:
    label = hit.entity.label or next((r.record_id for r in hit.records), hit.hit_id)
    return Text(f"{number}. {safe(label)}", style="bold")


def _same_lines(hit: Hit, same: int) -> Iterator[tuple[str, str]]:
    """The bearer's document may lead to the record that the bearer led to."""
    yield from _sure(hit)
    yield "from", f"the records of lead {same}, see there"


def _sure(hit: Hit) -> Iterator[tuple[str, str]]:
    band = words.BAND.get(words.name_of(Band, hit.band), "band not known")
    sure = f"{words.probability(hit.probability)}, {words.likelihood(hit.probability)}"
    yield "how sure", f"{sure}; {band}; similarity {hit.similarity:.2f}"
    if hit.subject_index:
        yield "subject", f"number {hit.subject_index + 1} of the query"


def _hit_lines(hit: Hit, explain: bool) -> Iterator[tuple[str, str]]:
    yield from _sure(hit)
    for item in hit.evidence:
        yield "why", _evidence(item)
        if explain:
            yield from (("", line) for line in _explained(item))
    for record in hit.records:
        about = [words.plain(record.category), record.owner and f"owner {record.owner}", record.url]
        aside = ", ".join(safe(a) for a in about if a)
        yield (
            "from",
            f"{safe(record.source)} {safe(record.record_id)}" + f" ({aside})" * bool(aside),
        )
    yield from _known(hit)
    if explain:
        for reason in hit.entity.merge_reasons:
            pair = f"{reason.left.source} {reason.left.record_id}, {reason.right.source} "
            pair = safe(pair + reason.right.record_id)
            rule = safe(words.plain(reason.rule))
            yield "merged", f"{pair}: {rule}, {words.probability(reason.probability)}"
    yield "next", words.instruction(safe(hit.instruction))
    if hit.must_confirm_with:
        yield "confirm", "with " + ", ".join(safe(owner) for owner in hit.must_confirm_with)


def _evidence(item: Evidence) -> str:
    """`+9.5 name, spelling: "asked" against "listed"`, or without values the weight alone."""
    if item.feature == "bias":
        among = safe(item.record_value)
        return f"{item.log_odds:+.2f} before any comparison: one record of {among}"
    head = f"{item.log_odds:+.2f} {safe(words.plain(item.feature))}"
    outcome = safe(words.plain(item.outcome))
    if outcome and outcome != safe(words.plain(item.feature)):
        head += f", {outcome}"
    values = [f'"{safe(value)}"' for value in (item.query_value, item.record_value) if value]
    return f"{head}: {' against '.join(values)}" if values else head


def _explained(item: Evidence) -> Iterator[str]:
    if item.explanation:
        yield f"      {safe(item.explanation)}"
    for pair in item.token_pairs:
        asked = safe(pair.query_token) or "(nothing)"
        listed = safe(pair.record_token) or "(nothing)"
        rule = safe(words.plain(pair.rule))
        weight = f"similarity {pair.similarity:.2f}, weight {pair.weight:+.2f}"
        yield f"      {asked} ~ {listed}: {rule}, {weight}"


def _known(hit: Hit) -> Iterator[tuple[str, str]]:
    """What the records say, field by field; values that exclude each other apart and named."""
    fields: dict[str, list[str]] = {}
    conflicts: dict[str, list[str]] = {}
    for attribute in hit.entity.attributes:
        said_by = ", ".join(dict.fromkeys(safe(p.source) for p in attribute.provenance))
        value = f"{safe(attribute.value)} ({said_by})" if said_by else safe(attribute.value)
        if attribute.field in _IN_FROM:
            continue
        target = conflicts if attribute.conflicting else fields
        target.setdefault(safe(words.plain(attribute.field)), []).append(value)
    for field, values in fields.items():
        more = f" and {len(values) - _SHOWN_VALUES} more" if len(values) > _SHOWN_VALUES else ""
        yield field, "; ".join(values[:_SHOWN_VALUES]) + more
    for field, values in conflicts.items():
        yield "conflict", f"{field}: " + " against ".join(values)


def _outcomes(outcomes: Iterable[SourceOutcome], now: dt.datetime) -> Iterator[RenderableType]:
    missing = list(_unsearched(outcomes))
    if missing:
        yield Text("\nNot searched, or not completely", style="bold yellow")
        yield grid((safe(o.source), _why_not(o, now)) for o in missing)
    complete = [o for o in outcomes if searched(o)]
    if complete:
        yield Text("\nSearched", style="bold")
        yield grid((safe(o.source), _data_of(o, now)) for o in complete)
    aside: dict[str, list[str]] = {}
    for outcome in filter(_aside, outcomes):
        aside.setdefault(outcome.reason or "holds nothing of this kind", []).append(outcome.source)
    for reason, named in aside.items():
        yield Text(f"\nNot asked ({safe(reason)}): {safe(', '.join(named))}", style="dim")


def _unsearched(outcomes: Iterable[SourceOutcome]) -> Iterator[SourceOutcome]:
    for outcome in outcomes:
        if not searched(outcome) and not _aside(outcome):
            yield outcome


def _aside(outcome: SourceOutcome) -> bool:
    """Whether a source was rightly not asked; one that a clear answer needs never is."""
    return outcome.status == SourceStatus.SOURCE_STATUS_NOT_APPLICABLE and not outcome.required


def _why_not(outcome: SourceOutcome, now: dt.datetime) -> str:
    status = words.name_of(SourceStatus, outcome.status)
    text = words.STATUS.get(status, f"unknown state {outcome.status}")
    if outcome.status == SourceStatus.SOURCE_STATUS_ANSWERED:
        text = "not completely searched"
    reason = f": {safe(outcome.reason)}" if outcome.reason else ""
    required = "required; " if outcome.required else "not required; "
    dated = f"; {_data_of(outcome, now)}" if outcome.HasField("as_of") else ""
    return f"{required}{text}{reason}{dated}"


def _data_of(outcome: SourceOutcome, now: dt.datetime) -> str:
    latency = outcome.latency.seconds * 1000 + outcome.latency.nanos / 1e6
    took = f"{latency:.0f} ms" if outcome.HasField("latency") else ""
    found = words.count(outcome.candidates, "candidate")
    dated = f"data {moment(outcome, now)}" if outcome.HasField("as_of") else "age of data not known"
    return ", ".join(part for part in (dated, found, took) if part)


def moment(message: Any, now: dt.datetime) -> str:
    """The `as_of` of an outcome or source with its age: `of 2026-11-20 06:00 UTC (29 h old)`."""
    try:
        as_of = message.as_of.ToDatetime(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return "of a time that cannot be read"
    return f"of {as_of:%Y-%m-%d %H:%M} UTC ({words.age(as_of, now)} old)"
