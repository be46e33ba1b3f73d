"""The evening in a real browser, on a phone; and a device whose clock is wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from app import dates
from app.db import db
from app.stays.check_in import check_in
from app.stays.checks import read_stay
from app.stays.queries import UnitsWhenAsked
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.stays.conftest import stay_body

PASSWORD = "một câu đủ dài để nhớ"


@pytest.fixture
def declarations(committed: Flask, live_server: str, page: Any) -> Any:
    """The declarations page, on a phone, of a house with one guest who came an hour ago."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=1, code="DBL")
        UserFactory(front_desk_of=house, login="desk@example.test", password=PASSWORD)
        given, _found = read_stay(stay_body(), now=dates.now(), units=UnitsWhenAsked())
        assert given is not None
        check_in(house, given, by=Principal("user", 1))
        db.session.commit()
        code = house.code
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server}/sign-in?next=/hotel/{code}/declarations")
    page.fill("[name=login]", "desk@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("#declarations")
    return page


@pytest.mark.browser
def test_the_owners_evening_takes_three_taps(declarations: Any) -> None:
    page = declarations
    with page.expect_download() as download:
        page.click("button[value=domestic_xlsx]")
    assert download.value.suggested_filename.startswith("tblt_vn_import")
    page.click("button[value=by_hand]")
    page.wait_for_url(re.compile(r"state=sent"))
    expect(page.locator(".tag", has_text="Chưa đối soát")).to_have_count(1)
    page.locator("a", has_text="Biên nhận").first.click()
    page.wait_for_selector("dl.facts")
    page.wait_for_function("document.querySelector('img[src^=data]')?.naturalWidth > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_a_wrong_clock_is_named(declarations: Any) -> None:
    page = declarations
    assert page.locator("[data-module=skew]").is_hidden()
    sent = (dates.now() + timedelta(minutes=5)).isoformat()
    page.route(
        re.compile(r"/declarations$"),
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            body=re.sub(r'data-now="[^"]+"', f'data-now="{sent}"', answer.text()),
        ),
    )
    page.reload()
    page.wait_for_selector("[data-module=skew]:not([hidden])")
