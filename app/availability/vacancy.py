"""The one definition of vacant, as SQL, over any grid of room types and nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    TableValuedAlias,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from app.availability.freshness import LATER, SOON, SOON_UNTIL, TONIGHT, TONIGHT_UNTIL
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.dates import ONE_DAY, Period, hotel_day
from app.registry.models import Closure, RoomAssignment, RoomType

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
Scope: TypeAlias = Rows
"""A SELECT of room type ids."""


def vacancy_rows(period: Period, room_types: Scope | None = None) -> Subquery:
    """Return a row for every room type (of the scope, or of all) and every night of the period.

    Columns: ``room_type_id, establishment_id, night, total, out_of_order, taken,
    open_reservations, withheld, reserved, possible, closed, known, vacant, price, own_price,
    kept_by_feed, confirmed_at``. ``vacant`` is NULL where it is unknown, and 0 where the house is
    closed.
    """
    scope = _scope(room_types)
    days = _series(0, len(period) - 1)
    grid = select(
        RoomType.id.label("room_type_id"), _night(period, days).label("night")
    ).select_from(RoomType.__table__.join(days, true()))
    if scope is not None:
        grid = grid.where(RoomType.id.in_(select(scope.c.id)))
    return _vacancy(grid.cte("grid"), period, scope)


def vacancy_of(room_type_ids: Sequence[int], nights: Sequence[date]) -> Subquery:
    """Return the rows of these pairs only: the first room type on the first night, and so on."""
    pairs = (
        func.unnest(
            literal(list(room_type_ids), ARRAY(Integer)), literal(list(nights), ARRAY(Date))
        )
        .table_valued("room_type_id", "night", name="pairs")
        .render_derived()
    )
    grid = select(pairs.c.room_type_id, pairs.c.night)
    scope = select(RoomType.id).where(RoomType.id.in_(sorted(set(room_type_ids))))
    period = Period(min(nights), max(nights) + ONE_DAY)
    return _vacancy(grid.cte("grid"), period, _scope(scope))


def exceptional_rows(period: Period, room_types: Scope | None = None) -> Subquery:
    """Return the same rows, only for nights that differ from the type's ordinary night.

    On an ordinary night every room that exists throughout the period is in service, none is taken
    or reserved, and nothing was said about the night; see :func:`ordinary_rows`.
    """
    scope = _scope(room_types)
    said = _within(select(RoomTypeNight.room_type_id, RoomTypeNight.night), RoomTypeNight, period)
    taken = _within(select(TakenNight.room_type_id, TakenNight.night), TakenNight, period)
    open_, partial = _open_reservations(period, scope), _partial(period, scope)
    grid = union(
        _scoped(said, RoomTypeNight.room_type_id, scope),
        _scoped(taken, TakenNight.room_type_id, scope),
        select(open_.c.room_type_id, open_.c.night),
        select(partial.c.room_type_id, partial.c.night),
        _closed_nights(period, scope),
    )
    return _vacancy(grid.cte("grid"), period, scope)


def ordinary_rows(period: Period, room_types: Scope) -> Subquery:
    """Return each room type with its ordinary night: ``vacant`` (NULL: unknown) and ``price``."""
    whole = _whole_counts(period, _scope(room_types))
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
        .where(RoomType.id.in_(room_types))
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


def _vacancy(grid: CTE, period: Period, scope: CTE | None) -> Subquery:
    """Return the facts of each pair of the grid and what follows from them."""
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


def _possible(grid: CTE, period: Period, scope: CTE | None) -> Rows:
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


def _facts(grid: CTE, period: Period, scope: CTE | None) -> Rows:
    """Return what is stored about each pair of the grid, in one row."""
    whole = _whole_counts(period, scope)
    partial = _partial_counts(period, scope)
    taken = _taken_counts(period, scope)
    reserved = _reserved_counts(period, scope)
    said = _scoped(
        _within(select(RoomTypeNight), RoomTypeNight, period), RoomTypeNight.room_type_id, scope
    ).subquery("said")
    closed = exists().where(
        Closure.establishment_id == RoomType.establishment_id, Closure.valid.contains(grid.c.night)
    )
    joined: FromClause = grid.join(RoomType, RoomType.id == grid.c.room_type_id)
    joined = joined.outerjoin(whole, whole.c.room_type_id == grid.c.room_type_id)
    for by_night in (partial, taken, reserved, said):
        joined = joined.outerjoin(
            by_night,
            and_(by_night.c.room_type_id == grid.c.room_type_id, by_night.c.night == grid.c.night),
        )
    return select(
        grid.c.room_type_id,
        RoomType.establishment_id,
        grid.c.night,
        RoomType.kept_by,
        RoomType.confirmed_at,
        (_or_0(whole.c.rooms) + _or_0(partial.c.rooms)).label("total"),
        _or_0(taken.c.out_of_order).label("out_of_order"),
        _or_0(taken.c.taken).label("taken"),
        _or_0(reserved.c.rooms).label("open_reservations"),
        _or_0(said.c.withheld).label("withheld"),
        or_(RoomType.all_known, func.coalesce(said.c.known, False)).label("said_known"),
        said.c.feed_count,
        said.c.price.label("own_price"),
        func.coalesce(said.c.price, RoomType.list_price).label("price"),
        closed.label("closed"),
    ).select_from(joined)


def _or_0(column: ColumnElement[Any]) -> ColumnElement[int]:
    # Counts come as bigint; an int keeps what Python reads and the engine gets small.
    return func.coalesce(column, 0).cast(Integer)


# --- What is counted -----------------------------------------------------------------------


def _whole_counts(period: Period, scope: CTE | None) -> Subquery:
    """Return ``room_type_id, rooms``: the rooms that are of the type all through the period."""
    counted = (
        select(RoomAssignment.room_type_id, func.count().label("rooms"))
        .where(RoomAssignment.valid.contains(func.daterange(period.start, period.end)))
        .group_by(RoomAssignment.room_type_id)
    )
    return _scoped(counted, RoomAssignment.room_type_id, scope).subquery("whole")


def _partial(period: Period, scope: CTE | None) -> Subquery:
    """Return ``room_type_id, night`` of rooms that are of the type on some nights only."""
    whole = func.daterange(period.start, period.end)
    days = _days_in(RoomAssignment.valid, period)
    rows = (
        select(RoomAssignment.room_type_id, _night(period, days).label("night"))
        .select_from(RoomAssignment.__table__.join(days, true()))
        .where(RoomAssignment.valid.overlaps(whole), ~RoomAssignment.valid.contains(whole))
    )
    return _scoped(rows, RoomAssignment.room_type_id, scope).subquery("partly")


def _partial_counts(period: Period, scope: CTE | None) -> Subquery:
    rows = _partial(period, scope)
    return (
        select(rows.c.room_type_id, rows.c.night, func.count().label("rooms"))
        .group_by(rows.c.room_type_id, rows.c.night)
        .subquery("partial")
    )


def _taken_counts(period: Period, scope: CTE | None) -> Subquery:
    counted = select(
        TakenNight.room_type_id,
        TakenNight.night,
        func.count().filter(TakenNight.reason == "stay").label("taken"),
        func.count().filter(TakenNight.reason == "out_of_order").label("out_of_order"),
    ).group_by(TakenNight.room_type_id, TakenNight.night)
    within = _within(counted, TakenNight, period)
    return _scoped(within, TakenNight.room_type_id, scope).subquery("taken")


def _open_reservations(period: Period, scope: CTE | None) -> Subquery:
    """Return ``room_type_id, night, rooms`` of every open reservation on each of its nights."""
    first = func.greatest(Reservation.arrival, period.start)
    days = _days(period, first, func.least(Reservation.departure, period.end))
    rows = (
        select(
            Reservation.room_type_id,
            _night(period, days).label("night"),
            (Reservation.rooms - Reservation.rooms_arrived).label("rooms"),
        )
        .select_from(Reservation.__table__.join(days, true()))
        .where(
            Reservation.status == "open",
            Reservation.rooms_arrived < Reservation.rooms,
            Reservation.arrival < period.end,
            Reservation.departure > period.start,
        )
    )
    return _scoped(rows, Reservation.room_type_id, scope).subquery("promised")


def _reserved_counts(period: Period, scope: CTE | None) -> Subquery:
    rows = _open_reservations(period, scope)
    return (
        select(rows.c.room_type_id, rows.c.night, func.sum(rows.c.rooms).label("rooms"))
        .group_by(rows.c.room_type_id, rows.c.night)
        .subquery("reserved")
    )


def _closed_nights(period: Period, scope: CTE | None) -> Rows:
    days = _days_in(Closure.valid, period)
    closed = RoomType.__table__.join(
        Closure, Closure.establishment_id == RoomType.establishment_id
    ).join(days, true())
    rows = (
        select(RoomType.id, _night(period, days))
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


def _scope(room_types: Scope | None) -> CTE | None:
    """Name the scope once, so that every count reads the same short list of ids."""
    if room_types is None:
        return None
    ids = room_types.subquery()
    return select(next(iter(ids.c)).label("id")).cte("scope")


def _scoped(statement: Rows, ids: Any, scope: CTE | None) -> Rows:
    return statement if scope is None else statement.where(ids.in_(select(scope.c.id)))


def _within(statement: Rows, model: Any, period: Period) -> Rows:
    return statement.where(model.night >= period.start, model.night < period.end)
