from __future__ import annotations

import json


def test_search_ends_with_one_json_object(run, tmp_path):
    (tmp_path / "r.jsonl").write_text('{"id": "r1", "names": ["MARENKO, Viktor"]}\n')
    (tmp_path / "q.jsonl").write_text('{"id": "q1", "name": "Viktor Marenko"}\n')
    arguments = ["--records", tmp_path / "r.jsonl", "--queries", tmp_path / "q.jsonl"]
    code, out, err = run("evaluate", "search", *arguments, "--hits", tmp_path / "h.jsonl")
    assert code == 0
    assert not err
    assert json.loads(out.splitlines()[-1])["records"] == 1
    assert json.loads((tmp_path / "h.jsonl").read_text())["hits"][0]["id"] == "r1"


def test_a_bad_line_is_a_failure_with_file_and_line(run, tmp_path):
    (tmp_path / "r.jsonl").write_text("{}\n")
    (tmp_path / "q.jsonl").write_text("")
    arguments = ["--records", tmp_path / "r.jsonl", "--queries", tmp_path / "q.jsonl"]
    code, out, err = run("evaluate", "search", *arguments, "--hits", tmp_path / "h.jsonl")
    assert code == 1
    assert not out
    assert "r.jsonl:1: " in err


def test_pairs_ends_with_one_json_object(run, tmp_path):
    (tmp_path / "p.tsv").write_text("name_a\tname_b\nMarenko\tMarenco\n")
    code, out, _ = run("evaluate", "pairs", "--pairs", tmp_path / "p.tsv", "--out", tmp_path / "o")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["queries"] == 1
    assert (tmp_path / "o").read_text().startswith("name_a\tname_b\tsimilarity\n")


def test_an_output_that_cannot_be_written_is_a_failure(run, tmp_path):
    (tmp_path / "p.tsv").write_text("name_a\tname_b\n")
    out = tmp_path / "absent" / "o.tsv"
    code, _, err = run("evaluate", "pairs", "--pairs", tmp_path / "p.tsv", "--out", out)
    assert code == 1
    assert "absent" in err


def test_files_that_are_not_there_are_wrong_usage(run, tmp_path):
    code, _, err = run("evaluate", "pairs", "--pairs", tmp_path / "no", "--out", tmp_path / "o")
    assert code == 2
    assert "does not exist" in err
