"""The same answer from SQL, while the engine is away: exact, only without forgiving slips."""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.dates import Period
from app.db import db
from app.registry.models import Classification, Establishment, RoomType
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS
from app.search.items import EARTH_METRES, FITTING, TYPES, bounds, demands
from app.search.prepared import Statement
from app.search.wish import FACETS, Found, Near, Wish, nearness


@dataclass(frozen=True, slots=True)
class Match:
    """A house that answers: its row, and what it is sorted by."""

    row: Any
    price: int | None
    is_stale: bool = False
    confirmed: float = 0.0


def answer(wish: Wish) -> Found:
    """Return the page of houses, the total and the facets for a wish."""
    rows = rows_of(wish)
    matches = _with_offers(rows, wish, wish.stay) if wish.stay else _with_list_price(rows, wish)
    matches, loosened = _with_most_words(matches, wish)
    matches.sort(key=_order(wish))
    page = matches[wish.offset :][: wish.per_page]
    facets = _facets([match.row for match in matches])
    return Found(len(matches), facets, [match.row.id for match in page], loosened)


def rows_of(wish: Wish, ids: Sequence[int] | None = None) -> Sequence[Any]:
    """Return the houses, of ``ids`` or of all, that have what the wish asks of a house."""
    statement = _statement(wish)
    if ids is not None:
        statement = statement.where(Establishment.id.in_(ids))
    return db.session.execute(statement).all()


def houses_with_room(wish: Wish, ids: Sequence[int] | None = None) -> set[int]:
    """Return which houses, of ``ids`` or of all, answer the wish with all of its words."""
    rows = [row for row in rows_of(wish, ids) if not wish.words or row.words == len(wish.words)]
    found = _with_offers(rows, wish, wish.stay) if wish.stay else _with_list_price(rows, wish)
    return {match.row.id for match in found}


def _with_offers(rows: Sequence[Any], wish: Wish, stay: Period) -> list[Match]:
    """Keep the houses with a room type that fits."""
    types = TYPES.rows(ids=[row.id for row in rows], **bounds(wish))
    wanted = [row.id for row in types]
    fits = FITTING.rows(room_types=wanted, **demands(wish, stay)) if wanted else ()
    by_house = defaultdict(list)
    for fit in fits:
        by_house[fit.establishment_id].append(fit)
    ageing = wish.ages.ageing
    return [_match(row, by_house[row.id], ageing) for row in rows if row.id in by_house]


def _match(row: Any, fits: Sequence[Any], ageing: datetime) -> Match:
    """Of a house with a fitting type that is not stale, only such ones say price and age."""
    fresh = [fit for fit in fits if fit.confirmed_at >= ageing]
    counted = fresh or fits
    prices = [fit.price for fit in counted if fit.price is not None]
    confirmed = max(fit.confirmed_at for fit in counted)
    return Match(row, min(prices, default=None), not fresh, confirmed.timestamp())


def _with_list_price(rows: Sequence[Any], wish: Wish) -> list[Match]:
    """Without dates the cheapest list price of the house's types stands for its price."""
    least, most = wish.price_min, wish.price_max
    return [
        Match(row, row.list_price)
        for row in rows
        if (least is None or (row.list_price is not None and row.list_price >= least))
        and (most is None or (row.list_price is not None and row.list_price <= most))
    ]


def _with_most_words(matches: list[Match], wish: Wish) -> tuple[list[Match], bool]:
    """Keep the houses with all the words; where there is none, those with the most."""
    if not wish.words or not matches:
        return matches, False
    most = max(match.row.words for match in matches)
    if most == 0:
        return [], False
    return [match for match in matches if match.row.words == most], most < len(wish.words)


def _order(wish: Wish) -> Callable[[Match], tuple[Any, ...]]:
    """Return the key to sort by: what is stale last, then as the wish says."""
    keys: dict[str, Callable[[Match], tuple[Any, ...]]] = {
        "price": lambda one: (one.price is None, one.price or 0),
        "distance": lambda one: (one.row.distance is None, one.row.distance or 0.0),
        "stars": lambda one: (-(one.row.stars or 0),),
        "words": lambda one: (
            nearness(wish, one.row.name, one.row.name_en),
            -one.row.named,
        ),
        "confirmed": lambda one: (-one.confirmed,),
        "name": lambda one: (one.row.folded,),
    }
    key = keys[wish.order]
    return lambda one: (one.is_stale, *key(one), one.row.folded, one.row.id)


