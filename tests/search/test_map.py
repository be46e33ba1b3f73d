"""Map and list as one, in a real browser: by pointer and by keyboard, with tiles and without."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from app import dates
from app.config import Config, ConfigError, tile_origin
from app.db import db
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
needs_assets = pytest.mark.skipif(
    not (Path(__file__).parents[2] / "static/vendor/htmx.min.js").exists(),
    reason="static/vendor is not built: the pages would have no scripts",
)
READY = "[data-module=map][data-mounted=done]"


@pytest.fixture
def town(committed: Flask) -> None:
    """Two houses far from each other, north and south."""
    with committed.app_context():
        for name, lat in (("Khách sạn Bắc", 10.40), ("Khách sạn Nam", 10.33)):
            house = EstablishmentFactory(name=name, lat=lat, lon=107.09)
            RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
        db.session.commit()


def open_search(page: Any, live_server: str, query: str = "") -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server}/search?check_in={dates.today()}{query}")
    page.wait_for_selector(READY)


def names(page: Any) -> list[str]:
    return [str(name) for name in page.locator(".result-name").all_text_contents()]


def only(page: Any, name: str) -> None:
    expect(page.locator(".result-name")).to_have_text([name])


@pytest.mark.browser
@needs_assets
def test_moving_the_map_searches_there_and_back_leads_back(
    page: Any, live_server: str, town: None
) -> None:
    open_search(page, live_server, "&bbox=10.295,107.05,10.435,107.13")
    before = page.url
    expect(page.locator(".result-name")).to_have_count(2)
    page.evaluate("document.querySelector('.map').own = true")
    page.locator(".map").focus()
    zoom = page.get_attribute(".map", "data-settled")
    # Closer, then north by the keys: the southern house is out of sight. The first of these moves
    # is never answered, since the second overtakes it.
    page.route("**/search?*", lambda route: None, times=1)
    with page.expect_request("**/search?*"):
        page.keyboard.press("+")
    page.wait_for_selector(f"[data-settled]:not([data-settled='{zoom}'])")
    page.keyboard.press("Shift+ArrowUp")
    only(page, "Khách sạn Bắc")
    # It is the same map, it has the focus still, and it shows what the list shows.
    page.wait_for_function("document.querySelector('.map')?.own")
    expect(page.locator(".map")).to_be_focused()
    expect(page.locator(".map-point")).to_have_count(1)
    page.wait_for_function("(before) => location.href != before", arg=before)
    once = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(once) => location.href != once", arg=once)
    page.wait_for_selector("[data-settled]")
    moved, zoom = page.url, page.get_attribute(".map", "data-settled")
    page.reload()
    page.wait_for_selector(READY)
    only(page, "Khách sạn Bắc")
    expect(page.locator(".map")).to_have_attribute("data-settled", zoom)
    assert page.url == moved
    # However often the map was moved, one step back leads to where the moving began.
    page.go_back()
    page.wait_for_url(before)
    page.wait_for_selector(READY)
    expect(page.locator(".result-name")).to_have_count(2)


@pytest.mark.browser
@needs_assets
def test_who_does_not_want_it_gets_a_button(page: Any, live_server: str, town: None) -> None:
    open_search(page, live_server)
    follows = page.get_by_label("Tìm khi di chuyển bản đồ")
    expect(follows).to_be_checked()
    follows.uncheck()
    page.get_by_role("button", name="Phóng to").click()
    button = page.get_by_role("button", name="Tìm trong khung này")
    button.wait_for()
    assert "bbox" not in page.url
    button.click()
    page.wait_for_url(re.compile("bbox=10"))
    page.reload()
    page.wait_for_selector(READY)
    expect(page.get_by_label("Tìm khi di chuyển bản đồ")).not_to_be_checked()


@pytest.mark.browser
@needs_assets
def test_by_keyboard_a_marker_leads_to_its_house(page: Any, live_server: str, town: None) -> None:
    open_search(page, live_server)
    # The map first, then its markers in the order of the list.
    page.locator(".map").focus()
    page.keyboard.press("Tab")
    marker = page.locator(".map-point").first
    expect(marker).to_be_focused()
    assert marker.get_attribute("title").startswith(names(page)[0])
    page.keyboard.press("Enter")
    link = page.locator(".leaflet-popup a[href*='/establishments/']")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(marker).to_be_focused()
    # Nothing of that was a move of the reader's.
    assert "bbox" not in page.url


class Tiles(BaseHTTPRequestHandler):
    """A tile server of one blue pixel."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(PIXEL)

    def log_message(self, *_said: Any) -> None:
        pass


@pytest.fixture
def tiles() -> Iterator[str]:
    Tiles.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def with_tiles(app: Flask, origin: str) -> None:
    url = origin + "/{z}/{x}/{y}.png"
    app.config["MAP_TILES"] = {"url": url, "attribution": "© Bản đồ thử"}
    app.config["MAP_TILE_ORIGIN"] = tile_origin(url)


@pytest.mark.browser
@needs_assets
def test_tiles_come_from_the_one_place_that_is_set(
    page: Any, live_server: str, committed: Flask, town: None, tiles: str
) -> None:
    with_tiles(committed, tiles)
    open_search(page, live_server)
    page.wait_for_selector("img.leaflet-tile-loaded")
    assert Tiles.asked
    expect(page.get_by_text("© Bản đồ thử")).to_have_count(1)


def test_the_policy_names_no_other_place_for_images(client: FlaskClient) -> None:
    app = client.application
    before = {name: app.config[name] for name in ("MAP_TILES", "MAP_TILE_ORIGIN")}
    policy = client.get("/search").headers["Content-Security-Policy"]
    assert "img-src 'self' data:;" in policy
    try:
        with_tiles(app, "https://tiles.example")
        response = client.get("/search")
    finally:
        app.config.update(before)
    assert (
        "img-src 'self' data: https://tiles.example;" in response.headers["Content-Security-Policy"]
    )
    (drawn,) = gate(response).xpath("//div[@data-module='map']")
    assert drawn.get("data-tiles") == "https://tiles.example/{z}/{x}/{y}.png"
    assert drawn.get("data-attribution") == "© Bản đồ thử"


@pytest.mark.parametrize(
    "url",
    [
        "tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/tile.png",
        "https://*.example/{z}/{x}/{y}.png",
        "https://tiles.example;script-src/{z}/{x}/{y}.png",
        "javascript://x/{z}/{x}/{y}",
    ],
)
def test_a_tile_address_that_would_widen_the_policy_stops_the_start(
    tmp_path: Path, url: str
) -> None:
    environ = {"DATA_DIR": str(tmp_path), "MAP_TILES_URL": url}
    with pytest.raises(ConfigError, match="MAP_TILES_URL"):
        Config.from_environ(environ, dotenv=None)
