"""The worker: jobs in threads of their own, that survive failures and end when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import worker as working
from app.config import ROOT
from app.db import advisory_lock, db
from app.web import jobs
from app.worker import Job, Worker


@contextmanager
def running(app: Flask, *to_do: Job) -> Iterator[Worker]:
    worker = Worker(app, to_do)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(15)
        assert not thread.is_alive()


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def run_of(app: Flask, name: str) -> dict[str, Any]:
    with app.app_context():
        return {run.name: vars(run) for run in jobs.runs()}.get(name, {})


def test_a_job_runs_again_and_again_and_notes_it(committed: Flask) -> None:
    runs: list[float] = []
    with running(committed, Job("count", 0.01, lambda: runs.append(1))):
        until(lambda: len(runs) > 5)
        until(lambda: run_of(committed, "count").get("succeeded_at"))
    with committed.app_context():
        assert jobs.silent_for() is not None


def test_a_failing_job_is_noted_and_holds_up_no_other(committed: Flask) -> None:
    runs: list[float] = []

    def fail() -> None:
        raise ValueError("a text that may name a guest")

    with running(committed, Job("bad", 0.01, fail), Job("good", 0.01, lambda: runs.append(1))):
        until(lambda: run_of(committed, "bad").get("failures", 0) > 1)
        until(lambda: len(runs) > 5)
    assert run_of(committed, "bad")["failure"] == "ValueError"


def test_a_job_goes_on_after_its_connection_was_cut(committed: Flask) -> None:
    """As when the database is restarted under it."""
    pids: set[int] = set()

    def work() -> None:
        pids.add(db.session.execute(text("SELECT pg_backend_pid()")).scalar_one())

    with running(committed, Job("work", 0.02, work)):
        until(lambda: pids)
        with committed.app_context():
            for _ in range(3):
                # Taken before the cut: what works afterwards works through another connection.
                cut = set(pids)
                db.session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
                db.session.rollback()
                time.sleep(0.1)
        until(lambda: pids - cut)


def test_what_takes_turns_is_done_by_one_worker_at_a_time(committed: Flask) -> None:
    at_once, most = [0], [0]

    def work() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1

    job = Job("turns", 0.01, work)
    with running(committed, job), running(committed, job):
        time.sleep(1)
    assert most == [1]


def test_control_without_turns_they_meet(committed: Flask) -> None:
    meeting = threading.Barrier(2, timeout=5)
    met = threading.Event()

    def work() -> None:
        meeting.wait()
        met.set()

    job = Job("turns", 0.01, work, takes_turns=False)
    with running(committed, job), running(committed, job):
        assert met.wait(6)
        meeting.abort()


def cut_while_locked() -> None:
    holders = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    with advisory_lock("mine") as held:
        assert held
        db.session.execute(text(holders))
        db.session.rollback()


def test_a_lock_ends_with_its_connection(committed: Flask) -> None:
    with committed.app_context():
        with pytest.raises(OperationalError):
            cut_while_locked()
        with advisory_lock("mine", wait=2) as held:
            assert held


def test_every_job_does_its_first_turn_without_an_engine(committed: Flask) -> None:
    with running(committed, *working.JOBS):
        until(lambda: all(run_of(committed, job.name).get("succeeded_at") for job in working.JOBS))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly_when_asked(committed: Flask, tmp_path: Any, number: int) -> None:
    config = committed.extensions["config"]
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "DATA_DIR": str(tmp_path),
        "APP_ENV": "test",
        "MEILI_URL": "http://127.0.0.1:9",
        "MEILI_MASTER_KEY": "nobody-is-there",
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        until(lambda: run_of(committed, "statistics").get("succeeded_at"), 30)
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "worker ends" in said
    assert "Traceback" not in said
