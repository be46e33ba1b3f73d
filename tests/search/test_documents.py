"""The documents of a house: which night stands where, and that a stay meets one level."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from app.dates import Period
from app.search.documents import (
    MOST_LEVELS,
    House,
    Night,
    Type,
    day_number,
    dearest_numbers,
    documents_of,
    night_numbers,
    window,
)

TODAY = date(2026, 11, 24)


def house(*types: Type, **values: Any) -> House:
    facts: dict[str, Any] = {
        "id": 7,
        "name": "Hải Âu",
        "name_en": None,
        "folded": "hai au",
        "address": None,
        "description": None,
        "description_en": None,
        "kind": "hotel",
        "stars": 3,
        "unit": "26506",
        "unit_name": "Phường Vũng Tàu",
        "amenities": ("pool",),
        "lat": 10.33,
        "lon": 107.09,
        "list_price": 500_000,
    }
    return House(**{**facts, **values}, types=types)


UNKNOWN = Night(None, None)


def room_type(nights: dict[date, Night], ordinary: Night = UNKNOWN) -> Type:
    return Type(
        id=3, capacity=2, confirmed_at=1_790_000_000.0, ordinary=ordinary, exceptions=nights
    )


def matching(documents: list[dict[str, Any]], stay: Period, rooms: int) -> list[dict[str, Any]]:
    """Return the documents the engine's filter would meet, price in question."""
    dearest = set(dearest_numbers(stay, rooms))
    return [
        one
        for one in documents
        if all(set(night_numbers(night, rooms)) & set(one.get("vacant", ())) for night in stay)
        and dearest & set(one.get("vacant", ()))
    ]


def test_a_house_without_rooms_has_a_document_of_its_own() -> None:
    (only,) = documents_of(house(), window(TODAY))
    assert only["id"] == "h7"
    assert only["base"] == 1
    assert "vacant" not in only


def test_a_type_never_confirmed_is_not_there() -> None:
    unconfirmed = Type(3, 2, None, Night(5, 100))
    assert [one["id"] for one in documents_of(house(unconfirmed), window(TODAY))] == ["h7"]


def test_a_night_beyond_eight_rooms_tells_eight() -> None:
    documents = documents_of(house(room_type({TODAY: Night(50, 100)})), window(TODAY))
    assert documents[1]["vacant"] == [day_number(TODAY) * 16 + 15]


def test_the_window_reaches_the_last_night_of_the_last_stay() -> None:
    documents = documents_of(house(room_type({}, Night(1, 100))), window(TODAY))
    last_night = TODAY + timedelta(days=365 + 29)
    assert set(night_numbers(last_night, 1)) & set(documents[1]["vacant"])


@pytest.mark.parametrize("prices", [1, 3, MOST_LEVELS, MOST_LEVELS + 1, 200])
@pytest.mark.parametrize("rooms", [1, 3])
def test_a_stay_meets_the_level_of_its_dearest_night_alone(prices: int, rooms: int) -> None:
    dice = random.Random(prices)
    nights = {
        night: Night(dice.choice([None, 0, 1, 2, 3, 8]), dice.choice([None, *range(prices)]))
        for night in window(TODAY)
    }
    documents = documents_of(house(room_type(nights)), window(TODAY))[1:]
    for _ in range(300):
        stay = Period.of(TODAY + timedelta(days=dice.randrange(366)), dice.randint(1, 30))
        states = [nights[night] for night in stay]
        fits = all(state.vacant is not None and state.vacant >= rooms for state in states)
        # Long stays hardly ever fit by chance: look at one night of them too.
        short = Period.of(stay.start, 1)
        for asked, expected in ((stay, fits), (short, (nights[stay.start].vacant or 0) >= rooms)):
            found = {one.get("price") for one in matching(documents, asked, rooms)}
            if not expected:
                assert found == set()
                continue
            paid = [nights[night].price for night in asked]
            dearest = None if None in paid else max(price for price in paid if price is not None)
            assert found == {dearest}


def test_many_prices_do_not_grow_with_their_square() -> None:
    nights = {night: Night(1, number) for number, night in enumerate(window(TODAY))}
    documents = documents_of(house(room_type(nights)), window(TODAY))
    entries = sum(len(one.get("vacant", ())) for one in documents)
    assert entries < 35_000
    whole = len(nights) * (len(nights) + 1) // 2
    assert entries < whole / 2


def test_the_hash_tells_any_change_and_nothing_else() -> None:
    before = documents_of(house(room_type({TODAY: Night(1, 100)})), window(TODAY))
    same = documents_of(house(room_type({TODAY: Night(1, 100)})), window(TODAY))
    other = documents_of(house(room_type({TODAY: Night(2, 100)})), window(TODAY))
    assert [one["hash"] for one in before] == [one["hash"] for one in same]
    assert before[0]["hash"] == other[0]["hash"]
    assert before[1]["hash"] != other[1]["hash"]
