"""Making all forecasts every morning and on demand, one run at a time, and forgetting old runs."""

from __future__ import annotations

import time
from datetime import date, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app import dates
from app.dates import ONE_DAY
from app.db import db
from app.statistics.forecast import making
from app.statistics.forecast.core.series import SeriesError
from app.statistics.forecast.making import Earlier
from app.statistics.forecast.models import BooksDay, Forecast, ForecastRun
from app.statistics.forecast.series import Material, Scope, load
from app.statistics.models import FactNight

# Long enough that every night of the longest horizon came true beside what was said of it.
KEPT_DAYS = 70
# A class within a ward is prepared where this many of its rooms are occupied on a usual night.
LEAST_ROOMS = 10.0
MOST_FAILURES = 3
SECONDS_A_COMMIT = 2.0


def ask() -> ForecastRun:
    """Ask for new forecasts; the worker makes them. Whoever asks again has the same wish."""
    db.session.execute(
        upsert(ForecastRun)
        .values(as_of=dates.today(), status="asked", asked_at=dates.now())
        .on_conflict_do_nothing()
    )
    return db.session.scalars(select(ForecastRun).filter_by(status="asked")).one()


def tick() -> bool:
    """Make the forecasts that are due or asked for; commits. One worker at a time calls this."""
    _give_up_abandoned()
    run = db.session.scalars(select(ForecastRun).filter_by(status="asked")).first()
    if run is None and _due(dates.today()):
        run = ask()
    if run is None:
        db.session.rollback()
        return False
    perform(run)
    return False


def _give_up_abandoned() -> None:
    """A run that another worker was killed at is no longer being made by anybody."""
    db.session.execute(
        update(ForecastRun)
        .where(ForecastRun.status == "running")
        .values(status="failed", finished_at=dates.now())
    )
    db.session.commit()


def _due(today: date) -> bool:
    """Whether yesterday's facts and this morning's books are there, and no forecast from them."""
    ready = (
        db.session.get(FactNight, today - ONE_DAY) is not None
        and db.session.get(BooksDay, today) is not None
    )
    if not ready:
        return False
    states = list(db.session.scalars(select(ForecastRun.status).filter_by(as_of=today)))
    return "done" not in states and states.count("failed") < MOST_FAILURES


def perform(run: ForecastRun) -> None:
    """Make all forecasts of a run; commits as it goes, so that its progress can be seen."""
    run.as_of, run.status, run.started_at = dates.today(), "running", dates.now()
    db.session.commit()
    run_id = run.id
    try:
        _make_all(run)
    except BaseException:
        db.session.rollback()
        _finish(run_id, "failed")
        raise
    _finish(run_id, "done")
    forget_old()
    db.session.commit()


def _make_all(run: ForecastRun) -> None:
    material = load(run.as_of)
    scopes = material.scopes(LEAST_ROOMS) if material else []
    run.scopes = len(scopes)
    db.session.commit()
    noted = time.monotonic()
    for done, scope in enumerate(scopes, 1):
        if material is not None:
            _make_one(run.id, material, scope)
        if done == len(scopes) or time.monotonic() - noted > SECONDS_A_COMMIT:
            run.scopes_done = done
            db.session.commit()
            noted = time.monotonic()


def _make_one(run_id: int, material: Material, scope: Scope) -> None:
    try:
        made = making.make(material.within(scope), earlier(scope, material.as_of))
    except SeriesError:
        # Too new a ward or class has no forecast yet, which its page says.
        return
    db.session.add(
        Forecast(
            run_id=run_id,
            scope=scope.name,
            point=made.point,
            low80=made.low80,
            high80=made.high80,
            benchmark=made.benchmark,
            report=made.report,
        )
    )


def earlier(scope: Scope, as_of: date) -> list[Earlier]:
    """Return what the runs of earlier mornings had said of this scope, one a morning."""
    rows = db.session.execute(
        select(
            ForecastRun.as_of,
            Forecast.point,
            Forecast.low80,
            Forecast.high80,
            Forecast.benchmark,
        )
        .join(Forecast, Forecast.run_id == ForecastRun.id)
        .where(
            Forecast.scope == scope.name,
            ForecastRun.status == "done",
            ForecastRun.as_of < as_of,
            ForecastRun.as_of >= as_of - timedelta(days=KEPT_DAYS),
        )
        .order_by(ForecastRun.id)
    )
    return list({row.as_of: Earlier(*row) for row in rows}.values())


def _finish(run_id: int, status: str) -> None:
    db.session.execute(
        update(ForecastRun)
        .where(ForecastRun.id == run_id)
        .values(status=status, finished_at=dates.now())
    )
    db.session.commit()


def forget_old() -> None:
    """Keep of each morning its last finished run, for as long as its nights come true."""
    latest = (
        select(func.max(ForecastRun.id))
        .where(ForecastRun.status == "done")
        .group_by(ForecastRun.as_of)
    )
    db.session.execute(
        delete(ForecastRun).where(
            ForecastRun.status.in_(("done", "failed")),
            (ForecastRun.as_of < dates.today() - timedelta(days=KEPT_DAYS))
            | (ForecastRun.id.not_in(latest) & (ForecastRun.as_of < dates.today()))
            | (ForecastRun.id.not_in(latest) & (ForecastRun.status == "done")),
        )
    )
