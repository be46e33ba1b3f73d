"""Five years of guest nights for the benchmarks: facts by SQL, and the raw nights for DuckDB.

The houses, their rooms and what is going on today are the demo's; the past is invented here, one
statement a table, since stays of 25 million guest nights would take an hour to make. Who came is
drawn from hashes of house and night, so every run has the same past.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from sqlalchemy import text

from app import dates
from app.dates import Period
from app.db import db
from app.statistics.quality import facts as quality_facts
from app.statistics.quality.models import QualityDay
from app.statistics.rollup import sums as rollup
from tests.bench.measure import Installation, connect

YEARS = 5
# Guests of the country for each room taken, so that 1,500 houses have 25 million guest nights.
PERSONS = 0.78
QUALITY_DAYS = 365

# Weekends and summers are fuller; six houses of ten report a night, one of fifty is closed.
_HOUSE_NIGHTS = """
CREATE UNLOGGED TABLE bench_night AS
WITH house AS (
    SELECT e.id, c.kind, c.stars, coalesce(h.code, u.code) AS unit_code,
           coalesce(h.area_code, u.area_code) AS area_code, r.rooms, r.beds,
           0.55 + 0.45 * (hashint4(e.id) & 1023) / 1023 AS reports
    FROM establishment e
    JOIN classification c ON c.establishment_id = e.id AND c.valid @> CAST(:today AS date)
    JOIN unit u ON u.id = c.unit_id LEFT JOIN unit h ON h.id = u.successor_id
    JOIN (SELECT a.establishment_id, count(*)::int AS rooms, sum(t.bed_places)::int AS beds
          FROM room_assignment a JOIN room_type t ON t.id = a.room_type_id
          WHERE a.valid @> CAST(:today AS date) GROUP BY 1) r ON r.establishment_id = e.id
    WHERE e.status IN ('approved', 'suspended')
),
drawn AS (
    SELECT h.*, n.night,
           (hashint8(h.id::bigint * 1000003 + n.step) & 1023) / 1023.0 AS a,
           (hashint8(h.id::bigint * 2000003 + n.step) & 1023) / 1023.0 AS b,
           0.30 + 0.18 * (extract(isodow FROM n.night) IN (5, 6))::int
                + 0.15 * (extract(month FROM n.night) IN (5, 6, 7, 8))::int AS fullness
    FROM (SELECT CAST(:first AS date) + step AS night, step
          FROM generate_series(0, CAST(:end AS date) - CAST(:first AS date) - 1) step) n
    CROSS JOIN house h
)
SELECT id AS establishment_id, night, kind, stars, unit_code, area_code, rooms, beds,
       a < reports AS reporting, a < 0.01 AS closed, (b > 0.97)::int AS out_of_order,
       CASE WHEN a < reports AND a >= 0.01
            THEN least(rooms, round(rooms * fullness * (0.4 + 1.2 * b))::int) ELSE 0 END AS taken
FROM drawn ORDER BY night, id
"""
# Most guests are from here; those from elsewhere are of one of nine countries a house and night.
_ORIGINS = """
INSERT INTO fact_origin (establishment_id, night, country, residence, guest_nights, arrivals,
                         same_day_guests)
SELECT establishment_id, night, country, residence, guests,
       ceil(guests * 0.45)::int, (hashint8(establishment_id + guests) & 15 = 0)::int
FROM (
    SELECT establishment_id, night, 'VNM' AS country, 'unknown' AS residence,
           ceil(taken * :persons)::int AS guests
    FROM bench_night WHERE taken > 0
    UNION ALL
    SELECT establishment_id, night, country, country, greatest(1, round(taken * 0.35))::int
    FROM (SELECT b.*, (ARRAY['KOR', 'RUS', 'CHN', 'USA', 'FRA', 'AUS', 'JPN', 'DEU', 'KAZ'])
                      [1 + (hashint8(establishment_id::bigint * 77 + (night - date '2000-01-01'))
                            & 1023) % 9] AS country
          FROM bench_night b WHERE taken > 2) b
) guests
"""
_FACTS = """
INSERT INTO fact (establishment_id, night, kind, stars, unit_code, area_code, registered, reporting,
    closed, rooms, bed_places, out_of_order, bed_places_out_of_order, rooms_occupied,
    guest_nights_domestic, guest_nights_foreign, arrivals_domestic, arrivals_foreign,
    same_day_domestic, same_day_foreign)
SELECT b.establishment_id, b.night, kind, stars, unit_code, area_code, true, reporting, closed,
       rooms, beds, out_of_order, 2 * out_of_order, taken,
       coalesce(o.nights_home, 0), coalesce(o.nights_away, 0), coalesce(o.come_home, 0),
       coalesce(o.come_away, 0), coalesce(o.day_home, 0), coalesce(o.day_away, 0)
