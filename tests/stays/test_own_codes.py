"""A program names room types by its own codes wherever the API takes one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.stays.conftest import api_for, stay_body


@pytest.fixture
def other(house: Any) -> Any:
    """Another house, whose type's id the house uses as a code of its own."""
    return EstablishmentFactory(rooms=1)


@pytest.mark.parametrize("kind", ["letters", "number of another"])
def test_the_own_code_is_understood_everywhere(
    house: Any, other: Any, client: Any, kind: str
) -> None:
    code = "SUI" if kind == "letters" else str(other.room_types[0].id)
    RoomTypeFactory(establishment=house, rooms=2, code=code, capacity=4)
    api = api_for(client, house, role="manager")
    types = {item["code"]: item for item in api.get("/room-types").json["items"]}
    own = types[code]["id"]

    night = {"night": "2026-12-26", "vacant": 2}
    path = f"/api/v1/room-types/{code}/nights"
    put = client.put(path, json={"nights": [night]}, headers=api.headers())
    assert put.status_code == 200, put.json
    rows = {"nights": [{"room_type": code, **night}]}
    many = client.put("/api/v1/nights", json=rows, headers=api.headers())
    assert many.json["items"][0]["room_type"] == own
    read = api.get(f"/room-types/{code}/nights?from=2026-12-26&to=2026-12-27").json
    assert read["items"][0]["total"] == 2

    body = stay_body(room=None, room_type=code)
    assert api.post("/stays/validate", body).json["room"] in ("104", "105")
    made = api.post("/stays", body)
    assert made.status_code == 201, made.json
    assert api.get(f"/stays/{made.json['id']}").json["room_type"] == own
    moved = api.post(f"/stays/{made.json['id']}/move", {"room_type": "DBL"})
    assert moved.json["room"] == "101", moved.json

    reservation = {
        "reference": "R-1",
        "room_type": code,
        "arrival": "2026-12-27",
        "departure": "2026-12-28",
        "rooms": 1,
    }
    kept = api.post("/reservations", reservation)
    assert (kept.status_code, kept.json["room_type"]) == (201, own)
    changed = api.patch(f"/reservations/{kept.json['id']}", {"room_type": "DBL"}, 1)
    assert changed.json["room_type"] == types["DBL"]["id"]

    patched = api.patch(f"/room-types/{code}", {"kept_by": "feed"}, types[code]["version"])
    assert patched.json["kept_by"] == "feed"


def test_an_unknown_code_is_named_at_its_place(house: Any, client: Any) -> None:
    api = api_for(client, house, role="manager")
    wrong = api.post("/stays", stay_body(room=None, room_type="XXX"))
    [fault] = wrong.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/room_type", "not_found")
    rows = {"nights": [{"room_type": "XXX", "night": "2026-12-26", "vacant": 1}]}
    many = client.put("/api/v1/nights", json=rows, headers=api.headers())
    [fault] = many.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/nights/0/room_type", "not_found")
    assert api.get("/room-types/XXX/nights?from=2026-12-26&to=2026-12-27").status_code == 404


def test_validating_stores_nothing_at_all(house: Any, api: Any) -> None:
    before = api.get("/room-types").json
    answer = api.post("/stays/validate", stay_body())
    assert answer.status_code == 200
    assert answer.json["id"] is None
    assert answer.json["room"] == "101"
    assert api.get("/stays").json["items"] == []
    assert api.get("/room-types").json == before
    refused = api.post("/stays/validate", stay_body(guests=[]))
    assert refused.status_code == 422
    assert {"pointer", "code", "detail"} <= refused.json["errors"][0].keys()


def test_every_code_that_is_answered_is_listed(client: Any, house: Any, api: Any) -> None:
    listed = client.get("/api/v1/errors").json
    codes = str(listed)
    for code in ("contradicts", "differs_from_stays", "room_taken", "not_possible", "in_future"):
        assert f"'{code}'" in codes, code
