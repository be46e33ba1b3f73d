"""Other sites' pages may read what is public in the JSON API, and nothing that a key opens."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.operations import create_api_key
from tests.factories import EstablishmentFactory

ORIGIN = {"Origin": "https://hiep-hoi.example"}
PUBLIC = ("/vacancies", "/vacancies/calendar", "/establishments", "/units", "/openapi.json")


def granted(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers if name.startswith("Access-Control-")}


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_is_open_to_every_page(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/v1{path}", headers=ORIGIN)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    readable = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After", "RateLimit-Remaining"} <= set(readable)
    assert response.headers.get("Set-Cookie") is None


@pytest.mark.parametrize("path", ["/vacancies?rooms=99", "/establishments/NO-SUCH-HOUSE"])
def test_its_errors_can_be_read_as_well(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/v1{path}", headers=ORIGIN)
    assert response.status_code in (404, 422)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_browser_may_ask_first(client: FlaskClient) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    response = client.options("/api/v1/vacancies", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    sendable = response.headers["Access-Control-Allow-Headers"]
    assert "If-None-Match" in sendable
    assert "Authorization" not in sendable
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_an_answer_to_a_key_is_open_to_no_page(client: FlaskClient, db_session: Any) -> None:
    house = EstablishmentFactory()
    _, token = create_api_key(role="manager", establishment_ids=[house.id])
    key = {**ORIGIN, "Authorization": f"Bearer {token}"}
    for path in ("/room-types", "/vacancies"):
        response = client.get(f"/api/v1{path}", headers=key)
        assert response.status_code == 200, path
        assert granted(response) == {}
    # Nor to a key nobody has, whatever the address.
    unknown = {**ORIGIN, "Authorization": "Bearer vt_no_key"}
    assert granted(client.get("/api/v1/vacancies", headers=unknown)) == {}


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_needs_a_key_is_open_to_no_page(client: FlaskClient, method: str) -> None:
    response = client.open("/api/v1/stays", method=method, headers=ORIGIN)
    assert granted(response) == {}


@pytest.mark.parametrize("path", ["/", "/search", "/sign-in", "/open-data", "/api/v1/nothing"])
def test_pages_are_not_part_of_it(client: FlaskClient, path: str) -> None:
    assert granted(client.get(path, headers=ORIGIN)) == {}
