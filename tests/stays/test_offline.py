"""A check-in outlasts a dropped line in its tab: said in words, sent once, kept nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import delete, func, select

from app.accounts.models import SignInSession
from app.db import db
from app.stays.models import Guest, Stay
from tests.stays.test_scan_browser import desk, guest_named, ready, type_line  # noqa: F401
from tests.stays.test_scanning import card

STORED = """async () => ({
  local: Object.keys(localStorage).length + Object.keys(sessionStorage).length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


def fill(page: Any, name: str = "Nguyễn Thị An", number: str = "077190000001") -> None:
    page.fill("#guests-0-full_name", name)
    page.fill("#guests-0-date_of_birth", "31/01/1990")
    page.check("#guests-0-sex-1")
    page.fill("#guests-0-document_number", number)


def save(page: Any) -> None:
    page.click("#check-in .form-actions button >> nth=0")


def state(page: Any, wanted: str, nth: int = 0) -> None:
    page.wait_for_selector(
        f".waiting-list li >> nth={nth} >> xpath=self::*[@data-state='{wanted}']"
    )


def stays(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Stay)) or 0


def nothing_is_stored(page: Any) -> None:
    assert page.evaluate(STORED) == {"local": 0, "databases": 0, "caches": 0, "workers": 0}


@pytest.mark.browser
def test_an_entry_waits_in_the_tab_and_is_sent_once(committed, desk) -> None:  # noqa: F811
    fill(desk)
    desk.select_option("#place", "room:102")
    desk.context.set_offline(True)
    save(desk)
    state(desk, "waiting")
    save(desk)  # The form is a blank one by now, and says so.
    desk.wait_for_selector(".toast:has-text('Chưa ghi khách nào')")
    expect(desk.locator("#waiting")).to_contain_text("Phòng 102 · 1 khách")
    expect(desk.locator("#waiting")).to_contain_text("Đang đợi mạng")
    expect(desk.locator("#guests-0-full_name")).to_have_value("")
    expect(desk.locator(".waiting-list li")).to_have_count(1)
    # A second party is typed, with a card that is read without the server, and a further guest.
    desk.focus("#scan")
    type_line(desk, card(2, "Nguyễn Thị Ba"))
    guest_named(desk, 0, "Nguyễn Thị Ba")
    type_line(desk, card(3, "Nguyễn Thị Tư"))
    guest_named(desk, 1, "Nguyễn Thị Tư")
    desk.select_option("#place", "room:103")
    save(desk)
    state(desk, "waiting", 1)
    nothing_is_stored(desk)
    assert stays(committed) == 0
    desk.context.set_offline(False)
    state(desk, "sent", 0)
    state(desk, "sent", 1)
    assert stays(committed) == 2
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Guest)) == 3
    nothing_is_stored(desk)


@pytest.mark.browser
def test_an_answer_that_was_lost_is_asked_for_again(committed, desk) -> None:  # noqa: F811
    lost: list[int] = []

    def lose(route: Any) -> None:
        # The number that was typed is looked for among the remembered guests before that.
        if lost or "look=" in (route.request.post_data or ""):
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    desk.route("**/hotel/*/stays", lose)
    fill(desk)
    save(desk)
    state(desk, "again")
    assert lost == [200]
    assert stays(committed) == 1
    expect(desk.locator("#waiting")).to_contain_text("không ghi thêm")


@pytest.mark.browser
def test_leaving_the_page_asks_while_something_waits(desk) -> None:  # noqa: F811
    asked: list[str] = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.click(".breadcrumbs a")
    desk.wait_for_selector(".tile")
    assert asked == [], "nothing waits, nothing is asked"
    desk.go_back()
    ready(desk)
    fill(desk)
    desk.context.set_offline(True)
    save(desk)
    state(desk, "waiting")
    desk.context.set_offline(False)
    desk.route("**/hotel/*/stays", lambda route: route.abort())
    desk.click(".breadcrumbs a")
    desk.wait_for_selector(".tile")
    assert asked == ["beforeunload"]


@pytest.mark.browser
def test_what_the_server_refuses_comes_back_to_be_mended(committed, desk) -> None:  # noqa: F811
    fill(desk, number="123")
    desk.context.set_offline(True)
    save(desk)
    state(desk, "waiting")
    desk.context.set_offline(False)
    state(desk, "fault")
    desk.fill("#guests-0-full_name", "Trần Dở Dang")
    desk.click("#waiting button:has-text('Mở để sửa')")
    guest_named(desk, 0, "Nguyễn Thị An")
    expect(desk.locator("#guests-0-document_number[aria-invalid]")).to_have_count(1)
    # What stood in the form, half typed, waits in its place.
    state(desk, "draft")
    desk.fill("#guests-0-document_number", "077190000001")
    save(desk)
    desk.wait_for_selector(".waiting-list li[data-state=sent]")
    assert stays(committed) == 1


@pytest.mark.browser
def test_an_ended_session_is_said_and_the_entry_stays(committed, desk) -> None:  # noqa: F811
    fill(desk)
    with committed.app_context():
        db.session.execute(delete(SignInSession))
        db.session.commit()
    save(desk)
    state(desk, "signed_out")
    expect(desk.locator("#waiting a:has-text('Đăng nhập')")).to_have_attribute("target", "_blank")
    assert stays(committed) == 0
    # Signed in again in another tab, the entry goes through with that session's token.
    other = desk.context.new_page()
    other.goto(desk.locator("#waiting a:has-text('Đăng nhập')").evaluate("link => link.href"))
    other.fill("[name=login]", "desk@example.test")
    other.fill("[name=password]", "một câu đủ dài để nhớ")
    other.click("main button[type=submit]")
    other.wait_for_url(lambda url: "/sign-in" not in url)
    other.wait_for_load_state()
    other.close()
    desk.click("#waiting button:has-text('Gửi ngay')")
    state(desk, "sent")
    assert stays(committed) == 1
