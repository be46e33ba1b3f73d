"""A house as schema.org describes it, for search engines: its register entry, never its rooms left.

What is free changes by the minute and a crawler keeps it for weeks, so no offer is claimed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.registry.models import RoomType
from app.registry.queries import HouseRow
from app.registry.words import AMENITY_NAMES, KIND_NAMES, unit_name
from app.web.discovery import addresses
from app.web.filters import english, money

TYPES = {
    "hotel": "Hotel",
    "resort": "Resort",
    "villa": "VacationRental",
    "apartment": "VacationRental",
    "homestay": "BedAndBreakfast",
    "campsite": "Campground",
}
ANY_TYPE = "LodgingBusiness"


def structured(row: HouseRow, types: Sequence[RoomType]) -> dict[str, Any]:
    """Return the JSON-LD of a house; what is not known is left out."""
    house = row.house
    listed = addresses(f"/establishments/{house.code}")
    known: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES.get(row.kind or "", ANY_TYPE),
        "@id": listed.languages["vi"],
        "url": listed.canonical,
        "identifier": house.code,
        "name": house.name,
        "alternateName": house.name_en,
        "description": _description(row),
        "address": _address(row),
        "geo": _position(row),
        "telephone": house.phone,
        "email": house.email,
        "sameAs": house.website,
        "starRating": {"@type": "Rating", "ratingValue": row.stars} if row.stars else None,
        "priceRange": price_range(types),
        "amenityFeature": _features(row, types),
    }
    return {name: value for name, value in known.items() if value}


def about(row: HouseRow) -> str:
    """Return the sentence that stands under a link to the page."""
    kind = KIND_NAMES[row.kind] if row.kind else _("Cơ sở lưu trú")
    place = row.house.address or (row.unit.name if row.unit else _("Vũng Tàu"))
    return _("%(kind)s, %(place)s: phòng còn trống, giá và số điện thoại.", kind=kind, place=place)


def price_range(types: Sequence[RoomType]) -> str | None:
    """Return the declared prices of a night, from the lowest to the highest."""
    prices = sorted({one.list_price for one in types if one.list_price is not None})
    if not prices:
        return None
    return " – ".join(money(price) for price in dict.fromkeys((prices[0], prices[-1])))


def _description(row: HouseRow) -> str | None:
    vietnamese, foreign = row.house.description, row.house.description_en
    return (foreign or vietnamese) if english() else (vietnamese or foreign)


def _address(row: HouseRow) -> dict[str, str]:
    parts = {
        "@type": "PostalAddress",
        "streetAddress": row.house.address or "",
        "addressLocality": unit_name(row.unit.name) if row.unit else "",
        "addressCountry": "VN",
    }
    return {name: value for name, value in parts.items() if value}


def _position(row: HouseRow) -> dict[str, Any] | None:
    if row.house.lat is None:
        return None
    place = {"latitude": row.house.lat, "longitude": row.house.lon}
    return {"@type": "GeoCoordinates", **place}


def _features(row: HouseRow, types: Sequence[RoomType]) -> list[dict[str, Any]]:
    codes = {*row.house.amenities, *(code for one in types for code in one.amenities)}
    return [
        {
            "@type": "LocationFeatureSpecification",
            "name": str(AMENITY_NAMES.get(code, code)),
            "value": True,
        }
        for code in sorted(codes)
    ]
