"""Who has not reported: the list, its order, calls, and reminders at most once a day."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app import dates
from app.audit.models import AuditEvent
from app.dates import ONE_DAY
from app.db import db
from app.registry.models import Establishment, Note
from app.statistics.queries import Filters
from app.statistics.worklist import calls as worklist
from app.statistics.worklist.models import HouseReminder, WorklistEntry
from app.web.mail import OutgoingMail
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.statistics.conftest import TODAY
from tests.statistics.town import report, rooms

LIST = "/statistics/worklist"
YESTERDAY = TODAY - ONE_DAY


@pytest.fixture(autouse=True)
def silent(town: SimpleNamespace) -> SimpleNamespace:
    """In Vũng Tàu one house reports each day; the two of the town have said nothing for long."""
    town.good = EstablishmentFactory(code="GOOD", name="An Bình", created_at=dates.at(TODAY, 9))
    rooms(town.good, 1)
    report(town.good, *[TODAY - step * ONE_DAY for step in range(10)])
    for house in (town.here, town.there):
        house.created_at = dates.at(town.first, 9)
    town.here.phone, town.here.email = "+84 912 345 678", "here@example.test"
    town.there.phone = "0254 3856 789"
    db.session.commit()
    return town


def names(**asked: Any) -> list[str]:
    return [work.code for work in worklist.worklist(Filters(), **asked)]


def codes(document: Any) -> list[str]:
    return [str(code) for code in document.xpath("//*[@id='rows']//input[@name='house']/@value")]


def test_who_is_asked_for(town: SimpleNamespace) -> None:
    assert names() == names(who="any") == names(who="streak") == ["THERE", "HERE"]
    assert names(who="today") == ["THERE", "HERE"]
    report(town.here, YESTERDAY)
    assert names() == ["THERE"]
    assert names(who="any") == ["THERE", "HERE"]
    assert names(who="streak") == ["THERE"]
    work = {work.code: work for work in worklist.worklist(Filters(), who="any")}
    # HERE had a guest on the 1st and spoke yesterday: 2 to 18 November are missing.
    assert (work["HERE"].missing, work["HERE"].streak) == (17, 0)
    # THERE had guests on the nights of the 1st and the 2nd, and none since.
    assert (work["THERE"].missing, work["THERE"].streak) == (17, 17)
    report(town.there, TODAY)
    assert names(who="today") == ["HERE"]


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+84 912 345 678", "0912345678"),
        ("0254 3856 789", "02543856789"),
        ("0912.345.678 / 0254 3856 789", "0912345678"),
        ("84912345678", "0912345678"),
        ("12", None),
        (None, None),
    ],
)
def test_a_number_as_it_is_dialled(written: str | None, dialled: str | None) -> None:
    assert worklist.telephone(written) == dialled


def test_the_page_dials_and_only_mobile_numbers_have_zalo(province: Any) -> None:
    document = gate(province.get(LIST))
    assert codes(document) == ["THERE", "HERE"]
    links = document.xpath("//*[@id='rows']//td//a/@href")
    assert links == ["tel:02543856789", "tel:0912345678", "https://zalo.me/0912345678"]


def test_the_order_is_by_ward_and_name_or_by_what_is_next_never_by_lateness(
    town: SimpleNamespace, province: Any
) -> None:
    late = EstablishmentFactory(code="LATE", name="Zét", created_at=dates.at(town.first, 9))
    rooms(late, 1)
    report(town.here, TODAY - 5 * ONE_DAY)
    db.session.commit()
    assert codes(gate(province.get(LIST))) == ["THERE", "HERE", "LATE"]
    by = worklist.Principal(kind="user", id=None)
    worklist.note_call(
        late, state="promised", promised_until=TODAY, words="", by=by
    )  # due again today
    worklist.note_call(town.there, state="called", promised_until=None, words="", by=by)
    db.session.commit()
    assert codes(gate(province.get(f"{LIST}?order=next"))) == ["LATE", "HERE", "THERE"]
    assert codes(gate(province.get(f"{LIST}?state=called"))) == ["THERE"]
    assert province.get(f"{LIST}?order=lateness").status_code == 422


def test_solved_holds_until_another_day_is_missed(town: SimpleNamespace) -> None:
    by = worklist.Principal(kind="user", id=None)
    worklist.note_call(town.here, state="solved", promised_until=None, words="", by=by)
    db.session.flush()
    assert names(state="solved") == ["HERE"]
    with time_machine.travel(dates.at(TODAY + 2 * ONE_DAY, 10), tick=False):
        assert names(state="solved") == []
        assert "HERE" in names(state="to_call")


def test_a_ward_sees_and_reminds_its_own_houses(
    ward: Any, send: Any, town: SimpleNamespace
) -> None:
    assert codes(gate(ward.get(LIST))) == ["HERE"]
    assert ward.get(f"{LIST}/THERE").status_code == 404
    assert ward.get(f"{LIST}?unit=26526").status_code == 422
    answer = send(ward, f"{LIST}/remind", LIST, house=["HERE", "THERE", "GOOD", "NONE"])
    assert answer.status_code == 303
    reminded = db.session.scalars(select(HouseReminder.establishment_id)).all()
    assert reminded == [town.here.id]


def test_a_reminder_goes_to_desk_and_mail_once_a_day_and_is_audited(
    province: Any, send: Any, town: SimpleNamespace, as_: Any
) -> None:
    for _ in range(2):
        answer = send(province, f"{LIST}/remind", f"{LIST}/HERE", house="HERE", from_house="1")
        assert answer.location == f"{LIST}/HERE"
    assert db.session.scalar(select(func.count()).select_from(HouseReminder)) == 1
    [mail] = db.session.scalars(select(OutgoingMail)).all()
    assert "here@example.test" in mail.content
    assert "/hotel/HERE/days" in mail.content
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert actions.count("house_reminded") == 1
    send(province, f"{LIST}/remind", f"{LIST}/THERE", house="THERE")
    assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 1
    client = as_(UserFactory(front_desk_of=town.here))
    assert "nhắc chốt ngày" in client.get("/hotel/HERE/tonight").get_data(as_text=True)
    report(town.here, *[TODAY - step * ONE_DAY for step in range(31)])
    db.session.commit()
    assert "nhắc chốt ngày" not in client.get("/hotel/HERE/tonight").get_data(as_text=True)


def test_a_call_is_written_down_with_what_was_said(
    province: Any, send: Any, town: SimpleNamespace
) -> None:
    address = f"{LIST}/HERE"
    until = (TODAY + 2 * ONE_DAY).isoformat()
    refused = send(province, address, state="promised", promised_until="", text="Hẹn lại")
    assert refused.status_code == 422
    assert "Chọn ngày hẹn" in refused.get_data(as_text=True)
    past = (TODAY - timedelta(days=1)).isoformat()
    assert send(province, address, state="promised", promised_until=past).status_code == 422
    assert send(province, address, state="nonsense").status_code == 422
    assert db.session.scalar(select(WorklistEntry)) is None
    done = send(province, address, state="promised", promised_until=until, text="Hẹn thứ hai")
    assert done.status_code == 303
    document = gate(province.get(address))
    assert "Hẹn thứ hai" in document.xpath("//*[@id='notes']")[0].text_content()
    [note] = db.session.scalars(select(Note)).all()
    assert note.text == "Hẹn thứ hai"
    assert gate(province.get(f"{LIST}?state=promised")).text_content().count("Đã hẹn") >= 2


def test_nothing_chosen_and_nobody_left(province: Any, send: Any, town: SimpleNamespace) -> None:
    answer = send(province, f"{LIST}/remind", LIST, who="streak")
    assert answer.location == f"{LIST}?who=streak"
    for house in db.session.scalars(select(Establishment)).all():
        report(house, *[TODAY - step * ONE_DAY for step in range(10, 31)])
        if house.code != "GOOD":
            report(house, *[TODAY - step * ONE_DAY for step in range(10)])
    db.session.commit()
    assert "Không còn ai phải gọi" in province.get(LIST).get_data(as_text=True)


def test_the_list_as_a_file_and_who_may_not_see_it(
    province: Any, as_: Any, town: SimpleNamespace
) -> None:
    text = province.get(f"{LIST}?format=csv").get_data(as_text=True)
    assert "'=HYPERLINK(1)" in text
    client = as_(UserFactory(manager_of=town.here))
    assert client.get(LIST).status_code == 403


def test_many_houses_come_in_pages(province: Any, town: SimpleNamespace) -> None:
    ward = UnitFactory(code="26536", name="Phường Rạch Dừa")
    for number in range(51):
        house = EstablishmentFactory(
            code=f"N{number:03}", created_at=dates.at(town.first, 9), unit=ward
        )
        rooms(house, 1)
    db.session.commit()
    assert len(codes(gate(province.get(LIST)))) == 50
    assert len(codes(gate(province.get(f"{LIST}?page=2")))) == 3
