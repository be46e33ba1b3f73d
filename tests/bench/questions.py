"""Searches as visitors make them, always the same ones for the same number of them."""

from __future__ import annotations

import random
from datetime import date, timedelta

# As far ahead as the plain SQL of the comparison is given nights.
NIGHTS_AHEAD = 60

Question = dict[str, str]

UNITS = ("26506", "26526", "26536", "747")
BEACHES = ("10.3372,107.0935", "10.3460,107.0740", "10.3270,107.0840")


def questions(count: int, today: date, *, seed: int = 5) -> list[Question]:
    """Return searches with dates and, most of them, with one or two wishes more."""
    dice = random.Random(seed)
    return [_question(dice, today) for _ in range(count)]


def dates_alone(count: int, today: date, *, seed: int = 6) -> list[Question]:
    """Return searches for any house at all: the most that can answer."""
    dice = random.Random(seed)
    return [_stay(dice, today) for _ in range(count)]


def _stay(dice: random.Random, today: date) -> Question:
    nights = dice.choice((1, 1, 2, 2, 3, 5, 7))
    start = today + timedelta(days=dice.randrange(NIGHTS_AHEAD - nights))
    stay = {
        "check_in": start.isoformat(),
        "check_out": (start + timedelta(days=nights)).isoformat(),
        "adults": str(dice.choice((1, 2, 2, 2, 3, 4))),
    }
    if dice.random() < 0.15:
        stay["rooms"] = "2"
    return stay


def _question(dice: random.Random, today: date) -> Question:
    asked = _stay(dice, today)
    wishes: list[tuple[float, Question]] = [
        (0.4, {"unit": dice.choice(UNITS)}),
        (0.4, {"kind": dice.choice(("hotel", "homestay", "villa", "guest_house,homestay"))}),
        (0.3, {"amenities": dice.choice(("pool", "wifi,parking", "sea_view", "breakfast"))}),
        (0.3, {"price_max": str(dice.randrange(5, 25) * 100_000)}),
        (0.2, {"stars": dice.choice(("3", "4,5"))}),
        (0.3, {"near": dice.choice(BEACHES), "radius_km": "2", "sort": "distance"}),
        (0.1, {"sort": "price"}),
    ]
    for chance, wish in wishes:
        if dice.random() < chance:
            asked = {**asked, **wish}
    return asked