FROM bench_night b LEFT JOIN (
    SELECT establishment_id, night,
           sum(guest_nights) FILTER (WHERE country = 'VNM') AS nights_home,
           sum(guest_nights) FILTER (WHERE country <> 'VNM') AS nights_away,
           sum(arrivals) FILTER (WHERE country = 'VNM') AS come_home,
           sum(arrivals) FILTER (WHERE country <> 'VNM') AS come_away,
           sum(same_day_guests) FILTER (WHERE country = 'VNM') AS day_home,
           sum(same_day_guests) FILTER (WHERE country <> 'VNM') AS day_away
    FROM fact_origin GROUP BY 1, 2
) o USING (establishment_id, night)
ORDER BY b.night, b.establishment_id
"""
_QUALITY = """
INSERT INTO quality_fact (establishment_id, night, kind, stars, unit_code, area_code, owed, told,
    due, reported, on_time, late, records, errors, duplicates, contradictions, closes, filings,
    filings_sent)
SELECT establishment_id, night, kind, stars, unit_code, area_code, 1, reporting::int,
       1, reporting::int, (reporting AND hour < 12)::int, (reporting AND hour >= 12)::int,
       records, (hour = 3)::int, 0, (hour = 7)::int, (hour < 4)::int, records, records
FROM (SELECT *, hashint8(establishment_id * 31 + (night - date '2000-01-01')) & 15 AS hour,
             arrivals_domestic + arrivals_foreign AS records
      FROM fact WHERE night >= CAST(:end AS date) - 365) f
"""
# Three kinds of rooms on fifteen nights each, of which the evening found some confirmed lately.
_FRESHNESS = """
INSERT INTO quality_freshness (establishment_id, night, vacancies, fresh)
SELECT establishment_id, night, 45, 3 * (hashint8(establishment_id * 17 + records) & 15)
FROM quality_fact
"""


def _indexes(*tables: str) -> list[tuple[str, str]]:
    """Return the statements that drop and make again the indexes and keys of tables."""
    rows = db.session.execute(
        text(
            "SELECT conrelid::regclass::text AS table, conname AS name,"
            " pg_get_constraintdef(oid) AS made FROM pg_constraint"
            " WHERE contype IN ('p', 'f') AND conrelid::regclass::text = ANY(:tables)"
        ),
        {"tables": list(tables)},
    )
    keys = [
        (
            f"ALTER TABLE {row.table} DROP CONSTRAINT {row.name}",
            f"ALTER TABLE {row.table} ADD CONSTRAINT {row.name} {row.made}",
        )
        for row in rows
    ]
    found = db.session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables)"
            " AND indexname LIKE 'ix%'"
        ),
        {"tables": list(tables)},
    )
    return keys + [(f"DROP INDEX {row.indexname}", row.indexdef) for row in found]


def past() -> Period:
    """Return five years up to yesterday's night."""
    today = dates.today()
    return Period(date(today.year - YEARS, today.month, today.day), today)


def fill() -> int:
    """Store the facts of five years for the houses there are; returns the guest nights."""
    nights = past()
    values = {
        "first": nights.start,
        "end": nights.end,
        "today": dates.today(),
        "persons": PERSONS,
    }
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("SET LOCAL work_mem = '512MB'"))
    # Loading before indexing takes a third of the time.
    again = _indexes("fact", "fact_origin")
    for drop, _ in again:
        db.session.execute(text(drop))
    for statement in (_HOUSE_NIGHTS, _ORIGINS, _FACTS, _QUALITY, _FRESHNESS):
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        db.session.execute(text(statement), wanted)
    for _, make in again:
        db.session.execute(text(make))
    db.session.execute(
        text(
            "INSERT INTO fact_night SELECT CAST(:first AS date) + step FROM"
            " generate_series(0, CAST(:end AS date) - CAST(:first AS date) - 1) step"
        ),
        {"first": nights.start, "end": nights.end},
    )
    db.session.execute(text("DROP TABLE bench_night"))
    for table in ("changed_night", "changed_house", "quality_mark"):
        db.session.execute(text(f"DELETE FROM {table}"))
    first = nights.end - timedelta(days=QUALITY_DAYS)
    limits = dict(quality_facts.passed(Period(first, nights.end)))
    db.session.add_all(
        QualityDay(night=day, due_at=limits.get(day)) for day in Period(first, nights.end)
    )
    count = db.session.scalar(text("SELECT sum(guest_nights) FROM fact_origin"))
    db.session.commit()
    return int(count)


