"""A calendar regression of a daily series: weekday, time of year, trend, holidays."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.statistics.forecast.core.calendars import WEEK, Calendar
from app.statistics.forecast.core.series import Series

SHORTEST_HISTORY = 400
DAYS_OF_YEAR = 365.2425
WAVES = 3
# What a coefficient costs, in nights that say it is 0: few holidays must not speak too loudly.
RIDGE = 2.0
# The latest nights tell how far the regression stands off now; this fades with the steps.
OFF_NIGHTS = 28
OFF_LASTS = 45.0
# Tết in stages: towns empty before it and fill after it. Other holidays are one stage each.
_TET_STAGES = (-3, 0, 1, 3, 5, 8)
_GROUPS = {
    "plain": (),
    "vietnam": (
        *(f"tet {stage}" for stage in range(len(_TET_STAGES) + 1)),
        "reunification",
        "national_day",
        "new_year",
        "hung_kings",
        "culture_day",
    ),
    "christian": ("easter", "christmas", "new_year"),
}

# The columns of one night that are not 0, and what stands there.
Row = list[tuple[int, float]]


class Regression:
    """Least squares on the square root, growing with the history: no night is added twice.

    Rolling origins ask for ever longer histories of one series. A history that does not begin
    with the nights learned so far starts afresh, so the answer depends on the history alone.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.groups = {name: place for place, name in enumerate(_GROUPS[calendar.name])}
        self.width = WEEK + 1 + 2 * WAVES + len(self.groups)
        self.rows: dict[int, Row] = {}
        self._forget()

    def _forget(self) -> None:
        self.learned: Series | None = None
        self.rows.clear()
        self.products = [[0.0] * self.width for _ in range(self.width)]
        self.moments = [0.0] * self.width

    def __call__(self, history: Series, horizon: int) -> list[float] | None:
        if len(history) < SHORTEST_HISTORY:
            return None
        self._learn(history)
        weights = solve(self.products, self.moments, RIDGE)
        start = len(history)
        off = sum(
            math.sqrt(history.values[step]) - self._fitted(history, step, weights)
            for step in range(start - OFF_NIGHTS, start)
        )
        forecasts = []
        for step in range(horizon):
            faded = off / OFF_NIGHTS * math.exp(-step / OFF_LASTS)
            root = max(self._fitted(history, start + step, weights) + faded, 0.0)
            forecasts.append(root * root)
        return forecasts

    def _fitted(self, history: Series, step: int, weights: Sequence[float]) -> float:
        return sum(weights[column] * x for column, x in self._row(history, step))

    def _learn(self, history: Series) -> None:
        known = self.learned
        if known and not (
            known.start == history.start and history.values[: len(known)] == known.values
        ):
            self._forget()
            known = None
        for step in range(len(known) if known else 0, len(history)):
            row = self._row(history, step)
            value = math.sqrt(history.values[step])
            for i, a in row:
                line = self.products[i]
                for j, b in row:
                    line[j] += a * b
                self.moments[i] += a * value
        self.learned = history

    def _row(self, history: Series, step: int) -> Row:
        row = self.rows.get(step)
        if row is None:
            row = self.rows[step] = self._make_row(history, step)
        return row

    def _make_row(self, history: Series, step: int) -> Row:
        night = history.date_at(step)
        row = [(night.weekday(), 1.0), (WEEK, step / DAYS_OF_YEAR)]
        angle = 2 * math.pi * night.timetuple().tm_yday / DAYS_OF_YEAR
        for wave in range(1, WAVES + 1):
            column = WEEK + 2 * wave - 1
            row += [(column, math.sin(wave * angle)), (column + 1, math.cos(wave * angle))]
        key = self.calendar.key(night)
        if key is not None:
            name, place = key
            if name == "tet":
                name = f"tet {sum(place >= stage for stage in _TET_STAGES)}"
            if name in self.groups:
                row.append((WEEK + 1 + 2 * WAVES + self.groups[name], 1.0))
        return row


def solve(
    products: Sequence[Sequence[float]], moments: Sequence[float], ridge: float
) -> list[float]:
    """The weights of least squares, by Cholesky; `ridge` > 0 keeps the matrix positive."""
    size = len(moments)
    lower: list[list[float]] = []
    for i in range(size):
        row: list[float] = []
        for j in range(i + 1):
            rest = (
                products[i][j] - sum(a * b for a, b in zip(row, lower[j], strict=False))
                if (j < i)
                else products[i][i] + ridge - sum(a * a for a in row)
            )
            row.append(rest / lower[j][j] if j < i else math.sqrt(rest))
        lower.append(row)
    forward: list[float] = []
    for i in range(size):
        rest = moments[i] - sum(a * b for a, b in zip(lower[i], forward, strict=False))
        forward.append(rest / lower[i][i])
    weights = [0.0] * size
    for i in reversed(range(size)):
        rest = forward[i] - sum(lower[j][i] * weights[j] for j in range(i + 1, size))
        weights[i] = rest / lower[i][i]
    return weights
