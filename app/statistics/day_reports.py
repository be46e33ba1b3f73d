"""How houses report their days: how many were due, reported, late and missed; for officials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics.queries import Filters
from app.statistics.reading import now as facts_now
from app.stays.day_close.closing import outages
from app.stays.day_close.due import day_close_due


@dataclass(frozen=True, slots=True)
class HouseDays:
    """The days of a house whose limit has passed, by what became of them.

    A reported day is on time or late by the first thing that made it one: its close, an act of the
    house on that day, or the entry of a stay of that night. Of what no moment is known (a closure,
    a stay of the history) it is neither.
    """

    establishment_id: int
    code: str
    due: int
    reported: int
    on_time: int
    late: int
    hours_late: float

    @property
    def missed(self) -> int:
        return self.due - self.reported

    @property
    def reported_share(self) -> float | None:
        return self.reported / self.due if self.due else None

    @property
    def mean_hours_late(self) -> float | None:
        return self.hours_late / self.late if self.late else None


_TOLD = """,
owed AS MATERIALIZED (
    SELECT f.establishment_id, e.code, f.night, f.reporting, l.due,
           least(said.first_at, act.at) AS told_at
    FROM fact_now f
    JOIN unnest(CAST(:days AS date[]), CAST(:limits AS timestamptz[])) AS l (day, due)
      ON l.day = f.night
    JOIN establishment e ON e.id = f.establishment_id
    LEFT JOIN day_close said
           ON said.establishment_id = f.establishment_id AND said.day = f.night
    LEFT JOIN reported_day act
           ON act.establishment_id = f.establishment_id AND act.day = f.night
    WHERE f.registered AND {condition}
      AND f.night >= least(
          (e.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh' - interval '6 hours')::date,
          (SELECT min(day) FROM reported_day r WHERE r.establishment_id = e.id))
),
told AS (
    SELECT o.*, coalesce(o.told_at, entered.at) AS at
    FROM owed o LEFT JOIN LATERAL (
        SELECT min(s.created_at) AS at FROM stay s
        WHERE o.reporting AND o.told_at IS NULL AND s.establishment_id = o.establishment_id
          AND s.status <> 'cancelled' AND s.origin = 'live'
          AND s.first_night + 0 <= o.night AND s.last_night_end >= o.night
          AND (s.last_night_end > o.night OR s.first_night = o.night)
    ) entered ON true
)
SELECT establishment_id, code, count(*) AS due,
       count(*) FILTER (WHERE reporting) AS reported,
       count(*) FILTER (WHERE reporting AND at < due) AS on_time,
       count(*) FILTER (WHERE reporting AND at >= due) AS late,
       coalesce(sum(extract(epoch FROM at - due)) FILTER (WHERE reporting AND at >= due), 0)
           / 3600 AS hours_late
FROM told GROUP BY 1, 2 ORDER BY 2
"""


def day_reports(period: Period, filters: Filters | None = None) -> list[HouseDays]:
    """Return how each house reported the days of the period whose limit has passed, by code.

    A house owes the days it stood in the register, from the one it was entered on.
    """
    passed = _passed(period)
    if not passed:
        return []
    filters = filters or Filters()
    condition, values = filters.condition()
    days = [day for day, _ in passed]
    start, more = facts_now(Period(days[0], days[-1] + ONE_DAY), filters.house_id)
    values |= more | {"days": days, "limits": [due for _, due in passed]}
    rows = db.session.execute(text(start + _TOLD.format(condition=condition)), values)
    return [
        HouseDays(
            row.establishment_id,
            row.code,
            row.due,
            row.reported,
            row.on_time,
            row.late,
            float(row.hours_late),
        )
        for row in rows
    ]


def _passed(period: Period) -> list[tuple[date, datetime]]:
    """Return the days of the period whose limit has passed, with it."""
    down, now = outages(period.start), dates.now()
    end = min(period.end, dates.today() + ONE_DAY)
    if period.start >= end:
        return []
    limits = ((day, day_close_due(day, down)) for day in Period(period.start, end))
    return [(day, due) for day, due in limits if due is not None and due <= now]
