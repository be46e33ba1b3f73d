"""Making one forecast of rooms occupied, with the account of how it was made and how far off."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.statistics.forecast.core import pickup
from app.statistics.forecast.core.backtest import Accuracy, accuracy
from app.statistics.forecast.core.calendars import VIETNAM
from app.statistics.forecast.core.intervals import Limits
from app.statistics.forecast.core.outlook import Band, Outlook, forecast
from app.statistics.forecast.core.series import SHORTEST, Frequency, Series, SeriesError
from app.statistics.forecast.series import HORIZON, Material
from app.statistics.snapshots import Books

# As many nights before are kept with the forecast, for its chart.
NIGHTS_BEFORE = 42
BANDS = (range(1, 8), range(8, 29), range(29, HORIZON + 1))
# Over so many of the latest nights no more rooms were occupied than the register knows, or the
# register is behind and its rooms limit nothing.
CHECKED_NIGHTS = 28


@dataclass(frozen=True, slots=True)
class Made:
    """A forecast as it is stored; element *n* of each list is the night ``as_of + n``, from 0."""

    as_of: date
    point: list[float]
    low80: list[float]
    high80: list[float]
    benchmark: list[float]
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run had said."""

    as_of: date
    point: Sequence[float]
    low80: Sequence[float]
    high80: Sequence[float]
    benchmark: Sequence[float]


def make(material: Material, earlier: Iterable[Earlier] = ()) -> Made:
    """Forecast from what is known; SeriesError where that is too little."""
    total = material.total()
    skipped = next((step for step, value in enumerate(total.occupied) if value), None)
    if skipped is None:
        raise SeriesError("no rooms were occupied")
    start = material.start + timedelta(days=skipped)
    values = tuple(float(value) for value in total.occupied[skipped:])
    series = Series(Frequency.DAILY, start, values)
    books = material.all_books()
    ahead = material.rooms_ahead()
    limits = limits_of(series, total.rooms[skipped:], ahead, books)
    methods = pickup.methods(books.mornings, VIETNAM)
    outlook = forecast(series, HORIZON, VIETNAM, methods, limits)
    return Made(
        material.as_of,
        [step.point for step in outlook.steps],
        [step.low80 for step in outlook.steps],
        [step.high80 for step in outlook.steps],
        list(outlook.plain),
        {
            **_account(outlook, series, books),
            "made": made_errors(series, earlier),
            "capacity": ahead if _register_holds(values, ahead[0]) else None,
            **_around(series),
        },
    )


def possible(days: int) -> bool:
    """Whether so many nights are enough to begin."""
    return days >= SHORTEST[Frequency.DAILY]


# --- What is possible -----------------------------------------------------------------------


def limits_of(series: Series, rooms: Sequence[int], ahead: Sequence[int], books: Books) -> Limits:
    """No less than what is on the books, no more than the rooms in service.

    At a past morning the rooms of the night before it stand for those to come, and its own books
    for what was booked: nothing that became known later.
    """

    def limits(at: int, horizon: int) -> tuple[list[float], list[float]]:
        booked = list(books.on(series.date_at(at)) or ())[:horizon]
        least = [float(count) for count in booked] + [0.0] * (horizon - len(booked))
        there = list(ahead) if at == len(series) else [rooms[at - 1]] * horizon
        holds = _register_holds(series.values[:at], there[0])
        most = [float(count) if holds else math.inf for count in there[:horizon]]
        return least, [max(pair) for pair in zip(least, most, strict=True)]

    return limits


def _register_holds(values: Sequence[float], rooms: int) -> bool:
    return max(values[-CHECKED_NIGHTS:], default=0.0) <= rooms


# --- The account of it ----------------------------------------------------------------------


def _account(outlook: Outlook, series: Series, books: Books) -> dict[str, Any]:
    as_of = series.date_at(len(series))
    booked = books.on(as_of)
    return {
        "nights": len(series),
        "origins": outlook.origins,
        "mornings": len(books),
        "books": None if booked is None else list(booked[:HORIZON]),
        "weights": dict(sorted(outlook.mixture.items(), key=lambda item: (-item[1], item[0]))),
        "bands": [_band(band) for band in outlook.bands],
    }


def _band(band: Band) -> dict[str, Any]:
    return {
        "first": band.steps.start,
        "last": band.steps.stop - 1,
        "method": band.method,
        **_errors(band.accuracy),
        "coverage": band.coverage,
        "combination": _errors(band.combination),
        "benchmark": _errors(band.baseline),
    }


def _errors(found: Accuracy) -> dict[str, Any]:
    return {
        "nights": found.points,
        "wape": found.wape,
        "mase": found.mase,
        "bias": found.bias,
    }


def _around(series: Series) -> dict[str, Any]:
    """The nights before, and last year's beside them and beside those to come."""
    first = len(series) - NIGHTS_BEFORE
    before = [series.values[step] if step >= 0 else None for step in range(first, len(series))]
    last_year = []
    for step in range(first, len(series) + HORIZON):
        night = series.date_at(step)
        then = step - (night - VIETNAM.last_year(night)).days
        last_year.append(series.values[then] if 0 <= then < len(series) else None)
    return {"before": before, "last_year": last_year}


def made_errors(series: Series, earlier: Iterable[Earlier]) -> list[dict[str, Any]]:
    """How far off the forecasts were that were really made and shown, by the nights that came."""
    said = list(earlier)
    found = []
    for steps in BANDS:
        pairs: list[tuple[float, float]] = []
        plain: list[tuple[float, float]] = []
        inside = 0
        for run in said:
            at = (run.as_of - series.start).days - 1
            for step in steps:
                place = at + step
                if 0 <= place < len(series) and step <= len(run.point):
                    actual = series.values[place]
                    pairs.append((actual, run.point[step - 1]))
                    plain.append((actual, run.benchmark[step - 1]))
                    inside += run.low80[step - 1] <= actual <= run.high80[step - 1]
        mine, other = accuracy(pairs, 0.0), accuracy(plain, 0.0)
        found.append(
            {
                "first": steps.start,
                "last": steps.stop - 1,
                "nights": len(pairs),
                "wape": mine.wape,
                "bias": mine.bias,
                "benchmark_wape": other.wape,
                "coverage": inside / len(pairs) if pairs else None,
            }
        )
    return found


def weights_shown(weights: Mapping[str, float], least: float = 0.02) -> dict[str, float]:
    """The methods that have a say worth naming."""
    return {name: weight for name, weight in weights.items() if weight >= least}
