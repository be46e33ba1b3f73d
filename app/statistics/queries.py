"""Reading statistics: occupancy, guests and origins of a period, always exact at this instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import text

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics import reading
from app.statistics.periods import BY_TIME, parts
from app.statistics.rollup import sums as rollup
from app.statistics.rollup.reading import level_of, of_cells, of_houses, spans
from app.statistics.rollup.sums import ADDED

UNKNOWN, UNRATED = rollup.UNKNOWN, rollup.UNRATED
FINAL_ON_DAY = 12

# What rows are made by: the expression of the key, over the facts and the house.
KEYS = {
    "day": "to_char(f.night, 'YYYY-MM-DD')",
    "week": "to_char(f.night, 'IYYY-\"W\"IW')",
    "month": "to_char(f.night, 'YYYY-MM')",
    "quarter": "to_char(f.night, 'YYYY-\"Q\"Q')",
    "year": "to_char(f.night, 'YYYY')",
    "unit": f"coalesce(f.unit_code, '{UNKNOWN}')",
    "area": f"coalesce(f.area_code, '{UNKNOWN}')",
    "kind": f"coalesce(f.kind, '{UNKNOWN}')",
    "stars": f"coalesce(CAST(f.stars AS text), '{UNRATED}')",
    "establishment": "e.code",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which house-nights count; None is no restriction, ``within`` is what the reader may see."""

    units: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    stars: tuple[str, ...] | None = None
    house_id: int | None = None
    within: frozenset[str] | None = None

    @property
    def parts(self) -> list[str]:
        """By which parts of the town they tell houses apart."""
        asked = {
            "unit": self.units if self.within is None else self.within,
            "area": self.areas,
            "kind": self.kinds,
            "stars": self.stars,
        }
        return [part for part, codes in asked.items() if codes is not None]

    def condition(self) -> tuple[str, dict[str, Any]]:
        """Return the SQL over the facts ``f`` and its parameters."""
        clauses: list[str] = []
        values: dict[str, Any] = {}
        named = {
            "units": (KEYS["unit"], self.units),
            "areas": (KEYS["area"], self.areas),
            "kinds": (KEYS["kind"], self.kinds),
            "stars": (KEYS["stars"], self.stars),
            "within": ("f.unit_code", None if self.within is None else tuple(sorted(self.within))),
        }
        for name, (expression, wanted) in named.items():
            if wanted is not None:
                clauses.append(f"{expression} = ANY(:{name})")
                values[name] = list(wanted)
        return " AND ".join(clauses) or "true", values


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in some houses on some nights, as sums; rates are fractions of two of them.

    Rooms and bed places are room nights and bed-place nights. Gross and net count the house-nights
    that reported only; ``rooms_registered`` counts all.
    """

    key: str = ""
    status: str = "provisional"
    rooms_registered: int = 0
    rooms_gross: int = 0
    rooms_net: int = 0
    rooms_commercial: int = 0
    rooms_occupied: int = 0
    bed_places: int = 0
    bed_places_net: int = 0
    guest_nights: int = 0
    guest_nights_domestic: int = 0
    guest_nights_foreign: int = 0
    arrivals: int = 0
    arrivals_domestic: int = 0
    arrivals_foreign: int = 0
    same_day_guests: int = 0
    same_day_domestic: int = 0
    same_day_foreign: int = 0
    establishments: int = 0
    reporting_establishments: int = 0

    @property
    def occupancy_net(self) -> float | None:
        return ratio(self.rooms_occupied, self.rooms_net)

    @property
    def occupancy_gross(self) -> float | None:
        return ratio(self.rooms_occupied, self.rooms_gross)

    @property
    def occupancy_commercial(self) -> float | None:
        return ratio(self.rooms_occupied, self.rooms_commercial)

    @property
    def bed_occupancy_net(self) -> float | None:
        return ratio(self.guest_nights, self.bed_places_net)

    @property
    def bed_occupancy_gross(self) -> float | None:
        return ratio(self.guest_nights, self.bed_places)

    @property
    def average_stay(self) -> float | None:
        return ratio(self.guest_nights, self.arrivals)

    @property
    def guests_per_room(self) -> float | None:
        return ratio(self.guest_nights, self.rooms_occupied)

    @property
    def guests_served(self) -> int:
        """Overnight and same-day guests together (lượt khách phục vụ)."""
        return self.arrivals + self.same_day_guests

    @property
    def reporting_rooms_share(self) -> float | None:
        return ratio(self.rooms_gross, self.rooms_registered)


def ratio(numerator: int, denominator: int) -> float | None:
    """Return the fraction, unrounded; over zero there is none."""
    return numerator / denominator if denominator else None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by key, and all of them together; a total is counted, not added up, where houses are."""

    rows: list[Figures] = field(default_factory=list)
    total: Figures = field(default_factory=Figures)


