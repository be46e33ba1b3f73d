"""The same question in plain SQL, as one would write it with a table of vacant nights.

The table is what our own tables do not keep, and the best that SQL can be given: one row a room
type and night, in an index that covers all that is asked. The answer is total, facets and a page.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from sqlalchemy import column, insert, select, table, text

from app.availability.vacancy import vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import RoomType
from app.search.wish import Wish

CHUNK = 10


def prepare(today: date, nights: int) -> int:
    """Make the tables for the coming nights and return how many bytes they take."""
    session = db.session
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("DROP TABLE IF EXISTS bench_night, bench_house"))
    session.execute(
        text(
            "CREATE TABLE bench_night (night date, room_type_id int, establishment_id int,"
            " vacant smallint, capacity smallint, price int, confirmed_at timestamptz)"
        )
    )
    for start in range(0, nights, CHUNK):
        _add_nights(Period.of(date.fromordinal(today.toordinal() + start), CHUNK))
    for statement in (
        "CREATE INDEX ON bench_night (night)"
        " INCLUDE (room_type_id, establishment_id, vacant, capacity, price, confirmed_at)",
        "CREATE TABLE bench_house AS SELECT e.id, c.kind, c.stars, u.code AS unit, e.amenities,"
        " e.lat, e.lon FROM establishment e JOIN classification c ON c.establishment_id = e.id"
        " AND c.valid @> current_date JOIN unit u ON u.id = c.unit_id WHERE e.status = 'approved'",
        "CREATE UNIQUE INDEX ON bench_house (id)",
    ):
        session.execute(text(statement))
    session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE bench_night, bench_house"))
    size = session.scalar(text("SELECT pg_total_relation_size('bench_night')"))
    session.rollback()
    return int(size or 0)


def _add_nights(period: Period) -> None:
    rows = vacancy_rows(period).c
    names = ("night", "room_type_id", "establishment_id", "vacant", "price", "confirmed_at")
    found = (
        select(*(rows[name] for name in names), RoomType.capacity)
        .join(RoomType, RoomType.id == rows.room_type_id)
        .where(rows.vacant > 0, rows.confirmed_at.is_not(None))
    )
    columns = [*names, "capacity"]
    target = table("bench_night", *map(column, columns))
    db.session.execute(insert(target).from_select(columns, found))


# Whose position is asked near is sorted by distance, else by price; as a page of twenty.
_QUESTION = """
WITH fit AS (
    SELECT establishment_id, max(price) AS price FROM bench_night
    WHERE night >= %(start)s AND night < %(end)s AND vacant >= %(rooms)s
      AND capacity >= %(capacity)s AND confirmed_at >= %(since)s
    GROUP BY room_type_id, establishment_id
    HAVING count(*) = %(nights)s AND (%(most)s::int IS NULL OR max(price) <= %(most)s::int)
), house AS MATERIALIZED (
    SELECT h.*, min(fit.price) AS price FROM fit JOIN bench_house h ON h.id = fit.establishment_id
    WHERE (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
      AND (%(stars)s::int[] IS NULL OR stars = ANY(%(stars)s::int[]))
      AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
      AND amenities @> %(amenities)s::varchar[]
      AND (%(lat)s::float IS NULL OR 12742000 * asin(sqrt(
        power(sin(radians(lat - %(lat)s::float) / 2), 2) + cos(radians(lat))
        * cos(radians(%(lat)s::float)) * power(sin(radians(lon - %(lon)s::float) / 2), 2)))
        <= %(metres)s::float)
    GROUP BY h.id, h.kind, h.stars, h.unit, h.amenities, h.lat, h.lon
)
SELECT 'total' AS what, NULL AS value, count(*) AS houses FROM house
UNION ALL SELECT 'kind', kind, count(*) FROM house GROUP BY kind
UNION ALL SELECT 'stars', stars::text, count(*) FROM house WHERE stars IS NOT NULL GROUP BY stars
UNION ALL SELECT 'unit', unit, count(*) FROM house GROUP BY unit
UNION ALL SELECT 'amenities', a, count(*) FROM house, unnest(amenities) a GROUP BY a
UNION ALL (SELECT 'page', NULL, id FROM house ORDER BY price NULLS LAST, id LIMIT 20)
"""


def answer(connection: psycopg.Connection[Any], wish: Wish) -> int:
    """Ask, read the whole answer and return the total."""
    assert wish.stay is not None
    rows = connection.execute(
        _QUESTION,
        {
            "start": wish.stay.start,
            "end": wish.stay.end,
            "nights": len(wish.stay),
            "rooms": wish.rooms,
            "capacity": wish.capacity,
            "since": wish.ages.stale,
            "most": wish.price_max,
            "kinds": list(wish.kinds) or None,
            "stars": list(wish.stars) or None,
            "units": list(wish.units) or None,
            "amenities": list(wish.amenities),
            "lat": wish.near.lat if wish.near else None,
            "lon": wish.near.lon if wish.near else None,
            "metres": 1000 * (wish.radius_km or 0),
        },
        prepare=True,
    ).fetchall()
    return next(int(houses) for what, _, houses in rows if what == "total")
