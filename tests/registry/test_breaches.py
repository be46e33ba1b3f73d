"""The register of breaches with its clock of 72 hours, and outages declared by the province."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.registry.breaches import operations as breaches
from app.registry.breaches.models import Breach, Outage
from app.web.security import Principal
from tests.factories import UserFactory
from tests.html import gate, token_of

TODAY = date(2026, 11, 24)
BY = Principal(kind="command_line")


@pytest.fixture(autouse=True)
def clock(db_session: Any) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(TODAY, 15), tick=False) as traveller:
        yield traveller


def actions() -> list[str]:
    wanted = select(AuditEvent.action).where(AuditEvent.subject.regexp_match("^(breach|outage):"))
    return list(db.session.scalars(wanted.order_by(AuditEvent.id)))


def test_the_clock_runs_72_hours_from_the_discovery(clock: time_machine.Traveller) -> None:
    breach = breaches.note_breach(discovered_at=dates.at(TODAY, 9), description="Lộ tệp", by=BY)
    found = breaches.clock_of(breach)
    assert (found.due, found.state) == (dates.at(TODAY + timedelta(days=3), 9), "open")
    assert found.hours_left == 66
    clock.move_to(dates.at(TODAY + timedelta(days=3), 8, 59))
    assert (breaches.clock_of(breach).state, breaches.clock_of(breach).hours_left) == ("open", 0)
    clock.move_to(dates.at(TODAY + timedelta(days=3), 9))
    assert breaches.clock_of(breach).state == "late"
    breaches.notify(breach, dates.now(), by=BY)
    assert breaches.clock_of(breach).state == "notified_late"
    with pytest.raises(breaches.Ended):
        breaches.notify(breach, dates.now(), by=BY)
    assert actions() == ["breach_noted", "breach_notified"]


def test_the_administrator_enters_a_breach_and_notes_its_notice(sign_in: Any) -> None:
    admin = sign_in(UserFactory(admin=True))
    assert "Chưa có sự cố nào" in gate(admin.get("/admin/breaches")).text_content()
    form = {
        "csrf_token": token_of(admin),
        "found_date": "2026-11-24",
        "found_time": "09:00",
        "description": "Máy tính lễ tân bị mất",
    }
    assert admin.post("/admin/breaches", data=form).status_code == 303
    page = gate(admin.get("/admin/breaches")).text_content()
    assert "Còn 66 giờ" in page
    assert "09:00\xa0T6\xa027/11" in page
    breach = db.session.scalars(select(Breach)).one()
    done = admin.post(f"/admin/breaches/{breach.id}/notified", data=form)
    assert done.status_code == 303
    assert admin.post(f"/admin/breaches/{breach.id}/notified", data=form).status_code == 409
    assert admin.post("/admin/breaches/999999/notified", data=form).status_code == 404
    assert "Đã báo lúc" in gate(admin.get("/admin/breaches")).text_content()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"found_date": "2026-11-25"}, "found_date"),
        ({"found_date": "2020-11-25"}, "found_date"),
        ({"found_date": "heute"}, "found_date"),
        ({"found_time": ""}, "found_time"),
        ({"description": ""}, "description"),
        ({"description": "x" * 2001}, "description"),
    ],
)
def test_a_breach_that_cannot_be_is_refused_at_its_field(
    sign_in: Any, changes: dict[str, str], field: str
) -> None:
    admin = sign_in(UserFactory(admin=True))
    form = {"found_date": "2026-11-24", "found_time": "09:00", "description": "Lộ tệp"}
    answer = admin.post("/admin/breaches", data={"csrf_token": token_of(admin), **form, **changes})
    assert answer.status_code == 422
    assert gate(answer).xpath(f"//*[@id='{field}-error']")
    assert db.session.scalars(select(Breach)).all() == []


def test_the_province_declares_an_outage_and_ends_it(
    sign_in: Any, clock: time_machine.Traveller
) -> None:
    province = sign_in(UserFactory(province_official=True))
    form = {
        "csrf_token": token_of(province),
        "start_date": "2026-11-24",
        "start_time": "08:00",
        "note": "Đứt cáp",
        "source": "Thông báo của VNPT",
    }
    assert province.post("/admin/outages", data=form).status_code == 303
    assert "còn ngừng" in gate(province.get("/admin/outages")).text_content()
    outage = db.session.scalars(select(Outage)).one()
    assert (outage.starts_at, outage.ends_at) == (dates.at(TODAY, 8), None)
    ended = province.post(f"/admin/outages/{outage.id}/end", data=form)
    assert ended.status_code == 303
    db.session.expire_all()
    assert outage.ends_at == dates.at(TODAY, 15)
    assert province.post(f"/admin/outages/{outage.id}/end", data=form).status_code == 409
    assert actions() == ["outage_declared", "outage_ended"]
    backwards = {**form, "end_date": "2026-11-24", "end_time": "08:00"}
    answer = province.post("/admin/outages", data=backwards)
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@id='end_date-error']")
    half = province.post("/admin/outages", data={**form, "end_date": "2026-11-24"})
    assert half.status_code == 422


def test_others_see_neither(sign_in: Any) -> None:
    ward = sign_in(UserFactory(ward_official_of="26506"))
    assert ward.get("/admin/outages").status_code == 403
    assert ward.get("/admin/breaches").status_code == 403
    province = sign_in(UserFactory(province_official=True))
    assert province.get("/admin/breaches").status_code == 403
