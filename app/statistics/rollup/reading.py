"""Reading the sums kept by ``rollup``, right at this instant although some houses are stale.

A house of which anything is marked is *loose*. Its stored facts are subtracted from the sums and
its bit is taken out of the sets of houses; then all of its facts, those that hold and those counted
live, are added one by one. A night that is not stored yet is in no sum: all houses are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app import dates
from app.dates import ONE_DAY, Period
from app.statistics.reading import (
    FACTS,
    LIVE,
    MARKED_HOUSES,
    ORIGINS,
    SETTLED,
    STORED,
    is_settled,
    now,
    parameters,
)
from app.statistics.rollup.sums import ADDED, CELL, GUESTS, LEVELS, house, none, width

Values = dict[str, Any]

_KEY = ", ".join(f"f.{name}" for name in CELL)
_NAMES = ", ".join(f"f.{name}" for name in ADDED)
_CELL = ", ".join(f"{expression} AS {name}" for name, expression in CELL.items())
_ADDED = ", ".join(f"{expression} AS {name}" for name, expression in ADDED.items())
_TAKEN = ", ".join(f"-({expression}) AS {name}" for name, expression in ADDED.items())
_GUESTS = ", ".join(GUESTS)
_GUESTS_TAKEN = ", ".join(f"-o.{name}" for name in GUESTS)

# Rows of a period: whole months where the question allows it, and nights before and after them.
_OF_PERIOD = """
    ((f.span = 'month' AND f.night >= :months_first AND f.night < :months_end)
     OR (f.span = 'day' AND f.night >= :first AND f.night < :months_first)
     OR (f.span = 'day' AND f.night >= :months_end AND f.night <= :last))
"""
_OF_SPANS = """
    ((f.span = 'month' AND f.night = ANY(CAST(:months AS date[])))
     OR (f.span = 'day' AND f.night = ANY(CAST(:days AS date[]))))
"""
_LOOSE = f"""{LIVE},
loose AS MATERIALIZED ({MARKED_HOUSES}),
loose_now AS MATERIALIZED (
    SELECT {FACTS} FROM fact f
    WHERE {SETTLED} AND f.establishment_id IN (SELECT establishment_id FROM loose)
    UNION ALL SELECT {FACTS} FROM counted
),
loose_stored AS MATERIALIZED (
    SELECT {FACTS} FROM fact f
    WHERE {STORED} AND f.establishment_id IN (SELECT establishment_id FROM loose)
)
"""

# --- What is asked for ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spans:
    """Nights under names, cut into whole months and the nights that are left over.

    Nights of whole months are among ``rows`` all the same, for houses that are loose.
    """

    months: tuple[date, ...]
    days: tuple[date, ...]
    rows: tuple[tuple[str, str, date], ...]

    @property
    def period(self) -> Period:
        nights = [night for _, span, night in self.rows if span == "day"]
        return Period(min(nights), max(nights) + ONE_DAY)


def spans(named: Mapping[str, Iterable[date]]) -> Spans:
    """Cut the nights of each name; a month serves only where all names have it whole or not."""
    counts = {name: Counter(nights) for name, nights in named.items()}
    every = {night for nights in counts.values() for night in nights}
    months = [
        month
        for month in sorted({dates.month_start(night) for night in every})
        if all(_is_whole(nights, month) for nights in counts.values())
    ]
    whole = set(months)
    rows = [(name, "day", night) for name, nights in counts.items() for night in nights.elements()]
    rows += [
        (name, "month", month)
        for name, nights in counts.items()
        for month in months
        if month in nights
    ]
    days = sorted(night for night in every if dates.month_start(night) not in whole)
    return Spans(tuple(months), tuple(days), tuple(rows))


def _is_whole(nights: Mapping[date, int], month: date) -> bool:
    end = min(dates.next_month(month), dates.today() + ONE_DAY)
    numbers = {nights.get(night, 0) for night in Period(month, end)}
    return numbers in ({0}, {1})


# --- All houses alike -----------------------------------------------------------------------


def level_of(*parts: str) -> str:
    """Return the level whose rows tell apart these parts of the town, and no more than needed."""
    wanted = {
        "unit_code" if part == "unit" else "area_code" if part == "area" else part for part in parts
    }
    fitting = [level for level, kept in LEVELS.items() if wanted <= set(kept)]
    return min(fitting, key=lambda level: len(LEVELS[level]), default="cell")


def of_cells(
    nights: Period | Spans, *, level: str, whole_months: bool = True
) -> tuple[str, Values]:
    """Return the beginning of a statement and its parameters; the period ends with tonight at most.

    What follows may select from cell_now: the sums of nights (or months) and cells, some of them
    negative, and the sets ``registered_houses`` and ``reporting_houses``. A set is only right
    after all rows of a key were joined. Of spans, it has to join with them.
    """
    condition, values = _asked(nights, level, whole_months)
    bits = width()
    sets = ", ".join(
        f"CAST(f.{name} AS bit({bits})) {{mask}} AS {name}"
        for name in ("registered_houses", "reporting_houses")
    )
    rows = f"SELECT f.span, f.night, {_KEY}, {_NAMES}, {sets} FROM fact_sum f WHERE {condition}"
    if is_settled(values):
        return f"WITH cell_now AS ({rows.format(mask='')})", values
    mine, nobody = house(bits), none(bits)
    mask = f"& (SELECT ~coalesce(bit_or({mine}), {nobody}) FROM loose f)"
    return (
        f"""WITH {_LOOSE},
