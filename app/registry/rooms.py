"""Room types and rooms: adding them, their numbers as people write them, their changes.

Taking a room out of service for good or giving it another type lives in ``availability.rooms``,
since nights may be taken there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app import dates
from app.audit.operations import record
from app.db import constraint_of, db
from app.registry.models import Establishment, Room, RoomAssignment, RoomType
from app.registry.operations import Changed
from app.registry.versions import mark_changed
from app.text import tidy
from app.web.security import Principal

ROOMS_AT_ONCE = 500
ROOMS_MOST = 5_000
ROOM_TYPES_MOST = 100
TYPE_FIELDS = frozenset(
    {"code", "name", "name_en", "capacity", "bed_places", "list_price", "amenities", "position"}
)

_RANGE = re.compile(r"(?P<before>.*?)(?P<first>[0-9]+) ?[-–—] ?(?P<again>.*?)(?P<last>[0-9]+)")
_NUMBER = re.compile(r"[\w][\w ./\-]*")


class BadNumbers(ValueError):
    """A list of room numbers that cannot be read; ``part`` is the piece, ``why`` a code."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(why)
        self.part = part
        self.why = why


class NumbersTaken(Exception):
    """The house has rooms of these numbers on some of the nights already."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__("numbers taken")
        self.numbers = list(numbers)


class CodeTaken(Exception):
    """Another room type of the house has this code."""


class TooMany(Exception):
    """More rooms or room types than a house may have."""


class StillInUse(Exception):
    """Rooms, nights or reservations refer to it."""


# --- Numbers -------------------------------------------------------------------------------


def parse_numbers(words: str) -> list[str]:
    """The room numbers in "101-110, 201; A1 - A5", each once, in order.

    Raises :class:`BadNumbers` (``range``: backwards or of two kinds, ``number``: not a room number,
    ``many``: more than can be added at once, ``none``).
    """
    numbers: dict[str, None] = {}
    for part in filter(None, (tidy(piece) for piece in re.split(r"[,;\n]", words))):
        numbers.update(dict.fromkeys(_expand(part)))
        if len(numbers) > ROOMS_AT_ONCE:
            raise BadNumbers(part, "many")
    if not numbers:
        raise BadNumbers("", "none")
    return list(numbers)


def _expand(part: str) -> Iterable[str]:
    match = _RANGE.fullmatch(part)
    if match is None:
        if len(part) > 20 or not _NUMBER.fullmatch(part):
            raise BadNumbers(part, "number")
        return [part]
    before, again = match["before"], match["again"]
    first, last = int(match["first"][:9]), int(match["last"][:9])
    if again not in ("", before) or first > last or len(before) > 12 or len(match["last"]) > 8:
        raise BadNumbers(part, "range")
    if last - first >= ROOMS_AT_ONCE:
        raise BadNumbers(part, "many")
    width = len(match["first"]) if match["first"].startswith("0") else 0
    return [f"{before}{number:0{width}d}" for number in range(first, last + 1)]


# --- Room types ----------------------------------------------------------------------------


def add_room_type(
    house: Establishment,
    *,
    name: str,
    capacity: int,
    bed_places: int | None = None,
    by: Principal,
    **values: Any,
) -> RoomType:
    """Add a type; without a count of bed places it has as many as guests. May raise CodeTaken."""
    _lock(house)
    count, last = db.session.execute(
        select(func.count(), func.coalesce(func.max(RoomType.position), 0)).where(
            RoomType.establishment_id == house.id
        )
    ).one()
    if count >= ROOM_TYPES_MOST:
        raise TooMany
    room_type = RoomType(
        establishment_id=house.id,
        name=name,
        capacity=capacity,
        bed_places=bed_places or capacity,
        position=last + 1,
    )
    _store(room_type, values)
    db.session.expire(house, ["room_types"])
    mark_changed(house.id)
    record(
        "room_type_added",
        by=by,
        establishment_id=house.id,
        subject=f"room_type:{room_type.id}",
    )
    return room_type


def update_room_type(
    room_type: RoomType, *, version: int | None = None, by: Principal, **values: Any
) -> list[str]:
    """Change fields of a type and return those that differ now; Changed, CodeTaken.

    Who keeps the vacancy of the type is changed in ``availability.operations``.
    """
    current = db.session.scalar(
        select(RoomType.record_version)
        .where(RoomType.id == room_type.id)
        .with_for_update(key_share=True)
    )
    if version is not None and version != current:
        raise Changed
    changed = {f: v for f, v in values.items() if getattr(room_type, f) != v}
    if not changed:
        return []
    _store(room_type, changed | {"record_version": (current or 0) + 1})
    mark_changed(room_type.establishment_id)
    record(
        "room_type_edited",
        by=by,
        establishment_id=room_type.establishment_id,
        subject=f"room_type:{room_type.id}",
        fields=sorted(changed),
    )
    return sorted(changed)


def _store(room_type: RoomType, values: dict[str, Any]) -> None:
    unknown = values.keys() - TYPE_FIELDS - {"record_version"}
    if unknown:
        raise TypeError(f"not of a room type: {', '.join(sorted(unknown))}")
    if "list_price" in values:
        priced = values["list_price"] is not None
        values = values | {"list_price_on": dates.today() if priced else None}
    try:
        # Set inside the savepoint: what is dirty before it would be flushed outside of it.
        with db.session.begin_nested():
            db.session.add(room_type)
            for field, value in values.items():
                setattr(room_type, field, value)
    except IntegrityError as error:
        if constraint_of(error) == "uq_room_type_establishment_id_code":
            raise CodeTaken from None
        raise


def remove_room_type(room_type: RoomType, *, by: Principal) -> None:
    """Remove a type nothing refers to, such as one added by mistake; else :class:`StillInUse`."""
    house_id, subject = room_type.establishment_id, f"room_type:{room_type.id}"
    used = db.session.scalar(
        select(RoomAssignment.id).where(RoomAssignment.room_type_id == room_type.id).limit(1)
    )
    if used is not None:
        raise StillInUse
    try:
        with db.session.begin_nested():
            db.session.delete(room_type)
    except IntegrityError:
        raise StillInUse from None
    mark_changed(house_id)
    record("room_type_removed", by=by, establishment_id=house_id, subject=subject)


# --- Rooms ---------------------------------------------------------------------------------


def add_rooms(
    room_type: RoomType, numbers: Sequence[str], *, since: date | None, by: Principal
) -> list[Room]:
    """Add rooms of a type that exist since a date, or always; all or none.

    The number of a room that was retired before may be used again: it is the same room. Raises
    :class:`NumbersTaken`, or :class:`TooMany` beyond what a house may have.
    """
    house_id = room_type.establishment_id
    _lock_id(house_id)
    rooms = {room.number: room for room in _of_numbers(house_id, numbers)}
    taken = _existing(list(rooms.values()), since)
    if taken:
        raise NumbersTaken(taken)
    total = db.session.scalar(
        select(func.count()).select_from(Room).where(Room.establishment_id == house_id)
    )
    fresh = [number for number in numbers if number not in rooms]
    if (total or 0) + len(fresh) > ROOMS_MOST:
        raise TooMany
    added = [Room(establishment_id=house_id, number=number) for number in fresh]
    db.session.add_all(added)
    db.session.flush()
    everyone = [*rooms.values(), *added]
    db.session.execute(
        insert(RoomAssignment),
        [
            {
                "establishment_id": house_id,
                "room_id": room.id,
                "room_type_id": room_type.id,
                "valid": Range(since, None),
            }
            for room in everyone
        ],
    )
    mark_changed(house_id)
    record(
        "rooms_added",
        by=by,
        establishment_id=house_id,
        subject=f"room_type:{room_type.id}",
        count=len(everyone),
    )
    return everyone


def _of_numbers(house_id: int, numbers: Sequence[str]) -> Sequence[Room]:
    return db.session.scalars(
        select(Room).where(Room.establishment_id == house_id, Room.number.in_(numbers))
    ).all()


def _existing(rooms: Sequence[Room], since: date | None) -> list[str]:
    """The numbers of those rooms that exist on some night from ``since`` on."""
    if not rooms:
        return []
    wanted: Range[date] = Range(since, None)
    statement = (
        select(Room.number)
        .join(RoomAssignment)
        .where(Room.id.in_([room.id for room in rooms]), RoomAssignment.valid.overlaps(wanted))
        .distinct()
        .order_by(Room.number)
    )
    return list(db.session.scalars(statement))


def _lock(house: Establishment) -> None:
    _lock_id(house.id)


def _lock_id(house_id: int) -> None:
    """One writer of a house's rooms at a time, so that two lists of numbers do not meet.

    The lock is the weak one (NO KEY), so that check-ins of the house go on beside it.
    """
    db.session.execute(
        select(Establishment.id).where(Establishment.id == house_id).with_for_update(key_share=True)
    )
