"""The front desk in a real browser: two taps on a tile, a second guest, an overdue party."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
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
    box = desk.locator("#quick").bounding_box()
    assert -5 <= box["y"] < 780, "the panel is in view"
    desk.click("#quick form button[type=submit]")
    desk.wait_for_selector(".messages .notice")
    assert "101" in desk.inner_text(".messages")
    new = stays(committed)[-1]
    assert new.filed_elsewhere
    assert desk.inner_text(".tile >> nth=0").startswith("101")
    assert "2 khách" in desk.inner_text(".tile >> nth=0")


@pytest.mark.browser
def test_a_second_guest_is_added_without_losing_the_first(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    desk.fill("#guests-0-full_name", "Nguyễn Thị Canary")
    desk.click("button[name=add]")
    desk.wait_for_selector("#guests-1-full_name")
    assert desk.input_value("#guests-0-full_name") == "Nguyễn Thị Canary"
    # What only foreigners have is asked of them alone.
    assert not desk.is_visible("#guests-1-permitted_until")
    desk.select_option("#guests-1-nationality", "SWE")
    assert desk.is_visible("#guests-1-permitted_until")
    desk.click("#check-in .form-actions button")
    desk.wait_for_selector(".error-summary")
    assert desk.evaluate("document.activeElement.className") == "error-summary"


@pytest.mark.browser
def test_an_overdue_party_is_gone_with_one_click(committed, desk) -> None:
    desk.click(".visits-late button >> nth=0")
    desk.wait_for_selector(".messages .notice")
    assert stays(committed)[0].status == "departed"
    assert desk.locator(".visits-late").count() == 0


@pytest.mark.browser
def test_the_document_follows_the_nationality(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    desk.wait_for_selector("[data-module=guest][data-mounted=done]")
    desk.select_option("#guests-0-nationality", "SWE")
    desk.wait_for_function("document.querySelector('#guests-0-document_type').value == 'passport'")
    desk.select_option("#guests-0-nationality", "VNM")
    assert desk.input_value("#guests-0-document_type") == "citizen_id"
    # What somebody chose stays.
    desk.select_option("#guests-0-document_type", "passport")
    desk.select_option("#guests-0-nationality", "KOR")
    desk.select_option("#guests-0-nationality", "VNM")
    assert desk.input_value("#guests-0-document_type") == "passport"


@pytest.mark.browser
def test_another_guest_is_no_error_of_the_console(committed, desk) -> None:
    desk.click("text=Nhận phòng >> nth=0")
    said: list[str] = []
    desk.on("console", lambda message: said.append(message.text))
    for number in (1, 2):
        desk.click("button[name=add]")
        desk.wait_for_selector(f"#guests-{number}-full_name")
    desk.select_option("#guests-2-nationality", "KOR")
    desk.wait_for_function("document.querySelector('#guests-2-document_type').value == 'passport'")
    desk.click("button[name=remove] >> nth=2")
    desk.wait_for_selector("#guests-2-full_name", state="detached")
    assert said == []
