"""The frame, the macros and the tokens, without a browser."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient

from tests.look.preview import PAGES, create_preview

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
ICON = re.compile(r"""(?:icon\(|icon=|icon_end=|icons\.svg#)(?:"|(?<=#))([a-z0-9-]+)""")

INKS = ("ink", "ink-soft", "sea", "coral", "leaf", "sunrise")
# A pair of text and ground, and the contrast it owes (WCAG AA: 4.5 for text, 3 for shapes).
PAIRS = [
    *[(ink, "ground", 4.5) for ink in INKS],
    *[(ink, "surface", 4.5) for ink in INKS],
    *[(name, f"{name}-soft", 4.5) for name in ("coral", "leaf", "sunrise", "sea")],
    *[("ink", f"{name}-soft", 4.5) for name in ("coral", "leaf", "sunrise", "sea", "sand")],
    *[("ink-soft", f"{name}-soft", 4.5) for name in ("coral", "leaf", "sunrise", "sea", "sand")],
    *[(f"vacancy-{step}-ink", f"vacancy-{step}", 4.5) for step in range(5)],
    *[("heat-ink", f"heat-{step}", 4.5) for step in range(4)],
    *[("heat-ink-far", f"heat-{step}", 4.5) for step in range(4, 7)],
    ("on-sea", "sea", 4.5),
    ("on-frame", "frame", 4.5),
    ("on-frame-soft", "frame", 4.5),
    ("rule-strong", "surface", 3),
    ("rule-strong", "ground", 3),
]  # fmt: skip


def blocks() -> dict[str, dict[str, str]]:
    """Return the colours of tokens.css: light, dark by the system, dark as chosen."""
    parts = re.findall(r":root[^{]*\{(.*?)\n *\}", (CSS / "tokens.css").read_text(), re.DOTALL)
    names = ("light", "dark", "dark chosen")
    return {
        name: dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", part))
        for name, part in zip(names, parts, strict=True)
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture
def look() -> Flask:
    return create_preview()


@pytest.fixture
def visitor(look: Flask) -> Iterator[FlaskClient]:
    with look.test_client() as client:
        yield client


def test_contrast_knows_black_from_grey() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#d1495b", "#ffffff") < 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(theme: str) -> None:
    colours = blocks()[theme]
    weak = [
        f"{ink} on {ground}: {contrast(colours[ink], colours[ground]):.2f}"
        for ink, ground, owed in PAIRS
        if contrast(colours[ink], colours[ground]) < owed
    ]
    assert not weak


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_vacancy_grows_lighter_with_every_step(theme: str) -> None:
    colours = blocks()[theme]
    steps = [luminance(colours[f"vacancy-{step}"]) for step in range(5)]
    assert steps == sorted(steps)
    assert all(later > earlier * 1.1 for earlier, later in pairwise(steps))


def test_the_dark_theme_is_the_same_by_the_system_and_by_choice() -> None:
    found = blocks()
    assert found["dark"] == found["dark chosen"]
    assert found["dark"].keys() <= found["light"].keys()


def test_every_token_that_is_used_exists() -> None:
    known = set(re.findall(r"(--[a-z0-9-]+):", (CSS / "tokens.css").read_text()))
    used = {
        name
        for path in [*CSS.glob("*.css")]
        for name in re.findall(r"var\((--[a-z0-9-]+)\)", path.read_text())
    }
    assert used <= known


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    listed = (ROOT / "static" / "icons.txt").read_text().split()
    assert listed == sorted(set(listed))
    texts = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    named = {name for text in texts for name in ICON.findall(text)} - {
        "name",
        "none",
        "icons",
        "icon",
    }
    assert named <= set(listed)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sample_pages_pass_a_strict_policy(visitor: FlaskClient, name: str, lang: str) -> None:
    html = visitor.get(f"/look/{name}?lang={lang}&flash=1").text
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading is not None
    assert html.count("<h1") == 1
    assert f"<title>{heading[1].strip()} –" in html
    assert f'<html lang="{lang}">' in html
    assert " style=" not in html
    assert "<style" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert all(
        "src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", html)
    )


def test_a_visitor_without_a_cookie_gets_none(visitor: FlaskClient) -> None:
    answer = visitor.get("/look/components?anonymous=1")
    assert "Set-Cookie" not in answer.headers
    assert "csrf-token" not in answer.text
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_the_switch_of_language_keeps_the_question(visitor: FlaskClient) -> None:
    html = visitor.get("/look/search?q=bãi+sau&stars=4&stars=5&lang=vi").text
    assert "?q=b%C3%A3i+sau&amp;stars=4&amp;stars=5&amp;lang=en" in html


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503]
)
def test_every_failure_has_a_page_in_words(visitor: FlaskClient, status: int) -> None:
    answer = visitor.get(f"/look/error/{status}")
    assert answer.status_code == status
    assert f"Mã lỗi {status}" in answer.text


def test_an_error_stands_in_the_summary_and_at_its_field(visitor: FlaskClient) -> None:
    html = visitor.get("/look/forms").text
    assert 'href="#arrival">Hãy chọn ngày đến' in html
    assert 'href="#purpose-0">' in html
    assert 'aria-describedby="arrival-error"' in html
    assert 'id="arrival-error"' in html
    assert 'aria-invalid="true"' in html
    assert "Not a valid" not in html


def test_a_message_swaps_itself_in_only_for_a_fragment(look: Flask) -> None:
    with look.test_request_context(headers={"HX-Request": "true"}):
        assert "hx-swap-oob" in render_template("_messages.html")
    with look.test_request_context():
        assert "hx-swap-oob" not in render_template("_messages.html")


VACANCY = '{%% from "macros/components.html" import vacancy %%}{{ vacancy(%s) }}'


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("0", "vacancy-0"),
        ("1", "vacancy-1"),
        ("3", "vacancy-2"),
        ("8, total=100", "vacancy-2"),
        ("8", "vacancy-3"),
        ("12", "vacancy-4"),
        ("none", "vacancy-unknown"),
        ("5, freshness='hidden'", "vacancy-unknown"),
    ],
)
def test_a_vacancy_has_a_step_and_a_word(look: Flask, arguments: str, shown: str) -> None:
    with look.test_request_context():
        html = render_template_string(VACANCY % arguments)
    assert f'class="vacancy {shown}"' in html
    assert "phòng" in html
