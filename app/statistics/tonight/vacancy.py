"""Rooms vacant on a night, and tonight who comes and goes: by house, and summed up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import Integer, Select, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from app import dates
from app.availability.freshness import Freshness, cutoffs, freshness
from app.availability.models import Reservation
from app.availability.vacancy import shown_since, vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, RoomType, Unit
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.queries import UNKNOWN, UNRATED, Filters, ratio
from app.stays.models import Guest, Stay

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
HEIR = aliased(Unit)
UNIT_CODE = func.coalesce(HEIR.code, Unit.code, UNKNOWN)
KEYS: dict[str, ColumnElement[Any]] = {
    "unit": UNIT_CODE,
    "area": func.coalesce(HEIR.area_code, Unit.area_code, UNKNOWN),
    "kind": func.coalesce(Classification.kind, UNKNOWN),
    "stars": func.coalesce(func.cast(Classification.stars, db.String), UNRATED),
}
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Rooms of a night: ``rooms_vacant`` of the ``rooms_known``; of the others nobody said.

    Arrivals are rooms and people still to come or already there, departures those still to leave
    or already gone; both are of the hotel day that is running, and zero for any other night.
    """

    key: str
    rooms_registered: int = 0
    rooms_known: int = 0
    rooms_vacant: int = 0
    beds_vacant: int = 0
    rooms_occupied: int = 0
    rooms_out_of_order: int = 0
    establishments: int = 0
    reporting_establishments: int = 0
    fresh_establishments: int = 0
    arrivals_rooms: int = 0
    arrivals_people: int = 0
    arrived_rooms: int = 0
    arrived_people: int = 0
    departures_rooms: int = 0
    departures_people: int = 0
    departed_rooms: int = 0
    departed_people: int = 0

    @property
    def vacant_share(self) -> float | None:
        return ratio(self.rooms_vacant, self.rooms_known)

    @property
    def reporting_rooms_share(self) -> float | None:
        return ratio(self.rooms_known, self.rooms_registered)

    @property
    def fresh_share(self) -> float | None:
        """The share of houses whose figure is fresh: of the last three hours, for tonight."""
        return ratio(self.fresh_establishments, self.establishments)


SUMS = tuple(field.name for field in fields(Vacancy) if field.name != "key")


@dataclass(frozen=True, slots=True)
class House:
    """One house on a night: where it stands, its keys, its figures and their age."""

    id: int
    code: str
    name: str
    lat: float | None
    lon: float | None
    keys: dict[str, str]
    figures: Vacancy
    confirmed_at: datetime | None
    freshness: Freshness


def summed(houses: Iterable[House], *, by: str) -> tuple[list[Vacancy], Vacancy]:
    """Add houses up by a key, in its order, and all of them."""
    groups: dict[str, list[Vacancy]] = defaultdict(list)
    for house in houses:
        groups[house.keys[by]].append(house.figures)
    rows = [added(key, groups[key]) for key in sorted(groups)]
    return rows, added(TOTAL, rows)


def added(key: str, rows: Sequence[Vacancy]) -> Vacancy:
    """Return the sum of rows under a new key."""
    return Vacancy(key, *(sum(getattr(row, name) for row in rows) for name in SUMS))


def houses_on(night: date, filters: Filters) -> list[House]:
    """Return every counted house of the filters on a night; movements for the running day only."""
    return moving(night, without_movements(night, filters))


def without_movements(night: date, filters: Filters) -> list[House]:
    """Return the same without who comes and goes."""
    now = dates.now()
    rows = db.session.execute(_statement(night, now, filters)).all()
    lead = (night - dates.hotel_day(now)).days
    return [_house(row, lead, now) for row in rows]


def moving(night: date, houses: list[House]) -> list[House]:
    """Add who comes and goes, if it is the running day."""
    if not houses or night != dates.today():
        return houses
    moved: dict[int, Any] = _movements(night, [house.id for house in houses])
    return [
        replace(house, figures=replace(house.figures, **moved[house.id]))
        if house.id in moved
        else house
        for house in houses
    ]


def _house(row: Any, lead: int, now: datetime) -> House:
    keys = {name: getattr(row, f"key_{name}") for name in KEYS}
    is_known = bool(row.reports)
    figures = Vacancy(
        row.code,
        rooms_registered=row.total,
        rooms_known=row.known,
        rooms_vacant=row.vacant,
        beds_vacant=row.beds,
        rooms_occupied=row.taken,
        rooms_out_of_order=row.out_of_order,
        establishments=1,
        reporting_establishments=int(is_known),
        fresh_establishments=int(bool(row.fresh)),
    )
    # A closed house needs no confirmation: nobody expects one.
    age: Freshness = "fresh" if row.fresh else freshness(row.confirmed_at, lead, now)
    return House(
        row.id,
        row.code,
        row.name,
        row.lat,
        row.lon,
        keys,
        figures,
        row.confirmed_at,
        age if is_known else "hidden",
    )


