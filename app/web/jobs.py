"""When each periodic job of the worker last ran, for readiness, metrics and whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import dates
from app.db import Instant, Model, db


class JobRun(Model):
    """The last run of a job: when it ended well, when it failed and with what kind of error."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    every_seconds: Mapped[float]
    succeeded_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]
    failure: Mapped[str | None] = mapped_column(String(100))
    failures: Mapped[int] = mapped_column(server_default="0")


def note_success(name: str, every_seconds: float) -> None:
    """Note that the job ended well; its failures so far are over. Does not commit."""
    _note(name, every_seconds, {"succeeded_at": dates.now(), "failures": 0})


def note_failure(name: str, every_seconds: float, kind: str) -> None:
    """Note the kind of the error, never its text. Does not commit."""
    _note(name, every_seconds, {"failed_at": dates.now(), "failure": kind[:100]})
    run = JobRun.__table__
    db.session.execute(
        run.update().where(run.c.name == name).values(failures=run.c.failures + 1)  # type: ignore[attr-defined]
    )


def _note(name: str, every_seconds: float, values: dict[str, object]) -> None:
    values = {**values, "every_seconds": every_seconds}
    db.session.execute(
        insert(JobRun)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def runs() -> Sequence[JobRun]:
    """Return the jobs by name."""
    return db.session.scalars(select(JobRun).order_by(JobRun.name)).all()


def silent_for() -> timedelta | None:
    """Return how long no job has ended well; None where none ever did."""
    last = db.session.scalar(select(func.max(JobRun.succeeded_at)))
    return None if last is None else dates.now() - last
