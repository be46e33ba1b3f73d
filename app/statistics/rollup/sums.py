"""Keeping sums of facts ready, so that five years of 1,500 houses are read at once.

Facts stay the truth; everything here is made of them alone, in the transaction that stores them
(``facts.recompute_…``), and ``statistics verify`` adds them up again in Python. Which figures come
from which table, and why:

- ``fact_sum``: rows by time, unit, area, kind or stars, and every total. All houses alike are one
  row a night, and where no day or week is asked for one a month. The set of houses in each row
  tells how many different ones a month or a year had. A question that tells no houses apart, or by
  one thing only, reads the ``level`` made for it: a night of the town is a single row.
- ``origin_sum``: the same of guests by nationality and residence.
- ``fact_month``: rows by house, and the houses that a comparison leaves out because they did not
  report both times, which is known of single houses only; nights outside whole months from
  ``fact``.
- ``fact_zero``: nights that a house says were without guests, and its ward was full (``quality``).
- ``fact`` and ``fact_origin`` themselves: one house alone, nights of houses one by one.

A house whose facts are stale at this moment (``changed_night``, ``changed_house``) is taken out of
the sums by its stored facts and counted anew: see ``rollup_reading``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select, text

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.statistics.rollup.models import FactMonth, FactSum, FactZero, OriginSum

UNKNOWN = "unknown"
UNRATED = "unrated"
# A night without guests is looked at where the other houses of the ward were this full.
FULL_AROUND = 0.7
HOUSES_AROUND = 3

_OPEN = "f.reporting AND NOT f.closed"
# What each sum adds, of a fact ``f``.
ADDED = {
    "rooms_registered": "f.rooms",
    "rooms_gross": "CASE WHEN f.reporting THEN f.rooms ELSE 0 END",
    "rooms_net": f"CASE WHEN {_OPEN} THEN greatest(f.rooms - f.out_of_order, 0) ELSE 0 END",
    "rooms_commercial": f"CASE WHEN {_OPEN} THEN f.rooms ELSE 0 END",
    "rooms_occupied": "f.rooms_occupied",
    "bed_places": "CASE WHEN f.reporting THEN f.bed_places ELSE 0 END",
    "bed_places_net": f"CASE WHEN {_OPEN}"
    " THEN greatest(f.bed_places - f.bed_places_out_of_order, 0) ELSE 0 END",
    "guest_nights_domestic": "f.guest_nights_domestic",
    "guest_nights_foreign": "f.guest_nights_foreign",
    "arrivals_domestic": "f.arrivals_domestic",
    "arrivals_foreign": "f.arrivals_foreign",
    "same_day_domestic": "f.same_day_domestic",
    "same_day_foreign": "f.same_day_foreign",
}
GUESTS = ("guest_nights", "arrivals", "same_day_guests")
CELL = {
    "unit_code": f"coalesce(f.unit_code, '{UNKNOWN}')",
    "area_code": f"coalesce(f.area_code, '{UNKNOWN}')",
    "kind": f"coalesce(f.kind, '{UNKNOWN}')",
    "stars": f"coalesce(CAST(f.stars AS text), '{UNRATED}')",
}
TABLES = tuple(each.__tablename__ for each in (FactSum, FactMonth, OriginSum, FactZero))

_NAMES = ", ".join(ADDED)
_KEY = ", ".join(CELL)
_CELL = ", ".join(f"{expression} AS {name}" for name, expression in CELL.items())
_SUMS = ", ".join(f"sum({expression})::int AS {name}" for name, expression in ADDED.items())
_AGAIN = ", ".join(f"sum({name})::int AS {name}" for name in ADDED)
_GUESTS = ", ".join(GUESTS)
_GUEST_SUMS = ", ".join(f"sum(o.{name})::int AS {name}" for name in GUESTS)

# What is added up again: cells (units on nights) and months of houses; of whole nights, where
# there are many, all units and all houses at once.
_CELLS = "unnest(CAST(:nights AS date[]), CAST(:units AS text[])) AS c (night, unit)"
_HOUSES = "unnest(CAST(:houses AS int[]), CAST(:months AS date[])) AS c (house, month)"
_FACTS_OF = "(f.unit_code = c.unit OR (f.unit_code IS NULL AND c.unit = 'unknown'))"
_SUMS_OF = "s.unit_code = c.unit"
_MONTH = "{0}.night >= c.{1} AND {0}.night < CAST(c.{1} + interval '1 month' AS date)"

_FORGET_SUMS = f"""
DELETE FROM {{table}} s USING {_CELLS}
WHERE s.level = 'cell' AND s.span = '{{span}}' AND s.night = c.night AND {{sums_of}}
"""
_SUM_DAYS = f"""
INSERT INTO fact_sum (level, span, night, {_KEY}, {_NAMES}, registered_houses, reporting_houses)
SELECT 'cell', 'day', f.night, {_CELL}, {_SUMS},
       coalesce(bit_or({{house}}) FILTER (WHERE f.registered), {{none}}),
       coalesce(bit_or({{house}}) FILTER (WHERE f.reporting), {{none}})
