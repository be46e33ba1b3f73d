"""The one definition of vacant, as SQL, over any grid of room types and nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    Boolean,
    Date,
    Integer,
    Select,
    Subquery,
    TableValuedAlias,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from app.availability.freshness import LATER, SOON, SOON_UNTIL, TONIGHT, TONIGHT_UNTIL
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.dates import ONE_DAY, Period, hotel_day
from app.registry.models import Closure, RoomAssignment, RoomType

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
Scope: TypeAlias = Sequence[int]
"""The ids of the room types that are asked for."""


def vacancy_rows(period: Period, room_types: Scope | None = None) -> Subquery:
    """Return a row for every room type (of the scope, or of all) and every night of the period.

    Columns: ``room_type_id, establishment_id, night, total, out_of_order, taken,
    open_reservations, withheld, reserved, possible, closed, known, vacant, price, own_price,
    kept_by_feed, confirmed_at``. ``vacant`` is NULL where it is unknown, and 0 where the house is
    closed.
    """
    days = _series(0, len(period) - 1)
    every = select(RoomType.id, _night(period, days).label("night")).select_from(
        RoomType.__table__.join(days, true())
    )
    return _vacancy(_scoped(every, RoomType.id, room_types), period, room_types)


def vacancy_of(room_type_ids: Sequence[int], nights: Sequence[date]) -> Subquery:
    """Return the rows of these pairs only: the first room type on the first night, and so on."""
    pairs = func.unnest(
        literal(list(room_type_ids), ARRAY(Integer)), literal(list(nights), ARRAY(Date))
    ).table_valued("room_type_id", "night", name="pairs")
    period = Period(min(nights), max(nights) + ONE_DAY)
    return _vacancy(select(pairs.render_derived()), period, sorted(set(room_type_ids)))


def exceptional_rows(period: Period, room_types: Scope | None = None) -> Subquery:
    """Return the same rows, only for nights that differ from the type's ordinary night.

    On an ordinary night every room that exists throughout the period is in service, none is taken
    or reserved, and nothing was said about the night; see :func:`ordinary_rows`.
    """
    return _vacancy(None, period, room_types)


def ordinary_rows(period: Period, room_types: Scope) -> Subquery:
    """Return each room type with its ordinary night: ``vacant`` (NULL: unknown) and ``price``."""
    whole = _whole_counts(period, room_types)
    # Of a feed's night only what the feed said is known.
    known = and_(RoomType.all_known, RoomType.kept_by == "stays")
    return (
        select(
            RoomType.id.label("room_type_id"),
            RoomType.establishment_id,
            RoomType.confirmed_at,
            case((known, _or_0(whole.c.rooms)), else_=null()).label("vacant"),
            RoomType.list_price.label("price"),
        )
        .outerjoin(whole, whole.c.room_type_id == RoomType.id)
        .where(RoomType.id == func.any(_array(room_types)))
        .subquery("ordinary")
    )


def shown_since(night: ColumnElement[date], now: datetime) -> ColumnElement[datetime]:
    """Return, as SQL, since when a vacancy of the night must be confirmed not to be hidden."""
    today = hotel_day(now)
    return case(
        (night <= today + TONIGHT_UNTIL * ONE_DAY, now - TONIGHT.stale),
        (night <= today + SOON_UNTIL * ONE_DAY, now - SOON.stale),
        else_=now - LATER.stale,
    )


# --- The formula ---------------------------------------------------------------------------


def _vacancy(grid: Rows | None, period: Period, scope: Scope | None) -> Subquery:
    """Return what is known about each pair of the grid, or without one about each that differs."""
    f = _possible(grid, period, scope).subquery("counted").c
    stays = f.kept_by == "stays"
    while_open = case(
        (stays, func.greatest(0, f.possible - f.withheld)),
        else_=func.least(f.feed_count, f.possible),
    )
    # What a feed leaves out is reserved, as long as it has said something.
    reserved = case(
        (or_(stays, ~f.known), f.open_reservations + f.withheld), else_=f.possible - while_open
    )
    return select(
        f.room_type_id,
        f.establishment_id,
        f.night,
        f.total,
        f.out_of_order,
        f.taken,
        f.open_reservations,
        f.withheld,
        reserved.label("reserved"),
        f.possible,
        f.closed,
        f.known,
        case((f.closed, 0), (f.known, while_open), else_=null()).label("vacant"),
        f.price,
        f.own_price,
        (~stays).label("kept_by_feed"),
        f.confirmed_at,
    ).subquery("vacancy")


def _possible(grid: Rows | None, period: Period, scope: Scope | None) -> Rows:
    """Add what could be vacant at most, and whether the house said anything about the night."""
    fact = _facts(grid, period, scope).subquery("fact")
    stays = fact.c.kept_by == "stays"
    left = fact.c.total - fact.c.out_of_order - fact.c.taken
    possible = case((stays, left - fact.c.open_reservations), else_=left)
    return select(
        fact,
        func.greatest(0, possible).label("possible"),
        case((stays, fact.c.said_known), else_=fact.c.feed_count.is_not(None)).label("known"),
    )


def _facts(grid: Rows | None, period: Period, scope: Scope | None) -> Rows:
    """Add the room type's own columns, its rooms of every night, and closures of its house."""
    whole = _whole_counts(period, scope)
    n = _counts(grid, period, scope).subquery("n")
    closed = exists().where(
        Closure.establishment_id == RoomType.establishment_id, Closure.valid.contains(n.c.night)
    )
    joined = n.join(RoomType, RoomType.id == n.c.room_type_id).outerjoin(
        whole, whole.c.room_type_id == n.c.room_type_id
    )
    return select(
        n.c.room_type_id,
        RoomType.establishment_id,
        n.c.night,
        RoomType.kept_by,
        RoomType.confirmed_at,
        (_or_0(whole.c.rooms) + n.c.rooms).label("total"),
        n.c.out_of_order,
        n.c.taken,
        n.c.open_reservations,
        n.c.withheld,
        or_(RoomType.all_known, n.c.said_known).label("said_known"),
        n.c.feed_count,
        n.c.price.label("own_price"),
        func.coalesce(n.c.price, RoomType.list_price).label("price"),
        closed.label("closed"),
    ).select_from(joined)


