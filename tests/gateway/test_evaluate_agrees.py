"""`lookup evaluate search` and `Check` find the same records with the same probabilities."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys

import pytest
from asking import person
from samples import gateway

from lookup.v1 import lookup_service_pb2 as pb

QUERIES = 1000
COLUMNS = ("id", "name", "birth", "sex", "nationality")
SYLLABLES = ("ka", "lor", "min", "tes", "vad", "ru", "zel", "an", "bry", "dom", "fi", "gul")


def invented(random_, count: int) -> list[dict[str, str]]:
    """Rows of invented persons; every third shares its name with another."""
    rows: list[dict[str, str]] = []
    for number in range(count):
        name = f"{_word(random_)} {_word(random_)}"
        if rows and number % 3 == 0:
            name = random_.choice(rows)["name"]
        born = (
            f"{random_.randint(1940, 2005)}-{random_.randint(1, 12):02}-{random_.randint(1, 28):02}"
        )
        rows.append({"id": f"p{number}", "name": name, "birth": born,
                     "sex": random_.choice("FM"), "nationality": random_.choice(("UTO", "XXA")),
        })  # fmt: skip
    return rows


def _word(random_) -> str:
    return "".join(random_.choice(SYLLABLES) for _ in range(random_.randint(2, 4))).capitalize()


def asked(random_, rows: list[dict[str, str]], count: int) -> list[dict[str, str]]:
    """Queries for listed and unlisted persons, some misspelled, some with a date of birth."""
    queries = []
    for number in range(count):
        row = random_.choice(rows)
        name = row["name"] if number % 2 else f"{_word(random_)} {_word(random_)}"
        if number % 4 == 1:
            cut = random_.randrange(1, len(name) - 1)
            name = name[:cut] + name[cut + 1 :]
        query = {"id": f"q{number}", "name": name}
        if number % 3:
            query["birth"] = row["birth"]
        queries.append(query)
    return queries


@pytest.fixture
def population(tmp_path):
    random_ = random.Random(20901121)
    rows = invented(random_, 600)
    with (tmp_path / "people.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    with (tmp_path / "people.jsonl").open("w") as out:
        for row in rows:
            record = {"id": row["id"], "names": [row["name"]], "births": [row["birth"]],
                      "sex": row["sex"], "nationalities": [row["nationality"]]}  # fmt: skip
            out.write(json.dumps(record) + "\n")
    queries = asked(random_, rows, QUERIES)
    with (tmp_path / "queries.jsonl").open("w") as out:
        out.writelines(json.dumps(query) + "\n" for query in queries)
    return tmp_path, queries


def test_a_thousand_queries_agree(population, serve):
    folder, queries = population
    command = [sys.executable, "-m", "lookup.cli", "evaluate", "search", "--records",
               str(folder / "people.jsonl"), "--queries", str(folder / "queries.jsonl"),
               "--hits", str(folder / "hits.jsonl"), "--threshold", "0.02"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["queries"] == QUERIES
    lines = (folder / "hits.jsonl").read_text().splitlines()
    evaluated = [json.loads(line)["hits"] for line in lines]
    assert sum(map(bool, evaluated)) > QUERIES / 4

    columns = (
        '{ id = "id", name = "name", birth = "birth", sex = "sex", nationality = "nationality" }'
    )
    table = f'[sources.people]\nkind = "mapped"\npath = "people.csv"\ncolumns = {columns}\n'
    client = serve(gateway(table), folder).client(timeout=30)
    checked = []
    for start in range(0, QUERIES, 250):
        items = [_request(query) for query in queries[start : start + 250]]
        checked += client.batch_check(pb.BatchCheckRequest(items=items)).items
    for hits, item in zip(evaluated, checked, strict=True):
        got = {r.record_id: hit for hit in item.response.hits for r in hit.records}
        assert [hit["id"] for hit in hits[:1]] == list(got)[:1]
        assert {hit["id"] for hit in hits} == set(got)
        for hit in hits[:1]:
            assert hit["probability"] == pytest.approx(got[hit["id"]].probability, abs=1e-6)


def _request(query: dict[str, str]) -> pb.CheckRequest:
    born = tuple(map(int, query["birth"].split("-"))) if "birth" in query else None
    request = person(query["name"], born=born)
    request.options.limit = 10
    return request
