"""Statistics as JSON, for officials' keys."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.registry.models import RoomType
from app.statistics.queries import status_of
from app.statistics.rows import HEADINGS
from tests.factories import EstablishmentFactory
from tests.statistics.town import Party, caught_up, rooms, stay

PERIOD = "from=2026-11-01&to=2026-11-03"
ADDRESSES = [
    f"/api/v1/statistics/occupancy?{PERIOD}",
    f"/api/v1/statistics/origins?{PERIOD}",
    "/api/v1/statistics/vacancy",
]


def test_a_row_has_the_promised_names_in_their_order(client: Any, key: Any) -> None:
    answer = client.get(f"/api/v1/statistics/occupancy?{PERIOD}&by=day", headers=key()).json
    assert answer["items"][0] == {
        "key": "2026-11-01",
        "rooms_registered": 6,
        "rooms_gross": 6,
        "rooms_net": 6,
        "rooms_occupied": 3,
        "occupancy_net": 0.5,
        "occupancy_gross": 0.5,
        "bed_places": 12,
        "guest_nights": 6,
        "arrivals": 6,
        "arrivals_domestic": 2,
        "arrivals_foreign": 4,
        "same_day_guests": 0,
        "average_stay": 1.0,
        "establishments": 2,
        "reporting_establishments": 2,
        "reporting_rooms_share": 1.0,
        "bed_places_net": 12,
        "bed_occupancy_net": 0.5,
        "bed_occupancy_gross": 0.5,
        "guests_per_room": 2.0,
        "guests_served": 6,
        "rooms_commercial": 6,
        "occupancy_commercial": 0.5,
        "status": "provisional",
    }
    assert set(answer["items"][0]) == set(HEADINGS)
    assert answer["items"][1]["reporting_rooms_share"] == 2 / 6
    assert answer["next"] is None
    assert answer["domestic"] == "nationality VNM"


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("day", ["2026-11-01", "2026-11-02"]),
        ("month", ["2026-11"]),
        ("unit", ["26506", "26526"]),
        ("area", ["747"]),
        ("kind", ["homestay", "hotel"]),
        ("stars", ["4", "unrated"]),
        ("establishment", ["HERE", "THERE"]),
    ],
)
def test_rows_are_made_by_what_is_asked(client: Any, key: Any, by: str, keys: list[str]) -> None:
    answer = client.get(f"/api/v1/statistics/occupancy?{PERIOD}&by={by}", headers=key()).json
    assert [row["key"] for row in answer["items"]] == keys
    assert sum(row["guest_nights"] for row in answer["items"]) == 8


@pytest.mark.parametrize(
    ("asked", "guest_nights"),
    [
        ("unit=26506", 4),
        ("unit=26508", 4),
        ("unit=26506,26526", 8),
        ("unit=747", 8),
        ("area=747", 8),
        ("area=748", 0),
        ("kind=homestay", 4),
        ("stars=4", 4),
        ("stars=unrated", 4),
        ("stars=4,unrated&kind=hotel", 4),
        ("establishment=THERE", 4),
    ],
)
def test_filters_narrow_the_houses(client: Any, key: Any, asked: str, guest_nights: int) -> None:
    answer = client.get(f"/api/v1/statistics/occupancy?{PERIOD}&{asked}", headers=key()).json
    assert answer["total"]["guest_nights"] == guest_nights


def test_origins_by_country_and_month(client: Any, key: Any) -> None:
    base = f"/api/v1/statistics/origins?{PERIOD}"
    by_country = client.get(base, headers=key()).json
    assert [(row["key"], row["guests"]) for row in by_country["items"]] == [
        ("KOR", 2),
        ("RUS", 2),
        ("VNM", 2),
    ]
    (month,) = client.get(f"{base}&by=month&basis=night", headers=key()).json["items"]
    assert (month["guests"], month["domestic"], month["foreign"]) == (8, 2, 6)
    assert month["countries"] == {"VNM": 2, "KOR": 2, "RUS": 4}


def test_vacancy_counts_what_houses_confirmed(client: Any, key: Any, town: Any) -> None:
    here = RoomType.establishment_id == town.here.id
    known = update(RoomType).where(here).values(all_known=True, confirmed_at=dates.now())
    db.session.execute(known)
    answer = client.get("/api/v1/statistics/vacancy", headers=key()).json
    assert [(row["key"], row["rooms_vacant"], row["rooms_known"]) for row in answer["items"]] == [
        ("26506", 4, 4),
        ("26526", 0, 0),
    ]
    assert answer["total"]["reporting_rooms_share"] == 4 / 6


def test_a_vacancy_too_old_to_show_is_not_vacant(client: Any, key: Any, town: Any) -> None:
    old = dates.now() - timedelta(hours=73)
    db.session.execute(update(RoomType).values(all_known=True, confirmed_at=old))
    answer = client.get("/api/v1/statistics/vacancy?by=kind", headers=key()).json
    assert answer["total"]["rooms_vacant"] == 0
    assert answer["total"]["rooms_registered"] == 6


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("to=2026-11-03", "from", "required"),
        ("from=2026-11-01", "to", "required"),
        ("from=01.11.2026&to=2026-11-03", "from", "invalid_format"),
        ("from=2026-11-03&to=2026-11-01", "to", "order"),
        ("from=2026-11-01&to=2099-11-01", "to", "out_of_range"),
        (f"{PERIOD}&by=decade", "by", "unknown_code"),
        (f"{PERIOD}&unit=99999", "unit", "not_found"),
        (f"{PERIOD}&area=1", "area", "unknown_code"),
        (f"{PERIOD}&kind=hotel,castle", "kind", "unknown_code"),
        (f"{PERIOD}&stars=0", "stars", "unknown_code"),
    ],
)
def test_a_fault_names_its_parameter(
    client: Any, key: Any, query: str, parameter: str, code: str
) -> None:
    response = client.get(f"/api/v1/statistics/occupancy?{query}", headers=key())
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    (fault,) = response.json["errors"]
    assert (fault["parameter"], fault["code"]) == (parameter, code)


def test_a_country_is_no_key_of_occupancy(client: Any, key: Any) -> None:
    address = f"/api/v1/statistics/occupancy?{PERIOD}&by=country"
    assert client.get(address, headers=key()).status_code == 422


# --- Who may read ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_an_officials_key_nothing_is_read(
    client: Any, key: Any, town: Any, address: str
) -> None:
    assert client.get(address).status_code == 401
    house = key("manager", establishment_ids=[town.here.id])
    assert client.get(address, headers=house).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_wards_key_sees_its_ward(client: Any, key: Any, address: str) -> None:
    ward = key("ward_official", unit_code="26506")
    joint = "&" if "?" in address else "?"
    by = "country" if "origins" in address else "unit"
    mine = client.get(f"{address}{joint}by={by}", headers=ward).json["items"]
    assert [row["key"] for row in mine] == (["KOR", "VNM"] if by == "country" else ["26506"])
    assert client.get(f"{address}{joint}unit=26526", headers=ward).status_code == 403
    assert client.get(f"{address}{joint}establishment=THERE", headers=ward).status_code == 404


def test_a_program_that_opens_single_houses_leaves_a_trace(client: Any, key: Any) -> None:
    client.get(f"/api/v1/statistics/occupancy?{PERIOD}&by=establishment", headers=key())
    why, event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert (why.action, why.detail) == ("figures_opened", {"reason": "Tổng hợp tháng"})
    assert (event.action, event.subject) == ("house_figures", "all")
    assert event.actor.startswith("api_key:")


# --- When figures are final ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (dates.at(date(2026, 11, 11), 23), "provisional"),
        # Before six the hotel day is still the eleventh.
        (dates.at(date(2026, 11, 12), 5), "provisional"),
        (dates.at(date(2026, 11, 12), 6), "final"),
    ],
)
def test_a_month_is_final_from_the_twelfth_of_the_next(now: datetime, status: str) -> None:
    with time_machine.travel(now, tick=False):
        assert status_of(date(2026, 10, 31)) == status
        assert status_of(date(2026, 10, 1)) == status


def test_a_correction_shows_at_once_and_after_the_worker(client: Any, key: Any, town: Any) -> None:
    caught_up()
    db.session.commit()
    headers, address = key(), f"/api/v1/statistics/occupancy?{PERIOD}"
    assert client.get(address, headers=headers).json["total"]["guest_nights"] == 8
    stay(rooms(town.there, 1)[0], town.first, town.first + timedelta(days=1), Party(persons=3))
    assert client.get(address, headers=headers).json["total"]["guest_nights"] == 11
    caught_up()
    assert client.get(address, headers=headers).json["total"]["guest_nights"] == 11


# --- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        *(f"{name}?{PERIOD}" for name in ("occupancy", "origins", "revisions", "quality")),
        "forecast",
    ],
)
def test_the_same_figures_are_not_sent_twice(client: Any, key: Any, asked: str) -> None:
    address, headers = f"/api/v1/statistics/{asked}", key()
    first = client.get(address, headers=headers)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    again = client.get(address, headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(address, headers=headers | {"If-None-Match": '"other"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_single_houses_come_in_pages(client: Any, key: Any, town: Any) -> None:
    for code in ("C3", "A1", "B2"):
        rooms(EstablishmentFactory(code=code), 1)
    headers = key()
    address = f"/api/v1/statistics/occupancy?{PERIOD}&by=establishment&per_page=2"
    pages, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"{address}{cursor and '&cursor='}{cursor}", headers=headers).json
        pages.append([row["key"] for row in answer["items"]])
        assert answer["total"]["establishments"] == 5
        cursor = answer["next"]
    assert pages == [["A1", "B2"], ["C3", "HERE"], ["THERE"]]


def test_nights_come_at_once(client: Any, key: Any) -> None:
    period = "from=2026-09-01&to=2026-11-03"
    answer = client.get(f"/api/v1/statistics/occupancy?{period}&per_page=1", headers=key()).json
    assert (len(answer["items"]), answer["next"]) == (63, None)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("per_page=0", "per_page"),
        ("per_page=101", "per_page"),
        ("per_page=x", "per_page"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WzFd", "cursor"),
        ("cursor=W10=", "cursor"),
    ],
)
def test_a_page_that_is_none_is_refused(client: Any, key: Any, query: str, parameter: str) -> None:
    address = f"/api/v1/statistics/occupancy?{PERIOD}&by=establishment&{query}"
    answer = client.get(address, headers=key())
    assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, parameter)


@pytest.mark.parametrize(
    "address",
    [
        f"/api/v1/statistics/occupancy?{PERIOD}",
        f"/api/v1/statistics/origins?{PERIOD}",
        f"/api/v1/statistics/quality?{PERIOD}",
    ],
)
def test_who_polls_gets_a_body_only_after_a_change(
    client: Any, key: Any, town: Any, address: str
) -> None:
    mine = key()
    first = client.get(address, headers=mine)
    held = {**mine, "If-None-Match": first.headers["ETag"]}
    again = client.get(address, headers=held)
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    # A ward's key holds another answer, whatever tag it sends.
    ward = key("ward_official", unit_code="26506")
    theirs = client.get(address, headers={**ward, "If-None-Match": first.headers["ETag"]})
    assert theirs.status_code == 200
    night = date(2026, 11, 1)
    stay(rooms(town.here, 1)[0], night, night + timedelta(days=1), Party(nationality="KOR"))
    changed = client.get(address, headers=held)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
