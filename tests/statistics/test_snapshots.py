"""Reading the books each morning: what counts, once a day, and never afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from app import dates
from app.availability.models import Reservation
from app.dates import Period
from app.db import db, new_id
from app.registry.models import Establishment, RoomType
from app.statistics import snapshots
from app.statistics.forecast.models import BooksDay, BooksSnapshot
from app.statistics.queries import Filters
from tests.factories import EstablishmentFactory, UnitFactory
from tests.statistics.town import Party, rooms, stay, take, type_of

TODAY = date(2026, 11, 20)
NIGHT = timedelta(days=1)
WEEK = Period.of(TODAY, 7)


def reserve(room_type: RoomType, arrival: date, nights: int, **values: int | str) -> Reservation:
    row = Reservation(
        id=new_id(),
        establishment_id=room_type.establishment_id,
        room_type_id=room_type.id,
        reference=str(new_id()),
        arrival=arrival,
        departure=arrival + nights * NIGHT,
        **{"rooms": 1, **values},
    )
    db.session.add(row)
    db.session.flush()
    return row


def confirmed(house: Establishment, *, days_ago: int = 0) -> None:
    at = dates.now() - timedelta(days=days_ago)
    for room_type in house.room_types:
        room_type.confirmed_at = at
    db.session.flush()


@pytest.fixture
def house(db_session: object) -> SimpleNamespace:
    """A house of 5 rooms: one taken tonight and tomorrow, two booked from tomorrow."""
    with time_machine.travel(dates.at(TODAY, 10), tick=False):
        row = EstablishmentFactory(stars=4)
        its = rooms(row, 5)
        stay(its[0], TODAY, TODAY + 2 * NIGHT, Party(), status="in_house")
        reserve(type_of(its[0]), TODAY + NIGHT, 2, rooms=2)
        confirmed(row)
        yield SimpleNamespace(row=row, rooms=its)


def on_the_books(**filters: tuple[str, ...]) -> tuple[int, ...] | None:
    found = snapshots.books(WEEK, Filters(**filters)).on(dates.today())
    return None if found is None else found[:5]


def test_stays_and_open_reservations_are_on_the_books(house: SimpleNamespace) -> None:
    snapshots.take()
    assert on_the_books() == (1, 3, 2, 0, 0)
    row = db.session.scalars(db.select(BooksSnapshot)).one()
    assert (row.houses, row.rooms, row.kind, row.stars) == (1, 5, "hotel", 4)
    assert len(row.rooms_booked) == snapshots.NIGHTS


def test_what_is_no_booking_is_not_on_the_books(house: SimpleNamespace) -> None:
    room_type = type_of(house.rooms[0])
    reserve(room_type, TODAY, 3, status="cancelled")
    reserve(room_type, TODAY, 3, status="no_show")
    reserve(room_type, TODAY, 3, rooms=2, rooms_arrived=2)
    take(house.rooms[4], [TODAY, TODAY + NIGHT])
    snapshots.take()
    assert on_the_books() == (1, 3, 2, 0, 0)


def test_a_reservation_counts_with_the_rooms_still_to_come(house: SimpleNamespace) -> None:
    reserve(type_of(house.rooms[0]), TODAY, 1, rooms=3, rooms_arrived=1)
    snapshots.take()
    assert on_the_books() == (3, 3, 2, 0, 0)


@pytest.mark.parametrize(("days_ago", "known"), [(29, True), (31, False)])
def test_a_house_nobody_heard_of_for_a_month_is_unknown(
    house: SimpleNamespace, days_ago: int, known: bool
) -> None:
    confirmed(house.row, days_ago=days_ago)
    snapshots.take()
    assert on_the_books() == ((1, 3, 2, 0, 0) if known else (0, 0, 0, 0, 0))


def test_a_house_that_does_not_count_is_left_out(house: SimpleNamespace) -> None:
    house.row.status = "rejected"
    db.session.flush()
    snapshots.take()
    assert on_the_books() == (0, 0, 0, 0, 0)


def test_they_are_told_apart_by_unit_area_kind_and_stars(house: SimpleNamespace) -> None:
    other = EstablishmentFactory(kind="homestay", stars=None, unit=UnitFactory(code="26526"))
    reserve(type_of(rooms(other, 2)[0]), TODAY, 1)
    confirmed(other)
    snapshots.take()
    assert on_the_books() == (2, 3, 2, 0, 0)
    assert on_the_books(units=("26526",)) == (1, 0, 0, 0, 0)
    assert on_the_books(kinds=("homestay",)) == (1, 0, 0, 0, 0)
    assert on_the_books(stars=("unrated",)) == (1, 0, 0, 0, 0)
    assert on_the_books(stars=("4",)) == (1, 3, 2, 0, 0)
    within = snapshots.books(WEEK, Filters(within=frozenset({"26526"}))).on(TODAY)
    assert within is not None
    assert within[0] == 1


def test_a_day_is_read_once(house: SimpleNamespace) -> None:
    assert snapshots.take()
    reserve(type_of(house.rooms[0]), TODAY, 1)
    assert not snapshots.take()
    snapshots.tick()
    assert on_the_books() == (1, 3, 2, 0, 0)


def test_the_next_day_begins_at_six(house: SimpleNamespace) -> None:
    snapshots.tick()
    for hour, days in ((5, 1), (6, 2)):
        with time_machine.travel(dates.at(TODAY + NIGHT, hour), tick=False):
            snapshots.tick()
        assert db.session.scalar(db.select(db.func.count()).select_from(BooksDay)) == days


def test_a_missed_day_stays_missing(house: SimpleNamespace) -> None:
    snapshots.tick()
    with time_machine.travel(dates.at(TODAY + 2 * NIGHT, 8), tick=False):
        snapshots.tick()
    found = snapshots.books(WEEK)
    assert list(found.mornings) == [TODAY, TODAY + 2 * NIGHT]
    assert found.on(TODAY + NIGHT) is None


def test_a_morning_with_empty_books_is_known_to_be_empty(db_session: object) -> None:
    snapshots.take()
    found = snapshots.books(Period.of(dates.today(), 1)).on(dates.today())
    assert found == (0,) * snapshots.NIGHTS


def test_what_is_too_old_goes(house: SimpleNamespace) -> None:
    snapshots.tick()
    with time_machine.travel(dates.at(TODAY, 10) + timedelta(days=snapshots.KEPT_DAYS + 1)):
        snapshots.tick()
        assert db.session.get(BooksDay, TODAY) is None
        assert db.session.scalars(db.select(BooksSnapshot).filter_by(as_of=TODAY)).all() == []
