"""Printed invitations: made by the province, used once by the owner."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import dates
from app.accounts.models import Membership, User
from app.db import db
from app.registry import invitations, views
from app.registry.models import Establishment, Invitation
from app.web.security import Principal
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate

SECRET = "only-ever-used-by-the-test-suite-0123456789"
PERSON = {"person": "Trần Thị Sóng", "login": "song@example.vn", "password": "mot cau that dai"}
BY = Principal(kind="user", id=None)


@pytest.fixture
def code(house: Any) -> str:
    return invitations.code_of(invitations.invite(house, secret=SECRET, by=BY), SECRET)


def test_the_page_takes_the_code_of_the_qr(client: FlaskClient, code: str) -> None:
    document = gate(client.get(f"/claim?code={code}"))
    assert document.xpath("//input[@name='code']")[0].get("value") == code


def test_an_owner_claims_the_house(client: FlaskClient, post: Any, code: str, house: Any) -> None:
    answer = post(client, "/claim", code=code, **PERSON)
    assert (answer.status_code, answer.location) == (303, f"/hotel/{house.code}/settings")
    assert client.get(f"/hotel/{house.code}/settings/profile").status_code == 200
    membership = db.session.scalars(select(Membership)).one()
    assert (membership.role, membership.establishment_id) == ("manager", house.id)


def test_a_code_is_used_once(client: FlaskClient, post: Any, code: str) -> None:
    post(client, "/claim", code=code, **PERSON)
    answer = post(client, "/claim", code=code)
    assert answer.status_code == 422
    assert "đã dùng" in answer.text


@pytest.mark.parametrize("change", [str.lower, lambda c: c.replace("-", " "), lambda c: f" {c} "])
def test_a_code_is_read_as_it_was_meant(code: str, change: Any) -> None:
    assert invitations.is_open(change(code))
    assert invitations.is_open(code.replace("0", "O").replace("1", "l"))


def test_a_wrong_code_opens_nothing(client: FlaskClient, post: Any, code: str) -> None:
    answer = post(client, "/claim", code="0000-0000-0000", **PERSON)
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@id='code' and @aria-invalid='true']")
    assert db.session.scalars(select(User)).all() == []


def test_an_old_code_opens_nothing(code: str) -> None:
    with time_machine.travel(dates.now() + invitations.VALID + timedelta(minutes=1)):
        assert not invitations.is_open(code)


def test_a_new_invitation_ends_the_one_before(house: Any, code: str) -> None:
    again = invitations.code_of(invitations.invite(house, secret=SECRET, by=BY), SECRET)
    assert again != code
    assert not invitations.is_open(code)
    assert invitations.is_open(again)


def test_the_table_holds_no_code(code: str) -> None:
    row = db.session.scalars(select(Invitation)).one()
    plain = invitations.read_code(code).encode()
    assert plain not in row.code_hash + row.nonce
    # Nor does the table alone lead to it: another secret gives another code.
    assert invitations.code_of(row, "another secret") != code


def test_guessing_is_slowed(client: FlaskClient, post: Any, monkeypatch: Any, code: str) -> None:
    monkeypatch.setattr(views, "CLAIMS_MOST", 2)
    for _ in range(2):
        assert post(client, "/claim", code="0000-0000-0000", **PERSON).status_code == 422
    assert post(client, "/claim", code=code, **PERSON).status_code == 429


def test_a_login_in_use_keeps_the_code(client: FlaskClient, post: Any, code: str) -> None:
    UserFactory(login=PERSON["login"])
    assert post(client, "/claim", code=code, **PERSON).status_code == 409
    assert invitations.is_open(code)


def test_of_two_at_once_one_becomes_the_manager(committed: Flask) -> None:
    with committed.app_context():
        house = EstablishmentFactory()
        code = invitations.code_of(invitations.invite(house, secret=SECRET, by=BY), SECRET)
        people = [UserFactory().id for _ in range(4)]
        db.session.commit()
    results: list[Establishment | None] = []
    barrier = threading.Barrier(len(people))

    def claim(user_id: int) -> None:
        with committed.app_context():
            user = db.session.get_one(User, user_id)
            barrier.wait(5)
            results.append(invitations.claim(code, user=user, by=BY))
            db.session.commit()

    threads = [threading.Thread(target=claim, args=(user_id,)) for user_id in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len([house for house in results if house is not None]) == 1
    with committed.app_context():
        assert len(db.session.scalars(select(Membership)).all()) == 1
