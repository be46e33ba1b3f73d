"""The monthly bulletin: its figures, its list, and the mail of the 12th."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select

from app import dates
from app.dates import Period
from app.db import db
from app.statistics import facts
from app.statistics.bulletin import content as bulletin
from app.statistics.bulletin import mailing as bulletin_list
from app.statistics.bulletin.models import BulletinIssue, BulletinRecipient
from app.statistics.indicators import INDICATORS
from app.statistics.models import FactNight
from app.statistics.open_data import releases
from app.statistics.queries import Filters
from app.web.mail import OutgoingMail
from tests.factories import EstablishmentFactory
from tests.html import gate
from tests.statistics.town import Party, rooms, stay

OCTOBER = Period.month(2026, 10)
PAGE = "/statistics/bulletin/recipients"


@pytest.fixture
def october(db_session: Any) -> Iterator[SimpleNamespace]:
    """Three houses reported October alike, on the 12th of November."""
    with time_machine.travel(dates.at(date(2026, 11, 12), 9), tick=False):
        first = date(2026, 10, 1)
        for number in range(3):
            house = EstablishmentFactory(code=f"B{number}")
            for room in rooms(house, 2):
                stay(room, first, first + timedelta(days=5), Party(persons=2))
        db.session.commit()
        yield SimpleNamespace()


def mails() -> list[dict[str, Any]]:
    return [json.loads(mail.content or "") for mail in db.session.scalars(select(OutgoingMail))]


def recipient(email: str = "bantin@example.test") -> BulletinRecipient:
    bulletin_list.add(email, by="test")
    db.session.commit()
    statement = select(BulletinRecipient).where(BulletinRecipient.email == email)
    return db.session.scalars(statement).one()


# --- The page ----------------------------------------------------------------------------------


def test_the_bulletin_adds_up_and_its_parts_too(town: SimpleNamespace) -> None:
    of = bulletin.bulletin(Period.month(2026, 11), Filters())
    assert of.total.guest_nights == 8
    for table in (of.days, *of.splits.values()):
        assert sum(row.guest_nights for row in table.rows) == 8
    assert sum(row.guests for row in of.countries) == 8
    assert set(bulletin.drawings(of)) == {"days", "months", "units", "countries"}


def test_a_month_seen_only_at_its_end_is_no_measure(october: SimpleNamespace) -> None:
    house = EstablishmentFactory(code="B9")
    room = rooms(house, 1)[0]
    stay(room, date(2026, 8, 1), date(2026, 8, 3), Party())
    stay(room, date(2026, 9, 29), date(2026, 9, 30), Party())
    db.session.commit()
    while facts.tick():
        pass

    def before() -> float | None:
        return bulletin.bulletin(OCTOBER, Filters()).key_figures[1].month_before

    assert before() == 1
    db.session.execute(delete(FactNight).where(FactNight.night < date(2026, 9, 2)))
    assert not before()


@pytest.mark.parametrize(
    ("name", "now", "before", "shown"),
    [
        ("occupancy_net", 0.5, 0.45, "+5,0\N{NO-BREAK SPACE}điểm"),
        ("guest_nights", 90, 100, "−10,0\N{NO-BREAK SPACE}%"),
        ("guest_nights", 90, 0, "–"),
        ("occupancy_net", None, 0.5, "–"),
    ],
)
def test_a_rate_changes_in_points_and_a_sum_in_percent(
    app: Any, name: str, now: float, before: float, shown: str
) -> None:
    with app.test_request_context():
        figure = bulletin.KeyFigure(INDICATORS[name], now, before, None)
        assert figure.change(before) == shown


def test_the_page_of_a_month_opens_and_an_empty_one_says_so(province: Any) -> None:
    page = gate(province.get("/statistics/bulletin?month=2026-11"))
    assert len(page.find_class("bulletin-chart")) == 4
    assert len(page.find_class("bulletin-table")) == 5
    empty = gate(province.get("/statistics/bulletin?month=2020-01"))
    assert not empty.find_class("bulletin-chart")
    gate(province.get("/statistics/bulletin"))
    for month in ("2027-01", "november", "1900-01"):
        assert province.get(f"/statistics/bulletin?month={month}").status_code == 404


def test_a_ward_reads_of_its_ward_and_not_the_list(ward: Any) -> None:
    page = gate(ward.get("/statistics/bulletin?month=2026-11"))
    assert "Tam Thắng" not in page.text_content()
    assert ward.get(PAGE).status_code == 403


# --- The list ----------------------------------------------------------------------------------


def test_the_province_keeps_the_list(province: Any, send: Any) -> None:
    assert send(province, PAGE, email="A.B@example.test").status_code == 303
    (row,) = db.session.scalars(select(BulletinRecipient))
    assert row.email == "a.b@example.test"
    for email in ("a.b@example.test", "no address", "", "a@b.test\nBcc: c@d.test"):
        answer = send(province, PAGE, email=email)
        assert answer.status_code == 422
        assert gate(answer).xpath("//*[@id='email-error']")
    assert "a.b@example.test" in gate(province.get(PAGE)).text_content()
    assert send(province, f"{PAGE}/{row.id}/remove", PAGE).status_code == 303
    assert db.session.scalars(select(BulletinRecipient)).all() == []
    assert send(province, f"{PAGE}/99999999999/remove", PAGE).status_code == 404


def test_a_reader_leaves_by_the_link_of_the_mail(client: Any, db_session: Any) -> None:
    person, other = recipient(), recipient("other@example.test")
    address = f"/bulletin/leave/{bulletin_list.token_of(person)}"
    page = gate(client.get(address))
    assert page.xpath("//main//form")
    assert len(bulletin_list.recipients()) == 2, "looking at the link removes nobody"
    # Mail programs send this by themselves, without a form's token (RFC 8058).
    gate(client.post(address, data={"List-Unsubscribe": "One-Click"}))
    assert [row.id for row in bulletin_list.recipients()] == [other.id]
    gate(client.post(address))
    gate(client.get(address))


def test_a_bent_link_removes_nobody(client: Any, db_session: Any) -> None:
    person = recipient()
    token = bulletin_list.token_of(person)
    for bent in (f"{person.id}-", token[:-1], f"{token}0", "x-y", f"{person.id + 1}{token[1:]}"):
        client.post(f"/bulletin/leave/{bent}")
    assert len(bulletin_list.recipients()) == 1


# --- The mail of the 12th ----------------------------------------------------------------------


def test_the_bulletin_goes_out_once_with_what_is_published(october: Any) -> None:
    recipient()
    assert bulletin_list.tick()
    assert not bulletin_list.tick()
    (mail,) = mails()
    assert mail["to"] == "bantin@example.test"
    assert "60" in mail["text"], "three houses of two rooms, five nights, two guests"
    assert mail["unsubscribe_url"] in mail["text"]
    assert [name for name, _, _ in mail["attachments"]] == [
        "unit_2026-10.xlsx",
        "kind_2026-10.xlsx",
        "country_2026-10.xlsx",
    ]
    assert releases.release(OCTOBER.start) is not None, "it is published with the first mail"
    (issue,) = db.session.scalars(select(BulletinIssue))
    assert (issue.month, issue.recipients) == (OCTOBER.start, 1)


def test_nothing_unpublished_goes_out(october: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulletin_list, "publish", lambda month, by: None)
    recipient()
    assert bulletin_list.tick()
    (mail,) = mails()
    assert mail["attachments"] == []
    assert "60" not in mail["text"].partition("http")[0]


def test_before_the_12th_and_without_readers_nothing_is_sent(october: Any) -> None:
    assert not bulletin_list.tick(), "nobody is on the list"
    recipient()
    with time_machine.travel(dates.at(date(2026, 11, 11), 23), tick=False):
        assert not bulletin_list.tick()
    assert mails() == []
    assert bulletin_list.tick()
