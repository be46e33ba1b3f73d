"""Writing availability: nights as the house sets them, "still right", out of order, the keeper."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import Date, Integer, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from app import dates
from app.audit.operations import record
from app.availability import queries
from app.availability.models import RoomTypeNight, TakenNight
from app.availability.queries import NightState
from app.availability.taking import acted, take
from app.dates import Period
from app.db import db
from app.registry.models import Establishment, Room, RoomType
from app.registry.rooms import update_room_type
from app.web.security import Principal

Keeper = Literal["stays", "feed"]

# Nights about which something may be said; a feed may still correct the last month.
BACK, AHEAD = 31, 731
# What a house knows without end is written out this far when a feed takes over.
SEARCHABLE = 400


class NotPossible(Exception):
    """More rooms vacant than possible, on these nights (room type, night, possible)."""

    def __init__(self, states: Sequence[NightState]) -> None:
        super().__init__("not possible")
        self.states = list(states)


@dataclass(frozen=True, slots=True)
class NightEdit:
    """What the house says about one night: rooms vacant, the price, or both.

    ``all_left`` means as many as are possible. ``sets_price`` with no price returns the night to
    the list price.
    """

    room_type_id: int
    night: date
    vacant: int | None = None
    price: int | None = None
    sets_price: bool = False
    all_left: bool = False

    @property
    def sets_vacant(self) -> bool:
        return self.all_left or self.vacant is not None


def allowed_nights() -> Period:
    """Return the nights about which a house may say something."""
    today = dates.today()
    return Period(today - BACK * dates.ONE_DAY, today + AHEAD * dates.ONE_DAY)


# --- Nights --------------------------------------------------------------------------------


def set_nights(house: Establishment, edits: Sequence[NightEdit]) -> None:
    """Change the nights named and no other, all or none; what is named becomes known.

    Raises :class:`NotPossible`. The room types are locked first: whoever takes a room of them at
    the same time waits, or has been counted.
    """
    if not edits:
        return
    type_ids = {edit.room_type_id for edit in edits}
    _lock(type_ids)
    _write_vacant([edit for edit in edits if edit.sets_vacant])
    _write_prices([edit for edit in edits if edit.sets_price])
    acted(house.id, type_ids)


def set_vacant(
    house: Establishment,
    room_type_ids: Collection[int],
    nights: Iterable[date],
    rooms: int | None,
) -> None:
    """Set the vacant rooms of a range; None means all that are possible."""
    chosen = list(nights)
    set_nights(
        house,
        [
            NightEdit(type_id, night, vacant=rooms, all_left=rooms is None)
            for type_id in room_type_ids
            for night in chosen
        ],
    )


def set_price(
    house: Establishment, room_type_ids: Collection[int], nights: Iterable[date], price: int | None
) -> None:
    """Set the price of a range; None returns it to the list price."""
    chosen = list(nights)
    set_nights(
        house,
        [
            NightEdit(type_id, night, price=price, sets_price=True)
            for type_id in room_type_ids
            for night in chosen
        ],
    )


def _lock(room_type_ids: Collection[int]) -> None:
    """Lock room types until the commit, in one order; rows are read after it, never before."""
    locked = select(RoomType.id).where(RoomType.id.in_(room_type_ids)).order_by(RoomType.id)
    db.session.execute(locked.with_for_update())


def _write_vacant(edits: Sequence[NightEdit]) -> None:
    if not edits:
        return
    pairs = [(edit.room_type_id, edit.night) for edit in edits]
    states = {(s.room_type_id, s.night): s for s in queries.nights_of(pairs)}
    wanted = [
        (states[pair], states[pair].possible if edit.all_left else edit.vacant or 0)
        for pair, edit in zip(pairs, edits, strict=True)
    ]
    impossible = [state for state, vacant in wanted if vacant > state.possible]
    if impossible:
        raise NotPossible(impossible)
    _store([(state, vacant, state.kept_by_feed) for state, vacant in wanted])


def _store(rows: Sequence[tuple[NightState, int, bool]]) -> None:
    """Store (state, rooms vacant, kept by a feed) as withheld rooms or as the feed's count."""
    columns = func.unnest(
        literal([state.room_type_id for state, _, _ in rows], ARRAY(Integer)),
        literal([state.night for state, _, _ in rows], ARRAY(Date)),
        literal([0 if feed else s.possible - n for s, n, feed in rows], ARRAY(Integer)),
        literal([n if feed else None for _, n, feed in rows], ARRAY(Integer)),
    ).table_valued("room_type_id", "night", "withheld", "feed_count", name="said")
    said = columns.render_derived()
    statement = insert(RoomTypeNight).from_select(
        ["room_type_id", "night", "withheld", "feed_count", "known"],
        select(
            said.c.room_type_id, said.c.night, said.c.withheld, said.c.feed_count, literal(True)
        ),
    )
    new = statement.excluded
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["room_type_id", "night"],
            set_={"known": True, "withheld": new.withheld, "feed_count": new.feed_count},
        )
    )


def _write_prices(edits: Sequence[NightEdit]) -> None:
    if not edits:
        return
    columns = func.unnest(
        literal([edit.room_type_id for edit in edits], ARRAY(Integer)),
        literal([edit.night for edit in edits], ARRAY(Date)),
        literal([edit.price for edit in edits], ARRAY(Integer)),
    ).table_valued("room_type_id", "night", "price", name="said")
    said = columns.render_derived()
    statement = insert(RoomTypeNight).from_select(["room_type_id", "night", "price"], select(said))
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["room_type_id", "night"], set_={"price": statement.excluded.price}
        )
    )


