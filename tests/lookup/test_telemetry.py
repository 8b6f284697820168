"""Lines of the log: one event each, whole, without personal data, and never in the way."""

from __future__ import annotations

import io
import json
import threading

import pytest

from lookup.telemetry import Log


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def log(stream):
    return Log(stream, "test")


def test_an_event_is_one_json_line(log, stream):
    log.event("source.updated", source="un", records=3, note=None)
    (line,) = lines(stream)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "event": "source.updated",
        "process": "test",
        "source": "un",
        "records": 3,
        "note": None,
    }


def test_a_field_may_have_any_name(log, stream):
    log.event("process.ended", name="worker-0", error="x")
    log.fault("process.fault", ValueError(), name="worker-0")
    assert [line["name"] for line in lines(stream)] == ["worker-0", "worker-0"]


def test_a_fault_tells_type_and_place_but_never_the_message(log, stream):
    try:
        int("Ada Example")
    except ValueError as error:
        fault_id = log.fault("gateway.fault", error, source="un")
    (line,) = lines(stream)
    assert "Ada" not in stream.getvalue()
    assert (line["error"], line["fault_id"], line["source"]) == ("ValueError", fault_id, "un")
    assert line["place"].startswith("test_telemetry.py:")


def test_a_fault_that_was_never_raised_has_no_place(log, stream):
    log.fault("gateway.fault", ValueError("Ada Example"))
    assert lines(stream)[0]["place"] == ""


def test_lines_of_many_threads_stay_whole(log, stream):
    def write(number):
        for _ in range(50):
            log.event("source.answered", source=f"s{number}", text="x" * 200)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(stream)) == 400


class Broken(io.StringIO):
    def write(self, _):
        raise BrokenPipeError


def test_a_log_that_cannot_be_written_stops_nobody(stream):
    assert Log(Broken()).fault("gateway.fault", ValueError())
    stream.close()
    Log(stream).event("gateway.started")
