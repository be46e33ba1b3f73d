"""How full the town is each night, told only from what each house's own calendar tells anyway."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import Subquery, and_, case, func, or_, select

from app import dates
from app.availability.queries import FEW
from app.availability.vacancy import shown_since, vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, RoomType
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS

# Fewer houses than this would show one of them.
FEWEST_HOUSES = 3
KEPT_SECONDS = 60.0
MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class TownNight:
    """Houses by what their calendars say of a night; None where too few say anything."""

    night: date
    houses: int | None
    free: int | None
    few: int | None
    full: int | None

    @property
    def full_share(self) -> float | None:
        """The share of houses without a room, of those whose vacancy is known."""
        if self.houses is None or self.full is None:
            return None
        return round(self.full / self.houses, 2)


def town_nights(
    period: Period, units: Sequence[str] = (), kinds: Sequence[str] = ()
) -> list[TownNight]:
    """Return every night of the period; an answer is kept for a minute."""
    key = (period, tuple(sorted(units)), tuple(sorted(kinds)))
    kept: dict[Any, tuple[float, list[TownNight]]]
    kept = current_app.extensions.setdefault("search_fullness", {})
    found = kept.get(key)
    if found is None or time.monotonic() - found[0] > KEPT_SECONDS:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[key] = (time.monotonic(), _read(period, units, kinds))
    return found[1]


def _read(period: Period, units: Sequence[str], kinds: Sequence[str]) -> list[TownNight]:
    types = list(db.session.scalars(_room_types(units, kinds)))
    counts = {row.night: row for row in db.session.execute(_counts(_words(period, types)))}
    return [_night(night, counts.get(night)) for night in period]


def _night(night: date, row: Any) -> TownNight:
    if row is None or row.free + row.few + row.full < FEWEST_HOUSES:
        return TownNight(night, None, None, None, None)
    return TownNight(night, row.free + row.few + row.full, row.free, row.few, row.full)


def _room_types(units: Sequence[str], kinds: Sequence[str]) -> Any:
    today = dates.today()
    statement = (
        select(RoomType.id)
        .join(Establishment, Establishment.id == RoomType.establishment_id)
        .outerjoin(
            Classification,
            and_(
                Classification.establishment_id == Establishment.id,
                Classification.valid.contains(today),
            ),
        )
        .where(Establishment.status == SHOWN_STATUS)
    )
    if units:
        ids = [key for key, code in geography().unit_of_id.items() if code in units]
        statement = statement.where(Classification.unit_id.in_(ids))
    if kinds:
        statement = statement.where(Classification.kind.in_(kinds))
    return statement


def _words(period: Period, room_types: Sequence[int]) -> Subquery:
    """Return each house's night as its calendar has it: rooms known vacant, anything unknown."""
    nights = vacancy_rows(period, room_types)
    shown = nights.c.confirmed_at >= shown_since(nights.c.night, dates.now())
    known = or_(nights.c.closed, and_(nights.c.vacant.is_not(None), shown))
    return (
        select(
            nights.c.establishment_id,
            nights.c.night,
            func.sum(nights.c.vacant).filter(known).label("vacant"),
            func.bool_or(and_(~func.coalesce(known, False), nights.c.total > 0)).label("unsure"),
        )
        .where(nights.c.total > 0)
        .group_by(nights.c.establishment_id, nights.c.night)
        .subquery("words")
    )


def _counts(words: Subquery) -> Any:
    vacant = func.coalesce(words.c.vacant, 0)
    word = case((vacant > FEW, "free"), (vacant > 0, "few"), (words.c.unsure, None), else_="full")
    return select(
        words.c.night,
        *(func.count().filter(word == name).label(name) for name in ("free", "few", "full")),
    ).group_by(words.c.night)
