"""What every test may ask for; the fixtures themselves are in tests/fixtures/."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.browser",
    "tests.fixtures.people",
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
