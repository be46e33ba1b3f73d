"""The main job in one go: a house reports, a visitor finds, an official reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.accounts.operations import create_api_key
from app.db import db
from app.search.live import engine
from app.search.rebuild import rebuild
from app.worker import Worker
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory

PASSWORD = "một câu đủ dài để nhớ"
NAME = "Khách sạn Mỏ Neo Biếc"
FINDABLE_SECONDS = 6.0


@dataclass
class House:
    """Where the pages are, the house on them, and its key."""

    url: str
    code: str
    key: str


@pytest.fixture
def house(meilisearch: Any, committed: Flask, live_server: str) -> Iterator[House]:
    """A house of two rooms that never said what is vacant, and a worker beside the server."""
    with committed.app_context():
        made = EstablishmentFactory(name=NAME)
        RoomTypeFactory(establishment=made, rooms=2, code="DBL", capacity=2)
        UserFactory(front_desk_of=made, login="desk@example.test", password=PASSWORD)
        UserFactory(province_official=True, login="so@example.test", password=PASSWORD)
        _, key = create_api_key(role="manager", establishment_ids=[made.id])
        db.session.commit()
        found = engine()
        assert found is not None
        rebuild(found)
        told = House(live_server, made.code, key)
    worker = Worker(committed)
    thread = threading.Thread(target=worker.run)
    thread.start()
    yield told
    worker.stop()
    thread.join(30)


def sign_in(page: Any, house: House, login: str, target: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{house.url}/sign-in?next={target}")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"**{target}")


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + FINDABLE_SECONDS
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.2)


def search(page: Any, house: House) -> str:
    page.goto(f"{house.url}/search?q=ks mo neo biec dem nay 2 nguoi")
    return page.inner_text("#results")


@pytest.mark.browser
def test_a_house_reports_a_visitor_finds_an_official_reads(house: House, page: Any) -> None:
    assert NAME not in search(page, house), "nothing is known to be vacant yet"

    sign_in(page, house, "desk@example.test", f"/hotel/{house.code}/calendar")
    page.click("text=Tất cả vẫn đúng")
    page.wait_for_selector(".messages .notice")
    until(lambda: "Còn 2 phòng" in search(page, house), "the vacancy is not found")

    page.goto(f"{house.url}/hotel/{house.code}/tonight")
    page.click(".tile-free >> nth=0")
    page.click("#quick form button[type=submit]")
    page.wait_for_selector(".messages .notice")
    until(lambda: "Còn 1 phòng" in search(page, house), "the arrival does not move the vacancy")

    sign_in(page, house, "so@example.test", "/statistics/occupancy")
    assert "50,0\xa0%" in page.inner_text("main"), "one of two rooms is occupied"

    answer = page.request.get(
        f"{house.url}/api/v1/vacancies?q=mo neo biec&check_in=2000-01-01",
    )
    assert answer.status == 422
    answer = page.request.get(
        f"{house.url}/api/v1/stays", headers={"Authorization": f"Bearer {house.key}"}
    )
    assert [stay["room"] for stay in answer.json()["items"]] == ["101"]
