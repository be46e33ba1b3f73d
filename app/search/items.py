"""The rows behind a page of results, read from SQL by key: what is printed is true now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.sql.elements import ColumnElement

from app.availability.freshness import Cutoffs, Freshness, freshness_since
from app.availability.vacancy import Span, vacancy_rows
from app.dates import Period
from app.registry.models import Classification, Establishment, RoomType
from app.search.documents import MOST_ROOMS
from app.search.geography import Geography, geography
from app.search.houses import SHOWN_STATUS
from app.search.prepared import Prepared, Statement
from app.search.wish import Near, Wish

EARTH_METRES = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A room type that fits a stay: rooms vacant on every night, price of the dearest night."""

    room_type_id: int
    name: str
    name_en: str | None
    capacity: int
    vacant: int
    price: int | None
    total_price: int | None
    confirmed_at: datetime
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Item:
    """A house as the list shows it; without dates there is no offer."""

    id: int
    code: str
    name: str
    name_en: str | None
    kind: str | None
    stars: int | None
    unit: str | None
    unit_name: str | None
    address: str | None
    lat: float | None
    lon: float | None
    phone: str | None
    list_price: int | None
    distance_m: int | None
    offer: Offer | None


def read_items(ids: Sequence[int], wish: Wish) -> list[Item]:
    """Return the houses in the order of ``ids``; one no longer open or vacant is left out."""
    if not ids:
        return []
    asked = {"ids": list(ids), "today": wish.today}
    if wish.stay is not None:
        return _vacant_items(ids, asked, wish, wish.stay)
    rows = {row.id: row for row in HOUSES.rows(**asked)}
    places = geography()
    return [_item(rows[house], None, wish, places) for house in ids if house in rows]


def _vacant_items(
    ids: Sequence[int], asked: dict[str, Any], wish: Wish, stay: Period
) -> list[Item]:
    rows = VACANT_HOUSES.rows(**asked, **bounds(wish), **demands(wish, stay))
    best = {row.id: row for row in rows}
    ages, places = wish.ages, geography()
    return [
        _item(best[house], _offer(best[house], ages, wish), wish, places)
        for house in ids
        if house in best
    ]


def _houses() -> Statement:
    cheapest = (
        select(func.min(RoomType.list_price))
        .where(RoomType.establishment_id == Establishment.id)
        .scalar_subquery()
    )
    return (
        select(
            Establishment.id,
            Establishment.code,
            Establishment.name,
            Establishment.name_en,
            Establishment.address,
            Establishment.lat,
            Establishment.lon,
            Establishment.phone,
            Classification.kind,
            Classification.stars,
            Classification.unit_id,
            cheapest.label("list_price"),
        )
        .outerjoin(
            Classification,
            and_(
                Classification.establishment_id == Establishment.id,
                Classification.valid.contains(bindparam("today", type_=Date)),
            ),
        )
        .where(
            Establishment.id == func.any(bindparam("ids", type_=ARRAY(Integer))),
            Establishment.status == SHOWN_STATUS,
        )
    )


HOUSES = Prepared(_houses, few=True)


def _item(row: Any, offer: Offer | None, wish: Wish, places: Geography) -> Item:
    unit = places.unit_of_id.get(row.unit_id)
    return Item(
        id=row.id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        stars=row.stars,
        unit=unit,
        unit_name=places.units.get(unit) if unit else None,
        address=row.address,
        lat=row.lat,
        lon=row.lon,
        phone=row.phone,
        list_price=row.list_price,
        distance_m=_distance(row.lat, row.lon, wish.near),
        offer=offer,
    )


