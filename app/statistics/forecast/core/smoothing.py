"""Exponential smoothing with a damped trend and a season, its parameters found by search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

LEVELS = (0.05, 0.15, 0.3, 0.5, 0.75)
STEPS = (0.15, 0.06, 0.02)
MOST_ROUNDS = 4
# The first seasons only warm the state up; their errors say little about the parameters.
SEASONS_TO_START = 4
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Parameters:
    """How fast level, trend and season follow the values, and how much of the trend stays."""

    level: float
    trend: float
    season: float
    damping: float


@dataclass(frozen=True, slots=True)
class State:
    level: float
    trend: float
    seasons: list[float]


def indices(values: Sequence[float], season: int, multiplicative: bool) -> list[float]:
    """The season's indices by classical decomposition: the mean against a centred mean."""
    half = season // 2
    seen: list[list[float]] = [[] for _ in range(season)]
    for step in range(half, len(values) - half):
        mean = _centred_mean(values, step, season)
        if not multiplicative:
            seen[step % season].append(values[step] - mean)
        elif mean > TINY:
            seen[step % season].append(values[step] / mean)
    neutral = 1.0 if multiplicative else 0.0
    found = [sum(s) / len(s) if s else neutral for s in seen]
    mean = sum(found) / season
    if multiplicative:
        return [max(index / mean, TINY) for index in found] if mean > TINY else [1.0] * season
    return [index - mean for index in found]


def _centred_mean(values: Sequence[float], step: int, season: int) -> float:
    half = season // 2
    window = values[step - half : step + half + 1]
    if season % 2:
        return sum(window) / season
    return (sum(window) - (window[0] + window[-1]) / 2) / season


def start(values: Sequence[float], season: int, multiplicative: bool, trended: bool) -> State:
    """The state before the first value, from the first seasons alone."""
    seasons = indices(values[: season * SEASONS_TO_START], season, multiplicative)
    one = sum(values[:season]) / season
    if not trended:
        return State(one, 0.0, seasons)
    two = sum(values[season : 2 * season]) / season
    trend = (two - one) / season
    return State(one - trend * (season + 1) / 2, trend, seasons)


def run(
    values: Sequence[float], begin: State, by: Parameters, multiplicative: bool
) -> tuple[State, float]:
    """The state after the last value, and the mean squared error of one step ahead."""
    level, trend, seasons = begin.level, begin.trend, list(begin.seasons)
    a, b, c, damping = by.level, by.trend, by.season, by.damping
    count = len(seasons)
    squares = 0.0
    for step, value in enumerate(values):
        place = step % count
        index = seasons[place]
        ahead = level + damping * trend
        if multiplicative:
            ahead = max(ahead, TINY)
            error = value - ahead * index
            new = ahead + a * error / max(index, 0.05)
            seasons[place] = max(index + c * error / ahead, TINY)
        else:
            error = value - ahead - index
            new = ahead + a * error
            seasons[place] = index + c * error
        trend = damping * trend + b * (new - ahead)
        level = new
        squares += error * error
    return State(level, trend, seasons), squares / len(values)


def fit(values: Sequence[float], begin: State, multiplicative: bool, trended: bool) -> Parameters:
    """The parameters with the smallest error one step ahead: a coarse grid, then finer steps."""

    def error(by: Parameters) -> float:
        return run(values, begin, by, multiplicative)[1]

    grid = [
        Parameters(level, share, seasonal, 0.95 if trended else 0.0)
        for level in LEVELS
        for share in ((0.02, 0.15) if trended else (0.0,))
        for seasonal in (0.05, 0.25)
    ]
    best = min(grid, key=error)
    for size in STEPS:
        best = _descend(best, error, size, trended)
    return best


def _descend(
    best: Parameters, error: Callable[[Parameters], float], size: float, trended: bool
) -> Parameters:
    """Steps of one size along each parameter while they help."""
    least = error(best)
    for _ in range(MOST_ROUNDS):
        before = least
        for other in _around(best, size, trended):
            off = error(other)
            if off < least * (1 - TINY):
                best, least = other, off
        if least == before:
            break
    return best


def _around(centre: Parameters, size: float, trended: bool) -> Iterator[Parameters]:
    for direction in (-1, 1):
        step = direction * size
        yield replace(centre, level=_within(centre.level + step, 0.0, 0.99))
        yield replace(centre, season=_within(centre.season + step, 0.0, 0.99))
        if trended:
            yield replace(centre, trend=_within(centre.trend + step, 0.0, 0.99))
            yield replace(centre, damping=_within(centre.damping + step / 5, 0.8, 0.98))


def _within(value: float, lowest: float, highest: float) -> float:
    return min(max(value, lowest), highest)


def ahead(
    state: State, length: int, by: Parameters, multiplicative: bool, horizon: int
) -> list[float]:
    """The forecasts after `length` values that led to this state."""
    total, power = 0.0, 1.0
    forecasts = []
    for step in range(horizon):
        power *= by.damping
        total += power
        base = state.level + total * state.trend
        index = state.seasons[(length + step) % len(state.seasons)]
        forecasts.append(max(base * index if multiplicative else base + index, 0.0))
    return forecasts
