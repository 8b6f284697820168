"""The configuration: what is read, what is refused and in which words, and that all is honoured."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest

from lookup.config import Audit, Gateway, Source, load
from lookup.errors import ConfigError
from matching.rank import Thresholds

HERE = Path(__file__).parent

FULL = """
[gateway]
name = "post-1"
listen = "[::1]:0"
workers = 3
threads = 5
queue = 6
streams = 7
batch_threads = 2
state = "elsewhere"
deadline = "2s"
max_deadline = "20s"
reserve = "10ms"
drain = "0s"
reflection = false
[audit]
path = "records"
key = "keys/log"
origin = "example.org/log"
keep_outcomes = "1h"
[matching]
report = 0.1
probable = 0.6
strong = 0.9
[sources.people]
kind = "documents"
required = false
max_age = "36h"
timeout = "250ms"
refresh = "0s"
suspended = "being checked"
path = "people.csv"
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "gateway.toml"
        path.write_text(text)
        return load(path)

    return read


def test_an_empty_file_is_all_defaults(read, tmp_path):
    config = read("")
    assert (config.gateway, config.audit, config.matching) == (Gateway(), Audit(), Thresholds())
    assert config.sources == ()
    assert config.state == tmp_path / "state"
    assert config.audit_folder == tmp_path / "state" / "audit"
    assert config.audit_key == tmp_path / "state" / "audit" / "log.key"


def test_every_setting_is_read(read, tmp_path):
    config = read(FULL)
    assert config.file == tmp_path / "gateway.toml"
    assert config.gateway == Gateway(
        name="post-1",
        listen="[::1]:0",
        workers=3,
        threads=5,
        queue=6,
        streams=7,
        batch_threads=2,
        state=Path("elsewhere"),
        deadline=timedelta(seconds=2),
        max_deadline=timedelta(seconds=20),
        reserve=timedelta(milliseconds=10),
        drain=timedelta(),
        reflection=False,
    )
    assert config.matching == Thresholds(0.1, 0.6, 0.9)
    assert config.sources == (
        Source(
            name="people",
            kind="documents",
            required=False,
            max_age=timedelta(hours=36),
            timeout=timedelta(milliseconds=250),
            refresh=timedelta(),
            suspended="being checked",
            settings={"path": "people.csv"},
        ),
    )
    assert config.audit.keep_outcomes == timedelta(hours=1)
    assert config.audit.origin == "example.org/log"
    assert config.audit_folder == tmp_path / "records"
    assert config.audit_key == tmp_path / "keys/log"
    assert config.state == tmp_path / "elsewhere"


def test_the_full_example_leaves_nothing_at_its_default(read):
    config = read(FULL)
    for section in (config.gateway, config.audit, config.matching, config.sources[0]):
        default = Source(name="", kind="") if isinstance(section, Source) else type(section)()
        same = [
            f.name
            for f in dataclasses.fields(section)
            if getattr(section, f.name) == getattr(default, f.name)
        ]
        assert same == []


REFUSED = {
    "[gateway": "not TOML",
    "[gatway]\n": "unknown key 'gatway'; known: audit, gateway, matching, sources",
    "gateway = 5": r"\[gateway\]: is a table",
    "sources = 5": r"\[sources\]: is a table of tables",
    "[gateway]\nport = 5": r"\[gateway\]: unknown key 'port'; known: batch_threads, deadline",
    '[gateway]\nworkers = "two"': r"\[gateway\] workers: Expected `int`, got `str`",
    "[gateway]\nworkers = true": r"\[gateway\] workers: Expected `int`",
    "[gateway]\nworkers = 65": "workers is 0 to 64, not 65",
    "[gateway]\nthreads = 0": "threads is 1 to 1024, not 0",
    "[gateway]\nqueue = 0": "queue is 1",
    "[gateway]\nstreams = 1025": "streams is 1 to 1024, not 1025",
    "[gateway]\nbatch_threads = -1": "batch_threads is 1",
    '[gateway]\nname = ""': "length of name is 1 to 64, not 0",
    '[gateway]\nlisten = "7443"': "an address is HOST:PORT or unix:PATH, not '7443'",
    '[gateway]\nlisten = "unix:/s"': "listen is HOST:PORT, not 'unix:/s'",
    '[gateway]\nlisten = "0.0.0.0:7443"': "is not on this host",
    '[gateway]\ndeadline = "3"': r"\[gateway\] deadline: a span is a number and one of ms s m h d",
    "[gateway]\ndeadline = 3": r"\[gateway\] deadline: Expected `str`, got `int`",
    '[gateway]\ndrain = "-1s"': r"\[gateway\] drain: a span is",
    '[gateway]\ndeadline = "31s"\nmax_deadline = "31s"': "must hold",
    '[gateway]\ndeadline = "10s"\nmax_deadline = "9s"': "must hold",
    '[gateway]\nreserve = "3s"': "must hold",
    '[gateway]\nreserve = "0s"': "must hold",
    "[gateway]\nstate = 5": r"\[gateway\] state: expected a path, not 5",
    '[gateway]\nstate = ""': r"\[gateway\] state: expected a path",
    '[audit]\nkeep_outcomes = "0s"': "keep_outcomes is more than 0",
    "[audit]\nfile = 1": r"\[audit\]: unknown key 'file'; known: keep_outcomes, key, origin, path",
    "[matching]\nreport = 0.9": r"\[matching\]: thresholds must ascend",
    "[matching]\nreport = nan": r"\[matching\]: thresholds must ascend",
    "[matching]\nreports = 1": "unknown key 'reports'; known: probable, report, strong",
    "[sources.a]\n": r"\[sources.a\]: `kind` is missing",
    "[sources]\na = 1": r"\[sources.a\]: `kind` is missing",
    '[sources."A b"]\nkind = "un"': "a name is 1 to 64 of a-z",
    "[sources.a]\nkind = 5": r"\[sources.a\] kind: Expected `str`",
    '[sources.a]\nkind = "un"\nrequired = "yes"': r"\[sources.a\] required: Expected `bool`",
    '[sources.a]\nkind = "un"\nmax_age = "soon"': r"\[sources.a\] max_age: a span is",
    '[sources.a]\nkind = "un"\nmax_age = "0s"': "max_age is more than 0; leave it out for none",
    '[sources.a]\nkind = "un"\ntimeout = "0s"': "timeout is more than 0",
    '[sources.a]\nkind = "un"\nsuspended = true': r"\[sources.a\] suspended: Expected `str`",
}