# --- What is counted -----------------------------------------------------------------------

# Every source adds rows of this shape to one pile, which is grouped once by type and night.
PILE = {
    "asked": Boolean,
    "rooms": Integer,
    "taken": Integer,
    "out_of_order": Integer,
    "promised": Integer,
    "known": Boolean,
    "withheld": Integer,
    "feed_count": Integer,
    "price": Integer,
}


def _counts(grid: Rows | None, period: Period, scope: Scope | None) -> Rows:
    """Return one row a type and night with everything that is stored about it."""
    sources = [
        _taken(period, scope),
        _promised(period, scope),
        _said(period, scope),
        _partial(period, scope),
        _closed(period, scope) if grid is None else _pile(*grid.subquery().c, asked=true()),
    ]
    pile = union_all(*sources).subquery("pile").c
    counts = select(
        pile.room_type_id,
        pile.night,
        _or_0(func.sum(pile.rooms)).label("rooms"),
        _or_0(func.sum(pile.taken)).label("taken"),
        _or_0(func.sum(pile.out_of_order)).label("out_of_order"),
        _or_0(func.sum(pile.promised)).label("open_reservations"),
        func.coalesce(func.bool_or(pile.known), false()).label("said_known"),
        _or_0(func.max(pile.withheld)).label("withheld"),
        func.max(pile.feed_count).label("feed_count"),
        func.max(pile.price).label("price"),
    ).group_by(pile.room_type_id, pile.night)
    return counts if grid is None else counts.having(func.bool_or(pile.asked))


def _pile(room_type_id: Any, night: Any, **values: Any) -> Rows:
    columns: list[Any] = [
        cast(values.get(name, null()), type_).label(name) for name, type_ in PILE.items()
    ]
    return select(room_type_id.label("room_type_id"), night.label("night"), *columns)


def _or_0(column: ColumnElement[Any]) -> ColumnElement[int]:
    # Sums come as bigint; an int keeps what Python reads and the engine gets small.
    return func.coalesce(column, 0).cast(Integer)


def _whole_counts(period: Period, scope: Scope | None) -> Subquery:
    """Return ``room_type_id, rooms``: the rooms that are of the type all through the period."""
    counted = (
        select(RoomAssignment.room_type_id, func.count().label("rooms"))
        .where(RoomAssignment.valid.contains(func.daterange(period.start, period.end)))
        .group_by(RoomAssignment.room_type_id)
    )
    return _scoped(counted, RoomAssignment.room_type_id, scope).subquery("whole")


