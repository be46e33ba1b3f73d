"""Tonight's vacancies, kept by a process while no house did anything, and read anew after that.

To count the vacant rooms of 1,500 houses takes longer than everything else on a page; whether
anything changed is known from one sum. Who comes and goes is asked every time.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.queries import Filters
from app.statistics.tonight.vacancy import House, Vacancy, moving, summed, without_movements

# Figures also grow old without anybody's doing; they are kept so long at most.
HOLDS_SECONDS = 300

Stamp = tuple[object, ...]

_lock = threading.Lock()
_kept: WeakKeyDictionary[Engine, tuple[Stamp, list[House]]] = WeakKeyDictionary()


def stamp() -> Stamp:
    """Return what changes whenever figures of tonight may have, from one cheap question.

    Every act of a house on its rooms raises its ``search_version`` in the same transaction.
    """
    versions = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Establishment.search_version), 0),
            func.max(Establishment.id),
        ).where(Establishment.status.in_(COUNTED_STATUSES))
    ).one()
    now = dates.now()
    return (dates.hotel_day(now), int(now.timestamp()) // HOLDS_SECONDS, *versions)


def houses_tonight(filters: Filters) -> list[House]:
    """Return what ``houses_on`` returns of the night that runs."""
    # The stamp is older than what is read after it: at worst that is read once more.
    current, night = stamp(), dates.today()
    with _lock:
        known = _kept.get(db.engine)
    if known is None or known[0] != current:
        known = current, without_movements(night, Filters())
        with _lock:
            _kept[db.engine] = known
    return moving(night, [house for house in known[1] if _asked(house, filters)])


def vacant_now(*, by: str, filters: Filters) -> tuple[list[Vacancy], Vacancy]:
    """Return the rows by key and the total. A vacancy too old to be shown counts as unknown."""
    return summed(houses_tonight(filters), by=by)


def forget() -> None:
    """Read everything anew next time."""
    with _lock:
        _kept.clear()


def _asked(house: House, filters: Filters) -> bool:
    asked = {
        "unit": filters.units,
        "area": filters.areas,
        "kind": filters.kinds,
        "stars": filters.stars,
    }
    return (
        all(codes is None or house.keys[name] in codes for name, codes in asked.items())
        and (filters.within is None or house.keys["unit"] in filters.within)
        and filters.house_id in (None, house.id)
    )
