"""The documents of a house, as a pure function; and the numbers by which a stay is asked for.

A room type has one document for each level of its prices: the document of level p holds the nights
whose price is at most p. A stay fits where each of its nights is among them; where the price counts
one of them must have exactly that price, so that the stay meets the level of its dearest night
alone and prices filter and sort exactly for any stay.

A night is one number, which says the day, the rooms vacant (at most 8) and whether its price is the
level's own; a stay for k rooms asks for any of the numbers with k..8. The disk goes by the number
of numbers: this takes less than half of what one number for each of 1..rooms would take, and is no
slower (``tests/bench/search.py``).
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


def night_number(day: int, vacant: int, *, own_price: bool) -> int:
    """Return the number of a night on which rooms are vacant."""
    return day * 16 + (min(vacant, MOST_ROOMS) - 1) * 2 + own_price


def night_numbers(night: date, rooms: int) -> list[int]:
    """Return the numbers that say "at least so many rooms are vacant on this night"."""
    base = day_number(night) * 16
    return list(range(base + (rooms - 1) * 2, base + 2 * MOST_ROOMS))


def dearest_numbers(stay: Period, rooms: int) -> list[int]:
    """Return the numbers of the stay's nights whose price is that of the document itself."""
    return [number for night in stay for number in night_numbers(night, rooms) if number % 2]


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
"""(day, rooms vacant), in order of days."""


def _by_price(room_type: Type, nights: Period) -> dict[int | None, Nights]:
    """Return the vacant nights by their price, the cheapest first, those without a price last."""
    found: dict[int | None, Nights] = defaultdict(list)
    ordinary, exceptions = room_type.ordinary, room_type.exceptions
    day = day_number(nights.start)
    night = nights.start
    for _ in range(len(nights)):
        state = exceptions.get(night, ordinary)
        if state.vacant:
            found[state.price].append((day, state.vacant))
        day += 1
        night += timedelta(days=1)
    return {price: found[price] for price in sorted(found, key=_price_order)}


def _price_order(price: int | None) -> tuple[bool, int]:
    return price is None, price or 0


def _cut(by_price: dict[int | None, Nights], first: int, end: int) -> dict[int | None, Nights]:
    cut = {
        price: [(day, vacant) for day, vacant in nights if first <= day < end]
        for price, nights in by_price.items()
    }
    return {price: nights for price, nights in cut.items() if nights}


def _levels(
    prefix: str, room_type: Type, by_price: dict[int | None, Nights], shared: Document
) -> Iterator[Document]:
    cheaper: list[int] = []
    for level, (price, nights) in enumerate(by_price.items()):
        dearest = [night_number(day, vacant, own_price=True) for day, vacant in nights]
        yield {
            "id": f"{prefix}-{level}",
            "capacity": room_type.capacity,
            "confirmed_at": room_type.confirmed_at,
            "price": price,
            "vacant": sorted(cheaper + dearest),
            **shared,
        }
        cheaper += [number - 1 for number in dearest]


def _sealed(document: Document) -> Document:
    """Leave out what is empty and add the hash by which both sides are compared."""
    present = {name: value for name, value in document.items() if value is not None}
    canonical = json.dumps(present, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    present["hash"] = blake2b(canonical.encode(), digest_size=8).hexdigest()
    return present
