"""How old a vacancy may be before it counts as ageing, stale or hidden; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

Freshness = Literal["fresh", "ageing", "stale", "hidden"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Ages(NamedTuple):
    """Up to which age a vacancy is fresh, then ageing, then stale; beyond it is hidden."""

    fresh: timedelta
    ageing: timedelta
    stale: timedelta


class Cutoffs(NamedTuple):
    """Since when a vacancy must be confirmed to be fresh, ageing or at least stale."""

    fresh: datetime
    ageing: datetime
    stale: datetime


# The last day ahead for which the ages hold; a vacancy of tonight grows old in hours.
TONIGHT_UNTIL = 1
SOON_UNTIL = 14
TONIGHT = Ages(3 * HOUR, 24 * HOUR, 72 * HOUR)
SOON = Ages(1 * DAY, 3 * DAY, 7 * DAY)
LATER = Ages(7 * DAY, 14 * DAY, 30 * DAY)


def ages(lead_days: int) -> Ages:
    """Return the ages for a first night this many days ahead of the hotel day."""
    if lead_days <= TONIGHT_UNTIL:
        return TONIGHT
    return SOON if lead_days <= SOON_UNTIL else LATER


def cutoffs(lead_days: int, now: datetime) -> Cutoffs:
    """Return the instants at or after which a confirmation is fresh, ageing, stale."""
    limit = ages(lead_days)
    return Cutoffs(now - limit.fresh, now - limit.ageing, now - limit.stale)


def freshness(confirmed_at: datetime | None, lead_days: int, now: datetime) -> Freshness:
    """Return how old a vacancy counts; one that was never confirmed is hidden."""
    return freshness_since(confirmed_at, cutoffs(lead_days, now))


def freshness_since(confirmed_at: datetime | None, since: Cutoffs) -> Freshness:
    """Return the same by instants that were reckoned beforehand."""
    if confirmed_at is None:
        return "hidden"
    if confirmed_at >= since.fresh:
        return "fresh"
    if confirmed_at >= since.ageing:
        return "ageing"
    return "stale" if confirmed_at >= since.stale else "hidden"
