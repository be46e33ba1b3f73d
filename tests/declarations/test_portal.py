"""The client of the portal's API against a stand-in: taken, refused record by record, and away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.declarations.models import Filing
from tests.declarations.conftest import foreigner
from tests.declarations.test_pages import address, press
from tests.stays.conftest import guest


class StandIn(ThreadingHTTPServer):
    """Answers as the guide says the portal does; remembers what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str | None, Any]] = []
        self.answers: list[tuple[int, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["Authorization"], body))
        taken = (200, json.dumps({"code": "200", "message": "Thành công", "data": None}))
        status, text = self.server.answers.pop(0) if self.server.answers else taken
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def portal(app: Flask, house: Any) -> Iterator[StandIn]:
    """A stand-in that is set up for the house."""
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    config = app.extensions["config"]
    app.extensions["config"] = replace(
        config, portal_url=server.url, portal_token="t", portal_establishment=house.code
    )
    yield server
    app.extensions["config"] = config
    server.shutdown()
    thread.join()
    server.server_close()


def states(*guests: Any) -> list[str]:
    for one in guests:
        db.session.refresh(one)
    return [one.filing_state for one in guests]


def test_each_kind_goes_to_its_own_endpoint_and_is_amber(
    desk: Any, house: Any, arrive: Any, portal: StandIn
) -> None:
    guests = arrive(guests=[guest(), foreigner()])
    assert press(desk, house, "/hand-in").status_code == 303
    assert [(path, token) for path, token, _ in portal.seen] == [
        ("/client-service/kbtt-vn/kbtt-3th", "Bearer t"),
        ("/client-service/kbtt/kbtt-3th", "Bearer t"),
    ]
    assert all(isinstance(body, list) for _, _, body in portal.seen)
    assert portal.seen[1][2][0]["soHoChieu"] == "L8988901"
    assert states(*guests) == ["sent", "sent"]
    assert len(db.session.scalars(select(Filing.receipt_code)).all()) == 2


def test_what_is_refused_stays_unsent_and_says_why(
    desk: Any, house: Any, arrive: Any, portal: StandIn
) -> None:
    first, second = arrive(guests=[guest(), guest()])
    message = "Bản khai báo 1: Số hộ chiếu đang tạm trú tại CSLT và chưa checkout"
    portal.answers = [(400, json.dumps({"code": "400", "message": message, "data": None}))]
    answer = press(desk, house, "/hand-in")
    page = desk.get(answer.location)
    assert "cổng còn ghi khách này đang ở" in page.text
    assert states(first, second) == ["ready", "ready"]
    assert db.session.scalars(select(Filing)).one().sent_at is None


@pytest.mark.parametrize(
    "answer",
    [(500, "oops"), (200, "<html>"), (200, '{"code":"401"}'), (302, ""), (400, "[]")],
)
def test_an_unclear_answer_marks_nobody(
    desk: Any, house: Any, arrive: Any, portal: StandIn, answer: tuple[int, str]
) -> None:
    (known,) = arrive()
    portal.answers = [answer]
    page = desk.get(press(desk, house, "/hand-in").location)
    assert "Cổng không trả lời" in page.text
    assert states(known) == ["ready"]


def test_a_portal_that_is_away_marks_nobody(
    desk: Any, house: Any, arrive: Any, app: Flask, portal: StandIn
) -> None:
    (known,) = arrive()
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, portal_url="http://127.0.0.1:9")
    page = desk.get(press(desk, house, "/hand-in").location)
    assert "Cổng không trả lời" in page.text
    assert states(known) == ["ready"]


def test_it_is_offered_only_where_it_is_set_up(
    desk: Any, house: Any, arrive: Any, app: Flask, portal: StandIn
) -> None:
    arrive()
    page = desk.get(address(house))
    assert "chưa từng được thử với cổng thật" in page.text
    app.extensions["config"] = replace(app.extensions["config"], portal_establishment="OTHER")
    assert "Gửi thẳng qua API" not in desk.get(address(house)).text
    assert press(desk, house, "/hand-in").status_code == 404
    assert portal.seen == []
