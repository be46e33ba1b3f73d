"""A single house's figures open for a reason, for a day, in sight of the house."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import func, select

from app import dates
from app.accounts.operations import create_api_key
from app.audit.models import AuditEvent
from app.db import db
from app.statistics.opened.models import FiguresOpening
from app.statistics.opened.openings import openings_of
from app.text import fold
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate
from tests.statistics.conftest import TODAY

PERIOD = "from=2026-11-01&to=2026-11-20"
HERE = f"/statistics/occupancy?{PERIOD}&establishment=HERE"
LIST = f"/statistics/occupancy?{PERIOD}&by=establishment"
REASON = "Đối chiếu báo cáo tháng 10"
API = "/api/v1/statistics/occupancy"


@pytest.fixture
def official(town: SimpleNamespace) -> Any:
    return UserFactory(province_official=True, name="Cán bộ Sở")


@pytest.fixture
def reader(official: Any, as_: Any) -> Any:
    """An official who gave no reason yet."""
    return as_(official)


def give_reason(reader: Any, asked: str, reason: str = REASON) -> Any:
    answer = reader.get(asked)
    assert answer.status_code == 303, answer.text
    form = reader.get(answer.location)
    assert form.status_code == 200
    gate(form)
    hidden = re.findall(r'<input[^>]*name="(csrf_token|house|next)"[^>]*value="([^"]*)"', form.text)
    query = {name: found[0] for name, found in parse_qs(urlsplit(answer.location).query).items()}
    return reader.post("/statistics/open", data={**dict(hidden), **query, "reason": reason})


# --- The reason -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        HERE,
        LIST,
        f"{LIST}&format=csv",
        f"/statistics/guests?{PERIOD}&establishment=HERE&format=xlsx",
        f"/statistics/origins?{PERIOD}&establishment=HERE",
        f"/statistics/formula/arrivals?{PERIOD}&by=establishment&key=HERE",
        f"/statistics/quality?{PERIOD}&by=establishment",
        f"/statistics/quality/rows?{PERIOD}&establishment=HERE",
        # One house is left by other filters: its sum is its figure.
        f"/statistics/occupancy?{PERIOD}&kind=homestay",
        f"/statistics/occupancy?{PERIOD}&unit=26526&by=kind",
        "/statistics/vacancy?unit=26526&by=kind",
        f"/statistics/formula/arrivals?{PERIOD}&by=unit&key=26526",
    ],
)
def test_no_figure_of_a_house_is_shown_before_a_reason_is_given(reader, address) -> None:
    answer = reader.get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/statistics/open?")
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 0


def test_sums_of_several_houses_ask_for_none(reader) -> None:
    assert reader.get(f"/statistics/occupancy?{PERIOD}&by=unit").status_code == 200
    EstablishmentFactory(kind="homestay")
    db.session.commit()
    assert reader.get(f"/statistics/occupancy?{PERIOD}&kind=homestay").status_code == 200


def test_a_reason_opens_this_house_alone_and_leads_back(reader, official) -> None:
    answer = give_reason(reader, HERE)
    assert (answer.status_code, answer.location) == (303, HERE)
    assert reader.get(HERE).status_code == 200
    assert reader.get(HERE.replace("HERE", "THERE")).status_code == 303
    assert reader.get(LIST).status_code == 303
    opening = db.session.scalars(select(FiguresOpening)).one()
    assert (opening.actor, opening.reason) == (f"user:{official.id}", REASON)
    actions = [event.action for event in db.session.scalars(select(AuditEvent))]
    assert actions == ["figures_opened", "house_figures"]


def test_it_opens_for_this_person_and_for_a_day(reader, official, as_) -> None:
    give_reason(reader, HERE)
    assert as_(UserFactory(province_official=True)).get(HERE).status_code == 303
    with time_machine.travel(dates.at(TODAY, 10) + timedelta(hours=24, minutes=1), tick=False):
        assert as_(official).get(HERE).status_code == 303


@pytest.mark.parametrize("reason", ["", "  ", "xem", "x" * 201, "khách 077190123456 khai gì"])
def test_an_empty_reason_or_one_that_names_a_guest_opens_nothing(reader, reason) -> None:
    assert give_reason(reader, HERE, reason).status_code == 422
    assert reader.get(HERE).status_code == 303


def test_it_leads_nowhere_else(reader) -> None:
    for target in ("https://evil.test/statistics/", "//evil.test/statistics/", "/account", "x\\y"):
        page = reader.get("/statistics/open?house=HERE")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token is not None
        data = {"csrf_token": token[1], "house": "HERE", "next": target, "reason": REASON}
        assert reader.post("/statistics/open", data=data).location == "/statistics/"


def test_a_fragment_is_led_to_the_form_as_a_page(reader) -> None:
    answer = reader.get(HERE, headers={"HX-Request": "true", "HX-Target": "div#occupancy"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/statistics/open?")


def test_another_wards_house_can_not_be_opened(town, as_) -> None:
    ward = as_(UserFactory(ward_official_of="26506"))
    assert ward.get("/statistics/open?house=THERE").status_code == 404
    assert as_(UserFactory(manager_of=town.here)).get("/statistics/open").status_code == 403


# --- Programs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["&by=establishment", "&establishment=HERE", "&kind=homestay", "&unit=26526"]
)
def test_a_key_without_a_purpose_opens_no_house(town, client, key, query) -> None:
    bare = key(purpose="")
    answer = client.get(f"{API}?{PERIOD}{query}", headers=bare)
    assert (answer.status_code, answer.json["code"]) == (403, "purpose_required")
    assert client.get(f"{API}?{PERIOD}&by=unit", headers=bare).status_code == 200
    assert client.get(f"{API}?{PERIOD}{query}", headers=key()).status_code == 200


def test_quality_asks_for_a_purpose_too(town, client, key) -> None:
    address = f"/api/v1/statistics/quality?{PERIOD}&by=establishment"
    assert client.get(address, headers=key(purpose=" ")).json["code"] == "purpose_required"
    assert client.get(address, headers=key()).status_code == 200


def test_many_readings_of_a_key_are_one_line_a_day(town, client) -> None:
    _, text = create_api_key(role="province_official", purpose="Kho số liệu")
    db.session.commit()
    headers = {"Authorization": f"Bearer {text}"}
    for _time in range(3):
        client.get(f"{API}?{PERIOD}&establishment=HERE", headers=headers)
    assert [row.reason for row in openings_of(town.here)] == ["Kho số liệu"]


# --- What the house sees --------------------------------------------------------------------


def test_the_house_sees_who_opened_its_figures_and_why(town, reader, as_) -> None:
    give_reason(reader, HERE)
    give_reason(reader, LIST, "Họp giao ban tháng 11")
    page = as_(UserFactory(manager_of=town.here)).get("/hotel/HERE/opened")
    gate(page)
    for text in ("Cán bộ Sở", REASON, "Họp giao ban tháng 11", "Riêng cơ sở của bạn"):
        assert text in page.text
    other = as_(UserFactory(manager_of=town.there))
    assert REASON not in other.get("/hotel/THERE/opened").text
    assert "Họp giao ban tháng 11" in other.get("/hotel/THERE/opened").text
    assert other.get("/hotel/HERE/opened").status_code == 404


def test_a_wards_list_is_no_opening_of_another_wards_house(town, as_) -> None:
    ward = as_(UserFactory(ward_official_of="26506"))
    give_reason(ward, LIST, "Danh sách của phường")
    assert [row.reason for row in openings_of(town.here)] == ["Danh sách của phường"]
    assert openings_of(town.there) == []


def test_a_house_that_nobody_looked_at_is_told_so(town, as_) -> None:
    page = as_(UserFactory(front_desk_of=town.here)).get("/hotel/HERE/opened")
    gate(page)
    assert "Chưa ai xem số liệu của bạn" in page.text


# --- Restraint ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["occupancy", "guests", "quality", "worklist"])
def test_no_list_ranks_houses(province, town, page) -> None:
    """Houses come by code or name whatever is asked: no order of theirs is by a figure."""
    asked = "" if page == "worklist" else f"&{PERIOD}&by=establishment"
    orders = set()
    for order in ("", "&order=late", "&sort=timely", "&order=-timely", "&sort=overdue"):
        answer = province.get(f"/statistics/{page}?format=csv{asked}{order}")
        if answer.status_code == 422:
            continue
        lines = answer.get_data(as_text=True).splitlines()
        codes = [code for line in lines for code in re.findall(r"\b(T?HERE)\b", line)[:1]]
        orders.add(tuple(codes))
    assert len(orders) == 1


def test_no_page_of_officials_counts_late_filings_of_a_house(province) -> None:
    for page in ("occupancy", "guests", "quality", "vacancy"):
        by = "unit" if page == "vacancy" else "establishment"
        text = province.get(f"/statistics/{page}?{PERIOD}&by={by}&format=csv").text
        heading = fold(text.splitlines()[0])
        assert "khai bao tre" not in heading
        assert "qua han" not in heading


STATISTICS = Path(__file__).parents[2] / "app" / "statistics"
IDENTITY = {
    f"{name}{ending}"
    for name in ("full_name", "date_of_birth", "document_number", "document_name", "address")
    for ending in ("", "_sealed")
} | {"masked_name", "masked_document", "note", "unseal", "document_index"}


@pytest.mark.parametrize("path", sorted(STATISTICS.rglob("*.py")), ids=lambda path: path.stem)
def test_statistics_have_no_way_to_a_guests_identity(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            private = ("app.identity", "app.stays.revealing", "app.stays.roll")
            assert not node.module.startswith(private)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert not (node.value.id in ("Guest", "guest") and node.attr in IDENTITY)
