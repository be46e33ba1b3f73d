"""Any order of check-ins, changes and mistakes keeps nights, reservations and counts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app import dates
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.availability.reservations import ReservationUsedUp
from app.availability.taking import RoomTaken, take
from app.dates import Period
from app.db import db
from app.registry.models import Room
from app.stays import changes
from app.stays.check_in import check_in
from app.stays.inputs import Refused, StayInput
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, ReservationFactory, RoomTypeFactory

BY = Principal("user", 1)
WITHHELD = 2
NIGHTS = st.integers(0, 4)
ROOMS = st.sampled_from(["101", "102", "103", None])


class Desk(RuleBasedStateMachine):
    """A house of three rooms with two withheld rooms a night and a reservation of two rooms."""

    @initialize()
    def open_house(self) -> None:
        self.today = dates.today()
        self.house = EstablishmentFactory()
        self.room_type = RoomTypeFactory(establishment=self.house, rooms=3, code="DBL")
        self.window = Period.of(self.today - timedelta(days=2), 12)
        db.session.add_all(
            RoomTypeNight(room_type_id=self.room_type.id, night=night, withheld=WITHHELD)
            for night in self.window
        )
        self.reservation = ReservationFactory(
            room_type=self.room_type, arrival=self.today, rooms=2, nights=3
        )
        # Withheld rooms that were used by nights given up since: those become vacant instead.
        self.forfeited: Counter[date] = Counter()
        db.session.flush()

    def stays(self) -> list[Stay]:
        statement = select(Stay).where(Stay.establishment_id == self.house.id)
        return list(db.session.scalars(statement.order_by(Stay.created_at, Stay.id)))

    def attempt(self, work: Any) -> Any:
        """Do all of the work or nothing, as a request would."""
        savepoint = db.session.begin_nested()
        try:
            done = work()
        except (RoomTaken, Refused, ReservationUsedUp, changes.NotInHouse):
            savepoint.rollback()
            return None
        savepoint.commit()
        db.session.expire_all()
        return done

    def used_up(self, stay: Stay) -> set[date]:
        statement = select(TakenNight.night).where(
            TakenNight.stay_id == stay.id, TakenNight.withheld_from_id.is_not(None)
        )
        return set(db.session.scalars(statement))

    def giving_up(self, stay: Stay, work: Any) -> None:
        before = self.used_up(stay)
        if self.attempt(work) is not None:
            self.forfeited.update(before - self.used_up(stay))

    # --- What a desk does -------------------------------------------------------------------

    @rule(
        room=ROOMS,
        hours_ago=st.integers(0, 40),
        nights=NIGHTS,
        source=st.sampled_from(["walk_in", "ota", "reserved"]),
    )
    def arrive(self, room: str | None, hours_ago: int, nights: int, source: str) -> None:
        arrived_at = dates.now() - timedelta(hours=hours_ago)
        first = dates.first_night(arrived_at)
        given = StayInput(
            arrived_at,
            first + timedelta(days=nights) if nights else arrived_at + timedelta(minutes=90),
            room=room,
            room_type=None if room else "DBL",
            filed_elsewhere=True,
            source="reservation" if source == "reserved" else source,
            reservation=self.reservation.reference if source == "reserved" else None,
        )
        done = self.attempt(lambda: check_in(self.house, given, by=BY))
        if done is not None and room is not None:
            assert {taken and taken.number for taken in done.nights.values()} <= {room}
        if room is None and source != "reserved" and given.planned_departure > arrived_at:
            assert done is not None, "with a type alone an arrival is always registered"

    @precondition(lambda self: self.stays())
    @rule(which=st.integers(0, 50), nights=st.integers(0, 6))
    def change_departure(self, which: int, nights: int) -> None:
        stay = self.pick(which)
        departure = stay.first_night + timedelta(days=nights)
        self.giving_up(stay, lambda: changes.extend(stay, departure))

    @precondition(lambda self: self.stays())
    @rule(which=st.integers(0, 50), room=ROOMS, later=st.integers(-1, 3))
    def move(self, which: int, room: str | None, later: int) -> None:
        stay = self.pick(which)
        target = self.room(room) if room else None
        self.attempt(
            lambda: changes.move(
                stay,
                room=target,
                room_type=None if target else self.room_type,
                since=self.today + timedelta(days=later),
            )
        )

    @precondition(lambda self: self.stays())
    @rule(which=st.integers(0, 50), hours_ago=st.integers(0, 30))
    def leave(self, which: int, hours_ago: int) -> None:
        stay = self.pick(which)
        at = dates.now() - timedelta(hours=hours_ago)
        self.giving_up(stay, lambda: changes.check_out(stay, at))

    @precondition(lambda self: self.stays())
    @rule(which=st.integers(0, 50))
    def cancel(self, which: int) -> None:
        stay = self.pick(which)
        self.attempt(lambda: changes.cancel(stay, reason=None, by=BY))

    @rule(room=st.sampled_from(["101", "102", "103"]), ahead=st.integers(0, 4))
    def out_of_order(self, room: str, ahead: int) -> None:
        night = self.today + timedelta(days=ahead)
        self.attempt(lambda: take(self.room(room), [night], stay_id=None) or True)

    def pick(self, which: int) -> Stay:
        stays = self.stays()
        return stays[which % len(stays)]

    def room(self, number: str) -> Room:
        statement = select(Room).where(
            Room.establishment_id == self.house.id, Room.number == number
        )
        return db.session.scalars(statement).one()

    # --- What must hold ---------------------------------------------------------------------

    @invariant()
    def taken_nights_are_nights_of_stays(self) -> None:
        if not hasattr(self, "house"):
            return
        stays = {stay.id: stay for stay in self.stays()}
        rows = db.session.execute(
            select(TakenNight.stay_id, TakenNight.night).where(
                TakenNight.establishment_id == self.house.id, TakenNight.reason == "stay"
            )
        ).all()
        seen = Counter(rows)
        assert all(count == 1 for count in seen.values()), "one room a night for a party"
        for stay_id, night in rows:
            stay = stays[stay_id]
            assert stay.status != "cancelled"
            assert stay.first_night <= night < stay.last_night_end
        for stay in stays.values():
            assert stay.departed_at is None or stay.status != "in_house"

    @invariant()
    def one_party_uses_a_room_by_the_hour(self) -> None:
        if not hasattr(self, "house"):
            return
        there = [s.room_id for s in self.stays() if s.is_same_day and s.status == "in_house"]
        used = [room for room in there if room is not None]
        assert len(used) == len(set(used))

    @invariant()
    def what_was_used_up_returns(self) -> None:
        if not hasattr(self, "house"):
            return
        statement = select(TakenNight.night, func.count()).where(
            TakenNight.withheld_from_id == self.room_type.id
        )
        used = dict(map(tuple, db.session.execute(statement.group_by(TakenNight.night))))
        nights = db.session.execute(
            select(RoomTypeNight.night, RoomTypeNight.withheld).where(
                RoomTypeNight.room_type_id == self.room_type.id
            )
        )
        for night, withheld in nights:
            assert withheld + used.get(night, 0) + self.forfeited[night] == WITHHELD

    @invariant()
    def arrived_rooms_are_stays_of_the_reservation(self) -> None:
        if not hasattr(self, "house"):
            return
        db.session.expire_all()
        arrived = db.session.get_one(Reservation, self.reservation.id).rooms_arrived
        stays = [s for s in self.stays() if s.reservation_id and s.status != "cancelled"]
        assert arrived == len(stays)


def run(**more: Any) -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=25,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_any_order_keeps_the_books(db_session: Any, clock: Any) -> None:
    run()


def test_the_books_show_what_is_not_given_back(
    db_session: Any, clock: Any, monkeypatch: Any
) -> None:
    """The negative control: a cancellation that keeps what it used is found."""
    monkeypatch.setattr(changes, "give_back_reservation", lambda reservation: None)
    with pytest.raises(AssertionError):
        run(phases=[Phase.generate], derandomize=True, database=None)
