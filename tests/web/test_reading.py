"""What no column can hold, and what no parser should meet, is refused at its place."""

import base64
import json

import pytest

from app.accounts.operations import create_api_key
from app.db import db
from tests.factories import EstablishmentFactory


@pytest.fixture
def headers(db_session):
    house = EstablishmentFactory()
    _, key = create_api_key(role="manager", establishment_ids=[house.id])
    db.session.commit()
    return {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": "1",
        "Content-Type": "application/json",
    }


def test_a_number_of_thousands_of_digits_is_a_bad_request(client, headers) -> None:
    body = '{"planned_departure": ' + "1" * 4400 + "}"
    assert client.post("/api/v1/stays", data=body, headers=headers).status_code == 400


def test_deep_json_is_a_bad_request(client, headers) -> None:
    body = "[" * 100_000
    assert client.post("/api/v1/stays", data=body, headers=headers).status_code == 400


@pytest.mark.parametrize("text", ["\\u0000", "a\\ud800b"])
def test_an_unstorable_text_is_named_by_its_pointer(client, headers, text: str) -> None:
    body = '{"guests": [{"full_name": "' + text + '"}]}'
    answer = client.post("/api/v1/stays", data=body, headers=headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/guests/0/full_name"]


def test_an_unknown_members_name_is_not_repeated(client, headers) -> None:
    body = json.dumps({"guests": [{"nationality": "VNM", "Nguyễn Văn Canary": 1}]})
    answer = client.post("/api/v1/stays", data=body, headers=headers)
    assert answer.status_code == 422
    assert "Canary" not in answer.get_data(as_text=True)


def test_an_unstorable_parameter_is_named(client, headers) -> None:
    answer = client.get("/api/v1/stays?room=%00", headers=headers)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["parameter"] == "room"
    assert client.get("/api/v1/establishments/%00").status_code == 404


@pytest.mark.parametrize("values", [["\ud800", "a"], [1], "x", {"a": 1}])
def test_an_altered_cursor_is_refused(client, db_session, values) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    assert client.get("/api/v1/establishments", query_string={"cursor": cursor}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/vacancies?q=9999-12-31",
        "/search?q=31/12/9999",
        "/api/v1/vacancies/calendar?from=9999-12-31",
        "/api/v1/holidays?from=9999-12-31",
        "/api/v1/vacancies?check_in=0001-01-01",
    ],
)
def test_a_far_date_breaks_nothing(client, db_session, path: str) -> None:
    assert client.get(path).status_code in (200, 422)
