"""One gateway on all sample lists for the whole session, and gateways for single tests."""

from __future__ import annotations

import pytest
from running import start
from samples import SOURCES, gateway, source


@pytest.fixture(scope="session")
def sampled(tmp_path_factory):
    """A gateway with two workers on all sample lists, loaded."""
    running = start(tmp_path_factory.mktemp("sampled"), gateway(*map(source, SOURCES)))
    yield running
    assert running.stop() == 0


@pytest.fixture
def serve(tmp_path):
    """Start gateways that are stopped at the end of the test."""
    started = []

    def begin(config, folder=tmp_path, **options):
        folder.mkdir(exist_ok=True)
        started.append(start(folder, config, **options))
        return started[-1]

    yield begin
    for running in started:
        running.stop()
