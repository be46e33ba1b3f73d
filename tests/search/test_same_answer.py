"""Engine, SQL and a count by hand give the same houses, totals, facets, prices and order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import dates
from app.dates import Period
from app.search import fallback
from app.search.ask import ask
from app.search.items import read_items
from app.search.live import engine, live_uid
from app.search.rebuild import rebuild
from app.search.wish import Box, Found, Near, Wish
from app.text import fold
from tests.search import town as towns
from tests.search.town import AMENITIES, NIGHTS, UNITS, TownHouse

QUERIES = 120


def random_wish(dice: random.Random) -> Wish:
    today = dates.today()
    wish = Wish(now=dates.now(), today=today, per_page=dice.choice([3, 7, 100]))
    if dice.random() < 0.9:
        nights = dice.choice([1, 1, 2, 3, 5])
        start = today + timedelta(days=dice.randrange(NIGHTS - nights + 2))
        wish = replace(wish, stay=Period.of(start, nights))
    wish = replace(
        wish,
        rooms=dice.choice([1, 1, 1, 2, 3, 8]),
        adults=dice.choice([1, 2, 2, 3, 4]),
        children=dice.choice([0, 0, 1]),
        sort=dice.choice(["relevance", "price", "stars"]),
        page=dice.choice([1, 1, 2, 3]),
    )
    return _narrowed(wish, dice)


def _narrowed(wish: Wish, dice: random.Random) -> Wish:
    choices: list[tuple[float, dict[str, Any]]] = [
        (0.2, {"kinds": tuple(dice.sample(["hotel", "villa", "homestay"], 2))}),
        (0.2, {"stars": tuple(dice.sample([1, 2, 3, 4, 5], 2))}),
        (0.2, {"units": tuple(dice.sample(UNITS, 2))}),
        (0.2, {"amenities": tuple(dice.sample(AMENITIES, dice.choice([1, 2])))}),
        (0.3, {"price_max": dice.randrange(3, 22) * 100_000}),
        (0.2, {"price_min": dice.randrange(2, 12) * 100_000}),
        (0.1, {"box": Box(10.32, 107.06, 10.37, 107.12)}),
        (
            0.2,
            {
                "near": Near(10.3 + dice.random() * 0.1, 107.05 + dice.random() * 0.1),
                "radius_km": dice.choice([None, 1.0, 4.0]),
                "sort": dice.choice(["distance", wish.sort]),
            },
        ),
    ]
    for chance, change in choices:
        if dice.random() < chance:
            wish = replace(wish, **change)
    return wish


def expected_facets(houses: list[TownHouse]) -> dict[str, dict[str, int]]:
    return {
        "kind": dict(Counter(house.kind for house in houses)),
        "stars": dict(Counter(str(house.stars) for house in houses if house.stars)),
        "unit": dict(Counter(house.unit for house in houses)),
        "amenities": dict(Counter(code for house in houses for code in house.all_amenities)),
    }


def sort_key(house: TownHouse, wish: Wish) -> tuple[Any, ...]:
    """What the order of two houses is decided by; equal keys may stand either way."""
    fit = towns.fits(house, wish) if wish.stay else []
    fresh = [one for one in fit if not one.is_stale]
    stale = bool(fit) and not fresh
    if wish.order == "price":
        prices = [one.price for one in (fresh or fit) if one.price is not None]
        price = min(prices, default=None) if wish.stay else house.list_price
        return stale, price is None, price or 0
    if wish.order == "stars":
        return stale, -(house.stars or 0)
    if wish.order == "distance":
        if house.lat is None or house.lon is None:
            return stale, True, 0
        assert wish.near is not None
        away = towns.metres_between(house.lat, house.lon, wish.near.lat, wish.near.lon)
        return stale, False, round(away)
    if wish.order == "confirmed":
        return stale, -max(one.room_type.confirmed_at.timestamp() for one in fresh or fit)
    return stale, house.name.lower()


def check(found: Found, town: list[TownHouse], wish: Wish) -> None:
    expected = towns.answers(town, wish)
    assert found.total == len(expected)
    assert found.facets == expected_facets(expected)
    keys = sorted(sort_key(house, wish) for house in expected)
    by_id = {house.id: house for house in expected}
    page = keys[wish.offset :][: wish.per_page]
    if wish.order != "name":
        assert [sort_key(by_id[house], wish) for house in found.ids] == page
    assert len(found.ids) == len(set(found.ids)) == len(page)
    assert set(found.ids) <= by_id.keys()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sql_answers_as_a_count_by_hand(committed: Flask, seed: int) -> None:
    town = towns.invent(seed)
    dice = random.Random(seed)
    with committed.app_context():
        towns.build(town)
        for _ in range(QUERIES):
            wish = random_wish(dice)
            check(fallback.answer(wish), town, wish)


@pytest.mark.parametrize(("seed", "many_prices"), [(11, False), (12, False), (13, True)])
def test_the_engine_answers_as_sql_and_as_a_count_by_hand(
    meilisearch: Any, committed: Flask, seed: int, many_prices: bool
) -> None:
    town = towns.invent(seed, many_prices=many_prices)
    dice = random.Random(seed)
    with committed.app_context():
        towns.build(town)
        server = engine()
        assert server is not None
        rebuild(server)
        uid = live_uid(anew=True)
        assert uid is not None
        for _ in range(QUERIES):
            wish = random_wish(dice)
            found = ask(server, uid, wish, 5)
            check(found, town, wish)
            by_sql = fallback.answer(wish)
            assert (found.total, found.facets) == (by_sql.total, by_sql.facets)


@pytest.mark.parametrize("seed", [21, 22])
def test_what_is_printed_is_the_cheapest_type_that_fits(committed: Flask, seed: int) -> None:
    town = towns.invent(seed)
    dice = random.Random(seed)
    with committed.app_context():
        towns.build(town)
        for _ in range(QUERIES // 2):
            wish = replace(random_wish(dice), per_page=100, page=1)
            if wish.stay is None:
                continue
            for item in read_items(fallback.answer(wish).ids, wish):
                fit = towns.fits(town[item.id - 1], wish)
                assert item.offer is not None
                prices = [one.price for one in fit if one.price is not None]
                assert item.offer.price == min(prices, default=None)
                mine = next(one for one in fit if one.room_type.id == item.offer.room_type_id)
                assert item.offer.vacant == min(mine.vacant, 8)
                assert item.offer.freshness != "hidden"


def found_by_both(town: list[TownHouse], text: str) -> tuple[Found, Found]:
    server, uid = engine(), live_uid(anew=True)
    assert server is not None
    assert uid is not None
    wish = Wish(now=dates.now(), today=dates.today(), text=text, per_page=100)
    return ask(server, uid, wish, 5), fallback.answer(wish)


def test_words_find_the_same_houses_with_and_without_marks(
    meilisearch: Any, committed: Flask
) -> None:
    town = towns.invent(31, 40)
    with committed.app_context():
        towns.build(town)
        server = engine()
        assert server is not None
        rebuild(server)
        for name in towns.NAMES:
            for text in (name, fold(name), f"khách sạn {name}", name.split()[0].upper()):
                words = fold(text).split()
                expected = {
                    house.id
                    for house in town
                    if house.approved and set(words) <= set(fold(house.name).split())
                }
                by_engine, by_sql = found_by_both(town, text)
                assert set(by_engine.ids) == set(by_sql.ids) == expected
        assert not found_by_both(town, "xyzzy")[0].ids
        assert not found_by_both(town, "xyzzy")[1].ids


def test_a_slip_is_forgiven_and_marks_decide_between_equals(
    meilisearch: Any, committed: Flask
) -> None:
    town = towns.invent(32, 6)
    names = ["Hải Dương", "Hải Đường", "Hải Đương", "Thuỳ Vân", "Biển Xanh", "Sao Biển Xanh"]
    for house, name in zip(town, names, strict=True):
        house.name, house.approved = f"Khách sạn {name}", True
    with committed.app_context():
        towns.build(town)
        server = engine()
        assert server is not None
        rebuild(server)
        for number, typed in enumerate(names[:3], start=1):
            for found in found_by_both(town, typed):
                assert found.ids[0] == number
                assert found.total == 3
        # The name typed fully is above the one that only holds it.
        for found in found_by_both(town, "bien xanh"):
            assert found.ids == [5, 6]
        assert found_by_both(town, "hai duogn")[0].total == 3
        # Words that no house has all of: those with the most of them.
        for found in found_by_both(town, "thuy van xyzzy"):
            assert (found.ids, found.loosened) == ([4], True)
