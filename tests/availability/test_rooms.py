"""Rooms that end or change their type, with the nights they are taken on."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.availability.models import TakenNight
from app.availability.rooms import RoomInUse, reassign_room, retire_room
from app.availability.taking import RoomTaken, take
from app.db import db, new_id
from app.registry.models import Room, RoomAssignment, RoomType
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomFactory, RoomTypeFactory

BY = Principal(kind="user", id=None)
MAY = date(2026, 5, 1)


@pytest.fixture
def room(db_session: Any) -> Room:
    house = EstablishmentFactory()
    return RoomFactory(room_type=RoomTypeFactory(establishment=house, name="Đôi"), number="101")


def spans(room: Room) -> list[tuple[date | None, date | None, str]]:
    statement = (
        select(RoomAssignment.valid, RoomType.name)
        .join(RoomType)
        .where(RoomAssignment.room_id == room.id)
    )
    rows = [(valid.lower, valid.upper, name) for valid, name in db.session.execute(statement)]
    return sorted(rows, key=lambda row: row[0] or date.min)


def other_type(room: Room, name: str = "Suite") -> RoomType:
    house = room.assignments[0].room_type.establishment
    return RoomTypeFactory(establishment=house, name=name)


def type_ids(room: Room) -> dict[date, int]:
    statement = select(TakenNight.night, TakenNight.room_type_id).where(
        TakenNight.room_id == room.id
    )
    return dict(db.session.execute(statement).all())


# --- The end of a room ---------------------------------------------------------------------


def test_a_room_ends_on_a_date(room: Room) -> None:
    retire_room(room, since=MAY, by=BY)
    assert spans(room) == [(None, MAY, "Đôi")]
    with pytest.raises(RoomTaken):
        take(room, [MAY], stay_id=new_id())
    take(room, [MAY - timedelta(days=1)], stay_id=new_id())


def test_a_room_that_a_stay_holds_does_not_end(room: Room) -> None:
    take(room, [MAY, MAY + timedelta(days=1)], stay_id=new_id())
    with pytest.raises(RoomInUse) as caught:
        retire_room(room, since=MAY, by=BY)
    assert caught.value.nights == [MAY, MAY + timedelta(days=1)]
    assert spans(room) == [(None, None, "Đôi")]
    retire_room(room, since=MAY + timedelta(days=2), by=BY)


def test_nights_out_of_order_end_with_the_room(room: Room) -> None:
    take(room, [MAY], stay_id=None)
    retire_room(room, since=MAY, by=BY)
    assert type_ids(room) == {}


def test_a_room_added_by_mistake_is_forgotten(room: Room) -> None:
    room_id = room.id
    retire_room(room, since=None, by=BY)
    assert db.session.get(Room, room_id) is None


def test_a_room_with_a_past_is_not_forgotten(room: Room) -> None:
    take(room, [MAY], stay_id=new_id())
    with pytest.raises(RoomInUse):
        retire_room(room, since=None, by=BY)
    assert spans(room) == [(None, None, "Đôi")]


# --- Another type --------------------------------------------------------------------------


def test_a_room_changes_its_type_and_its_nights_move_along(room: Room) -> None:
    before, after = MAY - timedelta(days=1), MAY
    take(room, [before, after], stay_id=new_id())
    suite = other_type(room)
    old_id = room.assignments[0].room_type_id
    reassign_room(room, suite, since=MAY, by=BY)
    assert spans(room) == [(None, MAY, "Đôi"), (MAY, None, "Suite")]
    assert type_ids(room) == {before: old_id, after: suite.id}


def test_a_room_that_changes_back_has_one_row(room: Room) -> None:
    double = room.assignments[0].room_type
    reassign_room(room, other_type(room), since=MAY, by=BY)
    reassign_room(room, double, since=MAY, by=BY)
    assert spans(room) == [(None, None, "Đôi")]


def test_a_room_that_ends_later_still_does(room: Room) -> None:
    end = date(2026, 9, 1)
    retire_room(room, since=end, by=BY)
    reassign_room(room, other_type(room), since=MAY, by=BY)
    assert spans(room) == [(None, MAY, "Đôi"), (MAY, end, "Suite")]


def test_a_room_keeps_to_its_house(room: Room) -> None:
    with pytest.raises(ValueError, match="house"):
        reassign_room(room, RoomTypeFactory(), since=MAY, by=BY)


moves = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-40, 40)), st.sampled_from(["Đôi", "Suite", "Đơn", "end"])
    ),
    max_size=6,
)


@given(moves=moves)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_rows_say_what_a_plain_list_of_days_says(
    db_session: Any, moves: list[tuple[int | None, str]]
) -> None:
    house = EstablishmentFactory()
    types = {
        name: RoomTypeFactory(establishment=house, name=name) for name in ("Đôi", "Suite", "Đơn")
    }
    room = RoomFactory(room_type=types["Đôi"], number="1")
    days = [MAY + timedelta(days=n) for n in range(-45, 46)]
    said: dict[date, str | None] = dict.fromkeys(days, "Đôi")
    for offset, what in moves:
        since = None if offset is None else MAY + timedelta(days=offset)
        if what == "end":
            if since is None:
                continue
            retire_room(room, since=since, by=BY)
        else:
            reassign_room(room, types[what], since=since, by=BY)
        for day in days:
            if (since is None or day >= since) and said[day] is not None:
                said[day] = None if what == "end" else what
    rows = spans(room)
    for day in days:
        found = [n for low, up, n in rows if (low or date.min) <= day < (up or date.max)]
        assert found == ([said[day]] if said[day] else [])


def test_a_room_is_not_taken_while_it_changes_its_type(committed: Flask) -> None:
    """A check-in beside a change of type waits, and its night is counted for the new type."""
    with committed.app_context():
        house = EstablishmentFactory()
        double = RoomTypeFactory(establishment=house)
        suite_id = RoomTypeFactory(establishment=house).id
        room_id = RoomFactory(room_type=double).id
        db.session.commit()
    locked, proceed = threading.Event(), threading.Event()

    def move() -> None:
        with committed.app_context():
            room = db.session.get_one(Room, room_id)
            reassign_room(room, db.session.get_one(RoomType, suite_id), since=None, by=BY)
            locked.set()
            proceed.wait(5)
            db.session.commit()

    def check_in() -> None:
        with committed.app_context():
            locked.wait(5)
            threading.Timer(0.3, proceed.set).start()
            take(db.session.get_one(Room, room_id), [MAY], stay_id=new_id())
            db.session.commit()

    threads = [threading.Thread(target=move), threading.Thread(target=check_in)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    with committed.app_context():
        assert db.session.scalars(select(TakenNight.room_type_id)).all() == [suite_id]
