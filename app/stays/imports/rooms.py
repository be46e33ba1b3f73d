"""The rooms of a house in memory, for giving many parties of an import theirs at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from app.availability.models import TakenNight
from app.dates import Period
from app.db import db
from app.registry.models import Establishment, Room, RoomAssignment
from app.stays.imports.reading import Party
from app.stays.queries import room_types_of
from app.text import fold


@dataclass(slots=True, eq=False)
class Planned:
    """A party with the stay it becomes and its room on each night."""

    party: Party
    stay_id: uuid.UUID
    nights: dict[date, int] = field(default_factory=dict)
    given: bool = False
    joins: bool = False


class Rooms:
    """Numbers, types by night, capacities; and which rooms are still free on which nights."""

    def __init__(self, house: Establishment) -> None:
        self.house_id = house.id
        types = room_types_of(house.id)
        self.capacity = {room_type.id: room_type.capacity for room_type in types}
        self.only_type = types[0].id if len(types) == 1 else None
        self._types = {fold(room_type.name): room_type.id for room_type in types}
        self._types |= {str(room_type.id): room_type.id for room_type in types}
        self._types |= {fold(room_type.code): room_type.id for room_type in types if room_type.code}
        rows = db.session.execute(
            select(Room.id, Room.number, RoomAssignment.room_type_id, RoomAssignment.valid)
            .join(RoomAssignment, RoomAssignment.room_id == Room.id)
            .where(Room.establishment_id == house.id)
            .order_by(Room.id, RoomAssignment.valid)
        ).all()
        self._numbers = {fold(number): room_id for room_id, number, _type, _valid in rows}
        self.number_of = {room_id: number for room_id, number, _type, _valid in rows}
        self._assigned: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
        for room_id, _number, type_id, valid in rows:
            lower, upper = valid.lower or date.min, valid.upper or date.max
            self._assigned[room_id].append((lower, upper, type_id))
        self._free: dict[tuple[int, date], set[int]] = {}

    def room(self, number: str) -> int | None:
        return self._numbers.get(fold(number))

    def room_type(self, text: str) -> int | None:
        return self._types.get(fold(text))

    def type_on(self, room_id: int, night: date) -> int | None:
        """Return the type of a room on a night, None where it does not exist then."""
        for lower, upper, type_id in self._assigned[room_id]:
            if lower <= night < upper:
                return type_id
        return None

    # --- Any room of a type ----------------------------------------------------------------

    def load_free(self, parties: Sequence[Party]) -> None:
        """Find what is free in the nights of the parties that have no room yet."""
        waiting = [p for p in parties if p.room_id is None and not p.is_same_day]
        types = {p.room_type_id for p in waiting if p.room_type_id}
        nights = {night for p in waiting for night in Period(p.first_night, p.last_night_end)}
        if not nights:
            return
        self._free = {
            (type_id, night): {
                room_id for room_id in self._assigned if self.type_on(room_id, night) == type_id
            }
            for type_id in types
            for night in nights
        }
        taken = select(TakenNight.room_id, TakenNight.night).where(
            TakenNight.establishment_id == self.house_id,
            TakenNight.night >= min(nights),
            TakenNight.night <= max(nights),
        )
        for room_id, night in db.session.execute(taken):
            self.use(room_id, night)

    def use(self, room_id: int, night: date) -> None:
        """Note that a room is taken on a night."""
        type_id = self.type_on(room_id, night)
        if type_id is not None and (free := self._free.get((type_id, night))):
            free.discard(room_id)

    def allot(self, party: Party) -> dict[date, int]:
        """Return a room by night: one for all nights if there is one, else as few as it comes."""
        nights = list(Period(party.first_night, party.last_night_end))
        free = [self._free.get((party.room_type_id or 0, night), set()) for night in nights]
        plan: dict[date, int] = {}
        start = 0
        while start < len(nights):
            common = set(free[start])
            end = start + 1
            while common and end < len(nights) and common & free[end]:
                common &= free[end]
                end += 1
            if common:
                room_id = min(common)
                for night in nights[start:end]:
                    plan[night] = room_id
                    self.use(room_id, night)
            start = end
        return plan


def runs(nights: dict[date, int], numbers: dict[int, str]) -> list[Any]:
    """Return "101 (2026-12-24 – 2026-12-26)" for each stretch of nights in one room."""
    days = sorted(nights)
    starts = [
        day
        for before, day in pairwise([None, *days])
        if day is not None
        and (before is None or nights[before] != nights[day] or day - before > timedelta(days=1))
    ]
    found = []
    for start in starts:
        end = start
        while nights.get(end) == nights[start]:
            end += timedelta(days=1)
        found.append(f"{numbers[nights[start]]} ({start} – {end})")
    return found
