"""Simple forecasts of a daily series: recent weeks, last year, and the two together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from app.statistics.forecast.core.backtest import Method
from app.statistics.forecast.core.calendars import WEEK, YEAR, Calendar
from app.statistics.forecast.core.regression import Regression
from app.statistics.forecast.core.series import Series

# How the weight of a week falls with each week it lies further back.
FAST, SLOW = 0.5, 0.85
WEEKS = 12
RECENT_WEEKS = "recent weeks"
# A level is compared with last year's over this many of the latest nights.
LEVEL_NIGHTS = 28
# A holiday's effect of last year, never more than this many times an ordinary night.
LARGEST_EFFECT = 4.0


@dataclass(frozen=True, slots=True)
class View:
    """A history through a calendar: what ordinary nights are like, what last year was like."""

    history: Series
    calendar: Calendar
    marks: dict[int, bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", self.calendar.marks(self.history.start))

    def special(self, step: int) -> bool:
        found = self.marks.get(step)
        if found is None:
            found = self.calendar.key(self.history.date_at(step)) is not None
            self.marks[step] = found
        return found

    def last_year(self, step: int) -> int:
        """The step of last year this one compares with; below 0 before the history."""
        night = self.history.date_at(step)
        return step - (night - self.calendar.last_year(night)).days

    def ordinary(self, step: int, fall: float) -> float | None:
        """What an ordinary night of this weekday is, by the weeks before the end of the history."""
        values = self.history.values
        latest = min(step, len(values) + (step - len(values)) % WEEK) - WEEK
        total = weights = 0.0
        weight, used = 1.0, 0
        for other in range(latest, -1, -WEEK):
            if not self.special(other):
                total += weight * values[other]
                weights += weight
                weight *= fall
                used += 1
                if used == WEEKS:
                    break
        return total / weights if weights else None

    def smoothed(self, step: int) -> float | None:
        """The value of a past step and of the same weekdays beside it, holidays left out."""
        values = self.history.values
        total = weights = 0.0
        for weeks, weight in ((-2, 1), (-1, 2), (0, 3), (1, 2), (2, 1)):
            other = step + WEEK * weeks
            if 0 <= other < len(values) and not self.special(other):
                total += weight * values[other]
                weights += weight
        return total / weights if weights else None

    def effect(self, step: int) -> float:
        """How many times an ordinary night this holiday's night was, in the years before."""
        if not self.special(step):
            return 1.0
        effects: list[float] = []
        before = self.last_year(step)
        while before >= 0 and len(effects) < 3:
            if self.special(before) and before < len(self.history):
                around = self.smoothed(before)
                if around:
                    ratio = self.history.values[before] / around
                    effects.append(min(ratio, LARGEST_EFFECT))
            before = self.last_year(before)
        return sum(effects) / len(effects) if effects else 1.0


# --- The methods ---------------------------------------------------------------------------


def recent_weeks(fall: float, calendar: Calendar, history: Series, horizon: int) -> list[float]:
    """The weighted mean of the same weekday in recent weeks, times the holiday's effect."""
    view = View(history, calendar)
    start = len(history)
    return [
        (view.ordinary(step, fall) or 0.0) * view.effect(step)
        for step in range(start, start + horizon)
    ]


def last_week(history: Series, horizon: int) -> list[float]:
    """The same weekday of the last week."""
    values = history.values
    return [values[len(values) - WEEK + step % WEEK] for step in range(horizon)]


def baseline(calendar: Calendar, history: Series, horizon: int) -> list[float]:
    """The mean of last week and of the same weekday last year, holidays aligned.

    Last week alone where the history does not reach back to last year's nights.
    """
    view = View(history, calendar)
    start = len(history)
    before = [view.last_year(step) for step in range(start, start + horizon)]
    week = last_week(history, horizon)
    if min(before) < 0:
        return week
    return [(w + history.values[b]) / 2 for w, b in zip(week, before, strict=True)]


def last_year(nights: int, calendar: Calendar, history: Series, horizon: int) -> list[float] | None:
    """Last year's nights, smoothed over neighbouring weeks, at the level of now."""
    view = View(history, calendar)
    start = len(history)
    level = _level(view, nights)
    if level is None:
        return None
    forecasts = []
    for step in range(start, start + horizon):
        before = view.last_year(step)
        if before < 0:
            return None
        night = history.values[before] if view.special(step) else view.smoothed(before)
        forecasts.append(level * (history.values[before] if night is None else night))
    return forecasts


def season_moved(
    share: float, calendar: Calendar, history: Series, horizon: int
) -> list[float] | None:
    """Recent weeks, moved by how the season went on from this time of last year."""
    view = View(history, calendar)
    start = len(history)
    now = _season_around(view, start - LEVEL_NIGHTS // 2 - YEAR)
    recent = recent_weeks(FAST + (SLOW - FAST) / 2, calendar, history, horizon)
    if not now:
        return None
    forecasts = []
    for step, value in enumerate(recent, start):
        then = _season_around(view, step - YEAR)
        if then is None:
            return None
        forecasts.append(value * (then / now) ** share)
    return forecasts


def _season_around(view: View, step: int) -> float | None:
    """The mean of the four weeks around a step, holidays left out."""
    values = view.history.values
    if step < 0:
        return None
    near = range(max(step - LEVEL_NIGHTS // 2, 0), min(step + LEVEL_NIGHTS // 2, len(values)))
    used = [values[other] for other in near if not view.special(other)]
    return sum(used) / len(used) if len(used) >= WEEK else None


def _level(view: View, nights: int) -> float | None:
    """The latest nights as a ratio to last year's, those of holidays left out."""
    values = view.history.values
    now = then = 0.0
    for step in range(len(values) - nights, len(values)):
        before = view.last_year(step)
        if step >= 0 and before >= 0 and not view.special(step):
            now += values[step]
            then += values[before]
    return now / then if then else None


def methods(calendar: Calendar) -> dict[str, Method]:
    """The simple methods by name."""
    return {
        RECENT_WEEKS: partial(recent_weeks, FAST, calendar),
        "recent months": partial(recent_weeks, SLOW, calendar),
        "last year at the level of four weeks": partial(last_year, LEVEL_NIGHTS, calendar),
        "last year at the level of three months": partial(last_year, 91, calendar),
        "recent weeks moved by last year's season": partial(season_moved, 1.0, calendar),
        "recent weeks moved half": partial(season_moved, 0.5, calendar),
        "calendar regression": Regression(calendar),
    }
