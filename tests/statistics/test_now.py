"""Tonight as JSON for screens that poll: what it counts, and that nothing new costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select, update

from app import dates
from app.audit.models import AuditEvent
from app.availability.models import Reservation
from app.availability.taking import acted
from app.db import db, new_id
from app.registry.models import Establishment, RoomType
from tests.factories import EstablishmentFactory
from tests.statistics.conftest import TODAY
from tests.statistics.town import Party, rooms, rooms_of, stay

NOW = "/api/v1/statistics/now"
ONE = timedelta(days=1)


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # The savepoint around each test's request is the tests' own.
        if "SAVEPOINT" not in statement:
            said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def known(house: Establishment) -> None:
    db.session.execute(
        update(RoomType)
        .where(RoomType.establishment_id == house.id)
        .values(all_known=True, confirmed_at=dates.now())
    )


@pytest.fixture
def evening(town: Any) -> Any:
    """In HERE 1 of 4 rooms arrived today, 1 leaves today, 1 left, and a group is to come."""
    first, second, third, _ = rooms_of(town.here.room_types[0])
    known(town.here)
    stay(first, TODAY, TODAY + ONE, Party(), Party("KOR"), status="in_house")
    stay(second, TODAY - ONE, TODAY, Party(persons=3), status="in_house")
    stay(third, TODAY - 2 * ONE, TODAY, Party())
    db.session.add(
        Reservation(
            id=new_id(),
            establishment_id=town.here.id,
            reference="G1",
            room_type_id=town.here.room_types[0].id,
            arrival=TODAY,
            departure=TODAY + ONE,
            rooms=3,
            rooms_arrived=1,
            people=7,
        )
    )
    # What is past, cancelled or of a house that does not count is in no figure.
    stay(third, TODAY, TODAY + ONE, Party(), status="cancelled")
    test = EstablishmentFactory(status="test", twin_of_id=town.there.id)
    stay(rooms(test, 5)[0], TODAY, TODAY + ONE, Party(), status="in_house")
    known(test)
    db.session.commit()
    return town


def test_the_town_tonight(client: Any, key: Any, evening: Any) -> None:
    answer = client.get(NOW, headers=key()).json
    assert answer["night"] == "2026-11-20"
    assert answer["poll_seconds"] == 30
    town = answer["town"]
    assert {name: value for name, value in town.items() if value} == {
        "key": "total",
        "rooms_registered": 6,
        "rooms_known": 4,
        "rooms_vacant": 1,
        "beds_vacant": 2,
        "rooms_occupied": 1,
        "establishments": 2,
        "reporting_establishments": 1,
        "fresh_establishments": 1,
        "arrivals_rooms": 2,
        "arrivals_people": 5,
        "arrived_rooms": 1,
        "arrived_people": 2,
        "departures_rooms": 1,
        "departures_people": 3,
        "departed_rooms": 1,
        "departed_people": 1,
        "vacant_share": 0.25,
        "reporting_rooms_share": 4 / 6,
        "fresh_share": 0.5,
    }
    assert [(row["key"], row["rooms_vacant"]) for row in answer["units"]] == [
        ("26506", 1),
        ("26526", 0),
    ]
    assert [row["key"] for row in answer["kinds"]] == ["homestay", "hotel"]
    assert "name" not in str(answer["kinds"])


def test_a_ward_s_key_sees_its_ward(client: Any, key: Any, evening: Any) -> None:
    answer = client.get(NOW, headers=key("ward_official", unit_code="26526")).json
    assert [row["key"] for row in answer["units"]] == ["26526"]
    assert answer["town"]["rooms_registered"] == 2


def test_a_front_desk_s_key_and_strangers_are_refused(client: Any, key: Any, town: Any) -> None:
    assert client.get(NOW).status_code == 401
    front = key("front_desk", establishment_ids=[town.here.id])
    assert client.get(NOW, headers=front).status_code == 403


@pytest.mark.parametrize("address", [NOW, "/api/v1/statistics/vacancy?by=kind"])
def test_nothing_new_costs_three_questions(
    client: Any, key: Any, evening: Any, address: str
) -> None:
    headers = key()
    first = client.get(address, headers=headers)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    asked = headers | {"If-None-Match": first.headers["ETag"]}
    with statements() as said:
        again = client.get(address, headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert len(said) <= 3, said


@pytest.mark.parametrize("address", [NOW, "/api/v1/statistics/vacancy"])
def test_what_a_house_does_is_answered_anew(
    client: Any, key: Any, evening: Any, address: str
) -> None:
    headers = key()
    first = client.get(address, headers=headers)
    asked = headers | {"If-None-Match": first.headers["ETag"]}
    acted(evening.there.id, [kind.id for kind in evening.there.room_types])
    db.session.commit()
    second = client.get(address, headers=asked)
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]


def test_a_tag_grows_old_with_its_figures(client: Any, key: Any, evening: Any) -> None:
    headers = key()
    first = client.get(NOW, headers=headers)
    asked = headers | {"If-None-Match": first.headers["ETag"]}
    with time_machine.travel(dates.now() + timedelta(seconds=301), tick=False):
        assert client.get(NOW, headers=asked).status_code == 200


def test_a_tag_is_of_its_reader_and_its_question(client: Any, key: Any, evening: Any) -> None:
    tag = client.get(NOW, headers=key()).headers["ETag"]
    ward = key("ward_official", unit_code="26526") | {"If-None-Match": tag}
    assert client.get(NOW, headers=ward).status_code == 200
    other = key() | {"If-None-Match": tag}
    assert client.get(f"{NOW}?by=1", headers=other).status_code == 200


def test_a_single_house_is_audited_at_each_look(client: Any, key: Any, evening: Any) -> None:
    address = "/api/v1/statistics/vacancy?establishment=HERE"
    headers = key()
    first = client.get(address, headers=headers)
    client.get(address, headers=headers | {"If-None-Match": first.headers["ETag"]})
    looks = select(AuditEvent).where(AuditEvent.action == "house_figures")
    assert len(db.session.scalars(looks).all()) == 2
