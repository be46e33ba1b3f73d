"""Rooms of different types in one house that together hold a party which no single type holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from app.search.documents import MOST_ROOMS
from app.search.items import FITTING, HOUSES, TYPES, demands
from app.search.wish import Wish


class Rooms(NamedTuple):
    """So many rooms of one type of a house."""

    room_type_id: int
    name: str
    name_en: str | None
    capacity: int
    rooms: int


class Mixture(NamedTuple):
    """A house whose rooms of several types hold everybody, and which rooms these are."""

    code: str
    name: str
    parts: tuple[Rooms, ...]

    @property
    def size(self) -> int:
        return sum(part.rooms for part in self.parts)


def one_person(wish: Wish) -> Wish:
    """Return the wish for a single room of any size: who answers it may have a mixture."""
    return replace(wish, rooms=1, adults=1, children=0, page=1)


def mixtures(wish: Wish, ids: Sequence[int], most: int) -> list[Mixture]:
    """Return the houses among ``ids`` that hold the party in rooms of several types.

    Every room is vacant on every night and within the price, as SQL has it now. Houses that need
    the fewest rooms come first, else in the order of ``ids``.
    """
    if wish.stay is None or not ids:
        return []
    types = {row.id: row for row in TYPES.rows(ids=list(ids), capacity=1, since=wish.ages.stale)}
    one = demands(replace(wish, rooms=1), wish.stay)
    by_house: dict[int, list[Rooms]] = defaultdict(list)
    for fit in FITTING.rows(room_types=list(types), **one) if types else ():
        row = types[fit.room_type_id]
        count = min(fit.vacant, MOST_ROOMS)
        by_house[fit.establishment_id].append(
            Rooms(row.id, row.name, row.name_en, row.capacity, count)
        )
    chosen = {house: mixed(rooms, wish.people, wish.rooms) for house, rooms in by_house.items()}
    names = {row.id: row for row in HOUSES.rows(ids=list(ids), today=wish.today)}
    found = [
        Mixture(names[house].code, names[house].name, rooms)
        for house in ids
        if house in names and (rooms := chosen.get(house, ()))
    ]
    return sorted(found, key=lambda mixture: mixture.size)[:most]


def mixed(types: Sequence[Rooms], people: int, least: int) -> tuple[Rooms, ...]:
    """Return the fewest rooms of two types or more that hold everybody; nothing where none do."""
    left = {one.room_type_id: one.rooms for one in types}
    by_size = sorted(types, key=lambda one: (-one.capacity, one.room_type_id))
    taken: dict[int, int] = defaultdict(int)
    remaining, rooms = people, 0
    while remaining > 0 or rooms < least:
        free = [one for one in by_size if left[one.room_type_id]]
        if not free or rooms >= MOST_ROOMS:
            return ()
        # The largest that is filled; for those left over, the smallest that holds them.
        enough = [one for one in free if one.capacity >= remaining]
        room = enough[-1] if enough else free[0]
        left[room.room_type_id] -= 1
        taken[room.room_type_id] += 1
        remaining, rooms = remaining - room.capacity, rooms + 1
    parts = [one._replace(rooms=taken[one.room_type_id]) for one in by_size]
    used = tuple(part for part in parts if part.rooms)
    return used if len(used) > 1 else ()