@pytest.mark.parametrize(("text", "message"), list(REFUSED.items()))
def test_what_cannot_be_used_is_refused_by_file_key_and_reason(read, tmp_path, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        read(text)
    assert str(caught.value).startswith(f"{tmp_path / 'gateway.toml'}: ")


def test_an_empty_span_is_none(read):
    config = read('[sources.a]\nkind = "un"\nmax_age = ""\ntimeout = ""\nrefresh = ""')
    (source,) = config.sources
    assert (source.max_age, source.timeout, source.refresh) == (None, None, timedelta())


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"absent.toml: cannot be read"):
        load(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "latin.toml")


def test_workers_are_one_per_core_within_bounds(monkeypatch):
    for cores, workers in ((None, 2), (1, 2), (4, 4), (64, 8)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert Gateway().worker_count() == workers
    assert Gateway(workers=1).worker_count() == 1


HONOURED = {
    Gateway: {
        "name": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "listen": "test_server.py::test_port_zero_becomes_a_free_port",
        "workers": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "threads": "test_worker.py::test_threads_are_the_checks_at_a_time",
        "queue": "test_worker.py::test_beyond_the_queue_calls_are_refused",
        "streams": "test_worker.py::test_streams_are_the_open_streams",
        "batch_threads": "test_worker.py::test_batch_threads_are_the_items_at_a_time",
        "state": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "deadline": "test_worker.py::test_a_call_without_a_deadline_gets_the_default",
        "max_deadline": "test_worker.py::test_a_long_deadline_is_cut",
        "reserve": "test_worker.py::test_a_reserve_is_kept_from_the_sources",
        "drain": "test_worker.py::test_a_drain_has_an_end",
        "reflection": "test_worker.py::test_reflection_can_be_switched_off",
    },
    Audit: {
        "path": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "key": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "origin": "test_server.py::test_settings_of_a_gateway_are_seen_from_outside",
        "keep_outcomes": "test_server.py::test_outcomes_are_kept_as_long_as_configured",
    },
    Thresholds: dict.fromkeys(
        ("report", "probable", "strong"),
        "test_check.py::test_the_thresholds_of_the_configuration",
    ),
    Source: {
        "name": "test_check.py::test_the_status_of_each_condition",
        "kind": "test_sources.py::test_a_source_is_opened_by_its_kind",
        "settings": "test_sources.py::test_settings_reach_the_adapter",
        "required": "test_check.py::test_a_source_that_is_not_required_stands_in_nobodys_way",
        "max_age": (
            "test_check.py::test_the_configured_freshness_bound_goes_before_the_declared_one"
        ),
        "timeout": "test_fanout.py::test_a_source_has_its_own_share_of_the_deadline",
        "refresh": "test_loader.py::test_a_list_is_looked_at_as_often_as_configured",
        "suspended": "test_check.py::test_a_suspended_source_is_not_asked",
    },
}
"""Where a test changes a setting and sees the difference; a new setting needs a line here."""


@pytest.mark.parametrize("section", HONOURED, ids=lambda s: s.__name__)
def test_every_setting_is_honoured_somewhere(section):
    assert {f.name for f in dataclasses.fields(section)} == set(HONOURED[section])
    for place in HONOURED[section].values():
        name, _, function = place.partition("::")
        text = (HERE / name).read_text()
        assert re.search(rf"^def {function}\(", text, re.MULTILINE), place