cell_now AS (
    {rows.format(mask=mask)}
    UNION ALL
    SELECT 'day', f.night, {_CELL}, {_ADDED}, CASE WHEN f.registered THEN {mine} ELSE {nobody} END,
           CASE WHEN f.reporting THEN {mine} ELSE {nobody} END FROM loose_now f
    UNION ALL
    SELECT 'day', f.night, {_CELL}, {_TAKEN}, {nobody}, {nobody} FROM loose_stored f
)""",
        values,
    )


def origins_of_cells(period: Period, *, level: str, whole_months: bool) -> tuple[str, Values]:
    """Return the same for origin_cell_now: guests by night, cell, country and residence."""
    condition, values = _asked(period, level, whole_months)
    rows = f"""
    SELECT f.night, {_KEY}, f.country, f.residence, {_GUESTS} FROM origin_sum f WHERE {condition}
    """
    if is_settled(values):
        return f"WITH origin_cell_now AS ({rows})", values
    return (
        f"""WITH {_LOOSE},
loose_origin AS (
    SELECT {ORIGINS} FROM fact_origin f
    WHERE {SETTLED} AND f.establishment_id IN (SELECT establishment_id FROM loose)
    UNION ALL SELECT {ORIGINS} FROM counted_origin
),
origin_cell_now AS (
    {rows}
    UNION ALL
    SELECT f.night, {_CELL}, o.country, o.residence, {_GUESTS}
    FROM loose_origin o JOIN loose_now f USING (establishment_id, night)
    UNION ALL
    SELECT f.night, {_CELL}, o.country, o.residence, {_GUESTS_TAKEN}
    FROM loose_stored f JOIN fact_origin o USING (establishment_id, night)
)""",
        values,
    )


def _asked(nights: Period | Spans, level: str, whole_months: bool) -> tuple[str, Values]:
    """Return which rows of the sums are asked for, and the parameters."""
    if isinstance(nights, Spans):
        more: Values = {"months": list(nights.months), "days": list(nights.days)}
        return f"f.level = '{level}' AND {_OF_SPANS}", parameters(nights.period) | more
    values = parameters(nights) | _months(nights, whole_months)
    return f"f.level = '{level}' AND {_OF_PERIOD}", values


def _months(period: Period, wanted: bool) -> Values:
    """Return from when to when the months are whole; of the running one what has begun is."""
    start, end = _ceiling(period.start), dates.month_start(period.end)
    if period.end > dates.today():
        end = _ceiling(period.end)
    if not wanted or start >= end:
        start = end = period.end
    return {"months_first": start, "months_end": end}


def _ceiling(day: date) -> date:
    return day if day.day == 1 else dates.next_month(day)


# --- House by house -------------------------------------------------------------------------


def of_houses(of: Spans) -> tuple[str, Values]:
    """Return the beginning of a statement about house_now: each house by night or month and cell.

    What follows has to join with the spans by ``span`` and ``night``, or take all of one period.
    """
    values = parameters(of.period) | {"months": list(of.months), "days": list(of.days)}
    settled = is_settled(values)
    tight = "" if settled else "AND f.establishment_id NOT IN (SELECT establishment_id FROM loose)"
    rows = f"""
    SELECT 'month' AS span, f.night, f.establishment_id, {_KEY}, {_NAMES}, f.nights, registered,
           reporting
    FROM fact_month f WHERE f.night = ANY(CAST(:months AS date[])) {tight}
    UNION ALL
    SELECT 'day', f.night, f.establishment_id, {_CELL}, {_ADDED}, 1 AS nights,
           registered, reporting
    FROM fact f WHERE f.night = ANY(CAST(:days AS date[])) {tight}
      AND EXISTS (SELECT FROM fact_night n WHERE n.night = f.night)
    """
    if settled:
        return f"WITH house_now AS ({rows})", values
    return (
        f"""WITH {_LOOSE},
house_now AS ({rows}
    UNION ALL
    SELECT 'day', f.night, f.establishment_id, {_CELL}, {_ADDED}, 1 AS nights,
           registered, reporting
    FROM loose_now f
)""",
        values,
    )


def of_one_house(period: Period, house_id: int) -> tuple[str, Values]:
    """Return the same of one house, of which facts are few enough."""
    start, values = now(period, house_id)
    return (
        f"""{start}, house_now AS (
    SELECT 'day' AS span, f.night, f.establishment_id, {_CELL}, {_ADDED}, 1 AS nights,
           registered, reporting
    FROM fact_now f
)""",
        values,
    )
