"""The one definition of vacant, as SQL, over any grid of room types and nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

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

from app.availability.feeds.models import FeedNight
from app.availability.freshness import LATER, SOON, SOON_UNTIL, TONIGHT, TONIGHT_UNTIL
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.dates import ONE_DAY, Period, hotel_day
from app.registry.models import Closure, RoomAssignment, RoomType

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
Scope: TypeAlias = "Sequence[int] | ColumnElement[Sequence[int]]"
"""The ids of the room types that are asked for."""


class Span(NamedTuple):
    """A period as SQL: of dates, or of parameters, so that a statement is built only once."""

    start: ColumnElement[date]
    end: ColumnElement[date]


def span_of(period: Period) -> Span:
    return Span(literal(period.start, Date), literal(period.end, Date))


def vacancy_rows(period: Period | Span, room_types: Scope | None = None) -> Subquery:
    """Return a row for every room type (of the scope, or of all) and every night of the period.

    Columns: ``room_type_id, establishment_id, night, total, out_of_order, taken,
    open_reservations, withheld, reserved, possible, closed, known, vacant, price, own_price,
    kept_by_feed, confirmed_at, blocked``. ``vacant`` is NULL where it is unknown, and 0 where the
    house is closed.
    """
    span = period if isinstance(period, Span) else span_of(period)
    days = _series(0, span.end - span.start - 1)
    every = select(RoomType.id, _night(span, days).label("night")).select_from(
        RoomType.__table__.join(days, true())
    )
    return _vacancy(_scoped(every, RoomType.id, room_types), span, room_types)


def vacancy_of(types: Any, nights: Any, span: Span, room_types: Scope) -> Subquery:
    """Return the rows of these pairs only: the first room type on the first night, and so on.

    The pairs are two arrays of the same length, within the span and the room types.
    """
    pairs = func.unnest(types, nights).table_valued("room_type_id", "night", name="pairs")
    return _vacancy(select(pairs.render_derived()), span, room_types)


def exceptional_rows(period: Period, room_types: Scope | None = None) -> Subquery:
    """Return the same rows, only for nights that differ from the type's ordinary night.

    On an ordinary night every room that exists throughout the period is in service, none is taken
    or reserved, and nothing was said about the night; see :func:`ordinary_rows`.
    """
    return _vacancy(None, span_of(period), room_types)


def ordinary_rows(period: Period, room_types: Scope) -> Subquery:
    """Return each room type with its ordinary night: ``vacant`` (NULL: unknown) and ``price``."""
    whole = _whole_counts(span_of(period), room_types)
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


def _vacancy(grid: Rows | None, span: Span, scope: Scope | None) -> Subquery:
    """Return what is known about each pair of the grid, or without one about each that differs."""
    f = _possible(grid, span, scope).subquery("counted").c
    stays = f.kept_by == "stays"
    while_open = case(
        (stays, func.greatest(0, f.possible - f.withheld)),
        else_=func.least(f.feed_count, f.possible),
    )
    # What a feed leaves out is reserved, as long as it has said something.
    reserved = case(
        (or_(stays, ~f.known), f.open_reservations + f.withheld + f.blocked),
        else_=f.possible - while_open,
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
        f.blocked,
    ).subquery("vacancy")


def _possible(grid: Rows | None, span: Span, scope: Scope | None) -> Rows:
    """Add what could be vacant at most, and whether the house said anything about the night."""
    fact = _facts(grid, span, scope).subquery("fact")
    stays = fact.c.kept_by == "stays"
    left = fact.c.total - fact.c.out_of_order - fact.c.taken
    # A program that sends its own count has the booking sites' rooms in it.
    possible = case((stays, left - fact.c.open_reservations - fact.c.blocked), else_=left)
    return select(
        fact,
        func.greatest(0, possible).label("possible"),
        case((stays, fact.c.said_known), else_=fact.c.feed_count.is_not(None)).label("known"),
    )


def _facts(grid: Rows | None, span: Span, scope: Scope | None) -> Rows:
    """Add the room type's own columns, its rooms of every night, and closures of its house."""
    whole = _whole_counts(span, scope)
    n = _counts(grid, span, scope).subquery("n")
    closed = exists().where(
        Closure.establishment_id == RoomType.establishment_id, Closure.valid.contains(n.c.night)
    )
    joined = n.join(RoomType, RoomType.id == n.c.room_type_id).outerjoin(
        whole, whole.c.room_type_id == n.c.room_type_id
    )
    facts = select(
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
        case((RoomType.kept_by == "stays", n.c.blocked), else_=0).label("blocked"),
        or_(RoomType.all_known, n.c.said_known).label("said_known"),
        n.c.feed_count,
        n.c.price.label("own_price"),
        func.coalesce(n.c.price, RoomType.list_price).label("price"),
        closed.label("closed"),
    ).select_from(joined)
    # Said again, or the planner reads every room type there is to join a handful.
    return _scoped(facts, RoomType.id, scope)


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
    "blocked": Integer,
}


