"""The 80 % interval: as wide as the combination was off in the past, checked and stretched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from app.statistics.forecast.core.combine import Scoring
from app.statistics.forecast.core.series import Series

COVERED = 0.8
TAIL = (1 - COVERED) / 2
# Errors grow with the root of a value: full holidays are off by more than empty Tuesdays.
GROWTH = 0.5
# A value near 0 still has an uncertain one beside it.
LEAST_SHARE = 0.05
# Fewer errors than this in a band say too little about its tails: all bands speak together.
ENOUGH = 20
# A band's errors from fewer moments than this are one spell of weather, however many they are.
ENOUGH_MOMENTS = 8
# Past intervals rested on fewer errors than today's: only a part of what they lacked is added.
STRETCH_SHARE = 0.3
BELIEVED_POINTS = 60
STRETCHES = (0.7, 2.5)
# Of n independent errors the tails are too short by about this share of 1/n, as found by trial.
SHORT_TAILS = 0.5
# However few the moments, what is promised stays below certainty.
MOST_PROMISED = 0.88


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
    # By how much to widen it before anything is known of how well it held.
    beforehand: float
    # From so many moments of the past.
    moments: int


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
        self.places: dict[tuple[int, int], list[float]] = {}
        self.past_intervals: dict[int, list[Interval]] = {}

    def intervals(self, said: Said) -> list[Interval]:
        bands = self._bands(said.at)
        stretches = [self._stretch(said.at, number) for number in range(len(bands))]
        level = self._level(said.at)
        lows, highs = [], []
        for step, point in enumerate(said.points):
            number = self.scoring.band(step)
            band, stretch = bands[number], stretches[number]
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

        Left out are those of bands that then rested on less than half of the moments they rest on
        now: they are better known now.
        """
        inside = points = 0
        enough = [band.moments / 2 for band in self._bands(len(self.series))]
        for said in self.past:
            actual = self.series.values[said.at : said.at + len(said.points)]
            bands = self._bands(said.at)
            for step, (value, interval) in enumerate(
                zip(actual, self._past_intervals(said), strict=False)
            ):
                band = bands[number := self.scoring.band(step)]
                told = band.own and band.moments >= enough[number]
                if told and (steps is None or step in steps):
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
            moments = [0] * len(pools)
            for said in self.past:
                known = self.errors[said.at][: max(at - said.at, 0)]
                for step, error in enumerate(known):
                    pools[self.scoring.band(step)].append(error)
                for number, first in enumerate(self.scoring.bands):
                    moments[number] += len(known) > first
            everything = [error for pool in pools for error in pool] or self._changes(at)
            self.bands[at] = []
            for number, pool in enumerate(pools):
                own = len(pool) >= ENOUGH and moments[number] >= ENOUGH_MOMENTS
                self.bands[at].append(
                    _band(
                        pool if own else everything,
                        own,
                        self._beforehand(number, moments),
                        moments[number],
                    )
                )
        return self.bands[at]

    def _changes(self, at: int) -> list[float]:
        """Without any past forecast: the changes from one season to the next."""
        values, season = self.series.values[:at], self.series.season
        level = self._level(at)
        return [
            (new - old) / _unit(old, level)
            for old, new in zip(values, values[season:], strict=False)
        ]

    def _beforehand(self, number: int, moments: Sequence[int]) -> float:
        """By how much tails seen a few times are too short, as if errors were normal.

        The fewer independent errors, the larger the share to promise so that the next one lies
        inside; errors far ahead, said again every week, repeat each other for as long as they look
        ahead.
        """
        step = self.past[1].at - self.past[0].at if len(self.past) > 1 else 1
        independent = moments[number] * step / (self.scoring.bands[number] + step)
        promised = min(COVERED * (1 + SHORT_TAILS / max(independent, 1.0)), MOST_PROMISED)
        return NormalDist().inv_cdf((1 + promised) / 2) / NormalDist().inv_cdf((1 + COVERED) / 2)

    def _stretch(self, at: int, number: int) -> float:
        """By how much past intervals should have been wider to hold what they promised."""
        places: list[float] = []
        for said in self.past:
            if said.at < at:
                places += self._places(said, number)[: max(at - said.at - self._first(number), 0)]
        places = [place for place in places if place >= 0]
        beforehand = self._bands(at)[number].beforehand
        if not places:
            return beforehand
        found = 1 + STRETCH_SHARE * (quantile(sorted(places), COVERED) - 1)
        share = len(places) / (len(places) + BELIEVED_POINTS)
        stretch = share * max(found, beforehand) + (1 - share) * beforehand
        return min(max(stretch, STRETCHES[0]), STRETCHES[1])

    def _first(self, number: int) -> int:
        return self.scoring.bands[number]

    def _places(self, said: Said, number: int) -> list[float]:
        """How far out in its interval each value of a band lay, 1 at the ends; -1 where untold."""
        key = (said.at, number)
        found = self.places.get(key)
        if found is None:
            band = self._bands(said.at)[number]
            bands = self.scoring.bands
            end = bands[number + 1] if number + 1 < len(bands) else None
            tells = band.own and band.half > 0
            found = self.places[key] = [
                abs(error - band.middle) / band.half if tells else -1.0
                for error in self.errors[said.at][bands[number] : end]
            ]
        return found

    def _level(self, at: int) -> float:
        latest = self.series.values[max(at - 4 * self.series.season, 0) : at]
        return sum(latest) / len(latest) or 1.0


def _unit(point: float, level: float) -> float:
    return float(max(point, LEAST_SHARE * level) ** GROWTH * level ** (1 - GROWTH))


def _band(errors: Sequence[float], own: bool, beforehand: float, moments: int) -> Band:
    ordered = sorted(errors)
    low, high = quantile(ordered, TAIL), quantile(ordered, 1 - TAIL)
    return Band((low + high) / 2, (high - low) / 2, own, beforehand, moments)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the population lies, by its ordered sample."""
    place = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (place - below) * (ordered[below + 1] - ordered[below])
