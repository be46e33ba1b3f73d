"""Reading a series: what is accepted, and which line is blamed for what is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.statistics.forecast.core.series import Frequency, SeriesError, read_series


def daily(rows: int = 30) -> list[str]:
    start = date(2026, 1, 1)
    return ["date,value", *(f"{start + timedelta(days=n)},{n}.5" for n in range(rows))]


def monthly(rows: int = 30) -> list[str]:
    return ["date,value", *(f"{2020 + n // 12}-{n % 12 + 1:02}-01,{n}" for n in range(rows))]


def test_the_dates_tell_the_frequency() -> None:
    days, months = read_series(daily()), read_series(monthly())
    assert (days.frequency, len(days), days.values[1]) == (Frequency.DAILY, 30, 1.5)
    assert (months.frequency, months.date_at(30)) == (Frequency.MONTHLY, date(2022, 7, 1))
    assert days.date_at(30) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("line", "text", "blamed"),
    [
        (3, "2026-01-03,1", "line 3: gap: 2026-01-02 is missing before 2026-01-03"),
        (3, "2026-01-01,1", "line 3: 2026-01-01 comes twice"),
        (3, "2025-12-01,1", "line 3: 2025-12-01 is out of order"),
        (5, "2026-01-04,", "line 5: no value for 2026-01-04"),
        (5, "2026-01-04,nan", "line 5: no number: 'nan'"),
        (5, "2026-01-04,1_000", "line 5: no number"),
        (5, "2026-01-04,٣", "line 5: no number"),
        (5, "2026-01-04,1e999", "line 5: no number"),
        (5, "2026-01-04,1e30", "line 5: value 1e30 is too large"),
        (5, "2026-01-04,-3", "line 5: negative value -3"),
        (5, "2026-02-30,3", "line 5: no date: '2026-02-30'"),
        (5, "4/1/2026,3", "line 5: no date: '4/1/2026'"),
        (5, "2026-01-04,3,4", "line 5: 3 columns"),
    ],
)
def test_a_bad_line_is_named(line: int, text: str, blamed: str) -> None:
    lines = daily()
    lines[line - 1] = text
    with pytest.raises(SeriesError) as caught:
        read_series(lines)
    assert str(caught.value).startswith(blamed)


def test_what_is_no_series_at_all() -> None:
    for lines, words in (
        ([], "line 1: the header"),
        (["day,count", "2026-01-01,1"], "line 1: the header"),
        (["date,value"], "no values"),
        (daily(27), "too short: 27 values"),
        (monthly(23), "too short: 23 values"),
    ):
        with pytest.raises(SeriesError, match=words):
            read_series(lines)


def test_a_month_is_its_first_day() -> None:
    with pytest.raises(SeriesError, match=r"line 3: 2026-01-02 is not the first day"):
        read_series(daily(), Frequency.MONTHLY)


def test_months_are_no_days() -> None:
    with pytest.raises(SeriesError, match=r"line 3: gap: 2020-01-02 is missing"):
        read_series(monthly(), Frequency.DAILY)
