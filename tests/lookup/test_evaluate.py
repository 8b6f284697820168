from __future__ import annotations

import json

import pytest

from lookup.evaluate import BadInput, Run, open_index, pairs, resident_mb, search
from matching.index import Index, build
from matching.rank import Thresholds
from matching.record import Name, Person, Record
from matching.search import find

FIGURES = {
    "records",
    "queries",
    "build_seconds",
    "load_seconds",
    "bytes_per_record",
    "rss_mb",
    "queries_per_second",
    "p50_micros",
    "p99_micros",
}
PEOPLE = [
    {"id": "r1", "names": ["MARENKO, Viktor"], "births": ["1970-01-31", "1971"], "sex": "M"},
    {"id": "r2", "names": ["Ortrud Zabelin", "Zabelina"], "nationalities": ["RUR"]},
    {
        "id": "r3",
        "names": ["Tsvetan Obradov"],
        "documents": [{"number": "X1234567", "issuer": "RUR", "type": "PASSPORT"}],
    },
]


@pytest.fixture
def evaluated(tmp_path):
    """A function that evaluates queries over PEOPLE and returns figures and lines of hits."""

    def evaluated(queries, people=PEOPLE, **options):
        (tmp_path / "r.jsonl").write_text(lines(people))
        (tmp_path / "q.jsonl").write_text(lines(queries))
        out = tmp_path / "h.jsonl"
        figures = search(Run(tmp_path / "r.jsonl", tmp_path / "q.jsonl", out, **options))
        return figures, [json.loads(line) for line in out.read_text().splitlines()]

    return evaluated


def lines(rows):
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def first(answer):
    return answer["hits"][0]["id"] if answer["hits"] else None


def test_every_query_has_a_line_in_its_order(evaluated):
    figures, answers = evaluated(
        [
            {"id": "q2", "name": "Zabelin, Ortrud", "expected": ["r2"]},
            {"id": "q1", "name": "Viktor Marenko", "birth": "1970-01-31", "sex": "M"},
            {"id": "q3", "document": {"number": "X1234567", "issuer": "RUR"}},
            {"id": "q4", "name": "Quintus Fabulosus"},
        ]
    )
    assert [a["query"] for a in answers] == ["q2", "q1", "q3", "q4"]
    assert [first(a) for a in answers[:3]] == ["r2", "r1", "r3"]
    assert set(answers[0]) == {"query", "micros", "hits"}
    assert set(answers[0]["hits"][0]) == {"id", "probability", "similarity"}
    assert set(figures) == FIGURES
    assert (figures["records"], figures["queries"]) == (3, 4)


def test_the_birth_date_is_evidence(evaluated):
    _, (right, wrong) = evaluated(
        [
            {"id": "a", "name": "Viktor Marenko", "birth": "1970-01-31"},
            {"id": "b", "name": "Viktor Marenko", "birth": "1940-05-06"},
        ]
    )
    assert right["hits"][0]["probability"] > wrong["hits"][0]["probability"]


def test_a_name_field_of_a_machine_readable_zone(evaluated):
    _, (answer,) = evaluated([{"id": "q", "name": "MARENKO<<VIKTOR" + "<" * 24}])
    assert first(answer) == "r1"


def test_limit_and_threshold(evaluated):
    people = [{"id": f"r{i}", "names": ["MARENKO, Viktor"]} for i in range(20)]
    query = {"id": "q", "name": "Viktor Marenko"}
    assert len(evaluated([query], people, limit=7)[1][0]["hits"]) == 7
    assert evaluated([query], people, threshold=1.0)[1][0]["hits"] == []


def test_the_answer_is_that_of_the_search_of_a_check(evaluated):
    _, (answer,) = evaluated([{"id": "q", "name": "Marenko Wiktor"}])
    index = Index(build(Record(p["id"], names=tuple(map(Name, p["names"]))) for p in PEOPLE))
    found = find(index, Person(names=(Name("Marenko Wiktor"),)), Thresholds(report=0.0), 10)
    assert [hit["id"] for hit in answer["hits"]] == [one.record.id for one in found]


def test_the_index_is_kept_and_loaded(evaluated, tmp_path):
    query = [{"id": "q", "name": "Viktor Marenko"}]
    built, before = evaluated(query, folder=tmp_path / "index")
    loaded, after = evaluated(query, folder=tmp_path / "index")
    assert built["build_seconds"] > 0
    assert loaded["build_seconds"] == 0
    assert after[0]["hits"] == before[0]["hits"]
    assert loaded["bytes_per_record"] == built["bytes_per_record"] > 0


