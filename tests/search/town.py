"""Invented towns as plain values, their rows in the database, and what fits, counted by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.availability.freshness import cutoffs
from app.availability.models import RoomTypeNight
from app.db import db
from app.registry.models import (
    Classification,
    Establishment,
    Room,
    RoomAssignment,
    RoomType,
    Unit,
)
from app.search.items import metres_between
from app.search.wish import Wish
from app.text import fold

ALWAYS: Range[date] = Range(None, None)
NIGHTS = 24
AMENITIES = ("pool", "wifi", "breakfast", "sea_view", "parking")
UNITS = ("26506", "26526", "26536")
NAMES = ("Hải Âu", "Sao Biển", "Biển Xanh", "Gió Lành", "Hải Dương", "Sóng Vàng")


@dataclass
class TownType:
    id: int
    capacity: int
    confirmed_at: datetime | None
    amenities: list[str]
    list_price: int | None
    nights: dict[date, tuple[int | None, int | None]]


@dataclass
class TownHouse:
    id: int
    name: str
    kind: str
    stars: int | None
    unit: str
    amenities: list[str]
    lat: float | None
    lon: float | None
    approved: bool
    types: list[TownType] = field(default_factory=list)

    @property
    def all_amenities(self) -> set[str]:
        return set(self.amenities).union(*(one.amenities for one in self.types))

    @property
    def list_price(self) -> int | None:
        prices = [one.list_price for one in self.types if one.list_price is not None]
        return min(prices, default=None)


def invent(seed: int, houses: int = 25, *, many_prices: bool = False) -> list[TownHouse]:
    """Return a town whose nights, prices and ages differ as badly as they may."""
    dice = random.Random(seed)
    town, type_id = [], 0
    for number in range(1, houses + 1):
        has_place = dice.random() < 0.9
        house = TownHouse(
            id=number,
            name=f"Khách sạn {dice.choice(NAMES)} {number}",
            kind=dice.choice(["hotel", "homestay", "villa", "resort"]),
            stars=dice.choice([None, 1, 2, 3, 4, 5]),
            unit=dice.choice(UNITS),
            amenities=dice.sample(AMENITIES, dice.randrange(4)),
            lat=10.30 + dice.random() * 0.1 if has_place else None,
            lon=107.05 + dice.random() * 0.1 if has_place else None,
            approved=dice.random() < 0.95,
        )
        for _ in range(dice.choice([0, 1, 1, 2, 3])):
            type_id += 1
            house.types.append(_invent_type(dice, type_id, many_prices=many_prices))
        town.append(house)
    return town


def _invent_type(dice: random.Random, type_id: int, *, many_prices: bool) -> TownType:
    base = dice.randrange(3, 20) * 100_000
    prices: list[int | None] = [base, base + 100_000, base + 300_000]
    if dice.random() < 0.3:
        prices.append(None)
    if many_prices:
        prices = [base + step * 10_000 for step in range(40)]
    now, today = dates.now(), dates.today()
    age = dice.choice([0.1, 0.5, 2, 5, 10, 20, 40, None])
    rooms = dice.choice([1, 2, 3, 8, 9, 12])
    nights: dict[date, tuple[int | None, int | None]] = {}
    for ahead in range(NIGHTS):
        unknown = dice.random() < 0.05
        free = None if unknown else max(0, rooms - dice.choice([0, 0, 0, 1, 2, rooms]))
        nights[today + timedelta(days=ahead)] = (free, dice.choice(prices))
    return TownType(
        id=type_id,
        capacity=dice.choice([1, 2, 2, 4, 6]),
        confirmed_at=None if age is None else now - timedelta(days=age),
        amenities=dice.sample(AMENITIES, 1) if dice.random() < 0.2 else [],
        list_price=dice.choice([None, base + 50_000]),
        nights=nights,
    )


def build(town: list[TownHouse]) -> None:
    """Store the town; a feed's count is what each night has vacant. Commits."""
    units = {
        unit.code: unit.id
        for unit in db.session.query(Unit).where(Unit.valid_to.is_(None))
        if unit.code in UNITS
    }
    rows: dict[Any, list[dict[str, Any]]] = {
        model: []
        for model in (
            Establishment,
            Classification,
            RoomType,
            Room,
            RoomAssignment,
            RoomTypeNight,
        )
    }
    for house in town:
        _add_house(rows, house, units[house.unit])
    for model, values in rows.items():
        if values:
            db.session.execute(insert(model), values)
    db.session.commit()


