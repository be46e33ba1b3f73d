"""Several at once: the last rooms, a reservation's rooms, an edit against a check-in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.availability import operations, queries, reservations
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.availability.reservations import ReservationData, ReservationUsedUp
from app.availability.taking import RoomTaken, acted, take
from app.dates import Period, today
from app.db import db, new_id
from app.registry.models import Establishment, Room, RoomType
from tests.availability.recount import recount
from tests.factories import EstablishmentFactory, ReservationFactory, RoomTypeFactory

THREADS, REQUESTS, ROOMS = 8, 400, 100
WAIT = 10


@pytest.fixture
def shop(committed: Flask) -> Flask:
    """A committed house with one type of 100 rooms."""
    with committed.app_context():
        RoomTypeFactory(rooms=ROOMS, all_known=True)
        db.session.commit()
    return committed


def many(app: Flask, work: Callable[[int], bool]) -> int:
    """Run the requests in threads, each in a transaction of its own; count the successful."""

    def one(number: int) -> bool:
        with app.app_context():
            done = work(number)
            if done:
                db.session.commit()
            else:
                db.session.rollback()
            return done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(one, range(REQUESTS)))


def test_the_last_rooms_are_sold_once(shop: Flask) -> None:
    with shop.app_context():
        ids = list(db.session.scalars(select(Room.id).order_by(Room.id)))

    def check_in(number: int) -> bool:
        room = db.session.get_one(Room, ids[number % ROOMS])
        try:
            take(room, Period.of(today(), 2), stay_id=new_id())
        except RoomTaken:
            return False
        acted(room.establishment_id, [1])
        return True

    assert many(shop, check_in) == ROOMS
    with shop.app_context():
        assert db.session.scalar(select(func.count()).select_from(TakenNight)) == 2 * ROOMS


def a_reservation(app: Flask) -> Any:
    with app.app_context():
        room_type = db.session.scalars(select(RoomType)).one()
        made = ReservationFactory(room_type=room_type, arrival=today(), rooms=ROOMS)
        db.session.commit()
        return made.id


def test_the_rooms_of_a_reservation_arrive_once(shop: Flask) -> None:
    reservation_id = a_reservation(shop)

    def arrive(number: int) -> bool:
        try:
            reservations.consume_reservation(db.session.get_one(Reservation, reservation_id))
        except ReservationUsedUp:
            return False
        return True

    assert many(shop, arrive) == ROOMS


def test_reading_before_writing_sells_too_many(shop: Flask) -> None:
    """Negative control: the same number of requests, the plain way."""
    reservation_id = a_reservation(shop)
    together = threading.Barrier(THREADS, timeout=WAIT)

    def arrive(number: int) -> bool:
        reservation = db.session.get_one(Reservation, reservation_id)
        together.wait()
        if reservation.rooms_arrived >= reservation.rooms:
            return False
        reservation.rooms_arrived += 1
        db.session.flush()
        return True

    assert many(shop, arrive) > ROOMS


# --- An edit against a check-in ------------------------------------------------------------


def edit_during_check_in(app: Flask) -> int | None:
    """Say "3 vacant" while a check-in, which uses a withheld room, is not committed yet."""
    with app.app_context():
        room_type = db.session.scalars(select(RoomType)).one()
        house = room_type.establishment
        operations.set_vacant(house, [room_type.id], [today()], ROOMS - 10)
        db.session.commit()
        type_id = room_type.id
    started, done = threading.Event(), threading.Event()

    def edit() -> None:
        with app.app_context():
            started.set()
            house = db.session.scalars(select(Establishment)).one()
            operations.set_vacant(house, [type_id], [today()], 3)
            db.session.commit()
        done.set()

    with app.app_context():
        room = db.session.scalars(select(Room).order_by(Room.id)).first()
        assert room is not None
        take(room, [today()], stay_id=new_id(), consume_withheld=True)
        thread = threading.Thread(target=edit)
        thread.start()
        started.wait(WAIT)
        done.wait(0.5)
        db.session.commit()
        thread.join(WAIT)
        [state] = queries.nights(Period.of(today(), 1), room_type_ids=[type_id])
        return state.vacant


def test_an_edit_waits_for_a_check_in(shop: Flask) -> None:
    assert edit_during_check_in(shop) == 3


def test_an_edit_that_does_not_wait_is_wrong(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the lock on the type the vacancy is not what was said."""
    monkeypatch.setattr(operations, "_lock", lambda type_ids: None)
    assert edit_during_check_in(shop) == 2


class Soup:
    """What may happen in a house with two types of six rooms, all at the same time."""

    def __init__(self) -> None:
        house = EstablishmentFactory()
        for _ in range(2):
            RoomTypeFactory(establishment=house, rooms=6, all_known=True)
        db.session.commit()
        self.house_id = house.id
        self.period = Period.of(today(), 4)
        self.types = list(db.session.scalars(select(RoomType.id).order_by(RoomType.id)))
        self.rooms = list(db.session.scalars(select(Room.id).order_by(Room.id)))
        self.acts = (self.edit, self.check_in, self.promise, self.confirm)

    def house(self) -> Establishment:
        return db.session.get_one(Establishment, self.house_id)

    def work(self, number: int) -> bool:
        try:
            self.acts[number % len(self.acts)](number)
        except (operations.NotPossible, RoomTaken):
            return False
        return True

    def edit(self, number: int) -> None:
        chosen = self.types if number % 8 else self.types[::-1]
        operations.set_vacant(
            self.house(), chosen, list(self.period)[number % 3 :], number // 4 % 3
        )

    def check_in(self, number: int) -> None:
        """A party gets a room of one type and had reserved the other."""
        room = db.session.get_one(Room, self.rooms[number % len(self.rooms)])
        take(room, self.period, stay_id=new_id(), consume_withheld=bool(number // 4 % 2))
        acted(self.house_id, self.types)

    def promise(self, number: int) -> None:
        data = ReservationData(
            f"R{number}", self.types[number // 4 % 2], self.period.start, self.period.end
        )
        reservations.create_reservation(self.house(), data)

    def confirm(self, number: int) -> None:
        operations.confirm(self.house(), self.types)


def test_everything_at_once_ends_in_a_count_that_holds(committed: Flask) -> None:
    with committed.app_context():
        soup = Soup()
    assert many(committed, soup.work) > REQUESTS // 4
    with committed.app_context():
        expected = recount(soup.period)
        for state in queries.nights(soup.period, establishment_id=soup.house_id):
            assert state.vacant == expected[state.room_type_id, state.night].vacant
        assert all(row.withheld >= 0 for row in db.session.scalars(select(RoomTypeNight)))
