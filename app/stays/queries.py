"""Reading stays: one stay and its rooms, and the lists of a house."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import selectinload

from app import dates
from app.availability.models import TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import Room, RoomType, Unit
from app.registry.units import Units
from app.stays.models import Guest, Stay
from app.stays.residence_names import unit_of

# The order of lists begins with what the index has, so that a long history is not sorted whole.
LATEST = (Stay.first_night, Stay.arrived_at, Stay.id)
# What a list can be narrowed to; the first four are what a stay's own state is called.
STATES = ("in_house", "overdue", "departed", "cancelled", "leaving", "overbooked")


def state_of(stay: Stay, now: datetime) -> str:
    """Return the stay's state; one whose planned departure has passed is overdue."""
    if stay.status == "in_house" and stay.planned_departure <= now:
        return "overdue"
    return stay.status


def rooms_by_night(stay: Stay) -> dict[date, Room | None]:
    """Return the stay's room on each of its nights, None where it has none."""
    if stay.is_same_day:
        return {}
    rows = db.session.execute(
        select(TakenNight.night, Room)
        .join(Room, Room.id == TakenNight.room_id)
        .where(TakenNight.stay_id == stay.id)
    )
    taken = {row.night: row.Room for row in rows}
    return {night: taken.get(night) for night in Period(stay.first_night, stay.last_night_end)}


@dataclass(slots=True)
class StayRow:
    """A stay in a list: its rooms (number by night), the room it is in, and how many people."""

    stay: Stay
    state: str
    people: int
    rooms: dict[date, str] = field(default_factory=dict)
    room: str | None = None
    is_overbooked: bool = False

    @property
    def moves(self) -> bool:
        return len(set(self.rooms.values())) > 1


def listed(
    establishment_id: int,
    *,
    state: str | None = None,
    day: date | None = None,
    room: str | None = None,
    after: tuple[date, datetime, uuid.UUID] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> list[StayRow]:
    """Return the house's stays, the latest night first; ``day`` is one of their hotel days."""
    statement: Select[Any] = select(Stay).where(Stay.establishment_id == establishment_id)
    if state is not None:
        statement = statement.where(_is(state))
    if day is not None:
        statement = statement.where(touches(day))
    if room is not None:
        statement = _in_room(statement, establishment_id, room)
    if after is not None:
        last = (literal(value, column.type) for value, column in zip(after, LATEST, strict=True))
        statement = statement.where(tuple_(*LATEST) < tuple_(*last))
    statement = statement.order_by(*(column.desc() for column in LATEST))
    statement = statement.offset(offset).limit(limit)
    return rows_of(db.session.scalars(statement).all())


def touches(day: date) -> ColumnElement[bool]:
    """Whether a stay arrived on, was there on the night of, or left on the hotel day."""
    return and_(Stay.first_night <= day, Stay.last_night_end >= day)


def _in_room(statement: Select[Any], house: int, number: str) -> Select[Any]:
    room_id = (
        select(Room.id)
        .where(Room.establishment_id == house, Room.number == number)
        .scalar_subquery()
    )
    taken = select(TakenNight.stay_id).where(TakenNight.room_id == room_id)
    return statement.where(or_(Stay.room_id == room_id, Stay.id.in_(taken)))


def _is(state: str) -> ColumnElement[bool]:
    """Return the condition of a state of STATES."""
    now, today = dates.now(), dates.today()
    there = Stay.status == "in_house"
    conditions: dict[str, ColumnElement[bool]] = {
        "in_house": and_(there, Stay.planned_departure > now),
        "overdue": and_(there, Stay.planned_departure <= now),
        "departed": Stay.status == "departed",
        "cancelled": Stay.status == "cancelled",
        "leaving": and_(there, Stay.planned_departure > now, Stay.last_night_end <= today),
        "overbooked": and_(there, Stay.planned_departure > now, without_room(today)),
    }
    return conditions[state]


def without_room(today: date) -> ColumnElement[bool]:
    """Whether a stay lacks a room on some night from tonight on, or by the hour."""
    held = (
        select(func.count())
        .where(TakenNight.stay_id == Stay.id, TakenNight.night >= today)
        .scalar_subquery()
    )
    to_come = Stay.last_night_end - func.greatest(Stay.first_night, today)
    return or_(
        and_(Stay.first_night == Stay.last_night_end, Stay.room_id.is_(None)),
        and_(Stay.first_night < Stay.last_night_end, to_come > held),
    )


def rows_of(stays: Sequence[Stay]) -> list[StayRow]:
    """Return list rows of the stays, with two statements for any number of them."""
    now, today = dates.now(), dates.today()
    ids = [stay.id for stay in stays]
    counted = (
        select(Guest.stay_id, func.sum(Guest.persons).label("people"))
        .where(Guest.stay_id.in_(ids))
        .group_by(Guest.stay_id)
    )
    people = {row.stay_id: int(row.people) for row in db.session.execute(counted)}
    rows = {stay.id: StayRow(stay, state_of(stay, now), people.get(stay.id, 0)) for stay in stays}
    taken = (
        select(TakenNight.stay_id, TakenNight.night, Room.number)
        .join(Room, Room.id == TakenNight.room_id)
        .where(TakenNight.stay_id.in_(ids))
        .order_by(TakenNight.night)
    )
    for stay_id, night, number in db.session.execute(taken):
        if stay_id is not None:
            rows[stay_id].rooms[night] = number
    kept = _numbers_of({stay.room_id for stay in stays if _holds_no_night(stay)})
    for row in rows.values():
        row.room = _room_now(row, today, kept)
        row.is_overbooked = _lacks_room(row, today)
    return list(rows.values())


def _numbers_of(room_ids: set[int | None]) -> dict[int, str]:
    statement = select(Room.id, Room.number).where(Room.id.in_([i for i in room_ids if i]))
    return {row.id: row.number for row in db.session.execute(statement)}


def _holds_no_night(stay: Stay) -> bool:
    """Whether its own row alone says its room: by the hour, or cancelled and its nights free."""
    return stay.is_same_day or stay.status == "cancelled"


def _room_now(row: StayRow, today: date, kept: dict[int, str]) -> str | None:
    """Return the room the party is in: tonight's, else the last one it had, else its first."""
    if _holds_no_night(row.stay):
        return kept.get(row.stay.room_id or 0)
    until_today = [number for night, number in row.rooms.items() if night <= today]
    return until_today[-1] if until_today else next(iter(row.rooms.values()), None)


def _lacks_room(row: StayRow, today: date) -> bool:
    if row.stay.status != "in_house":
        return False
    if row.stay.is_same_day:
        return row.room is None
    ahead = max(row.stay.first_night, today)
    nights = (row.stay.last_night_end - ahead).days
    return nights > sum(night >= ahead for night in row.rooms)


def with_guests(stay_id: uuid.UUID) -> Stay | None:
    """Return a stay with its guests and its room type."""
    return db.session.scalar(
        select(Stay)
        .where(Stay.id == stay_id)
        .options(selectinload(Stay.guests), selectinload(Stay.room_type))
    )


def room_types_of(establishment_id: int) -> list[RoomType]:
    """Return the house's room types in their order."""
    statement = select(RoomType).where(RoomType.establishment_id == establishment_id)
    return list(db.session.scalars(statement.order_by(RoomType.position, RoomType.id)))


class UnitsWhenAsked:
    """The units of the register, loaded for the first guest who says a ward: few do."""

    @cached_property
    def _units(self) -> Units:
        return Units.load()

    def now(self, text: str) -> Unit:
        return self._units.now(text)

    def named(self, text: str) -> Unit | None:
        return unit_of(text, self._units)
