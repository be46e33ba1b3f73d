"""Reading forecasts: the latest stored one of a scope, or one made at once for a rare question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import dates
from app.dates import ONE_DAY
from app.db import db
from app.statistics.forecast import making
from app.statistics.forecast.core.outlook import COMBINATION
from app.statistics.forecast.core.series import SeriesError
from app.statistics.forecast.models import Forecast, ForecastRun
from app.statistics.forecast.series import HORIZON, Scope, load
from app.statistics.queries import Filters


@dataclass(frozen=True, slots=True)
class Night:
    """What is expected of one night."""

    night: date
    step: int
    point: float
    low80: float
    high80: float
    benchmark: float
    on_the_books: int | None
    capacity: int | None
    last_year: float | None
    method: str

    @property
    def occupancy(self) -> float | None:
        return self.point / self.capacity if self.capacity else None


@dataclass(frozen=True, slots=True)
class Expected:
    """The forecast of one scope, as pages and programs read it."""

    as_of: date
    made_at: datetime | None
    """None where it was made for this question alone."""
    version: str
    nights: tuple[Night, ...]
    report: dict[str, Any]

    @property
    def before(self) -> list[tuple[date, float | None, float | None]]:
        """The nights before with their rooms, and last year's."""
        known = self.report["before"]
        first = self.as_of - timedelta(days=len(known))
        return [
            (first + timedelta(days=step), value, self.report["last_year"][step])
            for step, value in enumerate(known)
        ]

    @property
    def bands(self) -> list[dict[str, Any]]:
        return list(self.report["bands"])

    @property
    def methods(self) -> set[str]:
        return {night.method for night in self.nights}

    @property
    def combined(self) -> bool:
        return COMBINATION in self.methods


def expected(filters: Filters, horizon: int = HORIZON) -> Expected | None:
    """Return the forecast of tonight and the nights after it; None where too little is known.

    Every ward and class is made each morning. Other mixtures, and all of them while no worker has
    made any, are made at once from the same facts.
    """
    scope = Scope.of(filters)
    found = None if scope is None else _stored(scope)
    if found is None:
        found = _live(filters)
    return None if found is None else _shown(*found, horizon)


Found = tuple[making.Made, datetime | None, str]


def _stored(scope: Scope) -> Found | None:
    row = db.session.execute(
        select(Forecast, ForecastRun)
        .join(ForecastRun, ForecastRun.id == Forecast.run_id)
        .where(
            Forecast.scope == scope.name,
            ForecastRun.status == "done",
            # An older one would have lost the nights that matter most.
            ForecastRun.as_of >= dates.today() - ONE_DAY,
        )
        .order_by(ForecastRun.as_of.desc(), ForecastRun.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    stored, run = row
    made = making.Made(
        run.as_of,
        list(stored.point),
        list(stored.low80),
        list(stored.high80),
        list(stored.benchmark),
        stored.report,
    )
    return made, run.finished_at, f"{run.id}-{scope.name}"


def _live(filters: Filters) -> Found | None:
    material = load(dates.today(), filters)
    if material is None:
        return None
    try:
        return making.make(material), None, ""
    except SeriesError:
        return None


def _shown(made: making.Made, made_at: datetime | None, version: str, horizon: int) -> Expected:
    """Leave out nights that have passed since, and those beyond the horizon."""
    passed = (dates.today() - made.as_of).days
    steps = range(passed, min(passed + horizon, len(made.point)))
    return Expected(
        made.as_of, made_at, version, tuple(_night(made, step) for step in steps), made.report
    )


def _night(made: making.Made, step: int) -> Night:
    report = made.report
    books, capacity = report["books"], report["capacity"]
    return Night(
        night=made.as_of + timedelta(days=step),
        step=step + 1,
        point=made.point[step],
        low80=made.low80[step],
        high80=made.high80[step],
        benchmark=made.benchmark[step],
        on_the_books=None if books is None else books[step],
        capacity=None if capacity is None else capacity[step],
        last_year=report["last_year"][len(report["before"]) + step],
        method=next(b["method"] for b in report["bands"] if b["first"] <= step + 1 <= b["last"]),
    )


def open_run() -> ForecastRun | None:
    """Return the run that is being made or waits, if any."""
    return db.session.scalars(
        select(ForecastRun)
        .where(ForecastRun.status.in_(("asked", "running")))
        .order_by(ForecastRun.id)
        .limit(1)
    ).first()


def last_run() -> ForecastRun | None:
    return db.session.scalars(
        select(ForecastRun)
        .where(ForecastRun.status.in_(("done", "failed")))
        .order_by(ForecastRun.id.desc())
        .limit(1)
    ).first()
