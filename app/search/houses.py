"""Reading what the index is to hold of houses, for any number of them in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, select

from app.availability.queries import SparseNights, sparse_nights
from app.db import db
from app.registry.models import Classification, Establishment, RoomType
from app.search.documents import House, Night, Type, window
from app.search.geography import Geography, geography

SHOWN_STATUS = "approved"


def read_houses(ids: Iterable[int], today: date) -> list[House]:
    """Return the houses among ``ids`` that search shows, with their nights."""
    wanted = sorted(set(ids))
    types = _types(wanted)
    nights = defaultdict(list)
    for room_type in sparse_nights(wanted, window(today)):
        nights[room_type.establishment_id].append(room_type)
    places = geography()
    return [
        _house(row, types[row.id], nights[row.id], places) for row in _establishments(wanted, today)
    ]


def _establishments(ids: Sequence[int], today: date) -> Sequence[Any]:
    return db.session.execute(
        select(
            Establishment.id,
            Establishment.name,
            Establishment.name_en,
            Establishment.folded,
            Establishment.address,
            Establishment.description,
            Establishment.description_en,
            Establishment.amenities,
            Establishment.lat,
            Establishment.lon,
            Classification.kind,
            Classification.stars,
            Classification.unit_id,
        )
        .outerjoin(
            Classification,
            and_(
                Classification.establishment_id == Establishment.id,
                Classification.valid.contains(today),
            ),
        )
        .where(Establishment.id.in_(ids), Establishment.status == SHOWN_STATUS)
        .order_by(Establishment.id)
    ).all()


def _types(ids: Sequence[int]) -> Mapping[int, dict[int, Any]]:
    found: dict[int, dict[int, Any]] = defaultdict(dict)
    rows = db.session.execute(
        select(
            RoomType.establishment_id,
            RoomType.id,
            RoomType.capacity,
            RoomType.amenities,
            RoomType.list_price,
        ).where(RoomType.establishment_id.in_(ids))
    )
    for row in rows:
        found[row.establishment_id][row.id] = row
    return found


def _house(
    row: Any, types: Mapping[int, Any], nights: Sequence[SparseNights], places: Geography
) -> House:
    unit = places.unit_of_id.get(row.unit_id)
    amenities = set(row.amenities).union(*(one.amenities for one in types.values()))
    prices = [one.list_price for one in types.values() if one.list_price is not None]
    return House(
        id=row.id,
        name=row.name,
        name_en=row.name_en,
        folded=row.folded,
        address=row.address,
        description=row.description,
        description_en=row.description_en,
        kind=row.kind,
        stars=row.stars,
        unit=unit,
        unit_name=places.units.get(unit) if unit else None,
        amenities=tuple(sorted(amenities)),
        lat=row.lat,
        lon=row.lon,
        list_price=min(prices, default=None),
        types=tuple(_type(one, types[one.room_type_id].capacity) for one in nights),
    )


def _type(nights: SparseNights, capacity: int) -> Type:
    confirmed = nights.confirmed_at
    return Type(
        id=nights.room_type_id,
        capacity=capacity,
        confirmed_at=None if confirmed is None else confirmed.timestamp(),
        ordinary=Night(*nights.ordinary),
        exceptions={night: Night(*state) for night, state in nights.exceptions.items()},
    )
