"""One forecast out of several: each method weighs as much as its past errors allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.statistics.forecast.core.backtest import Origin
from app.statistics.forecast.core.series import Series

# How sharply weights follow past errors. Averages of decent methods are hard to beat by choosing
# one, so a method twice as far off still has a say.
SHARPNESS = 3.0
# As many points as this, at the reference's own errors, are believed of every method beforehand.
BELIEVED_POINTS = 28


@dataclass(frozen=True, slots=True)
class Scoring:
    """How errors are counted: by bands of steps, against a method that can always answer."""

    reference: str
    # The first step of each band, counted from 0.
    bands: tuple[int, ...]
    # Methods that are only compared with.
    outside: frozenset[str] = frozenset()
    # The share of the weighted median beside the mean: no single method drags it along. Far
    # ahead methods run away from each other; over some weeks the mean alone does as well.
    median: float = 0.0

    def band(self, step: int) -> int:
        return sum(step >= first for first in self.bands) - 1


class Weigher:
    """Past errors of the methods as they were known at one moment after another."""

    def __init__(self, series: Series, past: Sequence[Origin], scoring: Scoring) -> None:
        self.series = series
        self.past = past
        self.scoring = scoring

    def weights(self, at: int, names: Sequence[str], band: int) -> dict[str, float]:
        """The weights for a forecast made at `at`: only errors seen until then count."""
        ratios = self._ratios(at, band)
        raw = {name: ratios.get(name, 1.0) ** -SHARPNESS for name in names}
        total = sum(raw.values())
        return {name: weight / total for name, weight in raw.items()}

    def _ratios(self, at: int, band: int) -> dict[str, float]:
        """Each method's absolute errors as a ratio to the reference's on the same points."""
        off: dict[str, float] = {}
        against: dict[str, float] = {}
        points = 0
        all_reference = 0.0
        for origin in self.past:
            steps = self._steps(origin.at, at, band)
            actual = self.series.values[origin.at + steps.start : origin.at + steps.stop]
            if not actual:
                continue
            level = self._level(origin.at)
            sums = {
                name: sum(
                    abs(a - f) for a, f in zip(actual, said[steps.start : steps.stop], strict=True)
                )
                / level
                for name, said in origin.forecasts.items()
            }
            reference = sums[self.scoring.reference]
            points += len(actual)
            all_reference += reference
            for name, value in sums.items():
                off[name] = off.get(name, 0.0) + value
                against[name] = against.get(name, 0.0) + reference
        believed = BELIEVED_POINTS * all_reference / points if points else 0.0
        return {
            name: (value + believed) / (against[name] + believed)
            for name, value in off.items()
            if value + believed > 0 and against[name] + believed > 0
        }

    def _steps(self, origin: int, at: int, band: int) -> range:
        bands = self.scoring.bands
        first = bands[band]
        horizon = len(next(iter(self.past[0].forecasts.values())))
        end = bands[band + 1] if band + 1 < len(bands) else horizon
        return range(first, max(min(end, horizon, at - origin), first))

    def _level(self, at: int) -> float:
        """The mean of the last season before a moment, so that growth does not weigh errors."""
        latest = self.series.values[max(at - 4 * self.series.season, 0) : at]
        return sum(latest) / len(latest) or 1.0

    def combined(
        self, at: int, forecasts: Mapping[str, Sequence[float]]
    ) -> tuple[list[float], dict[str, float]]:
        """The weighted mean of the forecasts, or what lies between it and the weighted median;
        and the mean weight of each method."""
        names = sorted(set(forecasts) - self.scoring.outside)
        horizon = len(forecasts[names[0]])
        bands = range(self.scoring.band(horizon - 1) + 1)
        by_band = [self.weights(at, names, band) for band in bands]
        shares = dict.fromkeys(names, 0.0)
        values = []
        for step in range(horizon):
            weights = by_band[self.scoring.band(step)]
            said = sorted((forecasts[name][step], weights[name]) for name in names)
            mean = sum(weight * value for value, weight in said)
            values.append(mean + self.scoring.median * (weighted_median(said) - mean))
            for name in names:
                shares[name] += weights[name] / horizon
        return values, shares


def weighted_median(said: Sequence[tuple[float, float]]) -> float:
    """The value on both sides of which lies half of the weight; `said` in order of the values."""
    half = sum(weight for _, weight in said) / 2
    passed = 0.0
    for value, weight in said:
        passed += weight
        if passed >= half:
            return value
    return said[-1][0]
