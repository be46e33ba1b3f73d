"""A calendar regression of a daily series: weekday, time of year, trend, holidays."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.statistics.forecast.calendars import Calendar
from app.statistics.forecast.series import Series

SHORTEST_HISTORY = 400
WAVES = 3
# What a coefficient costs, in nights that say it is 0: few holidays must not speak too loudly.
RIDGE = 2.0
# The latest nights tell how far the regression stands off now; this goes over with time.
OFF_NIGHTS = 28
OFF_LASTS = 45.0


class Regression:
    """Least squares on the logarithm, growing with the history: nights are added, never unlearned.

    Rolling origins ask for ever longer histories of one series. A history that does not begin
    with the nights learned so far starts afresh.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.columns: dict[str, int] = {}
        self.learned: Series | None = None
        self.rows: list[list[tuple[int, float]]] = []
        self.products: list[list[float]] = []
        self.moments: list[float] = []

    def __call__(self, history: Series, horizon: int) -> list[float] | None:
        if len(history) < SHORTEST_HISTORY:
            return None
        self._learn(history)
        weights = solve(self.products, self.moments, RIDGE)
        start = len(history)
        off = 0.0
        nights = range(start - OFF_NIGHTS, start)
        for step in nights:
            off += _log(history.values[step]) - _dot(self.rows[step], weights)
        off /= len(nights)
        return [
            _unlog(
                _dot(self._row(history, start + step), weights)
                + off * math.exp(-step / OFF_LASTS)
            )
            for step in range(horizon)
        ]

    def _learn(self, history: Series) -> None:
        known = self.learned
        if (
            known is None
            or known.start != history.start
            or history.values[: len(known)] != known.values
        ):
            self.__init__(self.calendar)  # type: ignore[misc]
        for step in range(len(self.rows), len(history)):
            self._add(self._row(history, step), _log(history.values[step]))
        self.learned = history

    def _add(self, row: list[tuple[int, float]], value: float) -> None:
        self.rows.append(row)
        while len(self.products) < len(self.columns):
            self.products.append([0.0] * len(self.products))
            for line in self.products:
                line.append(0.0)
            self.moments.append(0.0)
        for i, a in row:
            line = self.products[i]
            for j, b in row:
                line[j] += a * b
            self.moments[i] += a * value

    def _column(self, name: str, learning: bool) -> int | None:
        if learning and name not in self.columns:
            self.columns[name] = len(self.columns)
        return self.columns.get(name)
