"""A kind made of a parser: its schema, and sources that answer from one version at a time."""

from __future__ import annotations

import asyncio
import gc
import http.server
import inspect
import os
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lists import KIND, PEOPLE, parse, place, write

from adapters.base import Loading, Query, Refused, Unavailable
from adapters.contract import CHECKS, Case, check_adapter, run_check, subject_of
from adapters.file_list import FileList, file_kind
from matching.record import Document, Kind, Name, Person, Vehicle

ADA = Person(names=(Name("Ada Example"),))


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "lists" / "people.txt", *PEOPLE)


@pytest.fixture
def make(tmp_path, path):
    assert path.is_file()
    return lambda **settings: KIND(place(tmp_path), path="people.txt", **settings)


@pytest.fixture
def source(make):
    made = make()
    made.refresh()
    return made


def ask(source, subject=ADA, limit=50):
    return asyncio.run(source.search(Query(subject, limit=limit)))


def names(answer):
    return [record.names[0].full for record in answer.candidates]


def test_the_signature_is_the_schema_of_the_settings():
    signature = inspect.signature(KIND)
    assert list(signature.parameters) == [
        "place", "path", "shrink_limit", "min_records", "url", "partial",
        "country", "side", "upper", "side_url",
    ]  # fmt: skip
    found = {p.name: (p.annotation, p.default) for p in signature.parameters.values()}
    assert found["path"] == (Path, inspect.Parameter.empty)
    assert found["shrink_limit"] == (float, 0.2)
    assert found["min_records"] == (int, 1)
    assert found["partial"] == (bool, False)
    assert found["country"] == (str, "")
    assert found["side"] == (Path | None, None)
    assert found["side_url"] == (str, "")
    assert all(p.kind is p.KEYWORD_ONLY for p in list(signature.parameters.values())[1:])
    assert KIND.__doc__ == "Lines of `id|name|document`."


@pytest.mark.parametrize("settings", [{"colour": "red"}, {}, {"path": "a", "place": "b"}])
def test_an_unknown_or_missing_setting_is_an_error(tmp_path, settings):
    with pytest.raises(TypeError):
        KIND(place(tmp_path), **settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"shrink_limit": 1.5}, "shrink_limit"),
        ({"shrink_limit": -0.1}, "shrink_limit"),
        ({"min_records": -1}, "min_records"),
        ({"shrink_limit": "0.2"}, "shrink_limit: Expected `float`"),
        ({"min_records": 1.5}, "min_records: Expected `int`"),
        ({"partial": "no"}, "partial: Expected `bool`"),
        ({"country": 5}, "country: Expected `str`"),
        ({"side": 5}, "side: expected a path"),
        ({"side": ""}, "side: expected a path"),
    ],
)
def test_a_setting_out_of_range_is_an_error(make, settings, reason):
    with pytest.raises(ValueError, match=reason):
        make(**settings)


def test_a_kind_may_check_its_settings(tmp_path):
    def check(**settings):
        assert settings.keys() == {"country", "side", "upper"}
        if settings["country"] == "Atlantis":
            raise ValueError("no such country")

    kind = file_kind(parse, kinds=(Kind.PERSON,), check=check)
    assert isinstance(kind(place(tmp_path), path="a", country="UTO"), FileList)
    with pytest.raises(ValueError, match="no such country"):
        kind(place(tmp_path), path="a", country="Atlantis")


def test_capabilities_come_from_the_kind_and_the_settings(make):
    sheet = make(partial=True).capabilities
    assert sheet.kinds == {Kind.PERSON, Kind.DOCUMENT}
    assert sheet.inline
    assert not sheet.reveals
    assert sheet.partial
    assert sheet.fields == {"names"}
    assert make().capabilities.max_age is None


def test_a_kind_may_be_partial_by_default(tmp_path):
    kind = file_kind(parse, kinds=(Kind.PERSON,), partial=True)
    assert kind(place(tmp_path), path="a").capabilities.partial
    assert not kind(place(tmp_path), path="a", partial=False).capabilities.partial


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_the_contract_is_kept(make, check):
    make().refresh()
    finding = run_check(check, Case(make, ADA, expected="1"))
    assert finding.ok, finding


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_the_contract_is_kept_by_a_partial_source(make, check):
    make().refresh()
    finding = run_check(check, Case(lambda: make(partial=True), ADA))
    assert finding.ok, finding


def test_before_the_first_refresh_the_source_is_loading(make):
    source = make()
    for wanted in (source.search(Query(ADA)), source.get_record("1")):
        with pytest.raises(Loading, match="not been loaded"):
            asyncio.run(wanted)
    status = asyncio.run(source.status())
    assert status.records is None
    assert "not been loaded" in status.note
    assert source.manifest() is None


def test_a_first_refresh_that_fails_says_why_while_loading(make, path):
    path.unlink()
    make().refresh()
    with pytest.raises(Loading, match="No such file"):
        ask(make())
    assert "No such file" in asyncio.run(make().status()).note


def test_an_answer_says_what_was_searched(source):
    answer = ask(source)
    assert answer.candidates[0].id == "1"
    assert answer.candidates[0].category == "TEST"
    assert answer.complete
    assert answer.version == source._snapshots.pointer().version
    assert answer.as_of is not None
    assert answer.touched >= 1
    assert answer.rarity.population == 5
    assert answer.reason == ""


def test_documents_are_found_by_number_and_vehicles_refused(source):
    assert names(ask(source, Document("P456"))) == ["Bela Muster"]
    with pytest.raises(Refused, match="vehicle"):
        ask(source, Vehicle(plate="AB123"))


