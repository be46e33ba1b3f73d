"""The registry's part of the JSON API: public lists, and the room types of a house."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.registry.units import unit_now
from tests.factories import EstablishmentFactory, RoomFactory, RoomTypeFactory

API = "/api/v1"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [item["name"] for item in answer.json["items"]]


@pytest.fixture
def town(db_session: Any) -> None:
    tam_thang, ho_tram = unit_now("26526"), unit_now("26620")
    EstablishmentFactory(name="Ánh Dương", kind="hotel", stars=3)
    EstablishmentFactory(name="Biển Đông", kind="resort", stars=5, unit=tam_thang)
    EstablishmentFactory(name="Cát Vàng", kind="homestay", unit=ho_tram, name_en="Golden Sand")
    EstablishmentFactory(name="Dạ Hương", applied=True)
    EstablishmentFactory(name="Êm Đềm", suspended=True)


# --- Houses --------------------------------------------------------------------------------


def test_houses_in_force_come_in_the_order_of_their_names(client: FlaskClient, town: None) -> None:
    answer = client.get(f"{API}/establishments")
    assert names(answer) == ["Ánh Dương", "Biển Đông", "Cát Vàng"]
    assert answer.json["next"] is None
    first = answer.json["items"][0]
    assert first["unit"] == {"code": "26506", "name": "Phường Vũng Tàu"}
    assert first["location"] == {"lat": 10.345, "lon": 107.092}
    assert (first["kind"], first["stars"]) == ("hotel", 3)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bien", ["Biển Đông"]),
        ("q=đông+BIỂN", ["Biển Đông"]),
        ("q=golden", ["Cát Vàng"]),
        ("q=%25", []),
        ("unit=26526", ["Biển Đông"]),
        ("unit=26524", ["Biển Đông"]),
        ("unit=Phường 7", ["Biển Đông"]),
        ("unit=747", ["Ánh Dương", "Biển Đông"]),
        ("unit=26620,747", ["Ánh Dương", "Biển Đông", "Cát Vàng"]),
        ("kind=resort,homestay", ["Biển Đông", "Cát Vàng"]),
        ("stars=5", ["Biển Đông"]),
        ("stars=unrated,3", ["Ánh Dương", "Cát Vàng"]),
        ("q=x&kind=hotel", []),
    ],
)
def test_filters(client: FlaskClient, town: None, query: str, found: list[str]) -> None:
    assert names(client.get(f"{API}/establishments?{query}")) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("unit=99999", "unit"),
        ("unit=Phước Hưng", "unit"),
        ("kind=castle", "kind"),
        ("stars=6", "stars"),
        ("per_page=101", "per_page"),
        ("per_page=x", "per_page"),
        ("cursor=x", "cursor"),
        ("cursor=WzEsMl0=", "cursor"),
    ],
)
def test_a_bad_parameter_is_named(client: FlaskClient, query: str, parameter: str) -> None:
    answer = client.get(f"{API}/establishments?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["parameter"] == parameter


def test_pages_follow_each_other_without_gap(client: FlaskClient, db_session: Any) -> None:
    EstablishmentFactory.create_batch(5, name="Sóng")
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        answer = client.get(
            f"{API}/establishments?per_page=2&cursor={cursor}"
            if cursor
            else f"{API}/establishments?per_page=2"
        )
        seen += [item["code"] for item in answer.json["items"]]
        cursor = answer.json["next"]
    assert len(seen) == len(set(seen)) == 5


def test_one_house_with_its_types(client: FlaskClient, house: Any) -> None:
    answer = client.get(f"{API}/establishments/{house.code}")
    assert answer.json["room_types"][0]["capacity"] == 2
    assert "search_version" not in answer.json


@pytest.mark.parametrize("trait", ["applied", "suspended", "rejected"])
def test_a_house_not_in_force_is_not_found(
    client: FlaskClient, db_session: Any, trait: str
) -> None:
    house = EstablishmentFactory(**{trait: True})
    answer = client.get(f"{API}/establishments/{house.code}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_public_answers_may_be_kept_and_asked_again(client: FlaskClient, house: Any) -> None:
    answer = client.get(f"{API}/establishments/{house.code}")
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = client.get(
        f"{API}/establishments/{house.code}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


# --- Units, places, holidays ---------------------------------------------------------------


def test_units_name_those_they_were_formed_from(client: FlaskClient, db_session: Any) -> None:
    items = {item["code"]: item for item in client.get(f"{API}/units").json["items"]}
    assert len(items) == 30
    assert items["26506"]["area"] == {"code": "747", "name": "Vũng Tàu"}
    assert {"code": "26508", "name": "Phường Thắng Tam"} in items["26506"]["formerly"]


def test_places_have_positions(client: FlaskClient, db_session: Any) -> None:
    items = client.get(f"{API}/places").json["items"]
    assert {"Bãi Sau", "Bãi Trước"} <= {item["name"] for item in items}
    assert all(8 < item["location"]["lat"] < 11.5 for item in items)


def test_holidays_of_a_time(client: FlaskClient, db_session: Any) -> None:
    answer = client.get(f"{API}/holidays?from=2026-09-01&to=2026-09-03")
    assert [item["code"] for item in answer.json["items"]] == ["national_day"] * 2
    assert client.get(f"{API}/holidays").json["items"]


@pytest.mark.parametrize(
    "query", ["from=2026-13-01", "from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2090-01-01"]
)
def test_holidays_refuse_what_is_no_time(client: FlaskClient, query: str) -> None:
    assert client.get(f"{API}/holidays?{query}").status_code == 422


# --- Room types of a house -----------------------------------------------------------------


def test_room_types_with_their_rooms(client: FlaskClient, house: Any, key_of: Any) -> None:
    extra = RoomTypeFactory(establishment=house, name="Suite", code="STE", position=2)
    RoomFactory(room_type=extra, number="9")
    answer = client.get(f"{API}/room-types", headers=key_of(house))
    assert [item["rooms"] for item in answer.json["items"]] == [["101", "102"], ["9"]]
    second = answer.json["items"][1]
    assert (second["id"], second["code"], second["kept_by"]) == (str(extra.id), "STE", "stays")


def test_room_types_are_paged(client: FlaskClient, db_session: Any, key_of: Any) -> None:
    house = EstablishmentFactory()
    for position in (1, 1, 2):
        RoomTypeFactory(establishment=house, position=position)
    headers = key_of(house)
    first = client.get(f"{API}/room-types?per_page=2", headers=headers).json
    second = client.get(f"{API}/room-types?per_page=2&cursor={first['next']}", headers=headers).json
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3
    assert second["next"] is None


def test_a_room_type_by_its_id_or_own_code(client: FlaskClient, house: Any, key_of: Any) -> None:
    own = RoomTypeFactory(establishment=house, code="DBL")
    for key in (own.id, "DBL"):
        answer = client.get(f"{API}/room-types/{key}", headers=key_of(house))
        assert (answer.json["id"], answer.headers["ETag"]) == (str(own.id), '"1"')


def test_another_house_is_not_found(client: FlaskClient, house: Any, key_of: Any) -> None:
    other = RoomTypeFactory(code="XYZ")
    headers = key_of(house)
    assert client.get(f"{API}/room-types/{other.id}", headers=headers).status_code == 404
    assert client.get(f"{API}/room-types/XYZ", headers=headers).status_code == 404
    path = f"{API}/room-types?establishment={other.establishment.code}"
    assert client.get(path, headers=headers).status_code == 404


def test_a_key_for_several_houses_says_which(client: FlaskClient, house: Any, key_of: Any) -> None:
    other = EstablishmentFactory()
    headers = key_of(house, other)
    answer = client.get(f"{API}/room-types", headers=headers)
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, "establishment")
    path = f"{API}/room-types?establishment={house.code}"
    assert client.get(path, headers=headers).json["items"][0]["rooms"] == ["101", "102"]


def test_without_a_key_room_types_are_closed(client: FlaskClient, house: Any, key_of: Any) -> None:
    assert client.get(f"{API}/room-types").status_code == 401
    official = key_of(role="province_official")
    assert client.get(f"{API}/room-types", headers=official).status_code == 403
