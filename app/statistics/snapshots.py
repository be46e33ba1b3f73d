"""Reading the books every morning: what was booked for which night, as it was known that day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Integer, case, cast, distinct, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app import dates
from app.availability.freshness import LATER
from app.availability.vacancy import vacancy_rows
from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.facts import LONGEST_TURN
from app.statistics.forecast.models import BooksDay, BooksSnapshot
from app.statistics.queries import UNKNOWN, UNRATED, Filters

# A quarter ahead: the forecast looks 60 nights, a holiday's pace is asked for a little earlier.
NIGHTS = 93
KEPT_DAYS = 3 * 366

# --- Taking ---------------------------------------------------------------------------------


def tick() -> bool:
    """Read today's books if nobody did; commits. A day nobody read stays missing.

    What the books said on a past morning can't be told later: cancelled reservations are gone
    from them, so a day caught up would be an invention.
    """
    if db.session.get(BooksDay, dates.today()) is not None:
        return False
    db.session.execute(db.text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    take()
    forget_old()
    db.session.commit()
    return False


def take() -> bool:
    """Store what is on the books now as today's; returns whether this was the first to do it."""
    now = dates.now()
    today = dates.hotel_day(now)
    first = db.session.scalar(
        upsert(BooksDay)
        .values(as_of=today, taken_at=now)
        .on_conflict_do_nothing()
        .returning(BooksDay.as_of)
    )
    if first is None:
        return False
    counted = _counted(today).subquery()
    c = counted.c
    rows = select(
        literal(today, db.Date),
        c.unit_code,
        c.kind,
        c.stars,
        func.max(c.area_code),
        func.max(c.houses),
        func.coalesce(func.max(c.rooms).filter(c.night == today), 0),
        func.array_agg(aggregate_order_by(c.booked, c.night), type_=ARRAY(Integer)),
    ).group_by(c.unit_code, c.kind, c.stars)
    names = ["as_of", "unit_code", "kind", "stars", "area_code", "houses", "rooms", "rooms_booked"]
    db.session.execute(insert(BooksSnapshot).from_select(names, rows))
    return True


def _counted(today: date) -> Any:
    """Return a row for each unit, kind, stars and night, of the houses that are known."""
    rows = vacancy_rows(Period.of(today, NIGHTS)).c
    heir = aliased(Unit)
    keys = (
        func.coalesce(heir.code, Unit.code, UNKNOWN).label("unit_code"),
        func.coalesce(heir.area_code, Unit.area_code, UNKNOWN).label("area_code"),
        func.coalesce(Classification.kind, UNKNOWN).label("kind"),
        func.coalesce(Classification.stars, 0).label("stars"),
        rows.night,
    )
    return (
        select(
            *keys,
            func.count(distinct(rows.establishment_id)).label("houses"),
            cast(func.sum(case((rows.closed, 0), else_=rows.total)), Integer).label("rooms"),
            cast(func.sum(rows.taken + rows.open_reservations), Integer).label("booked"),
        )
        .join(Establishment, Establishment.id == rows.establishment_id)
        .outerjoin(
            Classification,
            (Classification.establishment_id == Establishment.id)
            & Classification.valid.contains(literal(today, db.Date)),
        )
        .outerjoin(Unit, Unit.id == Classification.unit_id)
        .outerjoin(heir, heir.id == Unit.successor_id)
        .where(
            Establishment.status.in_(COUNTED_STATUSES),
            rows.confirmed_at >= dates.now() - LATER.stale,
        )
        .group_by(*keys)
    )


def forget_old() -> None:
    """Remove what lies further back than any comparison reaches; the snapshots go with the day."""
    db.session.execute(
        db.delete(BooksDay).where(BooksDay.as_of < dates.today() - timedelta(days=KEPT_DAYS))
    )


# --- Reading --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Books:
    """What was on the books: by morning, the rooms booked for that night and those after it."""

    mornings: Mapping[date, tuple[int, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.mornings)

    def on(self, as_of: date) -> tuple[int, ...] | None:
        return self.mornings.get(as_of)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of a snapshot, of one unit, kind and stars."""

    as_of: date
    unit_code: str
    area_code: str
    kind: str
    stars: str
    rooms_booked: tuple[int, ...]


def cells(period: Period, filters: Filters | None = None) -> list[Cell]:
    """Return the rows of the mornings of a period, in the order of the mornings."""
    s = BooksSnapshot
    statement = (
        select(s.as_of, s.unit_code, s.area_code, s.kind, s.stars, s.rooms_booked)
        .where(s.as_of >= period.start, s.as_of < period.end, *_conditions(filters or Filters()))
        .order_by(s.as_of, s.unit_code, s.kind, s.stars)
    )
    return [
        Cell(row[0], row[1], row[2], row[3], str(row[4] or UNRATED), tuple(row[5]))
        for row in db.session.execute(statement)
    ]


def mornings(period: Period) -> set[date]:
    """Return the mornings of a period on which the books were read."""
    statement = select(BooksDay.as_of).where(
        BooksDay.as_of >= period.start, BooksDay.as_of < period.end
    )
    return set(db.session.scalars(statement))


def added_up(read: Iterable[date], rows: Iterable[Cell]) -> Books:
    """Add the cells of each morning; a morning that was read and holds none had empty books."""
    sums = {as_of: [0] * NIGHTS for as_of in read}
    for row in rows:
        total = sums[row.as_of]
        for step, booked in enumerate(row.rooms_booked[:NIGHTS]):
            total[step] += booked
    return Books({as_of: tuple(total) for as_of, total in sorted(sums.items())})


def books(period: Period, filters: Filters | None = None) -> Books:
    """Return what was on the books on the mornings of a period, in the units and classes asked."""
    return added_up(mornings(period), cells(period, filters))


def _conditions(filters: Filters) -> list[Any]:
    s = BooksSnapshot
    columns = {
        s.unit_code: filters.units,
        s.area_code: filters.areas,
        s.kind: filters.kinds,
        s.stars: None
        if filters.stars is None
        else tuple(0 if value == UNRATED else int(value) for value in filters.stars),
    }
    found = [column.in_(values) for column, values in columns.items() if values is not None]
    if filters.within is not None:
        found.append(s.unit_code.in_(sorted(filters.within)))
    return found
