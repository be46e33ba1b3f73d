"""How a search and its items read in JSON."""

from __future__ import annotations

from typing import Any

from app.search.asked import Asked
from app.search.items import Item
from app.search.vacancies import Result
from app.web.api import iso


def result_record(asked: Asked, result: Result) -> dict[str, Any]:
    """Return the answer of ``GET /vacancies``."""
    return {
        "total": result.total,
        "page": result.wish.page,
        "per_page": result.wish.per_page,
        "engine": result.answerer,
        "understood": asked.as_json(),
        "facets": result.found.facets,
        **({"relaxed": [name for name, _ in result.relaxed]} if result.relaxed else {}),
        "items": [item_record(item) for item in result.items],
    }


def item_record(item: Item) -> dict[str, Any]:
    """Return one house; without dates no vacancy is claimed, so what tells of one is null."""
    offer = item.offer
    return {
        "establishment": {
            "code": item.code,
            "name": item.name,
            "name_en": item.name_en,
            "kind": item.kind,
            "stars": item.stars,
            "unit": {"code": item.unit, "name": item.unit_name} if item.unit else None,
            "address": item.address,
            "location": None if item.lat is None else {"lat": item.lat, "lon": item.lon},
            "phone": item.phone,
            "list_price": item.list_price,
        },
        "room_type": {
            "id": str(offer.room_type_id),
            "name": offer.name,
            "capacity": offer.capacity,
        }
        if offer
        else None,
        "vacant_rooms": offer.vacant if offer else None,
        "price": offer.price if offer else None,
        "total_price": offer.total_price if offer else None,
        "confirmed_at": iso(offer.confirmed_at) if offer else None,
        "freshness": offer.freshness if offer else None,
        "distance_m": item.distance_m,
    }