class SaidNight(NamedTuple):
    """What the house has said about one night, as it is stored."""

    room_type_id: int
    night: date
    known: bool = False
    withheld: int = 0
    feed_count: int | None = None
    price: int | None = None


def as_said(pairs: Sequence[tuple[int, date]]) -> list[SaidNight]:
    """Return what is stored about these nights, before it is changed; locks their types."""
    types, nights = {pair[0] for pair in pairs}, [pair[1] for pair in pairs]
    _lock(types)
    columns = [getattr(RoomTypeNight, name) for name in SaidNight._fields]
    stored = db.session.execute(
        select(*columns).where(
            RoomTypeNight.room_type_id.in_(types),
            RoomTypeNight.night.between(min(nights), max(nights)),
        )
    )
    found = {(row.room_type_id, row.night): SaidNight(*row) for row in stored}
    return [found.get(pair) or SaidNight(*pair) for pair in pairs]


def restore(house: Establishment, rows: Sequence[SaidNight]) -> None:
    """Say again what was said before a change that was a mistake."""
    types = {row.room_type_id for row in rows}
    _lock(types)
    statement = insert(RoomTypeNight).values([row._asdict() for row in rows])
    said = [name for name in SaidNight._fields if name not in ("room_type_id", "night")]
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["room_type_id", "night"],
            set_={name: getattr(statement.excluded, name) for name in said},
        )
    )
    acted(house.id, types)


def confirm(house: Establishment, room_type_ids: Collection[int]) -> None:
    """Say "still right" for all nights of the types: what was unknown is known from now on.

    What a feed has not sent stays unknown: only the feed knows it.
    """
    _lock(room_type_ids)
    db.session.execute(
        update(RoomType)
        .where(RoomType.id.in_(room_type_ids), RoomType.kept_by == "stays")
        .values(all_known=True)
        .execution_options(synchronize_session="fetch")
    )
    acted(house.id, room_type_ids)


# --- Out of order --------------------------------------------------------------------------


def set_out_of_order(room: Room, period: Period) -> None:
    """Take the room out of order; raises ``RoomTaken`` with the nights a stay holds."""
    already = set(db.session.scalars(select(TakenNight.night).where(*_out_of_order(room, period))))
    take(room, [night for night in period if night not in already], stay_id=None)
    types = db.session.scalars(
        select(TakenNight.room_type_id).where(*_out_of_order(room, period)).distinct()
    )
    acted(room.establishment_id, list(types), period)


def clear_out_of_order(room: Room, period: Period) -> None:
    """Put the room back into service on these nights."""
    freed = db.session.execute(
        delete(TakenNight)
        .where(*_out_of_order(room, period))
        .returning(TakenNight.room_type_id, TakenNight.night)
        .execution_options(synchronize_session=False)
    ).all()
    if freed:
        acted(room.establishment_id, {row[0] for row in freed}, {row[1] for row in freed})


def _out_of_order(room: Room, period: Period) -> tuple[Any, ...]:
    return (
        TakenNight.room_id == room.id,
        TakenNight.reason == "out_of_order",
        TakenNight.night >= period.start,
        TakenNight.night < period.end,
    )


# --- Room types ----------------------------------------------------------------------------


def keep_by(room_type: RoomType, keeper: Keeper, *, by: Principal) -> None:
    """Let the house's work or a feed keep the type; known nights keep what is vacant."""
    if locked_type(room_type).kept_by == keeper:
        return
    feed = keeper == "feed"
    known = [state for state in _still_ahead(room_type) if state.known]
    kept = [state.vacant_if_open for state in known]
    _forget(room_type)
    room_type.kept_by = keeper
    room_type.all_known = False
    room_type.record_version += 1
    db.session.flush()
    # What is possible differs between the two: a feed counts its reservations itself.
    after = {s.night: s for s in queries.nights_of([(room_type.id, s.night) for s in known])}
    if known:
        _store(
            [
                (after[s.night], min(vacant, after[s.night].possible), feed)
                for s, vacant in zip(known, kept, strict=True)
            ]
        )
    acted(room_type.establishment_id, [room_type.id])
    record(
        "kept_by",
        by=by,
        establishment_id=room_type.establishment_id,
        subject=f"room_type:{room_type.id}",
        keeper=keeper,
    )


def _still_ahead(room_type: RoomType) -> list[NightState]:
    """Return the nights from today to beyond what can be searched, and all later that were said."""
    today = dates.today()
    last = db.session.scalar(
        select(func.max(RoomTypeNight.night)).where(RoomTypeNight.room_type_id == room_type.id)
    )
    end = max(today + SEARCHABLE * dates.ONE_DAY, (last or today) + dates.ONE_DAY)
    return queries.nights(Period(today, end), room_type_ids=[room_type.id])


def _forget(room_type: RoomType) -> None:
    """Forget what was said about vacancies of the type; prices stay."""
    db.session.execute(
        update(RoomTypeNight)
        .where(RoomTypeNight.room_type_id == room_type.id)
        .values(known=False, withheld=0, feed_count=None)
        .execution_options(synchronize_session=False)
    )


def locked_type(room_type: RoomType) -> RoomType:
    """Lock the room type against check-ins and other changes, and read it anew."""
    _lock([room_type.id])
    db.session.refresh(room_type)
    return room_type


def change_room_type(
    room_type: RoomType, values: dict[str, Any], keeper: Keeper | None, *, by: Principal
) -> None:
    """Change fields of a type, locked by :func:`locked_type`, and who keeps it.

    Raises ``registry.rooms.CodeTaken``.
    """
    update_room_type(room_type, by=by, **values)
    if keeper is not None:
        keep_by(room_type, keeper, by=by)
    acted(room_type.establishment_id, [room_type.id])
