"""What every test may ask for; the fixtures themselves are in tests/fixtures/."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from app.search import next_steps, relaxing
from app.statistics import kept

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.browser",
    "tests.fixtures.people",
    "tests.fixtures.crashes",
]

RUN_DIR = "TEST_RUN_DIR"


def pytest_configure(config: pytest.Config) -> None:
    """One directory a run, inherited by the workers of xdist: they share one PostgreSQL."""
    if hasattr(config, "workerinput"):
        return
    run_dir = tempfile.mkdtemp(prefix="register-tests-")
    # Ours alone to open up: as root PostgreSQL runs under a user that has to get through.
    Path(run_dir).chmod(0o711)
    os.environ[RUN_DIR] = run_dir


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[RUN_DIR], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Leave out of every collection of garbage what lives as long as the run: most of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page say all it can: what it leaves out when time is short depends on the machine."""
    monkeypatch.setattr(next_steps, "COUNT_SECONDS", 20.0)
    monkeypatch.setattr(next_steps, "LATEST_MS", 20_000.0)
    monkeypatch.setattr(relaxing, "SECONDS", 20.0)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Let no test read the night of another, whose database looked the same."""
    kept.forget()
