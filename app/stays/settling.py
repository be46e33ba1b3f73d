"""Settling a party in: taking its nights in a given room, in any of a type, or by the hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from app import dates
from app.availability.taking import RoomTaken, Unless, take
from app.dates import ONE_DAY, Period
from app.db import constraint_of, db
from app.registry.models import Room, RoomType
from app.stays import allotting
from app.stays.models import Stay

# Each failed attempt means that somebody else got the room, so the list of free ones shrinks.
ATTEMPTS = 30


Plan = dict[date, Room | None]


def settle_in(stay: Stay, room: Room, *, is_locked: bool = False) -> Plan:
    """Take a given room for all nights; returns the room of each."""
    if not is_locked:
        allotting.lock([room.id])
    stay.first_night = _first_night(stay, room)
    stay.room_id = room.id
    if stay.is_same_day:
        use_by_the_hour(stay, room)
        return {}
    _take_unless_used(stay, room, stay.fact_nights, consume_withheld=_uses_withheld(stay))
    return dict.fromkeys(Period(stay.first_night, stay.last_night_end), room)


def _take_unless_used(
    stay: Stay, room: Room, nights: Iterable[date], *, consume_withheld: bool
) -> None:
    """Take the nights of a locked room, unless a party of hours is in it at the arrival."""
    in_use = {
        "used_room": room.id,
        "used_since": stay.arrived_at,
        "used_until": stay.arrived_at + allotting.MOMENT,
        "used_but": stay.id,
    }
    try:
        take(
            room,
            nights,
            stay_id=stay.id,
            consume_withheld=consume_withheld,
            is_locked=True,
            unless=Unless(_in_use(), in_use),
        )
    except RoomTaken:
        refuse_room_in_use(stay, room)
        raise


@cache
def _in_use() -> ColumnElement[bool]:
    """Whether a party of hours other than the one that comes is in the room."""
    since, until = (
        bindparam(name, type_=Stay.arrived_at.type) for name in ("used_since", "used_until")
    )
    used = allotting.hourly_use(Stay.room_id == bindparam("used_room"), since, until)
    return used.where(Stay.id != bindparam("used_but")).exists()


def _first_night(stay: Stay, room: Room) -> date:
    """Return the night the arrival belongs to in this room.

    Before 06:00 it is that of the previous date, unless a stay that has left held the room then.
    """
    night = dates.first_night(stay.arrived_at)
    is_early = night < dates.local(stay.arrived_at).date()
    if is_early and room.id in allotting.left_after(night, [room.id], stay.arrived_at):
        return night + ONE_DAY
    return night


def _uses_withheld(stay: Stay) -> bool:
    return stay.source != "walk_in" and stay.reservation_id is None


def refuse_room_in_use(stay: Stay, room: Room) -> None:
    """Refuse a room which a party that takes no night is in at the arrival."""
    soon = stay.arrived_at + allotting.MOMENT
    if allotting.used_by_the_hour([room.id], stay.arrived_at, soon, but=stay.id):
        raise RoomTaken([stay.first_night])


def use_by_the_hour(stay: Stay, room: Room) -> None:
    """Use the room without taking a night; raises ``RoomTaken`` if somebody is in it.

    The room is locked. Behind the check stands an index that lets one such stay be in a room; an
    overdue one has left as planned, and this arrival says so.
    """
    day = stay.first_night
    exists = allotting.type_of(room, day) is not None
    used = allotting.in_use([room.id], stay.arrived_at, stay.planned_departure, but=stay.id)
    if used or not exists:
        raise RoomTaken([day])
    close_overdue(room, stay.arrived_at)
    stay.room_id = room.id
    with one_by_the_hour(stay):
        db.session.add(stay)


@contextmanager
def one_by_the_hour(stay: Stay) -> Iterator[None]:
    """Keep what is changed inside, or nothing of it where another party has the hourly room.

    It has to be changed inside: a savepoint first writes what is pending, outside of itself.
    """
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as error:
        if constraint_of(error) == "uq_stay_hourly_room":
            raise RoomTaken([stay.first_night]) from None
        raise


def close_overdue(room: Room, before: datetime) -> None:
    """Check out, as planned, the party of hours that should have left the room before."""
    overdue = (
        select(Stay.id)
        .where(
            Stay.room_id == room.id,
            Stay.status == "in_house",
            Stay.first_night == Stay.last_night_end,
            Stay.planned_departure <= before,
        )
        # One that is being checked out at this moment leaves by itself.
        .with_for_update(skip_locked=True)
    )
    db.session.execute(
        update(Stay)
        .where(Stay.id.in_(db.session.scalars(overdue).all()))
        .values(
            status="departed",
            departed_at=Stay.planned_departure,
            record_version=Stay.record_version + 1,
        )
        .execution_options(synchronize_session="fetch")
    )


def settle_anywhere(stay: Stay, room_type: RoomType) -> Plan:
    """Take a room of the type, or several in turn, or as far as there is none, none."""
    for _ in range(ATTEMPTS):
        try:
            with db.session.begin_nested():
                return _settle_as_planned(stay, room_type)
        except RoomTaken:
            # Somebody else took a room between the look and the taking.
            continue
    stay.room_id = None
    if stay.is_same_day:
        return {}
    return dict.fromkeys(Period(stay.first_night, stay.last_night_end))


def _settle_as_planned(stay: Stay, room_type: RoomType) -> Plan:
    stay.first_night = dates.first_night(stay.arrived_at)
    room = _room_just_left(stay, room_type)
    if room is not None:
        return settle_in(stay, room)
    if stay.is_same_day:
        return _settle_by_the_hour(stay, room_type)
    return _settle_overnight(stay, room_type)


def _settle_by_the_hour(stay: Stay, room_type: RoomType) -> Plan:
    rooms = allotting.rooms_of_type(room_type.id, stay.first_night)
    ids = [room.id for room in rooms]
    used = allotting.in_use(ids, stay.arrived_at, stay.planned_departure, but=stay.id)
    free = [room for room in rooms if room.id not in used]
    if free:
        return settle_in(stay, free[0])
    return {}


def _settle_overnight(stay: Stay, room_type: RoomType) -> Plan:
    period = Period(stay.first_night, stay.last_night_end)
    plan = allotting.allot(room_type.id, period, stay.arrived_at)
    take_as_planned(stay, plan, consume_withheld=_uses_withheld(stay))
    first = plan[stay.first_night]
    stay.room_id = first.id if first else None
    return plan


def take_as_planned(stay: Stay, plan: Plan, *, consume_withheld: bool = False) -> None:
    """Take each night in its room; raises ``RoomTaken`` where somebody was faster."""
    allotting.lock(room.id for room in plan.values() if room)
    for room in sorted({room for room in plan.values() if room}, key=lambda room: room.id):
        nights = [night for night, planned in plan.items() if planned is room]
        if stay.first_night in nights:
            _take_unless_used(stay, room, nights, consume_withheld=consume_withheld)
        else:
            take(room, nights, stay_id=stay.id, consume_withheld=consume_withheld, is_locked=True)


def _room_just_left(stay: Stay, room_type: RoomType) -> Room | None:
    """Return a room for an arrival before 06:00 that finds none free on the night before.

    That is one which a stay that has left held in that night, free from the date itself on.
    """
    night, date_itself = stay.first_night, dates.local(stay.arrived_at).date()
    if night == date_itself or _is_free(room_type, stay, night):
        return None
    ids = [room.id for room in allotting.rooms_of_type(room_type.id, date_itself)]
    left = allotting.left_after(night, ids, stay.arrived_at)
    if stay.last_night_end == date_itself:
        used = allotting.in_use(ids, stay.arrived_at, stay.planned_departure, but=stay.id)
        free = left - used
    else:
        period = Period(date_itself, stay.last_night_end)
        found = allotting.candidates(room_type.id, period, stay.arrived_at)
        free = left & {candidate.room.id for candidate in found if not candidate.blocked}
    return db.session.get(Room, min(free)) if free else None


def _is_free(room_type: RoomType, stay: Stay, first: date) -> bool:
    period = Period(first, stay.last_night_end)
    found = allotting.candidates(room_type.id, period, stay.arrived_at)
    return any(not candidate.blocked for candidate in found)
