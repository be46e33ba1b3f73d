"""The background process: periodic jobs, each done by one worker of the installation at a time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.accounts.operations import forget_attempts
from app.availability.feeds import fetching as feeds_fetching
from app.availability.reminders import operations as reminders
from app.db import advisory_lock, db
from app.registry.outside_list import comparison as outside_list
from app.search import sweep, sync
from app.search.reach import missed as counting_missed
from app.search.watches import matching as watches_matching
from app.search.watches import push
from app.statistics import facts, revisions, snapshots
from app.statistics.bulletin import mailing as bulletin_list
from app.statistics.forecast import operations as forecast_operations
from app.statistics.open_data import releases as publication_releases
from app.statistics.quality import facts as quality_facts
from app.stays import auto_checkout, erasing, remembered
from app.stays.groups import operations as group_operations
from app.stays.imports import jobs as imports
from app.web import jobs, mail
from app.web.idempotency import forget_old

log = structlog.get_logger()

HEARTBEAT_SECONDS = 5.0
FIRST_PAUSE = 0.5
# Room for the other jobs of the process between two runs that follow on each other.
SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 20.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Job:
    """Something done every so many seconds; what it returns, if true, says that more is waiting."""

    name: str
    every: float
    run: Callable[[], object]
    least: float = 0.0
    """Seconds from a run's beginning to the next one's, even where more is waiting."""
    takes_turns: bool = True
    """Whether workers must be kept from doing it at once; False where the job sees to it itself."""


def _housekeeping() -> None:
    while forget_old():
        db.session.commit()
    forget_attempts()
    mail.forget_old()
    db.session.commit()


JOBS = (
    # At most two tasks a second for the engine, which keeps every one of them on disk.
    Job("search sync", 0.25, sync.tick, least=0.5, takes_turns=False),
    Job("search check", 10, sweep.check, takes_turns=False),
    Job("search sweep", 600, sweep.sweep, takes_turns=False),
    Job("search day", 20, sweep.turn_day),
    Job("search clean", 600, sweep.clean, takes_turns=False),
    Job("search compact", 86_400, sweep.compact, takes_turns=False),
    Job("statistics", 1, facts.tick, takes_turns=False),
    Job("quality", 5, quality_facts.tick, takes_turns=False),
    Job("books", 60, snapshots.tick),
    Job("forecast", 5, forecast_operations.tick),
    Job("revisions", 60, revisions.tick),
    Job("open data", 3_600, publication_releases.tick, least=1),
    Job("bulletin", 600, bulletin_list.tick),
    Job("watches", 2, watches_matching.tick),
    Job("push", 2, push.tick, takes_turns=False),
    Job("missed searches", 60, counting_missed.tick, least=1),
    Job("reach", 86_400, counting_missed.forget_old),
    Job("evening reminder", 60, reminders.tick),
    Job("outside lists", 2, outside_list.tick, takes_turns=False),
    Job("feeds", 5, feeds_fetching.tick, least=0.2, takes_turns=False),
    Job("mail", 2, mail.tick, takes_turns=False),
    Job("guest imports", 1, imports.tick, takes_turns=False),
    Job("remembered guests", 3_600, remembered.forget_old),
    Job("retention", 3_600, erasing.tick, takes_turns=False),
    Job("automatic check-out", 60, auto_checkout.tick, least=1),
    Job("housekeeping", 3_600, _housekeeping),
    Job("guest drafts", 3_600, group_operations.tick),
)


class Worker:
    """Runs jobs, each in a thread of its own, so that a long one holds up no other."""

    def __init__(self, app: Flask, jobs_to_do: Sequence[Job] = JOBS) -> None:
        self.app = app
        self.jobs = jobs_to_do
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until :meth:`stop`; returns when every job has ended its turn."""
        threads = [
            threading.Thread(target=self._loop, args=(job,), name=job.name, daemon=True)
            for job in self.jobs
        ]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        self.stopping.set()

    def _loop(self, job: Job) -> None:
        pause, noted = FIRST_PAUSE, float("-inf")
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                note = begun - noted >= HEARTBEAT_SECONDS
                more = self._turn(job, note=note)
            except Exception as error:
                # Whatever went wrong, the next turn may go well: the database or the engine may be
                # restarting. The kind is logged, never the text, which may quote a guest.
                log.error("job failed", job=job.name, kind=type(error).__name__, again_in=pause)
                self._note_failure(job, error)
                self.stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if note:
                noted = begun
            self.stopping.wait(left(job, begun) if more else job.every)

    def _turn(self, job: Job, *, note: bool) -> bool:
        """Run the job once, unless another worker is at it; return whether more is waiting."""
        with self.app.app_context():
            try:
                more = self._run(job)
                if note:
                    jobs.note_success(job.name, job.every)
                    db.session.commit()
                return more
            finally:
                db.session.remove()

    def _run(self, job: Job) -> bool:
        if not job.takes_turns:
            return bool(job.run())
        with advisory_lock(f"job {job.name}") as held:
            return bool(held and job.run())

    def _note_failure(self, job: Job, error: Exception) -> None:
        with self.app.app_context():
            try:
                jobs.note_failure(job.name, job.every, type(error).__name__)
                db.session.commit()
            except Exception:
                # Most likely it is the database that is away.
                log.error("job failure not noted", job=job.name)
            finally:
                db.session.remove()


def left(job: Job, begun: float) -> float:
    """Return how long to wait where more is waiting; a run that took its time has waited enough."""
    return min(job.least, max(SHORTEST_PAUSE, begun + job.least - time.monotonic()))


@click.command("worker")
@with_appcontext
def commands() -> None:
    """Keep the search index and the facts up to date, until SIGTERM or Ctrl-C."""
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    log.info("worker begins", jobs=[job.name for job in worker.jobs])
    worker.run()
    log.info("worker ends")
