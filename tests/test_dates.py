"""The clock, periods, the nights of a stay, holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app import dates
from app.dates import HolidayRun, Period, at, stay_nights

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
PERIODS = st.builds(Period.of, DAYS, st.integers(1, 500))


def day(text: str) -> date:
    return dates.parse_date(text)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-12-24T05:59:59+07:00", "2026-12-23"),
        ("2026-12-24T06:00:00+07:00", "2026-12-24"),
        ("2026-12-24T23:30:00+07:00", "2026-12-24"),
        ("2026-12-24T22:59:00Z", "2026-12-24"),
        ("2026-12-24T23:00:00Z", "2026-12-25"),
        ("2027-01-01T01:00:00+07:00", "2026-12-31"),
    ],
)
def test_the_hotel_day_begins_at_six(instant: str, expected: str) -> None:
    assert dates.hotel_day(dates.parse_instant(instant)) == day(expected)


def test_today_is_the_hotel_day_of_now() -> None:
    with time_machine.travel(datetime(2026, 12, 24, 22, 30, tzinfo=UTC), tick=False):
        assert dates.now() == datetime(2026, 12, 24, 22, 30, tzinfo=UTC)
        assert dates.today() == date(2026, 12, 24)
    with time_machine.travel(datetime(2026, 12, 24, 23, 30, tzinfo=UTC), tick=False):
        assert dates.today() == date(2026, 12, 25)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        dates.hotel_day(at(date(2026, 12, 24), 9).replace(tzinfo=None))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-2-3",
        "2026-02-30",
        "20260203",
        "٢٠٢٦-٠٢-٠٣",
        "2026-02-03 ",
        "2026-W06-2",
        "0000-01-01",
    ],
)
def test_only_plain_iso_dates_are_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dates.parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24T14:05:00",
        "2026-12-24",
        "2026-12-24T25:00:00+07:00",
        "2026-12-24 14:05:00+07:00",
        "0001-01-01T00:00:00+14:00",
        "2026-12-24T14:05:00+99:00",
    ],
)
def test_an_instant_needs_its_offset_and_a_place_in_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dates.parse_instant(text)


def test_months_are_read_and_cut() -> None:
    assert dates.parse_month("2026-12") == Period(day("2026-12-01"), day("2027-01-01"))
    with pytest.raises(ValueError, match=r".+"):
        dates.parse_month("2026-13")
    cut = list(Period(day("2026-12-30"), day("2027-02-02")).months())
    assert cut == [
        Period(day("2026-12-30"), day("2027-01-01")),
        Period.month(2027, 1),
        Period(day("2027-02-01"), day("2027-02-02")),
    ]
    assert dates.previous_month(day("2027-01-15")) == day("2026-12-01")
    assert dates.same_day_last_year(day("2028-02-29")) == day("2027-02-28")


def test_a_period_excludes_its_end() -> None:
    period = Period(day("2026-12-24"), day("2026-12-26"))
    assert list(period.nights()) == list(period) == [day("2026-12-24"), day("2026-12-25")]
    assert len(period) == 2
    assert period.contains(day("2026-12-25"))
    assert not period.contains(day("2026-12-26"))
    assert not period.overlaps(Period.of(day("2026-12-26"), 1))
    assert Period.of(day("2026-12-25"), 1) in period
    assert period not in Period.of(day("2026-12-25"), 9)
    assert at(day("2026-12-24"), 1) not in period


@pytest.mark.parametrize("nights", [0, -1])
def test_an_empty_period_is_refused(nights: int) -> None:
    with pytest.raises(ValueError, match="ends after"):
        Period.of(day("2026-12-24"), nights)


def test_a_period_of_instants_is_refused() -> None:
    with pytest.raises(TypeError):
        Period(at(day("2026-12-24"), 1), at(day("2026-12-25"), 1))


@given(PERIODS, PERIODS)
def test_intersection_is_what_both_nights_share(one: Period, other: Period) -> None:
    shared = sorted(set(one) & set(other))
    both = one.intersection(other)
    assert (list(both) if both else []) == shared
    assert one.overlaps(other) == bool(shared)


@given(PERIODS)
def test_the_months_of_a_period_make_the_period(period: Period) -> None:
    assert [night for month in period.months() for night in month] == list(period)


@pytest.mark.parametrize(
    ("arrived", "departure", "expected"),
    [
        ("2026-12-24T14:00:00+07:00", "2026-12-26", ("2026-12-24", "2026-12-26")),
        ("2026-12-24T23:59:00+07:00", "2026-12-25", ("2026-12-24", "2026-12-25")),
        ("2026-12-25T01:00:00+07:00", "2026-12-25", ("2026-12-24", "2026-12-25")),
        ("2026-12-25T01:00:00+07:00", "2026-12-26", ("2026-12-24", "2026-12-26")),
        ("2026-12-25T05:59:59+07:00", "2026-12-25", ("2026-12-24", "2026-12-25")),
        ("2026-12-25T06:00:00+07:00", "2026-12-25", None),
        ("2026-12-25T13:00:00+07:00", "2026-12-25", None),
        ("2027-01-01T00:30:00+07:00", "2027-01-01", ("2026-12-31", "2027-01-01")),
    ],
)
def test_nights_of_a_stay(arrived: str, departure: str, expected: tuple[str, str] | None) -> None:
    nights = stay_nights(dates.parse_instant(arrived), day(departure))
    assert nights == (Period(day(expected[0]), day(expected[1])) if expected else None)


def test_a_departure_may_be_an_instant() -> None:
    arrived = at(day("2026-12-24"), 14)
    assert stay_nights(arrived, at(day("2026-12-24"), 17)) is None
    assert stay_nights(arrived, at(day("2026-12-25"), 2)) == Period.of(day("2026-12-24"), 1)
    # Noon in Vietnam on the 26th is still the 25th in New York.
    assert stay_nights(arrived, at(day("2026-12-26"), 3).astimezone(UTC)) == Period.of(
        day("2026-12-24"), 2
    )
    assert dates.departure_instant(day("2026-12-26")) == at(day("2026-12-26"), 12)
    assert dates.departure_instant(at(day("2026-12-26"), 9)) == at(day("2026-12-26"), 9)


@pytest.mark.parametrize("departure", [date(2026, 12, 23), at(date(2026, 12, 24), 13)])
def test_leaving_before_coming_is_refused(departure: date) -> None:
    with pytest.raises(ValueError, match="before the arrival"):
        stay_nights(at(date(2026, 12, 24), 14), departure)


def run_of(year: int, code: str) -> HolidayRun:
    return next(run for run in dates.holiday_runs(year) if code in run.codes)


@pytest.mark.parametrize(
    ("year", "code", "first", "last"),
    [
        (2026, "new_year", "2026-01-01", "2026-01-04"),
        (2026, "tet", "2026-02-14", "2026-02-22"),
        (2026, "hung_kings", "2026-04-25", "2026-04-27"),
        (2026, "reunification", "2026-04-30", "2026-05-03"),
        (2026, "national_day", "2026-08-29", "2026-09-02"),
        (2027, "new_year", "2027-01-01", "2027-01-03"),
        (2027, "tet", "2027-02-04", "2027-02-10"),
        (2027, "hung_kings", "2027-04-16", "2027-04-18"),
        (2027, "labour", "2027-04-30", "2027-05-03"),
        (2027, "national_day", "2027-09-02", "2027-09-05"),
        (2028, "new_year", "2028-01-01", "2028-01-03"),
        (2030, "tet", "2030-01-31", "2030-02-06"),
    ],
)
def test_runs_of_days_off(year: int, code: str, first: str, last: str) -> None:
    run = run_of(year, code)
    assert (run.first, run.last) == (day(first), day(last))
    assert run.stay() == Period(day(first), day(last))


def test_a_single_day_off_starts_the_evening_before() -> None:
    assert run_of(2026, "culture_day").stay() == Period.of(day("2026-11-23"), 1)


def test_lunar_holidays_fall_where_the_vietnamese_calendar_says() -> None:
    first_of_tet = {
        2025: "2025-01-29", 2026: "2026-02-17", 2027: "2027-02-06", 2028: "2028-01-26",
        2029: "2029-02-13", 2030: "2030-02-02",
    }  # fmt: skip
    for year, expected in first_of_tet.items():
        names = {
            h.name_vi: h.date
            for h in dates.holidays_between(Period(date(year, 1, 1), date(year + 1, 1, 1)))
        }
        assert names["Tết Nguyên Đán"] == day(expected)


def test_holidays_come_in_order_once_a_day_with_their_source() -> None:
    found = dates.holidays_between(Period(day("2025-12-01"), day("2027-03-01")))
    assert [h.date for h in found] == sorted({h.date for h in found})
    sources = {h.date: h.source for h in found}
    assert sources[day("2026-01-01")].startswith("computed")
    assert not sources[day("2026-01-02")].startswith("computed")
    assert {h.code for h in found} <= {
        "new_year", "tet", "hung_kings", "reunification", "labour", "national_day", "culture_day",
    }  # fmt: skip


def test_a_saturday_that_makes_up_for_a_day_off_is_a_workday() -> None:
    assert not dates.is_day_off(day("2026-08-22"))
    assert not dates.is_day_off(day("2026-01-10"))
    assert dates.is_day_off(day("2026-01-17"))


@given(st.integers(2020, 2060))
def test_every_run_is_unbroken_and_ends_at_workdays(year: int) -> None:
    for run in dates.holiday_runs(year):
        assert all(map(dates.is_day_off, Period(run.first, run.last + timedelta(days=1))))
        assert not dates.is_day_off(run.first - dates.ONE_DAY)
        assert not dates.is_day_off(run.last + dates.ONE_DAY)
