"""What lists left out, for the province to complete."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.db import db
from app.registry.models import Classification, Establishment, Room
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate, swap

MISSING = "/admin/establishments/missing"
ALL = {
    "unit": "26526",
    "location": "10.35, 107.09",
    "rooms": "12",
    "capacity": "3",
    "phone": "0254 3000 111",
    "licence_no": "7/GP",
    "stars": "3",
}


@pytest.fixture
def bare(db_session: Any) -> Establishment:
    """A house of which only the name is known."""
    return EstablishmentFactory(name="Chỉ Có Tên", unit=None, lat=None, lon=None, phone=None)


def listed(client: FlaskClient, query: str = "") -> list[str]:
    document = gate(client.get(f"{MISSING}{query}"))
    return [a.text for a in document.xpath("//ul[contains(@class, 'list')]//a[@class='strong']")]


def test_everything_is_completed_at_once(
    official: FlaskClient, bare: Establishment, post: Any
) -> None:
    assert listed(official) == ["Chỉ Có Tên"]
    path = f"/admin/establishments/{bare.code}/complete"
    answer = post(official, path, on=f"{MISSING}?house={bare.code}", **ALL)
    assert answer.status_code == 303
    assert listed(official) == []
    db.session.expire_all()
    row = db.session.scalars(select(Classification)).one()
    assert (row.unit.code, row.stars, row.valid.lower) == ("26526", 3, None)
    assert (bare.lat, bare.phone, bare.licence_no) == (10.35, "0254 3000 111", "7/GP")
    assert db.session.scalar(select(func.count()).select_from(Room)) == 12


def test_one_thing_after_the_other(official: FlaskClient, bare: Establishment, post: Any) -> None:
    path = f"/admin/establishments/{bare.code}/complete"
    on = f"{MISSING}?house={bare.code}"
    post(official, path, on=on, phone="0254 3000 111", stars="")
    assert listed(official, "?missing=phone") == []
    assert listed(official, "?missing=unit") == ["Chỉ Có Tên"]


def test_what_a_house_truly_has_not_is_not_asked_again(
    official: FlaskClient, bare: Establishment, post: Any
) -> None:
    path = f"/admin/establishments/{bare.code}/complete"
    data = {"stars": "0", "no_phone": "y", "no_licence": "y"}
    post(official, path, on=f"{MISSING}?house={bare.code}", **data)
    for thing in ("stars", "phone", "licence"):
        assert listed(official, f"?missing={thing}") == []
    assert listed(official) == ["Chỉ Có Tên"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit", "26508"),
        ("location", "đâu đó"),
        ("rooms", "0"),
        ("rooms", "501"),
        ("capacity", "x"),
        ("phone", "không"),
        ("licence_no", "x" * 61),
        ("stars", "6"),
    ],
)
def test_a_bad_value_is_said_at_its_field(
    official: FlaskClient, bare: Establishment, post: Any, field: str, value: str
) -> None:
    path = f"/admin/establishments/{bare.code}/complete"
    answer = post(official, path, on=f"{MISSING}?house={bare.code}", **{**ALL, field: value})
    assert answer.status_code == 422
    assert gate(answer).xpath(f"//*[@id='{field}' and @aria-invalid='true']")
    assert db.session.scalar(select(func.count()).select_from(Room)) == 0


def test_houses_not_in_force_are_not_listed(official: FlaskClient, db_session: Any) -> None:
    EstablishmentFactory(applied=True)
    EstablishmentFactory(rejected=True)
    page = official.get(MISSING)
    gate(page)
    assert "Không còn gì phải bổ sung" in page.text


def test_the_form_swaps_in_as_it_reloads(official: FlaskClient, bare: Establishment) -> None:
    swap(official, MISSING, f"{MISSING}?house={bare.code}", "missing")


def test_a_ward_official_reads_without_forms(sign_in: Any, db_session: Any) -> None:
    house = EstablishmentFactory(phone=None)
    client = sign_in(UserFactory(ward_official_of="26506"))
    document = gate(client.get(f"{MISSING}?house={house.code}"))
    assert house.name in document.text_content()
    assert not document.xpath("//form[contains(@action, '/complete')]")
