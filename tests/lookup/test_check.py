"""The use case: what is clear, what is on record before what, what is answered twice."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import sqlite3
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inside import (
    NOW,
    Inside,
    Quick,
    outcome,
    person,
    quick,
    record,
    request,
    scripted,
    source,
    status,
    verdict,
)

from adapters import scripted as step
from adapters.base import Answer, Capabilities, Garbled, Loading, Refused, Suspended, Unavailable
from adapters.scripted import AS_OF
from lookup.audit.checkpoint import read_public_keys
from lookup.audit.errors import AuditUnavailable
from lookup.audit.verify import verify_log
from lookup.check import MAX_ANSWER
from lookup.convert import requests
from lookup.deadline import Deadline
from lookup.errors import DeadlineTooShort, QueryIdReused, QueryInProgress, UnknownSource
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2
from matching.rank import Thresholds
from matching.record import Document, Kind, PartialDate, Record, Vehicle, kind_of

ADA = record(warnings=("ARMED",), category="NOTICE_RED", owner="UTO")
DAY = timedelta(days=1)
BOTH = (Kind.PERSON, Kind.DOCUMENT)
BORN = (PartialDate(1991, 7, 8),)


def test_a_hit(inside):
    answer = inside(source("a", quick(ADA)), source("b", quick())).check()
    assert verdict(answer) == "HIT"
    (hit,) = answer.hits
    assert (hit.records[0].source, hit.records[0].record_id) == ("a", "r1")
    assert (list(hit.warnings), list(hit.must_confirm_with)) == (["ARMED"], ["UTO"])
    assert [o.source for o in answer.outcomes] == ["a", "b"]
    assert (outcome(answer, "a").candidates, outcome(answer, "b").candidates) == (1, 0)


def test_all_required_sources_searched_is_clear(inside):
    answer = inside(source("a", quick()), scripted("b")).check()
    assert verdict(answer) == "NO_HIT"
    assert all(o.complete and o.required for o in answer.outcomes)


CONDITIONS = {
    "sound": quick,
    "cut": lambda: quick(complete=False),
    "partial": lambda: quick(partial=True),
    "garbled": lambda: Quick(Garbled("x")),
    "refused": lambda: Quick(Refused("x")),
    "loading": lambda: Quick(Loading("x")),
    "unavailable": lambda: Quick(Unavailable("x")),
    "switched off": lambda: Quick(Suspended("x")),
    "stale": lambda: quick(as_of=AS_OF - 9 * DAY, max_age=DAY),
    "of unknown age": lambda: quick(as_of=None, max_age=DAY),
    "bug": lambda: Quick(ZeroDivisionError()),
    "rubbish": lambda: Quick("rubbish"),
}
conditions = st.sampled_from(list(CONDITIONS))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(conditions, st.booleans()), max_size=4), st.booleans())
def test_clear_only_if_every_required_source_searched_everything(writer, shape, hit):
    sources = [
        source(f"s{n}", CONDITIONS[name](), required=required)
        for n, (name, required) in enumerate(shape)
    ]
    if hit:
        sources.append(source("hit", quick(ADA), required=False))
    whole = Inside(writer.socket, *sources)
    try:
        answer = whole.check()
    finally:
        whole.close()
    required = [name for name, is_required in shape if is_required]
    clear = bool(required) and set(required) == {"sound"}
    assert verdict(answer) == ("HIT" if hit else "NO_HIT" if clear else "INCOMPLETE")
    assert len(answer.outcomes) == len(sources)


FAILING = [step.fails(Unavailable("x")), step.rubbish(None), step.fails(KeyError("x"))]


@pytest.mark.parametrize("failing", list(itertools.product([False, True], repeat=4)))
def test_no_subset_of_failing_required_sources_is_clear(inside, failing):
    sources = [
        scripted(f"s{n}", *([FAILING[n % 3]] if fails else [])) for n, fails in enumerate(failing)
    ]
    assert verdict(inside(*sources).check()) == ("INCOMPLETE" if any(failing) else "NO_HIT")


def test_the_status_of_each_condition(inside):
    sources = [source(name.replace(" ", "-"), make()) for name, make in CONDITIONS.items()]
    sources.append(source("off", quick(ADA), suspended="audit of the list"))
    sources.append(source("cars", quick(kinds=(Kind.VEHICLE,))))
    answer = inside(*sources, scripted("late", step.hangs())).check(seconds=0.3)
    assert {o.source: (status(answer, o.source), o.complete) for o in answer.outcomes} == {
        "sound": ("ANSWERED", True),
        "cut": ("ANSWERED", False),
        "partial": ("ANSWERED", False),
        "garbled": ("GARBLED", False),
        "refused": ("REFUSED", False),
        "loading": ("LOADING", False),
        "unavailable": ("UNAVAILABLE", False),
        "switched-off": ("SUSPENDED", False),
        "stale": ("STALE", False),
        "of-unknown-age": ("STALE", False),
        "bug": ("UNAVAILABLE", False),
        "rubbish": ("GARBLED", False),
        "off": ("SUSPENDED", False),
        "cars": ("NOT_APPLICABLE", False),
        "late": ("TIMED_OUT", False),
    }
    assert outcome(answer, "off").reason == "audit of the list"
    assert outcome(answer, "stale").reason == "older than 1 day, 0:00:00"
    assert [o.source for o in answer.outcomes if not o.required] == ["cars"]


def test_a_suspended_source_is_not_asked(inside):
    off = source("off", quick(ADA), suspended="audit of the list")
    answer = inside(off, source("a", quick())).check()
    assert off.adapter.asked == []
    assert verdict(answer) == "INCOMPLETE"


@pytest.mark.parametrize(
    ("bound", "declared", "expected"),
    [
        (None, None, "NO_HIT"),
        (DAY, None, "INCOMPLETE"),
        (None, DAY, "INCOMPLETE"),
        (9 * DAY, DAY, "NO_HIT"),
        (DAY, 9 * DAY, "INCOMPLETE"),
    ],
)
def test_the_configured_freshness_bound_goes_before_the_declared_one(
    inside, bound, declared, expected
):
    old = quick(as_of=NOW - 2 * DAY, max_age=declared)
    assert verdict(inside(source("a", old, max_age=bound)).check()) == expected


def test_one_subject_of_unknown_age_makes_the_source_stale(inside):
    ages = iter([AS_OF, None])

    class Aging(Quick):
        async def search(self, _):
            return Answer(as_of=next(ages))

    answer = inside(source("a", Aging(max_age=DAY))).check(request(person(), person("Bo Other")))
    assert status(answer, "a") == "STALE"


def test_a_source_that_is_not_required_stands_in_nobodys_way(inside):
    extra = source("extra", Quick(Unavailable("x")), required=False)
    assert verdict(inside(source("a", quick()), extra).check()) == "NO_HIT"


def test_a_hit_outweighs_what_is_missing(inside):
    answer = inside(source("a", quick(ADA)), source("b", Quick(Unavailable("x")))).check()
    assert (verdict(answer), status(answer, "b")) == ("HIT", "UNAVAILABLE")


def test_leaving_out_a_required_source_is_not_clear(inside):
    whole = inside(source("a", quick()), source("b", quick(ADA)))
    answer = whole.check(request(options={"sources": ["a"]}))
    assert verdict(answer) == "INCOMPLETE"
    assert (status(answer, "b"), outcome(answer, "b").required) == ("NOT_APPLICABLE", True)
    assert outcome(answer, "b").reason == "left out by options.sources"


def test_leaving_out_an_optional_source_is_clear(inside):
    whole = inside(source("a", quick()), source("b", quick(), required=False))
    assert verdict(whole.check(request(options={"sources": ["a"]}))) == "NO_HIT"


def test_without_an_applicable_required_source_nothing_is_clear(inside):
    assert verdict(inside().check()) == "INCOMPLETE"
    assert verdict(inside(source("a", quick(), required=False)).check()) == "INCOMPLETE"
    cars = source("cars", quick(kinds=(Kind.VEHICLE,)))
    assert verdict(inside(cars).check()) == "INCOMPLETE"


def test_a_subject_that_nobody_can_answer_is_not_clear(inside):
    car = record_pb2.Subject(vehicle=record_pb2.Vehicle(plate="AB 123"))
    people = inside(source("people", quick()))
    assert verdict(people.check(request(person()))) == "NO_HIT"
    assert verdict(people.check(request(person(), car))) == "INCOMPLETE"
    optional = source("cars", quick(kinds=(Kind.VEHICLE,)), required=False)
    assert verdict(inside(source("people", quick()), optional).check(request(person(), car))) == (
        "INCOMPLETE"
    )
    both = inside(source("people", quick()), source("cars", quick(kinds=(Kind.VEHICLE,))))
    assert verdict(both.check(request(person(), car))) == "NO_HIT"


def test_an_unknown_source_is_named(inside):
    with pytest.raises(UnknownSource) as caught:
        inside(source("a", quick())).check(request(options={"sources": ["a", "ofca"]}))
    assert caught.value.metadata == {"source": "ofca"}


def test_subjects_of_one_encounter(inside):
    papers = Record("d1", Kind.DOCUMENT, documents=(Document("X1234567", "UTO"),))
    car = Record("v1", Kind.VEHICLE, vehicles=(Vehicle(vin="1M8GDM9AXKP042788"),))
    whole = inside(
        source("people", quick(ADA)),
        source("papers", quick(papers, kinds=(Kind.DOCUMENT,))),
        source("cars", quick(car, kinds=(Kind.VEHICLE,))),
    )
    answer = whole.check(
        request(
            record_pb2.Subject(vehicle=record_pb2.Vehicle(vin="1M8GDM9AXKP042788")),
            person(),
            record_pb2.Subject(document=record_pb2.Document(number="X1234567", issuer="UTO")),
        )
    )
    found = {hit.subject_index: hit.records[0].record_id for hit in answer.hits}
    assert found == {0: "v1", 1: "r1", 2: "d1"}


def test_the_worst_of_several_subjects_is_the_outcome(inside):
    failing = scripted("a", step.answers(ADA), step.fails(Unavailable("down")))
    answer = inside(failing).check(request(person(), person("Bo Other")))
    assert (status(answer, "a"), outcome(answer, "a").reason) == ("UNAVAILABLE", "down")
    assert (outcome(answer, "a").complete, verdict(answer)) == (False, "HIT")


def test_the_threshold_of_the_caller(inside):
    whole = inside(source("a", quick(ADA, record("r2", "Ada Exemple"))))
    few = whole.check(request(options={"threshold": 0.9}))
    many = whole.check(request(options={"threshold": 0.0001}))
    assert len(few.hits) + few.omitted_hits <= len(many.hits) + many.omitted_hits
    assert all(hit.probability >= 0.9 for hit in few.hits)


def test_the_thresholds_of_the_configuration(inside):
    strict = inside(
        source("a", quick(ADA)), thresholds=Thresholds(report=1.0, probable=1.0, strong=1.0)
    )
    assert verdict(strict.check()) == "NO_HIT"


def test_the_limit_counts_what_it_leaves_out(inside):
    many = [record(f"r{n}", births=()) for n in range(5)]
    sources = [source(f"s{n}", quick(each)) for n, each in enumerate(many)]
    loose = inside(*sources).check(request(options={"limit": 100}))
    tight = inside(*sources).check(request(options={"limit": 1}))
    assert len(tight.hits) == 1
    assert tight.omitted_hits == len(loose.hits) - 1
    assert (tight.hits[0].probability, loose.omitted_hits) == (loose.hits[0].probability, 0)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_bounded_and_its_first_hit_stays(inside, stream):
    large = [record(f"r{n}", remarks=f"{n}" * 200_000) for n in range(10)]
    whole = inside(source("a", quick(*large)))
    message = request(kind=pb.StreamCheckRequest if stream else pb.CheckRequest)
    answer = list(whole.stream_check(message))[-1] if stream else whole.check(message)
    assert answer.ByteSize() < MAX_ANSWER + 10_000
    assert 1 <= len(answer.hits) < 10
    assert len(answer.hits) + answer.omitted_hits == 10
    assert verdict(answer) == "HIT"


@pytest.mark.parametrize(
    "bad",
    [record(remarks=5), record(remarks="\ud800"), record(addresses=(None,))],
    ids=["number", "surrogate", "none"],
)
def test_a_record_that_cannot_be_shown_costs_its_source(inside, bad):
    answer = inside(source("bad", quick(bad)), source("good", quick(ADA))).check()
    assert (status(answer, "bad"), status(answer, "good")) == ("GARBLED", "ANSWERED")
    assert [r.source for hit in answer.hits for r in hit.records] == ["good"]


# What is on record before what


def entries(log):
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as found:
        names = [row[0] for row in found.execute("SELECT name FROM sqlite_master")]
        table = next(name for name in names if name.startswith("entr"))
        rows = found.execute(f"SELECT * FROM {table}").fetchall()
    bodies = [cell for row in rows for cell in row if isinstance(cell, bytes) and b'"qid"' in cell]
    return [json.loads(body) for body in bodies]


def kinds_of(log, query_id):
    return [entry["kind"] for entry in entries(log) if entry["qid"] == query_id]


def test_an_outside_source_is_asked_only_once_the_question_is_on_record(inside, writer):
    message = request()
    seen = []

    async def look():
        seen.append(kinds_of(writer.log, message.query_id))

    looking = scripted("a", step.Step(after=look))
    inside(looking, source("b", quick())).check(message)
    assert seen == [["ASK"]]
    assert kinds_of(writer.log, message.query_id) == ["ASK", "ANSWER"]


def test_of_a_stream_too(inside, writer):
    message = request(kind=pb.StreamCheckRequest)
    seen = []

    async def look():
        seen.append(kinds_of(writer.log, message.query_id))

    list(inside(scripted("a", step.Step(after=look))).stream_check(message))
    assert seen == [["ASK"]]


def test_the_log_never_tells_about_whom(inside, writer):
    message = request(person("Wilhelmina Unforgettable"), justification="because")
    inside(source("a", quick(record("r9", "Wilhelmina Unforgettable")))).check(message)
    mine = [e for e in entries(writer.log) if e["qid"] == message.query_id]
    assert len(mine) == 2
    assert "Unforgettable" not in json.dumps(mine)


def test_nothing_is_asked_or_answered_when_the_log_is_gone(inside, own_writer):
    outside = scripted("a", records=[ADA])
    whole = inside(outside, socket=own_writer.socket)
    assert verdict(whole.check()) == "HIT"
    own_writer.kill()
    for _ in range(2):
        with pytest.raises(AuditUnavailable):
            whole.check()
        with pytest.raises(AuditUnavailable):
            list(whole.stream_check())
    assert len(outside.adapter.asked) == 1


def test_no_answer_without_its_record(inside, own_writer):
    async def kill():
        own_writer.kill()

    whole = inside(
        scripted("a", step.Step(step.answers(ADA).value, after=kill)), socket=own_writer.socket
    )
    with pytest.raises(AuditUnavailable):
        whole.check()


def test_nor_a_snapshot(inside, own_writer):
    event = asyncio.Event()
    slow = scripted("b", step.waits(event, step.answers()))
    whole = inside(source("a", quick(ADA)), slow, socket=own_writer.socket)
    answers = whole.stream_check()
    assert verdict(next(answers)) == "HIT"
    own_writer.kill()
    whole.loops.of("b", slow.adapter).soon(event.set)
    with pytest.raises(AuditUnavailable):
        next(answers)


def test_the_log_verifies_whatever_happened(inside, own_writer):
    whole = inside(
        source("a", quick(ADA)), scripted("late", step.hangs()), socket=own_writer.socket
    )
    whole.check(seconds=0.1)
    list(whole.stream_check(seconds=0.1))
    given_up = whole.stream_check()
    next(given_up)
    given_up.close()
    whole.audit.head(10)
    whole.close()
    own_writer.process.terminate()
    own_writer.process.wait(30)
    found = verify_log(own_writer.log, read_public_keys(own_writer.key))
    assert (found.ok, found.open_asks) == (True, 0)
    assert (found.kinds["ASK"], found.kinds["ANSWER"]) == (3, 2)
    assert found.kinds["ABANDONED"] == 1


def test_no_time_is_an_error_that_leaves_the_id_free(inside):
    whole = inside(source("a", quick(ADA)))
    message = request()
    asked = requests.check(message, agency="local")
    with pytest.raises(DeadlineTooShort):
        whole.checks.check(asked, Deadline(0.0, 0.0), lambda _: b"too late")
    whole.audit.head(10)
    assert verdict(whole.check(message)) == "HIT"


def test_a_deadline_that_is_past():
    with pytest.raises(DeadlineTooShort, match="record the answer"):
        Deadline(0.0, 0.0).left()
    assert 0 < Deadline.after(10, 1).left() <= 10


# The same question again


def test_the_same_question_gives_the_stored_answer(inside):
    changing = scripted("a", step.answers(ADA), step.answers())
    whole = inside(changing)
    message = request(language="en")
    first = whole.receipt(message)
    message.context.language = "fr"
    again = whole.receipt(message)
    assert (again.answer, again.entry, again.index) == (first.answer, first.entry, first.index)
    assert len(changing.adapter.asked) == 1


def test_and_does_so_without_an_outside_source(inside):
    changing = source("a", quick(ADA))
    whole = inside(changing)
    message = request()
    first = whole.receipt(message)
    changing.adapter.value = Answer()
    assert whole.receipt(message).answer == first.answer


@pytest.mark.parametrize("outside", [False, True])
def test_another_question_under_the_same_id_is_refused(inside, outside):
    whole = inside(scripted("a") if outside else source("a", quick()))
    message = request()
    whole.check(message)
    message.context.justification = "another"
    with pytest.raises(QueryIdReused) as caught:
        whole.check(message)
    assert caught.value.metadata == {"query_id": message.query_id}
    stream = pb.StreamCheckRequest(query_id=message.query_id, subjects=message.subjects)
    with pytest.raises(QueryIdReused):
        list(whole.stream_check(stream))


def test_a_question_in_progress_is_told(inside):
    event, asked = asyncio.Event(), threading.Event()

    async def wait():
        asked.set()
        await event.wait()

    waiting = scripted("a", step.Step(step.answers(ADA).value, after=wait))
    whole = inside(waiting)
    message = request()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(whole.check(message)))
    thread.start()
    assert asked.wait(30)
    with pytest.raises(QueryInProgress) as caught:
        whole.check(message)
    assert caught.value.metadata == {"query_id": message.query_id}
    whole.loops.of("a", waiting.adapter).soon(event.set)
    thread.join(30)
    assert [verdict(answer) for answer in answers] == ["HIT"]


def test_a_question_that_failed_may_be_asked_again(inside):
    whole = inside(source("a", quick(ADA)))
    message = request()

    def broken(_):
        raise ZeroDivisionError

    asked = requests.check(message, agency="local")
    with pytest.raises(ZeroDivisionError):
        whole.checks.check(asked, Deadline.after(10, 0.1), broken)
    whole.audit.head(10)
    assert verdict(whole.check(message)) == "HIT"


# Streams


def test_a_stream_begins_when_the_inline_sources_are_done(inside):
    event = asyncio.Event()
    slow = scripted("slow", step.waits(event, step.answers(record("r2"))))
    whole = inside(source("a", quick(ADA)), source("b", quick()), slow)
    answers = whole.stream_check()
    first = next(answers)
    assert (first.sequence, first.final, verdict(first)) == (1, False, "HIT")
    assert [o.source for o in first.outcomes] == ["a", "b"]
    whole.loops.of("slow", slow.adapter).soon(event.set)
    (last,) = list(answers)
    assert (last.sequence, last.final) == (2, True)
    assert [o.source for o in last.outcomes] == ["a", "b", "slow"]
    assert first.hits[0].hit_id in {hit.hit_id for hit in last.hits}
    assert first.query_id == last.query_id
    assert first.receipt.index < last.receipt.index


def test_nothing_is_clear_before_the_last_source(inside):
    event = asyncio.Event()
    slow = scripted("slow", step.waits(event, step.answers()))
    whole = inside(source("a", quick()), slow)
    answers = whole.stream_check()
    assert verdict(next(answers)) == "INCOMPLETE"
    whole.loops.of("slow", slow.adapter).soon(event.set)
    assert [(verdict(a), a.final) for a in answers] == [("NO_HIT", True)]


def test_a_source_is_complete_only_after_its_last_subject(inside):
    event = asyncio.Event()
    both = scripted("both", step.answers(), step.waits(event, step.answers()))
    whole = inside(both)
    answers = whole.stream_check(request(person(), person("Bo Other"), kind=pb.StreamCheckRequest))
    first = next(answers)
    assert (verdict(first), outcome(first, "both").complete) == ("INCOMPLETE", False)
    whole.loops.of("both", both.adapter).soon(event.set)
    last = list(answers)[-1]
    assert (verdict(last), outcome(last, "both").complete) == ("NO_HIT", True)


def test_a_stream_of_inline_sources_is_one_answer(inside):
    (only,) = inside(source("a", quick(ADA))).stream_check()
    assert (only.sequence, only.final) == (1, True)


def test_each_outside_source_gives_a_snapshot_and_ids_stay(inside):
    records = [record(f"r{n}") for n in range(4)]
    sources = [scripted(f"s{n}", step.answers(each)) for n, each in enumerate(records)]
    answers = list(inside(*sources).stream_check())
    assert [a.sequence for a in answers] == [1, 2, 3, 4]
    assert [a.final for a in answers] == [False, False, False, True]
    for before, after in itertools.pairwise(answers):
        kept = {h.hit_id for h in after.hits}
        assert any(hit.hit_id in kept for hit in before.hits)


def test_a_stream_asked_again_gives_its_last_answer(inside):
    whole = inside(source("a", quick(ADA)), scripted("b"))
    message = request(kind=pb.StreamCheckRequest)
    last = list(whole.stream_check(message))[-1]
    (again,) = whole.stream_check(message)
    # Only the proof may be another: the log has grown.
    again.ClearField("receipt")
    last.ClearField("receipt")
    assert again.SerializeToString() == last.SerializeToString()


def test_a_stream_that_is_closed_cancels_its_sources(inside):
    hanging = scripted("hanging", step.hangs())
    whole = inside(source("a", quick()), hanging)
    message = request(kind=pb.StreamCheckRequest)
    answers = whole.stream_check(message)
    next(answers)
    answers.close()

    async def others():
        return len(asyncio.all_tasks()) - 1

    loop = whole.loops.of("hanging", hanging.adapter)
    while loop.wait(others(), 10):
        pass
    assert hanging.adapter.cancelled == 1
    whole.audit.head(10)
    assert next(whole.stream_check(message)).sequence == 1


def test_a_partial_source_on_a_loop_is_never_complete(inside):
    sheet = Capabilities(frozenset({Kind.PERSON}), partial=True)
    answer = inside(scripted("a", step.answers(), capabilities=sheet)).check()
    assert (verdict(answer), outcome(answer, "a").complete) == ("INCOMPLETE", False)


class Papers(Quick):
    """Like an index: papers of nobody are found by document only, people by both."""

    async def search(self, query):
        found = await super().search(query)
        if kind_of(query.subject) is Kind.DOCUMENT:
            return found
        people = tuple(r for r in found.candidates if r.kind is not Kind.DOCUMENT)
        return dataclasses.replace(found, candidates=people)


def test_a_list_of_people_and_papers_is_asked_about_both(inside):
    paper = Record("d1", Kind.DOCUMENT, documents=(Document("X1234567", "UTO", "P"),))
    namesake = record("r1", "Zed Other", births=BORN, documents=paper.documents)
    carried = [record_pb2.Document(number="X1234567", issuer="UTO", type="P")]
    born = [record_pb2.PartialDate(year=1950, month=2, day=3)]

    def asked(*found, kinds=BOTH):
        whole = inside(source("a", Papers(Answer(found, as_of=AS_OF), kinds=kinds)))
        return whole.check(request(person("Ada Example", documents=carried, births=born)))

    both = asked(paper, namesake)
    assert "d1" in {r.record_id for hit in both.hits for r in hit.records}
    as_person = asked(namesake, kinds=(Kind.PERSON,))
    assert [(h.band, h.probability) for h in asked(namesake).hits] == [
        (h.band, h.probability) for h in as_person.hits
    ]