def _partial(period: Period, scope: Scope | None) -> Rows:
    """Rooms that are of the type on some nights of the period only."""
    whole = func.daterange(period.start, period.end)
    days = _days_in(RoomAssignment.valid, period)
    rows = (
        _pile(RoomAssignment.room_type_id, _night(period, days), rooms=1)
        .select_from(RoomAssignment.__table__.join(days, true()))
        .where(RoomAssignment.valid.overlaps(whole), ~RoomAssignment.valid.contains(whole))
    )
    return _scoped(rows, RoomAssignment.room_type_id, scope)


def _taken(period: Period, scope: Scope | None) -> Rows:
    """Nights of rooms that a stay holds or that are out of order."""
    rows = _pile(
        TakenNight.room_type_id,
        TakenNight.night,
        taken=case((TakenNight.reason == "stay", 1)),
        out_of_order=case((TakenNight.reason == "out_of_order", 1)),
    )
    return _scoped(_within(rows, TakenNight, period), TakenNight.room_type_id, scope)


def _promised(period: Period, scope: Scope | None) -> Rows:
    """Open reservations, with the rooms still to come, on each of their nights."""
    first = func.greatest(Reservation.arrival, period.start)
    days = _days(period, first, func.least(Reservation.departure, period.end))
    to_come = Reservation.rooms - Reservation.rooms_arrived
    rows = (
        _pile(Reservation.room_type_id, _night(period, days), promised=to_come)
        .select_from(Reservation.__table__.join(days, true()))
        .where(
            Reservation.status == "open",
            Reservation.rooms_arrived < Reservation.rooms,
            Reservation.arrival < period.end,
            Reservation.departure > period.start,
        )
    )
    return _scoped(rows, Reservation.room_type_id, scope)


def _said(period: Period, scope: Scope | None) -> Rows:
    """What the house said about single nights."""
    names = ("known", "withheld", "feed_count", "price")
    said = {name: getattr(RoomTypeNight, name) for name in names}
    rows = _pile(RoomTypeNight.room_type_id, RoomTypeNight.night, **said)
    return _scoped(_within(rows, RoomTypeNight, period), RoomTypeNight.room_type_id, scope)


def _closed(period: Period, scope: Scope | None) -> Rows:
    """Nights on which the house is closed; they count nothing, but they differ."""
    days = _days_in(Closure.valid, period)
    closed = RoomType.__table__.join(
        Closure, Closure.establishment_id == RoomType.establishment_id
    ).join(days, true())
    rows = (
        _pile(RoomType.id, _night(period, days))
        .select_from(closed)
        .where(Closure.valid.overlaps(func.daterange(period.start, period.end)))
    )
    return _scoped(rows, RoomType.id, scope)


# --- Nights as numbers of days -------------------------------------------------------------


def _days(period: Period, first: Any, end: Any) -> TableValuedAlias:
    """Return the days from ``first`` to before ``end``, counted from the period's start."""
    start = literal(period.start, Date)
    return _series(first - start, end - start - 1)


def _series(first: Any, last: Any) -> TableValuedAlias:
    days = func.generate_series(first, last).table_valued(column("day", Integer), name="days")
    return days.render_derived()


def _days_in(valid: Any, period: Period) -> TableValuedAlias:
    """Return the days on which a dated row (with open ends, perhaps) holds in the period."""
    # GREATEST and LEAST pass over NULL, which is what an open end reads as.
    first = func.greatest(func.lower(valid), period.start)
    return _days(period, first, func.least(func.upper(valid), period.end))


def _night(period: Period, days: TableValuedAlias) -> Any:
    return (literal(period.start, Date) + days.c.day).cast(Date)


def _scoped(statement: Rows, ids: Any, scope: Scope | None) -> Rows:
    return statement if scope is None else statement.where(ids == func.any(_array(scope)))


def _array(scope: Scope) -> Any:
    return literal(list(scope), ARRAY(Integer))


def _within(statement: Rows, model: Any, period: Period) -> Rows:
    return statement.where(model.night >= period.start, model.night < period.end)
