"""The front desk in a real browser: two taps on a tile, a second guest, an overdue party."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.stays.check_in import check_in
from app.stays.inputs import GuestInput, StayInput
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory

PASSWORD = "một câu đủ dài để nhớ"


@pytest.fixture
def desk(committed: Flask, live_server: str, page: Any) -> Any:
    """The tonight page of a house with three rooms, one party of which is overdue."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=3, code="DBL")
        UserFactory(front_desk_of=house, login="desk@example.test", password=PASSWORD)
        now = dates.now()
        given = StayInput(
            now - timedelta(days=1),
            now - timedelta(hours=1),
            room="103",
            filed_elsewhere=True,
            guests=(GuestInput("KOR", persons=2),),
        )
        check_in(house, given, by=Principal("user", 1))
        db.session.commit()
        code = house.code
    page.goto(f"{live_server}/sign-in?next=/hotel/{code}/tonight")
    page.fill("[name=login]", "desk@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector(".tile")
    return page


def stays(app: Flask) -> list[Stay]:
    with app.app_context():
        house = db.session.scalars(select(Establishment)).one()
        statement = select(Stay).where(Stay.establishment_id == house.id).order_by(Stay.created_at)
        found = list(db.session.scalars(statement))
        for stay in found:
            _ = stay.people
        return found


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_two_taps_on_a_tile_note_a_party(committed, desk, width) -> None:
    desk.set_viewport_size({"width": width, "height": 780})
    desk.click(".tile-free >> nth=0")
    desk.wait_for_selector("#quick form")
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
    # The panel is in view, once the page has scrolled there.
    desk.wait_for_function(
        "() => { const { y } = document.getElementById('quick').getBoundingClientRect();"
        " return -5 <= y && y < 780; }"
    )
    desk.click("#quick form button[type=submit]")
    expect(desk.locator(".messages .notice")).to_contain_text("101")
    expect(desk.locator(".tile").first).to_have_text(re.compile(r"\s*101.*2 khách", re.DOTALL))
    new = stays(committed)[-1]
    assert new.filed_elsewhere


@pytest.mark.browser
def test_a_second_guest_is_added_without_losing_the_first(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    desk.fill("#guests-0-full_name", "Nguyễn Thị Canary")
    desk.click("button[name=add]")
    desk.wait_for_selector("#guests-1-full_name")
    expect(desk.locator("#guests-0-full_name")).to_have_value("Nguyễn Thị Canary")
    # What only foreigners have is asked of them alone.
    expect(desk.locator("#guests-1-permitted_until")).to_be_hidden()
    desk.select_option("#guests-1-nationality", "SWE")
    expect(desk.locator("#guests-1-permitted_until")).to_be_visible()
    desk.click("#check-in .form-actions button")
    expect(desk.locator(".error-summary")).to_be_focused()


@pytest.mark.browser
def test_an_overdue_party_is_gone_with_one_click(committed, desk) -> None:
    desk.click(".visits-late button >> nth=0")
    desk.wait_for_selector(".messages .notice")
    expect(desk.locator(".visits-late")).to_have_count(0)
    assert stays(committed)[0].status == "departed"


@pytest.mark.browser
def test_the_document_follows_the_nationality(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    desk.wait_for_selector("[data-module=guest][data-mounted=done]")
    desk.select_option("#guests-0-nationality", "SWE")
    document_type = desk.locator("#guests-0-document_type")
    expect(document_type).to_have_value("passport")
    desk.select_option("#guests-0-nationality", "VNM")
    expect(document_type).to_have_value("citizen_id")
    # What somebody chose stays.
    desk.select_option("#guests-0-document_type", "passport")
    desk.select_option("#guests-0-nationality", "KOR")
    desk.select_option("#guests-0-nationality", "VNM")
    expect(document_type).to_have_value("passport")


@pytest.mark.browser
def test_another_guest_is_no_error_of_the_console(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    desk.wait_for_selector("[data-module=guest][data-mounted=done]")
    said: list[str] = []
    desk.on("console", lambda message: said.append(message.text))
    for number in (1, 2):
        desk.click("button[name=add]")
        # The row knows its module: what is typed before would be missed.
        desk.wait_for_selector(f"[data-mounted=done] #guests-{number}-full_name")
    desk.select_option("#guests-2-nationality", "KOR")
    desk.wait_for_function("document.querySelector('#guests-2-document_type').value == 'passport'")
    desk.click("button[name=remove] >> nth=2")
    desk.wait_for_selector("#guests-2-full_name", state="detached")
    assert said == []
