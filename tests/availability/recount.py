"""Counting rooms the slow way, row by row, as a second opinion on the SQL."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from app.availability.feeds.models import FeedNight
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import Closure, RoomAssignment, RoomType


class Recount(NamedTuple):
    total: int
    out_of_order: int
    taken: int
    reserved: int
    possible: int
    vacant: int | None
    price: int | None


def recount(period: Period) -> dict[tuple[int, date], Recount]:
    """Return every type's every night, counted in Python from plain rows."""
    db.session.expire_all()
    return {
        (room_type.id, night): _count(room_type, night)
        for room_type in db.session.scalars(select(RoomType))
        for night in period
    }


def _count(room_type: RoomType, night: date) -> Recount:
    total = sum(
        1
        for row in db.session.scalars(select(RoomAssignment))
        if row.room_type_id == room_type.id and row.valid.contains(night)
    )
    held = [
        row
        for row in db.session.scalars(select(TakenNight))
        if row.room_type_id == room_type.id and row.night == night
    ]
    taken = sum(1 for row in held if row.reason == "stay")
    broken = len(held) - taken
    promised = 0
    for row in db.session.scalars(select(Reservation)):
        covers = row.room_type_id == room_type.id and row.arrival <= night < row.departure
        if covers and row.status == "open":
            promised += row.rooms - row.rooms_arrived
    said = db.session.get(RoomTypeNight, (room_type.id, night))
    withheld = said.withheld if said else 0
    left = total - broken - taken
    price = said.price if said and said.price is not None else room_type.list_price
    if room_type.kept_by == "feed":
        count = said.feed_count if said else None
        possible = max(0, left)
        vacant = None if count is None else min(count, possible)
        reserved = promised + withheld if vacant is None else possible - vacant
    else:
        blocked = _blocked(room_type, night)
        possible = max(0, left - promised - blocked)
        known = room_type.all_known or (said is not None and said.known)
        vacant = max(0, possible - withheld) if known else None
        reserved = promised + withheld + blocked
    if _closed(room_type, night):
        vacant = 0
    return Recount(total, broken, taken, reserved, possible, vacant, price)


def _closed(room_type: RoomType, night: date) -> bool:
    return any(
        row.establishment_id == room_type.establishment_id and row.valid.contains(night)
        for row in db.session.scalars(select(Closure))
    )


def _blocked(room_type: RoomType, night: date) -> int:
    """Rooms that feeds block: of whole types added up, single rooms once while they are free."""
    rows = [
        row
        for row in db.session.scalars(select(FeedNight))
        if row.night == night and row.decision != "same"
    ]
    whole = sum(r.rooms for r in rows if r.room_id is None and r.room_type_id == room_type.id)
    single = {row.room_id for row in rows if row.room_id is not None}
    mine = {
        row.room_id
        for row in db.session.scalars(select(RoomAssignment))
        if row.room_type_id == room_type.id and row.valid.contains(night)
    }
    held = {row.room_id for row in db.session.scalars(select(TakenNight)) if row.night == night}
    return whole + len((single & mine) - held)
