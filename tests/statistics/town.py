"""Stays as statistics see them, put into the database in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app import dates
from app.availability.models import ReportedDay, TakenNight
from app.availability.taking import nights_changed
from app.db import db, new_id
from app.registry.models import Establishment, Room, RoomAssignment, RoomType
from app.statistics import facts
from app.stays.models import Guest, Stay
from tests.factories import RoomTypeFactory


@dataclass(frozen=True)
class Party:
    """``persons`` guests of one nationality, perhaps with times of their own."""

    nationality: str = "VNM"
    persons: int = 1
    arrived_at: datetime | None = None
    departed_at: datetime | None = None
    residence: str | None = None


def rooms(house: Establishment, count: int, **type_values: Any) -> list[Room]:
    """Add a room type with this many rooms and return them."""
    room_type = RoomTypeFactory(establishment=house, rooms=count, **type_values)
    return rooms_of(room_type)


def rooms_of(room_type: RoomType) -> list[Room]:
    db.session.expire(room_type)
    return [assignment.room for assignment in sorted(room_type.assignments, key=lambda a: a.id)]


def type_of(room: Room) -> RoomType:
    statement = db.select(RoomAssignment).where(RoomAssignment.room_id == room.id)
    return db.session.scalars(statement).first().room_type


def stay(
    room: Room | RoomType,
    first: date,
    end: date,
    *parties: Party,
    origin: str = "live",
    status: str = "departed",
    arrived_at: datetime | None = None,
) -> Stay:
    """Add a stay in the room on the nights from ``first`` to before ``end`` and mark them.

    With a room type in place of a room it holds none: an overbooking, or a stay of the history.
    """
    room_type = type_of(room) if isinstance(room, Room) else room
    arrived = arrived_at or dates.at(first, 14)
    leaves = dates.at(end, 12) if end > first else dates.at(first, 18)
    row = Stay(
        id=new_id(),
        establishment_id=room_type.establishment_id,
        room_type_id=room_type.id,
        room_id=room.id if isinstance(room, Room) else None,
        origin=origin,
        status=status,
        arrived_at=arrived,
        planned_departure=leaves,
        departed_at=leaves if status == "departed" else None,
        first_night=first,
        last_night_end=end,
    )
    for position, party in enumerate(parties):
        row.guests.append(_guest(row, party, position))
    db.session.add(row)
    db.session.flush()
    if isinstance(room, Room) and status != "cancelled":
        take(room, nights_of(first, end), stay=row)
    mark(row)
    return row


def _guest(row: Stay, party: Party, position: int) -> Guest:
    return Guest(
        id=new_id(),
        establishment_id=row.establishment_id,
        position=position,
        persons=party.persons,
        nationality=party.nationality,
        residence_country=party.residence,
        arrived_at=party.arrived_at,
        departed_at=party.departed_at,
    )


def mark(row: Stay) -> None:
    nights_changed(row.establishment_id, row.fact_nights)


def take(room: Room, nights: Sequence[date], *, stay: Stay | None = None) -> None:
    """Take nights of the room, out of order where no stay is named."""
    room_type_id = type_of(room).id
    for night in nights:
        db.session.add(
            TakenNight(
                room_id=room.id,
                night=night,
                establishment_id=room.establishment_id,
                room_type_id=room_type_id,
                reason="stay" if stay else "out_of_order",
                stay_id=stay.id if stay else None,
            )
        )
    nights_changed(room.establishment_id, nights)
    db.session.flush()


def report(house: Establishment, *nights: date) -> None:
    for night in nights:
        db.session.add(ReportedDay(establishment_id=house.id, day=night, at=dates.at(night, 15)))
    nights_changed(house.id, nights)
    db.session.flush()


def nights_of(first: date, end: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((end - first).days)]


def caught_up() -> None:
    """Let the worker take turns until nothing is left to do."""
    db.session.flush()
    while facts.catch_up():
        db.session.flush()
