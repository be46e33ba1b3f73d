"""A house with rooms, who works in it, and the data of guests who are nobody."""

from __future__ import annotations

import copy
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from app import dates
from app.accounts import operations as accounts
from app.dates import ZONE
from app.db import db
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory

NOW = datetime(2026, 12, 24, 15, 0, tzinfo=ZONE)
CANARY = "077190123456"

GUEST: dict[str, Any] = {
    "full_name": "Nguyễn Thị Canary",
    "date_of_birth": "1990-01-31",
    "sex": "F",
    "nationality": "VNM",
    "document": {"type": "citizen_id", "number": CANARY},
    "phone": "0909 123 456",
    "residence": {"kind": "permanent", "country": "VNM", "unit": "26506", "address": "1 Thùy Vân"},
}
FOREIGN: dict[str, Any] = {
    "full_name": "ERIKSSON ANNA",
    "date_of_birth": "1974-08-12",
    "sex": "F",
    "nationality": "SWE",
    "document": {"type": "passport", "number": "L8988901"},
    "permitted_until": "2027-01-20",
}
_numbers = itertools.count(1)


def guest(**changes: Any) -> dict[str, Any]:
    """A domestic guest with a document of their own."""
    made = copy.deepcopy(GUEST)
    made["document"]["number"] = f"077190{next(_numbers):06d}"
    return made | changes


def stay_body(**changes: Any) -> dict[str, Any]:
    """A check-in of one domestic guest an hour ago, for two nights."""
    arrived_at = dates.now() - timedelta(hours=1)
    body: dict[str, Any] = {
        "room": "101",
        "arrived_at": dates.local(arrived_at).isoformat(timespec="seconds"),
        "planned_departure": str(dates.first_night(arrived_at) + timedelta(days=2)),
        "guests": [guest()],
    }
    return body | changes


@pytest.fixture
def clock() -> Any:
    """Christmas Eve, three in the afternoon."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(db_session: Any, clock: Any) -> Any:
    """A house with rooms 101, 102, 103 of one type for two."""
    house = EstablishmentFactory()
    RoomTypeFactory(establishment=house, rooms=3, code="DBL")
    return house


@pytest.fixture
def room_type(house: Any) -> Any:
    return house.room_types[0]


@pytest.fixture
def by(house: Any) -> Principal:
    user = UserFactory(front_desk_of=house)
    return Principal("user", user.id, houses={house.id: "front_desk"})


class Api:
    """Calls the JSON API with a key; each write has an idempotency key of its own."""

    def __init__(self, client: Any, key: str) -> None:
        self.client, self.key = client, key

    def headers(self, **more: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": f"test-{next(_numbers)}",
            **more,
        }

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers())

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1{path}", json=body if body is not None else {}, headers=self.headers(**headers)
        )

    def patch(self, path: str, body: Any, version: int | str) -> Any:
        headers = self.headers(**{"If-Match": f'"{version}"'})
        return self.client.patch(f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
def api(client: Any, house: Any) -> Api:
    """The API as the house's front desk."""
    return api_for(client, house)


def api_for(client: Any, *houses: Any, role: str = "front_desk") -> Api:
    _, key = accounts.create_api_key(role=role, establishment_ids=[h.id for h in houses])
    db.session.commit()
    return Api(client, key)
