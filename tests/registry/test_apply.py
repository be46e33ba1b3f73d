"""The application of an owner: an account and a house that awaits approval."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Membership, User
from app.db import db
from app.registry import views
from app.registry.models import Establishment
from tests.factories import UserFactory
from tests.html import gate

HOUSE = {
    "name": "Nhà nghỉ Sóng Xanh",
    "kind": "guest_house",
    "unit": "26506",
    "address": "5 Hạ Long",
    "phone": "0254 3856 789",
}
PERSON = {"person": "Trần Thị Sóng", "login": "song@example.vn", "password": "mot cau that dai"}


def total(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_page_is_open_to_everybody(client: FlaskClient) -> None:
    document = gate(client.get("/apply"))
    assert document.xpath("//select[@name='unit']//option[@value='26506']")


def test_an_owner_applies_and_is_signed_in(client: FlaskClient, post: Any) -> None:
    answer = post(client, "/apply", **HOUSE, **PERSON)
    house = db.session.scalars(select(Establishment)).one()
    assert (answer.status_code, answer.location) == (303, f"/hotel/{house.code}/settings")
    assert (house.status, house.name, house.phone) == ("applied", HOUSE["name"], HOUSE["phone"])
    page = client.get(answer.location)
    gate(page)
    assert "Đã gửi đơn đăng ký" in page.text
    membership = db.session.scalars(select(Membership)).one()
    assert (membership.role, membership.establishment_id) == ("manager", house.id)


def test_someone_signed_in_applies_for_another_house(owner: FlaskClient, post: Any) -> None:
    assert post(owner, "/apply", **HOUSE).status_code == 303
    assert total(User) == 1
    assert total(Membership) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("kind", "castle"),
        ("unit", ""),
        ("unit", "26508"),
        ("address", ""),
        ("phone", "gọi sau"),
        ("person", ""),
        ("login", "song"),
        ("password", "ngan"),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_stored(
    client: FlaskClient, post: Any, field: str, value: str
) -> None:
    answer = post(client, "/apply", **{**HOUSE, **PERSON, field: value})
    assert answer.status_code == 422
    document = gate(answer)
    assert document.xpath(f"//*[@id='{field}' and @aria-invalid='true']")
    assert (total(Establishment), total(User)) == (0, 0)


def test_a_login_in_use_is_said_at_its_field(client: FlaskClient, post: Any) -> None:
    UserFactory(login=PERSON["login"])
    answer = post(client, "/apply", **HOUSE, **PERSON)
    assert answer.status_code == 409
    assert "đã có tài khoản" in answer.text
    assert total(Establishment) == 0


def test_one_address_does_not_apply_without_end(
    client: FlaskClient, post: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(views, "APPLICATIONS_AN_HOUR", 1)
    assert post(client, "/apply", **HOUSE, **PERSON).status_code == 303
    assert post(client, "/apply", **HOUSE).status_code == 429
    assert total(Establishment) == 1


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/apply", data={**HOUSE, **PERSON}).status_code == 400
    assert total(Establishment) == 0
