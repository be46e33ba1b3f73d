"""Facts that are kept up in steps equal a count of the stays, after any mix of changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.availability.models import ChangedNight, TakenNight
from app.availability.taking import nights_changed
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Classification, Closure, Establishment, Room, RoomType
from app.statistics import facts, recount
from app.statistics.models import ChangedHouse, Fact, FactNight
from app.statistics.origins import origins
from app.statistics.queries import Filters, occupancy
from app.statistics.rollup import recount as recount_sums
from app.stays.day_close.closing import Said, close_day
from app.stays.models import Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomFactory, RoomTypeFactory, UnitFactory
from tests.statistics.brute_force import brute_force, brute_origins
from tests.statistics.town import Party, caught_up, mark, nights_of, report, rooms, stay, take

TODAY = date(2026, 11, 20)
START = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(TODAY, 10), tick=False) as traveller:
        yield traveller


class Town:
    """Two houses that change in ways drawn by hypothesis."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.houses = [
            EstablishmentFactory(stars=3),
            EstablishmentFactory(kind="homestay", unit=UnitFactory(code="26526")),
        ]
        self.elsewhere = UnitFactory(code="26560")
        for house in self.houses:
            rooms(house, 2)
            rooms(house, 1, bed_places=1)

    def house(self) -> Establishment:
        return self.draw(st.sampled_from(self.houses))

    def night(self) -> date:
        return START + timedelta(days=self.draw(st.integers(0, 22)))

    def room(self) -> Room:
        house = self.house()
        statement = select(Room).where(Room.establishment_id == house.id).order_by(Room.id)
        return self.draw(st.sampled_from(db.session.scalars(statement).all()))

    def any_stay(self) -> Stay | None:
        stays = db.session.scalars(select(Stay).order_by(Stay.id)).all()
        return self.draw(st.sampled_from(stays)) if stays else None

    # --- What happens --------------------------------------------------------------------

    def arrive(self) -> None:
        room, first = self.room(), self.night()
        length = self.draw(st.integers(0, 5))
        free = set(nights_of(first, first + timedelta(days=length))) - _taken(room)
        origin = self.draw(st.sampled_from(["live", "live", "history"]))
        whole = len(free) == length and origin == "live"
        parties = [self.party(first, length) for _ in range(self.draw(st.integers(0, 3)))]
        place: Any = room if whole and length else _type(room)
        stay(place, first, first + timedelta(days=length), *parties, origin=origin)

    def party(self, first: date, length: int) -> Party:
        arrives = dates.at(first + timedelta(days=self.draw(st.integers(0, length))), 23)
        hour = self.draw(st.sampled_from([3, 9, 23]))
        leaves = dates.at(first + timedelta(days=self.draw(st.integers(0, length + 1))), hour)
        return Party(
            # XXX: whose nationality is unknown is a foreigner of no country, not left out.
            nationality=self.draw(st.sampled_from(["VNM", "VNM", "KOR", "XXX"])),
            residence=self.draw(st.sampled_from([None, "VNM", "KOR", "USA"])),
            persons=self.draw(st.integers(1, 3)),
            arrived_at=self.draw(st.sampled_from([None, arrives])),
            departed_at=self.draw(st.sampled_from([None, leaves])),
        )

    def cancel(self) -> None:
        if row := self.any_stay():
            row.status = "cancelled"
            db.session.execute(delete(TakenNight).where(TakenNight.stay_id == row.id))
            mark(row)

    def leave_early(self) -> None:
        row = self.any_stay()
        if row and row.last_night_end > row.first_night:
            mark(row)
            row.last_night_end -= ONE_DAY
            late = TakenNight.night >= row.last_night_end
            db.session.execute(delete(TakenNight).where(TakenNight.stay_id == row.id, late))

    def repair(self) -> None:
        room, night = self.room(), self.night()
        if night not in _taken(room):
            take(room, [night])

    def confirm(self) -> None:
        house, night = self.house(), self.night()
        known = db.session.execute(
            text("SELECT 1 FROM reported_day WHERE establishment_id = :house AND day = :day"),
            {"house": house.id, "day": night},
        ).first()
        if not known:
            report(house, night)

    def close_a_day(self) -> None:
        said = Said(0, self.draw(st.integers(0, 1)), closed=self.draw(st.booleans()))
        by = Principal(kind="command_line")
        close_day(self.house(), self.night(), said, source="button", by=by)

    def close(self) -> None:
        house, night = self.house(), self.night()
        valid = Range(night, night + timedelta(days=2))
        overlapping = select(Closure.id).where(
            Closure.establishment_id == house.id, Closure.valid.overlaps(valid)
        )
        if db.session.scalar(overlapping) is None:
            db.session.add(Closure(establishment_id=house.id, valid=valid))
            db.session.flush()

    def reopen(self) -> None:
        db.session.execute(delete(Closure).where(Closure.establishment_id == self.house().id))

    def reclassify(self) -> None:
        house, night = self.house(), self.night()
        if db.session.scalars(select(Classification).where(_classified(house))).all()[1:]:
            return
        db.session.execute(
            update(Classification).where(_classified(house)).values(valid=Range(None, night))
        )
        db.session.add(
            Classification(
                establishment_id=house.id,
                kind="villa",
                stars=5,
                unit=self.draw(st.sampled_from([None, self.elsewhere])),
                valid=Range(night, None),
            )
        )
        db.session.flush()

    def add_room(self) -> None:
        RoomFactory(room_type=_type(self.room()), since=self.night())

    def change_beds(self) -> None:
        places = self.draw(st.integers(1, 4))
        changed = update(RoomType).where(RoomType.id == _type(self.room()).id)
        db.session.execute(changed.values(bed_places=places))

    def change_status(self) -> None:
        self.house().status = self.draw(st.sampled_from(["approved", "suspended", "rejected"]))
        db.session.flush()

    def turn(self) -> None:
        facts.catch_up()


