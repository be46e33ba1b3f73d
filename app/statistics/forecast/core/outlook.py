"""The forecast of a series: points, intervals, which method was used and how far off it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from app.statistics.forecast.core import backtest, calendars, daily, monthly
from app.statistics.forecast.core.backtest import Accuracy, Method, Origin
from app.statistics.forecast.core.calendars import Calendar
from app.statistics.forecast.core.combine import Scoring, Weigher
from app.statistics.forecast.core.intervals import Limits, Said, Spread, within
from app.statistics.forecast.core.series import SHORTEST, Frequency, Series, SeriesError

BASELINE = "baseline"
COMBINATION = "combination"
LONGEST_HORIZON = {Frequency.DAILY: 366, Frequency.MONTHLY: 60}

# So many moments at which the same methods could answer speak for themselves.
ENOUGH_ALIKE = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """Which past moments a frequency is tried at, and how its errors are counted."""

    scoring: Scoring
    step: int
    most: int
    shortest: int
    # The first step, counted from 0, of each band whose errors are told apart.
    told_apart: tuple[int, ...] = (0,)
    # The baseline is shown where its past errors were this many times the combination's, or less.
    # Two years ahead the moments to try repeat each other, and a small lead is mostly chance.
    lead: float = 1.0


PLANS = {
    Frequency.DAILY: Plan(
        Scoring(daily.RECENT_WEEKS, (0, 7, 14, 28), frozenset()),
        step=7,
        most=40,
        shortest=35,
        told_apart=(0, 7, 28),
    ),
    Frequency.MONTHLY: Plan(
        Scoring(BASELINE, (0, 3, 12), frozenset({BASELINE}), median=0.5),
        step=3,
        most=20,
        shortest=30,
        lead=0.9,
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What is expected of one day or month, and between what it lies four times out of five."""

    date: date
    point: float
    low80: float
    high80: float


@dataclass(frozen=True, slots=True)
class Band:
    """Some steps ahead, such as the first week: past errors there, and what is shown there."""

    steps: range
    # COMBINATION, or BASELINE where the combination did not do better in the past.
    method: str
    combination: Accuracy
    baseline: Accuracy
    coverage: float | None

    @property
    def accuracy(self) -> Accuracy:
        """The past errors of the method that is shown."""
        return self.combination if self.method == COMBINATION else self.baseline


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast with its own past: the same rolling origins for it and for the baseline."""

    steps: tuple[Step, ...]
    bands: tuple[Band, ...]
    calendar: str
    # What the combination is made of, also where the baseline is shown instead.
    mixture: Mapping[str, float]
    plain: tuple[float, ...]
    origins: int
    combination: Accuracy
    baseline: Accuracy
    shown: Accuracy
    coverage: float | None

    @property
    def method(self) -> str:
        """COMBINATION where it is shown for any step, else BASELINE."""
        return COMBINATION if any(b.method == COMBINATION for b in self.bands) else BASELINE

    @property
    def weights(self) -> Mapping[str, float]:
        return self.mixture if self.method == COMBINATION else {BASELINE: 1.0}

    @property
    def accuracy(self) -> Accuracy:
        """The past errors of what is shown."""
        return self.shown

    def summary(self) -> str:
        """One line for a terminal: the method, and its past errors beside the baseline's."""
        words = [f"method: {self.method}", f"calendar: {self.calendar}", f"origins: {self.origins}"]
        for name, value in (
            ("WAPE", self.accuracy.wape),
            ("WAPE of the baseline", self.baseline.wape),
            ("MASE", self.accuracy.mase),
            ("bias", self.accuracy.bias),
            ("coverage", self.coverage),
        ):
            words.append(f"{name}: {'unknown' if value is None else format(value, '.3f')}")
        return "; ".join(words)


def forecast(
    series: Series,
    horizon: int,
    calendar: Calendar | None = None,
    extra: Mapping[str, Method] | None = None,
    limits: Limits | None = None,
) -> Outlook:
    """The next `horizon` steps; without a calendar the series itself tells which one it keeps.

    `extra` are further methods to weigh by their past errors, such as what is on the books;
    `limits` are what no forecast may leave, such as the rooms there are.
    """
    _check(series, horizon)
    calendar = calendar or (
        calendars.fitting(series) if series.frequency is Frequency.DAILY else calendars.PLAIN
    )
    plan = PLANS[series.frequency]
    methods = {**_methods(series.frequency, calendar), **(extra or {})}
    moments = backtest.moments(len(series), plan.shortest, plan.step, plan.most)
    past = backtest.origins(methods, series, horizon, moments)
    now = Origin(len(series), backtest.forecasts(methods, series, horizon))

    weigher = Weigher(series, past, plan.scoring)
    like_now = _comparable(past, now)
    combined = [_said(o, weigher.combined(o.at, o.forecasts)[0], limits) for o in like_now]
    plain = [_said(o, o.forecasts[BASELINE], limits) for o in like_now]
    points, mixture = weigher.combined(now.at, now.forecasts)
    judge = _Judge(series, _unit(series, calendar), combined, plain, plan.lead)
    spans = _spans(plan.told_apart, horizon)
    better = [judge.better(span) for span in spans]

    def choose(one: Said, other: Said) -> Said:
        """Each band from the combination or from the baseline, whichever did better there."""
        parts = [
            (one if b else other).points[s.start : s.stop]
            for b, s in zip(better, spans, strict=True)
        ]
        return Said(one.at, [value for part in parts for value in part])

    chosen = [choose(one, other) for one, other in zip(combined, plain, strict=True)]
    plain_now = _said(now, now.forecasts[BASELINE], limits)
    spread = Spread(series, chosen, plan.scoring, limits)
    return Outlook(
        steps=_steps(series, spread, choose(_said(now, points, limits), plain_now)),
        bands=tuple(judge.band(s, b, spread) for s, b in zip(spans, better, strict=True)),
        calendar=calendar.name,
        mixture=mixture,
        plain=tuple(plain_now.points),
        origins=len(like_now),
        combination=judge.accuracy(combined),
        baseline=judge.accuracy(plain),
        shown=judge.accuracy(chosen),
        coverage=spread.coverage()[1],
    )


