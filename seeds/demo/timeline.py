"""What happened in a house and what is booked: stays, nights out of order, closures, reservations.

Each room is walked through night by night, so no room is ever sold twice and a reservation always
has a room left for it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from app import dates
from app.dates import Period
from seeds.demo import demand
from seeds.demo.houses import DemoHouse

Value = TypeVar("Value")


class Draw(Generic[Value]):
    """Values drawn with weights; the cumulated weights are made once."""

    def __init__(self, weights: Mapping[Value, int]) -> None:
        self.values = tuple(weights)
        self.cumulated = tuple(accumulate(weights.values()))

    def __call__(self, random: Random) -> Value:
        dice = random.random() * self.cumulated[-1]
        return self.values[bisect(self.cumulated, dice)]


NATIONALITIES = Draw({
    "VNM": 860, "KOR": 38, "CHN": 22, "RUS": 14, "TWN": 9, "JPN": 8, "USA": 8, "IND": 6, "AUS": 5,
    "DEU": 5, "FRA": 5, "GBR": 5, "THA": 4, "SGP": 3, "MYS": 3, "CAN": 2, "NLD": 2, "UKR": 1,
})  # fmt: skip
SOURCES = Draw({"walk_in": 46, "reservation": 30, "ota": 18, "agency": 6})
REASONS = Draw({"tourism": 86, "business": 8, "family_visit": 3, "conference": 2, "study": 1})
ARRIVAL_HOURS = Draw(
    {13: 6, 14: 20, 15: 18, 16: 12, 17: 9, 18: 8, 19: 7, 20: 7, 21: 6, 22: 4, 23: 2, 25: 1}
)
DEPARTURE_HOURS = Draw({7: 5, 8: 10, 9: 20, 10: 30, 11: 35})
ADULTS = Draw({1: 14, 2: 62, 3: 10, 4: 9, 6: 3, 8: 2})
CHILDREN = Draw({0: 70, 1: 18, 2: 12})
CHANNELS = ("direct", "ota", "agency", "phone")


@dataclass
class DemoStay:
    """One party in one room; ``room`` and ``type`` are indexes into the house."""

    type: int
    room: int
    first_night: date
    end: date
    planned_end: date
    arrived_at: datetime
    departed_at: datetime | None
    adults: int
    children: int
    nationality: str
    source: str
    reason: str


@dataclass
class DemoReservation:
    """Rooms of one type promised for a period."""

    type: int
    arrival: date
    departure: date
    rooms: int
    people: int
    channel: str


@dataclass
class Timeline:
    """All of one house."""

    stays: list[DemoStay] = field(default_factory=list)
    reservations: list[DemoReservation] = field(default_factory=list)
    out_of_order: list[tuple[int, int, date]] = field(default_factory=list)
    closures: list[Period] = field(default_factory=list)


def make_timeline(house: DemoHouse, period: Period, now: datetime, random: Random) -> Timeline:
    """Walk every room of the house through the period; nights from today on become reservations."""
    today = dates.hotel_day(now)
    timeline = Timeline(closures=_closures(period, today, random))
    town = demand.arrivals(
        period,
        popularity=house.popularity,
        weekend_pull=house.weekend_pull,
        today=today,
        random=random,
    )
    ahead: dict[tuple[int, date, date], int] = {}
    room = 0
    for type_index, type_ in enumerate(house.types):
        for _number in type_.numbers:
            broken = _out_of_order(period, today, random)
            timeline.out_of_order += [(type_index, room, night) for night in sorted(broken)]
            blocked = broken.union(*(set(closure) for closure in timeline.closures))
            for start, end in _visits(town, blocked, random):
                if start > today or (start == today and random.random() < 0.45):
                    key = (type_index, start, end)
                    ahead[key] = ahead.get(key, 0) + 1
                else:
                    stay = _stay(house, type_index, room, start, end, now, random)
                    timeline.stays.append(stay)
            room += 1
    timeline.reservations = _reservations(house, ahead, random)
    if house.kind in ("guest_house", "hotel"):
        timeline.stays += _hourly(house, period, today, timeline.closures, random)
    return timeline


def _visits(
    town: demand.Arrivals, blocked: set[date], random: Random
) -> Iterator[tuple[date, date]]:
    """Yield (first night, departure) of the visits to one room, in order and never overlapping."""
    nights = list(town.period)
    index = 0
    while index < len(nights):
        night = nights[index]
        if night in blocked or random.random() >= town.chances[index]:
            index += 1
            continue
        length = _length(night, random)
        end = index + 1
        while end < min(index + length, len(nights)) and nights[end] not in blocked:
            end += 1
        yield night, nights[index] + timedelta(days=end - index)
        index = end


def _length(night: date, random: Random) -> int:
    dice = random.random()
    for index, share in enumerate(demand.lengths(night)):
        dice -= share
        if dice < 0:
            return index + 1
    return 1


def _out_of_order(period: Period, today: date, random: Random) -> set[date]:
    """Return the nights on which the room is under repair, a few days once in a while."""
    nights: set[date] = set()
    if random.random() < 0.25:
        start = period.start + timedelta(days=random.randrange(len(period)))
        nights = {start + timedelta(days=day) for day in range(random.randint(2, 9))}
    return {night for night in nights if night in period and night <= today + timedelta(days=21)}


def _closures(period: Period, today: date, random: Random) -> list[Period]:
    if random.random() > 0.07 or len(period) < 60:
        return []
    start = period.start + timedelta(days=random.randrange(len(period) - 30))
    closure = Period.of(start, random.randint(5, 20))
    # Nobody closes with guests in the house, and closing today would look like a fault.
    return [] if today in closure else [closure]


def _stay(
    house: DemoHouse,
    type_index: int,
    room: int,
    start: date,
    end: date,
    now: datetime,
    random: Random,
) -> DemoStay:
    type_ = house.types[type_index]
    adults, children = party(type_.capacity, random)
    arrived_at = _arrival(start, now, random)
    planned_end = end
    departed_at = None
    leaves = dates.at(end, DEPARTURE_HOURS(random))
    leaves += timedelta(minutes=random.randrange(60))
    if leaves <= now:
        departed_at = leaves
        if random.random() < 0.02:
            planned_end = end + timedelta(days=1)
        elif now - leaves < timedelta(days=1) and random.random() < 0.04:
            # Nobody pressed "check out": the desk is asked whether they are gone.
            departed_at = None
    return DemoStay(
        type=type_index,
        room=room,
        first_night=start,
        end=end,
        planned_end=planned_end,
        arrived_at=arrived_at,
        departed_at=departed_at,
        adults=adults,
        children=children,
        nationality=_nationality(house, random),
        source=SOURCES(random),
        reason=REASONS(random),
    )


def _arrival(night: date, now: datetime, random: Random) -> datetime:
    """Return when the party came: afternoon and evening, now and then after midnight."""
    hour = ARRIVAL_HOURS(random)
    instant = dates.at(night, 0) + timedelta(hours=hour, minutes=random.randrange(60))
    latest = now - timedelta(minutes=random.randint(3, 50))
    # An arrival before six would belong to the night before.
    return max(dates.at(night, 6), min(instant, latest))


def _hourly(
    house: DemoHouse, period: Period, today: date, closures: list[Period], random: Random
) -> list[DemoStay]:
    """Return stays by the hour of past days, around noon, when rooms stand between guests."""
    stays = []
    rooms = [
        (type_index, room)
        for room, type_index in enumerate(
            type_index for type_index, type_ in enumerate(house.types) for _ in type_.numbers
        )
    ]
    for night in period:
        if night >= today or random.random() > 0.12 or any(night in c for c in closures):
            continue
        type_index, room = random.choice(rooms)
        arrived_at = dates.at(night, random.randint(11, 12), random.randrange(60))
        left = arrived_at + timedelta(hours=random.randint(1, 2))
        stays.append(
            DemoStay(
                type=type_index,
                room=room,
                first_night=night,
                end=night,
                planned_end=night,
                arrived_at=arrived_at,
                departed_at=left,
                adults=min(2, house.types[type_index].capacity),
                children=0,
                nationality="VNM",
                source="walk_in",
                reason="tourism",
            )
        )
    return stays


def _reservations(
    house: DemoHouse, ahead: dict[tuple[int, date, date], int], random: Random
) -> list[DemoReservation]:
    """Group rooms booked alike into reservations, so that some hold several rooms."""
    made = []
    for (type_index, arrival, departure), rooms in sorted(ahead.items()):
        capacity = house.types[type_index].capacity
        while rooms:
            group = min(rooms, random.choice((1, 1, 1, 2, 3, 5)))
            adults, children = party(capacity, random)
            made.append(
                DemoReservation(
                    type=type_index,
                    arrival=arrival,
                    departure=departure,
                    rooms=group,
                    people=(adults + children) * group,
                    channel=random.choice(CHANNELS),
                )
            )
            rooms -= group
    return made


def party(capacity: int, random: Random) -> tuple[int, int]:
    """Return (adults, children) that fit into the capacity."""
    adults = min(capacity, ADULTS(random))
    spare = capacity - adults
    children = min(spare, CHILDREN(random)) if adults >= 2 else 0
    return adults, children


def _nationality(house: DemoHouse, random: Random) -> str:
    if house.kind in ("guest_house", "homestay", "campsite") and random.random() < 0.8:
        return "VNM"
    return NATIONALITIES(random)
