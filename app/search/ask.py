"""A wish as queries of the engine, and its answer as houses; exact, or an exception."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.dates import Period
from app.search.documents import dearest_numbers, night_numbers
from app.search.index import Engine
from app.search.wire import TooSlow
from app.search.wish import FACETS, Found, Wish, nearness

# So many of the best are put in order again by their marks, which the engine does not see.
RANKED_AGAIN = 60

Query = dict[str, Any]
Meanwhile = Callable[[list[int]], object]
Hits = Sequence[dict[str, Any]]


def ask(
    engine: Engine, uid: str, wish: Wish, seconds: float, meanwhile: Meanwhile = lambda ids: None
) -> Found:
    """Return the engine's answer within the deadline.

    Where no house has all the words, those with the most telling of them answer. ``meanwhile``
    hears the page's houses where it is full, while the engine is still counting.
    """
    deadline = time.monotonic() + seconds
    found = _answer(engine, uid, wish, deadline, "all", meanwhile)
    if found.total or len(wish.words) < 2:
        return found
    loose = _answer(engine, uid, wish, deadline, "frequency", meanwhile)
    loose.loosened = loose.total > 0
    return loose


def _answer(
    engine: Engine, uid: str, wish: Wish, deadline: float, strategy: str, meanwhile: Meanwhile
) -> Found:
    """Ask for the page among what is not stale, at the same time for total and facets among all.

    What is stale ranks last: only a page that reaches beyond the others asks once more.
    """
    base = _query(uid, wish, strategy)
    again = wish.order == "words" and wish.offset + wish.per_page <= RANKED_AGAIN
    part = {"limit": RANKED_AGAIN} if again else {"offset": wish.offset, "limit": wish.per_page}
    best = {**_among(base, wish, since=wish.ages.ageing), **part}
    all_of_it = {**_among(base, wish, since=wish.ages.stale), **_COUNTED}
    with (
        engine.begin([best], _left(deadline)) as first,
        engine.begin([all_of_it], _left(deadline)) as second,
    ):
        (page,) = first.results()
        ids = _ranked(page["hits"], wish)
        if again:
            ids = ids[wish.offset :][: wish.per_page]
        if len(ids) == wish.per_page:
            meanwhile(ids)
        (counts,) = second.results()
    total = int(counts["totalHits"])
    if wish.stay is not None and len(ids) < wish.per_page and total > wish.offset + len(ids):
        ids = _with_stale(engine, base, wish, deadline)
    facets = counts.get("facetDistribution") or {}
    return Found(total, {name: dict(facets.get(name, {})) for name in FACETS}, ids)


class Tally(NamedTuple):
    """How many houses answer a wish, and how many of them in each unit."""

    houses: int
    by_unit: dict[str, int]


def tallies(engine: Engine, uid: str, wishes: Sequence[Wish], seconds: float) -> list[Tally]:
    """Return how many houses answer each wish with all of its words, in one request."""
    queries = [
        {**_among(_query(uid, wish, "all"), wish, since=wish.ages.stale), **_COUNTED, **_BY_UNIT}
        for wish in wishes
    ]
    return [
        Tally(int(found["totalHits"]), dict((found.get("facetDistribution") or {}).get("unit", {})))
        for found in engine.search(queries, seconds)
    ]


_BY_UNIT: Query = {"facets": ["unit"]}
# Without an order: to count all of them the engine would put all of them in order first.
_COUNTED: Query = {"facets": list(FACETS), "page": 1, "hitsPerPage": 0, "sort": []}


def _with_stale(engine: Engine, base: Query, wish: Wish, deadline: float) -> list[int]:
    """Return the page where it reaches into the houses of which all that fits is stale."""
    ages, reach = wish.ages, wish.offset + wish.per_page
    part = {"limit": max(reach, RANKED_AGAIN)}
    preferred, stale = engine.search(
        [
            {**_among(base, wish, since=ages.ageing), **part},
            {**_among(base, wish, since=ages.stale, before=ages.ageing), **part},
        ],
        _left(deadline),
    )
    ids = [*_ranked(preferred["hits"], wish), *_ranked(stale["hits"], wish)]
    return list(dict.fromkeys(ids))[wish.offset : reach]


def _ranked(hits: Hits, wish: Wish) -> list[int]:
    """Return the houses, of names that fit equally well those first whose marks do too."""
    if wish.order == "words":
        hits = sorted(hits, key=lambda hit: nearness(wish, hit["name"], hit.get("name_en")))
    return [int(hit["establishment"]) for hit in hits]


# --- The query ---------------------------------------------------------------------------------


def _query(uid: str, wish: Wish, strategy: str) -> Query:
    named = ["establishment", "name", "name_en"] if wish.words else ["establishment"]
    return {
        "indexUid": uid,
        # Words alone: the engine would read quotes and minus signs as an order.
        "q": " ".join(wish.words),
        "matchingStrategy": strategy,
        "filter": [*_of_house(wish), *(_of_stay(wish, wish.stay) if wish.stay else ["base = 1"])],
        "sort": _sort(wish),
        "attributesToRetrieve": named,
    }


def _among(query: Query, wish: Wish, *, since: datetime, before: datetime | None = None) -> Query:
    """Add how old a vacancy may be; it changes without a commit, so it stands in no document."""
    if wish.stay is None:
        return query
    ages = [f"confirmed_at >= {since.timestamp()!r}"]
    if before is not None:
        ages.append(f"confirmed_at < {before.timestamp()!r}")
    return {**query, "filter": [*query["filter"], *ages]}


def _of_house(wish: Wish) -> list[str]:
    """Filters on the house. Every value is a known code or a number, never what was typed."""
    filters = [
        *_any_of("kind", wish.kinds),
        *_any_of("stars", wish.stars),
        *_any_of("unit", wish.units),
        *(f"amenities = {code}" for code in wish.amenities),
    ]
    if wish.price_min is not None:
        filters.append(f"price >= {wish.price_min}")
    if wish.price_max is not None:
        filters.append(f"price <= {wish.price_max}")
    if wish.near is not None and wish.radius_km is not None:
        metres = round(wish.radius_km * 1000, 3)
        filters.append(f"_geoRadius({wish.near.lat}, {wish.near.lon}, {metres})")
    if wish.box is not None:
        south, west, north, east = wish.box
        filters.append(f"_geoBoundingBox([{north}, {east}], [{south}, {west}])")
    return filters


def _any_of(attribute: str, values: Sequence[str | int]) -> list[str]:
    return [f"{attribute} IN [{', '.join(map(str, values))}]"] if values else []


def _of_stay(wish: Wish, stay: Period) -> list[str]:
    """Every night has so many rooms; where the price counts, one is the level's own."""
    filters = [f"vacant IN {night_numbers(night, wish.rooms)}" for night in stay]
    filters.append(f"capacity >= {wish.capacity}")
    if wish.asks_price:
        filters.append(f"vacant IN {dearest_numbers(stay, wish.rooms)}")
    return filters


def _sort(wish: Wish) -> list[str]:
    match wish.order:
        case "price":
            return ["price:asc"]
        case "stars":
            return ["stars:desc"]
        case "confirmed":
            return ["confirmed_at:desc"]
        case "name":
            return ["folded:asc"]
        case "distance" if wish.near is not None:
            return [f"_geoPoint({wish.near.lat}, {wish.near.lon}):asc"]
    return []


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooSlow
    return left
