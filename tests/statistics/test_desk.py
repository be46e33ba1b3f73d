"""Whatever the front desk does, the nights it touches are marked, so facts equal the stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import time_machine
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import dates
from app.availability.taking import RoomTaken
from app.db import db
from app.statistics import recount
from app.stays import changes
from app.stays.check_in import check_in
from app.stays.inputs import GuestInput, Refused, StayInput
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.statistics.town import caught_up

BY = Principal("user", 1)
TODAY = date(2026, 11, 20)

# An event is (what, how long ago in hours, a small number, which stay).
EVENTS = st.tuples(
    st.sampled_from(["arrive", "arrive", "extend", "leave", "guest_leaves", "cancel", "wait"]),
    st.integers(0, 60),
    st.integers(0, 4),
    st.integers(0, 9),
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # Making a failing list of events shorter takes minutes and says little more.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(events=st.lists(EVENTS, max_size=8))
@example(events=[("arrive", 13, 0, 0), ("extend", 0, 2, 0)])
@example(events=[("arrive", 30, 0, 0), ("wait", 0, 1, 0), ("extend", 0, 2, 0), ("wait", 0, 3, 0)])
@example(events=[("arrive", 50, 4, 1), ("guest_leaves", 1, 0, 0), ("leave", 0, 0, 0)])
def test_facts_follow_the_front_desk(db_session: Any, events: list[Any]) -> None:
    with time_machine.travel(dates.at(TODAY, 10), tick=False) as clock:
        try:
            desk = Desk(clock)
            for what, ago, number, which in events:
                desk.do(what, dates.now() - timedelta(hours=ago), number, which)
                # The worker has stored everything so far, so only marks bring a change in.
                caught_up()
                assert list(recount.differences()) == [], what
        finally:
            db.session.rollback()


class Desk:
    """A house of two rooms that works through the operations of stays."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock
        self.house = EstablishmentFactory()
        RoomTypeFactory(establishment=self.house, rooms=2, code="DBL")
        db.session.flush()

    def do(self, what: str, at: datetime, number: int, which: int) -> None:
        """Do it as a request would: all of it or, where it is refused, nothing."""
        savepoint = db.session.begin_nested()
        try:
            if what in ("arrive", "wait"):
                getattr(self, what)(at, number, which)
            elif stay := self.stay(which):
                getattr(self, what)(stay, at, number)
        except (RoomTaken, Refused, changes.NotInHouse):
            savepoint.rollback()
            return
        savepoint.commit()

    def stay(self, which: int) -> Stay | None:
        stays = db.session.scalars(select(Stay).order_by(Stay.arrived_at, Stay.id)).all()
        return stays[which % len(stays)] if stays else None

    def arrive(self, at: datetime, nights: int, which: int) -> None:
        first = dates.first_night(at)
        leaves: Any = first + timedelta(days=nights) if nights else at + timedelta(hours=2)
        later = min(at + timedelta(hours=7 * which), dates.departure_instant(leaves))
        guests = (
            GuestInput("VNM"),
            GuestInput("KOR", persons=2, arrived_at=later if which % 2 else None),
        )
        given_ = StayInput(at, leaves, guests, room_type="DBL", filed_elsewhere=True)
        check_in(self.house, given_, by=BY)

    def extend(self, stay: Stay, _at: datetime, nights: int) -> None:
        changes.extend(stay, stay.first_night + timedelta(days=nights))

    def leave(self, stay: Stay, at: datetime, _number: int) -> None:
        changes.check_out(stay, at)

    def guest_leaves(self, stay: Stay, at: datetime, number: int) -> None:
        changes.leave_early(stay, stay.guests[number % 2], at)

    def cancel(self, stay: Stay, _at: datetime, _number: int) -> None:
        changes.cancel(stay, reason=None, by=BY)

    def wait(self, _at: datetime, days: int, _which: int) -> None:
        self.clock.shift(timedelta(days=days))
