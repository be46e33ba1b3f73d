"""Invented daily and monthly series: season, weekdays, holidays and noise, by a seed."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from datetime import date, timedelta

from app.statistics.forecast.core.calendars import VIETNAM
from app.statistics.forecast.core.series import Frequency, Series

WEEK_NIGHTS = 7
WEEKDAYS = (-0.15, -0.2, -0.15, -0.05, 0.15, 0.3, 0.0)


def rooms_occupied(
    seed: int, nights: int = 900, holidays: bool = True, start: date = date(2023, 3, 1)
) -> Series:
    """Rooms of a town by the sea: noise that lasts some nights, Tết that empties and fills it."""
    chance = random.Random(seed)
    weekend, season, growth = chance.uniform(0.5, 1.5), chance.uniform(0.1, 0.4), 0.08
    lasting, level, values = 0.0, 0.0, []
    for step in range(nights):
        night = start + timedelta(days=step)
        lasting = 0.75 * lasting + chance.gauss(0, 0.09)
        level += chance.gauss(0, 0.01)
        move = season * math.sin(2 * math.pi * step / 365.25) + growth * step / 365.25
        move += weekend * WEEKDAYS[night.weekday()] + lasting + level
        key = VIETNAM.key(night) if holidays else None
        if key:
            in_tet = key[0] == "tet"
            move += (-0.7 if key[1] < 0 else 0.8 if key[1] < 7 else 0.2) if in_tet else 0.35
        values.append(float(round(min(200 * math.exp(move), 900))))
    return Series(Frequency.DAILY, start, tuple(values))


def guests_a_month(seed: int, months: int = 120) -> Series:
    chance = random.Random(seed)
    growth, swing = chance.uniform(0.0, 0.006), chance.uniform(0.1, 0.5)
    values = []
    for step in range(months):
        season = 1 + swing * math.sin(2 * math.pi * step / 12) + 0.1 * math.cos(math.pi * step / 3)
        values.append(1000 * season * math.exp(growth * step + chance.gauss(0, 0.06)))
    return Series(Frequency.MONTHLY, date(2014, 5, 1), tuple(values))


def booked_town(
    seed: int, nights: int = 500, surprise: float = 0.35, start: date = date(2024, 6, 3)
) -> tuple[Series, dict[date, tuple[int, ...]]]:
    """A town whose weeks swing by events that only its books foretell, and its books each morning.

    A night's rooms are booked early or late, each by itself; an event's as early as others.
    """
    chance = random.Random(seed)
    last = nights + 93
    finals, event = [], 0.0
    for step in range(last):
        if step % WEEK_NIGHTS == 0:
            event = chance.gauss(0, surprise)
        weekday = WEEKDAYS[(start + timedelta(days=step)).weekday()]
        finals.append(round(400 * math.exp(weekday + event + chance.gauss(0, 0.03))))
    leads = [sorted(min(int(chance.expovariate(1 / 18)), 92) for _ in range(f)) for f in finals]
    books = {
        start + timedelta(days=morning): tuple(
            len(leads[morning + k]) - bisect_left(leads[morning + k], k + 1) for k in range(93)
        )
        for morning in range(nights + 1)
    }
    values = tuple(float(value) for value in finals[:nights])
    return Series(Frequency.DAILY, start, values), books
