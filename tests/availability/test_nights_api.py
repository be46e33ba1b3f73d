"""The API of nights: reading, setting, who keeps them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.availability import operations
from app.availability.taking import take
from app.dates import Period, today
from app.db import db, new_id
from tests.availability.conftest import Sender
from tests.factories import EstablishmentFactory, ReservationFactory

DAY = timedelta(days=1)


def night(days: int) -> str:
    return str(today() + days * DAY)


@pytest.fixture
def path(house: Any) -> str:
    return f"/room-types/{house.room_types[0].id}/nights"


def test_what_was_never_said_is_unknown(sender: Sender, path: str) -> None:
    answer = sender.get(path, **{"from": night(0), "to": night(2)})
    assert answer.status_code == 200
    assert answer.json["items"] == [
        {
            "night": night(days),
            "total": 5,
            "out_of_order": 0,
            "taken": 0,
            "reserved": 0,
            "vacant": None,
            "price": 800_000,
            "confirmed_at": None,
        }
        for days in (0, 1)
    ]


def test_a_put_changes_the_nights_it_names_and_no_other(sender: Sender, path: str) -> None:
    body = {"nights": [{"night": night(1), "vacant": 3, "price": 900_000}]}
    answer = sender.send("PUT", path, body)
    assert answer.status_code == 200
    [item] = answer.json["items"]
    assert (item["vacant"], item["reserved"], item["price"]) == (3, 2, 900_000)
    assert item["confirmed_at"].endswith("+07:00")
    all_items = sender.get(path).json["items"]
    assert [i["vacant"] for i in all_items[:3]] == [None, 3, None]
    assert len(all_items) == 31


def test_a_put_without_price_leaves_the_price(sender: Sender, path: str) -> None:
    sender.send("PUT", path, {"nights": [{"night": night(1), "vacant": 3, "price": 900_000}]})
    [item] = sender.send("PUT", path, {"nights": [{"night": night(1), "vacant": 1}]}).json["items"]
    assert (item["vacant"], item["price"]) == (1, 900_000)
    body = {"nights": [{"night": night(1), "vacant": 1, "price": None}]}
    assert sender.send("PUT", path, body).json["items"][0]["price"] == 800_000


def test_more_than_possible_names_the_night_and_stores_nothing(
    sender: Sender, path: str, house: Any
) -> None:
    ReservationFactory(room_type=house.room_types[0], arrival=today() + DAY, nights=1, rooms=2)
    nights = [{"night": night(days), "vacant": 4} for days in range(3)]
    answer = sender.send("PUT", path, {"nights": nights})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    [fault] = answer.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/nights/1/vacant", "not_possible")
    assert night(1) in fault["detail"]
    assert [i["vacant"] for i in sender.get(path).json["items"][:3]] == [None] * 3


def test_the_senders_own_code_stands_for_the_id(sender: Sender, house: Any) -> None:
    body = {"nights": [{"night": night(0), "vacant": 2}]}
    assert sender.send("PUT", "/room-types/DBL/nights", body).status_code == 200
    assert sender.get("/room-types/DBL/nights").json["items"][0]["vacant"] == 2
    rows = [{"room_type": "DBL", **body["nights"][0]}]
    [item] = sender.send("PUT", "/nights", {"nights": rows}).json["items"]
    assert item["room_type"] == str(house.room_types[0].id)


def test_many_types_are_set_at_once_in_their_order(sender: Sender, house: Any) -> None:
    first, second = (str(room_type.id) for room_type in house.room_types)
    rows = [
        {"room_type": second, "night": night(1), "vacant": 2},
        {"room_type": first, "night": night(0), "vacant": 5},
        {"room_type": second, "night": night(0), "vacant": 0},
    ]
    answer = sender.send("PUT", "/nights", {"nights": rows})
    assert [
        {"room_type": i["room_type"], "night": i["night"], "vacant": i["vacant"]}
        for i in answer.json["items"]
    ] == rows


@pytest.mark.parametrize(
    ("row", "pointer", "code"),
    [
        ({"vacant": 1}, "/nights/0/night", "required"),
        ({"night": "2026-13-01", "vacant": 1}, "/nights/0/night", "invalid_format"),
        ({"night": "24/12/2026", "vacant": 1}, "/nights/0/night", "invalid_format"),
        ({"night": 20261224, "vacant": 1}, "/nights/0/night", "invalid_format"),
        ({"night": "1999-01-01", "vacant": 1}, "/nights/0/night", "out_of_range"),
        ({"night": "2150-12-31", "vacant": 1}, "/nights/0/night", "out_of_range"),
        ({"night": "9999-12-31", "vacant": 1}, "/nights/0/night", "invalid_format"),
        ({"night": "+0"}, "/nights/0/vacant", "required"),
        ({"night": "+0", "vacant": None}, "/nights/0/vacant", "int_type"),
        ({"night": "+0", "vacant": -1}, "/nights/0/vacant", "greater_than_equal"),
        ({"night": "+0", "vacant": 1.5}, "/nights/0/vacant", "int_type"),
        ({"night": "+0", "vacant": "3"}, "/nights/0/vacant", "int_type"),
        ({"night": "+0", "vacant": True}, "/nights/0/vacant", "int_type"),
        ({"night": "+0", "vacant": 10**30}, "/nights/0/vacant", "less_than_equal"),
        ({"night": "+0", "vacant": 1, "price": -5}, "/nights/0/price", "greater_than_equal"),
        ({"night": "+0", "vacant": 1, "guest": "x"}, "/nights/0", "extra_forbidden"),
    ],
)
def test_a_bad_row_is_named_at_its_place(
    sender: Sender, path: str, row: dict[str, Any], pointer: str, code: str
) -> None:
    row = row | ({"night": night(0)} if row.get("night") == "+0" else {})
    answer = sender.send("PUT", path, {"nights": [row]})
    assert answer.status_code == 422
    assert (answer.json["errors"][0]["pointer"], answer.json["errors"][0]["code"]) == (
        pointer,
        code,
    )


def test_a_night_may_come_only_once(sender: Sender, path: str) -> None:
    nights = [{"night": night(0), "vacant": 1}, {"night": night(0), "vacant": 2}]
    answer = sender.send("PUT", path, {"nights": nights})
    assert answer.json["errors"][0]["pointer"] == "/nights/1/night"
    assert answer.json["errors"][0]["code"] == "duplicate"


def test_an_unknown_or_foreign_type_in_a_row_is_named(sender: Sender) -> None:
    other = EstablishmentFactory(rooms=1)
    db.session.expire(other)
    for key in ("nonsense", str(other.room_types[0].id), "\0"):
        rows = [{"room_type": key, "night": night(0), "vacant": 1}]
        answer = sender.send("PUT", "/nights", {"nights": rows})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/nights/0/room_type"


def test_another_houses_type_is_not_found(sender: Sender) -> None:
    other = EstablishmentFactory(rooms=1)
    db.session.expire(other)
    path = f"/room-types/{other.room_types[0].id}/nights"
    assert sender.get(path).status_code == 404
    body = {"nights": [{"night": night(0), "vacant": 1}]}
    assert sender.send("PUT", path, body).status_code == 404
    for key in ("0", "99999999999999999999", "nonsense"):
        assert sender.get(f"/room-types/{key}/nights").status_code == 404


def test_a_key_for_several_houses_must_say_which(sender_of: Any, house: Any) -> None:
    sender = sender_of(house, EstablishmentFactory())
    rows = {"nights": [{"room_type": "DBL", "night": night(0), "vacant": 1}]}
    assert sender.send("PUT", "/nights", rows).status_code == 422
    body = rows | {"establishment": house.code}
    assert sender.send("PUT", "/nights", body).status_code == 200


def test_without_a_key_nothing_is_shown(client: Any, path: str) -> None:
    assert client.get(f"/api/v1{path}").status_code == 401
    assert client.put(f"/api/v1{path}", json={}).status_code == 401


def test_a_write_needs_an_idempotency_key_and_is_done_once(sender: Sender, path: str) -> None:
    body = {"nights": [{"night": night(0), "vacant": 3}]}
    assert sender.send("PUT", path, body, Idempotency_Key="").status_code == 400
    first = sender.send("PUT", path, body, Idempotency_Key="same")
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 1}]})
    again = sender.send("PUT", path, body, Idempotency_Key="same")
    assert again.get_data() == first.get_data()
    assert sender.get(path).json["items"][0]["vacant"] == 1


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"from": "x"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "+3", "to": "+3"}, "to"),
        ({"from": "+0", "to": "+401"}, "to"),
    ],
)
def test_a_bad_range_is_named(
    sender: Sender, path: str, query: dict[str, str], parameter: str
) -> None:
    asked = {name: night(int(v[1:])) if v[0] == "+" else v for name, v in query.items()}
    answer = sender.get(path, **asked)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["parameter"] == parameter


# --- Kept by a feed ------------------------------------------------------------------------


def patched(sender: Sender, house: Any, body: dict[str, Any]) -> Any:
    path = f"/room-types/{house.room_types[0].id}"
    tag = sender.get(path).headers["ETag"]
    return sender.send("PATCH", path, body, If_Match=tag)


def test_what_the_last_feed_said_is_the_truth(sender: Sender, path: str, house: Any) -> None:
    assert patched(sender, house, {"kept_by": "feed"}).json["kept_by"] == "feed"
    room_type = house.room_types[0]
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 3}]})
    rooms = [assignment.room for assignment in room_type.assignments]

    def now() -> tuple[int, int, int | None]:
        item = sender.get(path).json["items"][0]
        return item["taken"], item["reserved"], item["vacant"]

    assert now() == (0, 2, 3)
    for taken, (reserved, vacant) in enumerate([(1, 3), (0, 3), (0, 2)], start=1):
        take(rooms[taken], [today()], stay_id=new_id(), consume_withheld=True)
        assert now() == (taken, reserved, vacant)


def test_a_put_never_switches_the_keeper(sender: Sender, path: str, house: Any) -> None:
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 3}]})
    assert sender.get("/room-types").json["items"][0]["kept_by"] == "stays"


def test_a_feed_may_not_send_more_than_possible(sender: Sender, path: str, house: Any) -> None:
    patched(sender, house, {"kept_by": "feed"})
    ReservationFactory(room_type=house.room_types[0], arrival=today(), rooms=5)
    answer = sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 5}]})
    assert answer.status_code == 200, "reservations here are the feed's own business"
    answer = sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 6}]})
    assert answer.json["errors"][0]["code"] == "not_possible"


def test_switching_keeps_what_is_vacant(sender: Sender, path: str, house: Any) -> None:
    sender.send("PUT", path, {"nights": [{"night": night(1), "vacant": 3}]})
    before = [item["vacant"] for item in sender.get(path).json["items"]]
    patched(sender, house, {"kept_by": "feed"})
    assert [item["vacant"] for item in sender.get(path).json["items"]] == before
    patched(sender, house, {"kept_by": "stays"})
    assert [item["vacant"] for item in sender.get(path).json["items"]] == before


# --- Still right, and the type itself ------------------------------------------------------


def test_still_right_makes_all_nights_known(sender: Sender, path: str, house: Any) -> None:
    answer = sender.send("POST", "/still-right", {})
    assert [item["kept_by"] for item in answer.json["items"]] == ["stays", "stays"]
    items = sender.get(path, **{"from": night(0), "to": night(365)}).json["items"]
    assert {item["vacant"] for item in items} == {5}
    assert items[0]["confirmed_at"] is not None


def test_still_right_leaves_unknown_what_a_feed_has_not_sent(
    sender: Sender, path: str, house: Any
) -> None:
    patched(sender, house, {"kept_by": "feed"})
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 3}]})
    sender.send("POST", path.replace("nights", "still-right"), {})
    assert [item["vacant"] for item in sender.get(path).json["items"][:2]] == [3, None]


def test_any_act_renews_the_age_but_only_an_edit_makes_known(
    sender: Sender, path: str, house: Any
) -> None:
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 3}]})
    house.room_types[0].confirmed_at -= 5 * DAY
    db.session.flush()
    old = sender.get(path).json["items"][0]["confirmed_at"]
    room = house.room_types[0].assignments[0].room
    operations.set_out_of_order(room, Period.of(today() + DAY, 1))
    items = sender.get(path).json["items"]
    assert items[0]["confirmed_at"] > old
    assert (items[0]["vacant"], items[1]["vacant"], items[1]["out_of_order"]) == (3, None, 1)


def test_a_type_is_changed_by_a_merge_patch(sender: Sender, house: Any) -> None:
    body = {"code": "TWIN", "name": "Hai giường", "capacity": 3, "list_price": None}
    answer = patched(sender, house, body)
    assert answer.status_code == 200
    assert body.items() <= answer.json.items()
    assert answer.json["kept_by"] == "stays"
    assert sender.get("/room-types/TWIN/nights").status_code == 200


def test_a_change_needs_the_version_it_was_read_at(sender: Sender, house: Any) -> None:
    path = f"/room-types/{house.room_types[0].id}"
    assert sender.send("PATCH", path, {"capacity": 3}).status_code == 428
    tag = sender.get(path).headers["ETag"]
    assert sender.send("PATCH", path, {"capacity": 3}, If_Match=tag).status_code == 200
    assert sender.send("PATCH", path, {"capacity": 4}, If_Match=tag).status_code == 412


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"capacity": 0}, "/capacity"),
        ({"kept_by": "nobody"}, "/kept_by"),
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"amenities": ["casino"]}, "/amenities/0"),
        ({"list_price": 2**40}, "/list_price"),
    ],
)
def test_a_bad_change_is_named(
    sender: Sender, house: Any, body: dict[str, Any], pointer: str
) -> None:
    answer = patched(sender, house, body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == pointer


def test_two_types_may_not_share_a_code(sender: Sender, house: Any) -> None:
    path = f"/room-types/{house.room_types[1].id}"
    answer = sender.send("PATCH", path, {"code": "DBL"}, If_Match="*")
    assert answer.json["errors"] == [
        {"pointer": "/code", "code": "duplicate", "detail": "The value occurs twice"}
    ]


def test_the_front_desk_changes_no_type(sender_of: Any, house: Any) -> None:
    sender = sender_of(house, role="front_desk")
    path = f"/room-types/{house.room_types[0].id}"
    assert sender.send("PATCH", path, {"capacity": 3}, If_Match="*").status_code == 403


def test_a_year_of_every_type_goes_in_at_once(sender: Sender, house: Any) -> None:
    rows = [
        {"room_type": str(room_type.id), "night": night(days), "vacant": 1, "price": 1}
        for days in range(366)
        for room_type in house.room_types
    ]
    answer = sender.send("PUT", "/nights", {"nights": rows})
    assert answer.status_code == 200
    assert len(answer.json["items"]) == len(rows)
    too_many = [{"night": night(days), "vacant": 1} for days in range(367)]
    path = f"/room-types/{house.room_types[0].id}/nights"
    assert sender.send("PUT", path, {"nights": too_many}).status_code == 422


def test_a_change_is_told_to_search(sender: Sender, path: str, house: Any) -> None:
    before = house.search_version
    sender.send("PUT", path, {"nights": [{"night": night(0), "vacant": 3}]})
    db.session.refresh(house)
    assert house.search_version > before


def test_the_last_day_of_time_is_no_date_error(sender: Sender, path: str) -> None:
    assert sender.get(path, **{"from": str(date.max)}).status_code == 422
