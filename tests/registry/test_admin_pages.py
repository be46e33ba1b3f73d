"""The officials' pages: the list with its filters, the map, one house, decisions, invitations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import db
from app.registry.models import Classification, Establishment, Invitation, Note
from app.registry.units import unit_now
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate, swap

LIST = "/admin/establishments"


@pytest.fixture
def ward_official(sign_in: Any, db_session: Any) -> FlaskClient:
    """An official of Phường Vũng Tàu."""
    return sign_in(UserFactory(ward_official_of="26506"))


@pytest.fixture
def elsewhere(db_session: Any) -> Establishment:
    """A house in Xã Hồ Tràm."""
    return EstablishmentFactory(name="Cát Vàng", unit=unit_now("26620"), rooms=3)


def names(client: FlaskClient, path: str) -> list[str]:
    document = gate(client.get(path))
    return [link.text for link in document.xpath("//div[@id='houses']//tbody//th/a")]


# --- Who -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [LIST, f"{LIST}/map", f"{LIST}/missing"])
def test_lists_are_for_officials(client: FlaskClient, sign_in: Any, house: Any, path: str) -> None:
    assert client.get(path).status_code == 303
    assert sign_in(UserFactory(manager_of=house)).get(path).status_code == 403


@pytest.mark.parametrize("path", [LIST, f"{LIST}/map", f"{LIST}/missing"])
def test_lists_are_drawn_empty_and_full(official: FlaskClient, db_session: Any, path: str) -> None:
    gate(official.get(path))
    EstablishmentFactory(rooms=1, unit=None, lat=None, lon=None)
    EstablishmentFactory(stars=4)
    gate(official.get(path))


def test_an_official_of_a_ward_sees_the_houses_of_the_ward(
    ward_official: FlaskClient, house: Any, elsewhere: Any
) -> None:
    assert names(ward_official, LIST) == [house.name]
    assert names(ward_official, f"{LIST}?q=cát") == []
    page = ward_official.get(f"{LIST}/{house.code}")
    gate(page)
    assert "Cho tạm ngừng" not in page.text
    for path in (f"{LIST}/{elsewhere.code}", f"{LIST}/NOWHERE"):
        assert ward_official.get(path).status_code == 404
    assert elsewhere.name not in ward_official.get(f"{LIST}/map").text
    assert elsewhere.name not in ward_official.get(f"{LIST}/missing").text


def test_a_house_that_moved_is_seen_by_its_new_ward(
    ward_official: FlaskClient, elsewhere: Any
) -> None:
    row = db.session.scalars(select(Classification)).one()
    row.unit = unit_now("26506")
    db.session.commit()
    assert ward_official.get(f"{LIST}/{elsewhere.code}").status_code == 200


def test_an_official_of_a_ward_decides_nothing(
    ward_official: FlaskClient, house: Any, post: Any
) -> None:
    on = f"{LIST}/{house.code}"
    for act in ("approve", "suspend", "class", "invitation", "complete"):
        assert post(ward_official, f"{on}/{act}", on=on).status_code == 403
    assert ward_official.get(f"{on}/invitation").status_code == 403


# --- List ----------------------------------------------------------------------------------


@pytest.fixture
def town(db_session: Any) -> None:
    EstablishmentFactory(name="Ánh Dương", stars=3, rooms=2, licence_no="1/GP")
    EstablishmentFactory(name="Biển Đông", kind="resort", unit=unit_now("26526"), applied=True)
    EstablishmentFactory(name="Cát Vàng", kind="homestay", unit=None, suspended=True, phone=None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ánh Dương", "Biển Đông", "Cát Vàng"]),
        ("q=bien+dong", ["Biển Đông"]),
        ("status=suspended", ["Cát Vàng"]),
        ("unit=26526", ["Biển Đông"]),
        ("kind=homestay", ["Cát Vàng"]),
        ("missing=unit", ["Cát Vàng"]),
        ("missing=phone", ["Cát Vàng"]),
        ("missing=rooms", ["Biển Đông", "Cát Vàng"]),
        ("missing=stars", ["Biển Đông"]),
        ("missing=any", ["Biển Đông", "Cát Vàng"]),
        ("q=nothing", []),
        ("page=99", []),
    ],
)
def test_filters(official: FlaskClient, town: None, query: str, found: list[str]) -> None:
    assert names(official, f"{LIST}?{query}") == found


def test_a_code_finds_its_house(official: FlaskClient, house: Any) -> None:
    assert names(official, f"{LIST}?q={house.code.lower()}") == [house.name]


@pytest.mark.parametrize("query", ["status=x", "unit=99999", "kind=x", "missing=x", "page=x"])
def test_a_filter_that_is_none_is_said(official: FlaskClient, town: None, query: str) -> None:
    answer = official.get(f"{LIST}?{query}")
    assert answer.status_code == (200 if "page" in query else 422)
    gate(answer)


def test_the_filtered_list_swaps_in_as_it_reloads(official: FlaskClient, town: None) -> None:
    swap(official, LIST, f"{LIST}?kind=resort", "houses")


def test_pages_of_a_long_list(official: FlaskClient, db_session: Any) -> None:
    EstablishmentFactory.create_batch(31)
    first, second = names(official, LIST), names(official, f"{LIST}?page=2")
    assert (len(first), len(second)) == (30, 1)
    assert not set(first) & set(second)


# --- One house -----------------------------------------------------------------------------


def test_a_house_is_approved(official: FlaskClient, db_session: Any, post: Any) -> None:
    house = EstablishmentFactory(applied=True)
    path = f"{LIST}/{house.code}"
    assert post(official, f"{path}/approve", on=path).status_code == 303
    page = official.get(path)
    gate(page)
    assert "Đã ghi quyết định" in page.text
    db.session.expire_all()
    assert house.status == "approved"


@pytest.mark.parametrize(("trait", "act"), [("applied", "reject"), ("approved", "suspend")])
def test_a_decision_against_a_house_needs_a_reason(
    official: FlaskClient, db_session: Any, post: Any, trait: str, act: str
) -> None:
    house = EstablishmentFactory(**{trait: True})
    path = f"{LIST}/{house.code}"
    answer = post(official, f"{path}/{act}", on=path)
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@id='decision-reason' and @aria-invalid='true']")
    data = {"decision-reason": "Chưa có giấy phép"}
    assert post(official, f"{path}/{act}", on=path, **data).status_code == 303
    db.session.expire_all()
    assert (house.status, house.status_reason) != (trait, None)


def test_a_decision_that_no_longer_fits_is_a_conflict(
    official: FlaskClient, house: Any, post: Any
) -> None:
    path = f"{LIST}/{house.code}"
    answer = post(official, f"{path}/approve", on=path)
    assert answer.status_code == 409
    assert "Đang hoạt động" in gate(answer).text_content()


def test_a_house_gets_another_class(official: FlaskClient, house: Any, post: Any) -> None:
    path = f"{LIST}/{house.code}"
    data = {"class-kind": "resort", "class-stars": "5", "class-unit": "26526"}
    assert post(official, f"{path}/class", on=path, **data).status_code == 422
    data["class-since"] = "2026-07-01"
    assert post(official, f"{path}/class", on=path, **data).status_code == 303
    rows = db.session.scalars(select(Classification)).all()
    assert sorted(row.kind for row in rows) == ["hotel", "resort"]
    gate(official.get(path))
    data["class-whole"] = "y"
    assert post(official, f"{path}/class", on=path, **data).status_code == 303
    row = db.session.scalars(select(Classification)).one()
    assert (row.kind, row.stars, row.valid.lower) == ("resort", 5, None)


def test_a_note_stays_among_officials(
    ward_official: FlaskClient, sign_in: Any, house: Any, post: Any
) -> None:
    path = f"{LIST}/{house.code}"
    assert post(ward_official, f"{path}/notes", on=path).status_code == 422
    assert (
        post(ward_official, f"{path}/notes", on=path, **{"note-text": "Đã đến xem"}).status_code
        == 303
    )
    assert db.session.scalars(select(Note)).one().text == "Đã đến xem"
    assert "Đã đến xem" in ward_official.get(path).text
    owner = sign_in(UserFactory(manager_of=house))
    assert "Đã đến xem" not in owner.get(f"/hotel/{house.code}/settings").text


def test_an_invitation_is_printed_while_it_counts(
    official: FlaskClient, house: Any, post: Any
) -> None:
    path = f"{LIST}/{house.code}"
    assert official.get(f"{path}/invitation").status_code == 404
    answer = post(official, f"{path}/invitation", on=path)
    assert answer.location == f"{path}/invitation"
    first, again = official.get(answer.location), official.get(answer.location)
    document = gate(first)
    code = document.xpath("//p[@class='invitation-code']")[0].text_content().strip()
    assert code in again.text
    assert document.xpath("//img[starts-with(@src, 'data:image/svg+xml')]")
    invitation = db.session.scalars(select(Invitation)).one()
    invitation.used_at = invitation.created_at
    db.session.commit()
    assert official.get(f"{path}/invitation").status_code == 404


def test_a_claimed_house_is_not_invited(official: FlaskClient, house: Any) -> None:
    UserFactory(manager_of=house)
    db.session.commit()
    assert "Làm giấy mời" not in official.get(f"{LIST}/{house.code}").text


def test_dates_of_decisions_are_shown(official: FlaskClient, house: Any) -> None:
    house.opened_on = date(2012, 4, 30)
    db.session.commit()
    assert "30/4/2012" in official.get(f"{LIST}/{house.code}").text.replace("\xa0", " ")


def test_a_status_has_one_word_on_all_pages(official: FlaskClient, house: Any) -> None:
    for path in ("/admin/establishments", f"/admin/establishments/{house.code}"):
        tags = gate(official.get(path)).find_class("tag-fine")
        assert [tag.text_content() for tag in tags] == ["Đang hoạt động"]
    lead = gate(official.get("/admin/establishments")).find_class("status-line")
    assert "Đang hoạt động" in lead[0].text_content()
