"""How full a seaside town is: weekends, summer, Tết and holidays, and how early people book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from app import dates
from app.dates import Period

# Share of rooms wanted by weekday (Monday first): the town fills on Saturday.
WEEKDAY = (0.34, 0.33, 0.35, 0.38, 0.58, 0.86, 0.46)
MONTH = (0.95, 1.0, 0.9, 1.02, 1.05, 1.28, 1.34, 1.2, 0.88, 0.82, 0.84, 0.95)
# How many nights a stay lasts, by the weekday it begins; the rest of the mass are longer stays.
LENGTHS = (0.52, 0.3, 0.11, 0.04, 0.02, 0.01)
FRIDAY_LENGTHS = (0.3, 0.56, 0.09, 0.03, 0.01, 0.01)
SATURDAY_LENGTHS = (0.74, 0.17, 0.05, 0.02, 0.01, 0.01)
LONGEST = len(LENGTHS)


@lru_cache(maxsize=4096)
def lengths(night: date) -> tuple[float, ...]:
    """Return the distribution of 1, 2, … nights of a stay that begins on this night."""
    run = _run_from(night)
    if run >= 2:
        rest = 0.3 / (LONGEST - 1)
        return tuple(0.7 if n == min(run, LONGEST) else rest for n in range(1, LONGEST + 1))
    if night.weekday() == 4:
        return FRIDAY_LENGTHS
    return SATURDAY_LENGTHS if night.weekday() == 5 else LENGTHS


def _run_from(night: date) -> int:
    """Return how many nights of a holiday run are left from this night, 0 outside of one."""
    for run in dates.holiday_runs(night.year):
        if run.first - timedelta(days=1) <= night < run.last:
            return (run.last - night).days
    return 0


@lru_cache(maxsize=4096)
def wanted(night: date) -> float:
    """Return the share of the town's rooms that people want on this night, 0–1."""
    share = WEEKDAY[night.weekday()] * MONTH[night.month - 1]
    if _run_from(night):
        share = max(share, 0.93)
    elif _is_before_tet(night):
        # In the week before Tết people go home, not to the sea.
        share *= 0.55
    return min(share, 0.97)


def _is_before_tet(night: date) -> bool:
    runs = [run for run in dates.holiday_runs(night.year) if "tet" in run.codes]
    return any(run.first - timedelta(days=9) <= night < run.first for run in runs)


def booked_share(lead: int) -> float:
    """Return the share of a night's final demand that is on the books ``lead`` days before."""
    return 0.04 + 0.5 * 0.93**lead + 0.16 * 0.985**lead


@dataclass(frozen=True)
class Arrivals:
    """For each night of a period the chance that a free room is let to a new stay."""

    period: Period
    chances: list[float]


def arrivals(
    period: Period, *, popularity: float, weekend_pull: float, today: date, random: Random
) -> Arrivals:
    """Turn the wanted share of each night into the chance that a free room is taken that night.

    Rooms still held by earlier stays count first: with c of the rooms carried over from before,
    the chance is (wanted - c) / (1 - c). Nights from today on hold only what is booked by now.
    """
    starts: list[float] = []
    chances: list[float] = []
    for index, night in enumerate(period):
        carried = sum(
            starts[index - back] * _lasts(period.start + timedelta(days=index - back), back)
            for back in range(1, min(index, LONGEST - 1) + 1)
        )
        share = wanted(night) * popularity * random.uniform(0.88, 1.12)
        if night.weekday() in (4, 5):
            share *= weekend_pull
        if night >= today:
            share *= booked_share((night - today).days)
        chance = max(0.01, (min(share, 0.985) - carried) / max(1 - carried, 0.02))
        chances.append(min(chance, 0.98))
        starts.append(chances[-1] * max(1 - carried, 0.0))
    return Arrivals(period, chances)


def _lasts(night: date, nights: int) -> float:
    """Return the share of stays from this night that last longer than ``nights``."""
    return sum(lengths(night)[nights:])
