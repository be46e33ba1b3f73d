"""What the front desk sees tonight: who arrives, is in, leaves, is overdue, and every room."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app import dates
from app.availability.models import Reservation, TakenNight
from app.availability.reservations import expected
from app.db import db
from app.registry.models import Establishment, Room, RoomAssignment, RoomType
from app.stays.day_close.closing import missed_days
from app.stays.filing import Clock, clock
from app.stays.models import Stay
from app.stays.queries import StayRow, rows_of

# More open stays than any house has rooms; beyond it the page says that it is cut short.
MOST = 1000


@dataclass(slots=True)
class Tile:
    """One room tonight: free, taken, leaving, overdue or off, and the stay behind it."""

    number: str
    room_type: RoomType
    state: str = "free"
    row: StayRow | None = None


@dataclass(slots=True)
class Tonight:
    """The lists of the page, each stay in exactly one of the first four."""

    day: date
    now: datetime
    clock: Clock
    arriving: list[Reservation]
    overdue: list[StayRow] = field(default_factory=list)
    leaving: list[StayRow] = field(default_factory=list)
    in_house: list[StayRow] = field(default_factory=list)
    overbooked: list[StayRow] = field(default_factory=list)
    moving: list[StayRow] = field(default_factory=list)
    groups: list[tuple[RoomType, list[Tile]]] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)

    @property
    def free(self) -> int:
        return sum(tile.state == "free" for _, tiles in self.groups for tile in tiles)

    @property
    def freed_by_departures(self) -> int:
        """Rooms with somebody in them whom nobody has for the night: the calendar counts them."""
        tiles = [tile for _, tiles in self.groups for tile in tiles]
        return sum(tile.row is not None and self.day not in tile.row.rooms for tile in tiles)

    @property
    def people(self) -> int:
        return sum(row.people for row in (*self.in_house, *self.leaving))


def tonight(house: Establishment) -> Tonight:
    """Return everything the page shows, in a handful of statements."""
    today, now = dates.today(), dates.now()
    rows = rows_of(open_stays(house.id))
    page = Tonight(today, now, clock(house.id), expected(house))
    for row in rows:
        _sort_in(page, row, today)
    page.groups = _tiles(house.id, today, rows)
    page.missed = missed_days(house)
    return page


def open_stays(establishment_id: int, *, with_guests: bool = True) -> Sequence[Stay]:
    """Return the stays that have not been checked out, the first to leave first."""
    statement = (
        select(Stay)
        .where(Stay.establishment_id == establishment_id, Stay.status == "in_house")
        .order_by(Stay.planned_departure, Stay.id)
        .limit(MOST)
    )
    if with_guests:
        statement = statement.options(selectinload(Stay.guests), selectinload(Stay.room_type))
    return db.session.scalars(statement).all()


def room_tiles(establishment_id: int) -> list[tuple[RoomType, list[Tile]]]:
    """Return every room by type with what is in it now, as the tonight page shows it."""
    rows = rows_of(open_stays(establishment_id, with_guests=False))
    return _tiles(establishment_id, dates.today(), rows)


def _sort_in(page: Tonight, row: StayRow, today: date) -> None:
    if row.state == "overdue":
        page.overdue.append(row)
        return
    if row.is_overbooked:
        page.overbooked.append(row)
    elif row.stay.last_night_end <= today:
        page.leaving.append(row)
    else:
        page.in_house.append(row)
    before = row.rooms.get(today - dates.ONE_DAY)
    if before and row.rooms.get(today) not in (None, before):
        page.moving.append(row)


def _tiles(
    establishment_id: int, today: date, rows: Sequence[StayRow]
) -> list[tuple[RoomType, list[Tile]]]:
    tonight_in, off = _taken_tonight(establishment_id, today)
    by_id = {row.stay.id: row for row in rows}
    still_in = _still_in(rows, today)
    groups: dict[int, tuple[RoomType, list[Tile]]] = {}
    for room, room_type in _rooms(establishment_id, today):
        tile = Tile(room.number, room_type)
        stay_id = tonight_in.get(room.id)
        _describe(tile, by_id.get(stay_id) if stay_id else None, still_in.get(room.number))
        if room.id in off:
            tile.state, tile.row = "off", None
        groups.setdefault(room_type.id, (room_type, []))[1].append(tile)
    return list(groups.values())


def _rooms(establishment_id: int, today: date) -> Sequence[tuple[Room, RoomType]]:
    statement = (
        select(Room, RoomType)
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .join(RoomType, RoomType.id == RoomAssignment.room_type_id)
        .where(Room.establishment_id == establishment_id, RoomAssignment.valid.contains(today))
        .order_by(RoomType.position, RoomType.id, func.length(Room.number), Room.number)
    )
    return [(row.Room, row.RoomType) for row in db.session.execute(statement)]


def _taken_tonight(
    establishment_id: int, today: date
) -> tuple[dict[int, uuid.UUID | None], set[int]]:
    """Return the stay in each room tonight, and the rooms that are out of order."""
    taken = db.session.execute(
        select(TakenNight.room_id, TakenNight.stay_id, TakenNight.reason).where(
            TakenNight.establishment_id == establishment_id, TakenNight.night == today
        )
    ).all()
    stays = {row.room_id: row.stay_id for row in taken if row.reason == "stay"}
    return stays, {row.room_id for row in taken if row.reason == "out_of_order"}


def _still_in(rows: Sequence[StayRow], today: date) -> dict[str, StayRow]:
    """Return who is in a room without having it tonight: leaving, overdue, or by the hour."""
    there: dict[str, StayRow] = {}
    for row in rows:
        if row.room is not None and row.rooms.get(today) is None:
            there.setdefault(row.room, row)
    return there


def _describe(tile: Tile, tonight_in: StayRow | None, still_in: StayRow | None) -> None:
    """Set the tile's state; an overdue party that has not been asked about outweighs the rest."""
    row = tonight_in or still_in
    if row is None:
        return
    tile.row = row
    if row.state == "overdue":
        tile.state = "overdue"
    elif tonight_in is not None or row.stay.is_same_day:
        tile.state = "taken"
    else:
        tile.state = "leaving"
