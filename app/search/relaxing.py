"""Where no house has all that a sentence asks for: the wish with as little left out as will do.

Only of searches without dates, and only what was said in words: a vacancy is exact, and what was
chosen as a filter stays chosen. Kind and place are never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from app.search.asked import Asked
from app.search.vacancies import Result, Timings, tallies, vacancies
from app.search.wish import Wish

SECONDS = 0.2
# All singles and pairs of six wishes; more are left out together.
MOST_TRIED = 21

Relaxed = tuple[tuple[str, Any], ...]
"""What was left out: fields of the wish with the value that was asked."""


def relaxed(asked: Asked, timings: Timings) -> Result | None:
    """Return the answer to the wish with the least left out that most houses answer."""
    wish = asked.wish
    if wish is None or wish.stay is not None or not asked.words.chips:
        return None
    wish = replace(wish, text="", meant="")
    soft = _soft(asked, wish)
    for several in _tries(soft):
        wishes = [_without(wish, left_out) for left_out in several]
        counts = [one.houses if one else 0 for one in tallies(wishes, SECONDS)]
        if any(counts):
            best = counts.index(max(counts))
            result = vacancies(wishes[best], timings)
            result.relaxed = several[best]
            return result if result.total else None
    return None


def _soft(asked: Asked, wish: Wish) -> Relaxed:
    """What may be left out, the first most readily."""
    soft: list[tuple[str, Any]] = []
    if wish.near is not None and wish.units and "near" not in asked.given:
        soft.append(("near", wish.near))
    if "amenities" not in asked.given:
        soft += [("amenities", code) for code in wish.amenities]
    if wish.stars and "stars" not in asked.given:
        soft.append(("stars", wish.stars))
    has_price = wish.price_min is not None or wish.price_max is not None
    if has_price and not {"price_min", "price_max"} & asked.given.keys():
        soft.append(("price", (wish.price_min, wish.price_max)))
    return tuple(soft)


def _tries(soft: Relaxed) -> Iterator[list[Relaxed]]:
    """One left out, then two, then all."""
    for size in (1, 2):
        several = list(combinations(soft, size))
        if several:
            yield several[:MOST_TRIED]
    if len(soft) > 2:
        yield [soft]


def _without(wish: Wish, left_out: Relaxed) -> Wish:
    for name, value in left_out:
        match name:
            case "near":
                wish = replace(wish, near=None, radius_km=None)
            case "amenities":
                kept = tuple(code for code in wish.amenities if code != value)
                wish = replace(wish, amenities=kept)
            case "stars":
                wish = replace(wish, stars=())
            case "price":
                wish = replace(wish, price_min=None, price_max=None)
    return wish


def as_parameters(shown: dict[str, str], result: Result) -> None:
    """Take what was left out of the search's address, so that its links lead on."""
    names = {"near": ("near", "radius_km"), "price": ("price_min", "price_max")}
    for name, _value in result.relaxed:
        for parameter in names.get(name, (name,)):
            shown.pop(parameter, None)
    if result.wish.amenities and any(name == "amenities" for name, _value in result.relaxed):
        shown["amenities"] = ",".join(result.wish.amenities)
