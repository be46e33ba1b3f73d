"""Identity goes when its time is over; what statistics count stays as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.stays import erasing
from app.stays.models import Guest, Stay
from tests.factories import GuestFactory, ReservationFactory, StayFactory

DEPARTURE = date(2026, 3, 10)


@pytest.fixture
def guest(db_session: Any) -> Guest:
    stay = StayFactory(first_night=DEPARTURE - timedelta(days=3), reason_detail="thăm bà Canary")
    stay.note = "Canary"
    reservation = ReservationFactory(room_type=stay.room_type)
    reservation.label = "Đoàn Canary"
    stay.reservation_id = reservation.id
    guest = GuestFactory(stay=stay, document_index=b"0" * 16, permitted_until=DEPARTURE)
    db.session.flush()
    return guest


def after(day: date) -> None:
    with time_machine.travel(dates.at(day, 9), tick=False):
        erasing.tick()
    db.session.expire_all()


@pytest.mark.parametrize(("day", "kept"), [(date(2027, 3, 10), True), (date(2027, 3, 11), False)])
def test_twelve_months_after_the_departure(guest: Guest, day: date, kept: bool) -> None:
    after(day)
    assert (guest.full_name is not None) is kept


def test_what_identifies_goes_and_what_is_counted_stays(guest: Guest) -> None:
    counted = (guest.nationality, guest.residence_country, guest.sex, guest.age_band)
    after(date(2027, 4, 1))
    left = {name: getattr(guest, name) for name in erasing.FORGOTTEN}
    assert set(left.values()) == {None}
    assert (guest.nationality, guest.residence_country, guest.sex, guest.age_band) == counted
    stay = db.session.get_one(Stay, guest.stay_id)
    assert (stay.note, stay.reason_detail) == (None, None)
    assert db.session.scalars(select(erasing.Erasure.guest_id)).all() == [guest.id]
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.detail) == ("erase", {"guests": 1, "reason": "retention"})


def test_every_sealed_column_is_forgotten() -> None:
    sealed = {column.name for column in Guest.__table__.columns if column.name.endswith("_sealed")}
    assert sealed <= erasing.FORGOTTEN.keys()


def test_free_words_stay_while_one_of_the_party_has_a_name(guest: Guest) -> None:
    GuestFactory(stay=guest.stay)
    db.session.flush()
    erasing.erase([guest.id], reason="retention", by=erasing.WORKER)
    db.session.expire_all()
    assert db.session.get_one(Stay, guest.stay_id).note == "Canary"


def test_more_than_a_batch_is_said_to_wait(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    GuestFactory(stay=guest.stay)
    monkeypatch.setattr(erasing, "BATCH", 1)
    with time_machine.travel(dates.at(date(2027, 4, 1), 9), tick=False):
        assert [erasing.tick(), erasing.tick(), erasing.tick()] == [True, True, False]


def test_without_a_rule_nothing_goes(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "rules", lambda: ())
    after(date(2037, 1, 1))
    assert guest.full_name is not None
