"""A large town for the benchmarks: the demo's houses, and copies of them with other nights."""

from __future__ import annotations

from sqlalchemy import text

from app.db import db
from app.registry import reference
from seeds.demo import town

DAYS_AHEAD = 183

# In each copy reservations begin some days later or earlier, so that no two houses have one
# calendar; everything else is as the demo makes it.
_COPIES = (
    """
    INSERT INTO establishment (id, code, name, name_en, folded, description, description_en, status,
        licence_no, opened_on, address, lat, lon, phone, amenities, source, is_demo)
    SELECT id + :houses * n, 'C' || (id + :houses * n), name || ' ' || n, name_en || ' ' || n,
        folded || ' ' || n, description, description_en, status, licence_no, opened_on, address,
        lat + 0.0004 * (n % 7 - 3), lon + 0.0004 * (n % 11 - 5), phone, amenities, source, is_demo
    FROM establishment, generate_series(1, :copies) n WHERE id <= :houses
    """,
    """
    INSERT INTO classification (establishment_id, valid, kind, stars, unit_id)
    SELECT establishment_id + :houses * n, valid, kind, stars, unit_id
    FROM classification, generate_series(1, :copies) n WHERE establishment_id <= :houses
    """,
    """
    INSERT INTO room_type (id, establishment_id, name, name_en, capacity, bed_places, list_price,
        position, confirmed_at, all_known)
    SELECT id + :types * n, establishment_id + :houses * n, name, name_en, capacity, bed_places,
        list_price + 10000 * (n % 9), position, confirmed_at - n * interval '1 minute', all_known
    FROM room_type, generate_series(1, :copies) n WHERE id <= :types
    """,
    """
    INSERT INTO room (id, establishment_id, number, floor)
    SELECT id + :rooms * n, establishment_id + :houses * n, number, floor
    FROM room, generate_series(1, :copies) n WHERE id <= :rooms
    """,
    """
    INSERT INTO room_assignment (establishment_id, room_id, room_type_id, valid)
    SELECT establishment_id + :houses * n, room_id + :rooms * n, room_type_id + :types * n, valid
    FROM room_assignment, generate_series(1, :copies) n WHERE room_id <= :rooms
    """,
    """
    INSERT INTO room_type_night (room_type_id, night, price, withheld)
    SELECT room_type_id + :types * n, night, price + 10000 * (n % 9), withheld
    FROM room_type_night, generate_series(1, :copies) n WHERE room_type_id <= :types
    """,
    """
    INSERT INTO reservation (id, establishment_id, reference, room_type_id, arrival, departure,
        rooms, people, channel)
    SELECT gen_random_uuid(), establishment_id + :houses * n, reference, room_type_id + :types * n,
        arrival + n % 5, departure + n % 5, rooms, people, channel
    FROM reservation, generate_series(1, :copies) n WHERE establishment_id <= :houses
    """,
    """
    INSERT INTO taken_night (room_id, night, establishment_id, room_type_id, reason)
    SELECT room_id + :rooms * n, night, establishment_id + :houses * n, room_type_id + :types * n,
        'out_of_order'
    FROM taken_night, generate_series(1, :copies) n WHERE room_id <= :rooms
    """,
)


_LARGE = ("room", "room_assignment", "room_type_night", "reservation", "taken_night")
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = ANY(:tables)
      AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def build(establishments: int, *, days: int = DAYS_AHEAD, history_days: int = 0) -> None:
    """Make so many houses of the demo, with what is booked ahead and without facts."""
    reference.load()
    db.session.commit()
    plan = town.plan(days=days, history_days=history_days, seed=1)
    db.session.commit()
    for _ in town.make(plan, establishments):
        pass
    _analyze()


def multiply(copies: int) -> None:
    """Add so many copies of each house; inside the database, since making them takes too long."""
    sizes = db.session.execute(
        text(
            "SELECT (SELECT max(id) FROM establishment) AS houses,"
            " (SELECT max(id) FROM room_type) AS types, (SELECT max(id) FROM room) AS rooms"
        )
    ).one()
    # The copies are as consistent as their originals; to check each again would take most of it.
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(
        text("ALTER TABLE room_assignment DROP CONSTRAINT IF EXISTS ex_room_assignment_once")
    )
    indexes = db.session.execute(text(_INDEXES), {"tables": list(_LARGE)}).all()
    for name, _ in indexes:
        db.session.execute(text(f"DROP INDEX {name}"))
    for statement in _COPIES:
        db.session.execute(text(statement), {**sizes._asdict(), "copies": copies})
    # Made anew over all rows at once they take a fraction of what row by row would.
    db.session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for _, definition in indexes:
        db.session.execute(text(definition))
    db.session.commit()
    _analyze()


def _analyze() -> None:
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("ANALYZE"))
    db.session.commit()
