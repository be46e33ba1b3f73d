"""Rolling origins: what each method would have said in the past, and how far off it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.statistics.forecast.core.series import Series

# A method forecasts from a history and nothing else; None where the history is too short for it.
Method = Callable[[Series, int], list[float] | None]

# No forecast is more than this many times the highest value seen: a trend that runs away is none.
LARGEST_GROWTH = 3.0


@dataclass(frozen=True, slots=True)
class Origin:
    """A moment of the past: how many values were known, and what each method then said."""

    at: int
    forecasts: Mapping[str, Sequence[float]]


def origins(
    methods: Mapping[str, Method], series: Series, horizon: int, moments: Sequence[int]
) -> list[Origin]:
    """The forecasts of all methods at each moment, each from the values before it alone."""
    found = []
    for at in moments:
        found.append(Origin(at, forecasts(methods, series.until(at), horizon)))
    return found


def forecasts(
    methods: Mapping[str, Method], history: Series, horizon: int
) -> dict[str, list[float]]:
    """What the methods that can say about what follows a history, kept within reason."""
    highest = max(history.values) * LARGEST_GROWTH
    found = {}
    for name, method in methods.items():
        said = method(history, horizon)
        if said is not None:
            found[name] = [min(max(value, 0.0), highest) for value in said]
    return found


def moments(length: int, shortest: int, step: int, most: int) -> list[int]:
    """The moments to forecast from again, the earliest first: each `step` apart, at most `most`."""
    last = length - step
    first = max(shortest, last - step * (most - 1))
    return list(range(last, first - 1, -step))[::-1]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far off past forecasts were; None where there was nothing to divide by."""

    points: int
    wape: float | None
    mase: float | None
    bias: float | None


def accuracy(pairs: Sequence[tuple[float, float]], unit: float) -> Accuracy:
    """Errors of (actual, forecast): WAPE = Σ|y−ŷ|/Σy, bias = Σ(ŷ−y)/Σy, MASE by `unit`."""
    total = sum(actual for actual, _ in pairs)
    off = sum(abs(actual - forecast) for actual, forecast in pairs)
    over = sum(forecast - actual for actual, forecast in pairs)
    return Accuracy(
        points=len(pairs),
        wape=off / total if total else None,
        mase=off / len(pairs) / unit if pairs and unit else None,
        bias=over / total if total else None,
    )


def naive_unit(values: Sequence[float], season: int) -> float:
    """The mean change from one season to the next: the unit of MASE."""
    changes = [abs(b - a) for a, b in zip(values, values[season:], strict=False)]
    return sum(changes) / len(changes) if changes else 0.0
