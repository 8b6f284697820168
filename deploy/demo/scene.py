"""What the demonstration asks and what must come of it: questions, and answers held to a truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stage import Failed

from lookup.cli.subjects import subjects_of
from lookup.client import (
    CheckRequest,
    CheckResponse,
    Context,
    Purpose,
    SourceStatus,
    StreamCheckResponse,
    Verdict,
    verdict_of,
)
from lookup.v1.lookup_service_pb2 import TRAFFIC_EXERCISE

Answer = CheckResponse | StreamCheckResponse
Expected = Mapping[str, Any]
Tables = Mapping[str, Any]

NOT_WHOLE = "ANSWERED, NOT COMPLETE"


@dataclass(frozen=True, slots=True)
class Question:
    """One check: `key` finds its truth, `title` says to a reader what is asked.

    `fields` are those of a manifest (`lookup.cli.subjects.FIELDS`). `expected` says what the
    answer must be, see `differences`.
    """

    key: str
    title: str
    fields: Mapping[str, Sequence[str]]
    expected: Expected = field(default_factory=dict)

    def request(self) -> CheckRequest:
        """The request; an exercise, which can never reach a real officer."""
        context = Context(
            purpose=Purpose.PURPOSE_TEST_OR_EXERCISE,
            justification="demonstration",
            traffic=TRAFFIC_EXERCISE,
        )
        return CheckRequest(context=context, subjects=subjects_of(self.fields))


@dataclass(frozen=True, slots=True)
class Faults:
    """The questions around a source that fails.

    Streamed and asked while it is stopped, asked when it is dead, asked again when it is back.
    """

    streamed: Question
    stopped: Question
    killed: Question
    back: Question


@dataclass(frozen=True, slots=True)
class Scene:
    """One demonstration: the configurations of gateway and owner, and the questions.

    `apart` is the source with a process of its own; its owner's configuration is `owner`.
    `script` makes the questions when the lists are loaded; `shown` is the key of the one whose
    answer is shown in full, the first one if it is not asked. `remarks` come at the start.
    """

    gateway: Tables
    owner: Tables
    apart: str
    script: Callable[[], tuple[Sequence[Question], Faults]]
    shown: str
    loading_seconds: float = 60.0
    remarks: tuple[str, ...] = ()


def seen(answer: Answer) -> dict[str, Any]:
    """The verdict, the records of the first hit, and the sources by what became of them."""
    outcomes: dict[str, list[str]] = {}
    for outcome in answer.outcomes:
        outcomes.setdefault(_word(outcome.status, complete=outcome.complete), []).append(
            outcome.source
        )
    return {
        "verdict": Verdict.Name(verdict_of(answer)).removeprefix("VERDICT_"),
        "first": first(answer),
        "outcomes": {word: sorted(names) for word, names in sorted(outcomes.items())},
    }


def first(answer: Answer) -> list[str]:
    """The records of the first hit, `SOURCE ID`, best first."""
    return [f"{r.source} {r.record_id}" for hit in answer.hits[:1] for r in hit.records]


def differences(expected: Expected, answer: Answer) -> list[str]:
    """What is not as expected, one line each.

    `verdict`, `first` and `outcomes` are those of `seen`; `holds` are records of which the first
    hit must have one; `apart` is a source and what must have become of it.
    """
    got = seen(answer)
    found = [
        f"{name}: expected {_text(wanted)}, got {_text(got[name])}"
        for name, wanted in expected.items()
        if name in got and got[name] != wanted
    ]
    if "holds" in expected and not set(expected["holds"]) & set(got["first"]):
        found.append(f"first: expected {' or '.join(expected['holds'])}, got {_text(got['first'])}")
    if "apart" in expected:
        name, word = expected["apart"]
        if name not in got["outcomes"].get(word, ()):
            found.append(f"{name}: expected {word}, got {_text(got['outcomes'])}")
    return found


def read_truth(path: Path, keys: Sequence[str]) -> dict[str, Expected]:
    """The committed truth by key; `Failed` unless it says everything of exactly these questions."""
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
        complete = all({"verdict", "first", "outcomes"} == set(truth[key]) for key in truth)
    except (OSError, ValueError, TypeError) as error:
        raise Failed(f"{path} cannot be used: {error}") from error
    if set(truth) != set(keys) or not complete:
        raise Failed(
            f"{path} must say verdict, first and outcomes of: {', '.join(keys)}; "
            f"it has: {', '.join(truth)}"
        )
    return dict(truth)


def _word(status: int, *, complete: bool) -> str:
    word = SourceStatus.Name(status).removeprefix("SOURCE_STATUS_")  # type: ignore[arg-type]
    return NOT_WHOLE if word == "ANSWERED" and not complete else word


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