def _taken(room: Room) -> set[date]:
    return set(db.session.scalars(select(TakenNight.night).where(TakenNight.room_id == room.id)))


def _type(room: Room) -> RoomType:
    return room.assignments[0].room_type


def _classified(house: Establishment) -> Any:
    return Classification.establishment_id == house.id


EVENTS = [name for name in vars(Town) if not name.startswith("_")]
EVENTS = [name for name in EVENTS if name not in ("house", "night", "room", "any_stay", "party")]
PERIOD = Period(START, date(2026, 11, 30))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_mix_of_changes_ends_in_what_a_count_of_the_stays_says(
    db_session: Any, clock: time_machine.Traveller, data: Any
) -> None:
    clock.move_to(dates.at(TODAY, 10))
    try:
        town = Town(data.draw)
        for event in data.draw(st.lists(st.sampled_from([*EVENTS, "turn", "arrive"]), max_size=14)):
            getattr(town, event)()
            db.session.flush()
        # Whatever is stored and whatever is stale: what is read is right already,
        assert_reads_are_right("unit", "day")
        caught_up()
        # after the worker too, and then nothing is left to be counted live but tonight;
        assert_reads_are_right()
        assert list(recount.differences()) == []
        assert not db.session.scalars(select(ChangedHouse)).all()
        assert not db.session.scalars(select(ChangedNight).where(ChangedNight.night < TODAY)).all()
        # and two days later it still is.
        clock.shift(timedelta(days=2))
        assert_reads_are_right("establishment", "month", "year")
    finally:
        db.session.rollback()


def assert_reads_are_right(*keys: str) -> None:
    for by in keys or ("kind", "stars", "area", "week", "quarter"):
        read = occupancy(PERIOD, by=by)
        expected, total = brute_force(PERIOD, by=by)
        assert {row.key: row for row in read.rows} == expected, by
        assert read.total == total
    for basis in () if keys else ("arrival", "night"):
        for split in ("nationality", "residence"):
            rows = origins(PERIOD, by="country", basis=basis, split=split)
            expected_guests = brute_origins(PERIOD, basis, split)
            assert {row.key: row.guests for row in rows} == expected_guests
            (year,) = origins(PERIOD, by="year", basis=basis, split=split)
            assert (year.countries, year.domestic) == (
                expected_guests,
                expected_guests.get("VNM", 0),
            )
            assert year.unknown == expected_guests.get("unknown", 0)


# --- Single guards, each with what would happen without it -----------------------------------


def test_a_fact_that_was_tampered_with_is_found(db_session: Any) -> None:
    house = EstablishmentFactory()
    stay(rooms(house, 1)[0], START, START + ONE_DAY, Party())
    caught_up()
    assert list(recount.differences()) == []
    db.session.execute(update(Fact).where(Fact.night == START).values(guest_nights_domestic=7))
    assert [(found.house, found.night, found.what) for found in recount.differences()] == [
        (house.code, START, "guest_nights_domestic")
    ]


def test_a_fact_that_is_missing_is_found(db_session: Any) -> None:
    stay(rooms(EstablishmentFactory(), 1)[0], START, START + ONE_DAY, Party())
    caught_up()
    db.session.execute(delete(Fact).where(Fact.night == START))
    assert [found.what for found in recount.differences()] == ["fact"]


