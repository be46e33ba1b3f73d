"""The pages of reservations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.availability.models import Reservation
from app.availability.reservations import consume_reservation
from app.dates import today
from app.db import db
from tests.availability.conftest import Desk
from tests.factories import ReservationFactory
from tests.html import gate, swap

DAY = timedelta(days=1)


@pytest.fixture
def path(house: Any) -> str:
    return f"/hotel/{house.code}/reservations"


def fields(house: Any, **changes: Any) -> dict[str, Any]:
    return {
        "arrival": str(today() + DAY),
        "departure": str(today() + 3 * DAY),
        "room_type": str(house.room_types[0].id),
        "rooms": "2",
        "people": "4",
        "reference": "BK-7",
        "channel": "Điện thoại",
        "label": "Đoàn Biển Xanh",
    } | changes


def stored() -> list[Reservation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Reservation)))


def test_an_empty_list_says_what_a_reservation_does(desk: Desk, path: str) -> None:
    assert "Chưa có đặt phòng nào" in desk.open(path).text_content()


def test_those_to_come_by_arrival_and_the_late_ones_marked(
    desk: Desk, house: Any, path: str
) -> None:
    room_type = house.room_types[0]
    ReservationFactory(room_type=room_type, reference="LATER", arrival=today() + 5 * DAY)
    ReservationFactory(room_type=room_type, reference="LATE", arrival=today() - DAY)
    ReservationFactory(room_type=room_type, reference="GONE", arrival=today() - 5 * DAY)
    ReservationFactory(room_type=room_type, reference="OFF", status="cancelled")
    ReservationFactory(reference="STRANGE", arrival=today())
    page = desk.open(path)
    rows = [row.text_content() for row in page.xpath("//*[@id='reservations']//tbody/tr")]
    assert ["LATE" in rows[0], "Quá ngày đến" in rows[0], "LATER" in rows[1]] == [True] * 3
    assert len(rows) == 2
    closed = desk.open(f"{path}?view=closed").xpath("//*[@id='reservations']//tbody/tr")
    assert ["OFF" in row.text_content() for row in closed] == [True]


def test_one_is_found_by_a_part_of_its_reference(desk: Desk, house: Any, path: str) -> None:
    ReservationFactory(
        room_type=house.room_types[0], reference="AGODA-99", arrival=today() - 9 * DAY
    )
    ReservationFactory(room_type=house.room_types[0], reference="BK-1", arrival=today())
    page = desk.open(f"{path}?reference=agoda")
    assert len(page.xpath("//*[@id='reservations']//tbody/tr")) == 1
    assert "AGODA-99" in page.text_content()
    assert "Không có đặt phòng" in desk.open(f"{path}?reference=zzz").text_content()


def test_a_long_list_goes_on(desk: Desk, house: Any, path: str) -> None:
    for _ in range(51):
        ReservationFactory(room_type=house.room_types[0], arrival=today())
    page = desk.open(path)
    assert len(page.xpath("//*[@id='reservations']//tbody/tr")) == 50
    [further] = page.xpath("//nav[@class='pagination']/a/@href")
    assert len(desk.open(further).xpath("//*[@id='reservations']//tbody/tr")) == 1
    desk.open(f"{path}?after=nonsense")


def test_a_swap_equals_a_reload(desk: Desk, house: Any, path: str) -> None:
    ReservationFactory(room_type=house.room_types[0], reference="BK-1", arrival=today())
    swap(desk.client, path, f"{path}?reference=bk", "reservations")


def test_one_is_written_down(desk: Desk, house: Any, path: str) -> None:
    answer = desk.send(f"{path}/new", path, **fields(house))
    assert answer.status_code == 303
    [made] = stored()
    assert (made.reference, made.rooms, made.people) == ("BK-7", 2, 4)
    assert (made.label, made.channel) == ("Đoàn Biển Xanh", "Điện thoại")
    assert "Biển" not in str(made.label_sealed)


def test_without_a_reference_it_gets_one(desk: Desk, house: Any, path: str) -> None:
    desk.send(f"{path}/new", path, **fields(house, reference=" "))
    assert stored()[0].reference.startswith("DP-")


def faults(answer: Any) -> list[str]:
    return [name.removesuffix("-error") for name in gate(answer).xpath(FAULTS)]


FAULTS = "//*[@class='field-error']/@id"


def test_too_many_rooms_are_stored_only_when_confirmed(desk: Desk, house: Any, path: str) -> None:
    answer = desk.send(f"{path}/new", path, **fields(house, rooms="6"))
    assert (answer.status_code, faults(answer), stored()) == (422, ["overbook"], [])
    assert "Nhận quá số phòng" in answer.text
    [box] = gate(answer).xpath("//input[@name='overbook' and @type='checkbox']")
    confirmed = fields(house, rooms="6", overbook=box.get("value"))
    answer = desk.send(f"{path}/new", path, follow=True, **confirmed)
    assert "Nhận quá số phòng" in answer.text
    assert len(stored()) == 1


def test_nothing_is_asked_where_there_are_rooms(desk: Desk, house: Any, path: str) -> None:
    assert not desk.open(f"{path}/new").xpath("//input[@name='overbook']")
    assert desk.send(f"{path}/new", path, **fields(house, rooms="5")).status_code == 303
    one_more = fields(house, rooms="1", reference="BK-8")
    assert faults(desk.send(f"{path}/new", path, **one_more)) == ["overbook"]


def test_all_faults_are_told_at_once(desk: Desk, house: Any, path: str) -> None:
    wrong = {"rooms": "99", "departure": str(today() + DAY), "people": "x"}
    answer = desk.send(f"{path}/new", path, **fields(house, **wrong))
    assert sorted(faults(answer)) == ["departure", "overbook", "people"]
    assert "chỉ có 5 phòng" in answer.text


def test_a_change_is_weighed_against_what_it_held(desk: Desk, house: Any, path: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0], arrival=today() + DAY, rooms=4)
    address = f"{path}/{made.id}"

    def change(**changes: str) -> Any:
        db.session.expire_all()
        version = str(stored()[0].record_version)
        sent = fields(house, departure=str(today() + 2 * DAY), **changes)
        return desk.send(address, address, **sent, version=version)

    assert change(rooms="5").status_code == 303
    assert faults(change(rooms="6")) == ["overbook"]
    assert change(rooms="6", overbook="y").status_code == 303
    assert change(rooms="6", label="Đoàn khác").status_code == 303, "as overbooked as before"
    other_type = {"room_type": str(house.room_types[1].id)}
    assert faults(change(rooms="3", **other_type)) == ["overbook"]
    assert change(rooms="2", **other_type).status_code == 303


def test_channels_of_programs_read_in_words_and_stay_codes(
    desk: Desk, house: Any, path: str
) -> None:
    made = ReservationFactory(room_type=house.room_types[0], arrival=today(), channel="ota")
    listed = desk.open(path).xpath("//*[@id='reservations']//tbody/tr")[0].text_content()
    assert ("Trang đặt phòng" in listed, "ota" in listed) == (True, False)
    address = f"{path}/{made.id}"
    assert desk.open(address).xpath("//input[@name='channel']/@value") == ["Trang đặt phòng"]
    desk.send(address, address, **fields(house, channel="Trang đặt phòng"), version="1")
    assert stored()[0].channel == "ota"
    desk.send(address, address, **fields(house, channel="Khách quen"), version="2")
    assert stored()[0].channel == "Khách quen"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"arrival": ""}, "arrival"),
        ({"arrival": "1999-01-01"}, "arrival"),
        ({"departure": "+1"}, "departure"),
        ({"departure": "9999-12-31"}, "departure"),
        ({"rooms": "0"}, "rooms"),
        ({"rooms": ""}, "rooms"),
        ({"people": "x"}, "people"),
        ({"room_type": "0"}, "room_type"),
        ({"reference": "x" * 61}, "reference"),
        ({"channel": "x" * 41}, "channel"),
        ({"label": "x" * 201}, "label"),
    ],
)
def test_a_fault_is_shown_at_its_field(
    desk: Desk, house: Any, path: str, changes: dict[str, str], field: str
) -> None:
    if changes.get("departure") == "+1":
        changes = {"departure": str(today() + DAY)}
    answer = desk.send(f"{path}/new", path, **fields(house, **changes))
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@class='field-error']/@id") == [f"{field}-error"]
    assert stored() == []


def test_the_same_reference_is_a_conflict(desk: Desk, house: Any, path: str) -> None:
    ReservationFactory(room_type=house.room_types[0], reference="BK-7")
    answer = desk.send(f"{path}/new", path, **fields(house))
    assert answer.status_code == 409
    assert gate(answer).xpath("//*[@class='field-error']/@id") == ["reference-error"]
    assert len(stored()) == 1


def test_one_is_changed(desk: Desk, house: Any, path: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0], arrival=today())
    address = f"{path}/{made.id}"
    page = desk.open(address)
    version = page.xpath("//input[@name='version']/@value")[0]
    answer = desk.send(address, address, **fields(house), version=version)
    assert answer.status_code == 303
    assert (stored()[0].reference, stored()[0].rooms) == ("BK-7", 2)
    again = desk.send(address, address, **fields(house, rooms="1"), version=version)
    assert again.status_code == 409, "somebody else was faster"
    assert stored()[0].rooms == 2


def test_rooms_that_arrived_can_not_be_taken_back(desk: Desk, house: Any, path: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0], arrival=today(), rooms=2)
    consume_reservation(made)
    consume_reservation(made)
    address = f"{path}/{made.id}"
    answer = desk.send(address, address, **fields(house, rooms="1"), version="1")
    assert answer.status_code == 409
    assert gate(answer).xpath("//*[@class='field-error']/@id") == ["rooms-error"]


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_one_is_closed_only_once(desk: Desk, house: Any, path: str, status: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0], arrival=today())
    address = f"{path}/{made.id}"
    for words in ("Đã huỷ" if status == "cancelled" else "không đến", "trước đó"):
        answer = desk.send(address, f"{address}/close", follow=True, status=status)
        assert words in answer.text
    assert stored()[0].status == status
    answer = desk.send(address, address, **fields(house), version=str(stored()[0].record_version))
    assert answer.status_code == 409


def test_strangers_find_nothing(stranger: Any, house: Any, path: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0])
    for address in (path, f"{path}/new", f"{path}/{made.id}"):
        assert stranger.get(address).status_code == 404


def test_a_reservation_of_another_house_is_not_found(desk: Desk, house: Any, path: str) -> None:
    other = ReservationFactory()
    assert desk.client.get(f"{path}/{other.id}").status_code == 404
    answer = desk.send(f"{path}/new", f"{path}/{other.id}/close")
    assert answer.status_code == 404
    assert stored()[0].status == "open"


def test_reading_writes_nothing(desk: Desk, house: Any, path: str) -> None:
    made = ReservationFactory(room_type=house.room_types[0])
    assert desk.client.get(f"{path}/{made.id}/close").status_code == 405