FROM {_CELLS} JOIN fact f ON f.night = c.night AND {{facts_of}}
GROUP BY f.night, 4, 5, 6, 7
"""
_DAYS_OF_MONTH = f"s.level = 'cell' AND s.span = 'day' AND {_MONTH.format('s', 'night')}"
_SETS = "bit_or(CAST(registered_houses AS {bits})), bit_or(CAST(reporting_houses AS {bits}))"
_SUM_MONTHS = f"""
INSERT INTO fact_sum (level, span, night, {_KEY}, {_NAMES}, registered_houses, reporting_houses)
SELECT 'cell', 'month', c.night, {_KEY}, {_AGAIN}, {_SETS}
FROM {_CELLS} JOIN fact_sum s ON {_DAYS_OF_MONTH} AND {{sums_of}}
GROUP BY c.night, {_KEY}
"""
_ORIGIN_DAYS = f"""
INSERT INTO origin_sum (level, span, night, {_KEY}, country, residence, {_GUESTS})
SELECT 'cell', 'day', f.night, {_CELL}, o.country, o.residence, {_GUEST_SUMS}
FROM {_CELLS} JOIN fact f ON f.night = c.night AND {{facts_of}}
JOIN fact_origin o ON o.establishment_id = f.establishment_id AND o.night = f.night
GROUP BY f.night, 4, 5, 6, 7, o.country, o.residence
"""
_ORIGIN_MONTHS = f"""
INSERT INTO origin_sum (level, span, night, {_KEY}, country, residence, {_GUESTS})
SELECT 'cell', 'month', c.night, {_KEY}, country, residence, {_GUEST_SUMS.replace("o.", "s.")}
FROM {_CELLS} JOIN origin_sum s ON {_DAYS_OF_MONTH} AND {{sums_of}}
GROUP BY c.night, {_KEY}, country, residence
"""

# The other levels, always of all cells: what they keep of a cell; the rest is "*".
LEVELS = {
    "unit": ("unit_code", "area_code"),
    "area": ("area_code",),
    "kind": ("kind",),
    "stars": ("stars",),
    "all": (),
}


def _grouping(kept: Sequence[str]) -> int:
    """Return what PostgreSQL's GROUPING says of the codes where only these are kept."""
    return sum(8 >> place for place, name in enumerate(CELL) if name not in kept)


_CASES = " ".join(f"WHEN {_grouping(kept)} THEN '{level}'" for level, kept in LEVELS.items())
_LEVEL = f"CASE GROUPING({_KEY}) {_CASES} END"
_KEPT = ", ".join(f"coalesce({name}, '*')" for name in CELL)
_GROUPED = (
    "GROUP BY s.night{also}, GROUPING SETS ("
    + ", ".join(f"({', '.join(kept)})" for kept in LEVELS.values())
    + ")"
)
_OF_SPAN = "FROM {table} s WHERE s.level = 'cell' AND s.span = '{span}' AND s.night = ANY(:nights)"
_FORGET_LEVELS = """
DELETE FROM {table} s WHERE s.level <> 'cell' AND s.span = '{span}' AND s.night = ANY(:nights)
"""
_SUM_LEVELS = f"""
INSERT INTO fact_sum (level, span, night, {_KEY}, {_NAMES}, registered_houses, reporting_houses)
SELECT {_LEVEL}, '{{span}}', s.night, {_KEPT}, {_AGAIN}, {_SETS}
{_OF_SPAN.replace("{table}", "fact_sum")} {_GROUPED.format(also="")}
"""
_ORIGIN_LEVELS = f"""
INSERT INTO origin_sum (level, span, night, {_KEY}, country, residence, {_GUESTS})
SELECT {_LEVEL}, '{{span}}', s.night, {_KEPT}, country, residence,
       {_GUEST_SUMS.replace("o.", "s.")}
{_OF_SPAN.replace("{table}", "origin_sum")} {_GROUPED.format(also=", country, residence")}
"""
_FORGET_HOUSES = f"""
DELETE FROM fact_month m USING {_HOUSES} WHERE m.night = c.month AND {{months_of}}
"""
_HOUSE_MONTHS = f"""
INSERT INTO fact_month (night, establishment_id, {_KEY}, {_NAMES}, nights, registered, reporting)
SELECT c.month, f.establishment_id, {_CELL}, {_SUMS}, count(*), bool_or(f.registered),
       bool_or(f.reporting)
FROM {_HOUSES} JOIN fact f ON {_MONTH.format("f", "month")} AND {{house_of}}
GROUP BY c.month, f.establishment_id, 3, 4, 5, 6
"""
_FORGET_ZEROS = f"DELETE FROM fact_zero z USING {_CELLS} WHERE z.night = c.night AND {{zeros_of}}"
_FREE = "f.rooms - f.out_of_order"
# Where the ward without its largest house was not full, it was not without any other either.
_ZEROS = f"""
WITH around AS MATERIALIZED (
    SELECT f.unit_code, f.night, sum(f.rooms_occupied) AS occupied, sum({_FREE}) AS rooms
    FROM {_CELLS} JOIN fact f ON f.night = c.night AND {{facts_of}}
    WHERE f.reporting AND NOT f.closed AND f.rooms > 0
    GROUP BY 1, 2
    HAVING count(*) > {HOUSES_AROUND}
       AND sum(f.rooms_occupied) >= {FULL_AROUND} * (sum({_FREE}) - max({_FREE}))
)
INSERT INTO fact_zero (establishment_id, night, unit_code, area_code, kind, stars)
SELECT f.establishment_id, f.night, f.unit_code, f.area_code, f.kind, f.stars
FROM around JOIN fact f USING (unit_code, night)
WHERE f.reporting AND f.registered AND NOT f.closed AND f.rooms > 0 AND f.rooms_occupied = 0
  AND around.occupied >= {FULL_AROUND} * (around.rooms - ({_FREE}))
"""
_EVERYTHING = dict.fromkeys(("facts_of", "sums_of", "months_of", "house_of", "zeros_of"), "true")
_PARTS = {
    "facts_of": _FACTS_OF,
    "sums_of": _SUMS_OF,
    "months_of": "m.establishment_id = c.house",
    "house_of": "f.establishment_id = c.house",
    "zeros_of": "z.unit_code = c.unit",
}

