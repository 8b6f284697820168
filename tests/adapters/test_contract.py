"""The conformance kit finds every broken promise, and only those."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters import contract
from adapters.base import Answer, Capabilities, Status, Unavailable
from adapters.contract import CHECKS, Finding, check_adapter, render
from adapters.scripted import Scripted
from matching.record import Document, Kind, Name, Person, Record, Vehicle

ADA = Record("1", names=(Name("Ada Example"),))
TWIN = Record("2", names=(Name("Ada Example"),))
SAMPLE = Person(names=(Name("Ada Example"),))
INLINE = Capabilities(frozenset({Kind.PERSON}), inline=True)


class Good(Scripted):
    """Keeps every promise; the sources below break one each."""

    def __init__(self, **settings):
        super().__init__(records=[ADA, TWIN], **settings)


class Changed(Good):
    """Answers as `Good`, with one thing changed."""

    change = staticmethod(lambda answer: answer)

    async def search(self, query):
        return self.change(await super().search(query))


def changed(**fields):
    made = type("Made", (Changed,), {})
    made.change = staticmethod(lambda answer: dataclasses.replace(answer, **fields))
    return made


class Rubbish(Good):
    async def search(self, query):
        await super().search(query)
        return ["Ada"]


class Raises(Good):
    async def search(self, query):
        raise KeyError(query.subject.names[0].full)


class Greedy(Good):
    async def search(self, query):
        return await super().search(dataclasses.replace(query, limit=500))


class Nothing(Changed):
    change = staticmethod(lambda answer: dataclasses.replace(answer, candidates=()))


class Everything(Good):
    async def search(self, query):
        found = (ADA, TWIN)[: query.limit]
        return dataclasses.replace(await super().search(query), candidates=found)


class Anybody(Good):
    async def search(self, query):
        if not isinstance(query.subject, Person):
            return Answer()
        return await super().search(query)


class Forgetful(Good):
    async def get_record(self, _record_id):
        return None


class Inventive(Good):
    async def get_record(self, record_id):
        return await super().get_record(record_id) or TWIN


class Contrary(Good):
    async def status(self):
        return dataclasses.replace(await super().status(), version="9")


class Shrunk(Good):
    async def status(self):
        return Status(1, "1", (await super().status()).as_of)


class Moody(Good):
    turn = 0

    async def search(self, query):
        answer = await super().search(query)
        self.turn += 1
        return dataclasses.replace(answer, candidates=answer.candidates[:: (-1) ** self.turn])


class Littering(Good):
    async def search(self, query):
        self.left = asyncio.ensure_future(asyncio.sleep(3600))
        return await super().search(query)


class Fragile(Good):
    async def search(self, query):
        if isinstance(query.subject, Person) and len(query.subject.names[0].full) < 2:
            raise IndexError("one letter")
        return await super().search(query)


class Once(Good):
    async def aclose(self):
        await super().aclose()
        if self.closed > 1:
            raise RuntimeError("closed already")


class Shifting(Good):
    @property
    def capabilities(self):
        sheet = super().capabilities
        return dataclasses.replace(sheet, reveals=bool(self.asked))


LATER = datetime.now(UTC) + timedelta(days=1)
ELSEWHERE = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))

BROKEN = {
    "capabilities_are_constant_and_askable": [
        Shifting,
        lambda: Good(kinds=(Kind.PERSON, Kind.VESSEL)),
        lambda: Good(kinds=(Kind.VEHICLE,)),
        lambda: Good(kinds=()),
    ],
    "search_finds_the_sample": [Nothing, Rubbish, Raises, changed(touched=0)],
    "ids_are_given_and_unique": [changed(candidates=(ADA, ADA)), changed(candidates=(Record(""),))],
    "limits_hold": [Greedy],
    "nobody_is_found_for_an_unknown_subject": [Everything, changed(complete=False)],
    "a_partial_source_is_never_complete": [
        lambda: changed(complete=True)(
            capabilities=Capabilities(frozenset({Kind.PERSON}), partial=True)
        )
    ],
    "other_kinds_are_refused": [Anybody],
    "records_come_back_by_id": [Forgetful, Inventive],
    "time_is_utc_and_not_ahead": [
        changed(as_of=LATER),
        changed(as_of=ELSEWHERE),
        changed(as_of=ELSEWHERE.replace(tzinfo=None)),
    ],
    "status_agrees_with_answers": [Contrary, Shrunk, changed(as_of=LATER), changed(rejected=-1)],
    "answers_are_repeatable": [Moody],
    "searches_at_once_do_not_disturb_each_other": [Moody],
    "cancellation_leaves_nothing": [Littering],
    "an_inline_source_never_suspends": [lambda: Good(capabilities=INLINE)],
    "odd_subjects_are_answered_or_refused": [Fragile],
    "closing_twice_is_harmless": [Once],
}


def broken(make):
    return {finding.check for finding in check_adapter(make, SAMPLE) if not finding.ok}


def test_a_good_source_breaks_nothing():
    findings = check_adapter(Good, SAMPLE, expected="2")
    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) == len(CHECKS)


def test_every_check_has_a_source_that_breaks_it():
    assert {str(check) for check in CHECKS} == set(BROKEN)


@pytest.mark.parametrize(
    ("name", "make"), [(name, make) for name, makes in BROKEN.items() for make in makes]
)
def test_a_broken_promise_is_found(name, make):
    assert name in broken(make)


def test_an_expected_record_must_be_among_the_candidates():
    findings = check_adapter(Good, SAMPLE, expected="3")
    assert [f.detail for f in findings if not f.ok] == ["3 is not among the candidates"]


def test_another_unknown_subject_may_be_given():
    findings = check_adapter(Good, SAMPLE, unknown=SAMPLE)
    assert [f.check for f in findings if not f.ok] == ["nobody_is_found_for_an_unknown_subject"]


def test_a_source_that_hangs_is_a_finding(monkeypatch):
    class Hanging(Good):
        async def search(self, query):
            await asyncio.Event().wait()
            return await super().search(query)

    monkeypatch.setattr(contract, "SECONDS", 0.02)
    finding = contract.run_check(CHECKS[1], contract.Case(Hanging, SAMPLE))
    assert not finding.ok
    assert "not done within" in finding.detail


def test_a_source_that_cannot_be_made_or_reached_is_a_finding():
    class Away(Good):
        async def search(self, query):
            await super().search(query)
            raise Unavailable("not reachable")

    def never():
        raise OSError("no such place")

    assert all(not finding.ok for finding in check_adapter(never, SAMPLE))
    details = [finding.detail for finding in check_adapter(Away, SAMPLE) if not finding.ok]
    assert "raises Unavailable: not reachable" in details


@pytest.mark.parametrize(
    ("record", "subject"),
    [
        (ADA, SAMPLE),
        (Record("3", Kind.UNKNOWN, names=ADA.names), SAMPLE),
        (Record("4", Kind.VEHICLE, vehicles=(Vehicle(plate="A1"),)), Vehicle(plate="A1")),
        (Record("5", Kind.DOCUMENT, documents=(Document("D1"),)), Document("D1")),
        (Record("6", Kind.ORGANISATION, names=ADA.names), None),
    ],
)
def test_a_record_tells_what_to_ask_for(record, subject):
    assert contract.subject_of(record) == subject


def test_findings_fit_on_a_screen():
    text = render([*check_adapter(Good, SAMPLE), Finding("one_more", ok=False, detail="broken")])
    lines = text.splitlines()
    assert len(lines) == len(CHECKS) + 2 <= 24
    assert lines[0].startswith("ok     capabilities are constant")
    assert lines[-2].split() == ["BROKEN", "one", "more", "broken"]
    assert lines[-1] == f"{len(CHECKS) + 1} checks, 1 broken"
