"""What a page of figures shows: the rows, last year's beside them, their chart and calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from app import dates
from app.dates import Period
from app.statistics import words
from app.statistics.forms import BY, Asked
from app.statistics.queries import (
    BY_TIME,
    Figures,
    Filters,
    Origin,
    Table,
    ended,
    first_fact_night,
    occupancy,
)
from app.web.filters import english, number, percent

A_YEAR_OF_WEEKS = timedelta(weeks=52)
ROWS_SHOWN = 400
CALENDAR_NIGHTS = 400
# The calendar's colours run from quiet to full; below a fifth all nights look alike.
CALENDAR_LOW, CALENDAR_HIGH = 0.2, 1.0
COUNTRIES_DRAWN = 12
BARS_DRAWN = 30

Chart = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same nights of this year and of the year before; ``whole`` if none is left out."""

    now: Figures
    before: Figures
    since: date
    whole: bool

    @property
    def points(self) -> float | None:
        """By how many points of 100 the net occupancy differs."""
        now, before = self.now.occupancy_net, self.before.occupancy_net
        return None if now is None or before is None else 100 * (now - before)


@dataclass(frozen=True)
class Report:
    """The answer to a question, as a page shows it."""

    asked: Asked
    table: Table
    comparison: Comparison | None
    # Last year's row behind each row of this year, by this year's key.
    behind: dict[str, Figures]

    @property
    def rows(self) -> Sequence[Figures]:
        """The rows a page prints, the latest of a long period; the file has all of them."""
        return self.table.rows[-ROWS_SHOWN:]

    @property
    def is_cut(self) -> bool:
        return len(self.table.rows) > ROWS_SHOWN

    @cached_property
    def names(self) -> dict[str, str]:
        return words.names_of(self.asked.by, [row.key for row in self.rows])

    @property
    def period(self) -> Period:
        """The nights that count: those asked for, up to tonight."""
        return ended(self.asked.period) or self.asked.period

    def nights_of(self, row: Figures) -> int:
        return nights_of(row.key, self.asked.by, self.period)

    @property
    def by_time(self) -> bool:
        return self.asked.by in BY_TIME

    @property
    def heading(self) -> str:
        """What the rows are made by, as the heading of their column."""
        return str(BY[self.asked.by])


def report(asked: Asked) -> Report:
    table = occupancy(asked.period, by=asked.by, filters=asked.filters)
    nights, first = ended(asked.period), first_fact_night()
    if nights is None or first is None:
        return Report(asked, table, None, {})
    comparison = _compared(asked, table, nights, first)
    return Report(asked, table, comparison, _behind(asked, nights, first, comparison))


def _compared(asked: Asked, table: Table, nights: Period, first: date) -> Comparison | None:
    """Compare with the same dates of last year, as far back as there are figures."""
    start, end = dates.same_day_last_year(nights.start), dates.same_day_last_year(nights.end)
    since = nights.start + max(first - start, timedelta())
    if since >= nights.end or max(start, first) >= end:
        return None
    before = occupancy(Period(max(start, first), end), by="month", filters=asked.filters).total
    if start >= first:
        return Comparison(table.total, before, since, whole=True)
    matched = occupancy(Period(since, nights.end), by="month", filters=asked.filters).total
    return Comparison(matched, before, since, whole=False)


def _behind(
    asked: Asked, nights: Period, first: date, comparison: Comparison | None
) -> dict[str, Figures]:
    """Return last year's rows: a night has the same weekday 52 weeks before behind it.

    Parts of the area have theirs only where no night of last year is missing.
    """
    if asked.by == "day":
        start, end = nights.start - A_YEAR_OF_WEEKS, nights.end - A_YEAR_OF_WEEKS
    else:
        start, end = dates.same_day_last_year(nights.start), dates.same_day_last_year(nights.end)
    if max(start, first) >= end or not (asked.by in BY_TIME or (comparison and comparison.whole)):
        return {}
    rows = occupancy(Period(max(start, first), end), by=asked.by, filters=asked.filters).rows
    return {_key_after(row.key, asked.by): row for row in rows}


def _key_after(key: str, by: str) -> str:
    """Return this year's key before which last year's row stands."""
    if by == "day":
        return (date.fromisoformat(key) + A_YEAR_OF_WEEKS).isoformat()
    return f"{int(key[:4]) + 1}{key[4:]}" if by == "month" else key


# --- Drawings -------------------------------------------------------------------------------


def occupancy_chart(of: Report) -> Chart:
    """Net occupancy of each row, with last year's behind it."""
    now = [row.occupancy_net for row in of.rows]
    if not of.by_time:
        return bars(_labels(of), now, [percent(value) for value in now])
    before = [of.behind.get(row.key, Figures()).occupancy_net for row in of.rows]
    series = [{"name": _("Kỳ này"), "data": now, "as": "now"}]
    if any(value is not None for value in before):
        series.append({"name": _("Năm trước"), "data": before, "as": "before"})
    highest = max((value for value in [*now, *before] if value is not None), default=0)
    return {
        "kind": "line" if len(of.rows) > 1 else "bar",
        "format": "percent",
        "max": 1 if highest <= 1 else None,
        "labels": _labels(of),
        "series": series,
        "marks": _holiday_marks(of) if of.asked.by == "day" else [],
    }


