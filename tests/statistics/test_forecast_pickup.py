"""Pick-up: what is on the books improves a forecast, and nothing of the future leaks into it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.statistics.forecast.core import pickup
from app.statistics.forecast.core.calendars import PLAIN, VIETNAM
from app.statistics.forecast.core.outlook import COMBINATION, forecast
from app.statistics.forecast.core.pickup import ENOUGH_MORNINGS, NAMES
from app.statistics.forecast.core.series import Frequency, Series
from tests.statistics.invented_series import booked_town

Books = dict[date, tuple[int, ...]]


@pytest.fixture(scope="module")
def town() -> tuple[Series, Books]:
    return booked_town(1, nights=420)


def off(series: Series, origin: int, books: Books | None, horizon: int = 28) -> float:
    methods = pickup.methods(books or {}, VIETNAM)
    steps = forecast(series.until(origin), horizon, VIETNAM, methods).steps
    actual = series.values[origin : origin + horizon]
    return sum(abs(s.point - v) for s, v in zip(steps, actual, strict=True)) / sum(actual)


def test_the_books_foretell_what_weeks_before_could_not(town: tuple[Series, Books]) -> None:
    series, books = town
    origins = (370, 385)
    with_books = [off(series, origin, books) for origin in origins]
    without = [off(series, origin, None) for origin in origins]
    assert sum(with_books) < 0.5 * sum(without)


def test_its_past_errors_give_it_its_weight(town: tuple[Series, Books]) -> None:
    series, books = town
    outlook = forecast(series, 28, VIETNAM, pickup.methods(books, VIETNAM))
    assert sum(outlook.mixture[name] for name in NAMES) > 0.6
    assert outlook.bands[0].method == COMBINATION
    # The control: books that say nothing about the night get no say.
    noise = {day: tuple((day.toordinal() * 37 + k * 11) % 500 for k in range(93)) for day in books}
    other = forecast(series, 28, VIETNAM, pickup.methods(noise, VIETNAM))
    assert sum(other.mixture[name] for name in NAMES) < 0.3


def test_nothing_known_later_changes_a_forecast(town: tuple[Series, Books]) -> None:
    series, books = town
    as_of = series.date_at(300)
    history = series.until(300)
    later = {
        day: booked if day <= as_of else tuple(9 * b + 1 for b in booked)
        for day, booked in books.items()
    }
    told = [forecast(history, 28, VIETNAM, pickup.methods(b, VIETNAM)) for b in (books, later)]
    assert told[0] == told[1]
    # The control: what was known that morning does count.
    earlier = {day: (0,) * 93 if day == as_of else booked for day, booked in books.items()}
    assert forecast(history, 28, VIETNAM, pickup.methods(earlier, VIETNAM)) != told[0]


def test_a_longer_history_seen_before_leaves_no_trace(town: tuple[Series, Books]) -> None:
    series, books = town
    once = pickup.methods(books, VIETNAM)
    changed = Series(series.frequency, series.start, series.values[:200] + (1.0,) * 100)
    for name, method in once.items():
        method(series.until(400), 28)
        method(changed, 28)
        fresh = pickup.methods(books, VIETNAM)[name]
        assert method(series.until(350), 28) == fresh(series.until(350), 28)


def test_too_few_mornings_say_nothing() -> None:
    series, books = booked_town(2, nights=120)
    end = series.date_at(120)
    few = {day: b for day, b in books.items() if day >= end - timedelta(days=ENOUGH_MORNINGS - 1)}
    enough = {day: b for day, b in books.items() if day >= end - timedelta(days=ENOUGH_MORNINGS)}
    for name in NAMES:
        assert pickup.methods(few, PLAIN)[name](series, 7) is None
        assert pickup.methods(enough, PLAIN)[name](series, 7) is not None


def test_a_morning_that_was_missed_says_nothing_that_day() -> None:
    series, books = booked_town(2, nights=120)
    missed = {day: b for day, b in books.items() if day != series.date_at(120)}
    assert all(method(series, 7) is None for method in pickup.methods(missed, PLAIN).values())
    assert pickup.methods({}, PLAIN) == {}


def test_the_three_ways_on_a_town_that_books_half() -> None:
    """Every night ends with 100 rooms, of which 50 stand on the books a day before."""
    start, nights = date(2026, 1, 5), 100
    series = Series(Frequency.DAILY, start, (100.0,) * nights)
    books = {start + timedelta(days=d): (80, 50, 50, 50) for d in range(nights + 1)}
    books[start + timedelta(days=nights)] = (80, 70, 50, 50)
    said = {n: m(series, 4) for n, m in pickup.methods(books, PLAIN).items()}
    assert said["books, pick-up added"] == pytest.approx([100, 120, 100, 100])
    assert said["books, pick-up multiplied"] == pytest.approx([100, 140, 100, 100])
    assert said["books and what is usual"] == pytest.approx([100, 120, 100, 100])


def test_beyond_the_books_it_says_what_is_usual() -> None:
    start, nights = date(2026, 1, 5), 100
    series = Series(Frequency.DAILY, start, (100.0,) * nights)
    books = {start + timedelta(days=d): (80, 50) for d in range(nights + 1)}
    for method in pickup.methods(books, PLAIN).values():
        assert method(series, 5) == pytest.approx([100] * 5)
