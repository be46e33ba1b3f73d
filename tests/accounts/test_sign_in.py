"""Signing in, staying in, and being put out at once."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app import dates
from app.accounts import operations
from app.accounts.models import SignInAttempt
from app.accounts.views import local_target
from app.audit.models import AuditEvent
from app.audit.queries import first_bad
from app.db import db
from app.registry.people import operations as people
from app.web.security import Principal

PASSWORD = "một câu đủ dài để nhớ"


@pytest.fixture
def person(db_session):
    user = operations.create_user(login="Letan@Example.vn", name="Lễ tân", password=PASSWORD)
    operations.add_membership(user, "admin")
    db.session.commit()
    return user


def sign_in(client, password: str = PASSWORD, login: str = "letan@example.vn", target: str = ""):
    form = client.get("/sign-in")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text).group(1)
    return client.post(
        "/sign-in",
        data={"login": login, "password": password, "next": target, "csrf_token": token},
    )


def count(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action))


def test_the_right_password_opens_and_is_noted(client, person) -> None:
    response = sign_in(client, target="/account")
    assert response.status_code == 303
    assert response.location == "/account"
    page = client.get("/account")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert count("sign_in") == 1
    assert first_bad() is None


def test_the_session_cookie_is_kept_from_scripts(client, person) -> None:
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(("login", "password"), [("letan@example.vn", "x"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_answer_alike(client, person, login, password) -> None:
    response = sign_in(client, password, login)
    assert response.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in response.text
    assert count("sign_in_refused") == 1


def test_guessing_is_stopped_even_with_the_right_password(client, person) -> None:
    for _ in range(operations.ATTEMPTS_PER_LOGIN_AND_ADDRESS):
        assert sign_in(client, "wrong").status_code == 422
    assert sign_in(client).status_code == 429
    with time_machine.travel(dates.now() + operations.ATTEMPT_WINDOW + timedelta(seconds=1)):
        assert sign_in(client).status_code == 303


def test_without_the_limit_guessing_goes_on(client, person, monkeypatch) -> None:
    monkeypatch.setattr(operations, "ATTEMPTS_PER_LOGIN_AND_ADDRESS", 10_000)
    for _ in range(12):
        assert sign_in(client, "wrong").status_code == 422
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 36


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(client, app, person) -> None:
    sign_in(client)
    kept = client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value
    page = client.get("/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303
    thief = app.test_client()
    thief.set_cookie(app.config["SESSION_COOKIE_NAME"], kept)
    assert thief.get("/account").status_code == 303


def test_a_disabled_person_is_out_at_the_next_request(client, person) -> None:
    sign_in(client)
    assert client.get("/account").status_code == 200
    operations.disable(person)
    db.session.commit()
    assert client.get("/account").status_code == 303
    assert sign_in(client).status_code == 422


def test_a_role_taken_away_is_gone_at_the_next_request(client, person) -> None:
    sign_in(client)
    assert client.get("/admin/audit").status_code == 200
    operations.remove_membership(person.memberships[0])
    db.session.commit()
    db.session.expire_all()
    assert client.get("/admin/audit").status_code == 403
    assert count("refused") == 1


def test_an_idle_session_ends(client, person) -> None:
    sign_in(client)
    with time_machine.travel(dates.now() + operations.SESSION_IDLE + timedelta(minutes=1)):
        assert client.get("/account").status_code == 303


def test_a_write_without_its_token_is_refused(client, person) -> None:
    sign_in(client)
    assert client.post("/sign-out").status_code == 400
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil", "http://evil", "/\t/evil", "\\\\evil", ""],
)
def test_nobody_is_led_away_from_this_site(app, target: str) -> None:
    with app.test_request_context():
        assert local_target(target) == "/start"


def test_a_one_time_link_sets_a_password_once(client, db_session) -> None:
    user = operations.create_user(login="moi@example.vn", name="Người mới")
    link = operations.create_one_time_link(user)
    db.session.commit()
    form = client.get(f"/set-password/{link}")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text).group(1)
    data = {"password": PASSWORD, "again": PASSWORD, "csrf_token": token}
    short = client.post(f"/set-password/{link}", data=data | {"password": "x", "again": "x"})
    assert short.status_code == 422
    assert client.post(f"/set-password/{link}", data=data).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.get(f"/set-password/{link}").status_code == 404


def form_token(text: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text).group(1)


def test_a_stranger_cannot_lock_the_owner_out(client, app, person) -> None:
    for _ in range(operations.ATTEMPTS_PER_LOGIN_AND_ADDRESS):
        operations.authenticate(login=person.login, password="x", address="203.0.113.9")
    with pytest.raises(operations.TooManyAttempts):
        operations.authenticate(login=person.login, password=PASSWORD, address="203.0.113.9")
    assert sign_in(client).status_code == 303


def test_a_newer_link_and_a_new_password_void_the_older_link(client, db_session) -> None:
    user = operations.create_user(login="moi@example.vn", name="Người mới")
    older = operations.create_one_time_link(user)
    newer = operations.create_one_time_link(user)
    assert not operations.is_link_valid(older)
    assert operations.use_one_time_link(newer, PASSWORD) is not None
    assert operations.use_one_time_link(older, PASSWORD) is None


def test_a_reset_ends_the_old_password_too(client, person) -> None:
    people.reset(person, by=Principal(kind="command_line"))
    db.session.commit()
    assert sign_in(client).status_code == 422


def test_a_password_is_changed_only_by_who_knows_the_present_one(client, person) -> None:
    sign_in(client)
    new = "một câu khác cũng dài"
    data = {"password": new, "again": new, "csrf_token": form_token(client.get("/account").text)}
    assert client.post("/account/password", data=data).status_code == 422
    assert client.post("/account/password", data=data | {"current": "sai"}).status_code == 422
    assert client.post("/account/password", data=data | {"current": PASSWORD}).status_code == 303


def test_a_link_never_follows_the_host_header(client, app, person) -> None:
    sign_in(client)
    token = form_token(client.get("/admin/people").text)
    name = app.config["SESSION_COOKIE_NAME"]
    client.set_cookie(name, client.get_cookie(name).value, domain="evil.example")
    data = {"name": "Mới", "login": "m@example.vn", "role": "admin", "csrf_token": token}
    answer = client.post("/admin/people", data=data, base_url="http://evil.example")
    assert "/set-password/" in answer.text
    assert "evil.example" not in answer.text


def test_the_log_speaks_of_people_by_name(client, person) -> None:
    sign_in(client)
    log = client.get("/admin/audit?action=sign_in").text
    assert "Lễ tân" in log
    assert "Chưa có sự kiện nào" not in log
