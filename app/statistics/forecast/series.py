"""What a forecast is made from: rooms occupied each night, rooms there are, and the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Integer, case, cast, func, literal, select, text

from app import dates
from app.availability.vacancy import vacancy_rows
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Classification, Establishment, Unit
from app.statistics import snapshots
from app.statistics.computing import COUNTED_STATUSES
from app.statistics.facts import LONGEST_TURN
from app.statistics.queries import KEYS, Filters, first_fact_night
from app.statistics.reading import now as facts_now
from app.statistics.snapshots import Books, Cell
from app.statistics.tonight.vacancy import HEIR
from app.statistics.tonight.vacancy import KEYS as PLACE_KEYS

HORIZON = 60
LONGEST_HISTORY = timedelta(days=1_830)
# Pick-up is learned from this many of the latest mornings.
MORNINGS = timedelta(days=400)

PARTS = ("unit", "area", "kind", "stars")


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the town that is forecast every night: all of it, a ward, a class, or both."""

    unit: str | None = None
    area: str | None = None
    kind: str | None = None
    stars: str | None = None

    @property
    def name(self) -> str:
        named = [(part, getattr(self, part)) for part in PARTS]
        return "+".join(f"{part}:{code}" for part, code in named if code is not None) or "all"

    @classmethod
    def of(cls, filters: Filters) -> Scope | None:
        """Return the scope that filters mean; None where they ask for several codes of a kind."""
        several = {
            "unit": filters.units if filters.within is None else _own(filters),
            "area": filters.areas,
            "kind": filters.kinds,
            "stars": filters.stars,
        }
        if filters.house_id is not None or any(c and len(c) > 1 for c in several.values()):
            return None
        return cls(**{part: codes[0] for part, codes in several.items() if codes})

    def holds(self, keys: Sequence[str]) -> bool:
        wanted = (self.unit, self.area, self.kind, self.stars)
        return all(code is None or code == key for code, key in zip(wanted, keys, strict=True))


def _own(filters: Filters) -> tuple[str, ...]:
    """The units that a reader of some units asks for; two where there is no telling."""
    own = filters.within or frozenset()
    return filters.units or (tuple(sorted(own)) if own else ("", ""))


Keys = tuple[str, str, str, str]


@dataclass(slots=True)
class Nights:
    """Rooms occupied and rooms there were, night by night, of one cell or of several."""

    occupied: list[int]
    rooms: list[int]


@dataclass(frozen=True, slots=True)
class Material:
    """All that is known on one morning, by unit, area, kind and stars."""

    as_of: date
    start: date
    nights: dict[Keys, Nights] = field(default_factory=dict)
    ahead: dict[Keys, list[int]] = field(default_factory=dict)
    mornings: frozenset[date] = frozenset()
    books: dict[Keys, list[Cell]] = field(default_factory=dict)

    def scopes(self, least: float) -> list[Scope]:
        """The town, its areas, units and classes; both together where rooms are not too few."""
        cells = list(self.nights)
        single = {Scope()} | {
            Scope(**{part: keys[place]}) for keys in cells for place, part in enumerate(PARTS)
        }
        double = {
            Scope(**{place: keys[PARTS.index(place)], kind: keys[PARTS.index(kind)]})
            for keys in cells
            for place in ("unit", "area")
            for kind in ("kind", "stars")
        }
        enough = {scope for scope in double if self._recent(scope) >= least}
        return sorted(single, key=lambda s: s.name) + sorted(enough, key=lambda s: s.name)

    def _recent(self, scope: Scope) -> float:
        recent = [n.occupied[-28:] for keys, n in self.nights.items() if scope.holds(keys)]
        return sum(sum(nights) for nights in recent) / 28

    def within(self, scope: Scope) -> Material:
        """The part of it that a scope holds."""
        return Material(
            self.as_of,
            self.start,
            {keys: nights for keys, nights in self.nights.items() if scope.holds(keys)},
            {keys: rooms for keys, rooms in self.ahead.items() if scope.holds(keys)},
            self.mornings,
            {keys: cells for keys, cells in self.books.items() if scope.holds(keys)},
        )

    def total(self) -> Nights:
        length = (self.as_of - self.start).days
        total = Nights([0] * length, [0] * length)
        for nights in self.nights.values():
            total.occupied = _added(total.occupied, nights.occupied)
            total.rooms = _added(total.rooms, nights.rooms)
        return total

    def rooms_ahead(self) -> list[int]:
        total = [0] * HORIZON
        for rooms in self.ahead.values():
            total = _added(total, rooms)
        return total

    def all_books(self) -> Books:
        rows = (cell for cells in self.books.values() for cell in cells)
        return snapshots.added_up(self.mornings, rows)


