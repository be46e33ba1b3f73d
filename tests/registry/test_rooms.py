"""Room numbers as people write them; adding rooms and types, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.db import db
from app.registry import rooms
from app.registry.models import RoomAssignment
from app.registry.operations import Changed
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomFactory, RoomTypeFactory

BY = Principal(kind="user", id=None)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("101", ["101"]),
        ("101-103, 201", ["101", "102", "103", "201"]),
        ("101 – 103", ["101", "102", "103"]),
        ("01-03", ["01", "02", "03"]),
        ("A1-A3; B1", ["A1", "A2", "A3", "B1"]),
        ("Villa 1-3", ["Villa 1", "Villa 2", "Villa 3"]),
        ("101, 101,\n101-102", ["101", "102"]),
        ("Sen Hồng, Tầng trệt", ["Sen Hồng", "Tầng trệt"]),
        (" 9 - 11 ", ["9", "10", "11"]),
    ],
)
def test_numbers_people_write(words: str, numbers: list[str]) -> None:
    assert rooms.parse_numbers(words) == numbers


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "none"),
        (" , ;", "none"),
        ("110-101", "range"),
        ("A1-B3", "range"),
        ("1-100000", "many"),
        ("1-400, 1001-1400", "many"),
        ("#5", "number"),
        ("x" * 21, "number"),
        ("<b>", "number"),
    ],
)
def test_numbers_that_cannot_be_read(words: str, why: str) -> None:
    with pytest.raises(rooms.BadNumbers) as caught:
        rooms.parse_numbers(words)
    assert caught.value.why == why


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_fits_the_column(words: str) -> None:
    try:
        numbers = rooms.parse_numbers(words)
    except rooms.BadNumbers:
        return
    assert len(set(numbers)) == len(numbers) <= rooms.ROOMS_AT_ONCE
    assert all(0 < len(number) <= 20 for number in numbers)


def test_rooms_exist_since_a_date_or_always(db_session: Any) -> None:
    room_type = RoomTypeFactory()
    rooms.add_rooms(room_type, ["101"], since=None, by=BY)
    rooms.add_rooms(room_type, ["102"], since=date(2026, 5, 1), by=BY)
    lower = db.session.scalars(select(RoomAssignment).order_by(RoomAssignment.id)).all()
    assert [row.valid.lower for row in lower] == [None, date(2026, 5, 1)]


def test_a_number_in_use_is_named_and_nothing_is_added(db_session: Any) -> None:
    room_type = RoomTypeFactory(rooms=2)
    with pytest.raises(rooms.NumbersTaken) as caught:
        rooms.add_rooms(room_type, ["100", "101", "102", "103"], since=None, by=BY)
    assert caught.value.numbers == ["101", "102"]
    assert len(db.session.scalars(select(RoomAssignment)).all()) == 2


def test_the_number_of_a_retired_room_comes_back_as_the_same_room(db_session: Any) -> None:
    room_type = RoomTypeFactory()
    old = RoomFactory(room_type=room_type, number="7", until=date(2026, 1, 1))
    again = rooms.add_rooms(room_type, ["7"], since=date(2026, 6, 1), by=BY)
    assert [room.id for room in again] == [old.id]


def test_the_same_number_in_another_house_is_another_room(db_session: Any) -> None:
    RoomTypeFactory(rooms=1)
    assert rooms.add_rooms(RoomTypeFactory(), ["101"], since=None, by=BY)


def test_a_house_has_only_so_many_rooms(db_session: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rooms, "ROOMS_MOST", 3)
    room_type = RoomTypeFactory(rooms=2)
    with pytest.raises(rooms.TooMany):
        rooms.add_rooms(room_type, ["201", "202"], since=None, by=BY)


def test_types_get_their_places_in_order(db_session: Any) -> None:
    house = EstablishmentFactory()
    first = rooms.add_room_type(house, name="Đơn", capacity=1, by=BY)
    second = rooms.add_room_type(house, name="Đôi", capacity=2, list_price=900_000, by=BY)
    assert first.position < second.position
    assert (first.bed_places, second.list_price_on is not None) == (1, True)


def test_a_code_names_one_type_of_a_house(db_session: Any) -> None:
    house = EstablishmentFactory()
    rooms.add_room_type(house, name="Đôi", capacity=2, code="DBL", by=BY)
    with pytest.raises(rooms.CodeTaken):
        rooms.add_room_type(house, name="Đôi biển", capacity=2, code="DBL", by=BY)
    other = RoomTypeFactory(establishment=house)
    with pytest.raises(rooms.CodeTaken):
        rooms.update_room_type(other, code="DBL", by=BY)
    rooms.add_room_type(EstablishmentFactory(), name="Đôi", capacity=2, code="DBL", by=BY)


def test_a_type_somebody_else_changed_is_refused(db_session: Any) -> None:
    room_type = RoomTypeFactory()
    assert rooms.update_room_type(room_type, version=1, name="Đôi mới", by=BY) == ["name"]
    with pytest.raises(Changed):
        rooms.update_room_type(room_type, version=1, name="Đôi cũ", by=BY)


def test_the_keeper_of_the_vacancy_is_not_changed_here(db_session: Any) -> None:
    with pytest.raises(TypeError):
        rooms.update_room_type(RoomTypeFactory(), kept_by="feed", by=BY)


def test_only_a_type_without_rooms_is_removed(db_session: Any) -> None:
    rooms.remove_room_type(RoomTypeFactory(), by=BY)
    with pytest.raises(rooms.StillInUse):
        rooms.remove_room_type(RoomTypeFactory(rooms=1), by=BY)
