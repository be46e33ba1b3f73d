"""Where guests come from: by nationality or by the country they live in, per country and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from app.dates import ONE_DAY, Period
from app.db import db
from app.statistics import reading
from app.statistics.periods import parts
from app.statistics.queries import KEYS, UNKNOWN, Filters, ended, ratio, status_of
from app.statistics.rollup.reading import level_of, origins_of_cells

HOME = "VNM"
BASES = {"arrival": "arrivals", "night": "guest_nights"}
# What guests are split by, and the column that says it.
SPLITS = {"nationality": "country", "residence": "residence"}

Count = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """Guests of a country or of a period; ``countries`` splits a period, a country has none.

    ``unknown`` are those nobody asked where they live: neither domestic nor foreign.
    """

    key: str
    guests: int
    domestic: int
    status: str
    share: float | None = None
    countries: dict[str, int] = field(default_factory=dict)
    unknown: int = 0

    @property
    def foreign(self) -> int:
        return self.guests - self.domestic - self.unknown


def origins(
    period: Period,
    *,
    by: str,
    basis: str = "arrival",
    split: str = "nationality",
    filters: Filters | None = None,
) -> list[Origin]:
    """Return guests by country, or by day, week, month, quarter or year.

    They are counted on arrival or on every night slept, and split by nationality or residence.
    """
    nights = ended(period)
    if nights is None:
        return []
    of_time = "month" if by == "country" else by
    counts = _counts(nights, of_time, basis, split, filters or Filters())
    return _by_country(counts, nights) if by == "country" else _by_time(counts, nights, by)


def _counts(nights: Period, by: str, basis: str, split: str, filters: Filters) -> list[Count]:
    """Return (key of time, country, guests)."""
    condition, values = filters.condition()
    start, source, more = _source(nights, by, filters)
    statement = text(f"""{start}
        SELECT {KEYS[by]}, {SPLITS[split]}, sum({BASES[basis]}) FROM {source}
        WHERE {condition} AND {BASES[basis]} <> 0 GROUP BY 1, 2
        HAVING sum({BASES[basis]}) > 0 ORDER BY 1, 2
    """)
    values |= more
    return [(row[0], row[1], int(row[2])) for row in db.session.execute(statement, values)]


def _source(nights: Period, by: str, filters: Filters) -> tuple[str, str, dict[str, Any]]:
    """Return where guests are read from: how the statement begins, the rows, and its values."""
    if filters.house_id is not None:
        start, values = reading.now(nights, filters.house_id)
        return start, "origin_now o JOIN fact_now f USING (establishment_id, night)", values
    start, values = origins_of_cells(
        nights, level=level_of(*filters.parts), whole_months=by not in ("day", "week")
    )
    return start, "origin_cell_now f", values


def _by_country(counts: Sequence[Count], nights: Period) -> list[Origin]:
    guests: dict[str, int] = {}
    for _, country, number in counts:
        guests[country] = guests.get(country, 0) + number
    total = sum(guests.values())
    status = status_of(nights.end - ONE_DAY)
    rows = [
        Origin(
            country,
            number,
            number if country == HOME else 0,
            status,
            ratio(number, total),
            unknown=number if country == UNKNOWN else 0,
        )
        for country, number in guests.items()
    ]
    return sorted(rows, key=lambda row: (-row.guests, row.key))


def _by_time(counts: Sequence[Count], nights: Period, by: str) -> list[Origin]:
    found: dict[str, dict[str, int]] = {}
    for key, country, number in counts:
        found.setdefault(key, {})[country] = number
    total = sum(number for _, _, number in counts)
    return [
        _period(key, status_of(part.end - ONE_DAY), found.get(key, {}), total)
        for key, part in parts(nights, by)
    ]


def _period(key: str, status: str, countries: dict[str, int], total: int) -> Origin:
    guests = sum(countries.values())
    home, unknown = countries.get(HOME, 0), countries.get(UNKNOWN, 0)
    return Origin(key, guests, home, status, ratio(guests, total), countries, unknown)
