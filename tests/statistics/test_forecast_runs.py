"""Making the forecasts each morning: when, from what, within which limits, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from app import dates
from app.db import db
from app.statistics.forecast import making as forecast_making
from app.statistics.forecast import operations as forecast_operations
from app.statistics.forecast import series as forecast_series
from app.statistics.forecast.core.outlook import BASELINE, COMBINATION
from app.statistics.forecast.core.series import Frequency, Series, SeriesError
from app.statistics.forecast.making import Earlier, made_errors
from app.statistics.forecast.models import BooksDay, Forecast, ForecastRun
from app.statistics.forecast.operations import ask, tick
from app.statistics.forecast.queries import expected
from app.statistics.forecast.series import HORIZON, Scope
from app.statistics.models import Fact
from app.statistics.queries import Filters
from tests.factories import EstablishmentFactory
from tests.statistics.past import WEEK, books, many_rooms, occupied, settled, usual

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
FIRST = TODAY - 150 * DAY


@pytest.fixture
def past(db_session: Any) -> Iterator[SimpleNamespace]:
    """A house with 120 rooms and 150 nights behind it, its books read this morning."""
    with time_machine.travel(dates.at(TODAY, 7), tick=False):
        house = EstablishmentFactory(stars=4)
        many_rooms(house, 120)
        occupied(house, FIRST, TODAY)
        books([TODAY], lambda night, lead: max(usual(night) - 10 - lead, 0))
        yield SimpleNamespace(house=house)


def runs() -> list[tuple[date, str]]:
    rows = db.session.execute(
        db.select(ForecastRun.as_of, ForecastRun.status).order_by(ForecastRun.id)
    )
    return [(row[0], row[1]) for row in rows]


def stored(scope: str = "all") -> Forecast:
    return db.session.scalars(
        db.select(Forecast).filter_by(scope=scope).order_by(Forecast.run_id.desc())
    ).first()


# --- When ----------------------------------------------------------------------------------


def test_they_are_made_once_a_morning(past: SimpleNamespace) -> None:
    tick()
    tick()
    assert runs() == [(TODAY, "done")]
    names = set(db.session.scalars(db.select(Forecast.scope)))
    single = {"all", "unit:26506", "area:747", "kind:hotel", "stars:4"}
    assert names == single | {
        f"{place}+{kind}"
        for place in ("unit:26506", "area:747")
        for kind in ("kind:hotel", "stars:4")
    }
    run = db.session.scalars(db.select(ForecastRun)).one()
    assert run.scopes == run.scopes_done == len(names)


def test_they_wait_for_the_night_to_be_counted_and_the_books_to_be_read(
    past: SimpleNamespace,
) -> None:
    with time_machine.travel(dates.at(TODAY + DAY, 7), tick=False):
        tick()
        assert runs() == []
        occupied(past.house, TODAY, TODAY + DAY)
        tick()
        assert runs() == []
        books([TODAY + DAY], lambda night, lead: 0)
        tick()
        assert runs() == [(TODAY + DAY, "done")]


def test_nothing_is_made_of_an_empty_register(db_session: Any) -> None:
    tick()
    assert runs() == []
    ask()
    tick()
    assert [status for _, status in runs()] == ["done"]
    assert expected(Filters()) is None


def test_they_are_made_anew_when_asked_once_for_all_who_ask(past: SimpleNamespace) -> None:
    tick()
    assert ask().id == ask().id
    assert runs()[-1] == (TODAY, "asked")
    tick()
    # Of one morning the last is kept.
    assert runs() == [(TODAY, "done")]


def test_a_run_that_was_cut_off_is_made_again(past: SimpleNamespace) -> None:
    db.session.add(ForecastRun(as_of=TODAY, status="running", asked_at=dates.now()))
    db.session.flush()
    tick()
    assert runs() == [(TODAY, "failed"), (TODAY, "done")]


def test_a_fault_is_noted_and_tried_again_a_few_times(
    past: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(forecast_operations, "load", broken)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            tick()
    tick()
    assert runs() == [(TODAY, "failed")] * 3


def test_old_runs_go_and_of_each_morning_one_stays(past: SimpleNamespace) -> None:
    for days_ago, status in ((71, "done"), (70, "done"), (3, "done"), (3, "done"), (2, "failed")):
        as_of = TODAY - days_ago * DAY
        db.session.add(ForecastRun(as_of=as_of, status=status, asked_at=dates.now()))
    db.session.flush()
    tick()
    assert runs() == [
        (TODAY - 70 * DAY, "done"),
        (TODAY - 3 * DAY, "done"),
        (TODAY, "done"),
    ]


# --- What they say -------------------------------------------------------------------------


def test_no_less_than_is_booked_and_no_more_than_there_is(past: SimpleNamespace) -> None:
    db.session.execute(db.delete(BooksDay))
    books([TODAY], lambda night, lead: 105 if lead == 3 else 0)
    tick()
    made = stored()
    assert made.point[3] == 105
    assert made.low80[3] >= 105
    everything = [*made.point, *made.high80, *made.low80]
    assert max(everything) <= 120
    assert made.report["capacity"] == [120] * HORIZON
    assert all(a <= b <= c for a, b, c in zip(made.low80, made.point, made.high80, strict=True))


def test_rooms_that_were_never_entered_limit_nothing(past: SimpleNamespace) -> None:
    db.session.execute(db.update(Fact).values(rooms=10))
    other = EstablishmentFactory(stars=4)
    occupied(other, FIRST, TODAY, lambda night: 200, capacity=0)
    tick()
    assert stored().report["capacity"] is None
    assert max(stored().point) > 120


def test_what_comes_later_changes_nothing(past: SimpleNamespace) -> None:
    first = forecast_series.load(TODAY)
    assert first is not None
    before = forecast_making.make(first)
    occupied(past.house, TODAY, TODAY + 5 * DAY, lambda night: 119)
    books([TODAY + DAY], lambda night, lead: 119)
    later = forecast_series.load(TODAY)
    assert later is not None
    assert forecast_making.make(later) == before
    # The control: what was known that morning does count.
    db.session.execute(db.update(Fact).where(Fact.night == TODAY - DAY).values(rooms_occupied=119))
    settled()
    changed = forecast_series.load(TODAY)
    assert changed is not None
    assert forecast_making.make(changed) != before


def test_a_part_is_forecast_from_its_own_nights(past: SimpleNamespace) -> None:
    other = EstablishmentFactory(kind="homestay", stars=None)
    values = {"kind": "homestay", "stars": None, "unit_code": "26526"}
    occupied(other, FIRST, TODAY, lambda night: 7 + night.day % 2, **values)
    tick()
    assert max(stored("unit:26526").point) < 12
    assert min(stored("unit:26506").point) > 25
    assert stored("unit:26526+kind:homestay") is None
    assert expected(Filters(units=("26526",), kinds=("homestay",))) is not None


def test_a_ward_too_new_has_no_forecast(past: SimpleNamespace) -> None:
    occupied(EstablishmentFactory(), TODAY - 20 * DAY, TODAY, lambda night: 3, unit_code="26526")
    tick()
    assert stored("unit:26526") is None
    assert expected(Filters(units=("26526",))) is None
    nobody = forecast_series.load(TODAY, Filters(units=("26536",)))
    assert nobody is not None
    with pytest.raises(SeriesError, match="no rooms"):
        forecast_making.make(nobody)


# --- Shown only where it beats the benchmark ------------------------------------------------


def test_the_benchmark_is_shown_where_nothing_beats_it(past: SimpleNamespace) -> None:
    """Every week grows more than the one before: each mean of weeks lags behind the last."""
    db.session.execute(db.delete(Fact))
    occupied(past.house, FIRST, TODAY, lambda night: 10 + ((night - FIRST).days // 7) ** 2 // 5)
    tick()
    found = expected(Filters())
    assert found is not None
    assert found.methods == {BASELINE}
    made = stored()
    shown = [max(b, p) for b, p in zip(made.benchmark, made.report["books"], strict=True)]
    assert made.point == pytest.approx(shown)
    for band in made.report["bands"]:
        assert band["combination"]["wape"] >= band["benchmark"]["wape"]


def test_the_forecast_is_shown_where_it_beats_the_benchmark(past: SimpleNamespace) -> None:
    """The control: where nights stray by chance, a mean of weeks is better than the last one."""
    db.session.execute(db.delete(Fact))
    occupied(past.house, FIRST, TODAY, lambda n: WEEK[n.weekday()] + n.toordinal() * 7919 % 31 - 15)
    tick()
    found = expected(Filters(), 28)
    assert found is not None
    assert found.methods == {COMBINATION}
    for band in found.bands[:2]:
        assert band["wape"] < band["benchmark"]["wape"]


# --- Reading -------------------------------------------------------------------------------


def test_yesterdays_forecast_is_shown_without_the_night_that_passed(past: SimpleNamespace) -> None:
    tick()
    with time_machine.travel(dates.at(TODAY + DAY, 7), tick=False):
        found = expected(Filters(), 5)
        assert found is not None
        assert [n.night for n in found.nights] == [TODAY + k * DAY for k in range(1, 6)]
        assert found.as_of == TODAY


def test_without_a_run_it_is_made_at_once_and_the_same(past: SimpleNamespace) -> None:
    live = expected(Filters())
    tick()
    made = expected(Filters())
    assert live is not None
    assert made is not None
    assert live.made_at is None
    assert made.made_at is not None
    assert live.nights == made.nights


def test_errors_of_forecasts_really_made(past: SimpleNamespace) -> None:
    tick()
    said = stored().point
    with time_machine.travel(dates.at(TODAY + 2 * DAY, 7), tick=False):
        occupied(past.house, TODAY, TODAY + 2 * DAY, lambda night: 100)
        books([TODAY + 2 * DAY], lambda night, lead: 0)
        tick()
        first = stored().report["made"][0]
    off = abs(said[0] - 100) + abs(said[1] - 100)
    assert first["nights"] == 2
    assert first["wape"] == pytest.approx(off / 200)
    assert first["coverage"] in (0.0, 0.5, 1.0)


def test_made_errors_know_their_band() -> None:

    series = Series(Frequency.DAILY, TODAY, (10.0,) * 9)
    said = Earlier(TODAY, [10.0] * 7 + [20.0] * 53, [9.0] * 60, [11.0] * 60, [10.0] * 60)
    near, far, farther = made_errors(series, [said])
    assert (near["nights"], near["wape"], near["coverage"]) == (7, 0.0, 1.0)
    assert (far["nights"], far["wape"], far["bias"]) == (2, 1.0, 1.0)
    assert (farther["nights"], farther["wape"]) == (0, None)


@pytest.mark.parametrize(
    ("filters", "name"),
    [
        (Filters(), "all"),
        (Filters(units=("26506",), stars=("4",)), "unit:26506+stars:4"),
        (Filters(within=frozenset({"26506"})), "unit:26506"),
        (Filters(units=("26506", "26526")), None),
        (Filters(within=frozenset({"26506", "26526"})), None),
        (Filters(within=frozenset()), None),
        (Filters(house_id=1), None),
    ],
)
def test_which_questions_are_prepared(filters: Filters, name: str | None) -> None:
    scope = Scope.of(filters)
    assert (scope and scope.name) == name
