"""POST /stays: what is stored, what is refused and where the fault is said to be."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app import dates
from app.availability.models import ChangedNight, RoomTypeNight, TakenNight
from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, ReservationFactory
from tests.stays.conftest import FOREIGN, api_for, guest, stay_body


def pointers(response) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in response.json["errors"]}


def codes(response) -> list[str]:
    return [warning["code"] for warning in response.json["warnings"]]


def test_a_given_room_is_taken_for_its_nights(api, house) -> None:
    response = api.post("/stays", stay_body())
    assert response.status_code == 201, response.json
    body = response.json
    assert body["room"] == "101"
    assert body["nights"] == [
        {"night": "2026-12-24", "room": "101"},
        {"night": "2026-12-25", "room": "101"},
    ]
    assert body["warnings"] == []
    assert set(body) == {"id", "room", "nights", "warnings"}
    nights = db.session.scalars(select(TakenNight.night).order_by(TakenNight.night)).all()
    assert nights == [date(2026, 12, 24), date(2026, 12, 25)]
    changed = set(db.session.scalars(select(ChangedNight.night)))
    assert changed == {date(2026, 12, 24), date(2026, 12, 25)}


def test_a_taken_room_is_refused_naming_the_nights(api, house) -> None:
    api.post("/stays", stay_body(planned_departure="2026-12-26"))
    response = api.post("/stays", stay_body(planned_departure="2026-12-28"))
    assert response.status_code == 409
    assert response.json["code"] == "room_taken"
    assert response.json["nights"] == ["2026-12-24", "2026-12-25"]
    assert db.session.scalars(select(Stay)).all().__len__() == 1


def test_a_type_alone_gets_a_free_room_by_id_and_by_code(api, house, room_type) -> None:
    api.post("/stays", stay_body())
    for named in (str(room_type.id), "DBL"):
        response = api.post("/stays", stay_body(room=None, room_type=named))
        assert response.status_code == 201, response.json
        assert response.json["room"] in ("102", "103")


def test_no_single_room_for_all_nights_means_moving(api, house, room_type) -> None:
    api.post("/stays", stay_body(room="101", planned_departure="2026-12-25"))
    api.post("/stays", stay_body(room="102", planned_departure="2026-12-26"))
    api.post("/stays", stay_body(room="103", planned_departure="2026-12-25"))
    block(house, "101", date(2026, 12, 26))
    block(house, "103", date(2026, 12, 25))
    # 101 is free on the 25th only; 102 from the 26th; 103 on the 26th and later.
    with_type = stay_body(room=None, room_type="DBL", planned_departure="2026-12-28")
    response = api.post("/stays", with_type)
    assert response.status_code == 201, response.json
    assert response.json["room"] is None
    assert [night["room"] for night in response.json["nights"]] == [None, "101", "102", "102"]
    assert codes(response) == ["must_move", "overbooked"]


def block(house, number: str, night: date) -> None:
    from app.availability.taking import take
    from app.stays.check_in import find_room

    take(find_room(house, number), [night], stay_id=None)
    db.session.commit()


def test_an_arrival_is_registered_even_with_no_room_left(api, house) -> None:
    for number in ("101", "102", "103"):
        api.post("/stays", stay_body(room=number))
    response = api.post("/stays", stay_body(room=None, room_type="DBL"))
    assert response.status_code == 201
    assert response.json["room"] is None
    assert [night["room"] for night in response.json["nights"]] == [None, None]
    assert codes(response) == ["overbooked"]


def test_a_stay_of_hours_takes_no_night_and_wants_the_room_empty(api, house) -> None:
    hours = {"planned_departure": "2026-12-24T18:00:00+07:00"}
    first = api.post("/stays", stay_body(**hours))
    assert first.status_code == 201
    assert first.json["nights"] == []
    assert first.json["room"] == "101"
    assert api.post("/stays", stay_body(**hours)).json["code"] == "room_taken"
    assert api.post("/stays", stay_body()).json["code"] == "room_taken"
    assert set(db.session.scalars(select(ChangedNight.night))) == {date(2026, 12, 24)}


def test_a_stay_of_hours_is_refused_where_a_party_sleeps(api, house) -> None:
    api.post("/stays", stay_body())
    hours = stay_body(planned_departure="2026-12-24T18:00:00+07:00")
    assert api.post("/stays", hours).json["nights"] == ["2026-12-24"]


def test_a_reservation_is_consumed_and_given_back(api, house, room_type) -> None:
    reservation = ReservationFactory(room_type=room_type, arrival=date(2026, 12, 24), rooms=1)
    db.session.commit()
    body = stay_body(source="reservation", reservation=str(reservation.id))
    stay = api.post("/stays", body)
    assert stay.status_code == 201
    db.session.refresh(reservation)
    assert reservation.rooms_arrived == 1
    again = api.post("/stays", {**body, "room": "102", "guests": [guest()]})
    assert (again.status_code, again.json["code"]) == (409, "reservation_used_up")
    api.post(f"/stays/{stay.json['id']}/cancel", {"reason": "nhầm"})
    db.session.refresh(reservation)
    assert reservation.rooms_arrived == 0


def test_a_booking_uses_one_withheld_room_and_a_walk_in_none(api, house, room_type) -> None:
    night = RoomTypeNight(room_type_id=room_type.id, night=date(2026, 12, 24), withheld=2)
    db.session.add(night)
    db.session.commit()
    api.post("/stays", stay_body())
    db.session.refresh(night)
    assert night.withheld == 2
    stay = api.post("/stays", stay_body(room="102", source="ota"))
    db.session.refresh(night)
    assert night.withheld == 1
    api.post(f"/stays/{stay.json['id']}/move", {"room": "103"})
    api.post(f"/stays/{stay.json['id']}/cancel", {})
    db.session.refresh(night)
    assert night.withheld == 2


def test_filed_elsewhere_keeps_no_identity(api, house) -> None:
    guests = [guest(), {"nationality": "KOR", "age_band": "60+", "sex": "M"}]
    response = api.post("/stays", stay_body(filed_elsewhere=True, guests=guests))
    assert response.status_code == 201, response.json
    assert codes(response) == ["identity_not_kept"]
    first, second = db.session.scalars(select(Guest).order_by(Guest.position)).all()
    assert first.full_name_sealed is None
    assert first.document_index is None
    assert first.age_band == "16-59"
    assert (second.nationality, second.age_band, second.due_at) == ("KOR", "60+", None)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"room": None}, "/room", "required"),
        ({"room": "999"}, "/room", "not_found"),
        ({"room": None, "room_type": "XXL"}, "/room_type", "not_found"),
        ({"arrived_at": None}, "/arrived_at", "required"),
        ({"arrived_at": "2026-12-24 14:00"}, "/arrived_at", "invalid_format"),
        ({"arrived_at": "2026-12-24T15:06:00+07:00"}, "/arrived_at", "in_future"),
        ({"arrived_at": "2199-12-31T23:59:00Z"}, "/arrived_at", "in_future"),
        ({"arrived_at": "1901-01-01T00:00:00Z"}, "/arrived_at", "out_of_range"),
        ({"planned_departure": "2026-12-23"}, "/planned_departure", "order"),
        ({"arrived_at": "9999-12-31T23:59:00Z"}, "/arrived_at", "invalid_format"),
        ({"planned_departure": "2199-12-31T23:59:00Z"}, "/planned_departure", "out_of_range"),
        ({"planned_departure": "1901-01-01"}, "/planned_departure", "order"),
        ({"planned_departure": "0001-01-01"}, "/planned_departure", "invalid_format"),
        ({"planned_departure": "2028-12-23"}, "/planned_departure", "out_of_range"),
        ({"planned_departure": "24/12/2026"}, "/planned_departure", "invalid_format"),
        ({"source": "airbnb"}, "/source", "unknown_code"),
        ({"reason": "other"}, "/reason_detail", "required"),
        ({"reservation": "none"}, "/reservation", "not_found"),
        ({"reservation": "x", "source": "walk_in"}, "/reservation", "contradiction"),
        ({"guests": []}, "/guests", "required"),
        (
            {"guests": [guest(date_of_birth="2026-12-25")]},
            "/guests/0/date_of_birth",
            "out_of_range",
        ),
        (
            {"guests": [guest(date_of_birth="31/01/1990")]},
            "/guests/0/date_of_birth",
            "invalid_format",
        ),
        ({"guests": [guest(nationality="VN")]}, "/guests/0/nationality", "unknown_code"),
        ({"guests": [guest(sex=None)]}, "/guests/0/sex", "required"),
        ({"guests": [guest(full_name="Nguyễn 2")]}, "/guests/0/full_name", "invalid_name"),
        ({"guests": [guest(phone="12")]}, "/guests/0/phone", "invalid_format"),
        ({"surprise": 1}, "", "extra_forbidden"),
    ],
)
def test_a_fault_is_named_at_its_place_and_nothing_is_stored(api, change, pointer, code) -> None:
    response = api.post("/stays", stay_body(**change))
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert pointers(response)[pointer] == code
    assert db.session.scalar(select(Stay.id)) is None
    assert db.session.scalar(select(TakenNight.night)) is None


def test_an_unknown_member_hides_no_other_fault(api) -> None:
    wrong = guest(full_name="Nguyễn 2", sex=None, phone="12", surprise="x")
    body = stay_body(guests=[wrong, "nobody"], arrived_at=None, foo=1, filed_elsewhere="maybe")
    for path in ("/stays", "/stays/validate"):
        response = api.post(path, body)
        assert response.status_code == 422
        found = [(error["pointer"], error["code"]) for error in response.json["errors"]]
        assert sorted(found) == [
            ("", "extra_forbidden"),
            ("/arrived_at", "required"),
            ("/filed_elsewhere", "bool_parsing"),
            ("/guests/0", "extra_forbidden"),
            ("/guests/0/full_name", "invalid_name"),
            ("/guests/0/phone", "invalid_format"),
            ("/guests/0/sex", "required"),
            ("/guests/1", "model_type"),
        ]
    assert db.session.scalar(select(Stay.id)) is None


@pytest.mark.parametrize("body", [[], "x", 1, {"guests": 1}, {"guests": {"0": {}}, "a": []}])
def test_a_body_of_another_shape_is_no_failure(api, body) -> None:
    response = api.client.post("/api/v1/stays", json=body, headers=api.headers())
    assert response.status_code == 422
    assert response.json["errors"]


def test_a_limit_is_said_with_the_fault(api) -> None:
    body = stay_body(guests=[guest(date_of_birth="2026-12-25")], planned_departure="2028-12-23")
    details = {e["pointer"]: e["detail"] for e in api.post("/stays", body).json["errors"]}
    assert details["/guests/0/date_of_birth"].endswith("latest 2026-12-24")
    assert details["/planned_departure"].endswith("latest 2027-12-24")


def test_the_same_document_twice_is_refused_in_a_party_and_in_the_house(api, house) -> None:
    twin = guest()
    response = api.post("/stays", stay_body(guests=[twin, twin]))
    assert pointers(response) == {"/guests/1/document/number": "duplicate"}
    assert api.post("/stays", stay_body(guests=[twin])).status_code == 201
    response = api.post("/stays", stay_body(room="102", guests=[guest(), twin]))
    assert pointers(response) == {"/guests/1/document/number": "already_here"}
    assert twin["document"]["number"] not in response.text


def test_the_same_guest_may_stay_in_another_house(api, client, house) -> None:
    twin = guest()
    other = EstablishmentFactory(rooms=1)
    assert api.post("/stays", stay_body(guests=[twin])).status_code == 201
    assert api_for(client, other).post("/stays", stay_body(guests=[twin])).status_code == 201
    first, second = db.session.scalars(select(Guest.document_index)).all()
    assert first != second


def test_a_foreign_guest_is_due_at_once_and_warned_about(api, house) -> None:
    response = api.post("/stays", stay_body(guests=[{**FOREIGN, "permitted_until": None}]))
    assert response.status_code == 201
    assert codes(response) == ["permitted_until_missing"]
    stored = db.session.scalars(select(Guest)).one()
    assert stored.due_at == dates.parse_instant("2026-12-24T14:00:00+07:00")
    assert stored.filing_state == "draft"


def test_a_foreign_guest_needs_a_passport(api, house) -> None:
    response = api.post("/stays", stay_body(guests=[guest(nationality="SWE")]))
    assert pointers(response) == {"/guests/0/document/type": "needs_passport"}


def test_validate_answers_alike_and_stores_nothing(api, house) -> None:
    response = api.post("/stays/validate", stay_body())
    assert response.status_code == 200
    assert response.json["room"] == "101"
    assert response.json["id"] is None
    assert db.session.scalar(select(Stay.id)) is None
    assert api.post("/stays/validate", stay_body(room="9")).status_code == 422
    api.post("/stays", stay_body())
    assert api.post("/stays/validate", stay_body()).status_code == 409


def test_validate_needs_no_idempotency_key(api, house, client) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    body = stay_body()
    assert client.post("/api/v1/stays/validate", json=body, headers=headers).status_code == 200
    assert client.post("/api/v1/stays", json=body, headers=headers).status_code == 400


def test_a_key_of_two_houses_says_which(client, house) -> None:
    other = EstablishmentFactory(rooms=1)
    api = api_for(client, house, other)
    assert api.post("/stays", stay_body()).json["errors"][0]["code"] == "establishment_missing"
    assert api.post("/stays", stay_body(establishment=other.code)).status_code == 201
    assert api.post(f"/stays?establishment={house.code}", stay_body()).status_code == 201


def test_another_house_does_not_exist_for_a_key(client, api, house) -> None:
    other = EstablishmentFactory(rooms=1)
    assert api.post("/stays", stay_body(establishment=other.code)).status_code == 404
