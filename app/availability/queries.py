"""Reading availability: nights of room types, of houses, and what the public may see of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import BindParameter, Date, Integer, Subquery, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app import dates
from app.availability.freshness import freshness
from app.availability.models import TakenNight
from app.availability.vacancy import (
    Rows,
    Span,
    exceptional_rows,
    ordinary_rows,
    vacancy_of,
    vacancy_rows,
)
from app.dates import Period
from app.db import db
from app.registry.models import Room, RoomAssignment, RoomType

PublicWord = Literal["free", "few", "full"]
FEW = 2


@dataclass(frozen=True, slots=True)
class NightState:
    """One room type on one night.

    ``possible`` is what could be vacant at most; ``reserved`` are the open reservations and the
    withheld rooms, or, where a feed keeps the type, all that it leaves out. ``blocked`` are
    rooms that calendars of booking sites block, which lowers ``possible``. ``price`` is that of
    the night or else the list price, ``own_price`` the night's alone.
    """

    room_type_id: int
    establishment_id: int
    night: date
    total: int
    out_of_order: int
    taken: int
    open_reservations: int
    withheld: int
    reserved: int
    possible: int
    closed: bool
    known: bool
    vacant: int | None
    price: int | None
    own_price: int | None
    kept_by_feed: bool
    confirmed_at: datetime | None
    blocked: int = 0

    @property
    def vacant_if_open(self) -> int:
        """What would be vacant were the house not closed, and were the night known."""
        return max(0, self.possible - (self.reserved if self.kept_by_feed else self.withheld))

    @property
    def used(self) -> int:
        """Rooms taken, promised or out of order; more than there are where it is overbooked."""
        return self.out_of_order + self.taken + self.open_reservations

    @property
    def missing(self) -> int:
        """Rooms promised or taken beyond those in service."""
        return max(0, self.used - self.total)


def nights(
    period: Period,
    *,
    room_type_ids: Sequence[int] | None = None,
    establishment_id: int | None = None,
) -> list[NightState]:
    """Return each night of the period of the room types, or of all types of the house."""
    if room_type_ids is None:
        room_type_ids = _types_of([establishment_id])
    asked = {"types": list(room_type_ids), "start": period.start, "end": period.end}
    return _states(db.session.execute(_nights_statement(), asked)) if room_type_ids else []


def _types_of(establishment_ids: Iterable[int | None]) -> Sequence[int]:
    houses = RoomType.establishment_id.in_(list(establishment_ids))
    return db.session.scalars(select(RoomType.id).where(houses)).all()


def nights_of(pairs: Sequence[tuple[int, date]]) -> list[NightState]:
    """Return the states of these pairs of room type and night, by room type and night."""
    if not pairs:
        return []
    on = [night for _, night in pairs]
    asked = {
        "types": sorted({type_id for type_id, _ in pairs}),
        "start": min(on),
        "end": max(on) + dates.ONE_DAY,
        "pair_types": [type_id for type_id, _ in pairs],
        "pair_nights": on,
    }
    return _states(db.session.execute(_pairs_statement(), asked))


# Building so large a statement takes longer than running it, so each is built once.
SPAN = Span(bindparam("start", type_=Date), bindparam("end", type_=Date))
TYPES: BindParameter[Sequence[int]] = bindparam("types", type_=ARRAY(Integer))


@cache
def _nights_statement() -> Rows:
    return _ordered(vacancy_rows(SPAN, TYPES))


@cache
def _pairs_statement() -> Rows:
    types = bindparam("pair_types", type_=ARRAY(Integer))
    on = bindparam("pair_nights", type_=ARRAY(Date))
    return _ordered(vacancy_of(types, on, SPAN, TYPES))


def _ordered(rows: Subquery) -> Rows:
    return select(rows).order_by(rows.c.room_type_id, rows.c.night)


def _states(rows: Iterable[Any]) -> list[NightState]:
    return [NightState(*row) for row in rows]


# --- In bulk, for the index ----------------------------------------------------------------


class SparseNight(NamedTuple):
    """What differs from the ordinary night of a type."""

    vacant: int | None
    price: int | None


@dataclass(slots=True)
class SparseNights:
    """A room type over a period: its ordinary night, and only those nights that differ from it."""

    room_type_id: int
    establishment_id: int
    confirmed_at: datetime | None
    ordinary: SparseNight
    exceptions: dict[date, SparseNight] = field(default_factory=dict)

    def at(self, night: date) -> SparseNight:
        return self.exceptions.get(night, self.ordinary)


def sparse_nights(establishment_ids: Iterable[int], period: Period) -> list[SparseNights]:
    """Return every room type of the houses with its nights, in three statements for any number."""
    scope = _types_of(establishment_ids)
    ordinary = ordinary_rows(period, scope)
    types = {
        type_id: SparseNights(type_id, house_id, confirmed_at, SparseNight(vacant, price))
        for type_id, house_id, confirmed_at, vacant, price in db.session.execute(
            select(ordinary).order_by(ordinary.c.establishment_id, ordinary.c.room_type_id)
        )
    }
    rows = exceptional_rows(period, scope)
    found = select(rows.c.room_type_id, rows.c.night, rows.c.vacant, rows.c.price)
    for room_type_id, night, vacant, price in db.session.execute(found):
        types[room_type_id].exceptions[night] = SparseNight(vacant, price)
    return list(types.values())


# --- Rooms out of order --------------------------------------------------------------------


class Outage(NamedTuple):
    """A room out of order on unbroken nights from today on; ``period`` is of what is to come."""

    room: Room
    period: Period


def outages(establishment_id: int) -> list[Outage]:
    """Return the rooms out of order tonight and later, by room and night."""
    rows = db.session.execute(
        select(Room, TakenNight.night)
        .join(TakenNight, TakenNight.room_id == Room.id)
        .where(
            TakenNight.establishment_id == establishment_id,
            TakenNight.reason == "out_of_order",
            TakenNight.night >= dates.today(),
        )
        .order_by(func.length(Room.number), Room.number, TakenNight.night)
    )
    found: list[Outage] = []
    for room, night in rows:
        last = found[-1] if found else None
        if last and last.room is room and last.period.end == night:
            found[-1] = Outage(room, Period(last.period.start, night + dates.ONE_DAY))
        else:
            found.append(Outage(room, Period.of(night, 1)))
    return found


def rooms(establishment_id: int) -> list[Room]:
    """Return the rooms the house has tonight or later, by number."""
    ahead = func.daterange(dates.today(), None)
    has = RoomAssignment.room_id == Room.id, RoomAssignment.valid.overlaps(ahead)
    statement = (
        select(Room)
        .where(Room.establishment_id == establishment_id, exists().where(*has))
        .order_by(func.length(Room.number), Room.number)
    )
    return list(db.session.scalars(statement))


# --- For the public ------------------------------------------------------------------------


def public_calendar(establishment_id: int, period: Period) -> dict[date, PublicWord | None]:
    """Return free, few (1-2 rooms), full or None (unknown) for each night of a house.

    A vacancy too old to be shown is unknown. While a type is unknown the house is never full.
    """
    now = dates.now()
    today = dates.hotel_day(now)
    known: dict[date, int] = defaultdict(int)
    unsure: set[date] = set()
    rooms: set[date] = set()
    for state in nights(period, establishment_id=establishment_id):
        if state.total:
            rooms.add(state.night)
        age = freshness(state.confirmed_at, (state.night - today).days, now)
        if state.closed or (state.vacant is not None and age != "hidden"):
            known[state.night] += state.vacant or 0
        elif state.total:
            unsure.add(state.night)
    return {
        night: _word(known.get(night), night in unsure) if night in rooms else None
        for night in period
    }


def _word(vacant: int | None, unsure: bool) -> PublicWord | None:
    if not vacant:
        return None if unsure or vacant is None else "full"
    return "few" if vacant <= FEW else "free"
