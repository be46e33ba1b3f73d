"""Parties that leave by themselves: only where the house asked, never one that stays longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.availability.models import ReportedDay, TakenNight
from app.db import db
from app.registry.models import Room
from app.stays import auto_checkout, changes
from app.stays.changes import NotInHouse
from app.stays.models import Stay
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate, token_of
from tests.statistics.town import stay as town_stay
from tests.stays.conftest import stay_body

TODAY = date(2026, 12, 24)
LEAVES = dates.at(TODAY, 12)


@pytest.fixture
def stay(house: Any, api: Any, clock: Any) -> Stay:
    """A party in 101 since the day before, which plans to leave today at noon."""
    clock.move_to(dates.at(TODAY, 10))
    arrived = dates.at(TODAY - timedelta(days=1), 14).isoformat()
    made = api.post("/stays", stay_body(arrived_at=arrived, planned_departure=str(TODAY)))
    assert made.status_code == 201
    return db.session.get_one(Stay, made.json["id"])


def form(client: Any, **values: Any) -> dict[str, Any]:
    return {"csrf_token": token_of(client), **values}


def after(clock: Any, hour: int, minute: int = 0) -> None:
    db.session.commit()
    clock.move_to(dates.at(TODAY, hour, minute))
    auto_checkout.tick()
    db.session.expire_all()


def test_it_is_off_until_the_house_asks_for_it(house: Any, stay: Stay, clock: Any) -> None:
    assert house.auto_checkout_hours is None
    after(clock, 23)
    assert stay.status == "in_house"


def test_after_the_hours_the_party_has_left_as_planned(house: Any, stay: Stay, clock: Any) -> None:
    house.auto_checkout_hours = 2
    db.session.execute(db.delete(ReportedDay))
    confirmed = stay.room_type.confirmed_at
    after(clock, 13, 59)
    assert stay.status == "in_house"
    after(clock, 14)
    assert (stay.status, stay.departed_at, stay.left_automatically) == ("departed", LEAVES, True)
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.actor) == ("stay_left_automatically", "automatic")
    assert event.detail["source"] == "automatic"
    # Nobody of the house did anything: no age is renewed, no day reported.
    assert stay.room_type.confirmed_at == confirmed
    assert db.session.scalars(select(ReportedDay)).all() == []


def test_a_stay_that_was_extended_is_left_alone(house: Any, stay: Stay, clock: Any) -> None:
    house.auto_checkout_hours = 0
    changes.extend(stay, TODAY + timedelta(days=1))
    db.session.commit()
    after(clock, 23)
    assert stay.status == "in_house"
    # Even one found overdue and extended before its turn came.
    assert auto_checkout.leave(stay.id) is None


def test_one_that_has_left_by_itself_stays_as_its_desk_wrote_it(
    house: Any, stay: Stay, clock: Any
) -> None:
    house.auto_checkout_hours = 0
    clock.move_to(dates.at(TODAY, 13))
    changes.check_out(stay)
    assert auto_checkout.leave(stay.id) is None
    assert (stay.departed_at, stay.left_automatically) == (dates.at(TODAY, 13), False)
    with pytest.raises(NotInHouse):
        auto_checkout.still_here(stay, by=auto_checkout.WORKER)


def test_the_desk_takes_it_back_and_it_is_not_repeated(
    house: Any, stay: Stay, clock: Any, sign_in: Any
) -> None:
    house.auto_checkout_hours = 2
    after(clock, 14)
    desk = sign_in(UserFactory(front_desk_of=house))
    address = f"/hotel/{house.code}/stays/{stay.id}"
    assert "Tự trả phòng" in gate(desk.get(address)).text_content()
    answer = desk.post(f"{address}/not-left", data=form(desk, version=stay.record_version))
    assert answer.status_code == 303
    db.session.expire_all()
    assert (stay.status, stay.left_automatically) == ("in_house", False)
    assert stay.planned_departure == dates.at(TODAY + timedelta(days=1), 12)
    nights = select(TakenNight.night).where(TakenNight.stay_id == stay.id)
    assert TODAY in db.session.scalars(nights).all()
    after(clock, 23)
    assert stay.status == "in_house"
    assert "Tự trả phòng" not in gate(desk.get(address)).find(".//main").text_content()


def test_it_is_not_taken_back_into_a_room_somebody_else_has(
    house: Any, stay: Stay, clock: Any, api: Any, sign_in: Any
) -> None:
    house.auto_checkout_hours = 2
    after(clock, 14)
    arrived = dates.at(TODAY, 14).isoformat()
    other = api.post("/stays", stay_body(room="101", arrived_at=arrived))
    assert other.status_code == 201
    desk = sign_in(UserFactory(front_desk_of=house))
    address = f"/hotel/{house.code}/stays/{stay.id}/not-left"
    assert desk.post(address, data=form(desk, version=stay.record_version)).status_code == 409
    db.session.expire_all()
    assert stay.status == "departed"


def test_a_party_by_the_hour_leaves_too_and_may_come_back(house: Any, clock: Any, api: Any) -> None:
    house.auto_checkout_hours = 1
    clock.move_to(dates.at(TODAY, 10))
    body = stay_body(arrived_at=dates.at(TODAY, 9).isoformat())
    body["planned_departure"] = dates.at(TODAY, 12).isoformat()
    made = api.post("/stays", body).json
    row = db.session.get_one(Stay, made["id"])
    after(clock, 13)
    assert (row.status, row.is_same_day) == ("departed", True)
    auto_checkout.still_here(row, by=auto_checkout.WORKER)
    assert (row.status, row.last_night_end) == ("in_house", TODAY + timedelta(days=1))
    taken = db.session.get(TakenNight, (row.room_id, TODAY))
    assert taken is not None
    assert db.session.get_one(Room, row.room_id).number == "101"


def test_the_setting_is_the_managers(house: Any, sign_in: Any) -> None:
    address = f"/hotel/{house.code}/settings/auto-checkout"
    assert sign_in(UserFactory(front_desk_of=house)).get(address).status_code == 403
    manager = sign_in(UserFactory(manager_of=house))
    gate(manager.get(address))
    wrong = manager.post(address, data=form(manager, active="y", hours="73"))
    assert wrong.status_code == 422
    assert gate(wrong).xpath("//*[@id='hours-error']")
    assert manager.post(address, data=form(manager, active="y", hours="")).status_code == 422
    assert manager.post(address, data=form(manager, active="y", hours="3")).status_code == 303
    db.session.expire_all()
    assert house.auto_checkout_hours == 3
    assert manager.post(address, data=form(manager, hours="3")).status_code == 303
    db.session.expire_all()
    assert house.auto_checkout_hours is None


def test_one_that_is_being_extended_at_this_moment_is_left_alone(committed: Flask) -> None:
    """Whoever holds the stay is changing it: the worker goes on to the next and asks again."""
    with committed.app_context():
        house = EstablishmentFactory(rooms=1, auto_checkout_hours=0)
        room = house.room_types[0].assignments[0].room
        yesterday = dates.today() - timedelta(days=1)
        row = town_stay(room, yesterday - timedelta(days=1), yesterday, status="in_house")
        db.session.commit()
        stay_id = row.id
        with committed.app_context():
            held = db.session.get_one(Stay, stay_id)
            changes.extend(held, dates.today() + timedelta(days=2))
            with committed.app_context():
                assert auto_checkout.leave(stay_id) is None
                db.session.rollback()
            db.session.commit()
        auto_checkout.tick()
        db.session.expire_all()
        assert db.session.get_one(Stay, stay_id).status == "in_house"
