"""Forecasts from what is on the books: how much still came, in the past, at the same lead.

Of a night k days ahead the books hold B rooms. Past mornings tell which share of the final rooms
stood on the books k days before, and how many rooms came after. From that three forecasts:

- *added*: B + the rooms that usually came after;
- *multiplied*: B / the share that usually stood there (the chain ladder of insurers);
- *expected*: B + (1 - share) x what recent weeks let expect of such a night (their method of
  Bornhuetter and Ferguson), which neither forgets the books nor trusts a handful of them too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from app.statistics.forecast.core.backtest import Method
from app.statistics.forecast.core.calendars import Calendar
from app.statistics.forecast.core.daily import FAST, SLOW, recent_weeks
from app.statistics.forecast.core.series import Series

# So many mornings before one are needed to know how nights fill up.
ENOUGH_MORNINGS = 42
# So many nights seen at a lead are needed to say anything about it.
ENOUGH_NIGHTS = 8
# What was learned a night later weighs this much more: habits of booking change.
GROWTH = 1.01
# A smaller share on the books than this, multiplied up, is mostly chance.
LEAST_SHARE = 0.2
LARGEST_FACTOR = 3.0
WEEKEND = (4, 5)

Books = Mapping[date, Sequence[int]]


@dataclass(slots=True)
class _Seen:
    """Nights seen at one lead: their final rooms and those booked, later nights weighing more."""

    nights: int = 0
    weight: float = 0.0
    booked: float = 0.0
    final: float = 0.0

    def add(self, booked: float, final: float, weight: float) -> None:
        self.nights += 1
        self.weight += weight
        self.booked += booked * weight
        self.final += final * weight


class PickUp:
    """What the mornings before a moment tell about how nights fill up.

    Rolling origins ask with ever longer histories of one series. Each night is learned from once,
    when a history first holds it, so nothing is known of it before; a history that does not
    continue what was learned starts afresh.
    """

    def __init__(self, books: Books, calendar: Calendar) -> None:
        self.books = books
        self.calendar = calendar
        self.mornings = sorted(books)
        self.leads = max((len(booked) for booked in books.values()), default=0)
        self._forget()

    def _forget(self) -> None:
        self.learned: Series | None = None
        self.seen = [[_Seen() for _ in range(self.leads)] for _ in range(2)]

    def _learn(self, history: Series) -> None:
        known = self.learned
        if known and not (
            known.start == history.start and history.values[: len(known)] == known.values
        ):
            self._forget()
            known = None
        for step in range(len(known) if known else 0, len(history)):
            self._learn_night(history.date_at(step), history.values[step], GROWTH ** (step / 2))
        self.learned = history

    def _learn_night(self, night: date, final: float, weight: float) -> None:
        kind = self.seen[self._kind(night)]
        for lead, seen in enumerate(kind):
            booked = self.books.get(night - timedelta(days=lead))
            if booked is not None and lead < len(booked):
                seen.add(booked[lead], final, weight)

    def _kind(self, night: date) -> int:
        return int(night.weekday() in WEEKEND or self.calendar.key(night) is not None)

    def _of(self, night: date, lead: int) -> _Seen | None:
        """What is known of such nights at such a lead, of both kinds where one is too rare."""
        own = self.seen[self._kind(night)][lead]
        if own.nights >= ENOUGH_NIGHTS:
            return own
        other = self.seen[1 - self._kind(night)][lead]
        if own.nights + other.nights < ENOUGH_NIGHTS:
            return None
        both = (own, other)
        return _Seen(
            sum(s.nights for s in both),
            sum(s.weight for s in both),
            sum(s.booked for s in both),
            sum(s.final for s in both),
        )

    def forecast(self, way: str, history: Series, horizon: int) -> list[float] | None:
        """The next nights by one of the three ways; None where the books say too little."""
        as_of = history.date_at(len(history))
        booked = self.books.get(as_of)
        before = sum(history.start <= morning < as_of for morning in self.mornings)
        if booked is None or before < ENOUGH_MORNINGS:
            return None
        self._learn(history)
        expected = recent_weeks((FAST + SLOW) / 2, self.calendar, history, horizon)
        found = []
        for lead, usual in enumerate(expected):
            seen = None
            if lead < len(booked):
                seen = self._of(as_of + timedelta(days=lead), lead)
            found.append(usual if seen is None else _one(way, booked[lead], seen, usual))
        return found


def _one(way: str, booked: float, seen: _Seen, usual: float) -> float:
    """One night's forecast."""
    if way == "added":
        return booked + max(seen.final - seen.booked, 0.0) / seen.weight
    share = min(seen.booked / seen.final, 1.0) if seen.final else 1.0
    if way == "multiplied" and share >= LEAST_SHARE:
        return min(booked / share, max(usual, booked) * LARGEST_FACTOR)
    return booked + (1 - share) * usual


NAMES = {
    "books, pick-up added": "added",
    "books, pick-up multiplied": "multiplied",
    "books and what is usual": "expected",
}


def methods(books: Books, calendar: Calendar) -> dict[str, Method]:
    """The methods by name, to be weighed beside the others; none where no morning was read."""
    if not books:
        return {}
    learner = PickUp(books, calendar)
    return {name: partial(learner.forecast, way) for name, way in NAMES.items()}
