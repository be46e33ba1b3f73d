"""What the public page of a house shows: its room types for a stay, and its own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.availability.freshness import Freshness, freshness
from app.availability.queries import NightState, PublicWord, nights, public_calendar
from app.dates import Period, next_month
from app.registry.models import Establishment, RoomType
from app.registry.phone_check.codes import verified_at
from app.registry.queries import approved_at
from app.search.documents import MOST_ROOMS, SEARCHABLE_DAYS
from app.search.wish import Wish

MONTHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class TypeOffer:
    """A room type as the page shows it; ``vacant`` is None where it is unknown or too old."""

    room_type: RoomType
    vacant: int | None
    price: int | None
    total_price: int | None
    confirmed_at: datetime | None
    freshness: Freshness
    fits: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """Why a visitor may believe the page: when it was checked, and its number proved."""

    checked_at: datetime | None
    phone_verified_at: datetime | None


def trust_in(house: Establishment) -> Trust:
    """Return when the department approved the house, and when its telephone was proved."""
    return Trust(approved_at(house), verified_at(house) if house.phone else None)


def type_offers(types: Sequence[RoomType], wish: Wish) -> list[TypeOffer]:
    """Return the room types with what is vacant for the stay; without dates, with list prices."""
    if wish.stay is None:
        return [
            TypeOffer(one, None, one.list_price, None, one.confirmed_at, "hidden", fits=True)
            for one in types
        ]
    found: dict[int, list[NightState]] = {one.id: [] for one in types}
    if types:
        for state in nights(wish.stay, room_type_ids=list(found)):
            found[state.room_type_id].append(state)
    return [_offer(one, found[one.id], wish) for one in types]


def _offer(room_type: RoomType, states: Sequence[NightState], wish: Wish) -> TypeOffer:
    assert wish.stay is not None
    age = freshness(room_type.confirmed_at, (wish.stay.start - wish.today).days, wish.now)
    vacant = smallest([state.vacant for state in states]) if age != "hidden" else None
    prices = [state.price for state in states if state.price is not None]
    priced = len(prices) == len(wish.stay)
    return TypeOffer(
        room_type,
        None if vacant is None else min(vacant, MOST_ROOMS),
        max(prices) if priced else None,
        sum(prices) * wish.rooms if priced else None,
        room_type.confirmed_at,
        age,
        fits=bool(vacant and vacant >= wish.rooms and room_type.capacity >= wish.capacity),
    )


def smallest(counts: Sequence[int | None]) -> int | None:
    """Return the rooms vacant on every night: 0 as soon as one is full, None if unknown."""
    known = [count for count in counts if count is not None]
    if 0 in known:
        return 0
    return None if len(known) < len(counts) or not known else min(known)


@dataclass(frozen=True, slots=True)
class CalendarNight:
    """A night of the public calendar; ``word`` is None where nothing is known or it is over."""

    day: date
    word: PublicWord | None
    is_past: bool
    is_stay: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a table of weeks from Monday on; None where the day is another month's."""

    first: date
    weeks: list[list[CalendarNight | None]]


def months(establishment_id: int, today: date, stay: Period | None, *, first: date) -> list[Month]:
    """Return the house's calendar for some months from ``first`` on."""
    starts = [first]
    while len(starts) < MONTHS_SHOWN:
        starts.append(next_month(starts[-1]))
    whole = Period(max(first, today), next_month(starts[-1]))
    words = public_calendar(establishment_id, whole)
    return [_month(start, words, today, stay) for start in starts]


def _month(
    first: date, words: dict[date, PublicWord | None], today: date, stay: Period | None
) -> Month:
    cells: list[CalendarNight | None] = [None] * first.weekday()
    for night in Period(first, next_month(first)):
        is_stay = stay is not None and night in stay
        cells.append(CalendarNight(night, words.get(night), night < today, is_stay))
    cells += [None] * (-len(cells) % 7)
    return Month(first, [cells[at : at + 7] for at in range(0, len(cells), 7)])


def shown_month(text: str, today: date) -> date:
    """Return the first month of the calendar that a link asks for, within what is searchable."""
    try:
        asked = date.fromisoformat(f"{text}-01") if len(text) == 7 else today
    except ValueError:
        asked = today
    last = (today + timedelta(days=SEARCHABLE_DAYS)).replace(day=1)
    return min(max(asked.replace(day=1), today.replace(day=1)), last)
