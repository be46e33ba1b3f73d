"""Two wards with a house each, and the people who may and may not read about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from app import dates
from app.accounts.models import User
from app.accounts.operations import create_api_key, start_session
from app.db import db
from app.statistics.opened.models import FiguresOpening
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.statistics.town import Party, rooms, stay

TODAY = date(2026, 11, 20)
AddressedTo = Callable[[User], FlaskClient]


@pytest.fixture
def town(db_session: Any) -> Iterator[SimpleNamespace]:
    """In Vũng Tàu 2 of 4 rooms are taken on 1 November, in Tam Thắng 1 of 2."""
    with time_machine.travel(dates.at(TODAY, 10), tick=False):
        here = EstablishmentFactory(code="HERE", name="=HYPERLINK(1)", stars=4)
        there = EstablishmentFactory(code="THERE", kind="homestay", unit=UnitFactory(code="26526"))
        first, night = date(2026, 11, 1), timedelta(days=1)
        for room in rooms(here, 4)[:2]:
            stay(room, first, first + night, Party(), Party("KOR"))
        stay(rooms(there, 2)[0], first, first + 2 * night, Party("RUS", persons=2))
        db.session.commit()
        yield SimpleNamespace(here=here, there=there, first=first)


@pytest.fixture
def as_(client: FlaskClient) -> AddressedTo:
    """The client, signed in as this person."""

    def signed_in(user: User) -> FlaskClient:
        token = start_session(user, address="127.0.0.1", browser=None)
        db.session.commit()
        with client.session_transaction() as session:
            session["token"] = token
        return client

    return signed_in


@pytest.fixture
def province(town: SimpleNamespace, as_: AddressedTo) -> FlaskClient:
    return as_(with_reasons(town, UserFactory(province_official=True)))


@pytest.fixture
def ward(town: SimpleNamespace, as_: AddressedTo) -> FlaskClient:
    """An official of Phường Vũng Tàu."""
    return as_(with_reasons(town, UserFactory(ward_official_of="26506")))


def with_reasons(town: SimpleNamespace, person: User) -> User:
    """Let the person have said why they look at each house and at lists of houses."""
    for house_id in (None, town.here.id, town.there.id):
        opening = FiguresOpening(
            at=dates.now(),
            until=dates.now() + timedelta(hours=24),
            actor=f"user:{person.id}",
            establishment_id=house_id,
            reason="Đối chiếu báo cáo tháng",
        )
        db.session.add(opening)
    return person


@pytest.fixture
def key(town: SimpleNamespace) -> Callable[..., dict[str, str]]:
    def headers(role: str = "province_official", **values: Any) -> dict[str, str]:
        _, text = create_api_key(role=role, **{"purpose": "Tổng hợp tháng", **values})
        db.session.commit()
        return {"Authorization": f"Bearer {text}"}

    return headers


@pytest.fixture
def send() -> Callable[..., Any]:
    """Post a form with the token of the page it stands on."""

    def send(client: FlaskClient, address: str, page: str | None = None, **values: Any) -> Any:
        text = client.get(page or address).get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        return client.post(address, data={"csrf_token": token[1] if token else "", **values})

    return send
