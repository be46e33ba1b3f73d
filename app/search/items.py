"""The rows behind a page of results, read from SQL by key: what is printed is true now."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, and_, case, func, null, select

from app.availability.freshness import Freshness, freshness
from app.availability.vacancy import Rows, vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, RoomType
from app.search.documents import MOST_ROOMS
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS
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
    offers = _offers(ids, wish) if wish.stay else {}
    rows = {row.id: row for row in _rows(ids, wish)}
    return [
        _item(rows[house], offers.get(house), wish)
        for house in ids
        if house in rows and (wish.stay is None or house in offers)
    ]


def _rows(ids: Sequence[int], wish: Wish) -> Sequence[Any]:
    cheapest = (
        select(func.min(RoomType.list_price))
        .where(RoomType.establishment_id == Establishment.id)
        .scalar_subquery()
    )
    return db.session.execute(
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
                Classification.valid.contains(wish.today),
            ),
        )
        .where(Establishment.id.in_(ids), Establishment.status == SHOWN_STATUS)
    ).all()


def _item(row: Any, offer: Offer | None, wish: Wish) -> Item:
    places = geography()
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


def _offers(ids: Sequence[int], wish: Wish) -> dict[int, Offer]:
    """Return each house's cheapest room type that fits, of equals the one confirmed last."""
    types = {row.id: row for row in db.session.execute(candidates(wish, ids))}
    if not types or wish.stay is None:
        return {}
    found: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
    for fit in db.session.execute(select(fitting(wish, wish.stay, list(types)))):
        found[fit.establishment_id].append((fit, types[fit.room_type_id]))
    lead = (wish.stay.start - wish.today).days
    return {house: _offer(*min(fits, key=_preference), lead, wish) for house, fits in found.items()}


def _preference(fit_and_type: tuple[Any, Any]) -> tuple[bool, int, float, int, int]:
    fit, room_type = fit_and_type
    age = -fit.confirmed_at.timestamp()
    return fit.price is None, fit.price or 0, age, room_type.capacity, room_type.id


def _offer(fit: Any, room_type: Any, lead: int, wish: Wish) -> Offer:
    return Offer(
        room_type_id=room_type.id,
        name=room_type.name,
        name_en=room_type.name_en,
        capacity=room_type.capacity,
        vacant=min(fit.vacant, MOST_ROOMS),
        price=fit.price,
        total_price=None if fit.a_room is None else int(fit.a_room) * wish.rooms,
        confirmed_at=fit.confirmed_at,
        freshness=freshness(fit.confirmed_at, lead, wish.now),
    )


def candidates(wish: Wish, houses: Sequence[int] | None = None) -> Rows:
    """Return the room types that are large enough and not too long unconfirmed."""
    statement = select(
        RoomType.id,
        RoomType.establishment_id,
        RoomType.name,
        RoomType.name_en,
        RoomType.capacity,
    ).where(RoomType.capacity >= wish.capacity, RoomType.confirmed_at >= wish.ages.stale)
    if houses is not None:
        statement = statement.where(RoomType.establishment_id.in_(houses))
    return statement


def fitting(wish: Wish, stay: Period, room_types: Sequence[int]) -> Subquery:
    """Return a row for each of the room types that fits the wish on every night.

    Columns: ``room_type_id, establishment_id, confirmed_at, vacant`` (the smallest number over the
    nights), ``price`` (of the dearest night, NULL where one has none) and ``a_room`` (the sum for
    one room).
    """
    nights = vacancy_rows(stay, room_types)
    priced = func.bool_and(nights.c.price.is_not(None))
    price = case((priced, func.max(nights.c.price)), else_=null())
    conditions = [
        func.min(nights.c.vacant) >= wish.rooms,
        # min() passes over NULL, which is what an unknown night reads as.
        func.count(nights.c.vacant) == len(stay),
    ]
    if wish.price_min is not None:
        conditions.append(price >= wish.price_min)
    if wish.price_max is not None:
        conditions.append(price <= wish.price_max)
    names = (nights.c.room_type_id, nights.c.establishment_id, nights.c.confirmed_at)
    return (
        select(
            *names,
            func.min(nights.c.vacant).label("vacant"),
            price.label("price"),
            case((priced, func.sum(nights.c.price)), else_=null()).label("a_room"),
        )
        .group_by(*names)
        .having(and_(*conditions))
        .subquery("fitting")
    )
