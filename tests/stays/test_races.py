"""Two at once: one room, one key, one person; and what happens with the guard switched off."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import dates
from app.accounts import operations as accounts
from app.availability import taking
from app.availability.models import Reservation, TakenNight
from app.db import db
from app.registry.models import Establishment, RoomType
from app.registry.units import Units
from app.stays import settling
from app.stays.check_in import check_in
from app.stays.checks import read_stay
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, ReservationFactory, RoomTypeFactory
from tests.stays.conftest import guest, stay_body

BY = Principal("user", 1)


@pytest.fixture
def house_id(committed: Flask) -> int:
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=4, code="DBL")
        db.session.commit()
        return house.id


def at_once(app: Flask, works: list[Callable[[], Any]]) -> list[Any]:
    """Run the works in threads that start together; an exception is a result."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[index] = works[index]()
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                results[index] = type(error).__name__
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def arriving(house_id: int, **changes: Any) -> Callable[[], Any]:
    body = stay_body(**changes)

    def work() -> Any:
        given, found = read_stay(body, now=dates.now(), units=Units.load())
        assert given is not None, list(found)
        house = db.session.get_one(Establishment, house_id)
        return check_in(house, given, by=BY).stay.room_id

    return work


def test_of_many_who_want_one_room_exactly_one_gets_it(committed, house_id) -> None:
    results = at_once(committed, [arriving(house_id) for _ in range(8)])
    assert Counter(map(str, results))["RoomTaken"] == 7
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Stay)) == 1
        assert db.session.scalar(select(func.count()).select_from(TakenNight)) == 2


def test_without_the_key_of_nights_the_room_would_be_sold_twice(
    committed, house_id, monkeypatch
) -> None:
    """The negative control: looking first and taking then sells one room to several."""
    looked = threading.Barrier(4)

    def look_then_take(room: Any, nights: Any, *, stay_id: Any, **_: Any) -> None:
        taken = select(TakenNight.night).where(TakenNight.room_id == room.id)
        if db.session.scalars(taken).all():
            raise taking.RoomTaken([])
        looked.wait(timeout=10)

    monkeypatch.setattr(settling, "take", look_then_take)
    monkeypatch.setattr(settling.allotting, "lock", lambda ids, **_: True)
    results = at_once(committed, [arriving(house_id) for _ in range(4)])
    assert Counter(map(str, results))["RoomTaken"] == 0


def test_a_type_alone_gives_each_party_a_room_of_its_own(committed, house_id) -> None:
    works = [arriving(house_id, room=None, room_type="DBL") for _ in range(6)]
    results = at_once(committed, works)
    rooms = [room for room in results if room is not None]
    assert len(rooms) == len(set(rooms)) == 4
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Stay)) == 6


def test_of_many_who_want_a_room_by_the_hour_one_gets_it(committed, house_id) -> None:
    # Late in the evening there are no three hours left in the date.
    now = dates.local(dates.now())
    until = min(now + timedelta(hours=3), dates.at(now.date(), 23, 59)).isoformat()
    since = max(now - timedelta(minutes=30), dates.at(now.date(), 0, 1)).isoformat()
    works = [
        arriving(house_id, arrived_at=since, planned_departure=until, filed_elsewhere=True)
        for _ in range(6)
    ]
    results = at_once(committed, works)
    assert Counter(map(str, results))["RoomTaken"] == 5


def test_the_last_room_of_a_reservation_is_used_once(committed, house_id) -> None:
    with committed.app_context():
        room_type = db.session.scalars(select(RoomType)).one()
        reservation = ReservationFactory(room_type=room_type, arrival=dates.today(), rooms=2)
        db.session.commit()
        reference = reservation.reference
    changes = {"source": "reservation", "reservation": reference}
    works = [arriving(house_id, room=f"10{n}", **changes) for n in (1, 2, 3, 4)]
    results = at_once(committed, works)
    assert Counter(map(str, results))["ReservationUsedUp"] == 2
    with committed.app_context():
        assert db.session.scalars(select(Reservation)).one().rooms_arrived == 2


def test_one_person_is_not_checked_in_twice(committed, house_id) -> None:
    twin = guest()
    works = [arriving(house_id, room=f"10{n}", guests=[twin]) for n in (1, 2, 3, 4)]
    results = at_once(committed, works)
    assert Counter(map(str, results))["Refused"] == 3


def test_ten_requests_with_one_key_are_one_check_in(committed, house_id) -> None:
    with committed.app_context():
        _, key = accounts.create_api_key(role="front_desk", establishment_ids=[house_id])
        db.session.commit()
    body = stay_body()
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "the-same"}

    def send() -> Any:
        response = committed.test_client().post("/api/v1/stays", json=body, headers=headers)
        return response.status_code, response.json.get("id")

    results = at_once(committed, [send] * 10)
    stored = {result[1] for result in results if result[0] == 201}
    assert len(stored) == 1
    assert {result[0] for result in results} <= {201, 409}
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Stay)) == 1
        db.session.remove()
    assert send() == (201, stored.pop())
    other = committed.test_client().post(
        "/api/v1/stays", json=stay_body(room="102"), headers=headers
    )
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