def _said(origin: Origin, points: Sequence[float], limits: Limits | None) -> Said:
    return Said(origin.at, within(points, limits, origin.at))


def _spans(told_apart: Sequence[int], horizon: int) -> list[range]:
    """The bands that a horizon reaches."""
    ends = [*told_apart[1:], horizon]
    return [
        range(first, min(end, horizon))
        for first, end in zip(told_apart, ends, strict=True)
        if first < horizon
    ]


@dataclass(frozen=True, slots=True)
class _Judge:
    """What the combination and the baseline had said in the past, against what came."""

    series: Series
    unit: float
    combined: Sequence[Said]
    plain: Sequence[Said]
    lead: float

    def accuracy(self, past: Sequence[Said], steps: range | None = None) -> Accuracy:
        return backtest.accuracy(_pairs(self.series, past, steps), self.unit)

    def better(self, steps: range) -> bool:
        mine, other = self.accuracy(self.combined, steps), self.accuracy(self.plain, steps)
        return _better(mine, other, self.lead)

    def band(self, steps: range, better: bool, spread: Spread) -> Band:
        return Band(
            range(steps.start + 1, steps.stop + 1),
            COMBINATION if better else BASELINE,
            self.accuracy(self.combined, steps),
            self.accuracy(self.plain, steps),
            spread.coverage(steps)[1],
        )


def _check(series: Series, horizon: int) -> None:
    if len(series) < SHORTEST[series.frequency]:
        raise SeriesError(
            f"too short: {len(series)} values; a {series.frequency} series needs "
            f"at least {SHORTEST[series.frequency]}"
        )
    longest = LONGEST_HORIZON[series.frequency]
    if not 1 <= horizon <= longest:
        raise SeriesError(f"the horizon of a {series.frequency} series is 1 to {longest} steps")


def _methods(frequency: Frequency, calendar: Calendar) -> dict[str, Method]:
    if frequency is Frequency.DAILY:
        return {**daily.methods(calendar), BASELINE: partial(daily.baseline, calendar)}
    return {**monthly.METHODS, BASELINE: monthly.seasonal_naive}


def _comparable(past: Sequence[Origin], now: Origin) -> Sequence[Origin]:
    """The moments at which as much was known as now: a first year without last year was harder."""
    alike = [origin for origin in past if origin.forecasts.keys() == now.forecasts.keys()]
    return alike if len(alike) >= ENOUGH_ALIKE else past


def _pairs(
    series: Series, past: Sequence[Said], steps: range | None = None
) -> list[tuple[float, float]]:
    """The values that came, each with what had been said of it, perhaps of some steps only."""
    return [
        pair
        for said in past
        for step, pair in enumerate(zip(series.values[said.at :], said.points, strict=False))
        if steps is None or step in steps
    ]


def _unit(series: Series, calendar: Calendar) -> float:
    """The unit of MASE: the mean change on last year's aligned night, or on the last season."""
    if series.frequency is Frequency.DAILY:
        changes = []
        for step, value in enumerate(series.values):
            night = series.date_at(step)
            before = step - (night - calendar.last_year(night)).days
            if 0 <= before < step:
                changes.append(abs(value - series.values[before]))
        if len(changes) >= calendars.YEAR // 4:
            return sum(changes) / len(changes)
    return backtest.naive_unit(series.values, series.season)


def _better(combination: Accuracy, baseline: Accuracy, lead: float) -> bool:
    """Whether the combination was less far off; without a past nothing speaks for it."""
    if combination.wape is None or baseline.wape is None:
        return False
    return lead * combination.wape < baseline.wape


def _steps(series: Series, spread: Spread, said: Said) -> tuple[Step, ...]:
    return tuple(
        Step(series.date_at(said.at + step), point, interval.low, interval.high)
        for step, (point, interval) in enumerate(
            zip(said.points, spread.intervals(said), strict=True)
        )
    )
