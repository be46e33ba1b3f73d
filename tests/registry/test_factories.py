"""The factories make what their words say."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from app.accounts.access import principal_of
from app.db import db
from app.registry.models import Classification, Room
from tests.factories import (
    ClosureFactory,
    EstablishmentFactory,
    RoomFactory,
    UnitFactory,
    UserFactory,
)


def test_a_house_with_rooms(db_session: Any) -> None:
    house = EstablishmentFactory(rooms=3, kind="resort", stars=4)
    numbers = db.session.scalars(select(Room.number).where(Room.establishment_id == house.id))
    assert sorted(numbers) == ["101", "102", "103"]
    assert house.status == "approved"
    row = db.session.scalars(select(Classification)).one()
    assert (row.kind, row.stars, row.unit.code) == ("resort", 4, "26506")


def test_traits_and_words_of_rooms(db_session: Any) -> None:
    house = EstablishmentFactory(suspended=True, rooms=1, rooms__capacity=5)
    assert house.status == "suspended"
    db.session.refresh(house)
    assert house.room_types[0].capacity == 5


def test_a_room_for_a_time_and_a_closed_unit(db_session: Any) -> None:
    room = RoomFactory(number="A1", since=date(2026, 1, 1), until=date(2027, 1, 1))
    assert room.assignments[0].valid.lower == date(2026, 1, 1)
    old = UnitFactory(code="26508", name="Phường Thắng Tam", closed_on=date(2025, 7, 1))
    assert old.valid_to == date(2025, 7, 1)
    assert UnitFactory() is UnitFactory()
    assert ClosureFactory().valid.upper == date(2026, 9, 15)


def test_people_and_their_roles(db_session: Any) -> None:
    house = EstablishmentFactory()
    assert principal_of(UserFactory(manager_of=house)).manages(house.id)
    assert not principal_of(UserFactory(front_desk_of=house)).manages(house.id)
    assert principal_of(UserFactory(ward_official_of="26506")).units == {"26506"}
    assert principal_of(UserFactory(province_official=True)).sees_province
    assert principal_of(UserFactory(admin=True)).is_admin
    assert UserFactory(password="mot mat khau dai").password_hash