def _facets(rows: Sequence[Any]) -> dict[str, dict[str, int]]:
    units = geography().unit_of_id
    amenities = _amenities(rows)
    counted: dict[str, Iterable[Any]] = {
        "kind": (row.kind for row in rows),
        "stars": (row.stars for row in rows),
        "unit": (units.get(row.unit_id) for row in rows),
        "amenities": (code for row in rows for code in amenities[row.id]),
    }
    return {
        name: {str(value): n for value, n in Counter(counted[name]).items() if value is not None}
        for name in FACETS
    }


def _amenities(rows: Sequence[Any]) -> dict[int, set[str]]:
    """Return what each house has, its room types' amenities included."""
    found = {row.id: set(row.amenities) for row in rows}
    of_types = select(RoomType.establishment_id, RoomType.amenities).where(
        func.cardinality(RoomType.amenities) > 0
    )
    for house, amenities in db.session.execute(of_types):
        if house in found:
            found[house].update(amenities)
    return found


# --- The statement -----------------------------------------------------------------------------


def _statement(wish: Wish) -> Statement:
    """Return the houses that have what the wish asks of a house, and how many words each has."""
    distance = literal(None) if wish.near is None else metres_from(wish.near)
    cheapest = (
        select(func.min(RoomType.list_price))
        .where(RoomType.establishment_id == Establishment.id)
        .scalar_subquery()
    )
    statement: Statement = (
        select(
            Establishment.id,
            Establishment.name,
            Establishment.name_en,
            Establishment.folded,
            Establishment.amenities,
            Classification.kind,
            Classification.stars,
            Classification.unit_id,
            distance.label("distance"),
            cheapest.label("list_price"),
        )
        .outerjoin(
            Classification,
            and_(
                Classification.establishment_id == Establishment.id,
                Classification.valid.contains(wish.today),
            ),
        )
        .where(Establishment.status == SHOWN_STATUS, *_conditions(wish))
    )
    if not wish.words:
        return statement
    return statement.add_columns(
        _matched(wish.words, _everything()).label("words"),
        _matched(wish.words, _names()).label("named"),
    )


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wish.kinds:
        conditions.append(Classification.kind.in_(wish.kinds))
    if wish.stars:
        conditions.append(Classification.stars.in_(wish.stars))
    if wish.units:
        ids = [key for key, code in geography().unit_of_id.items() if code in wish.units]
        conditions.append(Classification.unit_id.in_(ids))
    conditions += [_has(code) for code in wish.amenities]
    if wish.near is not None and wish.radius_km is not None:
        # To the millimetre, as the engine reckons.
        metres = func.round(metres_from(wish.near) * 1000)
        conditions.append(metres <= round(wish.radius_km * 1_000_000))
    if wish.box is not None:
        conditions.append(Establishment.lat.between(wish.box.south, wish.box.north))
        conditions.append(Establishment.lon.between(wish.box.west, wish.box.east))
    return conditions


def _has(amenity: str) -> ColumnElement[bool]:
    of_type = select(RoomType.id).where(
        RoomType.establishment_id == Establishment.id, RoomType.amenities.contains([amenity])
    )
    return or_(Establishment.amenities.contains([amenity]), of_type.exists())


def metres_from(near: Near) -> ColumnElement[float]:
    """Return the distance of a house as SQL; NULL where its position is unknown."""
    there = math.radians(near.lat)
    here, turn = func.radians(Establishment.lat), func.radians(Establishment.lon - near.lon)
    half: ColumnElement[float] = func.power(func.sin((here - there) / 2), 2)
    half = half + func.cos(here) * math.cos(there) * func.power(func.sin(turn / 2), 2)
    return 2 * EARTH_METRES * func.asin(func.sqrt(half))


def _names() -> ColumnElement[str]:
    return func.concat_ws(" ", Establishment.name, Establishment.name_en)


def _everything() -> ColumnElement[str]:
    return func.concat_ws(
        " ",
        Establishment.name,
        Establishment.name_en,
        Establishment.address,
        Establishment.description,
        Establishment.description_en,
        *_unit_name(),
    )


def _unit_name() -> list[ColumnElement[str]]:
    """Return the name of a house's unit; nothing where no units are loaded, as in a new town."""
    places = geography()
    names = {key: places.units[code] for key, code in places.unit_of_id.items()}
    return [case(names, value=Classification.unit_id)] if names else []


def _matched(words: Sequence[str], text: ColumnElement[str]) -> ColumnElement[int]:
    """Return how many of the words begin a word of the text, both without marks."""
    folded = func.lower(func.unaccent(text))
    # The words consist of letters and digits alone, so none of them is a pattern.
    begins = [case((folded.regexp_match(rf"\m{word}"), 1), else_=0) for word in words]
    return functools.reduce(operator.add, begins)