def test_an_index_of_other_records_is_built_again(evaluated, tmp_path):
    query = [{"id": "q", "name": "Ortrud Zabelin"}]
    evaluated(query, folder=tmp_path / "index")
    figures, answers = evaluated(query, PEOPLE[:1], folder=tmp_path / "index")
    assert figures["build_seconds"] > 0
    assert figures["records"] == 1
    assert first(answers[0]) != "r2"


def test_a_damaged_index_is_named(evaluated, tmp_path):
    evaluated([], folder=tmp_path / "index")
    damaged = sorted((tmp_path / "index").glob("*/*.npy"))
    damaged[0].write_bytes(b"rubbish")
    with pytest.raises(BadInput, match="remove the folder"):
        open_index(tmp_path / "r.jsonl", tmp_path / "index", print)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": 7, "names": ["x"]}',
        '{"id": "r"}',
        '{"id": "r", "names": []}',
        '{"id": "r", "names": [" "]}',
        '{"id": "r", "names": ["x"], "births": ["yesterday"]}',
        '{"id": "r", "names": ["x"], "sex": "male"}',
        '{"id": "r", "names": ["x"], "documents": [{"issuer": "RUR"}]}',
    ],
)
def test_a_bad_record_is_named_by_its_line(evaluated, line):
    with pytest.raises(BadInput, match=r"r\.jsonl:2: "):
        evaluated([], [PEOPLE[0], line])


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"name": "x"}',
        '{"id": "q"}',
        '{"id": "q", "name": " "}',
        '{"id": "q", "name": "x", "birth": "soon"}',
        '{"id": "q", "name": "x", "sex": "?"}',
        '{"id": "q", "name": "<' + "A" * 5000 + '"}',
    ],
)
def test_a_bad_query_is_named_by_its_line(evaluated, line):
    with pytest.raises(BadInput, match=r"q\.jsonl:3: "):
        evaluated([{"id": "q", "name": "x"}, "", line])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b'{"id": "\xff"}\n', "not UTF-8"), (b"x" * (1 << 20) + b"yz", "longer than")],
)
def test_lines_that_are_no_text_or_too_long(tmp_path, content, reason):
    (tmp_path / "r.jsonl").write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        open_index(tmp_path / "r.jsonl", None, print)


def test_no_queries_give_figures_all_the_same(evaluated):
    figures, answers = evaluated([])
    assert answers == []
    assert figures["p99_micros"] == 0


def test_no_records_find_nobody(evaluated):
    figures, answers = evaluated([{"id": "q", "name": "x"}], [])
    assert figures["records"] == figures["bytes_per_record"] == 0
    assert answers[0]["hits"] == []


def test_pairs_keep_their_lines_and_gain_a_similarity(tmp_path):
    source, out = tmp_path / "p.tsv", tmp_path / "o.tsv"
    source.write_text(
        "name_a\tname_b\tlabel\nMARENKO, Viktor\tViktor Marenko\t1\nMarenko\tObradov\t0\n"
    )
    figures = pairs(source, out)
    rows = [line.split("\t") for line in out.read_text().splitlines()]
    assert rows[0] == ["name_a", "name_b", "label", "similarity"]
    assert rows[1][:3] == ["MARENKO, Viktor", "Viktor Marenko", "1"]
    assert 0 <= float(rows[2][3]) < float(rows[1][3]) <= 1
    assert set(figures) == FIGURES
    assert figures["queries"] == 2


def test_a_pair_without_a_tab_is_named(tmp_path):
    (tmp_path / "p.tsv").write_text("name_a\tname_b\nonly one\n")
    with pytest.raises(BadInput, match=r"p\.tsv:2: two names"):
        pairs(tmp_path / "p.tsv", tmp_path / "o.tsv")


def test_resident_memory_is_that_of_a_python_with_numpy():
    assert 10 < resident_mb() < 10_000


def test_real_lists(shared_eval, tmp_path):
    labelled = (shared_eval / "queries_crosslist_un.jsonl").read_text().splitlines()[:100]
    (tmp_path / "q.jsonl").write_text(lines(labelled))
    figures = search(Run(shared_eval / "records_un.jsonl", tmp_path / "q.jsonl", tmp_path / "h"))
    found = [json.loads(line)["hits"] for line in (tmp_path / "h").read_text().splitlines()]
    expected = [json.loads(line)["expected"] for line in labelled]
    right = sum(any(h["id"] in e for h in f) for e, f in zip(expected, found, strict=True))
    assert figures["records"] == 730
    assert right > 80
