"""Sums of the facts of quality, kept ready in the transaction that stores the facts.

The facts stay the truth: whoever stores or forgets them adds up again in the same transaction what
they touch, and ``statistics verify`` adds everything up in Python. A house in a month is one row,
so that a year of 1,500 houses is read at once and the houses of any rows can still be counted; all
houses alike on a day are one row as well.

How they are read is said in ``summed``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import text

from app import dates
from app.db import db
from app.statistics.rollup.sums import CELL

SUMMED = (
    *("due", "reported", "on_time", "late", "records", "errors", "duplicates"),
    *("contradictions", "closes", "filings", "filings_sent"),
)
NOTED = ("vacancies", "fresh")
ADDED = ("days", *SUMMED, *NOTED)

_NAMES = ", ".join(ADDED)
_CELL_NAMES = ", ".join(CELL)
CODES = ", ".join(f"{code} AS {name}" for name, code in CELL.items())
# What each sum adds, of a fact ``f`` and what was noted ``n`` of its evening.
VALUES = {name: f"coalesce({'n' if name in NOTED else 'f'}.{name}, 0)" for name in ADDED[1:]}
VALUES = {"days": "1", **VALUES}
_SUMS = ", ".join(f"sum({value})::int AS {name}" for name, value in VALUES.items())
NOTED_OF = "LEFT JOIN quality_freshness n USING (establishment_id, night)"
_MONTHS = "unnest(CAST(:houses AS int[]), CAST(:months AS date[])) AS c (house, month)"
_ADD_MONTHS = f"""
INSERT INTO quality_month (night, establishment_id, {_CELL_NAMES}, {_NAMES})
SELECT c.month, f.establishment_id, {CODES}, {_SUMS}
FROM {_MONTHS} JOIN quality_fact f ON f.night >= c.month
 AND f.night < CAST(c.month + interval '1 month' AS date)
 AND (c.house IS NULL OR f.establishment_id = c.house)
{NOTED_OF} GROUP BY c.month, f.establishment_id, 3, 4, 5, 6
"""
_ADD_CELLS = f"""
INSERT INTO quality_cell (night, {_CELL_NAMES}, {_NAMES})
SELECT f.night, {CODES}, {_SUMS} FROM quality_fact f {NOTED_OF}
WHERE f.night = ANY(:nights) GROUP BY 1, 2, 3, 4, 5
"""

Pairs = Collection[tuple[int, date]]


def add_up(pairs: Pairs, nights: Collection[date]) -> None:
    """Add up again what changed: days of houses, and days of all houses."""
    whole = {dates.month_start(night) for night in nights}
    rows = {(house, dates.month_start(night)) for house, night in pairs}
    months: list[tuple[int | None, date]] = [(None, month) for month in sorted(whole)]
    months += [row for row in sorted(rows) if row[1] not in whole]
    if not months:
        return
    of_houses = {"houses": [row[0] for row in months], "months": [row[1] for row in months]}
    of_nights = {"nights": sorted({*nights, *(night for _, night in pairs)})}
    forget = (
        f"DELETE FROM quality_month m USING {_MONTHS} WHERE m.night = c.month"
        " AND (c.house IS NULL OR m.establishment_id = c.house)"
    )
    db.session.execute(text(forget), of_houses)
    db.session.execute(text(_ADD_MONTHS), of_houses)
    db.session.execute(text("DELETE FROM quality_cell WHERE night = ANY(:nights)"), of_nights)
    db.session.execute(text(_ADD_CELLS), of_nights)
