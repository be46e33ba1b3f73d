"""Until when a house closes a day, and how a declared outage moves it (D15); pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app import dates
from app.dates import ONE_DAY
from app.reference import duty_rule

RULE = "D15"


class Span(NamedTuple):
    """An outage: from then until then, or until nobody knows when."""

    start: datetime
    end: datetime | None


def day_close_due(day: date, outages: Iterable[Span] = ()) -> datetime | None:
    """Return the instant before which the day must be closed: noon of the next day.

    An outage that falls into the morning in which the day is due moves that to the end of the day
    after recovery, and while it lasts nothing is due (None). Another outage before the moved
    instant moves it again.
    """
    rule = duty_rule(RULE, day)
    if rule is None or rule.days is None or rule.time is None:
        return None
    due_on = day + timedelta(days=rule.days)
    morning = dates.at(due_on, 0)
    due = dates.at(due_on, rule.time.hour, rule.time.minute)
    for outage in sorted(outages):
        if outage.start >= due:
            break
        if outage.end is None:
            return None
        if outage.end > morning:
            after = dates.local(outage.end).date() + ONE_DAY
            due = max(due, dates.at(after + ONE_DAY, 0))
    return due
