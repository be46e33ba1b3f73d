"""Taking and giving back nights of rooms: the one place where a room is sold."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Update,
    and_,
    any_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    not_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.dml import ReturningInsert

from app import dates
from app.availability.models import ChangedNight, ReportedDay, RoomTypeNight, TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import TEST, Establishment, Room, RoomAssignment, RoomType
from app.registry.versions import raised


@dataclass(frozen=True)
class Unless:
    """When none is free: a clause that is made once, and what fills its places this time."""

    clause: ColumnElement[bool]
    values: Mapping[str, Any]


class RoomTaken(Exception):
    """The room is taken, out of order or does not exist on some of the nights asked for."""

    def __init__(self, nights: Sequence[date]) -> None:
        super().__init__("room taken")
        self.nights = list(nights)


def take(
    room: Room,
    nights: Iterable[date],
    *,
    stay_id: uuid.UUID | None,
    consume_withheld: bool = False,
    is_locked: bool = False,
    unless: Unless | None = None,
) -> None:
    """Take the room for the nights, for a stay or (``stay_id=None``) out of order, all or none.

    Raises :class:`RoomTaken` with the nights that are not free. Two at the same time meet in the
    primary key: the second waits for the first and is refused. ``consume_withheld`` uses one
    withheld room of the type on each night that has one. ``is_locked`` says that the caller holds
    the room's row already; none is free where ``unless`` holds.
    """
    wanted = sorted(nights)
    if not wanted:
        return
    if not is_locked:
        # Whoever retires the room or gives it another type holds its row until the commit.
        db.session.execute(
            select(Room.id).where(Room.id == room.id).with_for_update(read=True, key_share=True)
        )
    asked = {
        "room": room.id,
        "house": room.establishment_id,
        "nights": wanted,
        "reason": "out_of_order" if stay_id is None else "stay",
        "stay": stay_id,
        **(unless.values if unless else {}),
    }
    taking = _taking(unless.clause if unless else None)
    taken = set(db.session.scalars(taking, asked))
    if len(taken) < len(wanted):
        _take_back(room, taken)
        raise RoomTaken([night for night in wanted if night not in taken])
    if consume_withheld and stay_id is not None:
        _consume_withheld(stay_id, wanted)


@cache
def _taking(unless: ColumnElement[bool] | None) -> ReturningInsert[Any]:
    """Return the statement that takes those nights on which the room exists and is free.

    Made once for each clause, since every check-in waits for it.
    """
    table = TakenNight.metadata.tables[TakenNight.__tablename__]
    night = func.unnest(bindparam("nights", type_=ARRAY(Date))).column_valued("night")
    room = bindparam("room", type_=Integer)
    values = {
        table.c.room_id: room,
        table.c.night: night,
        table.c.establishment_id: bindparam("house", type_=Integer),
        table.c.room_type_id: RoomAssignment.room_type_id,
        table.c.reason: bindparam("reason", type_=table.c.reason.type),
        table.c.stay_id: bindparam("stay", type_=table.c.stay_id.type),
    }
    # In the order of the nights, so that two who want the same ones never wait for each other.
    rows = (
        select(*values.values())
        .where(RoomAssignment.room_id == room, RoomAssignment.valid.contains(night))
        .order_by(night)
    )
    if unless is not None:
        rows = rows.where(not_(unless))
    return (
        insert(table)
        .from_select([column.key for column in values], rows)
        .on_conflict_do_nothing()
        .returning(table.c.night)
    )


def _take_back(room: Room, nights: Collection[date]) -> None:
    """Free what was taken a moment ago; nobody has seen it."""
    db.session.execute(
        delete(TakenNight)
        .where(TakenNight.room_id == room.id, TakenNight.night.in_(nights))
        .execution_options(synchronize_session=False)
    )


def _consume_withheld(stay_id: uuid.UUID, nights: Sequence[date]) -> None:
    """Use one withheld room a night where there is one, and remember it on the taken night."""
    # Locked in one order, so that two check-ins for the same nights never wait for each other.
    withheld = (
        select(RoomTypeNight.room_type_id, RoomTypeNight.night)
        .join(
            TakenNight,
            and_(
                TakenNight.room_type_id == RoomTypeNight.room_type_id,
                TakenNight.night == RoomTypeNight.night,
            ),
        )
        .where(
            TakenNight.stay_id == stay_id, TakenNight.night.in_(nights), RoomTypeNight.withheld > 0
        )
        .order_by(RoomTypeNight.night)
        .with_for_update(of=RoomTypeNight)
        .cte("withheld")
    )
    used = db.session.scalars(
        update(RoomTypeNight)
        .where(
            RoomTypeNight.room_type_id == withheld.c.room_type_id,
            RoomTypeNight.night == withheld.c.night,
            RoomTypeNight.withheld > 0,
        )
        .values(withheld=RoomTypeNight.withheld - 1)
        .returning(RoomTypeNight.night)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(TakenNight)
        .where(TakenNight.stay_id == stay_id, TakenNight.night.in_(list(used)))
        .values(withheld_from_id=TakenNight.room_type_id)
        .execution_options(synchronize_session=False)
    )


def release(
    stay_id: uuid.UUID, *, since: date | None = None, give_back: bool = False
) -> list[date]:
    """Free the stay's nights (from ``since`` on) and return them.

    ``give_back`` returns withheld rooms the stay consumed, as when it is cancelled.
    """
    mine = [TakenNight.stay_id == stay_id]
    if since is not None:
        mine.append(TakenNight.night >= since)
    freed = db.session.execute(
        delete(TakenNight)
        .where(*mine)
        .returning(TakenNight.night, TakenNight.withheld_from_id)
        .execution_options(synchronize_session=False)
    ).all()
    if give_back:
        for night, room_type_id in freed:
            if room_type_id is not None:
                _give_back(room_type_id, night)
    return sorted(night for night, _ in freed)


def _give_back(room_type_id: int, night: date) -> None:
    db.session.execute(
        update(RoomTypeNight)
        .where(RoomTypeNight.room_type_id == room_type_id, RoomTypeNight.night == night)
        .values(withheld=RoomTypeNight.withheld + 1)
        .execution_options(synchronize_session=False)
    )


def free_rooms(room_type_id: int, period: Period, *, limit: int = 500) -> list[Room]:
    """Return rooms of the type that are free on every night of the period, by number."""
    taken = exists().where(
        TakenNight.room_id == Room.id,
        TakenNight.night >= period.start,
        TakenNight.night < period.end,
    )
    whole = func.daterange(period.start, period.end)
    statement = (
        select(Room)
        .join(RoomAssignment)
        .where(
            RoomAssignment.room_type_id == room_type_id,
            RoomAssignment.valid.contains(whole),
            ~taken,
        )
        .order_by(func.length(Room.number), Room.number)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def nights_changed(establishment_id: int, nights: Iterable[date]) -> None:
    """Ask for the facts of these nights to be computed again (a row a night, with a version).

    Not of a test twin: it has no facts, and its nights must not say how far back they reach.
    """
    night = func.unnest(literal(sorted(set(nights)), ARRAY(Date))).column_valued("night")
    is_real = exists().where(Establishment.id == establishment_id, Establishment.status != TEST)
    db.session.execute(_changing(select(literal(establishment_id), night).where(is_real)))


def _changing(nights: Select[Any]) -> Insert:
    # The bare table: what is passed to the statement fills its places and is no row of its own.
    return (
        insert(ChangedNight.metadata.tables["changed_night"])
        .from_select(["establishment_id", "night"], nights)
        .on_conflict_do_update(
            index_elements=["establishment_id", "night"],
            set_={"version": ChangedNight.version + 1},
        )
    )


def renew(room_type: RoomType, *, reported: bool = True) -> None:
    """Renew the age of what the house knows about a room type; any act of the house does this."""
    db.session.execute(_renewing(), {"types": [room_type.id], "now": dates.now()})
    db.session.expire(room_type, ["confirmed_at"])
    if reported:
        report_day(room_type.establishment_id)


@cache
def _renewing() -> Update:
    now = bindparam("now", type_=RoomType.confirmed_at.type)
    # Whoever has locked a type right now is acting on it too and renews its age itself. Waiting
    # for them could close a circle: a check-in holds one type and an edit of all waits for it.
    free = (
        select(RoomType.id)
        .where(RoomType.id == any_(bindparam("types", type_=ARRAY(Integer))))
        .with_for_update(key_share=True, skip_locked=True)
        .cte("free_types")
    )
    return (
        update(RoomType.metadata.tables["room_type"])
        .where(RoomType.id == free.c.id)
        .values(confirmed_at=case((RoomType.confirmed_at > now, RoomType.confirmed_at), else_=now))
    )


def acted(
    establishment_id: int, room_type_ids: Collection[int], nights: Iterable[date] = ()
) -> None:
    """Note what every act of a house on room types brings: their age, the index, the day's report.

    ``nights`` are those whose facts the act changed. Call it last: the house's row stays locked
    until the commit. The house comes before its nights in every transaction, so none wait in a
    circle.
    """
    db.session.execute(
        _acting(),
        {
            "house": establishment_id,
            "types": list(room_type_ids),
            "nights": sorted(set(nights)),
            "today": dates.today(),
            "now": dates.now(),
        },
    )
    for room_type_id in room_type_ids:
        known = db.session.identity_map.get(identity_key(RoomType, room_type_id))
        if known is not None:
            db.session.expire(known, ["confirmed_at"])


@cache
def _acting() -> Insert:
    """One statement, since every check-in waits for it: each part reads the one before, which
    fixes their order. Made once: to make it takes as long as to run it.
    """
    raising = raised(bindparam("house"))
    house = raising.returning(Establishment.id, Establishment.status).cte("house")
    now = bindparam("now", type_=ReportedDay.at.type)
    day = (
        insert(ReportedDay)
        .from_select(
            ["establishment_id", "day", "at"],
            select(house.c.id, bindparam("today", type_=Date), now),
        )
        .on_conflict_do_nothing()
        .returning(ReportedDay.day)
        .cte("first_report")
    )
    night = func.unnest(bindparam("nights", type_=ARRAY(Date))).column_valued("night")
    changed = union(select(night), select(day.c.day)).subquery()
    return _changing(
        select(house.c.id, changed.c[0])
        .join_from(house, changed, true())
        .where(house.c.status != TEST)
        .order_by(changed.c[0])
        .add_cte(_renewing().cte("renewed"))
    )


def report_day(establishment_id: int) -> None:
    """Note that the house reported on this hotel day; only the first time changes the facts."""
    today = dates.today()
    first = db.session.scalar(
        insert(ReportedDay)
        .values(establishment_id=establishment_id, day=today, at=dates.now())
        .on_conflict_do_nothing()
        .returning(ReportedDay.day)
    )
    if first is not None:
        nights_changed(establishment_id, [today])
