"""The house of the stays' tests, and checking guests into it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import db
from app.stays.models import Guest
from tests.factories import UserFactory
from tests.stays.conftest import (  # noqa: F401 Fixtures are used by their names.
    FOREIGN,
    Api,
    api,
    by,
    clock,
    guest,
    house,
    room_type,
    stay_body,
)


@pytest.fixture
def desk(sign_in: Any, house: Any) -> Any:  # noqa: F811
    """A browser in which the house's front desk is signed in."""
    return sign_in(UserFactory(front_desk_of=house))


@pytest.fixture
def arrive(api: Api) -> Any:  # noqa: F811
    """Check a party in and return its guests."""

    def arrive(**changes: Any) -> list[Guest]:
        answer = api.post("/stays", stay_body(**changes))
        assert answer.status_code == 201, answer.json
        statement = select(Guest).where(Guest.stay_id == answer.json["id"])
        return list(db.session.scalars(statement.order_by(Guest.position)))

    return arrive


def foreigner(number: str = "L8988901", **changes: Any) -> dict[str, Any]:
    """A foreign guest with a passport of their own."""
    return FOREIGN | {"document": {"type": "passport", "number": number}} | changes
