"""The page of one room: another type, the end of its service, a room that never was."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import operations as accounts
from app.availability.taking import take
from app.db import db, new_id
from app.registry.models import Room, RoomAssignment
from tests.factories import EstablishmentFactory, RoomFactory, RoomTypeFactory, UserFactory
from tests.html import gate

DAY = date(2026, 5, 1)


@pytest.fixture
def room(db_session: Any) -> Room:
    return RoomFactory(
        room_type=RoomTypeFactory(establishment=EstablishmentFactory()), number="101"
    )


@pytest.fixture
def suite(room: Room) -> Any:
    house = room.assignments[0].room_type.establishment
    return RoomTypeFactory(establishment=house, name="Suite")


def enter(client: FlaskClient, user: Any) -> FlaskClient:
    token = accounts.start_session(user, address=None, browser=None)
    db.session.commit()
    with client.session_transaction() as session:
        session["token"] = token
    return client


@pytest.fixture
def owner(client: FlaskClient, room: Room) -> FlaskClient:
    return enter(client, UserFactory(manager_of=room.assignments[0].room_type.establishment))


@pytest.fixture
def path(room: Room) -> str:
    code = room.assignments[0].room_type.establishment.code
    return f"/hotel/{code}/settings/rooms/{room.id}"


def post(client: FlaskClient, path: str, act: str, **data: Any) -> Any:
    page = client.get(path)
    token = re.search(r'csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    return client.post(f"{path}/{act}", data={**data, "csrf_token": token.group(1)})


def types(room: Room) -> list[tuple[Any, Any, int]]:
    statement = select(RoomAssignment).where(RoomAssignment.room_id == room.id)
    rows = [(r.valid.lower, r.valid.upper, r.room_type_id) for r in db.session.scalars(statement)]
    return sorted(rows, key=lambda row: row[0] or date.min)


def test_the_room_becomes_another_type(
    owner: FlaskClient, room: Room, suite: Any, path: str
) -> None:
    double = room.assignments[0].room_type_id
    gate(owner.get(path))
    data = {"move-room_type": suite.id, "move-since": "2026-05-01"}
    assert post(owner, path, "type", **data).status_code == 303
    assert types(room) == [(None, DAY, double), (DAY, None, suite.id)]
    gate(owner.get(path))


def test_a_type_of_another_house_is_refused(owner: FlaskClient, room: Room, path: str) -> None:
    answer = post(owner, path, "type", **{"move-room_type": RoomTypeFactory().id})
    assert answer.status_code == 422
    gate(answer)


def test_the_room_ends(owner: FlaskClient, room: Room, path: str) -> None:
    assert post(owner, path, "retire", **{"retire-since": "2026-05-01"}).status_code == 303
    assert types(room)[0][1] == DAY
    gate(owner.get(path))


def test_a_room_in_use_does_not_end(owner: FlaskClient, room: Room, path: str) -> None:
    take(room, [DAY], stay_id=new_id())
    db.session.commit()
    answer = post(owner, path, "retire", **{"retire-since": "2026-05-01"})
    assert answer.status_code == 409
    assert gate(answer).xpath("//*[@id='retire-since' and @aria-invalid='true']")
    assert post(owner, path, "forget", **{"forget-sure": "y"}).status_code == 409
    assert types(room)[0][1] is None


def test_a_room_that_never_was_is_forgotten(owner: FlaskClient, room: Room, path: str) -> None:
    room_id = room.id
    assert post(owner, path, "forget").status_code == 422
    assert post(owner, path, "forget", **{"forget-sure": "y"}).status_code == 303
    db.session.expire_all()
    assert db.session.get(Room, room_id) is None


def test_a_bad_date_is_said_at_its_field(owner: FlaskClient, path: str) -> None:
    answer = post(owner, path, "retire", **{"retire-since": "2026-02-30"})
    assert answer.status_code == 422
    gate(answer)


def test_strangers_the_front_desk_and_visitors(client: FlaskClient, room: Room, path: str) -> None:
    assert client.get(path).status_code == 303
    stranger = UserFactory(manager_of=EstablishmentFactory())
    assert enter(client, stranger).get(path).status_code == 404
    desk = UserFactory(front_desk_of=room.assignments[0].room_type.establishment)
    assert enter(client, desk).get(path).status_code == 403


def test_the_room_of_another_house_is_not_found(owner: FlaskClient, path: str) -> None:
    other = RoomFactory(room_type=RoomTypeFactory())
    assert owner.get(path.rpartition("/")[0] + f"/{other.id}").status_code == 404
