"""The documents of a house, as a pure function; and the numbers by which a stay is asked for.

A room type has one document for each level of its prices: the document of level p holds the nights
whose price is at most p (``vacant``) and names those whose price is exactly p (``peak``). A stay
fits where each of its nights is in ``vacant``; asked with ``peak`` as well, it meets exactly the
level of its dearest night, so that prices filter and sort exactly for any stay.

A night is one number, ``day * 16 + rooms`` (at most 8 rooms), and a stay for k rooms asks for any
of k..8: a third of the disk that one number for each of 1..rooms takes, and no slower.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from app.dates import Period

Document = dict[str, Any]

# Searchable are today to today + 365, for up to 30 nights; two nights more let the index be late.
SEARCHABLE_DAYS = 365
MOST_NIGHTS = 30
MOST_ROOMS = 8
WINDOW_NIGHTS = SEARCHABLE_DAYS + MOST_NIGHTS + 2

# Beyond so many levels a type is cut into blocks of arrival days: its documents would grow with
# the square of the number of prices.
MOST_LEVELS = 8
BLOCK_DAYS = 31
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Night:
    """Vacant rooms (None: unknown) and price of one room type on one night."""

    vacant: int | None
    price: int | None


@dataclass(frozen=True, slots=True)
class Type:
    """A room type: what holds on an ordinary night, and the nights that differ."""

    id: int
    capacity: int
    confirmed_at: float | None
    ordinary: Night
    exceptions: Mapping[date, Night] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What the index shows of an establishment."""

    id: int
    name: str
    name_en: str | None
    folded: str
    address: str | None
    description: str | None
    description_en: str | None
    kind: str | None
    stars: int | None
    unit: str | None
    unit_name: str | None
    amenities: tuple[str, ...]
    lat: float | None
    lon: float | None
    list_price: int | None
    types: tuple[Type, ...] = ()


def window(today: date) -> Period:
    """Return the nights the index holds."""
    return Period.of(today, WINDOW_NIGHTS)


def day_number(night: date) -> int:
    return (night - EPOCH).days


def night_numbers(night: date, rooms: int) -> list[int]:
    """Return the numbers that say "at least so many rooms are vacant on this night"."""
    base = day_number(night) * 16
    return [base + count for count in range(rooms, MOST_ROOMS + 1)]


def documents_of(house: House, nights: Period) -> list[Document]:
    """Return the house's documents: one of its own, and those of its types with vacant nights."""
    shared = _shared(house)
    own = {"id": f"h{house.id}", "base": 1, "price": house.list_price, **shared}
    found = [own]
    for room_type in house.types:
        if room_type.confirmed_at is not None:
            found += _of_type(room_type, shared, nights)
    return [_sealed(document) for document in found]


def _shared(house: House) -> Document:
    return {
        "establishment": house.id,
        "name": house.name,
        "name_en": house.name_en,
        "folded": house.folded,
        "address": house.address,
        "description": house.description,
        "description_en": house.description_en,
        "kind": house.kind,
        "stars": house.stars,
        "unit": house.unit,
        "unit_name": house.unit_name,
        "amenities": sorted(house.amenities),
        "_geo": None if house.lat is None else {"lat": house.lat, "lng": house.lon},
    }


def _of_type(room_type: Type, shared: Document, nights: Period) -> Iterator[Document]:
    by_price = _by_price(room_type, nights)
    if len(by_price) <= MOST_LEVELS:
        yield from _levels(f"t{room_type.id}", room_type, by_price, shared)
        return
    for number, start in enumerate(range(0, len(nights), BLOCK_DAYS)):
        first = day_number(nights.start) + start
        block = _cut(by_price, first, first + BLOCK_DAYS + MOST_NIGHTS - 1)
        yield from _levels(f"t{room_type.id}-b{number}", room_type, block, shared)


Nights = list[tuple[int, int]]
"""(day, number of the night), in order of days."""


def _by_price(room_type: Type, nights: Period) -> dict[int | None, Nights]:
    """Return the vacant nights by their price, the cheapest first, those without a price last."""
    found: dict[int | None, Nights] = defaultdict(list)
    ordinary, exceptions = room_type.ordinary, room_type.exceptions
    day = day_number(nights.start)
    night = nights.start
    for _ in range(len(nights)):
        state = exceptions.get(night, ordinary)
        if state.vacant:
            number = day * 16 + min(state.vacant, MOST_ROOMS)
            found[state.price].append((day, number))
        day += 1
        night += timedelta(days=1)
    return {price: found[price] for price in sorted(found, key=_price_order)}


def _price_order(price: int | None) -> tuple[bool, int]:
    return price is None, price or 0


def _cut(by_price: dict[int | None, Nights], first: int, end: int) -> dict[int | None, Nights]:
    cut = {
        price: [(day, number) for day, number in nights if first <= day < end]
        for price, nights in by_price.items()
    }
    return {price: nights for price, nights in cut.items() if nights}


def _levels(
    prefix: str, room_type: Type, by_price: dict[int | None, Nights], shared: Document
) -> Iterator[Document]:
    so_far: Nights = []
    for level, (price, nights) in enumerate(by_price.items()):
        so_far = so_far + nights
        yield {
            "id": f"{prefix}-{level}",
            "capacity": room_type.capacity,
            "confirmed_at": room_type.confirmed_at,
            "price": price,
            "vacant": sorted(number for _, number in so_far),
            "peak": [day for day, _ in nights],
            **shared,
        }


def _sealed(document: Document) -> Document:
    """Leave out what is empty and add the hash by which both sides are compared."""
    present = {name: value for name, value in document.items() if value is not None}
    canonical = json.dumps(present, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    present["hash"] = blake2b(canonical.encode(), digest_size=8).hexdigest()
    return present
