"""The sample pages in a real browser: what they look like to a program, and how they behave."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.fixtures.browser import LOADED
from tests.look.preview import PAGES, create_preview

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Without preload: axe would read imported sheets into inline styles, which the policy refuses.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = json.dumps({"preload": False, "runOnly": TAGS})

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (ROOT / "static" / "vendor" / "htmx.min.js").exists(),
        reason="static/vendor is not built: the pages would have no scripts",
    ),
]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_preview(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/look"
    server.shutdown()
    thread.join()
    server.server_close()


def settle(page: Any) -> None:
    """Wait until every module of the page has mounted and drawn."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(f"window.htmx && ({LOADED})()")
    page.evaluate("document.fonts.ready.then(() => null)")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_phone(page: Any, site: str, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{name}")
    settle(page)
    page.wait_for_function("document.documentElement.scrollWidth == 360")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Any, site: str, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}/{name}")
    settle(page)
    page.evaluate(AXE.read_text())
    found = page.evaluate(f"axe.run(document, {RULES}).then((result) => result.violations)")
    assert not [(rule["id"], [node["target"] for node in rule["nodes"]][:5]) for rule in found]


def test_an_error_summary_takes_the_focus(page: Any, site: str) -> None:
    page.goto(f"{site}/forms")
    settle(page)
    expect(page.locator(".error-summary")).to_be_focused()


def test_a_dialog_asks_before_it_acts(page: Any, site: str) -> None:
    page.goto(f"{site}/components")
    settle(page)
    button = page.get_by_role("button", name="Huỷ lượt ở")
    page.evaluate(
        "window.clicks = 0; document.querySelector('.button-danger')"
        ".addEventListener('click', () => { window.clicks += 1; })"
    )
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Thôi").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("window.clicks") == 0
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Huỷ lượt ở").click()
    page.wait_for_function("window.clicks == 1")
    expect(page.locator("dialog")).to_have_count(0)


def test_the_reader_may_choose_the_theme(page: Any, site: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{site}/components")
    settle(page)
    page.locator("[data-theme-switch]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_nights_are_chosen_by_keyboard_and_one_number_is_typed(page: Any, site: str) -> None:
    page.goto(f"{site}/calendar")
    settle(page)
    page.locator("#n-7-2026-12-19").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("td.is-chosen")).to_have_count(3)
    page.keyboard.press("5")
    values = {"room_type": "7", "from": "2026-12-20", "to": "2026-12-23", "rooms": "5"}
    for name, value in values.items():
        expect(page.locator(f"#edit [name={name}]")).to_have_value(value)
    with page.expect_request("**/look/calendar") as sent:
        page.keyboard.press("Enter")
    assert sent.value.method == "POST"


def test_nights_are_chosen_by_dragging(page: Any, site: str) -> None:
    page.goto(f"{site}/calendar")
    settle(page)
    page.locator("#n-8-2026-12-20").hover()
    page.mouse.down()
    page.locator("#n-8-2026-12-22").hover()
    page.mouse.up()
    expect(page.locator("td.is-chosen")).to_have_count(3)
    expect(page.locator("#edit [name=room_type]")).to_have_value("8")


def test_without_scripts_a_night_is_a_link_to_the_form(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/calendar")
    page.locator("#n-8-2026-12-20").click()
    page.wait_for_url("**?room_type=8&night=2026-12-20#edit")
    context.close()


def test_a_list_item_lights_up_its_marker_and_the_map_searches_here(page: Any, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}/search")
    settle(page)
    assert page.locator(".map .map-land").count() > 3
    page.locator("[data-point=VT0003]").hover()
    expect(page.locator(".map-point.is-lit")).to_have_count(1)
    page.get_by_role("button", name="Phóng to").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Tìm trong khung này").click()
    page.wait_for_url("**bbox=10.**")


def test_the_map_names_the_islands(page: Any, site: str) -> None:
    page.goto(f"{site}/search")
    settle(page)
    zoom_out = page.locator(".leaflet-control-zoom-out")
    while zoom_out.get_attribute("aria-disabled") != "true":
        zoom = page.get_attribute("[data-settled]", "data-settled")
        zoom_out.click()
        page.wait_for_selector(f"[data-settled]:not([data-settled='{zoom}'])")
    expect(page.get_by_text("Quần đảo Hoàng Sa (Việt Nam)")).to_have_count(1)
    expect(page.get_by_text("Quần đảo Trường Sa (Việt Nam)")).to_have_count(1)


def test_a_chart_is_drawn_and_its_table_is_beside_it(page: Any, site: str) -> None:
    page.goto(f"{site}/statistics")
    settle(page)
    page.locator("#trend svg path").nth(5).wait_for(state="attached")
    expect(page.locator("#trend table")).to_have_count(1)


def press(page: Any, site: str, name: str) -> None:
    page.goto(f"{site}/requests")
    settle(page)
    page.get_by_label("Họ và tên").fill("Nguyễn Thị Ễn")
    page.get_by_role("button", name=name).click()


def test_a_refused_form_comes_back_with_the_focus_on_its_faults(page: Any, site: str) -> None:
    with page.expect_request(lambda request: request.method == "POST") as sent:
        press(page, site, "Lưu")
    assert sent.value.headers["x-csrftoken"] == "a-token"
    expect(page.locator("#box .error-summary")).to_be_focused()
    expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Thị Ễn")


def test_a_fault_of_ours_is_told_and_what_was_typed_stays(page: Any, site: str) -> None:
    press(page, site, "Hỏng")
    page.get_by_role("alert").get_by_text("Chưa gửi được").wait_for()
    assert page.get_by_label("Họ và tên").input_value() == "Nguyễn Thị Ễn"
    assert page.locator("h1").inner_text() == "Gửi và nhận"


# When the slow button says that it is busy, and when it stops, counted from the click.
BUSY = """addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const began = performance.now();
  window.busy = [];
  new MutationObserver(() => window.busy.push(performance.now() - began))
    .observe(button, { attributes: true, attributeFilter: ["aria-busy"] });
}, true);"""


def test_a_button_is_busy_only_when_it_takes_long(page: Any, site: str) -> None:
    page.add_init_script(BUSY)
    press(page, site, "Chậm")
    page.wait_for_function("window.busy?.length == 2")
    (begun, ended) = page.evaluate("window.busy")
    assert begun >= 390
    assert ended > begun
    expect(page.get_by_role("button", name="Chậm")).to_be_enabled()


def test_a_lost_connection_is_told(page: Any, site: str) -> None:
    page.goto(f"{site}/requests")
    settle(page)
    page.evaluate("() => { console.error = () => {}; }")  # htmx logs what this test makes happen.
    page.context.set_offline(True)
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("alert").get_by_text("Mất kết nối").wait_for()
