"""The monthly bulletin: the key figures of a month, with last month's and last year's beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app import dates
from app.dates import ONE_DAY, Period
from app.statistics import words
from app.statistics.charts import bars
from app.statistics.indicators import INDICATORS, Indicator
from app.statistics.origins import Origin, origins
from app.statistics.queries import Figures, Filters, Table, first_fact_night, occupancy
from app.web.filters import number, percent

HEADLINE = ("occupancy_net", "guest_nights", "arrivals", "average_stay")
TABLE_COLUMNS = ("occupancy_net", "rooms_occupied", "guest_nights", "arrivals")
SPLITS = ("unit", "kind", "stars")
COUNTRIES_SHOWN = 12
MONTHS_DRAWN = 13


@dataclass(frozen=True)
class KeyFigure:
    """One indicator of the month, and of the month and the year before where there are figures."""

    indicator: Indicator
    now: float | None
    month_before: float | None
    year_before: float | None

    def change(self, before: float | None) -> str:
        """Return by how much it has changed: in points for a rate, else in percent."""
        if self.now is None or not before:
            return "–"
        if self.indicator.style == "percent":
            change, unit = 100 * (self.now - before), _("điểm")
        else:
            change, unit = 100 * (self.now / before - 1), "%"
        sign = "+" if change >= 0 else "−"
        return f"{sign}{number(abs(change), 1)}\N{NO-BREAK SPACE}{unit}"


@dataclass(frozen=True)
class Bulletin:
    """Everything a bulletin prints; rates of parts are fractions of sums, never means."""

    month: Period
    total: Figures
    key_figures: Sequence[KeyFigure]
    days: Table
    months: Sequence[Figures]
    splits: Mapping[str, Table]
    countries: Sequence[Origin]

    @property
    def key(self) -> str:
        return f"{self.month.start:%Y-%m}"


def bulletin(month: Period, filters: Filters) -> Bulletin:
    """Return the bulletin of a month for the houses a filter lets through."""
    year_before = dates.same_day_last_year(month.start)
    months = occupancy(Period(year_before, month.end), by="month", filters=filters).rows
    # A month that the register saw only the end of is no measure of a whole one.
    first = first_fact_night() or month.end
    by_month = {row.key: row for row in months if row.key > f"{first - ONE_DAY:%Y-%m}"}
    days = occupancy(month, by="day", filters=filters)
    before = (
        by_month.get(f"{dates.previous_month(month.start):%Y-%m}", Figures()),
        by_month.get(f"{year_before:%Y-%m}", Figures()),
    )
    return Bulletin(
        month=month,
        total=days.total,
        key_figures=list(_key_figures(days.total, *before)),
        days=days,
        months=months[-MONTHS_DRAWN:],
        splits={by: occupancy(month, by=by, filters=filters) for by in SPLITS},
        countries=origins(month, by="country", basis="night", filters=filters),
    )


def _key_figures(now: Figures, month: Figures, year: Figures) -> Iterator[KeyFigure]:
    for name in HEADLINE:
        indicator = INDICATORS[name]
        yield KeyFigure(indicator, indicator.of(now), indicator.of(month), indicator.of(year))


# --- Drawings ----------------------------------------------------------------------------------


def drawings(of: Bulletin) -> dict[str, dict[str, Any]]:
    """Return the options of the bulletin's charts; their numbers stand in its tables."""
    days, foreign = of.days.rows, [row for row in of.countries if row.foreign][:COUNTRIES_SHOWN]
    units = of.splits["unit"].rows
    unit_names = words.names_of("unit", [row.key for row in units])
    country_names = words.names_of("country", [row.key for row in foreign])
    return {
        "days": {
            "kind": "line",
            "format": "percent",
            "labels": [words.day(row.key) for row in days],
            "series": [
                {"name": _("Công suất"), "data": [row.occupancy_net for row in days], "as": "now"}
            ],
        },
        "months": {
            "kind": "stacked",
            "format": "number",
            "labels": [words.month_short(row.key) for row in of.months],
            "series": [
                {"name": _("Trong nước"), "data": [r.guest_nights_domestic for r in of.months]},
                {"name": _("Quốc tế"), "data": [r.guest_nights_foreign for r in of.months]},
            ],
        },
        "units": bars(
            [unit_names[row.key] for row in units],
            [row.occupancy_net for row in units],
            [percent(row.occupancy_net) for row in units],
        ),
        "countries": bars(
            [country_names[row.key] for row in foreign],
            [row.foreign for row in foreign],
            [number(row.foreign) for row in foreign],
        ),
    }
