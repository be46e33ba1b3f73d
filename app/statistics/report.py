"""What a page of figures shows: the rows, and what each of them compares with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from app import dates
from app.dates import Period
from app.statistics import periods, words
from app.statistics.comparisons import Comparison, comparisons
from app.statistics.forms import BY, Asked
from app.statistics.periods import BY_TIME
from app.statistics.queries import (
    Figures,
    Filters,
    Table,
    ended,
    first_fact_night,
    occupancy,
)
from app.statistics.table_pages import TablePage

A_YEAR_OF_WEEKS = timedelta(weeks=52)
DEFAULT_BASIS = "last_year"

# Of all rows the page that is printed.
Shown = Callable[[Sequence[Figures]], TablePage[Figures]]


@dataclass(frozen=True)
class Report:
    """The answer to a question, as a page shows it."""

    asked: Asked
    table: Table
    # By the key of the row, the total's as ``total``; rows are compared only if asked for.
    comparisons: dict[str, Comparison]
    # Last year's row behind each row of this year, by this year's key.
    behind: dict[str, Figures]
    # The rows a page prints; a file has all of them, and so has a chart over time.
    page: TablePage[Figures] | None = None

    @property
    def rows(self) -> Sequence[Figures]:
        return self.table.rows

    @property
    def drawn(self) -> Sequence[Figures]:
        """The rows of a drawing: all; of houses, which may be a thousand, those of the page."""
        if self.page is not None and self.asked.by == "establishment":
            return self.page.rows
        return self.table.rows

    @property
    def comparison(self) -> Comparison | None:
        return self.comparisons.get("total")

    @cached_property
    def names(self) -> dict[str, str]:
        return words.names_of(self.asked.by, [row.key for row in self.drawn])

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


def report(asked: Asked, shown: Shown | None = None) -> Report:
    """Answer the question, with what the total (or, if asked for, each row) compares with.

    Houses are matched only for the rows that are shown, if a page is; else for all of them.
    """
    table = occupancy(asked.period, by=asked.by, filters=asked.filters)
    page = shown(table.rows) if shown else None
    compared = comparisons(
        asked.period,
        by=asked.by,
        basis=asked.compare or DEFAULT_BASIS,
        filters=asked.filters,
        rows=asked.compare is not None,
        matched_keys=None if page is None else {row.key for row in page.rows},
    )
    nights, first = ended(asked.period), first_fact_night()
    if asked.compare is not None:
        behind = {key: found.all.before for key, found in compared.items()}
    else:
        behind = _behind(asked, nights, first) if nights and first else {}
    return Report(asked, table, compared, behind, page)


def _behind(asked: Asked, nights: Period, first: date) -> dict[str, Figures]:
    """Return last year's rows: a night has the same weekday 52 weeks before behind it."""
    if asked.by in ("day", "week"):
        start, end = nights.start - A_YEAR_OF_WEEKS, nights.end - A_YEAR_OF_WEEKS
    else:
        start, end = dates.same_day_last_year(nights.start), dates.same_day_last_year(nights.end)
    if max(start, first) >= end or asked.by not in BY_TIME:
        return {}
    rows = occupancy(Period(max(start, first), end), by=asked.by, filters=asked.filters).rows
    return {_key_after(row.key, asked.by): row for row in rows}


def _key_after(key: str, by: str) -> str:
    """Return this year's key before which last year's row stands."""
    if by in ("day", "week"):
        last_year = periods.of_key(key, by)
        return periods.key_of(last_year.start + A_YEAR_OF_WEEKS, by) if last_year else key
    return f"{int(key[:4]) + 1}{key[4:]}"


def narrowed(asked: Asked, key: str) -> Asked | None:
    """Return the question behind one row of an answer; None for a key no row can have."""
    if not key or key == "total":
        return asked
    if asked.by in BY_TIME:
        period = periods.of_key(key, asked.by)
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


def nights_of(key: str, by: str, period: Period) -> int:
    """Return of how many nights of the period a row is made."""
    own = periods.of_key(key, by) if by in BY_TIME and key != "total" else period
    return len(own.intersection(period) or ()) if own else 0


def breakdown(asked: Asked) -> str:
    """Return what the rows behind one number are made by: nights, months, or parts of the area."""
    if len(asked.period) == 1:
        one_unit = len(asked.filters.units or asked.filters.within or ()) == 1
        return "kind" if one_unit else "unit"
    if len(asked.period) <= 62:
        return "day"
    return "month" if len(asked.period) <= 800 else "quarter"
