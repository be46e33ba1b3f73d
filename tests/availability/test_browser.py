"""The calendar in a real browser: nights chosen, one number typed, saved, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.accounts import operations as accounts
from app.db import db
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def calendar(committed: Flask, live_server: str, page: Any) -> Any:
    """A page with the calendar of a house of one type with five rooms."""
    with committed.app_context():
        house = EstablishmentFactory(code="B00001")
        RoomTypeFactory(establishment=house, name="Phòng đôi", rooms=5)
        user = UserFactory(manager_of=house)
        token = accounts.start_session(user, address="127.0.0.1", browser="test")
        db.session.commit()
    client = committed.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    name = committed.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server}])
    page.goto(f"{live_server}/hotel/B00001/calendar")
    page.wait_for_function("document.querySelector('[data-module=calendar][data-mounted=done]')")
    return page


def words(calendar: Any, *wanted: str) -> None:
    """Wait until the first four nights are read as these, without their price."""
    cells = calendar.locator("tbody td[data-night]")
    for number, word in enumerate(wanted):
        expect(cells.nth(number)).to_have_attribute("data-vacant", word)


def test_three_nights_are_set_by_keyboard_and_taken_back(calendar: Any) -> None:
    cells = calendar.locator("tbody td[data-night] a")
    cells.nth(0).focus()
    calendar.keyboard.press("ArrowRight")
    calendar.keyboard.press("Shift+ArrowRight")
    calendar.keyboard.press("Shift+ArrowRight")
    calendar.keyboard.press("2")
    calendar.keyboard.press("Enter")
    calendar.get_by_role("button", name="Hoàn tác").wait_for()
    words(calendar, "", "2", "2", "2")
    expect(calendar.locator("#messages")).to_contain_text("Đã lưu 3 đêm.")
    calendar.get_by_role("button", name="Hoàn tác").click()
    calendar.get_by_text("Đã trở lại như trước.").wait_for()
    words(calendar, "", "", "", "")


def test_too_many_rooms_are_refused_where_one_looks(calendar: Any) -> None:
    second = calendar.locator("tbody td[data-night]").nth(1)
    tomorrow = date.fromisoformat(second.get_attribute("data-night"))
    second.locator("a").click()
    calendar.keyboard.type("6")
    calendar.keyboard.press("Enter")
    summary = calendar.locator(".error-summary")
    # The second night of the calendar, which begins with the night it was opened in.
    expect(summary).to_contain_text(f"{tomorrow.day}/{tomorrow.month}")
    expect(calendar.locator("#edit [name=rooms]")).to_have_value("6")
    words(calendar, "", "", "", "")


def test_still_right_is_one_click(calendar: Any) -> None:
    calendar.get_by_role("button", name="Phòng đôi: vẫn đúng").click()
    calendar.get_by_text("Đã xác nhận số phòng trống.").wait_for()
    words(calendar, "5", "5", "5", "5")
