"""A refresh publishes good states only, and tells why it refused the others."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from lists import KIND, PEOPLE, place, write

from adapters import refresh as module
from adapters.base import Garbled
from adapters.refresh import Outcome, Recipe, refresh
from adapters.rows import Rejected
from adapters.snapshot import Snapshots
from matching.record import Kind, Name, Record


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "lists" / "people.txt", *PEOPLE)


@pytest.fixture
def make(tmp_path):
    return lambda **settings: KIND(place(tmp_path), path="people.txt", **settings)


@pytest.fixture
def source(make, path):
    assert path.is_file()
    return make()


@pytest.fixture
def shots(source):
    return source._snapshots


def test_a_first_refresh_publishes_all_records(source, shots):
    done = source.refresh()
    assert (done.outcome, done.records, done.rejected, done.note) == (Outcome.UPDATED, 5, 0, "")
    manifest = shots.manifest(done.version)
    assert manifest.records == 5
    assert [file.path[-10:] for file in manifest.files] == ["people.txt"]
    assert shots.pointer().version == done.version


def test_unchanged_files_are_not_read_again(source, shots):
    first = source.refresh()
    built = shots.manifest(first.version).built_at
    again = source.refresh()
    assert (again.outcome, again.version, again.records) == (Outcome.UNCHANGED, first.version, 5)
    assert shots.manifest(first.version).built_at == built


def test_force_reads_unchanged_files_again(source):
    first = source.refresh()
    forced = source.refresh(force=True)
    assert (forced.outcome, forced.version) == (Outcome.UPDATED, first.version)


def test_a_file_confirmed_later_makes_the_state_younger(source, shots, path):
    old = time.time() - 5 * 86_400
    os.utime(path, (old, old))
    source.refresh()
    assert abs(shots.pointer().as_of.timestamp() - old) < 1
    os.utime(path)
    assert source.refresh().outcome is Outcome.UNCHANGED
    assert datetime.now(UTC) - shots.pointer().as_of < timedelta(minutes=5)


def test_a_changed_file_is_a_new_version(source, path):
    first = source.refresh()
    write(path, *PEOPLE, "6|Fina Exemplo")
    second = source.refresh()
    assert (second.outcome, second.records) == (Outcome.UPDATED, 6)
    assert second.version != first.version


def test_changed_settings_read_the_file_again(source, make):
    first = source.refresh()
    other = make(upper=True).refresh()
    assert other.outcome is Outcome.UPDATED
    assert other.version != first.version
    assert make(upper=True, shrink_limit=0.5).refresh().outcome is Outcome.UNCHANGED


def test_another_layout_is_built_again(source, shots):
    version = source.refresh().version
    manifest = shots.folder / version / "manifest.json"
    manifest.write_text(manifest.read_text().replace(shots.layout, "old"))
    assert source.refresh().outcome is Outcome.UPDATED
    assert shots.manifest(version) is not None


def test_a_list_of_another_layout_still_guards_against_shrinking(source, shots, path):
    version = source.refresh().version
    manifest = shots.folder / version / "manifest.json"
    manifest.write_text(manifest.read_text().replace(shots.layout, "old"))
    write(path, PEOPLE[0])
    done = source.refresh()
    assert (done.outcome, done.note[:17]) == (Outcome.REFUSED, "1 records after 5")


def test_broken_rows_are_counted_and_the_first_are_named(source, shots, path):
    write(path, *PEOPLE, *["!"] * 150)
    done = source.refresh()
    assert (done.records, done.rejected) == (5, 150)
    rejects = shots.manifest(done.version).rejects
    assert len(rejects) == module.SHOWN_REJECTS
    assert rejects[0] == ("people.txt:6", "a broken row")


def refused(source, shots, reason):
    before = shots.pointer()
    done = source.refresh()
    assert done.outcome is Outcome.REFUSED
    assert reason in done.note
    assert shots.pointer().note == done.note
    assert shots.pointer().version == before.version == done.version
    assert shots.pointer().as_of == before.as_of
    return done


def test_an_empty_file_never_replaces_a_list(source, shots, path):
    source.refresh()
    write(path)
    assert refused(source, shots, "0 records, at least 1").records == 5
    assert source.refresh(force=True).outcome is Outcome.REFUSED


def test_an_empty_list_is_a_list_where_that_was_said(make, path):
    write(path)
    done = make(min_records=0).refresh()
    assert (done.outcome, done.records) == (Outcome.UPDATED, 0)


def test_a_strongly_shrunken_list_needs_force(source, shots, path):
    source.refresh()
    write(path, *PEOPLE[:3])
    refused(source, shots, "3 records after 5: 40% fewer, the limit is 20%")
    assert source.refresh(force=True).records == 3


def test_the_bound_of_shrinking_is_a_setting(make, path):
    make().refresh()
    write(path, *PEOPLE[:4])
    assert make().refresh().records == 4
    write(path, *PEOPLE[:2])
    assert make(shrink_limit=0.4).refresh().outcome is Outcome.REFUSED
    assert make(shrink_limit=0.5).refresh().records == 2


def test_the_least_number_of_records_is_a_setting(make, path):
    write(path, *PEOPLE)
    assert make(min_records=6).refresh().outcome is Outcome.REFUSED
    assert make(min_records=5).refresh().outcome is Outcome.UPDATED


def test_a_missing_file_keeps_the_list(source, shots, path):
    source.refresh()
    path.unlink()
    refused(source, shots, "people.txt: No such file")


def test_a_file_that_is_no_list_keeps_the_list(source, shots, path):
    source.refresh()
    write(path, "<html>")
    refused(source, shots, "no list but a web page")


@pytest.mark.parametrize("content", [b"1|Ada\xff\xfe", b"unreadable"])
def test_an_unreadable_file_keeps_the_list_and_quotes_nothing(source, shots, path, content):
    source.refresh()
    path.write_bytes(content)
    assert "Ada" not in refused(source, shots, "cannot be read as this kind of list").note


def test_a_defect_of_the_parser_is_noted_and_raised(source, shots, path):
    source.refresh()
    write(path, *PEOPLE, "boom")
    with pytest.raises(KeyError):
        source.refresh()
    assert shots.pointer().note == "the reader failed: KeyError"
    assert shots.manifest(shots.pointer().version).records == 5


def test_a_good_refresh_clears_the_note(source, shots, path):
    source.refresh()
    kept = path.read_text()
    write(path)
    source.refresh()
    assert shots.pointer().note
    write(path, kept)
    assert source.refresh().outcome is Outcome.UNCHANGED
    assert shots.pointer().note == ""


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = write(tmp_path / "a.txt", "1|Ada")

    def parse():
        yield Record("1", Kind.PERSON, (Name("Ada"),))
        write(path, "1|Ada", "2|Bela")

    shots = Snapshots(tmp_path / "state" / "a", "1")
    done = refresh(Recipe(shots, parse, (path,), "s"))
    assert done.outcome is Outcome.REFUSED
    assert "changed while they were read" in done.note


def test_state_that_cannot_be_written_is_a_refusal(source, shots):
    shots.folder.parent.mkdir(parents=True)
    shots.folder.write_text("a file where the folder should be")
    done = source.refresh()
    assert done.outcome is Outcome.REFUSED
    assert "cannot write the snapshot" in done.note


def test_only_one_refresh_runs_at_a_time(source, shots):
    with shots.locked():
        done = source.refresh()
    assert done.outcome is Outcome.BUSY
    assert "another process" in done.note


def test_progress_is_told_as_rows_are_read(source, path):
    write(path, *(f"{number}|Ada {number}" for number in range(2500)))
    told = []
    source.refresh(progress=told.append)
    assert told == [1000, 2000, 2500]


def test_two_entries_under_one_id_stay_two():
    names = [Name("Ada"), Name("Bela"), Name("Carla")]
    rows = [Record(i, Kind.PERSON, (n,)) for i, n in zip(["1", "1#2", "1"], names, strict=True)]
    tally = module._Tally("", lambda _: None)
    assert [record.id for record in tally.records(iter(rows))] == ["1", "1#2", "1#3"]


def test_the_category_of_the_kind_is_that_of_records_without_one():
    rows = [Record("1"), Record("2", category="OWN"), Rejected("a:1", "broken")]
    tally = module._Tally("TEST", lambda _: None)
    assert [record.category for record in tally.records(iter(rows))] == ["TEST", "OWN"]
    assert (tally.kept, tally.rejected, tally.rows) == (2, 1, 3)


def test_refused_files_are_not_read_again_until_they_change(tmp_path):
    path = tmp_path / "list"
    path.write_text("good")
    reads = []

    def parse():
        reads.append(path.read_text())
        if path.read_text() == "bad":
            raise Garbled("no such list")
        yield Record("r1", names=(Name("Velda Kieselhagen"),))

    recipe = Recipe(Snapshots(tmp_path / "state", "layout"), parse, (path,), "s")
    assert refresh(recipe).outcome is Outcome.UPDATED
    path.write_text("bad")
    first, again = refresh(recipe), refresh(recipe)
    assert (first.outcome, first.news) == (Outcome.REFUSED, True)
    assert (again.outcome, again.note, again.news) == (Outcome.REFUSED, first.note, False)
    assert reads == ["good", "bad"]
    assert refresh(recipe, force=True).outcome is Outcome.REFUSED
    assert reads == ["good", "bad", "bad"]
    path.write_text("good")
    assert refresh(recipe).outcome is Outcome.UNCHANGED