Values = dict[str, Any]
Touched = tuple[int, date, "str | None"]
"""A house, a night, and the unit it stood or stands in."""


def width() -> int:
    """Return how many bits a set of houses has: one for each id there may be, with room to grow."""
    highest = db.session.scalar(select(func.max(Establishment.id))) or 0
    return int(highest) // 64 * 64 + 64


def none(bits: int) -> str:
    """Return, as SQL, the set of no house."""
    return f"CAST(B'' AS bit({bits}))"


def house(bits: int) -> str:
    """Return, as SQL, the set of the house of the fact ``f``."""
    return f"set_bit({none(bits)}, f.establishment_id, 1)"


def add_up_nights(nights: Collection[date]) -> None:
    """Add up the facts of all houses on these nights."""
    if nights:
        months = sorted({dates.month_start(night) for night in nights})
        _add_up(
            {"nights": sorted(nights), "units": [None] * len(nights)},
            {"nights": months, "units": [None] * len(months)},
            {"months": months, "houses": [None] * len(months)},
            _EVERYTHING,
        )


def add_up(touched: Iterable[Touched]) -> None:
    """Add up again where the facts of a house on a night, in this unit, have become others."""
    cells: set[tuple[date, str]] = set()
    months: set[tuple[date, str]] = set()
    houses: set[tuple[date, int]] = set()
    for house_id, night, unit in touched:
        month = dates.month_start(night)
        cells.add((night, unit or UNKNOWN))
        months.add((month, unit or UNKNOWN))
        houses.add((month, house_id))
    if cells:
        _add_up(
            _columns(("nights", "units"), cells),
            _columns(("nights", "units"), months),
            _columns(("months", "houses"), houses),
            _PARTS,
        )


def _columns(names: Sequence[str], rows: Collection[tuple[Any, ...]]) -> Values:
    columns = zip(*sorted(rows), strict=True)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _add_up(days: Values, months: Values, houses: Values, parts: Mapping[str, str]) -> None:
    bits = width()
    sets = {"bits": f"bit({bits})", "none": none(bits), "house": house(bits), **parts}
    spans = (("day", days), ("month", months))
    for table in ("fact_sum", "origin_sum"):
        for span, values in spans:
            _run(_FORGET_SUMS, values, **sets, table=table, span=span)
    _run(_SUM_DAYS, days, **sets)
    _run(_SUM_MONTHS, months, **sets)
    _run(_ORIGIN_DAYS, days, **sets)
    _run(_ORIGIN_MONTHS, months, **sets)
    for span, values in spans:
        nights = {"nights": sorted(set(values["nights"]))}
        for table, add in (("fact_sum", _SUM_LEVELS), ("origin_sum", _ORIGIN_LEVELS)):
            _run(_FORGET_LEVELS, nights, table=table, span=span)
            _run(add, nights, **sets, span=span)
    _run(_FORGET_HOUSES, houses, **sets)
    _run(_HOUSE_MONTHS, houses, **sets)
    _run(_FORGET_ZEROS, days, **sets)
    _run(_ZEROS, days, **sets)


def _run(statement: str, values: Values, **parts: str) -> None:
    db.session.execute(text(statement.format(**parts)), values)
