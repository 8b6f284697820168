"""More calls than a gateway takes on: refused with a reason, and emergencies pass."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from asking import person, status, verdict
from running import until
from samples import gateway, remote, source
from test_faults import source_process

from lookup.client import Client, Retry
from lookup.failure import LookupFailed
from lookup.v1 import lookup_service_pb2 as pb


@pytest.fixture
def crowded(serve):
    """One worker with two seats and two places to wait, whose second source hangs."""
    with source_process("un") as (process, address):
        tables = source("eu"), remote("un", address, ["person"], timeout="2s")
        running = serve(gateway(*tables, workers=1, threads=2, queue=2))
        asked = person("Wendelin Obersommer")
        until(lambda: status(running.client().check(asked), "un") == "ANSWERED", "connecting")
        process.send_signal(signal.SIGSTOP)
        yield running
        process.send_signal(signal.SIGCONT)


def _outcome(target, request) -> str:
    with Client(target, retry=Retry(attempts=1)) as client:
        try:
            return verdict(client.check(request, timeout=10))
        except LookupFailed as failed:
            return f"{failed.code.name} {failed.reason} {failed.pushback is not None}"


def test_who_is_refused_is_told_why_and_when_to_come_again(crowded):
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: _outcome(crowded.target, person("Nobody Zyx")), range(16)))
    assert said.count("INCOMPLETE") == 4
    assert set(said) == {"INCOMPLETE", "RESOURCE_EXHAUSTED OVERLOADED True"}


def test_an_emergency_passes_a_full_gateway(crowded):
    urgent = person("Velda Kieselhagen", born=(1979, 4, 17))
    urgent.context.priority = pb.PRIORITY_EMERGENCY
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(_outcome, crowded.target, person("Nobody Zyx")) for _ in range(8)]
        assert _outcome(crowded.target, urgent) == "HIT"
        assert {other.result() for other in others} == {
            "INCOMPLETE", "RESOURCE_EXHAUSTED OVERLOADED True",
        }  # fmt: skip
