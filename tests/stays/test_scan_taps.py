"""The evening of an owner of six rooms on a telephone, counted in taps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import dates
from app.db import db
from app.registry.models import RoomType
from app.stays.check_in import check_in
from app.stays.inputs import GuestInput, StayInput
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.stays.test_browser import PASSWORD

NEXT_TILE_IN_VIEW = """() => {
  const tile = document.querySelector('.tile-free')?.getBoundingClientRect();
  return tile && tile.top >= 0 && tile.bottom <= innerHeight;
}"""


@pytest.fixture
def owner(committed: Flask, live_server: str, page: Any) -> Any:
    """Six rooms: two parties should have left, four rooms are free."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=6, code="DBL")
        UserFactory(manager_of=house, login="owner@example.test", password=PASSWORD)
        now = dates.now()
        for room in ("101", "102"):
            given = StayInput(
                now - timedelta(days=1),
                now - timedelta(hours=1),
                room=room,
                filed_elsewhere=True,
                guests=(GuestInput("VNM", persons=2),),
            )
            check_in(house, given, by=Principal("user", 1))
        db.session.commit()
        code = house.code
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server}/sign-in?next=/hotel/{code}/tonight")
    page.fill("[name=login]", "owner@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector(".tile")
    return page


@pytest.mark.browser
def test_the_evening_of_six_rooms_takes_nine_taps(committed, owner) -> None:
    taps = 0

    def tap(selector: str, then: str) -> None:
        nonlocal taps
        owner.click(selector)
        owner.wait_for_selector(then)
        taps += 1

    # Two parties left: one tap each.
    tap(".visits-late button >> nth=0", ".visits-late li >> nth=0 >> text=102")
    tap(".visits-late button >> nth=0", ".desk:not(:has(.visits-late))")
    # Three rooms are let: two taps each, and the next tile is in view without scrolling.
    for n in range(3):
        tap(".tile-free >> nth=0", "#quick form")
        tap("#quick form button[type=submit]", f".tile-taken >> nth={n}")
        owner.wait_for_function(NEXT_TILE_IN_VIEW)
    # What is left is still right: one tap, on the same page.
    tap("#rooms button:has-text('vẫn đúng')", ".messages .notice")
    assert taps == 9
    with committed.app_context():
        counted = db.session.execute(select(Stay.status, func.count()).group_by(Stay.status))
        assert {status: n for status, n in counted} == {"departed": 2, "in_house": 3}  # noqa: C416
        assert db.session.scalars(select(RoomType.confirmed_at)).one() is not None


@pytest.mark.browser
def test_the_next_tile_is_in_view_before_the_scripts_have_come(committed, owner) -> None:
    held: list[Any] = []
    owner.click(".tile-free >> nth=0")
    owner.wait_for_selector("#quick form")
    owner.route("**/js/requests.js*", lambda route: held.append(route))
    owner.click("#quick form button[type=submit]")
    owner.wait_for_selector(".tile-taken")
    owner.wait_for_function(NEXT_TILE_IN_VIEW)
    assert owner.evaluate("document.readyState") == "interactive"
    for route in held:
        route.continue_()
    owner.wait_for_function("() => document.readyState === 'complete'")
    owner.wait_for_function(NEXT_TILE_IN_VIEW)