@pytest.mark.parametrize("table", ["fact_sum", "fact_month", "origin_sum"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = 7", "DELETE FROM {}"])
def test_a_sum_that_was_tampered_with_is_found(db_session: Any, table: str, change: str) -> None:
    stay(rooms(EstablishmentFactory(), 1)[0], START, START + ONE_DAY, Party())
    caught_up()
    assert list(recount_sums.differences()) == []
    number = "guest_nights" if table == "origin_sum" else "rooms_net"
    db.session.execute(text(change.format(table, number)))
    assert {found.what for found in recount_sums.differences()} == {"sums"}


def test_a_change_that_nobody_marked_is_found(db_session: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    row = stay(room, START, START + ONE_DAY, Party())
    caught_up()
    db.session.execute(update(Stay).where(Stay.id == row.id).values(status="cancelled"))
    assert Counter(found.what for found in recount.differences()).keys() >= {"reporting"}


def test_a_mark_that_changed_while_it_was_worked_on_stays(db_session: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    stay(room, START, START + ONE_DAY, Party())
    caught_up()
    nights_changed(room.establishment_id, [START])
    read = db.session.execute(
        select(ChangedNight.establishment_id, ChangedNight.night, ChangedNight.version)
    ).all()
    nights_changed(room.establishment_id, [START])
    facts._unmark_nights([tuple(row) for row in read])
    assert db.session.scalars(select(ChangedNight.night)).all() == [START]


@pytest.mark.parametrize("edit", ["rooms", "closure", "beds", "status", "classification"])
def test_an_edit_of_the_register_marks_the_house(db_session: Any, edit: str) -> None:
    house = EstablishmentFactory()
    room = rooms(house, 1)[0]
    db.session.execute(delete(ChangedHouse))
    {
        "rooms": lambda: RoomFactory(room_type=_type(room)),
        "closure": lambda: db.session.add(
            Closure(establishment_id=house.id, valid=Range(START, START + ONE_DAY))
        ),
        "beds": lambda: db.session.execute(update(RoomType).values(bed_places=9)),
        "status": lambda: setattr(house, "status", "suspended"),
        "classification": lambda: db.session.execute(update(Classification).values(stars=1)),
    }[edit]()
    db.session.flush()
    assert db.session.scalars(select(ChangedHouse.establishment_id)).all() == [house.id]


def test_daily_work_marks_no_house(db_session: Any) -> None:
    """A version or an age that rises with each check-in must not recompute a year of facts."""
    house = EstablishmentFactory(rooms=1)
    db.session.execute(delete(ChangedHouse))
    house.search_version += 1
    db.session.execute(update(RoomType).values(confirmed_at=dates.now()))
    db.session.flush()
    assert db.session.scalars(select(ChangedHouse)).all() == []


def test_tonight_is_stored_and_what_follows_never(db_session: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    stay(room, TODAY - ONE_DAY, TODAY + timedelta(days=3), Party(), status="in_house")
    caught_up()
    assert db.session.scalar(select(Fact.night).order_by(Fact.night.desc())) == TODAY
    whole = occupancy(Period(TODAY - ONE_DAY, TODAY + timedelta(days=3)), by="day")
    assert [(row.key, row.guest_nights) for row in whole.rows] == [
        ("2026-11-19", 1),
        ("2026-11-20", 1),
    ]


def test_an_earlier_night_is_stored_once_it_is_marked(db_session: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    stay(room, START, START + ONE_DAY, Party())
    caught_up()
    earlier = START - timedelta(days=100)
    stay(_type(room), earlier, earlier + ONE_DAY, Party(), origin="history")
    caught_up()
    assert db.session.scalar(select(FactNight.night).order_by(FactNight.night)) == earlier
    found = occupancy(Period.of(earlier, 1), by="day").total
    assert (found.rooms_occupied, found.guest_nights) == (1, 1)


def test_an_overbooked_stay_holds_no_room_and_its_guests_count(db_session: Any) -> None:
    house = EstablishmentFactory()
    stay(_type(rooms(house, 1)[0]), START, START + ONE_DAY, Party(persons=2))
    found = occupancy(Period.of(START, 1), by="day", filters=Filters(house_id=house.id)).total
    assert (found.rooms_occupied, found.guest_nights, found.rooms_gross) == (0, 2, 1)


def test_a_house_without_rooms_is_registered_and_one_not_open_yet_is_not(db_session: Any) -> None:
    EstablishmentFactory()
    EstablishmentFactory(opened_on=START + timedelta(days=5))
    EstablishmentFactory(status="rejected")
    later = RoomTypeFactory(establishment=EstablishmentFactory())
    RoomFactory(room_type=later, since=START + timedelta(days=5))
    before = occupancy(Period.of(START, 2), by="day").total
    after = occupancy(Period.of(START + timedelta(days=5), 1), by="day").total
    assert (before.establishments, after.establishments) == (1, 3)