def _statement(night: date, now: datetime, filters: Filters) -> Rows:
    rows = vacancy_rows(Period.of(night, 1))
    lead = (night - dates.hotel_day(now)).days
    shown = rows.c.confirmed_at >= shown_since(rows.c.night, now)
    known = or_(rows.c.closed, and_(rows.c.vacant.is_not(None), shown))
    fresh = or_(rows.c.closed, rows.c.confirmed_at >= cutoffs(lead, now).fresh)
    per_house = (
        select(
            rows.c.establishment_id,
            func.sum(rows.c.total).label("total"),
            func.sum(rows.c.total).filter(known).label("known"),
            func.sum(rows.c.vacant).filter(known).label("vacant"),
            func.sum(rows.c.vacant * RoomType.bed_places).filter(known).label("beds"),
            func.sum(rows.c.taken).label("taken"),
            func.sum(rows.c.out_of_order).label("out_of_order"),
            func.bool_or(known).label("reports"),
            func.bool_and(fresh).filter(known).label("fresh"),
            # A sum is as old as its oldest part.
            func.min(rows.c.confirmed_at).filter(known).label("confirmed_at"),
        )
        .join(RoomType, RoomType.id == rows.c.room_type_id)
        .group_by(rows.c.establishment_id)
        .subquery("per_house")
    )
    counts = ("total", "known", "vacant", "beds", "taken", "out_of_order")
    return (
        select(
            Establishment.id,
            Establishment.code,
            Establishment.name,
            Establishment.lat,
            Establishment.lon,
            *(key.label(f"key_{name}") for name, key in KEYS.items()),
            *(cast(func.coalesce(per_house.c[each], 0), Integer).label(each) for each in counts),
            per_house.c.reports,
            per_house.c.fresh,
            per_house.c.confirmed_at,
        )
        .select_from(Establishment)
        .outerjoin(per_house, per_house.c.establishment_id == Establishment.id)
        .outerjoin(Classification, _holds_on(night))
        .outerjoin(Unit, Unit.id == Classification.unit_id)
        .outerjoin(HEIR, HEIR.id == Unit.successor_id)
        .where(Establishment.status.in_(COUNTED_STATUSES), *_conditions(filters))
        .order_by(Establishment.id)
    )


# --- Who comes and goes ---------------------------------------------------------------------


def _movements(day: date, ids: Sequence[int]) -> dict[int, Any]:
    """Return rooms and people that arrive and leave on the day, by house; nobody's identity."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for name, statement in _moving(day, literal(list(ids), ARRAY(Integer))).items():
        for house_id, rooms, people in db.session.execute(statement):
            found[house_id] |= {f"{name}_rooms": int(rooms), f"{name}_people": int(people or 0)}
    return found


def _moving(day: date, ids: ColumnElement[Any]) -> dict[str, Rows]:
    here = Stay.establishment_id == func.any(ids)
    arrived = and_(here, Stay.first_night == day, Stay.status != "cancelled")
    leaving = and_(here, Stay.last_night_end == day)
    return {
        "arrivals": _to_come(day, ids),
        "arrived": _stays(arrived),
        "departures": _stays(and_(leaving, Stay.status == "in_house")),
        "departed": _stays(and_(leaving, Stay.status == "departed")),
    }


def _to_come(day: date, ids: ColumnElement[Any]) -> Rows:
    """Of a reservation that partly arrived, people in proportion to the rooms still to come."""
    left = Reservation.rooms - Reservation.rooms_arrived
    people = func.ceil(Reservation.people * left / cast(Reservation.rooms, db.Numeric))
    return (
        select(Reservation.establishment_id, func.sum(left), func.sum(people))
        .where(
            Reservation.establishment_id == func.any(ids),
            Reservation.arrival == day,
            Reservation.status == "open",
            Reservation.rooms_arrived < Reservation.rooms,
        )
        .group_by(Reservation.establishment_id)
    )


def _stays(condition: ColumnElement[bool]) -> Rows:
    persons = (
        select(func.sum(Guest.persons))
        .where(Guest.stay_id == Stay.id)
        .correlate(Stay)
        .scalar_subquery()
    )
    return (
        select(Stay.establishment_id, func.count(), func.sum(persons))
        .where(condition, Stay.origin == "live")
        .group_by(Stay.establishment_id)
    )


# --- What is asked for ----------------------------------------------------------------------


def _holds_on(night: date) -> ColumnElement[bool]:
    return and_(
        Classification.establishment_id == Establishment.id,
        Classification.valid.contains(literal(night, db.Date)),
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked = {
        "unit": filters.units,
        "area": filters.areas,
        "kind": filters.kinds,
        "stars": filters.stars,
    }
    found: list[ColumnElement[bool]]
    found = [KEYS[name].in_(codes) for name, codes in asked.items() if codes is not None]
    if filters.within is not None:
        found.append(UNIT_CODE.in_(sorted(filters.within)))
    if filters.house_id is not None:
        found.append(Establishment.id == filters.house_id)
    return found
