"""The single methods and calendars of the forecast, against values worked out otherwise."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest

from app.statistics.forecast.core import daily, monthly, regression, smoothing
from app.statistics.forecast.core.calendars import (
    CHRISTIAN,
    PLAIN,
    VIETNAM,
    Calendar,
    easter,
    fitting,
    tet,
)
from app.statistics.forecast.core.combine import Scoring, Weigher, weighted_median
from app.statistics.forecast.core.series import Frequency, Series
from tests.statistics.invented_series import guests_a_month, rooms_occupied


def test_feasts() -> None:
    assert [easter(year) for year in (2016, 2024, 2025)] == [
        date(2016, 3, 27),
        date(2024, 3, 31),
        date(2025, 4, 20),
    ]
    assert [tet(year) for year in (2024, 2025)] == [date(2024, 2, 10), date(2025, 1, 29)]
    assert tet(1800) is None


@pytest.mark.parametrize(
    ("calendar", "night", "compared"),
    [
        (PLAIN, date(2025, 1, 30), date(2024, 2, 1)),
        # The second day of Tết with the second day of Tết.
        (VIETNAM, date(2025, 1, 30), date(2024, 2, 11)),
        # An ordinary night whose weekday a year ago was in Tết: the nearest week outside.
        (VIETNAM, date(2025, 2, 12), date(2024, 1, 31)),
        (VIETNAM, date(2025, 7, 9), date(2024, 7, 10)),
        (CHRISTIAN, date(2025, 4, 19), date(2024, 3, 30)),
        (CHRISTIAN, date(2025, 12, 24), date(2024, 12, 24)),
    ],
)
def test_the_night_of_last_year(calendar: Calendar, night: date, compared: date) -> None:
    assert calendar.last_year(night) == compared


def test_every_night_compares_with_an_earlier_one() -> None:
    for step in range(3000):
        night = date(2019, 1, 1) + timedelta(days=step)
        for calendar in (PLAIN, VIETNAM, CHRISTIAN):
            assert 330 <= (night - calendar.last_year(night)).days <= 400, night


@pytest.mark.parametrize("seed", range(4))
def test_the_series_tells_its_calendar(seed: int) -> None:
    assert fitting(rooms_occupied(seed, 760)) is VIETNAM
    assert fitting(rooms_occupied(seed, 760, holidays=False)) is PLAIN


def test_the_baseline_is_the_mean_of_last_week_and_last_year() -> None:
    history = rooms_occupied(1, 500)
    said = daily.baseline(PLAIN, history, 10)
    values = history.values
    assert said[8] == (values[500 + 8 - 14] + values[500 + 8 - 364]) / 2


def test_least_squares_find_what_made_the_values() -> None:
    chance = random.Random(7)
    rows = [[chance.random() for _ in range(4)] for _ in range(50)]
    weights = [3.0, -1.0, 0.5, 2.0]
    values = [sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows]
    products = [[sum(row[i] * row[j] for row in rows) for j in range(4)] for i in range(4)]
    moments = [sum(row[i] * v for row, v in zip(rows, values, strict=True)) for i in range(4)]
    assert regression.solve(products, moments, 1e-12) == pytest.approx(weights, abs=1e-6)


def test_a_regression_that_grew_says_what_a_fresh_one_says() -> None:
    series = rooms_occupied(2, 520)
    grown = regression.Regression(VIETNAM)
    for origin in (420, 480, 520):
        said = grown(series.until(origin), 20)
    assert said == regression.Regression(VIETNAM)(series, 20)
    # A shorter history, or another series, makes it forget what it must not know.
    other = rooms_occupied(3, 430)
    assert grown(other, 20) == regression.Regression(VIETNAM)(other, 20)
    assert grown(series.until(430), 20) == regression.Regression(VIETNAM)(series.until(430), 20)


@pytest.mark.parametrize("name", list(monthly.METHODS))
def test_a_season_without_noise_goes_on(name: str) -> None:
    values = tuple(100 + 30 * math.sin(2 * math.pi * step / 12) for step in range(96))
    series = Series(Frequency.MONTHLY, date(2015, 1, 1), values[:72])
    assert monthly.METHODS[name](series, 24) == pytest.approx(values[72:], rel=0.02)


def test_smoothing_finds_better_parameters_than_it_starts_with() -> None:
    values = guests_a_month(5).values
    begin = smoothing.start(values, 12, True, True)
    by = smoothing.fit(values, begin, True, True)
    blind = smoothing.Parameters(0.5, 0.15, 0.25, 0.95)
    assert smoothing.run(values, begin, by, True)[1] < smoothing.run(values, begin, blind, True)[1]
    assert 0 <= by.level <= 0.99
    assert 0.8 <= by.damping <= 0.98


def test_the_weighted_median_lies_where_half_of_the_weight_does() -> None:
    assert weighted_median([(1.0, 0.2), (5.0, 0.4), (1000.0, 0.4)]) == 5.0
    assert weighted_median([(1.0, 0.6), (5.0, 0.4)]) == 1.0
    assert weighted_median([(2.0, 0.0)]) == 2.0


def test_one_runaway_method_does_not_drag_the_combination_along() -> None:
    series = Series(Frequency.DAILY, date(2026, 1, 1), (10.0,) * 40)
    said = {"a": [10.0], "b": [10.0], "c": [310.0]}
    found = [
        Weigher(series, [], Scoring("a", (0,), median=share)).combined(40, said)[0][0]
        for share in (0.0, 0.5)
    ]
    assert found == [pytest.approx(110), pytest.approx((110 + 10) / 2)]
