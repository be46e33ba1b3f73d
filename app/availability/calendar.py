"""What the calendar page shows: room types down, nights across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from app import dates
from app.availability import queries
from app.availability.freshness import Freshness, freshness
from app.availability.queries import NightState
from app.dates import Holiday, Period
from app.registry.models import Establishment, RoomType


@dataclass(frozen=True, slots=True)
class Day:
    """One column."""

    night: date
    is_today: bool
    is_weekend: bool
    holiday: Holiday | None


@dataclass(frozen=True)
class TypeRow:
    """One room type with its nights, in the order of the days."""

    room_type: RoomType
    states: Sequence[NightState]
    freshness: Freshness

    @cached_property
    def rooms(self) -> int:
        """Rooms of the type on the first night shown."""
        return self.states[0].total

    @property
    def is_unknown(self) -> bool:
        """Whether nothing shown was ever said."""
        return all(state.vacant is None for state in self.states)


@dataclass(frozen=True)
class Calendar:
    """The whole page's data."""

    period: Period
    days: Sequence[Day]
    rows: Sequence[TypeRow]

    @property
    def totals(self) -> list[int | None]:
        """Rooms vacant in the whole house a night; None where no type is known."""
        nights = zip(*(row.states for row in self.rows), strict=True)
        return [_total([state.vacant for state in states]) for states in nights]

    @property
    def short(self) -> list[tuple[RoomType, NightState]]:
        """Where more rooms are promised or taken than there are."""
        return [
            (row.room_type, state)
            for row in self.rows
            for state in row.states
            if state.missing and not state.kept_by_feed
        ]


def _total(vacant: Sequence[int | None]) -> int | None:
    known = [count for count in vacant if count is not None]
    return sum(known) if known else None


def calendar(house: Establishment, period: Period) -> Calendar:
    """Return the calendar of a house; types without any room in the period are left out."""
    now = dates.now()
    by_type: dict[int, list[NightState]] = {}
    for state in queries.nights(period, establishment_id=house.id):
        by_type.setdefault(state.room_type_id, []).append(state)
    rows = [
        TypeRow(room_type, by_type[room_type.id], _age(room_type, now))
        for room_type in house.room_types
        if any(state.total for state in by_type.get(room_type.id, ()))
    ]
    return Calendar(period, _days(period), rows)


def _age(room_type: RoomType, now: datetime) -> Freshness:
    """How old what is known counts for tonight, which grows old first."""
    return freshness(room_type.confirmed_at, 0, now)


def _days(period: Period) -> list[Day]:
    today = dates.today()
    holidays = {holiday.date: holiday for holiday in dates.holidays_between(period)}
    return [
        Day(night, night == today, night.weekday() >= 5, holidays.get(night)) for night in period
    ]
