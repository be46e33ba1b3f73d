"""Rooms out of order, and who keeps the vacancies of a type."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.availability import operations, queries
from app.availability.models import ChangedNight
from app.availability.taking import take
from app.dates import Period, today
from app.db import db, new_id
from tests.availability.conftest import Desk
from tests.factories import EstablishmentFactory
from tests.html import gate

DAY = timedelta(days=1)


@pytest.fixture
def path(house: Any) -> str:
    return f"/hotel/{house.code}/out-of-order"


def fields(room: Any, nights: int = 2) -> dict[str, str]:
    return {"room": str(room.id), "from_": str(today()), "to": str(today() + nights * DAY)}


def out_of_order(house: Any) -> list[int]:
    states = queries.nights(Period.of(today(), 3), room_type_ids=[house.room_types[0].id])
    return [state.out_of_order for state in states]


def test_nothing_out_of_order_is_said(desk: Desk, path: str) -> None:
    assert "Không phòng nào đang sửa" in desk.open(path).text_content()


def test_a_room_goes_out_of_order_and_comes_back(desk: Desk, house: Any, path: str) -> None:
    room = queries.rooms(house.id)[0]
    assert desk.send(path, path, **fields(room)).status_code == 303
    assert out_of_order(house) == [1, 1, 0]
    assert desk.send(path, path, **fields(room, 3)).status_code == 303, "longer is no conflict"
    [outage] = queries.outages(house.id)
    assert outage == (room, Period.of(today(), 3))
    assert f"Phòng {room.number}" in desk.open(path).text_content()
    assert desk.send(path, path, **fields(room, 3), act="clear").status_code == 303
    assert out_of_order(house) == [0, 0, 0]


def test_a_room_in_use_is_a_conflict(desk: Desk, house: Any, path: str) -> None:
    room = queries.rooms(house.id)[0]
    take(room, [today() + DAY], stay_id=new_id())
    answer = desk.send(path, path, **fields(room))
    assert answer.status_code == 409
    tomorrow = today() + DAY
    assert (
        f"{tomorrow.day}/{tomorrow.month}"
        in gate(answer).find_class("field-error")[0].text_content()
    )
    assert out_of_order(house) == [0, 0, 0]


def test_clearing_never_touches_a_stay(desk: Desk, house: Any, path: str) -> None:
    room = queries.rooms(house.id)[0]
    take(room, [today()], stay_id=new_id())
    desk.send(path, path, **fields(room), act="clear")
    states = queries.nights(Period.of(today(), 1), room_type_ids=[house.room_types[0].id])
    assert states[0].taken == 1


def test_bad_input_is_named(desk: Desk, house: Any, path: str) -> None:
    room = queries.rooms(house.id)[0]
    other = EstablishmentFactory(rooms=1)
    db.session.expire(other)
    strange = other.room_types[0].assignments[0].room
    for bad in (
        fields(strange),
        fields(room) | {"from_": "x"},
        fields(room) | {"to": str(today())},
        fields(room) | {"to": "9999-01-01"},
    ):
        assert desk.send(path, path, **bad).status_code == 422
    assert queries.outages(house.id) == []


def test_strangers_and_visitors(client: Any, stranger: Any, path: str) -> None:
    assert stranger.get(path).status_code == 404


def test_nights_that_changed_are_noted_for_the_facts(desk: Desk, house: Any, path: str) -> None:
    desk.send(path, path, **fields(queries.rooms(house.id)[0]))
    changed = db.session.query(ChangedNight.night).order_by(ChangedNight.night).all()
    assert [row.night for row in changed][-2:] == [today(), today() + DAY]


# --- Keepers -------------------------------------------------------------------------------


def test_the_manager_gives_a_type_to_a_feed_and_takes_it_back(manager: Desk, house: Any) -> None:
    path = f"/hotel/{house.code}/keepers"
    operations.set_vacant(house, [house.room_types[0].id], [today()], 4)
    for keeper in ("feed", "stays"):
        answer = manager.send(path, path, room_type=house.room_types[0].id, keeper=keeper)
        assert answer.status_code == 303
        db.session.expire_all()
        assert house.room_types[0].kept_by == keeper
        [state] = queries.nights(Period.of(today(), 1), room_type_ids=[house.room_types[0].id])
        assert state.vacant == 4
    assert manager.send(path, path, room_type="0", keeper="feed").status_code == 404
    assert manager.send(path, path, room_type=house.room_types[0].id, keeper="x").status_code == 404


def test_the_front_desk_only_reads(desk: Desk, house: Any) -> None:
    path = f"/hotel/{house.code}/keepers"
    page = desk.open(path)
    assert not page.xpath("//main//form")
    calendar = f"/hotel/{house.code}/calendar"
    answer = desk.send(calendar, path, room_type=house.room_types[0].id, keeper="feed")
    assert answer.status_code == 403
