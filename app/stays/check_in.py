"""Checking a party in: its room, its nights, what it uses up, its guests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import Date, Select, and_, bindparam, func, or_, select

from app import dates
from app.availability.models import Reservation
from app.availability.reservations import (
    consume_reservation,
    find_reservation,
)
from app.availability.taking import RoomTaken, acted
from app.dates import ONE_DAY
from app.db import db, new_id
from app.registry.models import Establishment, Room, RoomAssignment, RoomType
from app.stays.guests import new_guest, refuse_guests_already_here
from app.stays.inputs import Finding, Findings, StayInput, refusal
from app.stays.models import Stay
from app.stays.settling import Plan, settle_anywhere, settle_in
from app.web.security import Principal


class AlreadyCheckedIn(Exception):
    """The same form was sent twice; ``stay`` is what the first one stored."""

    def __init__(self, stay: Stay) -> None:
        super().__init__("already checked in")
        self.stay = stay


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation left: the stay, its room on each night, and what only warns."""

    stay: Stay
    nights: dict[date, Room | None]
    warnings: list[Finding]


def check_in(
    house: Establishment,
    given: StayInput,
    *,
    by: Principal,
    stay_id: uuid.UUID | None = None,
) -> Done:
    """Register an arrival and take its nights, or refuse and store nothing.

    Raises ``RoomTaken`` for a given room that is not free, ``ReservationUsedUp``, ``Refused`` for
    what the input says wrongly, and :class:`AlreadyCheckedIn` for a ``stay_id`` that is stored.
    With a room type alone an arrival is always registered, without a room if there is none.
    """
    stay_id = new_id() if stay_id is None else _own_id(house, stay_id)
    room, room_type = _place(house, given)
    reservation = _reservation(house, given)
    refuse_guests_already_here(
        house.id,
        dict(enumerate(given.guests)),
        given.arrived_at,
        given.planned_departure,
        room=room,
    )
    stay = _new_stay(house, given, room_type, by, stay_id)
    if reservation is not None:
        consume_reservation(reservation)
        stay.reservation_id = reservation.id
    for position, guest in enumerate(given.guests):
        stay.guests.append(new_guest(stay, guest, position))
    if room is not None:
        nights = settle_in(stay, room, is_locked=True)
    else:
        nights = settle_anywhere(stay, room_type)
    db.session.add(stay)
    db.session.flush()
    found = _warnings(stay, given, room_type, nights)
    types = {room_type.id} | ({reservation.room_type_id} if reservation else set())
    acted(house.id, types, stay.fact_nights)
    return Done(stay, nights, found)


