"""The booking pace: rooms booked for the coming nights, beside as early a week or month ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app import dates
from app.dates import Period
from app.statistics.queries import Filters
from app.statistics.snapshots import Books, books

AHEAD = 28
EARLIER = {"week": timedelta(weeks=1), "month": timedelta(weeks=4)}


@dataclass(frozen=True, slots=True)
class Pace:
    """Rooms booked for so many nights from a morning on, and those of an earlier morning.

    Both mornings look equally far ahead and, whole weeks apart, at the same weekdays.
    """

    ago: str
    as_of: date
    as_of_before: date
    now: int
    before: int

    @property
    def change(self) -> float | None:
        """By which fraction more is booked than was then: 0.05 is 5 % more."""
        return self.now / self.before - 1 if self.before else None


def pace(filters: Filters | None = None) -> list[Pace]:
    """Return the pace against a week and a month ago; none of a morning nobody read the books.

    The books are kept by ward, kind and stars, so of a single house there is no pace.
    """
    if filters is not None and filters.house_id is not None:
        return []
    today = dates.today()
    known = books(Period(today - EARLIER["month"], today + dates.ONE_DAY), filters)
    now = _booked(known, today)
    if now is None:
        return []
    found = []
    for ago, span in EARLIER.items():
        before = _booked(known, today - span)
        if before is not None:
            found.append(Pace(ago, today, today - span, now, before))
    return found


def _booked(known: Books, as_of: date) -> int | None:
    nights = known.on(as_of)
    return None if nights is None else sum(nights[:AHEAD])
