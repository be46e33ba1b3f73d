"""The settings of room types and rooms."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import db
from app.registry.models import Room, RoomType
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate

TYPE = {"name": "Phòng gia đình", "capacity": "4", "list_price": "1.200.000", "code": "FAM"}


@pytest.fixture
def types(house: Any) -> str:
    return f"/hotel/{house.code}/settings/room-types"


@pytest.fixture
def room_list(house: Any) -> str:
    return f"/hotel/{house.code}/settings/rooms"


# --- Types ---------------------------------------------------------------------------------


def test_a_new_house_has_no_types(sign_in: Any, db_session: Any) -> None:
    house = EstablishmentFactory()
    client = sign_in(UserFactory(manager_of=house))
    assert "Chưa có loại phòng nào" in client.get(f"/hotel/{house.code}/settings/room-types").text
    assert "Hãy thêm một loại phòng trước" in client.get(f"/hotel/{house.code}/settings/rooms").text


def test_a_type_is_added(owner: FlaskClient, types: str, post: Any) -> None:
    answer = post(owner, types, **TYPE, amenities=["balcony"])
    made = db.session.scalars(select(RoomType).where(RoomType.code == "FAM")).one()
    assert answer.status_code == 303
    assert answer.location.endswith(f"/settings/rooms?type={made.id}")
    assert (made.capacity, made.bed_places, made.list_price) == (4, 4, 1_200_000)
    assert made.amenities == ["balcony"]
    chosen = gate(owner.get(answer.location)).xpath("//option[@selected]")
    assert [option.get("value") for option in chosen] == [str(made.id)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("capacity", ""),
        ("capacity", "0"),
        ("capacity", "101"),
        ("capacity", "hai"),
        ("bed_places", "-1"),
        ("list_price", "rẻ"),
        ("list_price", "99999999999"),
        ("code", "x" * 61),
        ("amenities", "sauna"),
    ],
)
def test_a_bad_value_is_said_at_its_field(
    owner: FlaskClient, types: str, post: Any, field: str, value: str
) -> None:
    answer = post(owner, types, **{**TYPE, field: value})
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[contains(@class, 'field-error')]")
    assert len(db.session.scalars(select(RoomType)).all()) == 1


def test_a_code_in_use_is_said_at_its_field(
    owner: FlaskClient, house: Any, types: str, post: Any
) -> None:
    RoomTypeFactory(establishment=house, code="FAM")
    answer = post(owner, types, **TYPE)
    assert answer.status_code == 409
    assert gate(answer).xpath("//*[@id='code' and @aria-invalid='true']")


def test_a_type_is_edited(owner: FlaskClient, house: Any, types: str, post: Any) -> None:
    room_type = house.room_types[0]
    path = f"{types}/{room_type.id}"
    gate(owner.get(path))
    assert post(owner, path, version="1", name="Đôi mới", capacity="3").status_code == 303
    db.session.expire_all()
    assert (room_type.name, room_type.capacity, room_type.list_price) == ("Đôi mới", 3, None)
    for version in ("1", "9" * 5000):
        late = post(owner, path, version=version, name="Đôi cũ", capacity="3")
        assert late.status_code == 409
        gate(late)


def test_only_an_empty_type_is_removed(
    owner: FlaskClient, house: Any, types: str, post: Any
) -> None:
    used, empty = house.room_types[0], RoomTypeFactory(establishment=house)
    answer = post(owner, f"{types}/{used.id}/remove", on=types)
    assert answer.status_code == 409
    gate(answer)
    assert post(owner, f"{types}/{empty.id}/remove", on=f"{types}/{empty.id}").status_code == 303
    assert [one.id for one in db.session.scalars(select(RoomType))] == [used.id]


def test_the_type_of_another_house_is_not_found(owner: FlaskClient, types: str, post: Any) -> None:
    other = RoomTypeFactory()
    assert owner.get(f"{types}/{other.id}").status_code == 404
    for act in ("", "/remove"):
        assert post(owner, f"{types}/{other.id}{act}", on=types, **TYPE).status_code == 404


# --- Rooms ---------------------------------------------------------------------------------


def test_many_rooms_are_added_at_once(
    owner: FlaskClient, house: Any, room_list: str, post: Any
) -> None:
    type_id = house.room_types[0].id
    answer = post(owner, room_list, numbers="201-203, 301", room_type=type_id)
    assert answer.status_code == 303
    page = owner.get(room_list)
    gate(page)
    assert "Đã thêm 4 phòng" in page.text
    assert len(db.session.scalars(select(Room)).all()) == 6


@pytest.mark.parametrize(
    ("numbers", "status", "said"),
    [
        ("", 422, "Hãy ghi số phòng"),
        ("210-201", 422, "không đúng"),
        ("#", 422, "không phải là số phòng"),
        ("1-9999", 422, "nhiều nhất 500"),
        ("100-105", 409, "đã có phòng 101, 102"),
    ],
)
def test_numbers_that_do_not_go_in(
    owner: FlaskClient, house: Any, room_list: str, post: Any, numbers: str, status: int, said: str
) -> None:
    answer = post(owner, room_list, numbers=numbers, room_type=house.room_types[0].id)
    assert answer.status_code == status
    assert said in answer.text
    assert gate(answer).xpath("//*[@id='numbers' and @aria-invalid='true']")
    assert len(db.session.scalars(select(Room)).all()) == 2


def test_rooms_of_the_type_of_another_house_are_refused(
    owner: FlaskClient, room_list: str, post: Any
) -> None:
    answer = post(owner, room_list, numbers="1", room_type=RoomTypeFactory().id)
    assert answer.status_code == 422