def guests_chart(of: Report) -> Chart:
    """Guest nights of each row; over time domestic and foreign on each other."""
    if not of.by_time:
        nights = [row.guest_nights for row in of.rows]
        return bars(_labels(of), nights, [number(value) for value in nights])
    domestic = [row.guest_nights_domestic for row in of.rows]
    foreign = [row.guest_nights_foreign for row in of.rows]
    return _stacked(_labels(of), domestic, foreign)


def countries_chart(rows: Sequence[Origin], names: dict[str, str]) -> Chart:
    """The foreign countries most guests come from."""
    foreign = [row for row in rows if row.foreign][:COUNTRIES_DRAWN]
    guests = [row.guests for row in foreign]
    labels = [names[row.key] for row in foreign]
    return bars(labels, guests, [number(value) for value in guests])


def months_chart(rows: Sequence[Origin]) -> Chart:
    labels = [words.month_short(row.key) for row in rows]
    return _stacked(labels, [row.domestic for row in rows], [row.foreign for row in rows])


def _stacked(labels: list[str], domestic: list[int], foreign: list[int]) -> Chart:
    return {
        "kind": "stacked",
        "format": "number",
        "labels": labels,
        "series": [
            {"name": _("Trong nước"), "data": domestic},
            {"name": _("Quốc tế"), "data": foreign},
        ],
    }


def bars(labels: list[str], values: Sequence[float | None], texts: list[str]) -> Chart:
    """Lying bars, each with its name before and its number behind it."""
    ink = {"color": "--ink", "fontSize": 13}
    data = [
        {"value": value, "label": {"formatter": words_shown}}
        for value, words_shown in zip(values, texts, strict=True)
    ][:BARS_DRAWN]
    option = {
        "legend": {"show": False},
        "tooltip": {"show": False},
        "grid": {"left": 4, "right": 72, "top": 4, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": labels[:BARS_DRAWN],
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": ink,
        },
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 18,
                "data": data,
                "label": {"show": True, "position": "right", **ink},
            }
        ],
    }
    return {"kind": "raw", "option": option}


def _labels(of: Report) -> list[str]:
    if of.asked.by == "day":
        return [words.day(row.key) for row in of.rows]
    if of.asked.by == "month":
        return [words.month_short(row.key) for row in of.rows]
    return [of.names.get(row.key, row.key) for row in of.rows]


def _holiday_marks(of: Report) -> list[Chart]:
    places = {row.key: place for place, row in enumerate(of.rows)}
    marks = []
    for run in _runs(of.period):
        inside = [places[day.isoformat()] for day in run if day.isoformat() in places]
        if inside:
            marks.append({"label": _holiday_name(run), "from": inside[0], "to": inside[-1]})
    return marks


def _runs(period: Period) -> list[Period]:
    years = range(period.start.year, period.end.year + 1)
    runs = [run for year in years for run in dates.holiday_runs(year)]
    return [Period(run.first, run.last + dates.ONE_DAY) for run in runs]


def _holiday_name(run: Period) -> str:
    """«Tết» for whichever of its days comes first, else what the first day is called."""
    first = dates.holidays_between(run)[0]
    if "Tết" in first.name_vi and "Dương" not in first.name_vi:
        return _("Tết")
    return first.name_en if english() else first.name_vi


def calendar(of: Report, formula_url: Any) -> list[tuple[date, float | None, str, str]]:
    """Return (night, occupancy, words, address) of every night; none of a period too long."""
    if len(of.period) > CALENDAR_NIGHTS or ended(of.asked.period) is None:
        return []
    rows = of.table.rows
    if of.asked.by != "day":
        rows = occupancy(of.period, by="day", filters=of.asked.filters).rows
    return [
        (
            date.fromisoformat(row.key),
            row.occupancy_net,
            percent(row.occupancy_net),
            formula_url("occupancy_net", row.key, by="day"),
        )
        for row in rows
    ]


def narrowed(asked: Asked, key: str) -> Asked | None:
    """Return the question behind one row of an answer; None for a key no row can have."""
    if not key or key == "total":
        return asked
    if asked.by in BY_TIME:
        period = _period_of(key, asked.by)
        inside = period.intersection(asked.period) if period else None
        return replace(asked, period=inside) if inside else None
    if asked.by == "establishment":
        return replace(asked, establishment=key)
    filters = _limited(asked.filters, asked.by, key)
    return replace(asked, filters=filters) if filters else None


def _limited(filters: Filters, by: str, key: str) -> Filters | None:
    """Return the filters for one of the codes they let through; None for another code."""
    name = {"unit": "units", "area": "areas", "kind": "kinds", "stars": "stars"}[by]
    through = getattr(filters, name)
    if through is not None and key not in through:
        return None
    limited: dict[str, Any] = {name: (key,)}
    return replace(filters, **limited)


def _period_of(key: str, by: str) -> Period | None:
    try:
        return Period.of(dates.parse_date(key), 1) if by == "day" else dates.parse_month(key)
    except (ValueError, OverflowError):
        return None


def nights_of(key: str, by: str, period: Period) -> int:
    """Return of how many nights of the period a row is made."""
    own = _period_of(key, by) if by in BY_TIME and key != "total" else period
    return len(own.intersection(period) or ()) if own else 0


def breakdown(asked: Asked) -> str:
    """Return what the rows behind one number are made by: nights, months, or parts of the area."""
    if len(asked.period) == 1:
        one_unit = len(asked.filters.units or asked.filters.within or ()) == 1
        return "kind" if one_unit else "unit"
    return "day" if len(asked.period) <= 62 else "month"
