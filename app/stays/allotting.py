"""Choosing rooms for a party: which are free, which are in use by the hour, where it must move."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app import dates
from app.availability.models import TakenNight
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Room, RoomAssignment
from app.stays.models import Stay

FAR = date.max
MOMENT = timedelta(minutes=1)
# An instant, or the place of one in a statement that is made once.
When = datetime | BindParameter[datetime]


@dataclass(slots=True)
class Candidate:
    """A room of the type, the nights of the period on which it can't be had, and what follows."""

    room: Room
    blocked: set[date] = field(default_factory=set)
    in_use: bool = False
    next_taken: date = FAR

    def run_from(self, nights: Sequence[date], index: int) -> int:
        """Return for how many nights from this one on the room is free."""
        length = 0
        while index + length < len(nights) and nights[index + length] not in self.blocked:
            length += 1
        return length


def lock(room_ids: Iterable[int], *, wait: bool = True) -> bool:
    """Lock rooms in the order of their ids until the commit; False where one is locked already.

    Nights are kept apart by their primary key anyway; the lock is for uses by the hour.
    """
    wanted = sorted(set(room_ids))
    statement = select(Room.id).where(Room.id.in_(wanted)).order_by(Room.id)
    locked = statement.with_for_update(key_share=True, skip_locked=not wait)
    return len(db.session.scalars(locked).all()) == len(wanted)


def allot(room_type_id: int, period: Period, arrived_at: datetime) -> dict[date, Room | None]:
    """Return a room of the type for each night: one for all if there is one, else few moves.

    Preferred is a room nobody is in at the arrival, then the one whose free time fits most
    tightly, so that long gaps stay whole. Nights without any room get None.
    """
    found = candidates(room_type_id, period, arrived_at)
    nights = list(period)
    plan: dict[date, Room | None] = {}
    index = 0
    while index < len(nights):
        best = max(found, key=lambda c: _rank(c, nights, index), default=None)
        run = best.run_from(nights, index) if best else 0
        room = best.room if best and run else None
        for night in nights[index : index + max(run, 1)]:
            plan[night] = room
        index += max(run, 1)
    return plan


def _rank(candidate: Candidate, nights: Sequence[date], index: int) -> tuple[int, bool, int]:
    """Order candidates for max(), which takes the first, so the lowest number, of equal ones."""
    run = candidate.run_from(nights, index)
    return run, not candidate.in_use, -candidate.next_taken.toordinal()


def candidates(room_type_id: int, period: Period, arrived_at: datetime) -> list[Candidate]:
    """Return the rooms that are of the type on some night of the period."""
    whole = func.daterange(period.start, period.end)
    rows = db.session.execute(
        select(Room, RoomAssignment.valid)
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .where(RoomAssignment.room_type_id == room_type_id, RoomAssignment.valid.overlaps(whole))
        .order_by(func.length(Room.number), Room.number)
    ).all()
    found: dict[int, Candidate] = {}
    exists_on: dict[int, set[date]] = {}
    for room, valid in rows:
        found.setdefault(room.id, Candidate(room))
        nights = exists_on.setdefault(room.id, set())
        nights |= {
            night
            for night in period
            if (valid.lower is None or valid.lower <= night)
            and (valid.upper is None or night < valid.upper)
        }
    for room_id, candidate in found.items():
        candidate.blocked = set(period) - exists_on[room_id]
    _add_taken(found, period)
    _add_users(found, period, arrived_at)
    return list(found.values())


def _add_users(found: dict[int, Candidate], period: Period, arrived_at: datetime) -> None:
    """Note who is in a room at the arrival; a party by the hour keeps it from being had at all."""
    ids, soon = list(found), arrived_at + MOMENT
    by_the_hour = used_by_the_hour(ids, arrived_at, soon)
    for room_id in by_the_hour | _held(ids, arrived_at, soon):
        found[room_id].in_use = True
    for room_id in by_the_hour:
        found[room_id].blocked.add(period.start)