def test_rejected_rows_are_told_with_every_answer(source, path):
    write(path, *PEOPLE, "!", "!")
    source.refresh()
    assert ask(source).rejected == 2
    assert asyncio.run(source.status()).rejected == 2
    assert source.manifest().rejects[0] == ("people.txt:6", "a broken row")


def test_a_new_version_is_seen_at_once_by_every_reader(make, path):
    make().refresh()
    others = [make(), make()]
    before = [ask(other).version for other in others]
    write(path, *PEOPLE, "6|Fina Exemplo")
    make().refresh()
    subject = Person(names=(Name("Fina Exemplo"),))
    for other, version in zip(others, before, strict=True):
        answer = ask(other, subject)
        assert names(answer)[:1] == ["Fina Exemplo"]
        assert answer.version != version


def test_a_refused_refresh_is_told_by_every_reader_and_the_list_stays(make, source, path):
    reader = make()
    before = ask(reader)
    write(path)
    source.refresh()
    after = ask(reader)
    assert (after.version, names(after)) == (before.version, names(before))
    assert "0 records" in asyncio.run(reader.status()).note


def test_an_unchanged_version_keeps_its_mapping(source):
    held = source._open()
    source.refresh()
    assert source._open() is not held
    assert source._open().index is held.index


def test_a_query_uses_one_version_to_its_end(source, path):
    old = source._open()
    write(path, "9|Zoe Other", *PEOPLE)
    source.refresh()
    assert source._open().index is not old.index
    row = old.index.find("1")
    shutil.rmtree(source.place.folder / old.pointer.version)
    assert old.index.record(row).names[0].full == "Ada Example"
    assert old.index.find("9") is None


def test_a_damaged_new_version_leaves_the_old_one_in_use(source, path):
    before = ask(source)
    write(path, "9|Zoe Other", *PEOPLE)
    version = source.refresh().version
    for array in (source.place.folder / version).glob("*.npy"):
        array.write_bytes(b"damaged")
    after = ask(source)
    assert (after.version, after.as_of) == (before.version, before.as_of)
    assert names(after) == names(before)
    assert "cannot be read" in asyncio.run(source.status()).note
    assert source._open() is source._open()
    write(path, "9|Zoe Newer", *PEOPLE)
    assert ask(source).version != source.refresh().version == ask(source).version
    assert asyncio.run(source.status()).note == ""


def test_a_snapshot_of_another_layout_is_not_searched(make, source):
    version = source.refresh().version
    manifest = source.place.folder / version / "manifest.json"
    manifest.write_text(manifest.read_text().replace(source._snapshots.layout, "old"))
    reader = make()
    with pytest.raises(Loading, match="of this format"):
        ask(reader)
    reader.refresh()
    assert names(ask(reader))[:1] == ["Ada Example"]


def test_a_record_can_be_had_to_try_the_source_out(source, make):
    assert source.first_record([Kind.PERSON]).id == "1"
    assert source.first_record([Kind.VEHICLE]) is None
    subject = subject_of(source.first_record([Kind.PERSON]))
    assert all(finding.ok for finding in check_adapter(make, subject, expected="1"))


def test_closing_lets_go_of_the_mapping(source):
    ask(source)
    held = [o for o in gc.get_objects() if type(o).__name__ == "_Opened"]
    assert held
    del held
    asyncio.run(source.aclose())
    assert source._held is None


def test_readers_see_no_half_list_while_it_is_refreshed(make, source, path):
    lists = [PEOPLE, [*PEOPLE, "6|Fina Exemplo"]]
    wrong, stop = [], threading.Event()

    def read():
        reader = make()
        while not stop.is_set():
            answer = ask(reader)
            if names(answer)[:1] != ["Ada Example"] or answer.rarity.population not in {5, 6}:
                wrong.append(answer)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(20):
        write(path, *(lists[turn % 2] if turn % 5 else ()))
        source.refresh()
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


@pytest.fixture
def address(tmp_path):
    web = tmp_path / "web"
    web.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given):
            super().__init__(*given, directory=str(web))

        def log_message(self, *_):
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield web, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_files_with_an_address_are_fetched_and_the_others_left(make, tmp_path, address):
    web, url = address
    write(web / "people.txt", *PEOPLE, "6|Fina Exemplo")
    write(tmp_path / "lists" / "side.txt", "7|Gal Side")
    source = make(url=f"{url}/people.txt", side="side.txt", side_url=f"{url}/none.txt")
    with pytest.raises(Unavailable, match="404"):
        source.fetch()
    assert source.refresh().records == 7
    source = make(url=f"{url}/people.txt", side="side.txt")
    old = time.time() - 86_400
    os.utime(tmp_path / "lists" / "people.txt", (old, old))
    assert [(done.outcome, done.path.name) for done in source.fetch()] == [
        ("unchanged", "people.txt")
    ]
    source.refresh()
    assert (datetime.now(UTC) - ask(source).as_of) < timedelta(hours=1)


def test_without_an_address_nothing_is_fetched(make):
    assert make().fetch() == ()


def test_side_files_are_inputs_and_may_be_left_out(make, tmp_path):
    side = write(tmp_path / "lists" / "side.txt", "7|Gal Side")
    both = make(side="side.txt")
    assert both.refresh().records == 6
    write(side, "7|Gal Other")
    assert both.refresh().outcome == "updated"
    assert both.refresh().outcome == "unchanged"
