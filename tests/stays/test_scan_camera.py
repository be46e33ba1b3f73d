"""The camera in a real browser: a card is held before a camera that is a film of its QR code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.sync_api import expect

from app.config import ROOT
from tests.fixtures.browser import FLAGS, LOADED, NAMES
from tests.stays.test_group_browser import list_page  # noqa: F401
from tests.stays.test_scan_browser import desk, guest_named  # noqa: F401
from tests.stays.test_scanning import card

WIDTH, HEIGHT, SCALE = 640, 480, 7

pytestmark = pytest.mark.skipif(
    not (ROOT / "static/vendor/zxing").exists(), reason="static/vendor is not built: run `make`"
)


def film(text: str, path: Path) -> None:
    """Write a film of one picture: the QR code in black on white, in YUV 4:2:0."""
    rows = [list(row) for row in segno.make(text, error="m").matrix]
    side = len(rows) * SCALE
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    assert top > 4 * SCALE, "the code and its quiet zone fit"
    light = bytearray(b"\xeb" * (WIDTH * HEIGHT))
    for y in range(side):
        for x in range(side):
            if rows[y // SCALE][x // SCALE]:
                light[(top + y) * WIDTH + left + x] = 16
    colour = b"\x80" * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + (b"FRAME\n" + bytes(light) + colour) * 2)


@contextmanager
def camera_with(browser: Any, text: str, folder: Path) -> Iterator[Any]:
    """A browser before whose camera a card is held."""
    film(text, folder / "card.y4m")
    path = next(filter(None, map(shutil.which, NAMES)))
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={folder / 'card.y4m'}",
    ]
    started = browser.browser_type.launch(executable_path=path, args=flags)
    try:
        yield started
    finally:
        started.close()


@pytest.mark.browser
def test_a_card_before_the_camera_fills_the_row_and_no_picture_leaves(
    browser,
    live_server,
    desk,  # noqa: F811
    tmp_path,
) -> None:
    with camera_with(browser, card(1, "Nguyễn Thị Ảnh"), tmp_path) as with_camera:
        page = with_camera.new_context(storage_state=desk.context.storage_state()).new_page()
        page.goto(desk.url)
        page.wait_for_function(LOADED)
        page.wait_for_selector("[data-camera]:not([hidden])")
        sent: list[Any] = []
        page.on("request", lambda request: sent.append(request))
        page.click("[data-camera]")
        guest_named(page, 0, "Nguyễn Thị Ảnh")
        page.click("[data-camera-off]")
        page.wait_for_selector(".camera", state="hidden")
    # The reader comes from here, and what goes out is the text alone, to the form's own address.
    assert all(request.url.startswith(live_server) for request in sent)
    posted = [request for request in sent if request.method == "POST"]
    assert [request.url for request in posted] == [f"{desk.url.removesuffix('/new')}"]
    assert len(posted[0].post_data) < 4000
    assert any(request.url.split("?")[0].endswith("zxing_reader.wasm") for request in sent)


@pytest.mark.browser
def test_without_a_camera_it_says_so(desk) -> None:  # noqa: F811
    desk.click("[data-camera]")
    desk.wait_for_selector(".camera-words:has-text('máy ảnh')")
    desk.wait_for_function(
        "() => !/Đang đọc/.test(document.querySelector('.camera-words').textContent)"
    )
    expect(desk.locator(".camera-words")).to_contain_text("dán")
    expect(desk.locator(".camera video")).to_be_hidden()


@pytest.mark.browser
def test_a_card_before_the_camera_of_a_group_becomes_a_line_of_its_list(
    browser,
    list_page,  # noqa: F811
    tmp_path,
) -> None:
    with camera_with(browser, card(1, "Nguyễn Thị Ảnh"), tmp_path) as with_camera:
        page = with_camera.new_context(storage_state=list_page.context.storage_state()).new_page()
        page.goto(list_page.url)
        page.wait_for_function(LOADED)
        page.click("[data-camera]:not([hidden])")
        page.wait_for_function("() => document.getElementById('intake').value.includes('|')")
        # However long it is held there, it is one guest.
        assert len(page.input_value("#intake").splitlines()) == 1
        page.click(".group-intake button:has-text('Thêm vào danh sách')")
        page.wait_for_selector("#group-rows :text('Ảnh')")
