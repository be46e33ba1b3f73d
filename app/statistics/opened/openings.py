"""Opening the figures of single houses: for a reason, for a day, in sight of the house."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from app import dates
from app.accounts.models import ApiKey, User
from app.audit.operations import record
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.registry.units import Units
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.opened.models import REASON_LONGEST, FiguresOpening
from app.statistics.queries import UNRATED, Filters
from app.web.security import Principal

OPEN_FOR = timedelta(hours=24)
SHOWN = 100
OPENED = "figures_opened"


def is_open(by: Principal, house_id: int | None) -> bool:
    """Whether this person or program gave a reason for this house, or for lists, within a day."""
    statement = select(FiguresOpening.id).where(
        FiguresOpening.actor == by.actor,
        FiguresOpening.until > dates.now(),
        FiguresOpening.establishment_id.is_not_distinct_from(house_id),
    )
    return db.session.scalar(statement.limit(1)) is not None


def open_figures(house_id: int | None, reason: str, *, by: Principal) -> FiguresOpening:
    """Keep the reason and open the house's figures, or lists of houses, for a day."""
    now = dates.now()
    opening = FiguresOpening(
        at=now,
        until=now + OPEN_FOR,
        actor=by.actor,
        establishment_id=house_id,
        units=None if by.sees_province or house_id is not None else sorted(by.units),
        reason=reason[:REASON_LONGEST],
    )
    db.session.add(opening)
    record(
        OPENED,
        by=by,
        establishment_id=house_id,
        subject="all" if house_id is None else f"house:{house_id}",
        reason=opening.reason,
    )
    return opening


def purpose_of(by: Principal) -> str:
    """Return what a program's key was made for; empty where nobody recorded it."""
    return (db.session.scalar(select(ApiKey.purpose).where(ApiKey.id == by.id)) or "").strip()


# --- Which questions are about a single house -----------------------------------------------


def only_house(filters: Filters, period: Period) -> int | None:
    """Return the one house that a question leaves, by whichever filters; None for more or none.

    A sum over one house is that house's figure, though its name is not in the question.
    """
    heir = aliased(Unit)
    code = func.coalesce(heir.code, Unit.code)
    area = func.coalesce(heir.area_code, Unit.area_code)
    conditions: list[ColumnElement[bool]] = []
    for column, wanted in ((code, filters.units), (code, filters.within), (area, filters.areas)):
        if wanted is not None:
            conditions.append(column.in_(wanted))
    if filters.kinds is not None:
        conditions.append(Classification.kind.in_(filters.kinds))
    if filters.stars is not None:
        conditions.append(_stars(filters.stars))
    if not conditions:
        return None
    found = db.session.scalars(
        select(Establishment.id)
        .join(Classification, Classification.establishment_id == Establishment.id)
        .join(Unit, Unit.id == Classification.unit_id)
        .outerjoin(heir, heir.id == Unit.successor_id)
        .where(
            Establishment.status.in_(COUNTED_STATUSES),
            Classification.valid.overlaps(
                func.daterange(literal(period.start), literal(period.end))
            ),
            *conditions,
        )
        .distinct()
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def _stars(wanted: Iterable[str]) -> ColumnElement[bool]:
    codes = set(wanted)
    rated = Classification.stars.in_([int(code) for code in codes if code.isdecimal()])
    return or_(rated, Classification.stars.is_(None)) if UNRATED in codes else rated


# --- What the house sees --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening as the house reads it."""

    at: datetime
    who: str
    is_program: bool
    reason: str
    is_list: bool


def openings_of(house: Establishment) -> list[Opened]:
    """Return who opened the house's figures, the latest first, lists it stood in among them."""
    units = _units_of(house)
    in_list = and_(
        FiguresOpening.establishment_id.is_(None),
        or_(FiguresOpening.units.is_(None), FiguresOpening.units.overlap(units)),
    )
    rows = db.session.scalars(
        select(FiguresOpening)
        .where(or_(FiguresOpening.establishment_id == house.id, in_list))
        .order_by(FiguresOpening.at.desc(), FiguresOpening.id.desc())
        .limit(SHOWN)
    ).all()
    names = _names([row.actor for row in rows])
    return [
        Opened(
            row.at,
            names.get(row.actor, row.actor),
            row.actor.startswith("api_key:"),
            row.reason,
            row.establishment_id is None,
        )
        for row in rows
    ]


def _units_of(house: Establishment) -> list[str]:
    """Return the codes of today of every unit the house ever stood in."""
    known = Units.load()
    units = db.session.scalars(
        select(Unit)
        .join(Classification, Classification.unit_id == Unit.id)
        .where(Classification.establishment_id == house.id)
    )
    return sorted({known.successor(known.by_id[unit.id]).code for unit in units})


def _names(actors: Iterable[str]) -> dict[str, str]:
    ids: dict[str, set[int]] = {"user": set(), "api_key": set()}
    for actor in actors:
        kind, _, number = actor.partition(":")
        if kind in ids and number.isdecimal():
            ids[kind].add(int(number))
    users = select(User.id, User.name).where(User.id.in_(ids["user"]))
    keys = select(ApiKey.id, ApiKey.prefix).where(ApiKey.id.in_(ids["api_key"]))
    names = {f"user:{row.id}": row.name for row in db.session.execute(users)}
    return names | {f"api_key:{row.id}": row.prefix for row in db.session.execute(keys)}
