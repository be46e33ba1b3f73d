"""Days, weeks, months, quarters and years: their keys, and the nights each compares with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app import dates
from app.dates import ONE_DAY, Period
from app.statistics.forecast.core.calendars import VIETNAM

BY_TIME = ("day", "week", "month", "quarter", "year")
BASES = ("previous", "last_year", "last_year_aligned")

WEEK = timedelta(weeks=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WEEK_KEY = re.compile(r"([0-9]{4})-W([0-9]{2})")
_QUARTER_KEY = re.compile(r"([0-9]{4})-Q([1-4])")
_YEAR_KEY = re.compile(r"[0-9]{4}")


# --- Keys -----------------------------------------------------------------------------------


def key_of(night: date, by: str) -> str:
    """Return the key of the day, ISO week, month, quarter or year that holds the night."""
    if by == "day":
        return night.isoformat()
    if by == "week":
        year, week, _ = night.isocalendar()
        return f"{year}-W{week:02}"
    if by == "month":
        return f"{night:%Y-%m}"
    return f"{night.year}-Q{(night.month + 2) // 3}" if by == "quarter" else str(night.year)


def around(night: date, by: str) -> Period:
    """Return the whole day, week, month, quarter or year that holds the night."""
    if by == "day":
        return Period.of(night, 1)
    if by == "week":
        return Period.of(night - timedelta(days=night.weekday()), 7)
    length = MONTHS[by]
    first = date(night.year, (night.month - 1) // length * length + 1, 1)
    return Period(first, months_later(first, length))


def months_later(first: date, months: int) -> date:
    """Return the first of the month so many months on (or back)."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def parts(period: Period, by: str) -> Iterator[tuple[str, Period]]:
    """Cut the period at the ends of its days, weeks, …; yields each key and its nights."""
    start = period.start
    while start < period.end:
        end = min(around(start, by).end, period.end)
        yield key_of(start, by), Period(start, end)
        start = end


def of_key(key: str, by: str) -> Period | None:
    """Return the whole period a key names; None for what is no key."""
    try:
        return _of_key(key, by)
    except (ValueError, OverflowError):
        return None


def _of_key(key: str, by: str) -> Period | None:
    if by == "day":
        return Period.of(dates.parse_date(key), 1)
    if by == "month":
        return dates.parse_month(key)
    if by == "week":
        found = _WEEK_KEY.fullmatch(key)
        return _iso_week(int(found[1]), int(found[2])) if found else None
    if by == "quarter":
        found = _QUARTER_KEY.fullmatch(key)
        text = f"{found[1]}-{int(found[2]) * 3 - 2:02}" if found else ""
    else:
        text = f"{key}-01" if _YEAR_KEY.fullmatch(key) else ""
    return around(dates.parse_month(text).start, by)


def _iso_week(year: int, week: int) -> Period:
    """Return the ISO week; ValueError for week 53 of a year that has none."""
    return Period.of(dates.parse_date(date.fromisocalendar(year, week, 1).isoformat()), 7)


# --- What is compared with what -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pairing:
    """Nights of one row and the nights they compare with; ``whole`` if none is left out.

    A night of the past stands twice where two nights compare with it.
    """

    now: tuple[date, ...]
    before: tuple[date, ...]
    whole: bool = True

    @property
    def period(self) -> Period:
        return Period(self.now[0], self.now[-1] + ONE_DAY)

    @property
    def period_before(self) -> Period:
        return Period(min(self.before), max(self.before) + ONE_DAY)


def pairing(own: Period, *, whole: Period, by: str, basis: str, first: date) -> Pairing | None:
    """Return what some nights compare with, as far back as ``first``; None if with nothing.

    ``own`` are those nights of the ``whole`` row (a month, or all that was asked for) that have
    begun: of a running month the same days of the month before are taken.
    """
    if basis == "last_year_aligned":
        return _aligned(own, first)
    nights: Period | None = own
    before = _base(own, whole, by, basis)
    if before is not None and before.start < first:
        # What lies before the first known night is left out on both sides.
        start = own.start + (first - before.start)
        nights = Period(start, own.end) if start < own.end else None
        before = _base(nights, whole, by, basis) if nights else None
        before = before.intersection(Period(first, before.end)) if before else None
    if before is None or nights is None or before.end <= first:
        return None
    return Pairing(tuple(nights), tuple(before), whole=nights == own)


def _base(own: Period, whole: Period, by: str, basis: str) -> Period | None:
    if basis == "previous":
        return _same_part(own, whole, _previous(whole, by))
    if by == "week":
        year, week, _ = whole.start.isocalendar()
        try:
            return _same_part(own, whole, _iso_week(year - 1, week))
        except ValueError:
            return None
    start, end = dates.same_day_last_year(own.start), dates.same_day_last_year(own.end)
    return Period(start, max(end, start + ONE_DAY))


def _same_part(own: Period, whole: Period, other: Period) -> Period | None:
    """Return the nights at the same place in another month, quarter, …, cut at its end."""
    if own == whole:
        return other
    start = other.start + (own.start - whole.start)
    end = other.end if own.end == whole.end else min(start + timedelta(len(own)), other.end)
    return Period(start, end) if start < end else None


def _previous(whole: Period, by: str) -> Period:
    """Return the period before: as many months if these are whole months, else as many nights."""
    if by not in ("day", "week") and whole.start.day == whole.end.day == 1:
        months = (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month
        return Period(months_later(whole.start, -months), whole.start)
    return Period(whole.start - timedelta(len(whole)), whole.start)


def _aligned(own: Period, first: date) -> Pairing | None:
    """Pair each night with that of the same holiday, or the same weekday of an ordinary week."""
    pairs = [(night, VIETNAM.last_year(night)) for night in own]
    kept = [(night, before) for night, before in pairs if before >= first]
    if not kept:
        return None
    now, before = zip(*kept, strict=True)
    return Pairing(now, before, whole=len(kept) == len(pairs))
