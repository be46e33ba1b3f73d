"""The scan field in a real browser: keyboard only, as a scanner types, with the camera, timed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.stays.test_browser import PASSWORD
from tests.stays.test_scanning import PASSPORT, TD1, card

GUESTS = 20


@pytest.fixture
def desk(committed: Flask, live_server: str, page: Any) -> Any:
    """The check-in page of a house with enough rooms."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=10, code="DBL")
        UserFactory(front_desk_of=house, login="desk@example.test", password=PASSWORD)
        db.session.commit()
        code = house.code
    page.goto(f"{live_server}/sign-in?next=/hotel/{code}/stays/new")
    page.fill("[name=login]", "desk@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    ready(page)
    return page


def ready(page: Any) -> None:
    page.wait_for_selector("[data-module=scan][data-mounted=done]")
    page.wait_for_function("() => document.activeElement.id === 'scan'")


def type_line(page: Any, text: str) -> None:
    """Type as a scanner does: letters at once, Enter at the end of each line."""
    for line in text.splitlines():
        page.keyboard.insert_text(line)
        page.keyboard.press("Enter")


def at_rest(page: Any) -> None:
    """Wait until what was scanned has been read and the cursor stands where it is to stand."""
    page.wait_for_selector("[data-module=scan][data-mounted=done]:not([aria-busy])")


def guest_named(page: Any, row: int, name: str) -> None:
    page.wait_for_function(
        "([row, name]) => document.getElementById(`guests-${row}-full_name`)?.value === name",
        arg=[row, name],
    )


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.browser
def test_four_documents_in_a_row_fill_four_guests_with_no_hand_on_the_mouse(desk) -> None:
    # All at once: the later ones arrive while the first is being read.
    for text in (card(1, "Nguyễn Thị An"), TD1, card(2, "Nguyễn Thị Ba"), PASSPORT):
        type_line(desk, text)
    names = ["Nguyễn Thị An", "NGUYEN VAN THU", "Nguyễn Thị Ba", "ERIKSSON ANNA MARIA"]
    for row, name in enumerate(names):
        guest_named(desk, row, name)
    # The utopian passport lacks a nationality that is known and the end of the permitted stay.
    desk.wait_for_function("() => document.activeElement.name.startsWith('guests-3-')")
    expect(desk.locator("#scan")).to_have_value("")


@pytest.mark.browser
def test_a_scan_into_another_field_finds_its_place(desk) -> None:
    desk.fill("#guests-0-full_name", "Trần Văn Tay")
    desk.click("#check-in > details summary")
    desk.fill("[name=note]", "tầng cao")
    desk.focus("#guests-0-date_of_birth")
    type_line(desk, card(1, "Nguyễn Thị An"))
    guest_named(desk, 1, "Nguyễn Thị An")
    expect(desk.locator("#guests-0-date_of_birth")).to_have_value("")
    at_rest(desk)
    desk.focus("#guests-0-date_of_birth")
    type_line(desk, TD1)
    guest_named(desk, 2, "NGUYEN VAN THU")
    expect(desk.locator("#guests-0-date_of_birth")).to_have_value("")
    expect(desk.locator("#guests-0-full_name")).to_have_value("Trần Văn Tay")


@pytest.mark.browser
def test_what_could_not_be_read_is_overwritten_by_the_next_scan(desk) -> None:
    type_line(desk, "xin chào")
    desk.wait_for_selector(".scan-words .notice-late")
    desk.wait_for_function("() => document.getElementById('scan').value === 'xin chào'")
    at_rest(desk)
    type_line(desk, card(1, "Nguyễn Thị An"))
    guest_named(desk, 0, "Nguyễn Thị An")


@pytest.mark.browser
def test_what_is_typed_while_a_scan_is_read_stays(desk) -> None:
    desk.route("**/stays", lambda route: (desk.fill("[name=note]", "tầng cao"), route.continue_()))
    desk.click("#check-in > details summary")
    desk.focus("#scan")
    type_line(desk, card(1, "Nguyễn Thị An"))
    guest_named(desk, 0, "Nguyễn Thị An")
    expect(desk.locator("[name=note]")).to_have_value("tầng cao")


@pytest.mark.browser
def test_twenty_guests_from_qr_strings(committed, desk, record_property) -> None:
    """Scan, scan, room, Enter: ten rooms of two; all of it typed, nothing clicked."""
    began, keys = time.monotonic(), 0
    for n in range(0, GUESTS, 2):
        room = str(101 + n // 2)
        type_line(desk, f"{card(n)}\n{card(n + 1)}\n{room}")
        keys += len(room) + 1
        desk.wait_for_selector(f".messages .notice:has-text('Đã nhận phòng {room}.')")
        ready(desk)
    seconds = time.monotonic() - began
    record_property("seconds_per_guest", round(seconds / GUESTS, 2))
    record_property("keys_per_guest", keys / GUESTS)
    assert count(committed, Guest) == GUESTS
    assert count(committed, Stay) == GUESTS // 2
    assert keys / GUESTS <= 2


@pytest.mark.browser
def test_the_offer_to_fill_comes_with_the_number(committed, desk) -> None:
    type_line(desk, card(1, "Nguyễn Thị An"))
    guest_named(desk, 0, "Nguyễn Thị An")
    desk.check("[name=guests-0-remember]")
    desk.click("#check-in .form-actions button >> nth=1")
    desk.wait_for_selector(".messages .notice")
    ready(desk)
    # Typed into the scan field, or into the row itself.
    desk.fill("#guests-0-document_number", "077190000001")
    desk.keyboard.press("Tab")
    desk.wait_for_selector("#remembered-0 button[name=recall]")
    desk.wait_for_function("() => document.activeElement.name === 'recall'")
    desk.keyboard.press("Enter")
    guest_named(desk, 0, "Nguyễn Thị An")
