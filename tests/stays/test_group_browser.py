"""A group of forty in a real browser, on a desk and on a phone: pasted, mended, taken in."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import func, select

from app import dates
from app.db import db
from app.stays.groups import operations as groups
from app.stays.groups import prefill
from app.stays.groups.drafts import GuestDraft
from app.stays.models import Guest
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.stays.test_browser import PASSWORD
from tests.stays.test_group import qr
from tests.stays.test_group_races import FAULTY, PEOPLE, sheet


@pytest.fixture
def list_page(committed: Flask, live_server: str, page: Any) -> Any:
    """The page of an empty list in a house with twenty rooms."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=20, code="DBL")
        UserFactory(front_desk_of=house, login="desk@example.test", password=PASSWORD)
        group = groups.open_group(house, by=Principal("user", 1), now=dates.now())
        db.session.commit()
        path = f"/hotel/{house.code}/groups/{group.id}"
    page.goto(f"{live_server}/sign-in?next={path}")
    page.fill("[name=login]", "desk@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#intake")
    return page


def seen(page: Any, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(
            path=f"{folder}/{name}.png", full_page=True, caret="initial", animations="allow"
        )


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_forty_guests_are_pasted_mended_and_taken_in(committed, list_page, width) -> None:
    page = list_page
    page.set_viewport_size({"width": width, "height": 800})
    seen(page, f"group-empty-{width}")
    page.wait_for_selector("[data-module=group][data-mounted=done]")
    page.fill("#intake", sheet())
    page.click("text=Thêm vào danh sách")
    page.wait_for_selector(".group-row >> nth=39")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".group-row-missing, .group-row-wrong")).to_have_count(len(FAULTY))
    expect(page.locator("#row-4")).to_contain_text("Thiếu ngày sinh.")
    seen(page, f"group-{width}")
    # Row 4 lacks the date of birth: the cursor is there, and Enter saves and goes on to row 11.
    page.click("#row-4 >> text=Sửa")
    page.wait_for_selector("#row-4 .group-row-form")
    page.wait_for_function("document.activeElement.name == 'guest-date_of_birth'")
    seen(page, f"group-edit-{width}")
    page.keyboard.type("05/03/1990")
    page.keyboard.press("Enter")
    page.wait_for_selector("#row-11 .group-row-form")
    expect(page.locator("#row-4")).to_contain_text("Đủ")
    page.wait_for_function("document.activeElement.name == 'guest-document_number'")
    page.click("#row-11 >> text=Thôi")
    page.wait_for_selector("#row-11 .group-actions")
    page.click("text=Nhận cả đoàn >> nth=-1")
    expect(page.locator(".messages")).to_contain_text("Đã nhận 36 khách vào 20 phòng.")
    expect(page.locator(".messages")).to_contain_text("dòng 11, 18, 25, 32")
    seen(page, f"group-done-{width}")
    with committed.app_context():
        assert db.session.scalar(select(func.count()).select_from(Guest)) == PEOPLE - 4


@pytest.mark.browser
def test_a_scanner_sends_each_card_with_enter(committed, list_page) -> None:
    page = list_page
    page.wait_for_selector("[data-module=group][data-mounted=done]")
    for number in (1, 2, 3):
        page.focus("#intake")
        page.keyboard.insert_text(qr(number))
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#row-{number}")
        page.wait_for_function("document.activeElement.id == 'intake'")
    # A room is chosen in the row, and saved as soon as it is.
    page.select_option("#row-1 select", "101")
    page.wait_for_selector("#row-1.group-row-ready")
    with committed.app_context():
        rooms = db.session.scalars(select(GuestDraft.room).order_by(GuestDraft.position)).all()
        assert rooms == ["101", None, None]


@pytest.mark.browser
def test_a_guest_fills_in_beforehand_on_a_phone(committed, live_server, page) -> None:
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=2)
        by, now = Principal("user", 1), dates.now()
        group = groups.open_group(house, by=by, now=now)
        secret = str(committed.config["SECRET_KEY"])
        link = prefill.make_link(group, now + timedelta(hours=24), secret=secret, by=by)
        db.session.commit()
        token = prefill.token_of(link, secret)
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"{live_server}/prefill/{token}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    seen(page, "prefill-360")
    page.fill("[name=guest-full_name]", "Nguyễn Thị Canary")
    page.fill("[name=guest-date_of_birth]", "31/01/1990")
    page.click("text=Gửi khách này")
    expect(page.locator("#received")).to_contain_text("N.T.C.")
    assert "Canary" not in page.inner_text("main")
    assert page.context.cookies() == []
    page.goto(f"{live_server}/prefill/{token}?lang=en")
    seen(page, "prefill-en-360")
