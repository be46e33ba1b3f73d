"""The 80 % interval: as wide as the combination was off in the past, checked and stretched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.statistics.forecast.combine import Scoring
from app.statistics.forecast.series import Series

COVERED = 0.8
TAIL = (1 - COVERED) / 2
# Errors grow with the root of a value: full holidays are off by more than empty Tuesdays.
GROWTH = 0.5
# A value near 0 still has an uncertain one beside it.
LEAST_SHARE = 0.05
# Fewer errors than this in a band say too little about its tails: all bands speak together.
ENOUGH = 20
# Past errors overlap and repeat each other, so that the tails seen are a little too short.
STRETCH_BEFOREHAND = 1.05
# Past intervals rested on fewer errors than today's: only a part of what they lacked is added.
STRETCH_SHARE = 0.3
BELIEVED_POINTS = 60
STRETCHES = (0.7, 2.5)


# The least and the most that could come at each step after a moment, as known at that moment.
Limits = Callable[[int, int], tuple[Sequence[float], Sequence[float]]]


def within(points: Sequence[float], limits: Limits | None, at: int) -> list[float]:
    """The points, moved into what is possible."""
    if limits is None:
        return list(points)
    return [
        max(min(point, most), least)
        for point, least, most in zip(points, *limits(at, len(points)), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """A forecast made at a moment of the past, or now."""

    at: int
    points: Sequence[float]


@dataclass(frozen=True, slots=True)
class Band:
    """Errors in their unit: the middle of the interval, and half of its width."""

    middle: float
    half: float
    # Whether the band's own errors said so, enough of them.
    own: bool


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


class Spread:
    """The intervals of forecasts made at one moment after another, each by the errors before it."""

    def __init__(
        self,
        series: Series,
        past: Sequence[Said],
        scoring: Scoring,
        limits: Limits | None = None,
    ) -> None:
        self.series = series
        self.past = past
        self.scoring = scoring
        self.limits = limits
        self.errors = {said.at: self._errors(said) for said in past}
        self.bands: dict[int, list[Band]] = {}
        self.places: dict[int, list[float]] = {}
        self.past_intervals: dict[int, list[Interval]] = {}

    def intervals(self, said: Said) -> list[Interval]:
        stretch = self._stretch(said.at)
        bands = self._bands(said.at)
        level = self._level(said.at)
        lows, highs = [], []
        for step, point in enumerate(said.points):
            band = bands[self.scoring.band(step)]
            unit = _unit(point, level)
            low = point + (band.middle - stretch * band.half) * unit
            high = point + (band.middle + stretch * band.half) * unit
            # A biased past may push both ends past the point, which must stay inside.
            lows.append(max(min(low, point), 0.0))
            highs.append(max(high, point))
        ends = (within(lows, self.limits, said.at), within(highs, self.limits, said.at))
        return [Interval(low, high) for low, high in zip(*ends, strict=True)]

    def coverage(self, steps: range | None = None) -> tuple[int, float | None]:
        """How many past values had an interval said before them, and which share lay in it.

        Bands that then had too few errors of their own are left out: they are better known now.
        """
        inside = points = 0
        for said in self.past:
            actual = self.series.values[said.at : said.at + len(said.points)]
            bands = self._bands(said.at)
            for step, (value, interval) in enumerate(
                zip(actual, self._past_intervals(said), strict=False)
            ):
                if bands[self.scoring.band(step)].own and (steps is None or step in steps):
                    inside += interval.holds(value)
                    points += 1
        return points, inside / points if points else None

    def _past_intervals(self, said: Said) -> list[Interval]:
        found = self.past_intervals.get(said.at)
        if found is None:
            found = self.past_intervals[said.at] = self.intervals(said)
        return found

    def _errors(self, said: Said) -> list[float]:
        level = self._level(said.at)
        actual = self.series.values[said.at : said.at + len(said.points)]
        return [
            (value - point) / _unit(point, level)
            for value, point in zip(actual, said.points, strict=False)
        ]

    def _bands(self, at: int) -> list[Band]:
        """The tails of the errors known at a moment, band by band."""
        if at not in self.bands:
            pools: list[list[float]] = [[] for _ in self.scoring.bands]
            for said in self.past:
                if said.at < at:
                    for step, error in enumerate(self.errors[said.at][: at - said.at]):
                        pools[self.scoring.band(step)].append(error)
            everything = [error for pool in pools for error in pool] or self._changes(at)
            self.bands[at] = [
                _band(pool, own=True) if len(pool) >= ENOUGH else _band(everything, own=False)
                for pool in pools
            ]
        return self.bands[at]

    def _changes(self, at: int) -> list[float]:
        """Without any past forecast: the changes from one season to the next."""
        values, season = self.series.values[:at], self.series.season
        level = self._level(at)
        return [
            (new - old) / _unit(old, level)
            for old, new in zip(values, values[season:], strict=False)
        ]

    def _stretch(self, at: int) -> float:
        """By how much past intervals should have been wider to hold what they promised."""
        places: list[float] = []
        for said in self.past:
            if said.at < at:
                places += self._places(said)[: at - said.at]
        places = [place for place in places if place >= 0]
        if not places:
            return STRETCH_BEFOREHAND
        found = 1 + STRETCH_SHARE * (quantile(sorted(places), COVERED) - 1)
        share = len(places) / (len(places) + BELIEVED_POINTS)
        stretch = share * found + (1 - share) * STRETCH_BEFOREHAND
        return min(max(stretch, STRETCHES[0]), STRETCHES[1])

    def _places(self, said: Said) -> list[float]:
        """How far out in its interval each value lay, 1 at the ends; -1 where it does not count."""
        found = self.places.get(said.at)
        if found is None:
            bands = [self._bands(said.at)[self.scoring.band(s)] for s in range(len(said.points))]
            found = self.places[said.at] = [
                abs(error - band.middle) / band.half if band.own and band.half > 0 else -1.0
                for error, band in zip(self.errors[said.at], bands, strict=False)
            ]
        return found

    def _level(self, at: int) -> float:
        latest = self.series.values[max(at - 4 * self.series.season, 0) : at]
        return sum(latest) / len(latest) or 1.0


def _unit(point: float, level: float) -> float:
    return float(max(point, LEAST_SHARE * level) ** GROWTH * level ** (1 - GROWTH))


def _band(errors: Sequence[float], own: bool) -> Band:
    ordered = sorted(errors)
    low, high = quantile(ordered, TAIL), quantile(ordered, 1 - TAIL)
    return Band((low + high) / 2, (high - low) / 2, own)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the population lies, by its ordered sample."""
    place = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (place - below) * (ordered[below + 1] - ordered[below])
