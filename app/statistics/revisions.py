"""Publishing months as they turn final, and finding what later corrections changed in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, text, update

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics import queries
from app.statistics.facts import LONGEST_TURN
from app.statistics.indicators import INDICATORS, Indicator
from app.statistics.queries import Figures, Filters
from app.statistics.revisions_models import PublishedFigure, PublishedMonth, Revision

TOWN = "town"
MONTHS_A_TURN = 3
SHOWN = 200

Place = tuple[str, str]
Value = tuple[int, int | None]


def tick() -> bool:
    """Publish a few months that turned final and check a few that changed since; commits.

    Returns whether more is waiting. The worker lets one at a time do it.
    """
    db.session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    waiting = _to_publish(), _to_check()
    for month in waiting[0][:MONTHS_A_TURN]:
        publish(month)
    for month in waiting[1][:MONTHS_A_TURN]:
        check(month)
    db.session.commit()
    return any(len(months) > MONTHS_A_TURN for months in waiting)


def _to_publish() -> list[date]:
    """Return the months since the first stored night that are final and were not published."""
    first, last = queries.first_fact_night(), dates.today()
    if first is None or first >= last:
        return []
    known = set(db.session.scalars(select(PublishedMonth.month)))
    months = [dates.month_start(month.start) for month in Period(first, last).months()]
    return [month for month in months if month not in known and is_final(month)]


def _to_check() -> list[date]:
    """Return the published months facts of which were computed anew since they were looked at."""
    statement = (
        select(PublishedMonth.month)
        .where(PublishedMonth.checked_at.is_(None))
        .order_by(PublishedMonth.month)
    )
    return list(db.session.scalars(statement))


def is_final(month: date) -> bool:
    return queries.status_of(dates.next_month(month) - ONE_DAY) == "final"


def publish(month: date) -> None:
    """Keep the figures of the month as they are at this moment."""
    now = dates.now()
    db.session.execute(insert(PublishedMonth).values(month=month, published_at=now, checked_at=now))
    _keep(month, _counted(month))


def check(month: date) -> int:
    """Write down what differs from the figures last published; returns how many figures do."""
    now = dates.now()
    db.session.execute(
        update(PublishedMonth).where(PublishedMonth.month == month).values(checked_at=now)
    )
    before, after = _published(month), _counted(month)
    changed = [
        {
            "month": month,
            "scope": scope,
            "indicator": name,
            "over_before": old[0],
            "under_before": old[1],
            "over_after": new[0],
            "under_after": new[1],
            "at": now,
        }
        for (scope, name), old, new in _pairs(before, after)
        if old != new
    ]
    if changed:
        db.session.execute(insert(Revision), changed)
        db.session.execute(delete(PublishedFigure).where(PublishedFigure.month == month))
        _keep(month, after)
    return len(changed)


def _pairs(
    before: Mapping[Place, Value], after: Mapping[Place, Value]
) -> Iterator[tuple[Place, Value, Value]]:
    """Yield what was and what is; a unit in one of them only stands at zero in the other."""
    for place in sorted(before.keys() | after.keys()):
        nothing: Value = (0, None if INDICATORS[place[1]].under is None else 0)
        yield place, before.get(place, nothing), after.get(place, nothing)


def _counted(month: date) -> dict[Place, Value]:
    table = queries.occupancy(Period.month(month.year, month.month), by="unit")
    rows = [(TOWN, table.total), *((row.key, row) for row in table.rows)]
    return {
        (scope, name): value_of(indicator, figures)
        for scope, figures in rows
        for name, indicator in INDICATORS.items()
    }


def value_of(indicator: Indicator, figures: Figures) -> Value:
    under = indicator.under
    return indicator.over.of(figures), None if under is None else under.of(figures)


def _published(month: date) -> dict[Place, Value]:
    rows = db.session.execute(
        select(
            PublishedFigure.scope,
            PublishedFigure.indicator,
            PublishedFigure.over,
            PublishedFigure.under,
        ).where(PublishedFigure.month == month)
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows if row[1] in INDICATORS}


def _keep(month: date, values: Mapping[Place, Value]) -> None:
    rows = [
        {"month": month, "scope": place[0], "indicator": place[1], "over": over, "under": under}
        for place, (over, under) in values.items()
    ]
    db.session.execute(insert(PublishedFigure), rows)


# --- Reading --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Revised:
    """One figure of a final month that changed, as a page and a program get it."""

    month: date
    scope: str
    indicator: Indicator
    over_before: int
    under_before: int | None
    over_after: int
    under_after: int | None
    at: datetime

    @property
    def before(self) -> float | None:
        return _value(self.over_before, self.under_before)

    @property
    def after(self) -> float | None:
        return _value(self.over_after, self.under_after)


def _value(over: int, under: int | None) -> float | None:
    return float(over) if under is None else queries.ratio(over, under)


def revisions(
    period: Period | None = None, filters: Filters | None = None, limit: int = SHOWN
) -> list[Revised]:
    """Return the revisions of what the reader may see, the latest first."""
    statement = select(Revision).order_by(Revision.at.desc(), Revision.id)
    if period is not None:
        start = dates.month_start(period.start)
        statement = statement.where(Revision.month >= start, Revision.month < period.end)
    scopes = _scopes(filters or Filters())
    if scopes is not None:
        statement = statement.where(Revision.scope.in_(scopes))
    return [
        Revised(
            row.month,
            row.scope,
            INDICATORS[row.indicator],
            row.over_before,
            row.under_before,
            row.over_after,
            row.under_after,
            row.at,
        )
        for row in db.session.scalars(statement.limit(limit))
        if row.indicator in INDICATORS
    ]


def _scopes(filters: Filters) -> list[str] | None:
    """Return which scopes are asked for and may be seen; None for all of them."""
    asked = None if filters.units is None else set(filters.units)
    if filters.within is not None:
        asked = set(filters.within) if asked is None else asked & filters.within
    return None if asked is None else sorted(asked)
