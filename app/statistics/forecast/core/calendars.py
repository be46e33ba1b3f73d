"""Which nights belong to a holiday, and which night of last year each night compares with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from app import dates
from app.statistics.forecast.core.series import Series

# The same weekday a year before.
YEAR = 364
WEEK = 7
# Series begin on few dates; a program that forecasts many must not keep them all.
MOST_STARTS = 50
# Nights around the first day of Tết on which towns fill or empty; further off a night is a
# weekday like any other.
TET_NIGHTS = range(-6, 12)
EASTER_NIGHTS = range(-4, 3)
# A run of days off may hold several holidays: the first of these that it holds names it.
_NAMING = ("tet", "reunification", "national_day", "new_year", "hung_kings", "culture_day")

# A holiday's name and the night's place in it.
Key = tuple[str, int]


@dataclass(frozen=True)
class Calendar:
    """How one part of the world names its nights; `key` is None on an ordinary night."""

    name: str
    key: Callable[[date], Key | None]
    night_of: Callable[[Key, int], date | None]
    _last_year: dict[date, date] = field(default_factory=dict, compare=False, repr=False)
    _marks: dict[date, dict[int, bool]] = field(default_factory=dict, compare=False, repr=False)

    def marks(self, start: date) -> dict[int, bool]:
        """Which steps of a series from `start` belong to a holiday, as far as was asked before.

        Back-tests ask of the same nights hundreds of times; arithmetic on dates is what they cost.
        """
        if len(self._marks) > MOST_STARTS:
            self._marks.clear()
        return self._marks.setdefault(start, {})

    def last_year(self, night: date) -> date:
        """The night of last year this one compares with: of the holiday, else of the week."""
        found = self._last_year.get(night)
        if found is None:
            found = self._last_year[night] = self._find_last_year(night)
        return found

    def _find_last_year(self, night: date) -> date:
        key = self.key(night)
        if key is not None:
            same = self.night_of(key, night.year - 1)
            if same is not None and 300 < (night - same).days < 430:
                return same
        plain = night - timedelta(days=YEAR)
        if key is not None:
            return plain
        # An ordinary night compares with an ordinary one: the nearest week outside a holiday.
        for weeks in (0, -1, 1, -2, 2, -3, 3):
            other = plain + timedelta(days=WEEK * weeks)
            if self.key(other) is None:
                return other
        return plain


# --- No holidays ---------------------------------------------------------------------------

PLAIN = Calendar("plain", lambda night: None, lambda key, year: None)


# --- Vietnam -------------------------------------------------------------------------------


@cache
def tet(year: int) -> date | None:
    """The first day of the lunar year that begins in `year`; None where no calendar is known."""
    for holiday in dates.holidays_between(dates.Period(date(year, 1, 1), date(year, 3, 15))):
        if holiday.name_vi == "Tết Nguyên Đán":
            return holiday.date
    return None


@cache
def _runs(year: int) -> dict[str, dates.HolidayRun]:
    """The runs of days off of a year by the holiday that names them, Tết left out."""
    runs: dict[str, dates.HolidayRun] = {}
    for run in dates.holiday_runs(year):
        name = next((code for code in _NAMING if code in run.codes), run.codes[0])
        if name != "tet":
            runs.setdefault(name, run)
    return runs


@cache
def _vietnamese_key(night: date) -> Key | None:
    first = tet(night.year)
    if first is not None and (night - first).days in TET_NIGHTS:
        return ("tet", (night - first).days)
    for year in (night.year, night.year + 1):
        for name, run in _runs(year).items():
            # Guests come the evening before and leave on the last day off.
            if run.first - dates.ONE_DAY <= night < max(run.last, run.first + dates.ONE_DAY):
                return (name, (night - run.first).days)
    return None


def _vietnamese_night(key: Key, year: int) -> date | None:
    name, place = key
    if name == "tet":
        first = tet(year)
        return None if first is None else first + timedelta(days=place)
    run = _runs(year).get(name)
    if run is None:
        return None
    nights = max((run.last - run.first).days, 1)
    return run.first + timedelta(days=min(place, nights - 1))


VIETNAM = Calendar("vietnam", _vietnamese_key, _vietnamese_night)


# --- Christmas and Easter ------------------------------------------------------------------


@cache
def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _christian_key(night: date) -> Key | None:
    offset = (night - easter(night.year)).days
    if offset in EASTER_NIGHTS:
        return ("easter", offset)
    if (night.month, night.day) >= (12, 23):
        return ("christmas", night.day)
    if (night.month, night.day) <= (1, 2):
        return ("new_year", night.day)
    return None


def _christian_night(key: Key, year: int) -> date | None:
    name, place = key
    if name == "easter":
        return easter(year) + timedelta(days=place)
    return date(year, 12 if name == "christmas" else 1, place)


CHRISTIAN = Calendar("christian", _christian_key, _christian_night)

CALENDARS = {calendar.name: calendar for calendar in (PLAIN, VIETNAM, CHRISTIAN)}


# --- Letting the data decide ---------------------------------------------------------------

# How much further from its neighbours a holiday's night must lie than other nights do. Random
# series without holidays reach 1.6 once in fifty times; towns that live by Tết are beyond 3.
UNUSUAL = 2.0
ENOUGH_NIGHTS = 6
_TELLING = {"vietnam": ("tet",), "christian": ("easter", "christmas", "new_year")}


def fitting(series: Series) -> Calendar:
    """The calendar whose holidays stand out in the series; PLAIN when none does."""
    away = _distances(series)
    found, strongest = PLAIN, UNUSUAL
    for name, telling in _TELLING.items():
        strength = _strength(series, away, CALENDARS[name], telling)
        if strength > strongest:
            found, strongest = CALENDARS[name], strength
    return found


def _distances(series: Series) -> list[float]:
    """How far each night lies from the same weekday of the weeks around it."""
    values = series.values
    away = []
    for step, value in enumerate(values):
        near = [
            values[other]
            for weeks in (-4, -3, -2, -1, 1, 2, 3, 4)
            if 0 <= (other := step + WEEK * weeks) < len(values)
        ]
        away.append(abs(value - _median(near)))
    return away


def _strength(
    series: Series, away: Sequence[float], calendar: Calendar, telling: tuple[str, ...]
) -> float:
    keys = [calendar.key(series.date_at(step)) for step in range(len(series))]
    special = [a for a, key in zip(away, keys, strict=True) if key and key[0] in telling]
    other = [a for a, key in zip(away, keys, strict=True) if key is None]
    if len(special) < ENOUGH_NIGHTS or not sum(other):
        return 0.0
    return (sum(special) / len(special)) / (sum(other) / len(other))


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