def _own_id(house: Establishment, stay_id: uuid.UUID) -> uuid.UUID:
    """Let two senders of one form take turns, so that the second finds what the first stored.

    An id that another house's stay has was never on a form of this one: a new one takes its place,
    so that nobody learns from the answer which ids exist.
    """
    key = func.hashtextextended(str(stay_id), 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
    stay = db.session.get(Stay, stay_id)
    if stay is None:
        return stay_id
    if stay.establishment_id == house.id:
        raise AlreadyCheckedIn(stay)
    return new_id()


# --- What the input names ------------------------------------------------------------------


def _place(house: Establishment, given: StayInput) -> tuple[Room | None, RoomType]:
    """Return the room given, if one is, and the room type."""
    if given.room is None and given.room_type is None:
        raise refusal("/room", "required")
    room_type = find_room_type(house, given.room_type) if given.room_type else None
    if given.room_type and room_type is None:
        raise refusal("/room_type", "not_found")
    if given.room is None and room_type is not None:
        return None, room_type
    day = dates.first_night(given.arrived_at)
    room, actual = _room_and_type(house, given.room or "", day)
    if room is None:
        raise refusal("/room", "not_found")
    if actual is None:
        raise RoomTaken(list(given.nights or [day]))
    if room_type is not None and room_type.id != actual.id:
        raise refusal("/room_type", "mismatch")
    return room, actual


def _room_and_type(
    house: Establishment, number: str, day: date
) -> tuple[Room | None, RoomType | None]:
    """Return the room and its type on the day, or where it has none then on the next."""
    asked = {"house": house.id, "number": number, "day": day, "next": day + ONE_DAY}
    row = db.session.execute(_finding_room_and_type(), asked).first()
    return (row[0], row[1]) if row else (None, None)


@cache
def _finding_room_and_type() -> Select[Room, RoomType]:
    valid = RoomAssignment.valid
    is_then = valid.contains(bindparam("day", type_=Date))
    is_next = valid.contains(bindparam("next", type_=Date))
    then = and_(RoomAssignment.room_id == Room.id, or_(is_then, is_next))
    return (
        select(Room, RoomType)
        .outerjoin(RoomAssignment, then)
        .outerjoin(RoomType, RoomType.id == RoomAssignment.room_type_id)
        .where(Room.establishment_id == bindparam("house"), Room.number == bindparam("number"))
        .order_by(is_then.desc().nulls_last())
        .limit(1)
    )


def find_room(house: Establishment, number: str) -> Room | None:
    """Return the house's room of this number."""
    return db.session.scalar(
        select(Room).where(Room.establishment_id == house.id, Room.number == number)
    )


def find_room_type(house: Establishment, text: str) -> RoomType | None:
    """Return the house's room type by its own code, else by its id."""
    types = select(RoomType).where(RoomType.establishment_id == house.id)
    by_code = db.session.scalar(types.where(RoomType.code == text))
    if by_code is not None or not (text.isascii() and text.isdigit() and len(text) < 10):
        return by_code
    return db.session.scalar(types.where(RoomType.id == int(text)))


def _reservation(house: Establishment, given: StayInput) -> Reservation | None:
    """Return the reservation named by its id or its reference."""
    if given.reservation is None:
        return None
    try:
        found = find_reservation(house, uuid.UUID(given.reservation))
    except ValueError:
        found = db.session.scalar(
            select(Reservation)
            .where(
                Reservation.establishment_id == house.id,
                Reservation.reference == given.reservation,
            )
            # A reference may have been used before by a reservation that is closed.
            .order_by((Reservation.status == "open").desc(), Reservation.created_at.desc())
            .limit(1)
        )
    if found is None:
        raise refusal("/reservation", "not_found")
    return found


def _new_stay(
    house: Establishment,
    given: StayInput,
    room_type: RoomType,
    by: Principal,
    stay_id: uuid.UUID,
) -> Stay:
    first = dates.first_night(given.arrived_at)
    stay = Stay(
        id=stay_id,
        establishment_id=house.id,
        room_type_id=room_type.id,
        origin="live",
        status="in_house",
        arrived_at=given.arrived_at,
        planned_departure=given.planned_departure,
        first_night=first,
        last_night_end=dates.local(given.planned_departure).date(),
        source=given.source,
        reason=given.reason,
        filed_elsewhere=given.filed_elsewhere,
        created_by=by.actor,
    )
    stay.reason_detail = given.reason_detail
    stay.note = given.note
    return stay


# --- What only warns -----------------------------------------------------------------------


def _warnings(stay: Stay, given: StayInput, room_type: RoomType, nights: Plan) -> list[Finding]:
    found = Findings()
    if sum(guest.persons for guest in given.guests) > room_type.capacity:
        found.warn("/guests", "over_capacity")
    warn_about_rooms(found, nights, stay)
    return found.warnings


def warn_about_rooms(found: Findings, nights: dict[date, Room | None], stay: Stay) -> None:
    """Warn where the party must move, and where it has no room."""
    pointer = "/room_type"
    numbers = {room.number for room in nights.values() if room}
    if len(numbers) > 1:
        found.warn(pointer, "must_move", rooms=", ".join(_runs(nights)))
    roomless = [night for night, room in nights.items() if room is None]
    if stay.is_same_day and stay.room_id is None:
        roomless = [stay.first_night]
    if roomless:
        found.warn(pointer, "overbooked", nights=", ".join(map(str, roomless)))


def _runs(nights: dict[date, Room | None]) -> Iterable[str]:
    """Yield "101 (2026-12-24 – 2026-12-26)" for each stretch of nights in one room."""
    since, number, last = None, None, None
    for night, room in [*nights.items(), (date.max, None)]:
        here = room.number if room else None
        if here != number:
            if number is not None and since is not None and last is not None:
                yield f"{number} ({since} – {last + timedelta(days=1)})"
            since, number = night, here
        last = night
