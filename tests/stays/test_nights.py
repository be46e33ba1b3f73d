"""Which nights a stay takes: the hotel day, hours, a room just left, the room for each night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from app.availability.taking import RoomTaken
from app.stays import changes
from app.stays.check_in import check_in
from app.stays.inputs import StayInput
from tests.factories import RoomFactory, RoomTypeFactory


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-{text}:00+07:00")


def day(number: int) -> Any:
    return at(f"{number:02d}T00:00").date()


@pytest.fixture
def stays_in(house: Any, by: Any, clock: Any) -> Any:
    """Check a party in without guests; the clock stands at its arrival."""

    def stays_in(arrival: str, departure: Any, room: str | None = "101", **more: Any) -> Any:
        clock.move_to(at(arrival))
        leaves = at(departure) if isinstance(departure, str) else day(departure)
        named: dict[str, Any] = {"room": room} if room else {"room_type": "DBL"}
        given = StayInput(at(arrival), leaves, filed_elsewhere=True, **named, **more)
        return check_in(house, given, by=by)

    return stays_in


@pytest.fixture
def leave(clock: Any) -> Any:
    def leave(done: Any, moment: str) -> None:
        clock.move_to(at(moment))
        changes.check_out(done.stay, at(moment))

    return leave


def rooms(done: Any) -> dict[int, str | None]:
    return {night.day: room and room.number for night, room in done.nights.items()}


@pytest.mark.parametrize(
    ("arrival", "departure", "nights"),
    [
        ("24T14:00", 26, [24, 25]),
        ("24T14:00", 25, [24]),
        ("24T05:59", 25, [23, 24]),
        ("24T05:59", 24, [23]),
        ("24T06:00", 25, [24]),
        ("24T01:00", "24T11:00", [23]),
        ("24T09:00", "24T12:00", []),
        ("24T14:00", 24, []),
        ("24T23:30", "25T01:00", [24]),
        ("24T00:30", 25, [23, 24]),
    ],
)
def test_an_arrival_before_six_belongs_to_the_night_before(
    stays_in, arrival, departure, nights
) -> None:
    assert list(rooms(stays_in(arrival, departure))) == nights


@pytest.mark.parametrize("room", ["101", None])
def test_a_room_just_left_is_taken_from_the_date_itself(stays_in, leave, room, house) -> None:
    for number in ("102", "103"):
        stays_in("23T14:00", 26, number)
    first = stays_in("23T14:00", 25)
    leave(first, "24T03:00")
    second = stays_in("24T04:00", 25, room)
    assert rooms(second) == {24: "101"}


def test_a_room_just_left_can_be_used_by_the_hour(stays_in, leave) -> None:
    first = stays_in("23T14:00", 25)
    leave(first, "24T02:00")
    second = stays_in("24T03:00", 24)
    assert second.stay.is_same_day
    assert second.stay.first_night == day(24)


def test_an_overdue_party_has_left_as_planned(stays_in) -> None:
    stays_in("23T14:00", "24T03:00")
    assert rooms(stays_in("24T04:00", 25)) == {24: "101"}


def test_a_room_that_is_not_left_is_not_free_before_six(stays_in) -> None:
    stays_in("23T14:00", 24)
    with pytest.raises(RoomTaken) as taken:
        stays_in("24T04:00", 25)
    assert taken.value.nights == [day(23)]


def test_with_a_type_a_room_that_was_free_all_night_comes_first(stays_in, leave) -> None:
    first = stays_in("23T14:00", 25)
    leave(first, "24T03:00")
    assert rooms(stays_in("24T04:00", 25, None)) == {23: "102", 24: "102"}


@pytest.mark.parametrize(
    ("other", "hours", "free"),
    [
        # The party before leaves at noon.
        (("23T14:00", 24), ("24T09:00", "24T11:00"), False),
        (("23T14:00", 24), ("24T12:00", "24T14:00"), True),
        # The next one arrives in the afternoon.
        (("24T14:00", 25), ("24T15:00", "24T17:00"), False),
        # By the hour, one after the other.
        (("24T09:00", "24T11:00"), ("24T10:30", "24T12:00"), False),
        (("24T09:00", "24T11:00"), ("24T11:00", "24T12:00"), True),
    ],
)
def test_hours_want_the_room_empty_in_their_time(stays_in, other, hours, free) -> None:
    stays_in(*other)
    if free:
        assert stays_in(*hours).stay.room_id is not None
    else:
        with pytest.raises(RoomTaken):
            stays_in(*hours)


def test_hours_with_a_type_find_an_empty_room_or_none(stays_in) -> None:
    hours = ("24T09:00", "24T11:00", None)
    used = {stays_in(*hours).stay.room_id for _ in range(3)}
    assert len(used) == 3
    fourth = stays_in(*hours)
    assert fourth.stay.room_id is None
    assert [warning.code for warning in fourth.warnings] == ["overbooked"]


def test_a_night_s_party_does_not_walk_into_one_by_the_hour(stays_in) -> None:
    stays_in("24T12:00", "24T18:00")
    with pytest.raises(RoomTaken):
        stays_in("24T14:00", 25)
    assert rooms(stays_in("24T14:00", 25, None)) == {24: "102"}


def test_the_tightest_gap_is_filled_first(stays_in, house) -> None:
    stays_in("24T14:00", 25, "101")
    stays_in("24T14:00", 25, "102")
    changes.extend(stays_in("26T14:00", 28, "102").stay, day(28))
    assert rooms(stays_in("25T14:00", 26, None)) == {25: "102"}


def test_a_room_that_does_not_exist_yet_is_not_sold(stays_in, house) -> None:
    new = RoomTypeFactory(establishment=house, code="NEW")
    RoomFactory(room_type=new, number="301", since=day(26))
    with pytest.raises(RoomTaken) as taken:
        stays_in("24T14:00", 27, "301")
    assert taken.value.nights[:2] == [day(24), day(25)]


def test_few_moves_are_planned(stays_in) -> None:
    stays_in("24T14:00", 26, "101")
    stays_in("24T14:00", 25, "102")
    block = stays_in("27T14:00", 30, "103")
    assert rooms(block) == {27: "103", 28: "103", 29: "103"}
    done = stays_in("24T15:00", 31, None)
    assert rooms(done)[24] == "103"
    assert len(set(rooms(done).values())) == 2