def _add_taken(found: dict[int, Candidate], period: Period) -> None:
    taken = select(TakenNight.room_id, TakenNight.night).where(
        TakenNight.room_id.in_(found),
        TakenNight.night >= period.start,
        TakenNight.night < period.end,
    )
    for room_id, night in db.session.execute(taken):
        found[room_id].blocked.add(night)
    following = (
        select(TakenNight.room_id, func.min(TakenNight.night))
        .where(TakenNight.room_id.in_(found), TakenNight.night >= period.end)
        .group_by(TakenNight.room_id)
    )
    for room_id, night in db.session.execute(following):
        found[room_id].next_taken = night


def left_after(night: date, room_ids: Sequence[int], arrived_at: datetime) -> set[int]:
    """Return the rooms which a stay that has left by then held on the night.

    A stay whose planned departure has passed counts as departed as planned.
    """
    gone = func.coalesce(Stay.departed_at, Stay.planned_departure) <= arrived_at
    return set(
        db.session.scalars(
            select(TakenNight.room_id)
            .join(Stay, Stay.id == TakenNight.stay_id)
            .where(TakenNight.room_id.in_(room_ids), TakenNight.night == night, gone)
        )
    )


def in_use(
    room_ids: Sequence[int],
    since: datetime,
    until: datetime,
    *,
    but: uuid.UUID | None = None,
) -> set[int]:
    """Return the rooms that somebody is in between two instants of one date, or out of order."""
    held = _held(room_ids, since, until, but=but)
    return held | used_by_the_hour(room_ids, since, until, but=but)


def _held(
    room_ids: Sequence[int],
    since: datetime,
    until: datetime,
    *,
    but: uuid.UUID | None = None,
) -> set[int]:
    """Return the rooms that a party of nights is in then, or that are out of order."""
    day = dates.local(since).date()
    used = _there(since, until)
    if but is not None:
        used = and_(used, Stay.id != but)
    elsewhere = aliased(TakenNight)
    moved_out = exists().where(
        elsewhere.stay_id == TakenNight.stay_id,
        elsewhere.night == day,
        elsewhere.room_id != TakenNight.room_id,
    )
    overnight = (
        select(TakenNight.room_id)
        .join(Stay, Stay.id == TakenNight.stay_id)
        .where(TakenNight.room_id.in_(room_ids), TakenNight.night.in_([day - ONE_DAY, day]), used)
        .where(or_(TakenNight.night == day, Stay.room_id == TakenNight.room_id, ~moved_out))
    )
    out_of_order = select(TakenNight.room_id).where(
        TakenNight.room_id.in_(room_ids),
        TakenNight.night == day,
        TakenNight.reason == "out_of_order",
    )
    return set(db.session.scalars(overnight.union(out_of_order)))


def used_by_the_hour(
    room_ids: Sequence[int],
    since: datetime,
    until: datetime,
    *,
    but: uuid.UUID | None = None,
) -> set[int]:
    """Return the rooms with a party that takes no night and is there between the instants."""
    statement = hourly_use(Stay.room_id.in_(room_ids), since, until)
    if but is not None:
        statement = statement.where(Stay.id != but)
    return {room_id for room_id in db.session.scalars(statement) if room_id is not None}


def hourly_use(where: ColumnElement[bool], since: When, until: When) -> Select[int | None]:
    """The rooms ``where`` holds which are used by the hour between the instants."""
    return (
        select(Stay.room_id)
        .where(where, Stay.first_night == Stay.last_night_end)
        .where(Stay.status == "in_house", _there(since, until))
    )


def _there(since: When, until: When) -> ColumnElement[bool]:
    """Whether a stay's time overlaps the instants; an overdue one has left as planned."""
    left = func.coalesce(Stay.departed_at, Stay.planned_departure)
    return and_(Stay.status != "cancelled", Stay.arrived_at < until, left > since)


def rooms_of_type(room_type_id: int, day: date) -> list[Room]:
    """Return the rooms that are of the type on the day, by number."""
    statement = (
        select(Room)
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .where(RoomAssignment.room_type_id == room_type_id, RoomAssignment.valid.contains(day))
        .order_by(func.length(Room.number), Room.number)
    )
    return list(db.session.scalars(statement))


def type_of(room: Room, day: date) -> int | None:
    """Return the id of the type the room is of on the day, None where it does not exist then."""
    return db.session.scalar(
        select(RoomAssignment.room_type_id).where(
            RoomAssignment.room_id == room.id, RoomAssignment.valid.contains(day)
        )
    )