def _added(one: Iterable[int], other: Iterable[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


# --- Reading it -----------------------------------------------------------------------------


def load(as_of: date, filters: Filters | None = None) -> Material | None:
    """Read what is known on this morning, nothing of the night that begins; None without facts."""
    first = first_fact_night()
    start = None if first is None else max(first, as_of - LONGEST_HISTORY)
    if start is None or start >= as_of:
        return None
    filters = filters or Filters()
    db.session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_TURN}'"))
    mornings = Period(max(start, as_of - MORNINGS), as_of + ONE_DAY)
    books: dict[Keys, list[Cell]] = {}
    for cell in snapshots.cells(mornings, filters):
        keys = (cell.unit_code, cell.area_code, cell.kind, cell.stars)
        books.setdefault(keys, []).append(cell)
    return Material(
        as_of,
        start,
        _nights(Period(start, as_of), filters),
        _rooms_ahead(as_of, filters),
        frozenset(snapshots.mornings(mornings)),
        books,
    )


def _nights(period: Period, filters: Filters) -> dict[Keys, Nights]:
    condition, values = filters.condition()
    columns = ", ".join(KEYS[part] for part in PARTS)
    start, more = facts_now(period)
    statement = text(f"""{start}
        SELECT {columns}, f.night, sum(f.rooms_occupied),
               coalesce(sum(greatest(f.rooms - f.out_of_order, 0)) FILTER (WHERE NOT f.closed), 0)
        FROM fact_now f WHERE {condition} GROUP BY 1, 2, 3, 4, 5
    """)
    values |= more
    found: dict[Keys, Nights] = {}
    length = len(period)
    for unit, area, kind, stars, night, occupied, rooms in db.session.execute(statement, values):
        keys = (unit, area, kind, stars)
        nights = found.setdefault(keys, Nights([0] * length, [0] * length))
        step = (night - period.start).days
        nights.occupied[step], nights.rooms[step] = int(occupied), int(rooms)
    return found


def _rooms_ahead(as_of: date, filters: Filters) -> dict[Keys, list[int]]:
    """Return the rooms in service on each night to come, as the register knows it now."""
    rows = vacancy_rows(Period.of(as_of, HORIZON)).c
    keys = [PLACE_KEYS[part] for part in PARTS]
    free = func.greatest(rows.total - rows.out_of_order, 0)
    statement = (
        select(*keys, rows.night, cast(func.sum(case((rows.closed, 0), else_=free)), Integer))
        .join(Establishment, Establishment.id == rows.establishment_id)
        .outerjoin(
            Classification,
            (Classification.establishment_id == Establishment.id)
            & Classification.valid.contains(literal(dates.today(), db.Date)),
        )
        .outerjoin(Unit, Unit.id == Classification.unit_id)
        .outerjoin(HEIR, HEIR.id == Unit.successor_id)
        .where(Establishment.status.in_(COUNTED_STATUSES), *_place_conditions(filters))
        .group_by(*keys, rows.night)
    )
    found: dict[Keys, list[int]] = {}
    for row in db.session.execute(statement).all():
        unit, area, kind, stars, night, count = tuple(row)
        ahead = found.setdefault((unit, area, kind, stars), [0] * HORIZON)
        ahead[(night - as_of).days] = count
    return found


def _place_conditions(filters: Filters) -> list[Any]:
    asked = (filters.units, filters.areas, filters.kinds, filters.stars)
    found: list[Any] = [
        PLACE_KEYS[part].in_(codes)
        for part, codes in zip(PARTS, asked, strict=True)
        if codes is not None
    ]
    if filters.within is not None:
        found.append(PLACE_KEYS["unit"].in_(sorted(filters.within)))
    return found
