"""The town at this instant for screens that poll, and whether it changed since they last asked."""

from __future__ import annotations

import hashlib
from typing import Any

from app import dates
from app.registry.units import Units
from app.statistics.kept import houses_tonight, stamp
from app.statistics.queries import Filters
from app.statistics.tonight.vacancy import SUMS, Vacancy, summed

POLL_SECONDS = 30
RATES = ("vacant_share", "reporting_rooms_share", "fresh_share")


def tag(*scope: str) -> str:
    """Return what changes whenever figures of tonight may have, from one cheap question.

    ``scope`` is whatever else the answer depends on: who asks, and for what.
    """
    parts = [*stamp(), *scope]
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def snapshot(filters: Filters) -> dict[str, Any]:
    """Return the sums of tonight over all houses of the filters, and by unit, kind and stars."""
    night = dates.today()
    houses = houses_tonight(filters)
    names = {unit.code: unit.name for unit in Units.load().today.values()}
    units, town = summed(houses, by="unit")
    kinds, _ = summed(houses, by="kind")
    stars, _ = summed(houses, by="stars")
    return {
        "at": dates.local(dates.now()).isoformat(timespec="seconds"),
        "night": night.isoformat(),
        "poll_seconds": POLL_SECONDS,
        "town": as_dict(town),
        "units": [{**as_dict(row), "name": names.get(row.key)} for row in units],
        "kinds": [as_dict(row) for row in kinds],
        "stars": [as_dict(row) for row in stars],
    }


def as_dict(row: Vacancy) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("key", *SUMS, *RATES)}
