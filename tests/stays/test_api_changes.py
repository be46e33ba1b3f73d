"""Changing a stay over the API: extending, moving, leaving, correcting, cancelling, revealing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.availability.models import ChangedNight, TakenNight
from app.db import db
from app.stays.models import Guest, Stay
from app.web.idempotency import IdempotentRequest
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.stays.conftest import CANARY, FOREIGN, api_for, guest, stay_body


@pytest.fixture
def stay(api: Any) -> Any:
    """A party of two in 101, for the nights of the 24th and 25th."""
    response = api.post("/stays", stay_body(guests=[guest(), FOREIGN]))
    db.session.query(ChangedNight).delete()
    return response.json


def nights_of(stay: Any) -> dict[str, str]:
    return {night["night"]: night["room"] for night in stay["nights"]}


def changed() -> set[date]:
    return set(db.session.scalars(select(ChangedNight.night)))


def test_extending_takes_the_nights_and_tells_the_facts(api, stay) -> None:
    response = api.post(f"/stays/{stay['id']}/extend", {"planned_departure": "2026-12-28"})
    assert response.status_code == 200, response.json
    assert list(nights_of(response.json)) == [
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
        "2026-12-27",
    ]
    assert response.json["version"] == 2
    assert response.headers["ETag"] == '"2"'
    assert changed() == {date(2026, 12, 26), date(2026, 12, 27)}


def test_extending_into_taken_nights_names_them(api, stay, clock) -> None:
    clock.move_to("2026-12-26T15:00:00+07:00")
    api.post("/stays", stay_body(arrived_at="2026-12-26T14:00:00+07:00"))
    response = api.post(f"/stays/{stay['id']}/extend", {"planned_departure": "2026-12-29"})
    assert (response.status_code, response.json["code"]) == (409, "room_taken")
    assert response.json["nights"] == ["2026-12-26", "2026-12-27"]


def test_a_shorter_plan_frees_the_nights(api, stay) -> None:
    response = api.post(f"/stays/{stay['id']}/extend", {"planned_departure": "2026-12-25"})
    assert list(nights_of(response.json)) == ["2026-12-24"]
    assert changed() == {date(2026, 12, 25)}


def test_hours_become_a_night_and_back(api, house) -> None:
    hours = api.post("/stays", stay_body(planned_departure="2026-12-24T17:00:00+07:00")).json
    url = f"/stays/{hours['id']}/extend"
    night = api.post(url, {"planned_departure": "2026-12-25"}).json
    assert nights_of(night) == {"2026-12-24": "101"}
    back = api.post(url, {"planned_departure": "2026-12-24T18:00:00+07:00"}).json
    assert back["nights"] == []
    assert back["room"] == "101"
    assert db.session.scalar(select(TakenNight.night)) is None


def test_moving_from_a_later_night_keeps_the_earlier_ones(api, stay) -> None:
    response = api.post(f"/stays/{stay['id']}/move", {"room": "102", "from": "2026-12-25"})
    assert nights_of(response.json) == {"2026-12-24": "101", "2026-12-25": "102"}
    assert response.json["room"] == "101"


def test_moving_into_a_taken_room_moves_nothing(api, stay) -> None:
    api.post("/stays", stay_body(room="102"))
    response = api.post(f"/stays/{stay['id']}/move", {"room": "102"})
    assert response.status_code == 409
    shown = api.get(f"/stays/{stay['id']}").json
    assert {night["room"] for night in shown["rooms"]} == {"101"}


def test_moving_to_another_type_chooses_a_room(api, house, stay) -> None:
    RoomTypeFactory(establishment=house, code="FAM", rooms=1, rooms__number="201")
    db.session.commit()
    response = api.post(f"/stays/{stay['id']}/move", {"room_type": "FAM"})
    assert set(nights_of(response.json).values()) == {"201"}


def test_an_overbooked_party_is_given_a_room(api, house) -> None:
    for number in ("101", "102", "103"):
        first = api.post("/stays", stay_body(room=number)).json
    over = api.post("/stays", stay_body(room=None, room_type="DBL")).json
    api.post(f"/stays/{first['id']}/check-out")
    response = api.post(f"/stays/{over['id']}/move", {"room_type": "DBL"})
    assert response.status_code == 200, response.json
    assert set(nights_of(response.json).values()) == {"103"}
    assert response.json["warnings"] == []


def test_leaving_early_frees_the_nights_from_that_date(api, stay, clock) -> None:
    clock.move_to("2026-12-25T09:00:00+07:00")
    response = api.post(f"/stays/{stay['id']}/check-out")
    assert response.json["state"] == "departed"
    assert list(nights_of(response.json)) == ["2026-12-24"]
    assert api.post("/stays", stay_body(room="101")).status_code == 201


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-12-24T10:00:00+07:00", "order"),
        ("2026-12-24T15:10:00+07:00", "in_future"),
        ("soon", "invalid_format"),
    ],
)
def test_an_impossible_departure_is_refused(api, stay, at, code) -> None:
    response = api.post(f"/stays/{stay['id']}/check-out", {"departed_at": at})
    assert [(e["pointer"], e["code"]) for e in response.json["errors"]] == [("/departed_at", code)]


def test_an_overdue_party_left_as_planned_unless_told(api, stay, clock) -> None:
    clock.move_to("2026-12-28T09:00:00+07:00")
    assert api.get(f"/stays/{stay['id']}").json["state"] == "overdue"
    response = api.post(f"/stays/{stay['id']}/check-out")
    assert response.json["departed_at"] == "2026-12-26T12:00:00+07:00"


def test_a_party_that_left_later_was_there(api, stay, clock) -> None:
    clock.move_to("2026-12-28T09:00:00+07:00")
    told = {"departed_at": "2026-12-27T10:00:00+07:00"}
    response = api.post(f"/stays/{stay['id']}/check-out", told)
    assert list(nights_of(response.json)) == ["2026-12-24", "2026-12-25", "2026-12-26"]


@pytest.mark.parametrize("action", ["extend", "move", "check-out"])
def test_what_has_ended_can_not_be_changed(api, stay, action) -> None:
    api.post(f"/stays/{stay['id']}/check-out")
    bodies = {"extend": {"planned_departure": "2026-12-28"}, "move": {"room": "102"}}
    response = api.post(f"/stays/{stay['id']}/{action}", bodies.get(action))
    assert (response.status_code, response.json["code"]) == (409, "not_in_house")


def test_cancelling_gives_everything_back_and_is_noted(api, stay) -> None:
    response = api.post(f"/stays/{stay['id']}/cancel", {"reason": "nhầm phòng"})
    assert response.json["state"] == "cancelled"
    assert db.session.scalar(select(TakenNight.night)) is None
    assert changed() == {date(2026, 12, 24), date(2026, 12, 25)}
    event = db.session.scalars(select(AuditEvent).filter_by(action="stay_cancelled")).one()
    assert event.detail == {}
    assert api.post(f"/stays/{stay['id']}/cancel", {}).status_code == 409


# --- Correcting ----------------------------------------------------------------------------


def test_a_patch_needs_the_version_it_was_made_on(api, client, stay) -> None:
    url = f"/stays/{stay['id']}"
    assert api.patch(url, {"note": "x"}, 7).status_code == 412
    unversioned = client.patch(f"/api/v1{url}", json={"note": "x"}, headers=api.headers())
    assert unversioned.status_code == 428
    assert api.patch(url, {"note": "gần thang máy"}, 1).status_code == 200
    assert db.session.scalars(select(Stay)).one().note == "gần thang máy"


def test_a_guest_is_merged_by_its_id_and_another_added(api, stay) -> None:
    first, _second = api.get(f"/stays/{stay['id']}").json["guests"]
    patch = {
        "guests": [
            {"id": first["id"], "full_name": "Nguyễn Thị Đúng", "document": {"number": CANARY}},
            guest(full_name="Trần Văn Thêm", sex="M", arrived_at="2026-12-24T14:30:00+07:00"),
        ]
    }
    response = api.patch(f"/stays/{stay['id']}", patch, 1)
    assert response.status_code == 200, response.json
    guests = db.session.scalars(select(Guest).order_by(Guest.position)).all()
    assert [g.full_name for g in guests] == ["Nguyễn Thị Đúng", "ERIKSSON ANNA", "Trần Văn Thêm"]
    assert guests[0].document_number == CANARY
    assert guests[0].date_of_birth == "1990-01-31"
    assert guests[2].due_at is not None


def test_a_faulty_correction_names_the_place_and_changes_nothing(api, stay) -> None:
    first, second = api.get(f"/stays/{stay['id']}").json["guests"]
    patch = {
        "note": "mới",
        "guests": [
            {"id": first["id"], "sex": "X"},
            {"id": second["id"], "document": {"number": "Ñ"}},
            {"id": "00000000-0000-0000-0000-000000000000"},
        ],
    }
    response = api.patch(f"/stays/{stay['id']}", patch, 1)
    faults = {(error["pointer"], error["code"]) for error in response.json["errors"]}
    assert ("/guests/0/sex", "unknown_code") in faults
    assert ("/guests/1/document/number", "invalid_number") in faults
    assert ("/guests/2/id", "not_found") in faults
    assert db.session.scalars(select(Stay)).one().note is None


def test_a_correction_may_not_double_a_guest(api, stay) -> None:
    other = guest()
    api.post("/stays", stay_body(room="102", guests=[other]))
    first, second = api.get(f"/stays/{stay['id']}").json["guests"]
    number = other["document"]["number"]
    response = api.patch(
        f"/stays/{stay['id']}", {"guests": [{"id": first["id"], "document": {"number": number}}]}, 1
    )
    assert response.json["errors"][0]["code"] == "already_here"
    patch = {
        "guests": [{"id": second["id"], "removed": True}, {"id": first["id"], "removed": True}]
    }
    response = api.patch(f"/stays/{stay['id']}", patch, 1)
    assert response.json["errors"][0]["pointer"] == "/guests"


def test_the_arrival_is_corrected_within_its_night(api, stay) -> None:
    url = f"/stays/{stay['id']}"
    response = api.patch(url, {"arrived_at": "2026-12-24T09:00:00+07:00"}, 1)
    assert response.status_code == 200, response.json
    response = api.patch(url, {"arrived_at": "2026-12-23T14:00:00+07:00"}, 2)
    assert response.json["errors"][0]["code"] == "out_of_range"


# --- Reading -------------------------------------------------------------------------------


def test_a_stay_is_shown_masked_and_the_list_without_names(api, stay) -> None:
    shown = api.get(f"/stays/{stay['id']}")
    first, second = shown.json["guests"]
    assert first["full_name"] == "N. T. Canary"
    assert first["document"]["number"].startswith("077•••••")
    assert second["document"]["number"] == "L•••••01"
    assert second["date_of_birth"] == "1974-••-••"
    listed = api.get("/stays").json["items"]
    assert [item["id"] for item in listed] == [stay["id"]]
    assert "Canary" not in str(listed)
    assert listed[0]["people"] == 2


def test_the_list_is_narrowed_and_paged(api, house) -> None:
    made = [api.post("/stays", stay_body(room=number)).json["id"] for number in ("101", "102")]
    api.post(f"/stays/{made[0]}/check-out")
    assert [i["id"] for i in api.get("/stays?state=departed").json["items"]] == [made[0]]
    assert [i["id"] for i in api.get("/stays?state=in_house").json["items"]] == [made[1]]
    assert api.get("/stays?date=2026-12-27").json["items"] == []
    assert api.get("/stays?state=nonsense").status_code == 422
    assert api.get("/stays?date=24.12.").status_code == 422
    first = api.get("/stays?per_page=1").json
    second = api.get(f"/stays?per_page=1&cursor={first['next']}").json
    assert {first["items"][0]["id"], second["items"][0]["id"]} == set(made)
    assert second["next"] is None
    assert api.get("/stays?cursor=x").status_code == 422


def test_a_reveal_answers_whole_is_noted_and_kept_nowhere(api, stay) -> None:
    response = api.post(f"/stays/{stay['id']}/reveal", {"reason": "công an phường hỏi"})
    assert response.json["guests"][1]["document"]["number"] == "L8988901"
    event = db.session.scalars(select(AuditEvent).filter_by(action="identity_revealed")).one()
    assert "L8988901" not in str(event.detail)
    kept = db.session.scalars(select(IdempotentRequest.answer)).all()
    assert not any("L8988901" in answer for answer in kept)
    assert api.post(f"/stays/{stay['id']}/reveal", {}).json["errors"][0]["pointer"] == "/reason"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("patch", ""),
        ("post", "/extend"),
        ("post", "/move"),
        ("post", "/check-out"),
        ("post", "/cancel"),
        ("post", "/reveal"),
    ],
)
def test_another_house_s_stay_does_not_exist(api, client, stay, method, path) -> None:
    stranger = api_for(client, EstablishmentFactory(rooms=1), role="manager")
    body = {} if method == "post" or path else {"note": "x"}
    headers = stranger.headers(**{"If-Match": "*"})
    url = f"/api/v1/stays/{stay['id']}{path}"
    kwargs = {} if method == "get" else {"json": body}
    assert getattr(client, method)(url, headers=headers, **kwargs).status_code == 404
    official = api_for(client, role="province_official")
    assert getattr(client, method)(url, headers=official.headers(), **kwargs).status_code == 403
    assert getattr(client, method)(url, **kwargs).status_code == 401
