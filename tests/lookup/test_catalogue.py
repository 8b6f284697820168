"""Lists of sources and single records: recorded, bounded, and never broken by one source."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inside import LONG, NOW, Quick, quick, record, scripted, source

from adapters.base import Answer, Loading, Status, Unavailable
from adapters.scripted import AS_OF, Scripted
from lookup.audit.errors import AuditUnavailable
from lookup.catalogue import MAX_NOTE, Catalogue, Page, Wanted
from lookup.deadline import Deadline
from lookup.encounter import Context
from lookup.errors import SourceFailed, UnknownRecord, UnknownSource
from lookup.outcome import Status as Condition

DAY = timedelta(days=1)
_NUMBERS = iter(range(10**9))


@pytest.fixture
def catalogue(inside):
    def make(*sources, **options):
        whole = inside(*sources, **options)
        made = Catalogue(whole.sources, whole.loops, whole.audit, whole.log, lambda: NOW)
        made.whole = whole
        return made

    return make


def listed(made, seconds=LONG, **page):
    found, token = made.sources(Page(**page), seconds)
    return {s.name: (state, condition) for s, state, condition in found}, token


def wanted(name="a", record_id="r1"):
    query_id = f"record-{next(_NUMBERS)}-{threading.get_ident()}-{id(object())}"
    return Wanted(name, record_id, query_id, b"d" * 32, "local", Context())


def read(made, *what, seconds=LONG):
    return made.record(
        wanted(*what), Deadline.after(seconds, 0.01), lambda name, r: f"{name}/{r.id}".encode()
    )


class Described(Quick):
    """Says of itself what the test gives, or raises it."""

    def __init__(self, state, **options):
        super().__init__(**options)
        self.state = state

    async def status(self):
        if isinstance(self.state, BaseException):
            raise self.state
        return self.state


class Outside(Described):
    def __init__(self, state):
        super().__init__(state, inline=False)


class Plain(Quick):
    def status(self):
        return Status(1, "1", AS_OF)

    def get_record(self, record_id):
        return record(record_id)


SAID = {
    "fine": (Status(1, "1", AS_OF), "ANSWERED"),
    "old": (Status(1, "1", AS_OF - 9 * DAY), "STALE"),
    "of unknown age": (Status(1, "1"), "STALE"),
    "empty": (Status(0, "1", AS_OF), "ANSWERED"),
    "nothing yet": (Status(), "LOADING"),
    "loading": (Loading("first file"), "LOADING"),
    "down": (Unavailable("no route"), "UNAVAILABLE"),
    "a bug": (KeyError("Ada"), "UNAVAILABLE"),
    "an exit": (SystemExit(3), "UNAVAILABLE"),
    "none": (None, "GARBLED"),
    "words": ("fine", "GARBLED"),
    "naive age": (Status(1, "1", AS_OF.replace(tzinfo=None)), "GARBLED"),
    "numbers in words": (Status("many", "1", AS_OF), "GARBLED"),
    "no text": (Status(1, "\ud800", AS_OF), "GARBLED"),
    "no note": (Status(1, "1", AS_OF, 0, None), "GARBLED"),
}


@pytest.mark.parametrize(("said", "expected"), list(SAID.values()), ids=list(SAID))
@pytest.mark.parametrize("kind", [Described, Outside])
def test_what_a_source_says_of_itself_is_a_line_of_the_list(catalogue, kind, said, expected):
    made = catalogue(source("a", kind(said), max_age=DAY), source("b", quick()))
    found, _ = listed(made)
    assert found["a"][1].value == expected
    assert isinstance(found["a"][0], Status)
    assert "Ada" not in found["a"][0].note
    assert found["b"][1] is Condition.ANSWERED


def test_a_function_in_place_of_a_coroutine(catalogue):
    made = catalogue(source("a", Plain()), source("b", Plain(inline=False)))
    found, _ = listed(made)
    assert [condition.value for _, condition in found.values()] == ["UNAVAILABLE"] * 2
    for name in "ab":
        with pytest.raises(SourceFailed):
            read(made, name)


def test_texts_are_bounded(catalogue):
    state = Status(1, "v" * 999, AS_OF, 0, "n" * 9999)
    found, _ = listed(catalogue(source("a", Described(state))))
    assert (len(found["a"][0].version), len(found["a"][0].note)) == (128, MAX_NOTE)


class Silent(Scripted):
    def __init__(self):
        super().__init__()
        self.free = threading.Event()

    async def status(self):
        self.free.wait(60)
        return Status(1, "1", AS_OF)

    async def get_record(self, _):
        self.free.wait(60)


def test_a_silent_source_is_late_and_the_others_are_listed(catalogue):
    silent = Silent()
    made = catalogue(source("a", silent), source("b", quick()), scripted("c"))
    try:
        found, _ = listed(made, seconds=0.5)
        assert [c.value for _, c in found.values()] == ["TIMED_OUT", "ANSWERED", "ANSWERED"]
        with pytest.raises(SourceFailed) as caught:
            read(made, seconds=2.0)
        assert caught.value.metadata == {"source": "a", "status": "TIMED_OUT"}
    finally:
        silent.free.set()


@given(
    st.sets(st.sampled_from("abcdefgh"), max_size=8),
    st.integers(1, 9),
    st.sampled_from(["", "a", "b"]),
)
def test_pages_give_every_source_once(names, size, part):
    sources = [source(name, quick()) for name in sorted(names)]
    made = Catalogue(sources, None, None, None)
    found, token = [], ""
    while True:
        page, token = made.sources(Page(size, token, part), LONG)
        assert len(page) <= size
        found += [s.name for s, _, _ in page]
        if not token:
            break
    assert found == [name for name in sorted(names) if part in name]


def test_by_kind(catalogue):
    made = catalogue(source("a", quick()))
    assert set(listed(made, kind="scripted")[0]) == {"a"}
    assert set(listed(made, kind="un")[0]) == set()


def test_a_suspended_source_is_not_asked(catalogue):
    adapter = Quick(KeyError("asked"))
    made = catalogue(source("a", adapter, suspended="closed"))
    assert listed(made)[0]["a"][1] is Condition.SUSPENDED
    with pytest.raises(SourceFailed) as caught:
        read(made)
    assert caught.value.metadata == {"source": "a", "status": "SUSPENDED"}


def test_a_record_is_recorded(catalogue):
    receipt = read(catalogue(source("a", quick(record()))))
    assert receipt.answer == b"a/r1"
    assert receipt.entry


def test_a_record_of_an_outside_source(catalogue):
    assert read(catalogue(scripted("a", records=[record()]))).answer == b"a/r1"


def test_what_is_not_there_is_named(catalogue):
    made = catalogue(source("a", quick(record())))
    with pytest.raises(UnknownSource) as caught:
        read(made, "b")
    assert caught.value.metadata == {"source": "b"}
    with pytest.raises(UnknownRecord) as caught:
        read(made, "a", "r2")
    assert caught.value.metadata == {"source": "a", "record_id": "r2"}


class Odd(Quick):
    async def get_record(self, _):
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rubbish", "GARBLED"),
        (record("another"), "GARBLED"),
        (record("r1", remarks=5), "GARBLED"),
        (record("r1", remarks="\ud800"), "GARBLED"),
        (KeyError("Ada"), "UNAVAILABLE"),
        (SystemExit(1), "UNAVAILABLE"),
        (Loading("x"), "LOADING"),
        (Unavailable("x"), "UNAVAILABLE"),
        (TimeoutError(), "TIMED_OUT"),
    ],
    ids=str,
)
@pytest.mark.parametrize("inline", [False, True])
def test_a_source_that_fails_is_named_with_its_status(catalogue, value, expected, inline):
    with pytest.raises(SourceFailed) as caught:
        read(catalogue(source("a", Odd(value, inline=inline))))
    assert caught.value.metadata == {"source": "a", "status": expected}
    assert "Ada" not in str(caught.value)


def test_nothing_is_read_without_the_log(catalogue, own_writer):
    adapter = Odd(KeyError("asked"))
    made = catalogue(source("a", adapter), socket=own_writer.socket)
    own_writer.kill()
    with pytest.raises(AuditUnavailable):
        read(made)
    assert made.whole.events("source.fault") == []


def test_closing_lets_every_source_go(catalogue):
    class Stuck(Quick):
        async def aclose(self):
            raise RuntimeError

    outside = Scripted()
    last = quick()
    made = catalogue(source("a", Stuck()), source("b", outside), source("c", last))
    made.close(LONG)
    assert (outside.closed, last.closed) == (1, 1)
    assert len(made.whole.events("source.fault")) == 1


def test_an_empty_answer_is_no_record(catalogue):
    with pytest.raises(UnknownRecord):
        read(catalogue(source("a", Quick(Answer()))))
