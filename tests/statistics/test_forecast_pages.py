"""The forecast as page, file and answer of the API: who sees what, and what it says in words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app import dates
from app.accounts.operations import create_api_key
from app.db import db
from app.statistics.forecast.models import ForecastRun
from app.statistics.forecast.operations import ask, tick
from app.statistics.models import Fact
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import swap, token_of
from tests.statistics.conftest import AddressedTo
from tests.statistics.past import books, many_rooms, occupied, usual

TODAY = date(2026, 11, 20)
FIRST = TODAY - timedelta(days=120)
PAGE = "/statistics/forecast"
API = "/api/v1/statistics/forecast"


@pytest.fixture
def past(db_session: Any) -> Iterator[SimpleNamespace]:
    with time_machine.travel(dates.at(TODAY, 7), tick=False):
        house = EstablishmentFactory(stars=4)
        many_rooms(house, 120)
        stray = {"rooms": lambda n: usual(n) + n.toordinal() * 7919 % 31 - 10}
        occupied(house, FIRST, TODAY, **stray)
        books([TODAY], lambda night, lead: 12 if lead < 3 else 0)
        yield SimpleNamespace(house=house)


@pytest.fixture
def official(past: SimpleNamespace, as_: AddressedTo) -> FlaskClient:
    return as_(UserFactory(province_official=True))


def headers(**values: Any) -> dict[str, str]:
    _key, secret = create_api_key(**values)
    db.session.commit()
    return {"Authorization": f"Bearer {secret}"}


# --- The page ------------------------------------------------------------------------------


def test_the_page_says_what_is_expected_and_how_far_off_it_was(official: FlaskClient) -> None:
    tick()
    text = official.get(PAGE).get_data(as_text=True)
    assert "28 đêm tới" in text
    assert text.count('<th scope="row">T7') == 4
    for words in ("Khoảng 80 %", "Trước đây đã sai bao nhiêu", "MASE", "Được tính thế nào"):
        assert words in text
    assert "Đêm thứ 8–28" in text
    assert 'id="drawing-options"' in text
    assert "cùng thứ trong mấy tuần gần nhất" in text


def test_without_a_past_it_says_so(client: FlaskClient, as_: AddressedTo, db_session: Any) -> None:
    text = as_(UserFactory(province_official=True)).get(PAGE).get_data(as_text=True)
    assert "Chưa dự báo được" in text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("horizon=0", "horizon"),
        ("horizon=61", "horizon"),
        ("horizon=x", "horizon"),
        ("horizon=%C2%B2", "horizon"),
        ("unit=99999", "unit"),
        ("kind=castle", "kind"),
        ("stars=9", "stars"),
    ],
)
def test_a_fault_stands_at_its_field(official: FlaskClient, query: str, field: str) -> None:
    response = official.get(f"{PAGE}?{query}")
    assert response.status_code == 422
    assert f'href="#{field}"' in response.get_data(as_text=True)


def test_the_benchmark_is_named_where_it_is_shown(official: FlaskClient) -> None:
    tick()
    assert "không hơn mốc so sánh" not in official.get(f"{PAGE}?horizon=7").get_data(as_text=True)
    db.session.execute(
        db.update(Fact).values(
            rooms_occupied=db.func.least(10 + db.func.power((Fact.night - FIRST) / 7, 2) / 5, 119)
        )
    )
    ask()
    tick()
    assert "không hơn mốc so sánh" in official.get(f"{PAGE}?horizon=7").get_data(as_text=True)


def test_a_button_asks_for_new_ones_and_the_page_tells_how_far_they_are(
    official: FlaskClient,
) -> None:
    response = official.post(
        f"{PAGE}/runs?unit=26506&next=//evil.example", data={"csrf_token": token_of(official)}
    )
    assert response.status_code == 303
    assert response.location == f"{PAGE}?unit=26506"
    assert "Đang chờ" in official.get(f"{PAGE}/progress").get_data(as_text=True)
    run = db.session.scalars(db.select(ForecastRun)).one()
    run.status, run.scopes, run.scopes_done = "running", 60, 24
    db.session.commit()
    asked = {"HX-Request": "true", "HX-Target": "forecast-progress"}
    text = official.get(f"{PAGE}/progress", headers=asked).get_data(as_text=True)
    assert "24 trên 60" in text
    assert 'hx-trigger="every 2s"' in text
    run.status = "done"
    db.session.commit()
    text = official.get(f"{PAGE}/progress", headers=asked).get_data(as_text=True)
    assert "Đã tính xong" in text
    assert "hx-trigger" not in text


def test_a_failed_run_is_told(official: FlaskClient) -> None:
    db.session.add(ForecastRun(as_of=TODAY, status="failed", asked_at=dates.now()))
    db.session.commit()
    assert "không thành" in official.get(PAGE).get_data(as_text=True)


def test_the_fragment_is_the_page(official: FlaskClient) -> None:
    tick()
    swap(official, PAGE, f"{PAGE}?horizon=7&unit=26506", "forecast")


# --- Files ---------------------------------------------------------------------------------


def test_the_table_as_files(official: FlaskClient) -> None:
    tick()
    csv = official.get(f"{PAGE}?horizon=7&format=csv").get_data(as_text=True).splitlines()
    assert len(csv) == 8
    assert csv[1].startswith("2026-11-20,")
    book = official.get(f"{PAGE}?horizon=7&format=xlsx")
    assert "spreadsheetml" in book.content_type
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert [row for row in rows if row and row[0] == "2026-11-20"]


# --- Who -----------------------------------------------------------------------------------


def test_a_ward_sees_its_ward(past: SimpleNamespace, as_: AddressedTo) -> None:
    values = {"unit_code": "26526", "stars": None}
    house = EstablishmentFactory(unit=UnitFactory(code="26526"))
    occupied(house, FIRST, TODAY, lambda night: 7 + night.day % 2, **values)
    client = as_(UserFactory(ward_official_of="26526"))
    found = client.get(f"{PAGE}?format=csv").get_data(as_text=True).splitlines()
    assert all(float(line.split(",")[1]) < 12 for line in found[1:])
    assert client.get(f"{PAGE}?unit=26506").status_code == 403
    assert client.get(f"{PAGE}?area=747").status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_others_see_nothing(past: SimpleNamespace, as_: AddressedTo, method: str) -> None:
    client = as_(UserFactory())
    token = {"csrf_token": token_of(client)}
    answer = client.get(PAGE) if method == "get" else client.post(f"{PAGE}/runs", data=token)
    assert answer.status_code == 403
    assert db.session.scalars(db.select(ForecastRun)).all() == []


# --- The API -------------------------------------------------------------------------------


def test_the_api_tells_the_nights_and_past_errors(
    past: SimpleNamespace, client: FlaskClient
) -> None:
    tick()
    key = headers(role="province_official")
    found = client.get(f"{API}?horizon=10&unit=26506&kind=hotel", headers=key).get_json()
    assert [item["date"] for item in found["items"]][:2] == ["2026-11-20", "2026-11-21"]
    assert len(found["items"]) == 10
    assert found["as_of"] == "2026-11-20"
    first = found["items"][0]
    assert first["low80"] <= first["point"] <= first["high80"]
    assert (first["on_the_books"], first["rooms"]) == (12, 120)
    assert [(b["first"], b["last"]) for b in found["past_errors"]] == [(1, 7), (8, 28), (29, 60)]
    for band in found["past_errors"]:
        assert {"wape", "mase", "bias", "coverage", "method"} <= band.keys()
        assert band["benchmark"]["wape"] > 0
    assert sum(found["weights"].values()) == pytest.approx(1)


def test_the_api_is_cheap_to_poll(past: SimpleNamespace, client: FlaskClient) -> None:
    tick()
    key = headers(role="province_official")
    first = client.get(API, headers=key)
    same = client.get(API, headers={**key, "If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    other = client.get(f"{API}?horizon=7", headers={**key, "If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("query", ["horizon=0", "horizon=61", "unit=99999", "kind=castle"])
def test_the_api_names_a_faulty_parameter(
    past: SimpleNamespace, client: FlaskClient, query: str
) -> None:
    response = client.get(f"{API}?{query}", headers=headers(role="province_official"))
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_the_api_without_a_past_and_without_the_right(db_session: Any, client: FlaskClient) -> None:
    found = client.get(API, headers=headers(role="province_official")).get_json()
    assert (found["items"], found["as_of"]) == ([], None)
    assert client.get(API).status_code == 401
