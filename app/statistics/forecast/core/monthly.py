"""Simple forecasts of a monthly series: last year, smoothing with a season, Theta."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from app.statistics.forecast.core import smoothing
from app.statistics.forecast.core.backtest import Method
from app.statistics.forecast.core.series import Series

# How much of a shock the airline model takes back the next month, and the next year.
KEPT = (0.0, 0.2, 0.4, 0.6, 0.75, 0.9)
HIGHEST_LOG = 40.0


def seasonal_naive(history: Series, horizon: int) -> list[float]:
    """The same month of last year."""
    values, season = history.values, history.season
    return [values[len(values) - season + step % season] for step in range(horizon)]


def seasonal_drift(share: float, history: Series, horizon: int) -> list[float]:
    """The same month of last year, and a share of the yearly growth of the last years."""
    values, season = history.values, history.season
    years = min(len(values) // season - 1, 5)
    now = sum(values[-season:])
    then = sum(values[-season * (years + 1) : -season * years])
    growth = (now / then) ** (share / years) if now and then else 1.0
    growth = min(max(growth, 0.8), 1.25)
    last = seasonal_naive(history, horizon)
    return [value * growth ** (step // season + 1) for step, value in enumerate(last)]


def smoothed(
    multiplicative: bool, trended: bool, history: Series, horizon: int
) -> list[float] | None:
    """Holt and Winters' smoothing; a season that multiplies needs values above 0."""
    values, season = history.values, history.season
    if multiplicative and min(values) <= 0:
        return None
    begin = smoothing.start(values, season, multiplicative, trended)
    by = smoothing.fit(values, begin, multiplicative, trended)
    state, _ = smoothing.run(values, begin, by, multiplicative)
    return smoothing.ahead(state, len(values), by, multiplicative, horizon)


def theta(history: Series, horizon: int) -> list[float]:
    """Theta: the values without their season, smoothed, and half the drift of a straight line."""
    values, season = history.values, history.season
    multiplicative = min(values) > 0
    recent = values[-season * 8 :]
    shift = (len(values) - len(recent)) % season
    found = smoothing.indices(recent, season, multiplicative)
    seasons = [found[(place - shift) % season] for place in range(season)]
    plain = [
        value / seasons[step % season] if multiplicative else value - seasons[step % season]
        for step, value in enumerate(values)
    ]
    slope = _slope(plain)
    alpha = min((a / 20 for a in range(1, 20)), key=lambda a: _smooth(plain, a)[1])
    level, _ = _smooth(plain, alpha)
    late = (1 - (1 - alpha) ** len(plain)) / alpha
    forecasts = []
    for step in range(horizon):
        base = level + slope / 2 * (step + late)
        index = seasons[(len(values) + step) % season]
        forecasts.append(max(base * index if multiplicative else base + index, 0.0))
    return forecasts


def airline(history: Series, horizon: int) -> list[float] | None:
    """Box and Jenkins' airline model: the logarithms' changes on last month and last year."""
    if min(history.values) <= 0:
        return None
    season = history.season
    logs = [math.log(value) for value in history.values]
    changes = [
        logs[step] - logs[step - 1] - logs[step - season] + logs[step - season - 1]
        for step in range(season + 1, len(logs))
    ]
    shocks, near, far = min(
        ((_shocks(changes, near, far, season), near, far) for near in KEPT for far in KEPT),
        key=lambda found: sum(shock * shock for shock in found[0]),
    )
    for step in range(len(changes), len(changes) + horizon):
        change = _expected(shocks, step, near, far, season)
        shocks.append(0.0)
        logs.append(min(change + logs[-1] + logs[-season] - logs[-season - 1], HIGHEST_LOG))
    return [math.exp(value) for value in logs[-horizon:]]


def _shocks(changes: Sequence[float], near: float, far: float, season: int) -> list[float]:
    """What each change brought that was not expected."""
    shocks: list[float] = []
    for step, change in enumerate(changes):
        shocks.append(change - _expected(shocks, step, near, far, season))
    return shocks


def _expected(shocks: Sequence[float], step: int, near: float, far: float, season: int) -> float:
    last = shocks[step - 1] if step >= 1 else 0.0
    year = shocks[step - season] if step >= season else 0.0
    both = shocks[step - season - 1] if step > season else 0.0
    return near * far * both - near * last - far * year


def _slope(values: Sequence[float]) -> float:
    middle = (len(values) - 1) / 2
    spread = sum((step - middle) ** 2 for step in range(len(values)))
    return sum((step - middle) * value for step, value in enumerate(values)) / spread


def _smooth(values: Sequence[float], alpha: float) -> tuple[float, float]:
    level, squares = values[0], 0.0
    for value in values[1:]:
        error = value - level
        level += alpha * error
        squares += error * error
    return level, squares


METHODS: dict[str, Method] = {
    "last year with half its growth": partial(seasonal_drift, 0.5),
    "smoothing, season added": partial(smoothed, False, True),
    "smoothing, season multiplied": partial(smoothed, True, True),
    "smoothing without a trend": partial(smoothed, True, False),
    "theta": theta,
    "airline": airline,
}
