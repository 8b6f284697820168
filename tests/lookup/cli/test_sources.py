from __future__ import annotations

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from lookup.v1 import lookup_service_pb2 as pb

HEADER = "number,issuer,type,fraud\n"


@pytest.fixture
def papers(tmp_path):
    """A list of ten documents and its configuration; returns the file of the list."""
    (tmp_path / "papers.csv").write_text(HEADER + rows(10))
    (tmp_path / "gateway.toml").write_text(
        '[sources.papers]\nkind = "documents"\npath = "papers.csv"\n'
    )
    return tmp_path / "papers.csv"


@pytest.fixture
def local(run, papers):
    def local(*arguments):
        return run("sources", *arguments, "--config", papers.parent / "gateway.toml")

    return local


def rows(count):
    return "".join(f"X123456{number},RUR,P,stolen\n" for number in range(count))


def listed(gateway, *sources):
    gateway.script["ListSources"] = lambda _request, _context: pb.ListSourcesResponse(
        sources=sources
    )


def test_the_table_shows_state_size_age_and_remarks(gateway, run):
    seconds = 1_763_000_000
    listed(
        gateway,
        pb.Source(
            name="ofac",
            kind="ofac",
            required=True,
            status=pb.SOURCE_STATUS_ANSWERED,
            records=17_000,
            version="abc",
            as_of=Timestamp(seconds=seconds),
            rejected_rows=3,
        ),
        pb.Source(name="red", kind="notices", partial=True, status=pb.SOURCE_STATUS_LOADING),
        pb.Source(name="odd\u202e", status=99, note="refused\x1b: shrunk"),
    )
    code, out, err = run("sources", "--server", gateway.target)
    text = " ".join(out.split())
    assert code == 0
    assert not err
    assert "ofac ready 17000" in text
    assert "still loading" in text
    assert "unknown state 99" in text
    assert "\u202e" not in out
    assert "\x1b" not in out
    assert "silence" in text


def test_json_is_one_line_per_source(gateway, run):
    listed(gateway, pb.Source(name="a"), pb.Source(name="b"))
    out = run("sources", "--json", "--filter", "x", "--server", gateway.target)[1]
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["a", "b"]
    assert json.loads(out.splitlines()[0])["rejected_rows"] == "0"
    assert gateway.asked[0].filter == "x"


def test_no_gateway(run):
    code, _, err = run("sources", "--server", "127.0.0.1:1")
    assert code == 1
    assert "lookup serve" in err


def test_refresh_reads_the_file_and_says_what_came_of_it(local):
    code, out, _ = local("refresh", "papers")
    assert code == 0
    assert "papers: updated, 10 records, 0 rejected rows" in out
    assert "unchanged" in local("refresh", "papers")[1]


def test_refresh_refuses_a_list_that_shrank_unless_forced(papers, local):
    local("refresh", "papers")
    papers.write_text(HEADER + rows(2))
    code, _, err = local("refresh", "papers")
    assert code == 1
    assert "refused" in err
    code, out, _ = local("refresh", "papers", "--force")
    assert code == 0
    assert "2 records" in out


def test_test_shows_state_and_one_search(local):
    local("refresh", "papers")
    code, out, _ = local("test", "papers")
    assert code == 0
    assert "answers about document" in out
    assert "10 records" in out
    assert "search for a document: complete" in out


def test_test_of_a_list_that_was_never_read_fails(local):
    code, _, err = local("test", "papers")
    assert code == 1
    assert "papers: Loading" in err


def test_fetch_without_an_address_is_a_failure(local):
    code, _, err = local("fetch", "papers")
    assert code == 1
    assert "`url`" in err


@pytest.mark.parametrize("command", ["refresh", "fetch", "test"])
def test_an_unknown_name_lists_the_known(local, command):
    code, _, err = local(command, "paper")
    assert code == 2
    assert "known: papers" in err
