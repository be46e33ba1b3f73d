"""The town at this instant for screens that poll, and whether it changed since they last asked."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.registry.units import Units
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.queries import Filters
from app.statistics.vacancy import SUMS, Vacancy, houses_on, summed

POLL_SECONDS = 30
# Figures also grow old without anybody's doing; a tag holds so long at most.
HOLDS_SECONDS = 300
RATES = ("vacant_share", "reporting_rooms_share", "fresh_share")


def tag(*scope: str) -> str:
    """Return what changes whenever figures of tonight may have, from one cheap question.

    Every act of a house on its rooms raises its ``search_version`` in the same transaction.
    ``scope`` is whatever else the answer depends on: who asks, and for what.
    """
    version = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Establishment.search_version), 0)).where(
            Establishment.status.in_(COUNTED_STATUSES)
        )
    ).one()
    now = dates.now()
    parts = [dates.hotel_day(now), int(now.timestamp()) // HOLDS_SECONDS, *version, *scope]
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def snapshot(filters: Filters) -> dict[str, Any]:
    """Return the sums of tonight over all houses of the filters, and by unit, kind and stars."""
    night = dates.today()
    houses = houses_on(night, filters)
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
