"""The conformance kit: what every source must do, as checks that run against any adapter.

    from adapters.contract import CHECKS, Case, run_check

    @pytest.mark.parametrize("check", CHECKS, ids=str)
    def test_contract(check):
        finding = run_check(check, Case(make_my_adapter, Person(names=(Name("Ada Example"),))))
        assert finding.ok, finding

`check_adapter` runs all of them; `lookup sources test NAME` prints what it finds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from adapters.base import Adapter, Answer, Query, Refused, SourceError
from matching.record import (
    Document,
    Kind,
    Name,
    NameKind,
    PartialDate,
    Person,
    Record,
    Subject,
    Vehicle,
    kind_of,
)

SECONDS = 30.0
"""How long one check may take before the source counts as hanging."""

_LIMIT = 50
_AT_ONCE = 8
_CLOCK_SKEW = timedelta(minutes=5)

UNKNOWN: dict[Kind, Subject] = {
    Kind.PERSON: Person(names=(Name("Xqzvjkw Wqxzyvk"),), births=(PartialDate(1871, 2, 3),)),
    Kind.DOCUMENT: Document("QXZV000000917", "UTO", "PASSPORT"),
    Kind.VEHICLE: Vehicle(vin="ZXZVZX917ZX000917", plate="QXZV0917", plate_country="UTO"),
}
"""A subject of each kind that no source should hold."""

ODD: tuple[Subject, ...] = (
    Person(names=(Name("A"),)),
    Person(names=(Name("李"),)),
    Person(names=(Name(" ".join(f"Name{number}" for number in range(24))),)),
    Person(names=(Name("محمد \u200f بن \u202eعبد الله"),)),
    Person(names=(Name("P<UTOERIKSSON<<ANNA<MARIA<<<<<<", kind=NameKind.MRZ),)),
    Person(names=(Name("<<<<<<<<<<"),)),
    Person(names=(Name("-"), Name("FNU LNU"), Name("''''"))),
    Person(names=(Name(surname="O\u0308\u0308\u0308zil", may_be_truncated=True),)),
    Person(births=(PartialDate(raw="unknown"),), documents=(Document("<<<"),)),
    Person(names=(Name("Ada Example"),), births=(PartialDate(0, 2, 30), PartialDate(9999, 99, 99))),
    Document("0"),
    Document("<<<<<<<<<", "???", "?"),
    Document("Ａ１２３４５６７８９" * 6, "XXX"),
    Vehicle(plate="-"),
    Vehicle(vin="0", engine_number="\u0660\u0661\u0662"),
    Vehicle(plate="СВ5501ВХ", plate_country="UKR"),
)
"""Subjects that are strange but legal: a source answers them, or raises a `SourceError`."""


@dataclass(frozen=True, slots=True)
class Case:
    """A source under test.

    `make` gives a fresh adapter; the kit closes it. `sample` is a subject that the source holds,
    `expected` the id of a record that must be among the candidates for it, if that is known.
    `unknown` is a subject of the same kind that the source does not hold.
    """

    make: Callable[[], Adapter]
    sample: Subject
    expected: str = ""
    unknown: Subject | None = None

    def absent(self) -> Subject:
        """A subject that the source must answer with nothing."""
        return self.unknown or UNKNOWN[kind_of(self.sample)]


@dataclass(frozen=True, slots=True)
class Finding:
    """The end of one check; `detail` says what is wrong, in words for the source's author."""

    check: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the adapter port; its text is the docstring of `run`."""

    run: Callable[[Adapter, Case], Awaitable[None]]

    def __str__(self) -> str:
        return self.run.__name__.removeprefix("_")


class Broken(Exception):
    """A promise is not kept; the message says which."""


def subject_of(record: Record) -> Subject | None:
    """The question that `record` answers best: its vehicle, its holder by name, its document."""
    if record.kind is Kind.VEHICLE and record.vehicles:
        return record.vehicles[0]
    if record.kind in {Kind.PERSON, Kind.UNKNOWN} and record.names:
        return Person(record.names[:1], record.births[:1], documents=record.documents[:1])
    return record.documents[0] if record.documents else None


def check_adapter(
    make: Callable[[], Adapter],
    sample: Subject,
    *,
    expected: str = "",
    unknown: Subject | None = None,
) -> list[Finding]:
    """Every check against the adapters that `make` gives, a fresh one for each; see `Case`."""
    case = Case(make, sample, expected, unknown)
    return [run_check(check, case) for check in CHECKS]


def run_check(check: Check, case: Case) -> Finding:
    """One check in an event loop of its own; never raises what the adapter raises."""
    return asyncio.run(_run(check, case))


def render(findings: Iterable[Finding]) -> str:
    """The findings as text, one line for each, broken promises marked and counted."""
    listed = list(findings)
    broken = [finding for finding in listed if not finding.ok]
    width = max((len(finding.check) for finding in listed), default=0)
    rows = [
        f"{'ok' if f.ok else 'BROKEN':<6} {f.check.replace('_', ' '):<{width}}  {f.detail}".rstrip()
        for f in listed
    ]
    return "\n".join([*rows, f"{len(listed)} checks, {len(broken)} broken"])


async def _run(check: Check, case: Case) -> Finding:
    name = str(check)
    try:
        adapter = case.make()
        try:
            async with asyncio.timeout(SECONDS):
                await check.run(adapter, case)
        finally:
            await adapter.aclose()
    except Broken as broken:
        return Finding(name, ok=False, detail=str(broken))
    except TimeoutError:
        return Finding(name, ok=False, detail=f"not done within {SECONDS:g} s")
    except Exception as error:  # noqa: BLE001 - whatever a source raises is a finding
        return Finding(name, ok=False, detail=f"raises {type(error).__name__}: {error}")
    return Finding(name, ok=True)


def _need(kept: bool, message: str) -> None:
    if not kept:
        raise Broken(message)


async def _ask(adapter: Adapter, subject: Subject, limit: int = _LIMIT) -> Answer:
    answer = await adapter.search(Query(subject, limit=limit))
    _need(isinstance(answer, Answer), f"search gives {type(answer).__name__}, not an Answer")
    return answer


async def _capabilities_are_constant_and_askable(adapter: Adapter, case: Case) -> None:
    sheet = adapter.capabilities
    askable = frozenset({Kind.PERSON, Kind.VEHICLE, Kind.DOCUMENT})
    fitting = bool(sheet.kinds) and sheet.kinds <= askable
    _need(fitting, "kinds are some of person, vehicle and document")
    _need(kind_of(case.sample) in sheet.kinds, "the sample is of a kind that it cannot be asked")
    await _ask(adapter, case.sample)
    _need(adapter.capabilities == sheet, "capabilities change")


async def _search_finds_the_sample(adapter: Adapter, case: Case) -> None:
    answer = await _ask(adapter, case.sample)
    _need(isinstance(answer.candidates, tuple), "candidates are a tuple")
    _need(all(isinstance(c, Record) for c in answer.candidates), "a candidate is not a Record")
    _need(bool(answer.candidates), "no candidate for the sample")
    ids = [candidate.id for candidate in answer.candidates]
    _need(case.expected in {"", *ids}, f"{case.expected} is not among the candidates")
    _need(answer.touched >= len(ids), "fewer records touched than returned")


async def _ids_are_given_and_unique(adapter: Adapter, case: Case) -> None:
    ids = [candidate.id for candidate in (await _ask(adapter, case.sample)).candidates]
    _need(all(ids), "a candidate has no id")
    _need(len(set(ids)) == len(ids), "one id comes twice")


async def _limits_hold(adapter: Adapter, case: Case) -> None:
    for limit in (1, 2, 500):
        count = len((await _ask(adapter, case.sample, limit)).candidates)
        _need(count <= limit, f"{count} candidates where {limit} were asked for")
    _need(bool((await _ask(adapter, case.sample, 1)).candidates), "nothing at a limit of 1")


async def _nobody_is_found_for_an_unknown_subject(adapter: Adapter, case: Case) -> None:
    answer = await _ask(adapter, case.absent())
    _need(not answer.candidates, f"{len(answer.candidates)} candidates for an unknown subject")
    _need(
        answer.complete or adapter.capabilities.partial,
        "an empty answer is incomplete, though the source is not declared partial",
    )


async def _a_partial_source_is_never_complete(adapter: Adapter, case: Case) -> None:
    if adapter.capabilities.partial:
        for subject in (case.sample, case.absent()):
            _need(not (await _ask(adapter, subject)).complete, "complete, though declared partial")


async def _other_kinds_are_refused(adapter: Adapter, _case: Case) -> None:
    for kind in UNKNOWN.keys() - adapter.capabilities.kinds:
        try:
            await adapter.search(Query(UNKNOWN[kind]))
        except Refused:
            continue
        raise Broken(f"a {kind} is not refused")


async def _records_come_back_by_id(adapter: Adapter, case: Case) -> None:
    for candidate in (await _ask(adapter, case.sample)).candidates:
        found = await adapter.get_record(candidate.id)
        _need(found == candidate, f"get_record({candidate.id!r}) gives something else")
    for strange in ("", "no such record", "x" * 300, "\x00", "../..", "ü"):
        _need(await adapter.get_record(strange) is None, f"a record for the id {strange[:20]!r}")


async def _time_is_utc_and_not_ahead(adapter: Adapter, case: Case) -> None:
    as_of = (await _ask(adapter, case.sample)).as_of
    if as_of is not None:
        _need(as_of.utcoffset() == timedelta(0), "as_of is not in UTC")
        _need(as_of <= datetime.now(UTC) + _CLOCK_SKEW, "as_of is in the future")


async def _status_agrees_with_answers(adapter: Adapter, case: Case) -> None:
    answer, status = await _ask(adapter, case.sample), await adapter.status()
    _need(status.version == answer.version, "status and answer name different versions")
    _need(status.as_of == answer.as_of, "status and answer differ in as_of")
    _need(status.rejected >= 0 and answer.rejected >= 0, "a negative count of rejected rows")
    known = status.records is None or status.records >= len(answer.candidates)
    _need(known, "status counts fewer records than were found")


async def _answers_are_repeatable(adapter: Adapter, case: Case) -> None:
    first = await _ask(adapter, case.sample)
    _need(
        await _ids(adapter, case) == _ids_of(first), "the same question, another order of answers"
    )


async def _searches_at_once_do_not_disturb_each_other(adapter: Adapter, case: Case) -> None:
    alone = await _ids(adapter, case)
    found = await asyncio.gather(*(_ids(adapter, case) for _ in range(_AT_ONCE)))
    _need(all(ids == alone for ids in found), "answers differ when asked at the same time")


async def _ids(adapter: Adapter, case: Case) -> list[str]:
    return _ids_of(await _ask(adapter, case.sample))


def _ids_of(answer: Answer) -> list[str]:
    return [candidate.id for candidate in answer.candidates]


async def _cancellation_leaves_nothing(adapter: Adapter, case: Case) -> None:
    before = asyncio.all_tasks()
    search = asyncio.ensure_future(_ask(adapter, case.sample))
    await asyncio.sleep(0)
    search.cancel()
    await asyncio.wait([search])
    left = asyncio.all_tasks() - before
    _need(not left, f"{len(left)} tasks run on after the cancellation")
    _need(bool(await _ids(adapter, case)), "nothing is found after a cancelled search")


async def _an_inline_source_never_suspends(adapter: Adapter, case: Case) -> None:
    if not adapter.capabilities.inline:
        return
    for subject in (case.sample, case.absent()):
        search = adapter.search(Query(subject))
        try:
            search.send(None)
        except StopIteration:
            continue
        finally:
            search.close()
        raise Broken("search suspends, though the source is declared inline")


async def _odd_subjects_are_answered_or_refused(adapter: Adapter, _case: Case) -> None:
    for subject in ODD:
        for asked in (subject, _twice(subject)):
            try:
                await _ask(adapter, asked, 5)
            except SourceError:
                continue


def _twice(subject: Subject) -> Subject:
    """The same with every name a second time: doubles in a query are legal."""
    return replace(subject, names=subject.names * 2) if isinstance(subject, Person) else subject


async def _closing_twice_is_harmless(adapter: Adapter, case: Case) -> None:
    await _ask(adapter, case.sample)
    await adapter.aclose()
    await adapter.aclose()


CHECKS: tuple[Check, ...] = (
    Check(_capabilities_are_constant_and_askable),
    Check(_search_finds_the_sample),
    Check(_ids_are_given_and_unique),
    Check(_limits_hold),
    Check(_nobody_is_found_for_an_unknown_subject),
    Check(_a_partial_source_is_never_complete),
    Check(_other_kinds_are_refused),
    Check(_records_come_back_by_id),
    Check(_time_is_utc_and_not_ahead),
    Check(_status_agrees_with_answers),
    Check(_answers_are_repeatable),
    Check(_searches_at_once_do_not_disturb_each_other),
    Check(_cancellation_leaves_nothing),
    Check(_an_inline_source_never_suspends),
    Check(_odd_subjects_are_answered_or_refused),
    Check(_closing_twice_is_harmless),
)
"""Every promise of the port, in the order in which an author should read them."""
