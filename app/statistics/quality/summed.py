"""Reading the sums of quality, right at this instant although days of some houses are stale.

What is *loose* is taken out of the sums and read by itself: today, whose vacancies are as fresh as
this moment, and the marked days of houses. A month with a day that is not stored is no sum: its
days are read one by one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from app import dates
from app.dates import Period
from app.statistics.quality.facts import now_parameters, read
from app.statistics.quality.sums import ADDED, CODES, NOTED_OF, VALUES
from app.statistics.rollup.sums import CELL

_F = ", ".join(f"f.{name}" for name in CELL)
_AGAIN = ", ".join(f"f.{name}" for name in ADDED)
_PLUS = ", ".join(f"{value.replace('n.', 'f.')} AS {name}" for name, value in VALUES.items())
_MINUS = ", ".join(f"-({value}) AS {name}" for name, value in VALUES.items())
_STORED = {
    "month": f"""
        SELECT f.night, f.establishment_id, {_F}, {_AGAIN} FROM quality_month f
        WHERE f.night = ANY(CAST(:months AS date[]))
    """,
    "cell": f"""
        SELECT f.night, CAST(NULL AS int), {_F}, {_AGAIN} FROM quality_cell f
        WHERE f.night = ANY(CAST(:summed AS date[]))
    """,
}
_NOW = f""",
loose_pair AS MATERIALIZED (
    SELECT x.establishment_id, x.night FROM quality_fact x
    WHERE x.night = :today AND x.night = ANY(CAST(:summed AS date[]))
    UNION
    SELECT x.establishment_id, x.night FROM quality_mark m JOIN quality_fact x
      ON x.establishment_id = m.establishment_id AND x.night = ANY(CAST(:summed AS date[]))
     AND (m.first IS NULL OR x.night BETWEEN m.first AND m.last)
),
summed_now AS (
    {{stored}}
    UNION ALL
    SELECT f.night, f.establishment_id, {CODES}, {_MINUS}
    FROM loose_pair JOIN quality_fact f USING (establishment_id, night) {NOTED_OF}
    UNION ALL
    SELECT f.night, f.establishment_id, {CODES}, {_PLUS} FROM quality_fresh f
)
"""


def now(days: Period, *, by_day: bool, house_id: int | None) -> tuple[str, dict[str, Any]]:
    """Return the beginning of a statement and its parameters.

    What follows may select from summed_now, whose rows are houses in months or on days (or of
    ``by_day`` all houses alike), right at this instant after they were added up; some are negative.
    """
    values = now_parameters(days, house_id)
    stored = [] if house_id is not None else values["stored"]
    months = [] if by_day else _whole_months(days, stored)
    summed = [day for day in stored if by_day or dates.month_start(day) in months]
    if by_day:
        summed = [day for day in summed if day != values["today"]]
    alone = set(summed) - {values["today"]}
    values |= {
        "months": months,
        "summed": summed,
        "read": [day for day in values["stored"] if day not in alone],
    }
    start, values = read(days, values)
    return start + _NOW.format(stored=_STORED["cell" if by_day else "month"]), values


def _whole_months(days: Period, stored: Collection[date]) -> list[date]:
    """Return the months (their first days) all of whose days up to today are asked and stored."""
    known, tonight_end = set(stored), dates.today() + dates.ONE_DAY
    return [
        month
        for month in sorted({dates.month_start(day) for day in days})
        if all(
            days.contains(day) and day in known
            for day in Period(month, min(dates.next_month(month), tonight_end))
        )
    ]
