"""The API of reservations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.availability.models import Reservation
from app.availability.reservations import consume_reservation
from app.dates import today
from app.db import db
from tests.availability.conftest import Sender
from tests.factories import EstablishmentFactory, ReservationFactory

DAY = timedelta(days=1)
CANARY = "Đoàn của chị Canary"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "BK-1",
        "room_type": "DBL",
        "arrival": str(today() + DAY),
        "departure": str(today() + 3 * DAY),
        "rooms": 2,
        "people": 4,
        "channel": "ota",
        "label": CANARY,
    } | changes


def vacancies(sender: Sender) -> list[int | None]:
    items = sender.get("/room-types/DBL/nights").json["items"]
    return [item["vacant"] for item in items[:4]]


@pytest.fixture
def known(sender: Sender) -> Sender:
    sender.send("POST", "/still-right", {})
    return sender


def test_a_reservation_takes_from_what_is_vacant(known: Sender) -> None:
    answer = known.send("POST", "/reservations", body())
    assert answer.status_code == 201
    assert answer.json["warnings"] == []
    assert vacancies(known) == [5, 3, 3, 5]


def test_the_house_reads_the_label_and_the_database_does_not(known: Sender) -> None:
    made = known.send("POST", "/reservations", body())
    assert known.get(f"/reservations/{made.json['id']}").json["label"] == CANARY
    assert known.get("/reservations").json["items"][0]["label"] == CANARY
    for table in ("reservation", "idempotent_request", "audit_event"):
        rows = db.session.execute(text(f"SELECT t::text FROM {table} t")).scalars()
        assert not any(CANARY in row for row in rows), table


def test_the_same_reference_twice_is_a_conflict(known: Sender) -> None:
    known.send("POST", "/reservations", body())
    answer = known.send("POST", "/reservations", body())
    assert (answer.status_code, answer.json["code"]) == (409, "reference_taken")
    assert vacancies(known) == [5, 3, 3, 5]


def test_a_cancelled_reference_may_come_again(known: Sender) -> None:
    made = known.send("POST", "/reservations", body())
    path = f"/reservations/{made.json['id']}"
    assert known.send("DELETE", path).status_code == 204
    assert vacancies(known) == [5, 5, 5, 5]
    assert known.send("DELETE", path).status_code == 204, "again: the same answer"
    assert known.send("POST", "/reservations", body()).status_code == 201


def test_more_than_there_are_is_stored_with_a_warning(known: Sender) -> None:
    answer = known.send("POST", "/reservations", body(rooms=7))
    assert answer.status_code == 201
    assert [w["code"] for w in answer.json["warnings"]] == ["overbooked"] * 2
    assert vacancies(known) == [5, 0, 0, 5]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"reference": ""}, "/reference", "too_short"),
        ({"reference": "x" * 61}, "/reference", "too_long"),
        ({"room_type": "none"}, "/room_type", "not_found"),
        ({"arrival": "tomorrow"}, "/arrival", "invalid_format"),
        ({"arrival": "1999-01-01"}, "/arrival", "out_of_range"),
        ({"arrival": "0001-01-01"}, "/arrival", "invalid_format"),
        ({"departure": "2150-12-31"}, "/departure", "out_of_range"),
        ({"departure": "9999-12-31"}, "/departure", "invalid_format"),
        ({"departure": "+1"}, "/departure", "order"),
        ({"rooms": 0}, "/rooms", "greater_than_equal"),
        ({"rooms": 501}, "/rooms", "less_than_equal"),
        ({"people": -1}, "/people", "greater_than_equal"),
        ({"channel": "c" * 41}, "/channel", "too_long"),
        ({"label": 3}, "/label", "string_type"),
        ({"guest_name": "x"}, "", "extra_forbidden"),
    ],
)
def test_a_bad_field_is_named(
    sender: Sender, changes: dict[str, Any], pointer: str, code: str
) -> None:
    if changes.get("departure") == "+1":
        changes = {"departure": str(today() + DAY)}
    answer = sender.send("POST", "/reservations", body(**changes))
    assert answer.status_code == 422
    [fault] = answer.json["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert CANARY not in answer.get_data(as_text=True)


def test_a_merge_patch_changes_what_it_names(known: Sender) -> None:
    made = known.send("POST", "/reservations", body())
    path = f"/reservations/{made.json['id']}"
    tag = known.get(path).headers["ETag"]
    assert made.headers["ETag"] == tag
    changes = {"departure": str(today() + 4 * DAY), "rooms": 1, "people": None}
    answer = known.send("PATCH", path, changes, If_Match=tag)
    assert answer.status_code == 200
    assert changes.items() <= answer.json.items()
    assert known.get(path).json["label"] == CANARY
    assert vacancies(known) == [5, 4, 4, 4]
    assert known.send("PATCH", path, changes, If_Match=tag).status_code == 412
    assert known.send("PATCH", path, changes).status_code == 428
    assert known.send("PATCH", path, {"rooms": None}, If_Match="*").status_code == 422


def test_it_may_move_to_another_type(known: Sender, house: Any) -> None:
    made = known.send("POST", "/reservations", body())
    path = f"/reservations/{made.json['id']}"
    family = str(house.room_types[1].id)
    answer = known.send("PATCH", path, {"room_type": family}, If_Match="*")
    assert answer.json["room_type"] == family
    assert vacancies(known) == [5, 5, 5, 5]


def test_a_reference_of_another_reservation_is_a_conflict(known: Sender) -> None:
    known.send("POST", "/reservations", body())
    made = known.send("POST", "/reservations", body(reference="BK-2"))
    path = f"/reservations/{made.json['id']}"
    answer = known.send("PATCH", path, {"reference": "BK-1"}, If_Match="*")
    assert (answer.status_code, answer.json["code"]) == (409, "reference_taken")


def test_rooms_that_arrived_stay(known: Sender) -> None:
    made = known.send("POST", "/reservations", body())
    path = f"/reservations/{made.json['id']}"
    for _ in range(2):
        consume_reservation(db.session.scalars(select(Reservation)).one())
    answer = known.send("PATCH", path, {"rooms": 1}, If_Match="*")
    assert answer.json["errors"][0]["pointer"] == "/rooms"
    known.send("DELETE", path)
    answer = known.send("PATCH", path, {"rooms": 3}, If_Match="*")
    assert answer.json["code"] == "reservation_used_up"


def test_another_houses_reservation_is_not_found(sender: Sender) -> None:
    other = ReservationFactory()
    path = f"/reservations/{other.id}"
    assert sender.get(path).status_code == 404
    assert sender.send("PATCH", path, {"rooms": 1}, If_Match="*").status_code == 404
    assert sender.send("DELETE", path).status_code == 404
    assert sender.get("/reservations").json == {"items": [], "next": None}


def test_the_list_goes_on_where_it_stopped(sender: Sender, house: Any) -> None:
    for days in (3, 1, 2, 1):
        ReservationFactory(room_type=house.room_types[0], arrival=today() + days * DAY)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(9):
        page = sender.get("/reservations", per_page=2, **cursor).json
        seen += [item["arrival"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [str(today() + days * DAY) for days in (1, 1, 2, 3)]


def test_the_list_is_narrowed(sender: Sender, house: Any) -> None:
    first = ReservationFactory(room_type=house.room_types[0], arrival=today(), reference="AbC-1")
    ReservationFactory(room_type=house.room_types[0], arrival=today() + 5 * DAY)
    gone = ReservationFactory(room_type=house.room_types[0], status="cancelled")

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in sender.get("/reservations", **query).json["items"]]

    assert ids(to=str(today() + DAY)) == [str(first.id)]
    assert ids(reference="abc") == [str(first.id)]
    assert ids(status="cancelled") == [str(gone.id)]
    assert len(ids(status="all")) == 3
    for bad in ({"status": "x"}, {"from": "x"}, {"cursor": "x"}, {"per_page": "0"}):
        assert sender.get("/reservations", **bad).status_code == 422


def test_a_reservation_needs_a_house(sender_of: Any, house: Any) -> None:
    sender = sender_of(house, EstablishmentFactory())
    assert sender.send("POST", "/reservations", body()).status_code == 422
    answer = sender.send("POST", "/reservations", body(establishment=house.code))
    assert answer.status_code == 201
