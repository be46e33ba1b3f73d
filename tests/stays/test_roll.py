"""The emergency roll: everybody who is in the house, and nobody whole without an account of it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.stays.models import Guest, Stay
from app.stays.roll.house import ADULTS, CHILDREN, ELDERLY, NAMED, UNKNOWN, roll
from tests.factories import (
    EstablishmentFactory,
    GuestFactory,
    RoomTypeFactory,
    StayFactory,
    UserFactory,
)
from tests.html import gate
from tests.stays.conftest import guest, stay_body
from tests.stays.test_pages import clerk, desk, token_of

__all__ = ["clerk", "desk"]


def url(house: Any, rest: str = "") -> str:
    return f"/hotel/{house.code}/roll{rest}"


def check_in(api: Any, room: str, *guests: Any, **changes: Any) -> Stay:
    answer = api.post("/stays", stay_body(room=room, guests=list(guests), **changes))
    assert answer.status_code == 201, answer.json
    return db.session.get_one(Stay, answer.json["id"])


def numbers(house: Any) -> dict[str | None, int]:
    return {room.number: room.people for room in roll(house).rooms}


def test_an_empty_house_says_so(desk, house) -> None:
    page = desk.get(url(house))
    gate(page)
    assert "Không có khách nào trong cơ sở" in page.text


def test_people_are_counted_by_room_and_age(api, desk, house) -> None:
    check_in(
        api,
        "102",
        guest(),
        guest(full_name="Trần Văn Già", date_of_birth="1940-05-05"),
        guest(full_name="Lê Bé", date_of_birth="2020-01-01"),
    )
    check_in(api, "101", guest())
    found = roll(house)
    assert [(room.number, room.people) for room in found.rooms] == [("101", 1), ("102", 3)]
    assert found.by_band == {CHILDREN: 1, ADULTS: 2, ELDERLY: 1, UNKNOWN: 0}
    page = desk.get(url(house))
    gate(page)
    assert "4 người" in page.text.replace("\xa0", " ")
    assert "data-print" in page.text


def test_whoever_left_before_the_others_or_has_yet_to_come_is_not_there(api, house) -> None:
    stay = check_in(api, "101", guest(), guest(), guest())
    _stays, gone, late = stay.guests
    gone.departed_at = dates.now() - timedelta(minutes=5)
    late.arrived_at = dates.now() + timedelta(hours=2)
    db.session.flush()
    assert numbers(house) == {"101": 1}


def test_a_party_past_its_departure_may_be_there_and_is_marked(
    api, sign_in, clerk, house, clock
) -> None:
    check_in(api, "101", guest())
    clock.shift(timedelta(days=2))
    found = roll(house)
    assert (found.people, found.may_be_gone) == (1, 1)
    assert "có thể đã đi" in sign_in(clerk).get(url(house)).text


def test_who_has_left_is_not_on_the_roll(api, house) -> None:
    stay = check_in(api, "101", guest())
    assert numbers(house) == {"101": 1}
    assert api.post(f"/stays/{stay.id}/check-out").status_code == 200
    assert numbers(house) == {}


def test_groups_without_identity_and_without_room_count_whole(house, room_type) -> None:
    stay = StayFactory(room_type=room_type, filed_elsewhere=True)
    db.session.add(
        Guest(stay=stay, establishment_id=house.id, persons=12, nationality="VNM", position=0)
    )
    db.session.flush()
    found = roll(house)
    assert numbers(house) == {None: 12}
    assert found.by_band[UNKNOWN] == 12


def test_a_stay_of_hours_is_on_it(house, room_type) -> None:
    today = dates.today()
    stay = StayFactory(
        room_type=room_type,
        first_night=today,
        nights=0,
        arrived_at=dates.now() - timedelta(hours=1),
        planned_departure=dates.now() + timedelta(hours=2),
    )
    GuestFactory(stay=stay)
    assert roll(house).by_the_hour == 1


# --- Names ----------------------------------------------------------------------------------


def test_names_are_initials_until_somebody_says_that_it_is_an_emergency(api, desk, house) -> None:
    check_in(api, "101", guest())
    page = desk.get(url(house))
    assert "N. T. Canary" in page.text
    assert "Nguyễn Thị Canary" not in page.text
    # The address alone opens nothing: no mail, no history of a browser shows names.
    assert "Nguyễn Thị Canary" not in desk.get(url(house, "?names=1")).text

    sent = desk.post(url(house, "/names"), data={"csrf_token": token_of(page)})
    assert (sent.status_code, sent.location) == (303, url(house, "?names=1"))
    named = desk.get(sent.location)
    gate(named)
    assert "Nguyễn Thị Canary" in named.text


def test_the_names_are_accounted_for_and_close_again(api, desk, house, clerk, clock) -> None:
    check_in(api, "101", guest())
    desk.post(url(house, "/names"), data={"csrf_token": token_of(desk.get(url(house)))})
    account = db.session.scalars(select(AuditEvent).where(AuditEvent.action == NAMED)).one()
    assert account.actor == f"user:{clerk.id}"
    assert account.establishment_id == house.id
    assert account.detail == {"reason": "emergency", "people": 1}
    clock.shift(timedelta(minutes=6))
    assert "Nguyễn Thị Canary" not in desk.get(url(house, "?names=1")).text


def test_names_that_do_not_open_do_not_keep_it_from_being_printed(api, desk, house) -> None:
    stay = check_in(api, "101", guest())
    stay.guests[0].full_name_sealed = b"\x01broken"
    db.session.commit()
    page = desk.get(url(house))
    assert page.status_code == 200
    assert numbers(house) == {"101": 1}


# --- Who may --------------------------------------------------------------------------------


def test_another_house_and_officials_find_nothing(client, sign_in, house) -> None:
    other = EstablishmentFactory()
    for person in (UserFactory(manager_of=other), UserFactory(front_desk_of=other)):
        browser = sign_in(person)
        assert browser.get(url(house)).status_code == 404
        assert browser.get(url(other)).status_code == 200
    for official in (UserFactory(province_official=True), UserFactory(admin=True)):
        assert sign_in(official).get(url(house)).status_code == 403


def test_the_names_of_one_house_do_not_open_those_of_another(api, sign_in, house) -> None:
    other = EstablishmentFactory()
    RoomTypeFactory(establishment=other, rooms=1)
    check_in(api, "101", guest())
    person = UserFactory(front_desk_of=house)
    browser = sign_in(person)
    assert browser.post(url(other, "/names"), data={}).status_code in (400, 404)
    assert "Nguyễn Thị Canary" not in browser.get(url(house, "?names=1")).text


# --- How fast -------------------------------------------------------------------------------


def test_a_full_house_is_on_paper_within_a_second(house, desk, room_type) -> None:
    for _ in range(150):
        stay = StayFactory(room_type=room_type)
        GuestFactory.create_batch(2, stay=stay)
    db.session.commit()
    db.session.expire_all()
    statements: list[str] = []
    engine = db.session.get_bind()

    def count(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        begun = time.process_time()
        page = desk.get(url(house))
        took = time.process_time() - begun
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert "300 người" in page.text.replace("\xa0", " ")
    # The number of statements doesn't grow with the guests.
    assert len(statements) < 25
    assert took < 1
