"""What the invented town's books held on past mornings, by the same law by which they hold it now.

Each stay was booked as early as ``demand.booked_share`` lets such stays be; how early is drawn
from its id, so that the same town has the same past.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, text

from app import dates
from app.db import db
from app.statistics import snapshots
from app.statistics.forecast.models import BooksDay, BooksSnapshot
from app.statistics.snapshots import NIGHTS
from seeds.demo.demand import booked_share

DAYS = 200

# Of a stay the books knew ``lead`` days before its first night; -1 is a guest without a booking,
# who is on the books from the next morning on. A night later in the stay was known that much
# earlier. Reservations of today stand on today's books already, so they were made before.
_BOOKED = """
    SELECT s.establishment_id, s.first_night, s.last_night_end, 1 AS rooms, draw.u
    FROM stay s CROSS JOIN LATERAL
        (SELECT (hashtext(s.id::text)::bigint + 2147483648) / 4294967296.0 AS u) draw
    WHERE s.first_night < s.last_night_end AND s.last_night_end > :first
      AND s.status <> 'cancelled'
    UNION ALL
    SELECT r.establishment_id, r.arrival, r.departure, r.rooms,
           draw.u * (CAST(:shares AS float8[]))[least(r.arrival - :today, :nights - 1) + 1]
    FROM reservation r CROSS JOIN LATERAL
        (SELECT (hashtext(r.id::text)::bigint + 2147483648) / 4294967296.0 AS u) draw
    WHERE r.arrival >= :today AND r.status = 'open'
"""
_NIGHTS = text(f"""
    SELECT coalesce(heir.code, unit.code), coalesce(heir.area_code, unit.area_code), c.kind,
           coalesce(c.stars, 0), b.first_night + step AS night,
           least(step + :nights - 1
                 - width_bucket(b.u, CAST(:rising AS float8[])), :nights - 1) AS lead,
           sum(b.rooms)
    FROM ({_BOOKED}) b
    CROSS JOIN LATERAL generate_series(0, b.last_night_end - b.first_night - 1) step
    JOIN classification c ON c.establishment_id = b.establishment_id AND c.valid @> :today
    JOIN unit ON unit.id = c.unit_id LEFT JOIN unit heir ON heir.id = unit.successor_id
    GROUP BY 1, 2, 3, 4, 5, 6
""")

Cell = tuple[str, str, str, int]


def make(history_days: int) -> int:
    """Store the books of past mornings and of this one; returns how many mornings."""
    today = dates.today()
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    # The register was empty, so what a worker read there was nothing.
    db.session.execute(delete(BooksDay))
    snapshots.take()
    first = today - timedelta(days=min(DAYS, history_days))
    mornings = [first + timedelta(days=step) for step in range((today - first).days)]
    if not mornings:
        return 1
    db.session.execute(
        insert(BooksDay), [{"as_of": day, "taken_at": dates.at(day, 6)} for day in mornings]
    )
    now = {
        (row.unit_code, row.area_code, row.kind, row.stars): (row.houses, row.rooms)
        for row in db.session.query(BooksSnapshot).filter_by(as_of=today)
    }
    rows = list(_rows(mornings, _known_by_lead(first, today), now))
    if rows:
        db.session.execute(insert(BooksSnapshot), rows)
    return len(mornings) + 1


def _known_by_lead(first: date, today: date) -> dict[Cell, dict[date, list[int]]]:
    """Return, for each night, how many of its rooms were on the books at each lead."""
    shares = [booked_share(lead) for lead in range(NIGHTS)]
    values = {
        "first": first,
        "today": today,
        "nights": NIGHTS,
        "shares": shares,
        "rising": shares[::-1],
    }
    found: dict[Cell, dict[date, list[int]]] = {}
    for unit, area, kind, stars, night, lead, rooms in db.session.execute(_NIGHTS, values):
        if lead < 0:
            continue
        by_night = found.setdefault((unit, area, kind, stars), {})
        by_night.setdefault(night, [0] * NIGHTS)[lead] += int(rooms)
    for by_night in found.values():
        for counts in by_night.values():
            for lead in reversed(range(NIGHTS - 1)):
                counts[lead] += counts[lead + 1]
    return found


def _rows(
    mornings: list[date],
    known: dict[Cell, dict[date, list[int]]],
    now: dict[Cell, tuple[int, int]],
) -> Iterator[dict[str, Any]]:
    for cell, (houses, rooms) in now.items():
        by_night = known.get(cell, {})
        nothing = [0] * NIGHTS
        for as_of in mornings:
            yield {
                "as_of": as_of,
                "unit_code": cell[0],
                "area_code": cell[1],
                "kind": cell[2],
                "stars": cell[3],
                "houses": houses,
                "rooms": rooms,
                "rooms_booked": [
                    by_night.get(as_of + timedelta(days=lead), nothing)[lead]
                    for lead in range(NIGHTS)
                ],
            }
