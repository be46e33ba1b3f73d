"""A past of many nights put straight into the facts, and the books of its mornings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.availability.models import ChangedNight
from app.db import db
from app.registry.models import Establishment, Room, RoomAssignment
from app.statistics.forecast.models import BooksDay, BooksSnapshot
from app.statistics.models import ChangedHouse, Fact, FactNight
from app.statistics.snapshots import NIGHTS
from tests.factories import RoomTypeFactory

WEEK = (40, 38, 41, 45, 62, 90, 55)


def usual(night: date) -> int:
    """Rooms by the weekday, slowly up and down over the weeks so that no mean is exact."""
    return WEEK[night.weekday()] + (night.toordinal() // 7) % 5 * 3 + night.toordinal() % 3


def many_rooms(house: Establishment, count: int) -> None:
    """Give the house rooms in two statements, where the factory would take one for each."""
    room_type = RoomTypeFactory(establishment=house, rooms=0)
    values = [{"establishment_id": house.id, "number": str(n + 101)} for n in range(count)]
    ids = db.session.scalars(insert(Room).returning(Room.id), values).all()
    valid = Range(None, None, bounds="()")
    db.session.execute(
        insert(RoomAssignment),
        [
            {
                "establishment_id": house.id,
                "room_id": room_id,
                "room_type_id": room_type.id,
                "valid": valid,
            }
            for room_id in ids
        ],
    )


def occupied(
    house: Establishment,
    first: date,
    end: date,
    rooms: Callable[[date], int] = usual,
    *,
    capacity: int = 120,
    **values: Any,
) -> None:
    """Store what happened in the house on the nights from ``first`` to before ``end``."""
    nights = [first + timedelta(days=step) for step in range((end - first).days)]
    numbers = [
        column.name
        for column in Fact.__table__.columns
        if str(column.type) == "INTEGER" and column.name != "establishment_id"
    ]
    row = {
        **dict.fromkeys(numbers, 0),
        "establishment_id": house.id,
        "kind": "hotel",
        "stars": 4,
        "unit_code": "26506",
        "area_code": "747",
        "registered": True,
        "reporting": True,
        "closed": False,
        "rooms": capacity,
        **values,
    }
    facts = [{**row, "night": night, "rooms_occupied": rooms(night)} for night in nights]
    db.session.execute(insert(Fact), facts)
    known = set(db.session.scalars(db.select(FactNight.night)))
    new = [{"night": night} for night in nights if night not in known]
    if new:
        db.session.execute(insert(FactNight), new)
    settled()


def settled() -> None:
    """Take what is stored as right: nothing has changed since."""
    db.session.flush()
    db.session.execute(delete(ChangedHouse))
    db.session.execute(delete(ChangedNight))


def books(
    mornings: Sequence[date], booked: Callable[[date, int], int], *, unit: str = "26506"
) -> None:
    """Store the books of these mornings: ``booked(night, lead)`` rooms each."""
    for as_of in mornings:
        if db.session.get(BooksDay, as_of) is None:
            db.session.add(BooksDay(as_of=as_of, taken_at=dates.at(as_of, 6)))
            db.session.flush()
        db.session.add(
            BooksSnapshot(
                as_of=as_of,
                unit_code=unit,
                area_code="747",
                kind="hotel",
                stars=4,
                houses=1,
                rooms=120,
                rooms_booked=[booked(as_of + timedelta(days=k), k) for k in range(NIGHTS)],
            )
        )
    db.session.flush()