def _counts(grid: Rows | None, span: Span, scope: Scope | None) -> Rows:
    """Return one row a type and night with everything that is stored about it."""
    sources = [
        _taken(span, scope),
        _promised(span, scope),
        _said(span, scope),
        _partial(span, scope),
        _blocked(span, scope),
        _blocked_rooms(span, scope),
        _closed(span, scope) if grid is None else _pile(*grid.subquery().c, asked=true()),
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
        _or_0(func.sum(pile.blocked)).label("blocked"),
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


def _whole_counts(span: Span, scope: Scope | None) -> Subquery:
    """Return ``room_type_id, rooms``: the rooms that are of the type all through the period."""
    counted = (
        select(RoomAssignment.room_type_id, func.count().label("rooms"))
        .where(RoomAssignment.valid.contains(func.daterange(span.start, span.end)))
        .group_by(RoomAssignment.room_type_id)
    )
    return _scoped(counted, RoomAssignment.room_type_id, scope).subquery("whole")


def _partial(span: Span, scope: Scope | None) -> Rows:
    """Rooms that are of the type on some nights of the period only."""
    whole = func.daterange(span.start, span.end)
    days = _days_in(RoomAssignment.valid, span)
    rows = (
        _pile(RoomAssignment.room_type_id, _night(span, days), rooms=1)
        .select_from(RoomAssignment.__table__.join(days, true()))
        .where(RoomAssignment.valid.overlaps(whole), ~RoomAssignment.valid.contains(whole))
    )
    return _scoped(rows, RoomAssignment.room_type_id, scope)


def _taken(span: Span, scope: Scope | None) -> Rows:
    """Nights of rooms that a stay holds or that are out of order."""
    rows = _pile(
        TakenNight.room_type_id,
        TakenNight.night,
        taken=case((TakenNight.reason == "stay", 1)),
        out_of_order=case((TakenNight.reason == "out_of_order", 1)),
    )
    return _scoped(_within(rows, TakenNight, span), TakenNight.room_type_id, scope)


def _promised(span: Span, scope: Scope | None) -> Rows:
    """Open reservations, with the rooms still to come, on each of their nights."""
    first = func.greatest(Reservation.arrival, span.start)
    days = _days(span, first, func.least(Reservation.departure, span.end))
    to_come = Reservation.rooms - Reservation.rooms_arrived
    rows = (
        _pile(Reservation.room_type_id, _night(span, days), promised=to_come)
        .select_from(Reservation.__table__.join(days, true()))
        .where(
            Reservation.status == "open",
            Reservation.rooms_arrived < Reservation.rooms,
            Reservation.arrival < span.end,
            Reservation.departure > span.start,
        )
    )
    return _scoped(rows, Reservation.room_type_id, scope)


def _said(span: Span, scope: Scope | None) -> Rows:
    """What the house said about single nights."""
    names = ("known", "withheld", "feed_count", "price")
    said = {name: getattr(RoomTypeNight, name) for name in names}
    rows = _pile(RoomTypeNight.room_type_id, RoomTypeNight.night, **said)
    return _scoped(_within(rows, RoomTypeNight, span), RoomTypeNight.room_type_id, scope)


def _blocked(span: Span, scope: Scope | None) -> Rows:
    """Rooms that calendars of booking sites say are not free, each calendar for its own rooms."""
    rows = _pile(FeedNight.room_type_id, FeedNight.night, blocked=FeedNight.rooms).where(
        FeedNight.room_id.is_(None), FeedNight.decision.is_distinct_from("same")
    )
    return _scoped(_within(rows, FeedNight, span), FeedNight.room_type_id, scope)


def _blocked_rooms(span: Span, scope: Scope | None) -> Rows:
    """Single rooms that a calendar blocks: once for all sites, and only while nobody is in it."""
    taken = exists().where(
        TakenNight.room_id == FeedNight.room_id, TakenNight.night == FeedNight.night
    )
    rows = (
        _pile(RoomAssignment.room_type_id, FeedNight.night, blocked=1)
        .join(
            RoomAssignment,
            and_(
                RoomAssignment.room_id == FeedNight.room_id,
                RoomAssignment.valid.contains(FeedNight.night),
            ),
        )
        .where(FeedNight.decision.is_distinct_from("same"), ~taken)
        .group_by(RoomAssignment.room_type_id, FeedNight.night, FeedNight.room_id)
    )
    return _scoped(_within(rows, FeedNight, span), RoomAssignment.room_type_id, scope)


def _closed(span: Span, scope: Scope | None) -> Rows:
    """Nights on which the house is closed; they count nothing, but they differ."""
    days = _days_in(Closure.valid, span)
    closed = RoomType.__table__.join(
        Closure, Closure.establishment_id == RoomType.establishment_id
    ).join(days, true())
    rows = (
        _pile(RoomType.id, _night(span, days))
        .select_from(closed)
        .where(Closure.valid.overlaps(func.daterange(span.start, span.end)))
    )
    return _scoped(rows, RoomType.id, scope)


# --- Nights as numbers of days -------------------------------------------------------------


def _days(span: Span, first: Any, end: Any) -> TableValuedAlias:
    """Return the days from ``first`` to before ``end``, counted from the period's start."""
    return _series(first - span.start, end - span.start - 1)


def _series(first: Any, last: Any) -> TableValuedAlias:
    days = func.generate_series(first, last).table_valued(column("day", Integer), name="days")
    return days.render_derived()


def _days_in(valid: Any, span: Span) -> TableValuedAlias:
    """Return the days on which a dated row (with open ends, perhaps) holds in the period."""
    # GREATEST and LEAST pass over NULL, which is what an open end reads as.
    first = func.greatest(func.lower(valid), span.start)
    return _days(span, first, func.least(func.upper(valid), span.end))


def _night(span: Span, days: TableValuedAlias) -> Any:
    return (span.start + days.c.day).cast(Date)


def _scoped(statement: Rows, ids: Any, scope: Scope | None) -> Rows:
    return statement if scope is None else statement.where(ids == func.any(_array(scope)))


def _array(scope: Scope) -> Any:
    return scope if isinstance(scope, ColumnElement) else literal(list(scope), ARRAY(Integer))


def _within(statement: Rows, model: Any, span: Span) -> Rows:
    return statement.where(model.night >= span.start, model.night < span.end)
