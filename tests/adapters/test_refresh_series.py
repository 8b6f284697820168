"""A real series of daily lists, its outage included, replayed while the list is searched."""

from __future__ import annotations

import asyncio
import shutil
import threading

import pytest

from adapters.base import Query
from adapters.ofac import KIND
from adapters.place import Place
from adapters.refresh import Outcome
from matching.record import Name, Person

SERIES = (
    ("sdn_2021-08-18.csv.gz", Outcome.UPDATED),
    ("sdn_2024-04-26.csv.gz", Outcome.UPDATED),
    ("sdn_2024-05-04_EMPTY.csv", Outcome.REFUSED),
    ("sdn_2024-05-01.csv.gz", Outcome.UPDATED),
    ("sdn_2024-05-02.csv.gz", Outcome.UPDATED),
    ("sdn_2021-08-18.csv.gz", Outcome.REFUSED),
)
PUTIN = Query(Person(names=(Name("Vladimir Vladimirovich Putin"),)))


@pytest.mark.timeout(900)
def test_no_search_sees_an_empty_or_half_list(shared_lists, tmp_path):
    place = Place("ofac", tmp_path / "state", tmp_path)
    target = tmp_path / "sdn.csv"
    source = KIND(place, path=target)
    sizes, seen, stop = [], [], threading.Event()

    def read():
        reader = KIND(place, path=target)
        while not stop.wait(0.001):
            answer = asyncio.run(reader.search(PUTIN))
            seen.append((answer.rarity.population, answer.version, bool(answer.candidates)))

    reader = threading.Thread(target=read)
    for name, outcome in SERIES:
        aside = tmp_path / "aside"
        shutil.copyfile(shared_lists / "ofac" / "refresh" / name, aside)
        aside.replace(target)
        done = source.refresh()
        assert done.outcome is outcome, (name, done)
        sizes.append(done.records)
        if len(sizes) == 1:
            reader.start()
    stop.set()
    reader.join()
    assert sizes[2] == sizes[1]
    assert sizes[5] == sizes[4]
    assert {size for size, _, _ in seen} <= set(sizes)
    assert len({version for _, version, _ in seen}) >= 2
    assert all(found for _, _, found in seen)
    assert "fewer" in asyncio.run(source.status()).note
