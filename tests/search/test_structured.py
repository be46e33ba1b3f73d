"""A house's page for programs: schema.org, and not a word on how many rooms are left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import dates
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate


def described(client: FlaskClient, code: str, query: str = "") -> dict[str, Any]:
    page = gate(client.get(f"/establishments/{code}{query}"))
    (text,) = page.xpath("//script[@type='application/ld+json']/text()")
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_hotel_is_described_by_its_register_entry(client: FlaskClient, db_session: Any) -> None:
    house = EstablishmentFactory(
        name="Khách sạn Hải Âu </script>",
        stars=3,
        amenities=["pool"],
        phone="0254 385 6789",
        address="12 Thuỳ Vân",
        lat=10.34,
        lon=107.09,
    )
    for price in (1_500_000, 800_000):
        RoomTypeFactory(establishment=house, rooms=3, list_price=price)
    told = described(client, house.code)
    assert told["@context"] == "https://schema.org"
    assert told["@type"] == "Hotel"
    assert told["name"] == "Khách sạn Hải Âu </script>"
    assert told["url"] == f"http://localhost/establishments/{house.code}"
    assert told["telephone"] == "0254 385 6789"
    assert told["starRating"] == {"@type": "Rating", "ratingValue": 3}
    assert told["geo"] == {"@type": "GeoCoordinates", "latitude": 10.34, "longitude": 107.09}
    assert told["address"]["streetAddress"] == "12 Thuỳ Vân"
    assert told["address"]["addressCountry"] == "VN"
    assert [one["name"] for one in told["amenityFeature"]] == ["Hồ bơi"]
    price = told["priceRange"].replace("\N{NO-BREAK SPACE}", " ")
    assert price == "800.000 ₫ – 1.500.000 ₫"
    foreign = described(client, house.code, "?lang=en")
    assert [one["name"] for one in foreign["amenityFeature"]] == ["Swimming pool"]
    assert foreign["@id"] == told["@id"]


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("resort", "Resort"),
        ("homestay", "BedAndBreakfast"),
        ("villa", "VacationRental"),
        ("campsite", "Campground"),
        ("guest_house", "LodgingBusiness"),
    ],
)
def test_each_kind_has_its_type(
    client: FlaskClient, db_session: Any, kind: str, type_: str
) -> None:
    assert described(client, EstablishmentFactory(kind=kind).code)["@type"] == type_


def test_what_is_not_known_is_left_out(client: FlaskClient, db_session: Any) -> None:
    house = EstablishmentFactory(lat=None, lon=None, phone=None, stars=None, amenities=[])
    told = described(client, house.code)
    assert {"geo", "telephone", "starRating", "priceRange", "amenityFeature"}.isdisjoint(told)


def test_nothing_in_it_moves_with_vacancies(client: FlaskClient, db_session: Any) -> None:
    house = EstablishmentFactory()
    one = RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
    before = described(client, house.code, "?check_in=" + dates.today().isoformat())
    one.all_known = False
    db_session.commit()
    assert described(client, house.code) == before
    assert "offer" not in json.dumps(before).lower()
