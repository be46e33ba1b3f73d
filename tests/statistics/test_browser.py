"""The page in a real browser: a filter swaps the figures, and the chart is drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app import dates
from app.accounts.operations import start_session
from app.db import db
from tests.factories import EstablishmentFactory, UserFactory
from tests.statistics.town import Party, rooms, stay

pytestmark = pytest.mark.browser


@pytest.fixture
def signed_in(committed: Flask, live_server: str, page: Any) -> Any:
    """A page of an official of the province, over a house with one stay of last night."""
    with committed.app_context():
        yesterday = dates.today() - timedelta(days=1)
        stay(rooms(EstablishmentFactory(), 2)[0], yesterday, dates.today(), Party())
        official = UserFactory(province_official=True)
        token = start_session(official, address="127.0.0.1", browser=None)
        db.session.commit()
    signer = SecureCookieSessionInterface().get_signing_serializer(committed)
    assert signer is not None
    cookie = {
        "name": committed.config["SESSION_COOKIE_NAME"],
        "value": signer.dumps({"token": token}),
        "url": live_server,
    }
    page.context.add_cookies([cookie])
    return page


@pytest.mark.parametrize("width", [360, 1280])
def test_a_filter_swaps_the_figures_and_the_address(
    signed_in: Any, live_server: str, width: int
) -> None:
    page = signed_in
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server}/statistics/occupancy")
    page.locator("#drawing svg").wait_for()
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Xem theo").select_option("unit")
    page.get_by_role("rowheader", name="Phường Vũng Tàu").wait_for()
    page.wait_for_url("**by=unit**")
    assert page.evaluate("window.sameDocument") is True
    page.locator("#drawing svg").wait_for()
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_the_form_still_works(
    signed_in: Any, live_server: str, browser: Any
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())
    page = context.new_page()
    page.goto(f"{live_server}/statistics/guests")
    page.get_by_label("Xem theo").select_option("kind")
    page.get_by_role("button", name="Xem").click()
    page.get_by_role("rowheader", name="Khách sạn").wait_for()
    context.close()
