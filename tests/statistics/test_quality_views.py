"""The pages, files and API of quality: what they show, to whom, and the way to each row."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import UserFactory
from tests.html import gate

PERIOD = "from=2026-11-01&to=2026-11-21"
API = "/api/v1/statistics/quality"


@pytest.fixture(autouse=True)
def entered(town: SimpleNamespace) -> None:
    """Both houses were entered on the first."""
    for house in (town.here, town.there):
        house.created_at = dates.at(town.first, 9)
    db.session.commit()


def cells(document: Any, name: str = "rows") -> list[list[str]]:
    rows = document.xpath(f"//*[@id='{name}']//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_the_province_sees_wards_by_name_and_goes_down_to_the_row(
    province: Any, town: SimpleNamespace
) -> None:
    document = gate(province.get(f"/statistics/quality?{PERIOD}"))
    assert [row[0] for row in cells(document)] == ["Phường Tam Thắng", "Phường Vũng Tàu", "Tất cả"]
    [ward] = document.xpath("//th/a[text()='Phường Vũng Tàu']/@href")
    document = gate(province.get(ward))
    assert [row[0] for row in cells(document)] == ["=HYPERLINK(1) (HERE)", "Tất cả"]
    [house] = document.xpath("//th/a[contains(text(), 'HYPERLINK')]/@href")
    document = gate(province.get(house))
    # The days of the house: 18 are due, one had guests.
    assert "1 trên 18 ngày đã báo" in document.text_content()
    [rows] = document.xpath("//a[contains(., 'Dòng cần sửa')]/@href")
    document = gate(province.get(rows))
    kinds = [row[1] for row in cells(document)]
    assert kinds.count("Ngày không báo") == 17
    stay = db.session.scalars(
        select(Stay).where(Stay.establishment_id == town.here.id, Stay.room_id.is_not(None))
    ).first()
    assert str(stay.id)[-8:] in document.text_content()


def test_nobody_is_ranked_by_lateness(province: Any) -> None:
    for order in ("late", "missed", "-complete"):
        document = gate(province.get(f"/statistics/quality?{PERIOD}&sort={order}"))
        assert cells(document)[0][0] == "Phường Tam Thắng"


@pytest.mark.parametrize("name", ["complete", "valid", "clean", "timely", "fresh_share"])
def test_each_score_opens_its_fraction(province: Any, name: str) -> None:
    document = gate(province.get(f"/statistics/quality/formula/{name}?{PERIOD}&by=unit"))
    assert document.xpath("//*[@class='fraction']")
    assert cells_of_table(document)[-1][0] == "Tổng"


def cells_of_table(document: Any) -> list[list[str]]:
    rows = document.xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


@pytest.mark.parametrize("name", ["alive", "score"])
def test_a_mean_opens_its_parts(province: Any, name: str) -> None:
    document = gate(province.get(f"/statistics/quality/formula/{name}?{PERIOD}&by=unit&key=26506"))
    assert document.xpath("//main//ul//a[contains(@href, 'quality/formula')]")


def test_bent_addresses(province: Any) -> None:
    assert province.get("/statistics/quality/formula/nothing").status_code == 404
    assert province.get("/statistics/quality?from=nonsense").status_code == 422
    assert province.get("/statistics/quality/formula/complete?from=nonsense").status_code == 422
    assert province.get("/statistics/quality/rows").status_code == 404
    assert province.get("/statistics/quality/rows?establishment=NONE").status_code == 404
    gate(province.get("/statistics/quality?from=2001-01-01&to=2001-02-01"))


def test_a_ward_sees_its_houses_and_no_other(ward: Any, town: SimpleNamespace) -> None:
    document = gate(ward.get(f"/statistics/quality?{PERIOD}"))
    assert [row[0] for row in cells(document)] == ["=HYPERLINK(1) (HERE)", "Tất cả"]
    assert ward.get("/statistics/quality?unit=26526").status_code == 403
    assert ward.get(f"/statistics/quality/rows?establishment={town.there.code}").status_code == 404


def test_opening_a_house_is_written_down(province: Any, town: SimpleNamespace) -> None:
    province.get(f"/statistics/quality/rows?{PERIOD}&establishment=HERE")
    events = db.session.scalars(select(AuditEvent.action)).all()
    assert "house_figures" in events


def test_the_files_hold_the_rows_and_no_formulas(province: Any) -> None:
    text = province.get(f"/statistics/quality?{PERIOD}&by=establishment&format=csv").get_data(
        as_text=True
    )
    lines = list(csv.reader(io.StringIO(text[1:])))
    assert [line[1] for line in lines[1:]] == ["'=HYPERLINK(1) (HERE)", lines[2][1], "Tổng"]
    for address in ("quality", "quality/formula/score", "quality/rows"):
        response = province.get(
            f"/statistics/{address}?{PERIOD}&establishment=HERE&by=day&format=xlsx"
        )
        assert response.data.startswith(b"PK")


def test_the_api_says_the_same_as_the_page(client: Any, key: Any, town: SimpleNamespace) -> None:
    answer = client.get(f"{API}?{PERIOD}", headers=key()).get_json()
    assert [item["key"] for item in answer["items"]] == ["26506", "26526"]
    first = answer["items"][0]
    assert (first["due"], first["reported"], first["missed"]) == (18, 1, 17)
    assert first["complete"] == 1 / 18
    assert answer["total"]["due"] == 36
    houses = client.get(f"{API}?{PERIOD}&by=establishment&per_page=1", headers=key()).get_json()
    assert [item["key"] for item in houses["items"]] == ["HERE"]
    following = client.get(
        f"{API}?{PERIOD}&by=establishment&per_page=1&cursor={houses['next']}", headers=key()
    ).get_json()
    assert ([item["key"] for item in following["items"]], following["next"]) == (["THERE"], None)
    assert client.get(f"{API}?by=week", headers=key()).status_code == 422
    assert client.get(f"{API}?cursor=bent&by=establishment", headers=key()).status_code == 422
    own = client.get(f"{API}?{PERIOD}", headers=key("ward_official", unit_code="26506")).get_json()
    assert [item["key"] for item in own["items"]] == ["26506"]


def test_a_house_mends_its_own_rows_and_alone_sees_its_filing(
    as_: Any, town: SimpleNamespace, province: Any
) -> None:
    guest = db.session.scalars(select(Guest).where(Guest.establishment_id == town.here.id)).first()
    guest.due_at = dates.at(town.first, 23)
    guest.first_sent_at = dates.at(town.first, 23, 30)
    db.session.commit()
    for address in (f"quality?{PERIOD}", f"quality/rows?{PERIOD}&establishment=HERE"):
        text = province.get(f"/statistics/{address}").get_data(as_text=True)
        assert "gửi trễ" not in text
    client = as_(UserFactory(front_desk_of=town.here))
    document = gate(client.get("/hotel/HERE/quality"))
    assert "1 khách phải khai báo: 0 gửi đúng hạn, 1 gửi trễ" in document.text_content()
    links = document.xpath("//*[@id='rows']//tbody//a/@href")
    assert any("/hotel/HERE/days/" in link for link in links)
    assert any("/hotel/HERE/stays/" in link for link in links)
    for link in {links[0], links[-1]}:
        assert client.get(link).status_code == 200
    assert client.get("/hotel/THERE/quality").status_code == 404
    assert client.get("/statistics/quality").status_code == 403
