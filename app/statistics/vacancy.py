"""Rooms vacant at this moment, by unit, area, kind or stars, with how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, cast, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from app import dates
from app.availability.vacancy import shown_since, vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.queries import UNKNOWN, UNRATED, Filters, ratio

HEIR = aliased(Unit)
UNIT_CODE = func.coalesce(HEIR.code, Unit.code, UNKNOWN)
KEYS: dict[str, ColumnElement[Any]] = {
    "unit": UNIT_CODE,
    "area": func.coalesce(HEIR.area_code, Unit.area_code, UNKNOWN),
    "kind": func.coalesce(Classification.kind, UNKNOWN),
    "stars": func.coalesce(func.cast(Classification.stars, db.String), UNRATED),
}


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Rooms of tonight: ``rooms_vacant`` of the ``rooms_known``; of the others nobody said."""

    key: str
    rooms_registered: int = 0
    rooms_known: int = 0
    rooms_vacant: int = 0
    establishments: int = 0
    reporting_establishments: int = 0

    @property
    def vacant_share(self) -> float | None:
        return ratio(self.rooms_vacant, self.rooms_known)

    @property
    def reporting_rooms_share(self) -> float | None:
        return ratio(self.rooms_known, self.rooms_registered)


def vacant_now(*, by: str, filters: Filters) -> tuple[list[Vacancy], Vacancy]:
    """Return the rows by key and the total. A vacancy too old to be shown counts as unknown."""
    now = dates.now()
    rows = vacancy_rows(Period.of(dates.hotel_day(now), 1))
    fresh = rows.c.confirmed_at >= shown_since(rows.c.night, now)
    known = or_(rows.c.closed, and_(rows.c.vacant.is_not(None), fresh))
    sums = (
        func.coalesce(func.sum(rows.c.total), 0),
        func.coalesce(func.sum(rows.c.total).filter(known), 0),
        func.coalesce(func.sum(rows.c.vacant).filter(known), 0),
        func.count(Establishment.id.distinct()),
        func.count(Establishment.id.distinct()).filter(known),
    )
    columns = [cast(each, Integer) for each in sums]
    statement = (
        select(KEYS[by], *columns)
        .select_from(Establishment)
        .outerjoin(rows, rows.c.establishment_id == Establishment.id)
        .outerjoin(Classification, _holds_today())
        .outerjoin(Unit, Unit.id == Classification.unit_id)
        .outerjoin(HEIR, HEIR.id == Unit.successor_id)
        .where(Establishment.status.in_(COUNTED_STATUSES), *_conditions(filters))
        .group_by(func.grouping_sets(_set(KEYS[by]), _set()))
        .order_by(KEYS[by].nulls_last())
    )
    found = [Vacancy(row[0] or "total", *row[1:]) for row in db.session.execute(statement)]
    return found[:-1], found[-1]


def _set(*keys: ColumnElement[Any]) -> ColumnElement[Any]:
    return db.tuple_(*keys)


def _holds_today() -> ColumnElement[bool]:
    return and_(
        Classification.establishment_id == Establishment.id,
        Classification.valid.contains(literal(dates.today(), db.Date)),
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
