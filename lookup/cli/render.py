"""An answer as one screen: warnings, the verdict, leads with reasons, what was not searched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from lookup.cli import words
from lookup.cli.grid import grid
from lookup.cli.safe import safe
from lookup.client import Band, SourceStatus, Verdict, verdict_of
from lookup.languages.sentences import FSI, PDI, sentence
from lookup.languages.wording import Wording, wording

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from lookup.client import (
        CheckResponse,
        Evidence,
        Hit,
        Record,
        SourceOutcome,
        StreamCheckResponse,
    )

    Answer = CheckResponse | StreamCheckResponse

_SHOWN_VALUES = 4
_IN_FROM = {"category", "owner"}
"""Fields that stand beside each record already."""

_ISOLATES = {ord(FSI): None, ord(PDI): None}
_INDENT = " " * 6

_STYLE = {
    Verdict.VERDICT_HIT: "bold white on red",
    Verdict.VERDICT_NO_HIT: "bold green",
    Verdict.VERDICT_INCOMPLETE: "bold black on yellow",
}


def show(
    console: Console, answer: Answer, *, explain: bool, now: dt.datetime, language: str = "en"
) -> None:
    """Print an answer in a language; everything that a gateway sent passes through `safe`."""
    for part in _Screen(wording(language), explain, now).parts(answer):
        console.print(part)


def searched(outcome: SourceOutcome) -> bool:
    """Whether a source searched everything that it holds, in data that are fresh enough."""
    return outcome.status == SourceStatus.SOURCE_STATUS_ANSWERED and outcome.complete


def _unsearched(outcomes: Iterable[SourceOutcome]) -> Iterator[SourceOutcome]:
    for outcome in outcomes:
        if not searched(outcome) and not _aside(outcome):
            yield outcome


def _aside(outcome: SourceOutcome) -> bool:
    """Whether a source was rightly not asked; one that a clear answer needs never is."""
    return outcome.status == SourceStatus.SOURCE_STATUS_NOT_APPLICABLE and not outcome.required


@dataclass(frozen=True, slots=True)
class _Screen:
    """One answer in one language."""

    says: Wording
    explain: bool
    now: dt.datetime

    def parts(self, answer: Answer) -> Iterator[RenderableType]:
        yield from self._warnings(answer.hits)
        yield self._headline(answer)
        yield from self._notes(answer)
        shown: dict[frozenset[tuple[str, str]], int] = {}
        for number, hit in enumerate(answer.hits, 1):
            same = shown.setdefault(frozenset((r.source, r.record_id) for r in hit.records), number)
            yield Text()
            yield _title(number, hit)
            yield grid(self._hit_lines(hit) if same == number else self._same_lines(hit, same))
        if answer.omitted_hits:
            yield Text("\n" + self.says.count("screen.omitted", answer.omitted_hits))
        if answer.hits:
            yield Text("\n" + self.says.text("verdict.lead"), style="bold")
        yield from self._outcomes(answer.outcomes)
        query = self.says.text("screen.query", query_id=safe(answer.query_id))
        yield Text(f"\n{query}", style="dim")

    def _notes(self, answer: Answer) -> Iterator[Text]:
        """Right under the verdict: a misread zone bears upon what a clear is worth."""
        for notice in answer.notices:
            field = f" ({safe(notice.field)})" if notice.field else ""
            told = filter(None, (self.says.coded("notice", notice.code), safe(notice.message)))
            text = ": ".join(told) or safe(notice.code)
            yield Text(self.says.text("screen.note", text=text) + field, style="yellow")

    def _label(self, key: str) -> str:
        return self.says.text(f"label.{key}")

    def _coded(self, kind: str, code: str) -> str:
        return safe(words.coded(self.says, kind, code))

    def _warnings(self, hits: Iterable[Hit]) -> Iterator[Text]:
        for number, hit in enumerate(hits, 1):
            if hit.warnings:
                named = self._listed(self._coded("warning", w).upper() for w in hit.warnings)
                text = self.says.text("screen.warning", warnings=named, number=str(number))
                yield Text(text, style="bold white on red")

    def _headline(self, answer: Answer) -> Text:
        verdict = verdict_of(answer)
        listed = ", ".join(safe(o.source) for o in _unsearched(answer.outcomes))
        if verdict == Verdict.VERDICT_HIT:
            text = self.says.count("verdict.hit", len(answer.hits))
            after = "verdict.hit_missing"
        elif verdict == Verdict.VERDICT_NO_HIT:
            text, after = self.says.text("verdict.no_hit"), "verdict.no_hit_missing"
        else:
            key = "verdict.incomplete" if listed else "verdict.incomplete_nobody"
            text, after = self.says.text(key, sources=listed), ""
        if listed and after:
            text += " " + self.says.text(after, sources=listed)
        return Text(text, style=_STYLE[verdict])

    def _same_lines(self, hit: Hit, same: int) -> Iterator[tuple[str, str]]:
        """The bearer's document may lead to the record that the bearer led to."""
        yield from self._sure(hit)
        yield self._label("from"), self.says.text("screen.same", number=str(same))

    def _sure(self, hit: Hit) -> Iterator[tuple[str, str]]:
        text = self.says.text(
            "screen.sure",
            probability=words.probability(hit.probability),
            likelihood=words.likelihood(self.says, hit.probability),
            band=words.band(self.says, Band, hit.band),
            similarity=f"{hit.similarity:.2f}",
        )
        yield self._label("sure"), text
        if hit.subject_index:
            yield (
                self._label("subject"),
                self.says.text("screen.subject", number=str(hit.subject_index + 1)),
            )

    def _hit_lines(self, hit: Hit) -> Iterator[tuple[str, str]]:
        yield from self._sure(hit)
        for item in hit.evidence:
            yield self._label("why"), self._evidence(item)
            if self.explain:
                yield from (("", _INDENT + line) for line in self._explained(item))
        for record in hit.records:
            yield self._label("from"), self._record(record)
        yield from self._known(hit)
        if self.explain:
            for reason in hit.entity.merge_reasons:
                pair = f"{reason.left.source} {reason.left.record_id}, {reason.right.source} "
                pair = safe(pair + reason.right.record_id)
                rule = self._coded("merge", reason.rule)
                yield (
                    self._label("merged"),
                    f"{pair}: {rule}, {words.probability(reason.probability)}",
                )
        yield self._label("next"), words.instruction(self.says, safe(hit.instruction))
        if hit.must_confirm_with:
            owners = ", ".join(safe(owner) for owner in hit.must_confirm_with)
            yield self._label("confirm"), self.says.text("screen.confirm", owners=owners)

    def _record(self, record: Record) -> str:
        owner = record.owner and self.says.text("screen.owner", owner=safe(record.owner))
        about = [self._coded("category", record.category), owner, safe(record.url)]
        aside = self._listed(filter(None, about))
        return f"{safe(record.source)} {safe(record.record_id)}" + f" ({aside})" * bool(aside)

    def _listed(self, parts: Iterable[str]) -> str:
        return f"{self.says.text('screen.comma')} ".join(parts)

    def _against(self, values: Iterable[str]) -> str:
        return f" {self.says.text('screen.against')} ".join(values)

    def _evidence(self, item: Evidence) -> str:
        """`+5.80 Date of birth agrees in year and month: …`, the weight first."""
        values = {
            "query": safe(item.query_value),
            "record": safe(item.record_value),
            "similarity": f"{item.similarity:.2f}",
        }
        said = sentence(self.says, f"{item.feature}.{item.outcome}", values)
        return f"{item.log_odds:+.2f} {said or self._unworded(item)}"

    def _unworded(self, item: Evidence) -> str:
        """`name, spelling: "asked" against "listed"`, for a code that has no sentence here."""
        parts = (safe(words.plain(item.feature)), safe(words.plain(item.outcome)))
        head = ", ".join(dict.fromkeys(filter(None, parts)))
        values = [f'"{safe(value)}"' for value in (item.query_value, item.record_value) if value]
        return f"{head}: {self._against(values)}" if values else head

    def _explained(self, item: Evidence) -> Iterator[str]:
        """The words paired; of a reason without a sentence here, the one that the gateway made."""
        known = self.says.coded("reason", f"{item.feature}.{item.outcome}")
        if item.explanation and not known:
            yield safe(item.explanation.translate(_ISOLATES))
        for pair in item.token_pairs:
            values = {
                "query": safe(pair.query_token) or self.says.text("screen.nothing"),
                "record": safe(pair.record_token) or self.says.text("screen.nothing"),
                "similarity": f"{pair.similarity:.2f}",
            }
            said = sentence(self.says, f"name.pair.{pair.rule}", values)
            if said:
                yield f"{pair.weight:+.2f} {said}"
            else:
                rule, weight = safe(words.plain(pair.rule)), f"{pair.weight:+.2f}"
                yield self.says.text("screen.pair", rule=rule, weight=weight, **values)

    def _known(self, hit: Hit) -> Iterator[tuple[str, str]]:
        """What the records say, field by field; values that exclude each other apart and named."""
        fields: dict[str, list[str]] = {}
        conflicts: dict[str, list[str]] = {}
        for attribute in hit.entity.attributes:
            said_by = ", ".join(dict.fromkeys(safe(p.source) for p in attribute.provenance))
            value = f"{safe(attribute.value)} ({said_by})" if said_by else safe(attribute.value)
            if attribute.field in _IN_FROM:
                continue
            target = conflicts if attribute.conflicting else fields
            target.setdefault(self._coded("field", attribute.field), []).append(value)
        for field, values in fields.items():
            more = len(values) - _SHOWN_VALUES
            tail = " " + self.says.count("screen.more_values", more) if more > 0 else ""
            yield field, "; ".join(values[:_SHOWN_VALUES]) + tail
        for field, values in conflicts.items():
            yield self._label("conflict"), f"{field}: {self._against(values)}"

    def _outcomes(self, outcomes: Iterable[SourceOutcome]) -> Iterator[RenderableType]:
        missing = list(_unsearched(outcomes))
        if missing:
            yield Text("\n" + self.says.text("screen.missing"), style="bold yellow")
            yield grid((safe(o.source), self._why_not(o)) for o in missing)
        complete = [o for o in outcomes if searched(o)]
        if complete:
            yield Text("\n" + self.says.text("screen.searched"), style="bold")
            yield grid((safe(o.source), self._data_of(o)) for o in complete)
        aside: dict[str, list[str]] = {}
        for outcome in filter(_aside, outcomes):
            reason = self._told(outcome) or self.says.text("told.other_kind")
            aside.setdefault(reason, []).append(safe(outcome.source))
        for reason, named in aside.items():
            text = self.says.text("screen.not_asked", reason=reason, sources=", ".join(named))
            yield Text(f"\n{text}", style="dim")

    def _why_not(self, outcome: SourceOutcome) -> str:
        if outcome.status == SourceStatus.SOURCE_STATUS_ANSWERED:
            text = self.says.text("screen.partly")
        else:
            text = words.status(self.says, SourceStatus, outcome.status)
        need = self.says.text("screen.required" if outcome.required else "screen.not_required")
        key = "screen.state_reason" if outcome.reason else "screen.state"
        text = self.says.text(key, need=need, state=text, reason=self._told(outcome))
        return f"{text}; {self._data_of(outcome)}" if outcome.HasField("as_of") else text

    def _told(self, outcome: SourceOutcome) -> str:
        return safe(words.told(self.says, outcome.reason))

    def _data_of(self, outcome: SourceOutcome) -> str:
        found = self.says.count("screen.candidates", outcome.candidates)
        parts = [words.dated(self.says, outcome, self.now), found]
        if outcome.HasField("latency"):
            parts.append(f"{outcome.latency.seconds * 1000 + outcome.latency.nanos / 1e6:.0f} ms")
        return self._listed(parts)


def _title(number: int, hit: Hit) -> Text:
    label = hit.entity.label or next((r.record_id for r in hit.records), hit.hit_id)
    return Text(f"{number}. {safe(label)}", style="bold")
