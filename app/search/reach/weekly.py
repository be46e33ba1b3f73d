"""How often a house was found, week by week, and what an old vacancy cost it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, cast, func, select

from app import dates
from app.db import db
from app.search.reach.models import ReachDay

WEEKS = 12
COLUMNS = ("found", "mapped", "opened", "called", "booked", "hidden", "last")


@dataclass(frozen=True, slots=True)
class Week:
    """The sums of a week from Monday on; this week's are those so far."""

    monday: date
    found: int = 0
    mapped: int = 0
    opened: int = 0
    called: int = 0
    booked: int = 0
    hidden: int = 0
    last: int = 0

    @property
    def missed_share(self) -> float | None:
        """Of the searches the house had rooms for, the share it was hidden from, estimated."""
        asked = self.found + self.hidden
        return self.hidden / asked if asked else None


def weeks(establishment_id: int) -> Sequence[Week]:
    """Return the last weeks, the latest last, those without a count too."""
    today = dates.today()
    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    monday = cast(func.date_trunc("week", ReachDay.day), Date)
    rows = db.session.execute(
        select(monday.label("monday"), *(func.sum(getattr(ReachDay, c)) for c in COLUMNS))
        .where(ReachDay.establishment_id == establishment_id, ReachDay.day >= mondays[0])
        .group_by(monday)
    )
    found = {row[0]: Week(row[0], *map(int, row[1:])) for row in rows}
    return [found.get(day, Week(day)) for day in mondays]