def add_up() -> int:
    """Add up the facts month by month, as ``statistics rebuild`` does; returns how many sums."""
    for month in past().months():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(text("SET LOCAL work_mem = '64MB'"))
        rollup.add_up_nights(list(month.nights()))
        db.session.commit()
    counts = [db.session.scalar(text(f"SELECT count(*) FROM {name}")) for name in rollup.TABLES]
    db.session.rollback()
    return sum(counts)


def analyze() -> None:
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("ANALYZE"))
    db.session.commit()


# --- The raw nights ------------------------------------------------------------------------------

_COPIED = {
    "house_night": "SELECT establishment_id, night, unit_code, reporting, closed, rooms,"
    " out_of_order, rooms_occupied FROM fact WHERE night < '{today}'",
    "guests": "SELECT establishment_id, night, country, guest_nights, arrivals FROM fact_origin",
}
_RAW = """
CREATE TABLE guest_night AS
SELECT g.establishment_id, g.night, h.unit_code, g.country,
       unnest(range(g.guest_nights)) < g.arrivals AS arrives
FROM guests g JOIN house_night h USING (establishment_id, night);
CREATE TABLE room_night AS
SELECT establishment_id, night, unit_code FROM (
    SELECT *, unnest(range(rooms_occupied)) FROM house_night
);
DROP TABLE guests
"""
_KEYS = {
    "day": "night",
    "month": "date_trunc('month', night)",
    "unit": "unit_code",
    "establishment": "establishment_id",
}
_OCCUPANCY = """
WITH house AS (
    SELECT {key} AS key, sum(rooms) AS registered, sum(rooms) FILTER (reporting) AS gross,
           sum(greatest(rooms - out_of_order, 0)) FILTER (reporting AND NOT closed) AS net,
           count(DISTINCT establishment_id) AS houses,
           count(DISTINCT establishment_id) FILTER (reporting) AS reporting
    FROM house_night WHERE night >= $first AND night < $end GROUP BY 1
),
room AS (
    SELECT {key} AS key, count(*) AS occupied FROM room_night
    WHERE night >= $first AND night < $end GROUP BY 1
),
guest AS (
    SELECT {key} AS key, count(*) AS nights, count(*) FILTER (arrives) AS arrivals,
           count(*) FILTER (country = 'VNM') AS domestic
    FROM guest_night WHERE night >= $first AND night < $end GROUP BY 1
)
SELECT * FROM house LEFT JOIN room USING (key) LEFT JOIN guest USING (key) ORDER BY key
"""
_MATCHED = """
WITH told AS (
    SELECT establishment_id FROM house_night WHERE reporting
    GROUP BY 1 HAVING bool_or(night >= $first AND night < $end)
                  AND bool_or(night >= $before AND night < $before_end)
)
SELECT count(*) FILTER (night >= $first AND night < $end),
       count(*) FILTER (night >= $before AND night < $before_end)
FROM guest_night SEMI JOIN told USING (establishment_id)
"""


class Raw:
    """A row for every guest night, room night and house night, in DuckDB's memory."""

    def __init__(self, place: Installation) -> None:
        self.duck = duckdb.connect()
        for name, query in _COPIED.items():
            file = place.data_dir / f"{name}.csv"
            with connect(place.config) as server, file.open("wb") as lines:
                copied = server.cursor().copy(
                    f"COPY ({query.format(today=dates.today())}) TO STDOUT (FORMAT csv, HEADER)"
                )
                with copied as rows:
                    for block in rows:
                        lines.write(block)
            self.duck.execute(f"CREATE TABLE {name} AS FROM read_csv('{file}')")
            file.unlink()
        self.duck.execute(_RAW)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.duck.close()

    def occupancy(self, period: Period, by: str) -> int:
        """Answer what ``queries.occupancy`` does; returns the guest nights of all rows."""
        values = {"first": period.start, "end": period.end}
        rows = self.duck.execute(_OCCUPANCY.format(key=_KEYS[by]), values).fetchall()
        return sum(row[-3] or 0 for row in rows)

    def countries(self, period: Period) -> int:
        values = {"first": period.start, "end": period.end}
        rows = self.duck.execute(
            "SELECT country, count(*) FROM guest_night WHERE night >= $first AND night < $end"
            " GROUP BY 1 ORDER BY 2 DESC",
            values,
        ).fetchall()
        return sum(row[1] for row in rows)

    def matched(self, period: Period, before: Period) -> int:
        """Return the guest nights of a period in the houses that reported in both."""
        values = {
            "first": period.start,
            "end": period.end,
            "before": before.start,
            "before_end": before.end,
        }
        row = self.duck.execute(_MATCHED, values).fetchone()
        assert row is not None
        return int(row[0])
