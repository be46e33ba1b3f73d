"""People of the registry's tests: who signs in, and a key for the API."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest

from app.accounts import operations as accounts
from app.db import db
from tests.factories import EstablishmentFactory, UserFactory

_numbers = count()


@pytest.fixture
def house(db_session: Any) -> Any:
    """A house of its own with rooms 101, 102 of one type."""
    return EstablishmentFactory(rooms=2)


@pytest.fixture
def owner(sign_in: Any, house: Any) -> Any:
    """A client as the manager of the house."""
    return sign_in(UserFactory(manager_of=house))


@pytest.fixture
def official(sign_in: Any, db_session: Any) -> Any:
    """A client as an official of the province."""
    return sign_in(UserFactory(province_official=True))


@pytest.fixture
def key_of(db_session: Any) -> Any:
    """Headers of an API key for some houses."""

    def key_of(*houses: Any, role: str = "manager") -> dict[str, str]:
        ids = [house.id for house in houses]
        _, text = accounts.create_api_key(role=role, establishment_ids=ids)
        db.session.commit()
        return {"Authorization": f"Bearer {text}", "Idempotency-Key": f"test-{next(_numbers)}"}

    return key_of


TOKEN = re.compile(r'name="[a-z_-]*csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def post() -> Any:
    """Send a form with the token of the page it stands on (its own address, or ``on``)."""

    def post(client: Any, path: str, *, on: str | None = None, **data: Any) -> Any:
        page = client.get(on or path)
        token = TOKEN.search(page.text)
        assert token, f"no form on {on or path} ({page.status_code})"
        fields = {name.replace("__", "-"): value for name, value in data.items()}
        return client.post(path, data={**fields, "csrf_token": token.group(1)})

    return post