def _add_house(rows: dict[Any, list[dict[str, Any]]], house: TownHouse, unit_id: int) -> None:
    rows[Establishment].append(
        {
            "id": house.id,
            "code": f"VT{house.id:05d}",
            "name": house.name,
            "folded": fold(house.name),
            "status": "approved" if house.approved else "suspended",
            "amenities": house.amenities,
            "lat": house.lat,
            "lon": house.lon,
        }
    )
    rows[Classification].append(
        {
            "establishment_id": house.id,
            "valid": ALWAYS,
            "kind": house.kind,
            "stars": house.stars,
            "unit_id": unit_id,
        }
    )
    for room_type in house.types:
        _add_type(rows, house, room_type)


def _add_type(rows: dict[Any, list[dict[str, Any]]], house: TownHouse, one: TownType) -> None:
    rows[RoomType].append(
        {
            "id": one.id,
            "establishment_id": house.id,
            "name": f"Phòng {one.id}",
            "capacity": one.capacity,
            "bed_places": one.capacity,
            "amenities": one.amenities,
            "list_price": one.list_price,
            "kept_by": "feed",
            "confirmed_at": one.confirmed_at,
        }
    )
    for number in range(12):
        room_id = one.id * 100 + number
        rows[Room].append(
            {"id": room_id, "establishment_id": house.id, "number": f"{one.id}-{number}"}
        )
        rows[RoomAssignment].append(
            {
                "establishment_id": house.id,
                "room_id": room_id,
                "room_type_id": one.id,
                "valid": ALWAYS,
            }
        )
    for night, (free, price) in one.nights.items():
        rows[RoomTypeNight].append(
            {
                "room_type_id": one.id,
                "night": night,
                "known": free is not None,
                "feed_count": free,
                "price": price,
            }
        )


# --- Counting by hand --------------------------------------------------------------------------


@dataclass
class Fit:
    room_type: TownType
    vacant: int
    price: int | None
    is_stale: bool


def fits(house: TownHouse, wish: Wish) -> list[Fit]:
    """Return the room types that fit, counted from the plain values."""
    assert wish.stay is not None
    ages = cutoffs((wish.stay.start - wish.today).days, wish.now)
    found = []
    for one in house.types:
        states = [one.nights.get(night, (None, None)) for night in wish.stay]
        free = [state[0] for state in states]
        if one.confirmed_at is None or one.confirmed_at < ages.stale:
            continue
        if any(count is None or count < wish.rooms for count in free):
            continue
        if one.capacity * wish.rooms < wish.adults + wish.children:
            continue
        prices = [one.list_price if state[1] is None else state[1] for state in states]
        price = None if None in prices else max(p for p in prices if p is not None)
        if not _price_fits(price, wish):
            continue
        smallest = min(count for count in free if count is not None)
        found.append(Fit(one, smallest, price, one.confirmed_at < ages.ageing))
    return found


def _price_fits(price: int | None, wish: Wish) -> bool:
    if wish.price_min is not None and (price is None or price < wish.price_min):
        return False
    return wish.price_max is None or (price is not None and price <= wish.price_max)


def answers(town: list[TownHouse], wish: Wish) -> list[TownHouse]:
    """Return the houses that answer a wish."""
    return [house for house in town if _house_fits(house, wish)]


def _house_fits(house: TownHouse, wish: Wish) -> bool:
    if not house.approved:
        return False
    if wish.kinds and house.kind not in wish.kinds:
        return False
    if wish.stars and house.stars not in wish.stars:
        return False
    if wish.units and house.unit not in wish.units:
        return False
    if not set(wish.amenities) <= house.all_amenities:
        return False
    if not _is_there(house, wish):
        return False
    if wish.stay is None:
        return _price_fits(house.list_price, wish)
    return bool(fits(house, wish))


def _is_there(house: TownHouse, wish: Wish) -> bool:
    if wish.box is not None:
        south, west, north, east = wish.box
        if house.lat is None or house.lon is None:
            return False
        if not (south <= house.lat <= north and west <= house.lon <= east):
            return False
    if wish.near is not None and wish.radius_km is not None:
        if house.lat is None or house.lon is None:
            return False
        away = metres_between(house.lat, house.lon, wish.near.lat, wish.near.lon)
        return away <= wish.radius_km * 1000
    return True