def _distance(lat: float | None, lon: float | None, near: Near | None) -> int | None:
    if lat is None or lon is None or near is None:
        return None
    return round(metres_between(lat, lon, near.lat, near.lon))


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance, on the sphere the engine reckons with."""
    one, other = math.radians(lat), math.radians(other_lat)
    turn = math.radians(other_lon - lon)
    half = math.sin((other - one) / 2) ** 2
    half += math.cos(one) * math.cos(other) * math.sin(turn / 2) ** 2
    return 2 * EARTH_METRES * math.asin(math.sqrt(half))


# --- What fits ---------------------------------------------------------------------------------


def _offer(fit: Any, ages: Cutoffs, wish: Wish) -> Offer:
    return Offer(
        room_type_id=fit.room_type_id,
        name=fit.type_name,
        name_en=fit.type_name_en,
        capacity=fit.capacity,
        vacant=min(fit.vacant, MOST_ROOMS),
        price=fit.price,
        total_price=None if fit.a_room is None else int(fit.a_room) * wish.rooms,
        confirmed_at=fit.confirmed_at,
        freshness=freshness_since(fit.confirmed_at, ages),
    )


def bounds(wish: Wish) -> dict[str, Any]:
    return {"capacity": wish.capacity, "since": wish.ages.stale}


def demands(wish: Wish, stay: Period) -> dict[str, Any]:
    return {
        "start": stay.start,
        "end": stay.end,
        "rooms": wish.rooms,
        "price_min": wish.price_min,
        "price_max": wish.price_max,
    }


def _types() -> Statement:
    """The room types of houses that are large enough and not too long unconfirmed."""
    return select(
        RoomType.id,
        RoomType.establishment_id,
        RoomType.name,
        RoomType.name_en,
        RoomType.capacity,
    ).where(
        RoomType.establishment_id == func.any(bindparam("ids", type_=ARRAY(Integer))),
        RoomType.capacity >= bindparam("capacity", type_=Integer),
        RoomType.confirmed_at >= bindparam("since", type_=DateTime(timezone=True)),
    )


TYPES = Prepared(_types)


def fitting(room_types: ColumnElement[Sequence[int]] | None = None) -> Statement:
    """Return a row for each of ``room_types`` that is vacant on every night, at a price in bounds.

    Columns: ``room_type_id, establishment_id, confirmed_at, vacant`` (the smallest number over the
    nights), ``price`` (of the dearest night, NULL where one has none) and ``a_room`` (the sum for
    one room). Parameters: ``room_types, start, end, rooms, price_min, price_max``.
    """
    start, end = bindparam("start", type_=Date), bindparam("end", type_=Date)
    if room_types is None:
        room_types = bindparam("room_types", type_=ARRAY(Integer))
    rows = vacancy_rows(Span(start, end), room_types)
    columns = ("room_type_id", "establishment_id", "confirmed_at", "vacant", "price")
    # The offset keeps each night's vacancy from being reckoned anew in every sum over it.
    nights = select(*(rows.c[name] for name in columns)).offset(0).subquery("nights")
    priced = func.bool_and(nights.c.price.is_not(None))
    price = case((priced, func.max(nights.c.price)), else_=null())
    least, most = bindparam("price_min", type_=Integer), bindparam("price_max", type_=Integer)
    names = (nights.c.room_type_id, nights.c.establishment_id, nights.c.confirmed_at)
    return (
        select(
            *names,
            func.min(nights.c.vacant).label("vacant"),
            price.label("price"),
            case((priced, func.sum(nights.c.price)), else_=null()).label("a_room"),
        )
        .group_by(*names)
        .having(
            and_(
                func.min(nights.c.vacant) >= bindparam("rooms", type_=Integer),
                # min() passes over NULL, which is what an unknown night reads as.
                func.count(nights.c.vacant) == end - start,
                or_(least.is_(None), price >= least),
                or_(most.is_(None), price <= most),
            )
        )
    )


FITTING = Prepared(fitting)


def _vacant_houses() -> Statement:
    """The houses, each with its cheapest type that fits, of equals the one confirmed last.

    All of a page in one way to the database.
    """
    types = _types().cte("types")
    houses = _houses().subquery("houses")
    wanted = select(types.c.id).scalar_subquery()
    fits = fitting(func.array(wanted, type_=ARRAY(Integer))).subquery("fits")
    return (
        select(
            houses,
            types.c.id.label("room_type_id"),
            types.c.name.label("type_name"),
            types.c.name_en.label("type_name_en"),
            types.c.capacity,
            *(fits.c[name] for name in ("confirmed_at", "vacant", "price", "a_room")),
        )
        .join(types, types.c.establishment_id == houses.c.id)
        .join(fits, fits.c.room_type_id == types.c.id)
        .ext(distinct_on(houses.c.id))
        .order_by(
            houses.c.id,
            fits.c.price.nulls_last(),
            fits.c.confirmed_at.desc(),
            types.c.capacity,
            types.c.id,
        )
    )


VACANT_HOUSES = Prepared(_vacant_houses, few=True)
