"""What a competitor can learn: never more than the capped count, whatever is asked.

A house with many rooms is put into one state and then into another that must look the same; every
public answer is compared, byte for byte but for what only the clock moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app import dates
from app.availability.models import Reservation, RoomTypeNight, TakenNight
from app.db import db, new_id
from app.registry.models import Room, RoomAssignment
from app.registry.versions import mark_changed
from app.search import next_steps
from app.search.documents import MOST_ROOMS, documents_of, window
from app.search.houses import read_houses
from tests.factories import EstablishmentFactory, ReservationFactory, RoomTypeFactory

ROOMS = 14
AHEAD = 3
WAYS = ("stay", "out_of_order", "reserved", "withheld")
# Of an answer's headers these tell how long it took and when, not what it says.
OF_THE_CLOCK = {"Server-Timing", "Date"}


@pytest.fixture
def still() -> Iterator[None]:
    """Let no clock move, so that only the house does."""
    with time_machine.travel(datetime(2026, 12, 1, 10, tzinfo=dates.ZONE), tick=False):
        yield


@pytest.fixture
def house(still: None, db_session: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A hotel of one type with fourteen rooms, all known, confirmed just now."""
    # What else could be offered is counted only while time is left; here always.
    monkeypatch.setattr(next_steps, "COUNT_SECONDS", 60.0)
    monkeypatch.setattr(next_steps, "LATEST_MS", 60_000.0)
    house = EstablishmentFactory(name="Khách sạn Kín Đáo", stars=3, amenities=["pool"])
    RoomTypeFactory(establishment=house, rooms=ROOMS, all_known=True, confirmed_at=dates.now())
    # Two others, so that the town's calendar says something.
    for name in ("Hải Âu", "Sóng Vàng"):
        other = EstablishmentFactory(name=f"Khách sạn {name}")
        RoomTypeFactory(establishment=other, rooms=4, all_known=True, confirmed_at=dates.now())
    db.session.commit()
    return house


def first_night() -> date:
    return dates.today() + timedelta(days=AHEAD)


def fill(house: Any, gone: int, way: str, nights: int = 2) -> None:
    """Have so many rooms of the house not be vacant from the first night on, in this way."""
    (one,) = house.room_types
    db.session.execute(delete(TakenNight).where(TakenNight.establishment_id == house.id))
    db.session.execute(delete(Reservation).where(Reservation.establishment_id == house.id))
    db.session.execute(delete(RoomTypeNight).where(RoomTypeNight.room_type_id == one.id))
    days = [first_night() + timedelta(days=ahead) for ahead in range(nights)]
    if way in ("stay", "out_of_order"):
        _take(house, one, days, gone, way)
    elif way == "withheld":
        db.session.add_all(
            RoomTypeNight(room_type_id=one.id, night=day, withheld=gone) for day in days
        )
    elif gone:
        ReservationFactory(room_type=one, arrival=days[0], nights=nights, rooms=gone)
    mark_changed(house.id)
    db.session.commit()


def _take(house: Any, one: Any, days: list[date], gone: int, reason: str) -> None:
    rooms = db.session.scalars(
        select(Room.id)
        .join(RoomAssignment, RoomAssignment.room_id == Room.id)
        .where(RoomAssignment.room_type_id == one.id)
        .order_by(Room.id)
        .limit(gone)
    )
    for room in rooms:
        stay = new_id() if reason == "stay" else None
        db.session.add_all(
            TakenNight(
                room_id=room,
                night=day,
                establishment_id=house.id,
                room_type_id=one.id,
                reason=reason,
                stay_id=stay,
            )
            for day in days
        )


def probes(code: str) -> list[str]:
    """Return the addresses a competitor would ask."""
    night = first_night()
    stay = f"check_in={night}&check_out={night + timedelta(days=2)}"
    found = [f"/api/v1/vacancies?{stay}&rooms={rooms}" for rooms in range(1, MOST_ROOMS + 2)]
    # Parties that need many rooms, or several in one house.
    found += [f"/api/v1/vacancies?{stay}&adults={n}&rooms={r}" for n, r in ((16, 8), (40, 8))]
    found += [f"/api/v1/vacancies?{stay}&sort={sort}" for sort in ("price", "stars", "relevance")]
    found += [f"/api/v1/vacancies?{stay}&price_min=800000&price_max={p}" for p in (800000, 900000)]
    found += [f"/api/v1/vacancies?{stay}&rooms=8&q=kin+dao&per_page=1"]
    found += [f"/search?{stay}&rooms={rooms}" for rooms in (1, 8, 9)]
    found += [f"/search?{stay}&adults=20&rooms=1"]
    found += [f"/establishments/{code}?{stay}", f"/establishments/{code}"]
    found += [f"/api/v1/establishments/{code}", "/api/v1/establishments"]
    found += [f"/api/v1/establishments/{code}/calendar", "/api/v1/vacancies/calendar"]
    found += ["/search/calendar", "/", "/sitemap.xml"]
    return found


def observed(client: FlaskClient, house: Any, only: str = "") -> dict[str, Any]:
    """Return what every probe answers, and what the engine is given to answer from."""
    client.application.extensions.pop("search_fullness", None)
    seen: dict[str, Any] = {}
    for path in filter(lambda path: only in path, probes(house.code)):
        response = client.get(path)
        headers = {(n, v) for n, v in response.headers if n not in OF_THE_CLOCK}
        seen[path] = response.status_code, headers, response.get_data(as_text=True)
    today = dates.today()
    seen["index"] = [documents_of(one, window(today)) for one in read_houses([house.id], today)]
    return seen


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [path for path in one if one[path] != other[path]]


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    one=st.tuples(st.integers(0, ROOMS), st.sampled_from(WAYS)),
    other=st.tuples(st.integers(0, ROOMS), st.sampled_from(WAYS)),
)
def test_the_same_capped_count_looks_the_same(
    client: FlaskClient, house: Any, one: Any, other: Any
) -> None:
    fill(house, *one)
    before = observed(client, house)
    fill(house, *other)
    after = observed(client, house)
    if min(ROOMS - one[0], MOST_ROOMS) == min(ROOMS - other[0], MOST_ROOMS):
        assert differences(before, after) == []
    else:
        assert differences(before, after) != []


@pytest.mark.parametrize("gone", [6, 14])
def test_withheld_looks_like_taken(client: FlaskClient, house: Any, gone: int) -> None:
    fill(house, gone, "stay")
    taken = observed(client, house)
    for way in WAYS[1:]:
        fill(house, gone, way)
        assert differences(taken, observed(client, house)) == [], way


def test_from_eight_rooms_on_nothing_tells_how_many(client: FlaskClient, house: Any) -> None:
    fill(house, 0, "stay")
    empty = observed(client, house)
    fill(house, ROOMS - MOST_ROOMS, "stay")
    assert differences(empty, observed(client, house)) == []
    # The probes do see what is public: one room fewer is one fewer than eight.
    fill(house, ROOMS - MOST_ROOMS + 1, "stay")
    assert any("rooms=8" in path for path in differences(empty, observed(client, house)))


def test_the_calendars_have_three_steps(client: FlaskClient, house: Any) -> None:
    def calendars(gone: int) -> dict[str, Any]:
        fill(house, gone, "withheld")
        return {**observed(client, house, "calendar"), "index": None}

    shown = [calendars(gone) for gone in range(ROOMS + 1)]
    steps = ["full" if n == 0 else "few" if n <= 2 else "free" for n in range(ROOMS, -1, -1)]
    for at in range(ROOMS):
        assert (shown[at] == shown[at + 1]) == (steps[at] == steps[at + 1]), steps[at]
