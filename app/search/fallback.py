"""The same answer from SQL, while the engine is away: exact, only without forgiving slips."""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.db import db
from app.registry.models import Classification, Establishment, RoomType
from app.search.geography import geography
from app.search.houses import SHOWN_STATUS
from app.search.items import EARTH_METRES, candidates, fitting
from app.search.wish import FACETS, Found, Near, Wish, closeness

Statement: TypeAlias = "Select[*tuple[Any, ...]]"


def answer(wish: Wish) -> Found:
    """Return the page of houses, the total and the facets for a wish."""
    rows = db.session.execute(_statement(wish)).all()
    rows, loosened = _with_most_words(rows, wish)
    rows = sorted(rows, key=_order(wish))
    page = rows[wish.offset :][: wish.per_page]
    return Found(len(rows), _facets(rows), [row.id for row in page], loosened)


def _with_most_words(rows: Sequence[Any], wish: Wish) -> tuple[Sequence[Any], bool]:
    """Keep the houses with all the words; where there is none, those with the most."""
    if not wish.words or not rows:
        return rows, False
    most = max(row.words for row in rows)
    if most == 0:
        return [], False
    return [row for row in rows if row.words == most], most < len(wish.words)


def _order(wish: Wish) -> Callable[[Any], tuple[Any, ...]]:
    """Return the key to sort by: what is stale last, then as the wish says."""
    keys: dict[str, Callable[[Any], tuple[Any, ...]]] = {
        "price": lambda row: (row.price is None, row.price or 0),
        "distance": lambda row: (row.distance is None, row.distance or 0.0),
        "stars": lambda row: (-(row.stars or 0),),
        "words": lambda row: (closeness(wish.text, row.name, row.name_en), -row.named),
        "confirmed": lambda row: (-row.confirmed_at.timestamp(),),
        "name": lambda row: (row.folded,),
    }
    key = keys[wish.order]
    return lambda row: (row.is_stale, *key(row), row.folded, row.id)


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
    found: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        found[row.id].update(row.amenities)
    of_types = select(RoomType.establishment_id, RoomType.amenities).where(
        func.cardinality(RoomType.amenities) > 0
    )
    for house, amenities in db.session.execute(of_types):
        if house in found:
            found[house].update(amenities)
    return found


# --- The statement -----------------------------------------------------------------------------


def _statement(wish: Wish) -> Statement:
    """Return a row for each house that answers, with what is counted and sorted by."""
    statement = _with_offers(_houses(wish), wish) if wish.stay else _with_list_price(wish)
    if not wish.words:
        return statement
    return statement.add_columns(
        _matched(wish.words, _everything()).label("words"),
        _matched(wish.words, _names()).label("named"),
    )


def _houses(wish: Wish) -> Statement:
    distance = literal(None) if wish.near is None else metres_from(wish.near)
    return (
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


def _with_offers(houses: Statement, wish: Wish) -> Statement:
    """Join the room types that fit; where some are not stale, these alone say price and age."""
    assert wish.stay is not None
    types = [row.id for row in db.session.execute(candidates(wish))]
    fits = fitting(wish, wish.stay, types)
    fresh = fits.c.confirmed_at >= wish.ages.ageing
    stale = ~func.bool_or(fresh)
    best = (
        select(
            fits.c.establishment_id,
            stale.label("is_stale"),
            case((stale, func.min(fits.c.price)), else_=func.min(fits.c.price).filter(fresh)).label(
                "price"
            ),
            func.max(fits.c.confirmed_at).label("confirmed_at"),
        )
        .group_by(fits.c.establishment_id)
        .subquery("best")
    )
    return houses.add_columns(best.c.is_stale, best.c.price, best.c.confirmed_at).join(
        best, best.c.establishment_id == Establishment.id
    )


def _with_list_price(wish: Wish) -> Statement:
    cheapest = (
        select(func.min(RoomType.list_price))
        .where(RoomType.establishment_id == Establishment.id)
        .scalar_subquery()
    )
    houses = _houses(wish).add_columns(literal(False).label("is_stale"), cheapest.label("price"))
    if wish.price_min is not None:
        houses = houses.where(cheapest >= wish.price_min)
    if wish.price_max is not None:
        houses = houses.where(cheapest <= wish.price_max)
    return houses


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
        case(_unit_names(), value=Classification.unit_id),
    )


def _unit_names() -> dict[int, str]:
    places = geography()
    return {key: places.units[code] for key, code in places.unit_of_id.items()}


def _matched(words: Sequence[str], text: ColumnElement[str]) -> ColumnElement[int]:
    """Return how many of the words begin a word of the text, both without marks."""
    folded = func.lower(func.unaccent(text))
    # The words consist of letters and digits alone, so none of them is a pattern.
    begins = [case((folded.regexp_match(rf"\m{word}"), 1), else_=0) for word in words]
    return functools.reduce(operator.add, begins)
