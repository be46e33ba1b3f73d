"""The evening reminder: at its hour, once, to the managers, with a link that can only confirm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import dates
from app.audit.models import AuditEvent
from app.availability.reminders import operations as reminders
from app.db import db
from app.registry.models import RoomType
from app.web.mail import OutgoingMail
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate, token_of
from tests.search.test_views import text_of


@pytest.fixture
def evening() -> Iterator[Any]:
    with time_machine.travel(dates.at(dates.today(), 17, 5), tick=False) as travel:
        yield travel


@pytest.fixture
def house(db_session: Any, evening: Any) -> Any:
    """A house whose vacancy was confirmed the day before yesterday; Lan manages it."""
    found = EstablishmentFactory(name="Khách sạn Hải Âu", email="house@example.com")
    RoomTypeFactory(
        establishment=found,
        name="Phòng đôi",
        rooms=3,
        all_known=True,
        confirmed_at=dates.now() - timedelta(hours=40),
    )
    UserFactory(login="lan@example.com", manager_of=found)
    UserFactory(login="desk@example.com", front_desk_of=found)
    return found


def mails() -> list[dict[str, Any]]:
    rows = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    return [json.loads(row.content or "{}") for row in rows]


def remind() -> list[dict[str, Any]]:
    reminders.tick()
    return mails()


def link(mail: dict[str, Any]) -> str:
    (found,) = re.findall(r"https?://\S+/still-right/\S+", mail["text"])
    return urlsplit(found).path


def confirmed_at(house: Any) -> Any:
    db.session.expire_all()
    return db.session.scalar(
        select(RoomType.confirmed_at).where(RoomType.establishment_id == house.id)
    )


# --- When --------------------------------------------------------------------------------------


def test_the_managers_are_reminded_once_a_day(house: Any, evening: Any) -> None:
    (mail,) = remind()
    assert mail["to"] == "lan@example.com"
    assert "Khách sạn Hải Âu" in mail["subject"]
    assert "Phòng đôi: tối nay còn 3 phòng" in mail["text"]
    assert mail["unsubscribe_url"]
    assert len(remind()) == 1
    evening.shift(timedelta(days=1))
    assert len(remind()) == 2


def test_a_house_without_people_is_reminded_itself(house: Any) -> None:
    from app.accounts.models import Membership

    db.session.query(Membership).delete()
    (mail,) = remind()
    assert mail["to"] == "house@example.com"


@pytest.mark.parametrize(
    ("hour", "expected"), [(6, 0), (16, 0), (17, 1), (21, 1), (23, 1), (0, 0), (3, 0)]
)
def test_at_its_hour(house: Any, hour: int, expected: int) -> None:
    with time_machine.travel(dates.at(dates.today() + timedelta(days=1), hour, 0), tick=False):
        assert len(remind()) == expected


def test_who_confirmed_today_is_left_alone(house: Any) -> None:
    db.session.execute(update(RoomType).values(confirmed_at=dates.now() - timedelta(hours=20)))
    assert remind() == []


def test_who_never_confirmed_anything_is_left_alone(house: Any) -> None:
    db.session.execute(update(RoomType).values(confirmed_at=None))
    assert remind() == []


@pytest.mark.parametrize("status", ["applied", "suspended", "rejected"])
def test_a_house_that_is_not_shown_is_left_alone(house: Any, status: str) -> None:
    house.status = status
    assert remind() == []


def test_the_hour_is_the_houses_own(house: Any, client: FlaskClient, sign_in: Any) -> None:
    manager = sign_in(UserFactory(manager_of=house))
    path = f"/hotel/{house.code}/settings/reminder"
    tree = gate(manager.get(path))
    assert tree.xpath("//option[@selected]/@value") == ["17"]
    data = {"csrf_token": token_of(manager), "active": "y", "hour": "20"}
    assert manager.post(path, data=data).status_code == 303
    assert remind() == []
    with time_machine.travel(dates.at(dates.today(), 20, 1), tick=False):
        assert remind()
    assert manager.post(path, data={**data, "hour": "3"}).status_code == 422


def test_it_can_be_switched_off(house: Any, client: FlaskClient, sign_in: Any) -> None:
    manager = sign_in(UserFactory(manager_of=house))
    path = f"/hotel/{house.code}/settings/reminder"
    data = {"csrf_token": token_of(manager), "hour": "17"}
    assert manager.post(path, data=data).status_code == 303
    assert remind() == []
    assert not gate(manager.get(path)).xpath("//input[@name='active'][@checked]")


def test_the_setting_is_the_managers(house: Any, client: FlaskClient, sign_in: Any) -> None:
    path = f"/hotel/{house.code}/settings/reminder"
    assert sign_in(UserFactory(front_desk_of=house)).get(path).status_code == 403
    other = sign_in(UserFactory(manager_of=EstablishmentFactory()))
    assert other.get(path).status_code == 404


# --- One tap -----------------------------------------------------------------------------------


def test_one_tap_confirms_without_signing_in(client: FlaskClient, house: Any) -> None:
    path = link(remind()[0])
    before = confirmed_at(house)
    page = client.get(path)
    assert "Phòng đôi: còn 3 phòng" in text_of(gate(page))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    # Looking at it, as mail scanners do, confirms nothing.
    assert confirmed_at(house) == before
    answer = client.post(path)
    assert answer.status_code == 200
    assert "đã được xác nhận" in text_of(gate(answer))
    assert "Set-Cookie" not in answer.headers
    assert confirmed_at(house) == dates.now()
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.actor) == ("still_right_by_link", "reminder_link")
    # Again is nothing new.
    client.post(path)
    assert len(db.session.scalars(select(AuditEvent)).all()) == 1


def test_a_link_is_of_its_day(client: FlaskClient, house: Any, evening: Any) -> None:
    path = link(remind()[0])
    before = confirmed_at(house)
    # Until the hotel day ends at 06:00 it works.
    evening.move_to(dates.at(dates.today() + timedelta(days=1), 5, 50))
    assert client.get(path).status_code == 200
    evening.move_to(dates.at(dates.today() + timedelta(days=1), 6, 10))
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert confirmed_at(house) == before


def test_a_link_is_of_its_house(client: FlaskClient, house: Any) -> None:
    other = EstablishmentFactory()
    RoomTypeFactory(
        establishment=other, rooms=1, all_known=True, confirmed_at=dates.now() - timedelta(hours=40)
    )
    before = confirmed_at(other)
    token = reminders.token_of(house.id, dates.today())
    client.post(f"/still-right/{token}")
    assert confirmed_at(other) == before
    payload, _dot, signature = token.partition(".")
    bent = reminders.token_of(other.id, dates.today()).partition(".")[0]
    assert client.post(f"/still-right/{bent}.{signature}").status_code == 404
    assert client.post(f"/still-right/{payload}").status_code == 404
    assert client.post("/still-right/x").status_code == 404
    # The token of the other kind of link opens nothing here.
    assert client.post(f"/still-right/{reminders.off_token_of(other.id)}").status_code == 404
    assert client.get(f"/no-reminder/{token}").status_code == 404
    assert confirmed_at(other) == before


def test_a_link_confirms_and_changes_nothing_else(client: FlaskClient, house: Any) -> None:
    from app.availability import queries

    def vacancies() -> list[int | None]:
        period = dates.Period.of(dates.today(), 5)
        return [s.vacant for s in queries.nights(period, establishment_id=house.id)]

    before = vacancies()
    data = {"rooms": "0", "vacant": "0", "act": "close", "room_type": "1", "price": "1"}
    assert client.post(link(remind()[0]), data=data).status_code == 200
    assert vacancies() == before


def test_the_mails_own_button_ends_the_reminders(
    client: FlaskClient, house: Any, evening: Any
) -> None:
    off = urlsplit(remind()[0]["unsubscribe_url"]).path
    assert "Thôi nhắc" in text_of(gate(client.get(off)))
    evening.shift(timedelta(days=1))
    assert client.post(off, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert len(remind()) == 1


def test_the_houses_pages_say_it_too(client: FlaskClient, house: Any, sign_in: Any) -> None:
    desk = sign_in(UserFactory(front_desk_of=house))
    for page in ("tonight", "calendar", "reach"):
        tree = gate(desk.get(f"/hotel/{house.code}/{page}"))
        assert "chưa được xác nhận từ hôm qua" in text_of(tree)
    data = {"csrf_token": token_of(desk)}
    assert desk.post(f"/hotel/{house.code}/still-right", data=data).status_code == 303
    tree = gate(desk.get(f"/hotel/{house.code}/calendar"))
    assert "chưa được xác nhận từ hôm qua" not in text_of(tree)
    assert remind() == []
