"""An independent recount of the facts, in Python from the stays, and its comparison with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.availability.models import ChangedNight, ReportedDay, TakenNight
from app.dates import ONE_DAY
from app.db import db
from app.registry.models import Classification, Closure, Establishment, RoomAssignment, RoomType
from app.registry.units import Units
from app.statistics.models import ChangedHouse, Fact, FactNight, FactOrigin
from app.stays.countries import VIETNAM
from app.stays.day_close.models import DayClose
from app.stays.models import Guest, Stay

COUNTED = ("approved", "suspended")


class Difference(NamedTuple):
    """A stored number that is not what the stays say."""

    house: str
    night: date
    what: str
    stored: Any
    counted: Any


# Nationality and country of residence.
Origin = tuple[str, str]


@dataclass(slots=True)
class Guests:
    """Guests of one nationality and residence on one night."""

    nights: int = 0
    arrivals: int = 0
    same_day: int = 0


@dataclass(slots=True)
class House:
    """All of one house that its facts are made of, in memory."""

    id: int
    code: str
    opened_on: date | None
    classifications: list[Any] = field(default_factory=list)
    rooms: list[Any] = field(default_factory=list)
    closures: list[Range[date]] = field(default_factory=list)
    reported: set[date] = field(default_factory=set)
    said_closed: dict[date, bool] = field(default_factory=dict)
    taken: Counter[date] = field(default_factory=Counter)
    out_of_order: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    history_rooms: Counter[date] = field(default_factory=Counter)
    nights_with_stay: set[date] = field(default_factory=set)
    guests: dict[date, dict[Origin, Guests]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Guests))
    )


def differences() -> Iterator[Difference]:
    """Compare every stored fact that is not marked as changed with a recount, house by house."""
    nights = set(db.session.scalars(select(FactNight.night)))
    stale = set(db.session.scalars(select(ChangedHouse.establishment_id)))
    units = Units.load()
    for row in db.session.execute(
        select(
            Establishment.id, Establishment.code, Establishment.opened_on, Establishment.status
        ).order_by(Establishment.id)
    ).all():
        if row.id in stale:
            continue
        house = House(row.id, row.code, row.opened_on)
        marked = db.session.scalars(
            select(ChangedNight.night).where(ChangedNight.establishment_id == row.id)
        )
        asked = nights - set(marked)
        counts = row.status in COUNTED
        yield from _compare(house, asked, units) if counts else _expect_nothing(house, asked)


def _expect_nothing(house: House, asked: set[date]) -> Iterator[Difference]:
    for night in _stored_facts(house, asked):
        yield Difference(house.code, night, "fact", "stored", "not in the register")


def _compare(house: House, asked: set[date], units: Units) -> Iterator[Difference]:
    _read(house)
    stored, origins = _stored_facts(house, asked), _stored_origins(house, asked)
    for night in sorted(asked):
        expected = _expected(house, night, units)
        yield from _compare_night(house, night, stored.get(night), expected)
        countries = {
            origin: (guests.nights, guests.arrivals, guests.same_day)
            for origin, guests in house.guests.get(night, {}).items()
        }
        if countries != origins.get(night, {}):
            yield Difference(house.code, night, "origins", origins.get(night, {}), countries)


def _compare_night(
    house: House, night: date, stored: Row[Any] | None, expected: dict[str, Any]
) -> Iterator[Difference]:
    if not (expected["registered"] or expected["reporting"]):
        if stored is not None:
            yield Difference(house.code, night, "fact", "stored", "not in the register")
        return
    if stored is None:
        yield Difference(house.code, night, "fact", "missing", "in the register")
        return
    for name, value in expected.items():
        if getattr(stored, name) != value:
            yield Difference(house.code, night, name, getattr(stored, name), value)


# --- What is stored -------------------------------------------------------------------------


def _stored_facts(house: House, asked: set[date]) -> dict[date, Row[Any]]:
    rows = db.session.execute(
        select(*Fact.__table__.columns).where(Fact.establishment_id == house.id)
    )
    return {row.night: row for row in rows if row.night in asked}


def _stored_origins(house: House, asked: set[date]) -> dict[date, dict[Origin, tuple[int, ...]]]:
    found: dict[date, dict[Origin, tuple[int, ...]]] = defaultdict(dict)
    rows = db.session.execute(
        select(
            FactOrigin.night,
            FactOrigin.country,
            FactOrigin.residence,
            FactOrigin.guest_nights,
            FactOrigin.arrivals,
            FactOrigin.same_day_guests,
        ).where(FactOrigin.establishment_id == house.id)
    )
    for night, country, residence, *counts in rows:
        if night in asked:
            found[night][country, residence] = tuple(counts)
    return found


# --- What the stays and the register say ----------------------------------------------------


def _read(house: House) -> None:
    readers: tuple[Callable[[House], None], ...] = (
        _read_register,
        _read_taken,
        _read_stays,
        _read_guests,
    )
    for reader in readers:
        reader(house)


def _read_register(house: House) -> None:
    house.classifications = list(
        db.session.execute(
            select(
                Classification.valid,
                Classification.kind,
                Classification.stars,
                Classification.unit_id,
            ).where(Classification.establishment_id == house.id)
        )
    )
    house.rooms = list(
        db.session.execute(
            select(RoomAssignment.valid, RoomType.bed_places)
            .join(RoomType, RoomType.id == RoomAssignment.room_type_id)
            .where(RoomAssignment.establishment_id == house.id)
        )
    )
    closures = select(Closure.valid).where(Closure.establishment_id == house.id)
    house.closures = list(db.session.scalars(closures))
    reported = select(ReportedDay.day).where(ReportedDay.establishment_id == house.id)
    house.reported = set(db.session.scalars(reported))
    said = select(DayClose.day, DayClose.closed).where(DayClose.establishment_id == house.id)
    house.said_closed = {row.day: row.closed for row in db.session.execute(said)}


def _read_taken(house: House) -> None:
    rows = db.session.execute(
        select(TakenNight.night, TakenNight.reason, RoomType.bed_places)
        .join(RoomType, RoomType.id == TakenNight.room_type_id)
        .where(TakenNight.establishment_id == house.id)
    )
    for night, reason, bed_places in rows:
        if reason == "stay":
            house.taken[night] += 1
        else:
            house.out_of_order[night].append(bed_places)


def _read_stays(house: House) -> None:
    rows = db.session.execute(
        select(Stay.origin, Stay.first_night, Stay.last_night_end).where(
            Stay.establishment_id == house.id, Stay.status != "cancelled"
        )
    )
    for origin, first, end in rows:
        slept = _nights(first, end)
        house.nights_with_stay.update(slept or [first])
        if origin == "history":
            house.history_rooms.update(slept)


def _read_guests(house: House) -> None:
    rows = db.session.execute(
        select(
            Guest.persons,
            Guest.nationality,
            Guest.residence_country,
            Guest.arrived_at,
            Guest.departed_at,
            Stay.first_night,
            Stay.last_night_end,
        )
        .join(Stay, Stay.id == Guest.stay_id)
        .where(Stay.establishment_id == house.id, Stay.status != "cancelled")
    )
    for persons, country, residence, arrived_at, departed_at, stay_first, stay_end in rows:
        first, end = stay_first, stay_end
        if arrived_at is not None:
            first = min(max(first, dates.hotel_day(arrived_at)), end)
        if departed_at is not None:
            end = min(end, dates.local(departed_at).date())
        if end <= first:
            first = end = min(first, max(stay_first, stay_end - ONE_DAY))
        _count(house, first, end, (country, residence or "unknown"), persons)


def _count(house: House, first: date, end: date, origin: Origin, persons: int) -> None:
    if first == end:
        house.guests[first][origin].same_day += persons
        return
    house.guests[first][origin].arrivals += persons
    for night in _nights(first, end):
        house.guests[night][origin].nights += persons


def _nights(first: date, end: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((end - first).days)]


def _expected(house: House, night: date, units: Units) -> dict[str, Any]:
    beds = [bed_places for valid, bed_places in house.rooms if _holds(valid, night)]
    closed = any(_holds(valid, night) for valid in house.closures)
    if night not in house.nights_with_stay:
        closed = closed or house.said_closed.get(night, False)
    reported = night in house.reported or night in house.said_closed
    opened = house.opened_on is None or house.opened_on <= night
    origins = house.guests.get(night, {})
    home = [guests for (country, _), guests in origins.items() if country == VIETNAM]
    foreign = [guests for (country, _), guests in origins.items() if country != VIETNAM]
    repairs = house.out_of_order.get(night, [])
    return {
        **_classified(house, night, units),
        "registered": bool(beds) or (not house.rooms and opened),
        "reporting": closed or reported or night in house.nights_with_stay,
        "closed": closed,
        "rooms": len(beds),
        "bed_places": sum(beds),
        "out_of_order": len(repairs),
        "bed_places_out_of_order": sum(repairs),
        "rooms_occupied": house.taken[night] + house.history_rooms[night],
        "guest_nights_domestic": sum(guests.nights for guests in home),
        "guest_nights_foreign": sum(guests.nights for guests in foreign),
        "arrivals_domestic": sum(guests.arrivals for guests in home),
        "arrivals_foreign": sum(guests.arrivals for guests in foreign),
        "same_day_domestic": sum(guests.same_day for guests in home),
        "same_day_foreign": sum(guests.same_day for guests in foreign),
    }


def _classified(house: House, night: date, units: Units) -> dict[str, Any]:
    row = next((each for each in house.classifications if _holds(each.valid, night)), None)
    unit = units.by_id.get(row.unit_id) if row else None
    today = units.successor(unit) if unit else None
    return {
        "kind": row.kind if row else None,
        "stars": row.stars if row else None,
        "unit_code": today.code if today else None,
        "area_code": today.area_code if today else None,
    }


def _holds(valid: Range[date], night: date) -> bool:
    """Whether the dated row holds on the night; PostgreSQL gives its ends as "[from, to)"."""
    after = valid.lower is None or valid.lower <= night
    return after and (valid.upper is None or night <= valid.upper - ONE_DAY)
