"""The search form for other sites: as lines to copy, and as the one page that may be framed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from lxml.html import fragment_fromstring

from app import dates
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.html import gate


def policy(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in policy_text(response).split(";"))
    return {name: value for name, _, value in parts}


def policy_text(response: Any) -> str:
    return str(response.headers["Content-Security-Policy"])


def test_only_the_form_may_be_framed(client: FlaskClient) -> None:
    form = client.get("/embed/form")
    assert policy(form)["frame-ancestors"] == "*"
    assert "X-Frame-Options" not in form.headers
    # All else stays as strict as anywhere.
    assert policy(form)["default-src"] == "'none'"
    assert policy(form)["form-action"] == "'self'"
    for path in ("/", "/search", "/embed", "/sign-in", "/nowhere"):
        assert policy(client.get(path))["frame-ancestors"] == "'none'", path


def test_the_form_needs_no_script_and_sets_no_cookie(client: FlaskClient) -> None:
    response = client.get("/embed/form")
    page = gate(response)
    assert page.xpath("//script") == []
    assert response.headers.get("Set-Cookie") is None
    (form,) = page.xpath("//form")
    assert (form.get("method"), form.get("action"), form.get("target")) == (
        "get",
        "/search",
        "_top",
    )


def test_what_is_typed_in_it_is_found(client: FlaskClient, db_session: Any) -> None:
    house = EstablishmentFactory(name="Khách sạn Hải Âu")
    RoomTypeFactory(establishment=house, rooms=3, all_known=True, confirmed_at=dates.now())
    (form,) = gate(client.get("/embed/form?kind=hotel&lang=en")).xpath("//form")
    values = dict(form.form_values())
    assert {name: values[name] for name in ("kind", "lang")} == {"kind": "hotel", "lang": "en"}
    values["check_in"] = dates.today().isoformat()
    page = gate(client.get(f"{form.get('action')}?{urlencode(values)}"))
    assert "Hải Âu" in page.text_content()
    assert page.getroottree().getroot().get("lang") == "en"


def test_the_lines_to_copy_are_such_forms(client: FlaskClient) -> None:
    page = gate(client.get("/embed?unit=26506&lang=en"))
    framed, plain = (area.text_content() for area in page.xpath("//textarea"))
    frame = fragment_fromstring(framed)
    assert frame.tag == "iframe"
    assert frame.get("src") == "http://localhost/embed/form?unit=26506&lang=en"
    assert frame.get("title")
    form = fragment_fromstring(plain)
    assert form.get("action") == "http://localhost/search"
    assert dict(form.form_values())["unit"] == "26506"
    assert client.get(frame.get("src").removeprefix("http://localhost")).status_code == 200


@pytest.mark.parametrize(
    "query", ["unit=nowhere", "kind=%22%3E%3Cscript%3E", "unit=%00", "kind=a,b"]
)
@pytest.mark.parametrize("path", ["/embed", "/embed/form"])
def test_a_code_nobody_knows_is_left_out(client: FlaskClient, path: str, query: str) -> None:
    page = gate(client.get(f"{path}?{query}"))
    assert page.xpath("//input[@type='hidden']") == []
