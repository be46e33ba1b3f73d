"""People of the availability tests: who signs in, and a key for the API."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts import operations as accounts
from app.db import db
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate

_numbers = itertools.count()


class Desk:
    """A browser of somebody signed in: it opens a page and sends one of the page's forms."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == status
        return gate(answer)

    def send(self, page: str, path: str, follow: bool = False, **fields: Any) -> Any:
        """Send fields to ``path`` with the token of ``page``."""
        token = self.open(page).xpath("//input[@name='csrf_token']/@value")[0]
        data = {"csrf_token": token} | {name.rstrip("_"): v for name, v in fields.items()}
        return self.client.post(path, data=data, follow_redirects=follow)


@pytest.fixture
def house(db_session: Any) -> Any:
    """A house with a type of five rooms and one of two."""
    house = EstablishmentFactory()
    RoomTypeFactory(establishment=house, name="Phòng đôi", rooms=5, code="DBL")
    RoomTypeFactory(establishment=house, name="Phòng gia đình", rooms=2, capacity=4)
    db.session.expire(house)
    return house


@pytest.fixture
def desk(sign_in: Any, house: Any) -> Desk:
    """The front desk of the house."""
    return Desk(sign_in(UserFactory(front_desk_of=house)))


@pytest.fixture
def manager(sign_in: Any, house: Any) -> Desk:
    """The manager of the house."""
    return Desk(sign_in(UserFactory(manager_of=house)))


@pytest.fixture
def stranger(sign_in: Any, db_session: Any) -> FlaskClient:
    """A client as the manager of another house."""
    return sign_in(UserFactory(manager_of=EstablishmentFactory()))


@pytest.fixture
def official(sign_in: Any, db_session: Any) -> FlaskClient:
    """A client as an official of the province, who works in no house."""
    return sign_in(UserFactory(province_official=True))


class Sender:
    """A program with a key for some houses; every write gets an idempotency key of its own."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.authorization = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.authorization)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {"Idempotency-Key": f"test-{next(_numbers)}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.open(
            f"/api/v1{path}", method=method, json=body, headers=self.authorization | named
        )


@pytest.fixture
def sender_of(client: FlaskClient) -> Any:
    def sender_of(*houses: Any, role: str = "manager") -> Sender:
        ids = [house.id for house in houses]
        _, key = accounts.create_api_key(role=role, establishment_ids=ids)
        db.session.commit()
        return Sender(client, key)

    return sender_of


@pytest.fixture
def sender(sender_of: Any, house: Any) -> Sender:
    return sender_of(house)