_ADDED = ", ".join(f"sum({expression}) AS {name}" for name, expression in ADDED.items())
_AGAIN = ", ".join(f"sum(f.{name}) AS {name}" for name in ADDED)
# Figures that are their domestic and their foreign part together.
_BOTH = {"guest_nights": "guest_nights", "arrivals": "arrivals", "same_day_guests": "same_day"}
_HOUSES = "establishments", "reporting_establishments"
_SETS = dict(zip(("registered_houses", "reporting_houses"), _HOUSES, strict=True))
# Rows by a key and then all of them: houses of the total are counted, not added up.
_ONE_HOUSE = f"""
SELECT {{key}} AS key, {_ADDED}, bool_or(f.registered)::int AS establishments,
       bool_or(f.reporting)::int AS reporting_establishments
FROM fact_now f {{house}} WHERE {{condition}} GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS LAST
"""
_CELLS = f"""
, of_key AS MATERIALIZED (
    SELECT {{key}} AS key, {_AGAIN}, {", ".join(f"bit_or(f.{name}) AS {name}" for name in _SETS)}
    FROM cell_now f WHERE {{condition}} GROUP BY 1
)
SELECT f.key, {_AGAIN}, {", ".join(f"bit_count(f.{name}) AS {as_}" for name, as_ in _SETS.items())}
FROM of_key f GROUP BY f.key, f.registered_houses, f.reporting_houses
UNION ALL
SELECT NULL, {_AGAIN},
       {", ".join(f"bit_count(bit_or(f.{name})) AS {as_}" for name, as_ in _SETS.items())}
FROM of_key f ORDER BY 1 NULLS LAST
"""
_EACH_HOUSE = f"""
, of_house AS MATERIALIZED (
    SELECT f.establishment_id, {_AGAIN}, bool_or(f.registered)::int AS establishments,
           bool_or(f.reporting)::int AS reporting_establishments
    FROM house_now f WHERE {{condition}} GROUP BY 1
)
SELECT e.code AS key, {", ".join(f"f.{name}" for name in (*ADDED, *_HOUSES))}
FROM of_house f JOIN establishment e ON e.id = f.establishment_id
UNION ALL
SELECT NULL, {", ".join(f"sum(f.{name}) AS {name}" for name in (*ADDED, *_HOUSES))}
FROM of_house f ORDER BY 1 NULLS LAST
"""


def ended(period: Period) -> Period | None:
    """Return the part of the period up to tonight; None where all of it lies ahead."""
    end = dates.today() + ONE_DAY
    return None if period.start >= end else Period(period.start, min(period.end, end))


def occupancy(period: Period, *, by: str, filters: Filters | None = None) -> Table:
    """Return the figures of the period by day, week, …, unit, area, kind, stars or establishment.

    Of a day, week, … without any house the row says zero; other keys are there if a house is.
    """
    nights = ended(period)
    if nights is None:
        return Table(total=Figures(key="total"))
    filters = filters or Filters()
    condition, values = filters.condition()
    start, rows, more = _source(nights, by, filters)
    house = "JOIN establishment e ON e.id = f.establishment_id" if by == "establishment" else ""
    statement = start + rows.format(key=KEYS[by], house=house, condition=condition)
    found = [row._mapping for row in db.session.execute(text(statement), values | more)]
    total = replace(figures_of(found.pop(), status_of(nights.end - ONE_DAY)), key="total")
    return Table(_rows(found, nights, by), total)


def _source(nights: Period, by: str, filters: Filters) -> tuple[str, str, dict[str, Any]]:
    """Return where the figures are read from: what a statement begins and ends with, its values."""
    if filters.house_id is not None:
        start, values = reading.now(nights, filters.house_id)
        return start, _ONE_HOUSE, values
    if by == "establishment":
        start, values = of_houses(spans({"total": nights}))
        return start, _EACH_HOUSE, values
    level = level_of(*filters.parts, *((by,) if by not in BY_TIME else ()))
    start, values = of_cells(nights, level=level, whole_months=by not in ("day", "week"))
    return start, _CELLS, values


def figures_of(row: Mapping[Any, Any], status: str = "provisional") -> Figures:
    """Return the figures of a row with a key, the sums and the counts of houses."""
    sums: dict[str, Any] = {name: int(row[name] or 0) for name in (*ADDED, *_HOUSES)}
    both: dict[str, Any] = {
        whole: sums[f"{part}_domestic"] + sums[f"{part}_foreign"] for whole, part in _BOTH.items()
    }
    return Figures(key=row["key"] or "", status=status, **sums, **both)


def _rows(found: Sequence[Mapping[Any, Any]], nights: Period, by: str) -> list[Figures]:
    """Give each row its status, and each day, week, … of the period a row."""
    if by not in BY_TIME:
        status = status_of(nights.end - ONE_DAY)
        return [figures_of(row, status) for row in found]
    by_key, provisional_from = {row["key"]: row for row in found}, _provisional_from()
    rows = []
    for key, part in parts(nights, by):
        status = "final" if part.end <= provisional_from else "provisional"
        row = by_key.get(key)
        rows.append(figures_of(row, status) if row else Figures(key=key, status=status))
    return rows


def status_of(last_night: date) -> str:
    """Return ``final`` from the 12th of the month after this night on, ``provisional`` before."""
    return "final" if last_night < _provisional_from() else "provisional"


def _provisional_from() -> date:
    """Return the first night that is not final: before the 12th that of the month before."""
    today = dates.today()
    return dates.month_start(today) if today.day >= FINAL_ON_DAY else dates.previous_month(today)


def first_fact_night() -> date | None:
    """Return the first night that figures are stored of; a comparison reaches back to it."""
    return db.session.scalar(text("SELECT min(night) FROM fact_night"))
