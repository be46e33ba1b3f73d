"""Taking rooms out of service for good and giving them another type, with the nights they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.audit.operations import record
from app.availability.models import TakenNight
from app.availability.reservations import short_nights
from app.availability.taking import acted
from app.dates import Period
from app.db import db
from app.registry.models import Room, RoomAssignment, RoomType
from app.web.security import Principal

LOOK_AHEAD = 365


class RoomInUse(Exception):
    """Stays hold the room on these nights."""

    def __init__(self, nights: Sequence[date]) -> None:
        super().__init__("room in use")
        self.nights = list(nights)


def retire_room(room: Room, *, since: date | None, by: Principal) -> None:
    """End the room's existence before ``since``, or, with None, undo that it was ever added.

    Raises :class:`RoomInUse` where stays hold it on later nights; nights out of order end with it.
    The number may be used again later. A room without any night is forgotten altogether.
    """
    _lock(room)
    held = _stay_nights(room, since)
    if held:
        raise RoomInUse(held)
    db.session.execute(
        delete(TakenNight)
        .where(TakenNight.room_id == room.id, *_nights_since(since))
        .execution_options(synchronize_session=False)
    )
    types = _types_since(room, since)
    house_id, subject = room.establishment_id, f"room:{room.id}"
    _end(room, since)
    _forget_if_empty(room)
    acted(house_id, types)
    record("room_retired", by=by, establishment_id=house_id, subject=subject, since=_iso(since))


def reassign_room(room: Room, room_type: RoomType, *, since: date | None, by: Principal) -> None:
    """Let the room be of another type of its house from ``since`` on, or as if it always had been.

    The nights it is taken on move along, so the types' counts stay true. Where a room ends its
    existence later, it still does.
    """
    if room_type.establishment_id != room.establishment_id:
        raise ValueError("a room keeps to its house")
    _lock(room)
    types = _types_since(room, since) | {room_type.id}
    for assignment in _assignments(room, since):
        _split(assignment, room_type, since)
    _join(room)
    db.session.execute(
        update(TakenNight)
        .where(TakenNight.room_id == room.id, *_nights_since(since))
        .values(room_type_id=room_type.id)
        .execution_options(synchronize_session=False)
    )
    acted(room.establishment_id, types)
    record(
        "room_moved",
        by=by,
        establishment_id=room.establishment_id,
        subject=f"room:{room.id}",
        to=room_type.id,
        since=_iso(since),
    )


def short_of_rooms(room_type_id: int) -> list[date]:
    """The nights ahead on which the type has promised more rooms than are left to it."""
    return short_nights(room_type_id, Period.of(dates.today(), LOOK_AHEAD))


def _lock(room: Room) -> None:
    """Keep others from taking the room meanwhile: ``taking.take`` holds its row as well."""
    db.session.execute(select(Room.id).where(Room.id == room.id).with_for_update())


def _nights_since(since: date | None) -> list[ColumnElement[bool]]:
    return [] if since is None else [TakenNight.night >= since]


def _stay_nights(room: Room, since: date | None) -> list[date]:
    statement = select(TakenNight.night).where(
        TakenNight.room_id == room.id, TakenNight.reason == "stay", *_nights_since(since)
    )
    return list(db.session.scalars(statement.order_by(TakenNight.night).limit(400)))


def _assignments(room: Room, since: date | None) -> Sequence[RoomAssignment]:
    """The room's rows that reach beyond ``since``, as they are now."""
    return db.session.scalars(
        select(RoomAssignment)
        .where(
            RoomAssignment.room_id == room.id,
            RoomAssignment.valid.overlaps(Range(since, None)),
        )
        .order_by(func.lower(RoomAssignment.valid).nulls_first())
        .execution_options(populate_existing=True)
    ).all()


def _types_since(room: Room, since: date | None) -> set[int]:
    return {assignment.room_type_id for assignment in _assignments(room, since)}


def _end(room: Room, since: date | None) -> None:
    for assignment in _assignments(room, since):
        if since is None or _begins(assignment, since):
            db.session.delete(assignment)
        else:
            assignment.valid = Range(assignment.valid.lower, since)
    db.session.flush()


def _begins(assignment: RoomAssignment, since: date) -> bool:
    """Whether the row begins on that date or later."""
    return assignment.valid.lower is not None and assignment.valid.lower >= since


def _split(assignment: RoomAssignment, room_type: RoomType, since: date | None) -> None:
    if assignment.room_type_id == room_type.id:
        return
    if since is None or _begins(assignment, since):
        assignment.room_type_id = room_type.id
        db.session.flush()
        return
    upper = assignment.valid.upper
    assignment.valid = Range(assignment.valid.lower, since)
    # The shorter row is stored first: both at once would overlap.
    db.session.flush()
    db.session.add(
        RoomAssignment(
            establishment_id=assignment.establishment_id,
            room_id=assignment.room_id,
            room_type_id=room_type.id,
            valid=Range(since, upper),
        )
    )
    db.session.flush()


def _join(room: Room) -> None:
    """Make one row of neighbours of the same type."""
    rows = list(_assignments(room, None))
    for row, after in pairwise(rows):
        touches = row.valid.upper is not None and row.valid.upper == after.valid.lower
        if touches and row.room_type_id == after.room_type_id:
            whole: Range[date] = Range(row.valid.lower, after.valid.upper)
            db.session.delete(row)
            db.session.flush()
            after.valid = whole
            db.session.flush()


def _forget_if_empty(room: Room) -> None:
    used = db.session.scalar(
        select(
            or_(
                select(RoomAssignment.id).where(RoomAssignment.room_id == room.id).exists(),
                select(TakenNight.night).where(TakenNight.room_id == room.id).exists(),
            )
        )
    )
    if not used:
        db.session.delete(room)
        db.session.flush()


def _iso(since: date | None) -> str | None:
    return since.isoformat() if since else None
