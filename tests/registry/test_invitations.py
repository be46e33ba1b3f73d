"""Printing many invitations at once: which houses are offered, what is made, what is printed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import db
from app.registry import invitation_views, invitations
from app.registry.models import Invitation
from app.registry.units import unit_now
from app.web.security import Principal
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate

LIST = "/admin/invitations"


@pytest.fixture
def houses(db_session: Any) -> Any:
    """Three that nobody manages, one in another ward; and two that are not to be invited."""
    for code in ("A1", "B2"):
        EstablishmentFactory(code=code, name=f"Nhà {code}")
    EstablishmentFactory(code="C3", name="Nhà C3", unit=unit_now("26526"))
    UserFactory(manager_of=EstablishmentFactory(code="M4"))
    EstablishmentFactory(code="W5", status="applied")


def listed(client: FlaskClient, query: str = "") -> list[str]:
    return gate(client.get(f"{LIST}{query}")).xpath("//input[@name='house']/@value")


def codes(client: FlaskClient, address: str) -> list[str]:
    document = gate(client.get(address))
    return [p.text_content().strip() for p in document.find_class("invitation-code")]


def stored() -> list[Invitation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Invitation)))


def test_those_nobody_manages_are_offered(official: FlaskClient, houses: Any) -> None:
    assert listed(official) == ["A1", "B2", "C3"]
    assert listed(official, "?unit=26526") == ["C3"]
    assert listed(official, "?q=nha+b2") == ["B2"]
    assert "đều đã có người quản lý" in official.get(f"{LIST}?q=zzz").text


def test_all_of_a_page_are_ticked_by_a_link(official: FlaskClient, houses: Any) -> None:
    page = gate(official.get(f"{LIST}?unit=26526"))
    assert page.xpath("//input[@name='house' and @checked]") == []
    (address,) = page.xpath("//a[contains(@href, 'all=1')]/@href")
    ticked = gate(official.get(address)).xpath("//input[@name='house' and @checked]/@value")
    assert ticked == ["C3"]


def test_one_sheet_is_printed_for_each_and_its_code_claims_the_house(
    official: FlaskClient, houses: Any, post: Any
) -> None:
    answer = post(official, LIST, house=["A1", "C3"], paper="a5")
    assert answer.status_code == 303
    document = gate(official.get(answer.location))
    assert len(document.find_class("invitation")) == 2
    assert len(document.xpath("//link[contains(@href, 'paper-a5.css')]")) == 1
    assert "paper-a5.css" not in official.get(answer.location.replace("a5", "a4")).text
    assert len(document.xpath("//img[starts-with(@src, 'data:image/svg')]")) == 2
    printed = codes(official, answer.location)
    assert len(set(printed)) == 2
    user = UserFactory()
    claimed = invitations.claim(printed[1], user=user, by=Principal(kind="test"))
    assert claimed is not None
    assert claimed.code == "C3"
    db.session.commit()
    assert codes(official, answer.location) == printed[:1], "a used code is not printed again"


def test_a_sheet_that_is_out_already_stays_good(
    official: FlaskClient, houses: Any, post: Any
) -> None:
    first = codes(official, post(official, LIST, house="A1").location)
    both = codes(official, post(official, LIST, house=["A1", "B2"]).location)
    assert both[0] == first[0]
    assert len(stored()) == 2


def test_houses_that_got_a_manager_meanwhile_are_left_out(
    official: FlaskClient, houses: Any, post: Any
) -> None:
    answer = post(official, LIST, house=["A1", "M4", "W5", "NOBODY"])
    page = official.get(answer.location).text
    assert "3 cơ sở đã có người quản lý" in page
    assert len(stored()) == 1
    assert post(official, LIST, house="M4").location == LIST


@pytest.mark.parametrize("count", [0, 51])
def test_none_and_too_many_are_refused(
    official: FlaskClient, houses: Any, post: Any, count: int
) -> None:
    answer = post(official, LIST, house=[f"X{number}" for number in range(count)])
    assert answer.status_code == 422
    assert len(gate(answer).find_class("error-summary")) == 1
    assert stored() == []


@pytest.mark.parametrize("query", ["", "?house=A1", "?house=NOBODY", "?house="])
def test_sheets_without_an_invitation_are_none(
    official: FlaskClient, houses: Any, query: str
) -> None:
    """Reading makes no invitation."""
    assert official.get(f"{LIST}/sheets{query}").status_code == 404
    assert stored() == []


def test_the_list_goes_on(
    official: FlaskClient, houses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation_views, "AT_ONCE", 2)
    assert listed(official) == ["A1", "B2"]
    assert listed(official, "?page=2") == ["C3"]


@pytest.mark.parametrize("query", ["endpoint=x", "_scheme=x", "_external=1", "_anchor=x"])
def test_a_query_that_links_can_not_keep_does_no_harm(
    official: FlaskClient, houses: Any, query: str
) -> None:
    assert listed(official, f"?{query}&unit=26526") == ["C3"]


def test_wards_print_none(client: FlaskClient, sign_in: Any, houses: Any) -> None:
    ward = sign_in(UserFactory(ward_official_of="26506"))
    assert ward.get(LIST).status_code == 403
    assert ward.get(f"{LIST}/sheets?house=A1").status_code == 403
    page = gate(ward.get("/admin/establishments"))
    assert page.xpath(f"//a[@href='{LIST}']") == []
    assert page.xpath("//select[@name='unit']") == [], "one ward has nothing to choose from"
