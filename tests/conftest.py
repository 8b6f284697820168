"""Fixtures that many tests share: where the real lists, evaluation sets and vectors are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("LOOKUP_SHARED", ROOT.parent / "shared"))
NEEDS = {"shared_lists": SHARED / "data", "shared_eval": SHARED / "eval"}

# A busy machine is no defect: no test measures time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_collection_modifyitems(config, items):
    """Leave out tests on real lists where these are absent, and say so at the end."""
    absent = {name for name, path in NEEDS.items() if not path.is_dir()}
    gone = [item for item in items if absent & set(getattr(item, "fixturenames", ()))]
    if gone:
        items[:] = [item for item in items if item not in set(gone)]
        config.hook.pytest_deselected(items=gone)
    config.stash[NOT_TESTED] = len(gone)


NOT_TESTED = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter, config):
    """Say what was not tested for want of the real lists."""
    count = config.stash.get(NOT_TESTED, 0)
    if count:
        terminalreporter.write_line(
            f"not tested: {count} tests on real lists (no folder {SHARED.name} beside the checkout)"
        )


@pytest.fixture(scope="session")
def shared_lists() -> Path:
    return NEEDS["shared_lists"]


@pytest.fixture(scope="session")
def shared_eval() -> Path:
    return NEEDS["shared_eval"]


@pytest.fixture(scope="session")
def vectors() -> Path:
    return ROOT / "tests" / "vectors"
