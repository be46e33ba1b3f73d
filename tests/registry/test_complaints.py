"""Visitors report a house without an account; the department answers by a reference."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.db import db
from app.registry.complaints import operations as complaints
from app.registry.complaints import views as complaint_views
from app.registry.complaints.models import Complaint, ComplaintNote
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate, token_of


@pytest.fixture
def house(db_session: Any) -> Any:
    house = EstablishmentFactory(name="Sóng Biển")
    RoomTypeFactory(establishment=house, list_price=800_000)
    return house


def report(client: Any, house: Any, **fields: Any) -> Any:
    data = {"kind": "overcharged", "charged": "1tr2", "text": "Thu thêm", "contact": "0901"}
    return client.post(f"/establishments/{house.code}/report", data=data | fields)


def test_a_report_gets_a_reference_and_shows_nothing_of_itself(house: Any, client: Any) -> None:
    form = client.get(f"/establishments/{house.code}/report")
    gate(form)
    answer = report(client, house, night=str(dates.today()))
    assert answer.status_code == 303
    assert "Set-Cookie" not in form.headers
    assert "Set-Cookie" not in answer.headers
    one = db.session.scalars(select(Complaint)).one()
    assert answer.location.endswith(f"/reports/{one.reference}")
    assert (one.charged, one.text, one.contact) == (1_200_000, "Thu thêm", "0901")
    assert "0901" not in repr(db.session.execute(select(Complaint.__table__)).one())
    shown = client.get(answer.location)
    assert "noindex" in shown.headers["X-Robots-Tag"]
    text = gate(shown).text_content()
    assert "Đã nhận, chưa xem" in text
    assert "Thu thêm" not in text
    assert "0901" not in text


def test_only_what_happened_is_needed(house: Any, client: Any) -> None:
    sent = client.post(f"/establishments/{house.code}/report", data={"kind": "wrong"})
    assert sent.status_code == 303
    assert report(client, house, kind="").status_code == 422
    assert report(client, house, charged="nhiều").status_code == 422
    future = str(dates.today() + timedelta(days=1))
    assert 'id="night-error"' in report(client, house, night=future).text
    assert len(db.session.scalars(select(Complaint)).all()) == 1


def test_what_programs_fill_in_is_not_stored(house: Any, client: Any) -> None:
    assert report(client, house, homepage="http://spam.test").status_code == 303
    assert db.session.scalars(select(Complaint)).all() == []


def test_one_place_reports_only_so_often(house: Any, client: Any) -> None:
    for _ in range(complaint_views.REPORTS_AN_HOUR):
        assert report(client, house).status_code == 303
    assert report(client, house).status_code == 429
    assert len(db.session.scalars(select(Complaint)).all()) == complaint_views.REPORTS_AN_HOUR


def test_a_house_that_is_not_shown_cannot_be_reported(db_session: Any, client: Any) -> None:
    applied = EstablishmentFactory(applied=True)
    assert client.get(f"/establishments/{applied.code}/report").status_code == 404
    assert report(client, applied).status_code == 404


def test_a_reference_is_found_however_it_was_copied(house: Any, client: Any) -> None:
    report(client, house)
    one = db.session.scalars(select(Complaint)).one()
    gate(client.get("/reports"))
    spaced = f" {one.reference[:5].lower()}-{one.reference[5:]} "
    assert client.get("/reports", query_string={"reference": spaced}).status_code == 303
    assert client.get("/reports?reference=0000000000").status_code == 404
    assert client.get("/reports/0000000000").status_code == 404


def test_the_department_notes_answers_and_forgets_the_contact(
    house: Any, client: Any, sign_in: Any
) -> None:
    report(client, house)
    one = db.session.scalars(select(Complaint)).one()
    official = sign_in(UserFactory(province_official=True, name="Cán Bộ"))
    assert one.reference in gate(official.get("/admin/reports?status=new")).text_content()
    path = f"/admin/reports/{one.id}"
    case = gate(official.get(path)).text_content()
    assert "0901" in case
    assert "800.000" in case
    token = token_of(official)
    assert official.post(f"{path}/notes", data={"csrf_token": token}).status_code == 422
    official.post(f"{path}/notes", data={"csrf_token": token, "text": "Đã gọi"})
    assert one.status == "open"
    assert db.session.scalars(select(ComplaintNote.text)).all() == ["Đã gọi"]
    assert official.post(f"{path}/close", data={"csrf_token": token}).status_code == 422
    closed = {"csrf_token": token, "answer": "Đã nhắc cơ sở"}
    assert official.post(f"{path}/close", data=closed).status_code == 303
    assert official.post(f"{path}/close", data=closed).status_code == 409
    assert (one.status, one.contact) == ("closed", None)
    assert "Đã nhắc cơ sở" in client.get(f"/reports/{one.reference}").text
    assert "Không có phản ánh nào" in official.get("/admin/reports?status=open").text


@pytest.mark.parametrize("role", ["manager_of", "front_desk_of", "ward_official_of"])
def test_nobody_else_reads_reports(house: Any, client: Any, sign_in: Any, role: str) -> None:
    report(client, house)
    one = db.session.scalars(select(Complaint)).one()
    who = sign_in(UserFactory(**{role: "26506" if role == "ward_official_of" else house}))
    assert who.get("/admin/reports").status_code == 403
    assert who.get(f"/admin/reports/{one.id}").status_code == 403


def test_a_closed_report_cannot_be_closed_again(house: Any) -> None:
    one = complaints.receive(house, kind="wrong", night=None, charged=None, text=None, contact=None)
    by = Principal(kind="user")
    complaints.close(one, "xong", by=by)
    with pytest.raises(complaints.Closed):
        complaints.close(one, "xong", by=by)
