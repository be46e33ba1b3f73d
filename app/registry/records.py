"""How a house reads in JSON, the same wherever the API names one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.registry.models import RoomType
from app.registry.queries import HouseRow


def house_record(row: HouseRow) -> dict[str, Any]:
    """What identifies a house and how to reach it."""
    house, unit = row.house, row.unit
    return {
        "code": house.code,
        "name": house.name,
        "name_en": house.name_en,
        "kind": row.kind,
        "stars": row.stars,
        "unit": {"code": unit.code, "name": unit.name} if unit else None,
        "address": house.address,
        "location": None if house.lat is None else {"lat": house.lat, "lon": house.lon},
        "phone": house.phone,
        "website": house.website,
        "amenities": house.amenities,
    }


def house_details(row: HouseRow, room_types: Iterable[RoomType]) -> dict[str, Any]:
    """All that is public about a house, with its room types."""
    house = row.house
    return {
        **house_record(row),
        "description": house.description,
        "description_en": house.description_en,
        "licence_no": house.licence_no,
        "opened_on": house.opened_on.isoformat() if house.opened_on else None,
        "email": house.email,
        "booking_url": house.booking_url,
        "room_types": [
            {
                "id": str(room_type.id),
                "name": room_type.name,
                "name_en": room_type.name_en,
                "capacity": room_type.capacity,
                "list_price": room_type.list_price,
                "amenities": room_type.amenities,
            }
            for room_type in room_types
        ],
    }
