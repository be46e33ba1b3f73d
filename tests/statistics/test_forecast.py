"""The forecast as a whole: it knows no future, beats the baseline, and its interval holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.statistics.forecast.core import backtest, daily
from app.statistics.forecast.core.backtest import Accuracy, Method
from app.statistics.forecast.core.calendars import PLAIN, VIETNAM
from app.statistics.forecast.core.combine import Scoring, Weigher
from app.statistics.forecast.core.intervals import quantile
from app.statistics.forecast.core.outlook import BASELINE, COMBINATION, forecast
from app.statistics.forecast.core.series import Frequency, Series, SeriesError
from tests.statistics.invented_series import guests_a_month, rooms_occupied

# --- No look ahead -------------------------------------------------------------------------


def leaks(methods: Mapping[str, Method], series: Series, at: int, horizon: int) -> list[str]:
    """The methods whose past forecasts change when the values after the origin do."""
    changed = Series(
        series.frequency,
        series.start,
        series.values[:at] + tuple(7 * value + 100 for value in series.values[at:]),
    )
    one = backtest.origins(methods, series, horizon, [at])[0].forecasts
    other = backtest.origins(methods, changed, horizon, [at])[0].forecasts
    return [name for name in one if one[name] != other[name]]


def test_no_method_looks_past_its_origin() -> None:
    series = rooms_occupied(1, 600)
    methods = {**daily.methods(VIETNAM), BASELINE: partial(daily.baseline, VIETNAM)}
    assert leaks(methods, series, 480, 40) == []


def test_a_look_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Series, "until", lambda series, origin: series)
    methods = daily.methods(VIETNAM)
    assert leaks(methods, rooms_occupied(1, 600), 480, 40) == list(methods)


def test_weights_know_only_errors_seen_by_then() -> None:
    series = rooms_occupied(4, 600)
    methods = daily.methods(VIETNAM)
    moments = list(range(400, 590, 7))
    changed = Series(
        series.frequency, series.start, series.values[:500] + (1.0,) * (len(series) - 500)
    )
    scoring = Scoring(daily.RECENT_WEEKS, (0, 7))
    weights = [
        Weigher(s, backtest.origins(methods, s, 28, moments), scoring).weights(
            500, sorted(methods), 1
        )
        for s in (series, changed)
    ]
    assert weights[0] == weights[1]
    # The control: errors after that moment do count for a later one.
    later = [
        Weigher(s, backtest.origins(methods, s, 28, moments), scoring).weights(
            590, sorted(methods), 1
        )
        for s in (series, changed)
    ]
    assert later[0] != later[1]


# --- As good as it says --------------------------------------------------------------------


def errors(series: Series, horizon: int, origins: range) -> tuple[float, float, float]:
    """WAPE of the forecast and of the baseline, and the share inside the interval."""
    off = plain = total = inside = points = 0.0
    for origin in origins:
        history = series.until(origin)
        outlook = forecast(history, horizon)
        before = daily.baseline(VIETNAM, history, horizon)
        actual = series.values[origin : origin + horizon]
        for step, other, value in zip(outlook.steps, before, actual, strict=True):
            off += abs(step.point - value)
            plain += abs(other - value)
            total += value
            inside += step.low80 <= value <= step.high80
            points += 1
    return off / total, plain / total, inside / points


def test_better_than_the_baseline_and_inside_the_interval_four_times_out_of_five() -> None:
    found = [errors(rooms_occupied(s, 760), 28, range(600, 733, 130)) for s in range(20, 32)]
    assert sum(mine for mine, _, _ in found) < 0.9 * sum(baseline for _, baseline, _ in found)
    assert sum(mine < baseline for mine, baseline, _ in found) >= 10
    coverage = sum(inside for _, _, inside in found) / len(found)
    assert 0.74 <= coverage <= 0.86


def test_the_share_it_reports_of_itself() -> None:
    reported = [forecast(rooms_occupied(seed, 800), 28).coverage or 0 for seed in range(10, 14)]
    assert 0.7 <= sum(reported) / 4 <= 0.86


def test_months() -> None:
    off = naive = 0.0
    for seed in range(6):
        series = guests_a_month(seed)
        outlook = forecast(series.until(96), 24)
        for step, value in enumerate(series.values[96:]):
            off += abs(outlook.steps[step].point - value)
            naive += abs(series.values[84 + step % 12] - value)
        assert outlook.steps[0].date == date(2022, 5, 1)
    assert off < 0.9 * naive


# --- The baseline where it is as good ------------------------------------------------------


def test_the_baseline_is_shown_where_the_combination_does_not_beat_it() -> None:
    # It grows faster and faster, so that every mean over weeks lags behind the last one.
    growing = [float(50 + 10 * (step % 7) + (step // 7) ** 2) for step in range(200)]
    jump = Series(Frequency.DAILY, date(2025, 1, 1), tuple(growing))
    outlook = forecast(jump, 7, PLAIN)
    assert outlook.method == BASELINE
    assert outlook.accuracy == outlook.baseline
    assert [step.point for step in outlook.steps] == list(jump.values[-7:])
    # The control: where weeks alternate their mean is better, and is used.
    swinging = [float(100 + 40 * (step % 7) + 31 * (step // 7 % 2)) for step in range(300)]
    series = Series(Frequency.DAILY, date(2025, 1, 1), tuple(swinging))
    assert forecast(series, 14, PLAIN).method == COMBINATION


def test_nothing_speaks_for_the_combination_without_a_past() -> None:
    outlook = forecast(rooms_occupied(1, 30), 7)
    assert (outlook.method, outlook.origins, outlook.coverage) == (BASELINE, 0, None)
    assert "unknown" in outlook.summary()


def test_what_is_on_the_books_can_be_weighed_too() -> None:
    series = rooms_occupied(6, 700)

    def books(history: Series, horizon: int) -> list[float]:
        future = series.values[len(history) : len(history) + horizon]
        return [*future, *[future[-1] if future else 0.0] * (horizon - len(future))]

    plain = forecast(series.until(660), 28)
    outlook = forecast(series.until(660), 28, extra={"books": books})
    assert max(outlook.weights, key=lambda name: outlook.weights[name]) == "books"
    assert (outlook.accuracy.wape or 1) < 0.5 * (plain.accuracy.wape or 0)


# --- Arithmetic ----------------------------------------------------------------------------


def test_measures_of_error() -> None:
    found = backtest.accuracy([(10, 12), (30, 24)], unit=2.0)
    assert found == Accuracy(points=2, wape=0.2, mase=2.0, bias=-0.1)
    assert backtest.accuracy([], 1.0) == Accuracy(0, None, None, None)
    assert backtest.naive_unit([1, 2, 4, 8], 2) == 4.5


def test_quantiles() -> None:
    nine = [float(n) for n in range(1, 10)]
    assert (quantile(nine, 0.1), quantile(nine, 0.5), quantile(nine, 0.9)) == (1.0, 5.0, 9.0)
    assert quantile([4.0], 0.9) == 4.0


# --- Any series ----------------------------------------------------------------------------

ANY_VALUE = st.one_of(
    st.just(0.0), st.floats(0, 1e15, allow_subnormal=False), st.integers(0, 300).map(float)
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    frequency=st.sampled_from(Frequency),
    values=st.lists(ANY_VALUE, min_size=28, max_size=90),
    horizon=st.integers(1, 30),
    start=st.dates(date(1900, 1, 1), date(2195, 1, 1)),
)
def test_whatever_the_values(
    frequency: Frequency, values: list[float], horizon: int, start: date
) -> None:
    start = start.replace(day=1) if frequency is Frequency.MONTHLY else start
    series = Series(frequency, start, tuple(values))
    outlook = forecast(series, horizon)
    assert outlook == forecast(series, horizon)
    assert [step.date for step in outlook.steps] == [
        series.date_at(len(series) + step) for step in range(horizon)
    ]
    for step in outlook.steps:
        assert 0 <= step.low80 <= step.point <= step.high80 < float("inf")


def test_an_empty_town_stays_empty() -> None:
    closed = Series(Frequency.DAILY, date(2024, 1, 1), (0.0,) * 800)
    assert {step.point for step in forecast(closed, 30).steps} == {0.0}


@pytest.mark.parametrize("factor", [0.01, 1000.0])
def test_the_unit_does_not_matter(factor: float) -> None:
    series = rooms_occupied(3, 420)
    other = Series(series.frequency, series.start, tuple(factor * v for v in series.values))
    for one, two in zip(forecast(series, 14).steps, forecast(other, 14).steps, strict=True):
        assert two.point == pytest.approx(factor * one.point)
        assert two.high80 == pytest.approx(factor * one.high80)


def test_how_far_ahead_it_looks() -> None:
    for horizon in (0, 367):
        with pytest.raises(SeriesError, match="horizon"):
            forecast(rooms_occupied(1, 60), horizon)


# --- The command ---------------------------------------------------------------------------


def run(app: Flask, file: Path, *words: str) -> Any:
    return app.test_cli_runner().invoke(
        args=["statistics", "forecast", "--series", str(file), *words]
    )


def write(file: Path, series: Series, upto: int) -> Path:
    rows = [f"{series.date_at(step)},{series.values[step]:g}" for step in range(upto)]
    file.write_text("\n".join(["date,value", *rows]) + "\n")
    return file


def test_the_command_prints_what_comes_next(app: Flask, tmp_path: Path) -> None:
    series = rooms_occupied(8, 420)
    result = run(app, write(tmp_path / "rooms.csv", series, 420), "--horizon", "5")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "date,point,low80,high80"
    assert [line.split(",")[0] for line in lines[1:]] == [
        str(series.start + timedelta(days=420 + step)) for step in range(5)
    ]
    assert "WAPE of the baseline" in result.stderr
    assert "method" not in result.stdout


def test_the_command_names_the_line(app: Flask, tmp_path: Path) -> None:
    file = write(tmp_path / "rooms.csv", rooms_occupied(8, 60), 60)
    file.write_text(file.read_text().replace("2023-03-09,", "2023-03-10,"))
    result = run(app, file, "--horizon", "5", "--frequency", "daily")
    assert result.exit_code == 1
    assert "rooms.csv: line 10: gap: 2023-03-09 is missing" in result.stderr
    file.write_bytes(b"date,value\n\xff\xfe")
    assert "not UTF-8" in run(app, file, "--horizon", "5").stderr
