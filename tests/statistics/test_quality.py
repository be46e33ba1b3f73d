"""The four scores: vectors computed by hand, a recount by brute force, stored equal to live."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select, text

from app import dates
from app.availability.models import ReportedDay, TakenNight
from app.availability.taking import nights_changed
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.breaches.models import Outage
from app.registry.models import Establishment, RoomType
from app.statistics.quality import facts as quality_facts
from app.statistics.quality import recount
from app.statistics.quality.models import QualityDay, QualityFact, QualityFreshness, QualityMark
from app.statistics.quality.rows import rows_to_mend
from app.statistics.quality.scores import Quality, quality
from app.statistics.queries import Filters
from app.statistics.rollup import recount as recount_sums
from app.stays.day_close.models import DayClose
from app.stays.models import Guest, Stay
from tests.factories import ClosureFactory, EstablishmentFactory, GuestFactory, UnitFactory
from tests.statistics.town import Party, caught_up, report, rooms, stay

TODAY = date(2026, 11, 20)
START = date(2026, 11, 10)
PERIOD = Period(START, TODAY + ONE_DAY)


@pytest.fixture(autouse=True)
def clock(db_session: Any) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(TODAY, 13), tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(clock: Any) -> Establishment:
    """A house that was entered on the 10th, with three rooms."""
    made = EstablishmentFactory(code="HOUSE", created_at=dates.at(START, 9))
    rooms(made, 3)
    return made


def of(house: Establishment, period: Period = PERIOD) -> Quality:
    return quality(period, by="day", filters=Filters(house_id=house.id)).total


def judged() -> None:
    """Let the worker take turns until nothing is left to do."""
    caught_up()
    while quality_facts.catch_up():
        db.session.flush()


def close(house: Establishment, day: date, at: datetime, sold: int = 0) -> None:
    db.session.add(
        DayClose(
            establishment_id=house.id,
            day=day,
            rooms_sold=sold,
            rooms_out_of_order=0,
            closed=False,
            zero=sold == 0,
            source="button",
            by="user:1",
            first_at=at,
            at=at,
        )
    )
    db.session.flush()
    nights_changed(house.id, [day])


def party(room: Any, first: date, nights: int = 1, **guest: Any) -> Guest:
    """A live stay with one whole guest."""
    row = stay(room, first, first + nights * ONE_DAY)
    row.created_at = dates.at(first, 15)
    made = GuestFactory(stay=row, **{"document_index": None, **guest})
    db.session.flush()
    return made


# --- By hand -------------------------------------------------------------------------------


def test_days_on_time_late_missed_and_shut(house: Establishment) -> None:
    report(house, START)  # on time
    close(house, START + ONE_DAY, dates.at(START + 2 * ONE_DAY, 11, 59))  # a minute to spare
    close(house, START + 2 * ONE_DAY, dates.at(START + 3 * ONE_DAY, 12))  # late
    ClosureFactory(establishment=house, start=START + 3 * ONE_DAY, end=START + 5 * ONE_DAY)
    found = of(house)
    # Ten days are due (10th to 19th): 3 said, 2 shut, 5 missed.
    assert (found.due, found.reported, found.missed) == (10, 5, 5)
    assert (found.on_time, found.late) == (2, 1)
    assert found.complete == 0.5
    # 2 on time, 1 late, and five missed, each weighing twice: 2 / 13.
    assert found.weighed_days == 13
    assert found.timely == pytest.approx(2 / 13)


def test_what_was_recorded_closes_the_day_and_its_entry_says_when(house: Establishment) -> None:
    room = rooms(house, 1)[0]
    party(room, START)
    late = party(room, START + 2 * ONE_DAY)
    late.stay.created_at = dates.at(START + 4 * ONE_DAY, 9)
    db.session.flush()
    found = of(house, Period(START, START + 4 * ONE_DAY))
    assert (found.due, found.reported, found.on_time, found.late) == (4, 2, 1, 1)


def test_an_outage_moves_the_limit_of_a_stored_day(house: Establishment) -> None:
    close(house, START, dates.at(START + ONE_DAY, 20))
    judged()
    assert (of(house).on_time, of(house).late) == (0, 1)
    db.session.add(
        Outage(
            starts_at=dates.at(START + ONE_DAY, 8),
            ends_at=dates.at(START + ONE_DAY, 18),
            note="Mất điện",
            source="EVN",
            created_by="user:1",
        )
    )
    db.session.flush()
    judged()
    assert (of(house).on_time, of(house).late) == (1, 0)


def test_an_error_is_what_is_missing_and_nothing_else(house: Establishment) -> None:
    room = rooms(house, 1)[0]
    party(room, START)  # whole
    party(room, START + ONE_DAY, document_number=None)
    party(room, START + 2 * ONE_DAY, nationality="KOR", permitted_until=None)
    elsewhere = party(room, START + 3 * ONE_DAY, full_name=None, document_number=None)
    elsewhere.stay.filed_elsewhere = True
    erased = party(room, START + 4 * ONE_DAY, full_name=None)
    erased.identity_erased_at = dates.now()
    stay(room, START + 5 * ONE_DAY, START + 6 * ONE_DAY)  # nobody in it
    stay(room, START + 6 * ONE_DAY, START + 7 * ONE_DAY, Party(), origin="history")
    stay(room, START + 7 * ONE_DAY, START + 8 * ONE_DAY, status="cancelled")
    db.session.flush()
    found = of(house)
    assert (found.records, found.errors) == (6, 3)
    assert found.valid == 0.5
    lacks = {row.day: row.missing for row in rows_to_mend(house.id, PERIOD).rows if row.missing}
    assert lacks == {
        START + ONE_DAY: ("document_number",),
        START + 2 * ONE_DAY: ("permitted_until",),
        START + 5 * ONE_DAY: ("guests",),
    }


def test_doubles_and_contradictions_overlap_in_time(house: Establishment) -> None:
    first, second, third = rooms(house, 3)
    party(first, START, 3, document_index=b"one")
    party(second, START, 1, document_index=b"one")  # the same day, the same hours
    party(third, START + ONE_DAY, 1, document_index=b"one")  # while still in the first room
    party(second, START + 3 * ONE_DAY, 1, document_index=b"one")  # came back later: no fault
    party(second, START + 5 * ONE_DAY, 1, document_index=b"two")
    other = EstablishmentFactory(code="OTHER")
    party(rooms(other, 1)[0], START, 1, document_index=b"one")  # another house is not asked
    found = of(house)
    assert (found.records, found.duplicates, found.contradictions) == (5, 1, 1)
    assert found.clean == pytest.approx(3 / 5)
    kinds = [row.kind for row in rows_to_mend(house.id, PERIOD).rows if row.stay_id]
    assert kinds == ["contradiction", "duplicate"]


def test_a_close_below_the_stays_contradicts_and_one_above_does_not(house: Establishment) -> None:
    room = rooms(house, 1)[0]
    party(room, START)
    close(house, START, dates.at(START, 20), sold=0)
    party(room, START + ONE_DAY)
    close(house, START + ONE_DAY, dates.at(START + ONE_DAY, 20), sold=3)
    found = of(house)
    assert (found.records, found.closes, found.contradictions) == (2, 2, 1)
    assert found.clean == 0.75
    [row] = [row for row in rows_to_mend(house.id, PERIOD).rows if row.kind == "close"]
    assert (row.day, row.said, row.known) == (START, 0, 1)


def test_the_score_is_the_geometric_mean_and_a_zero_shows(house: Establishment) -> None:
    found = Quality(
        due=10, reported=8, on_time=6, late=2, records=20, errors=2, duplicates=1, closes=5,
        vacancies=45, fresh=9,
    )  # fmt: skip
    assert (found.complete, found.valid, found.clean) == (0.8, 0.9, 0.96)
    # 6 / (6 + 2 + 2·2) = 0.5, and 9 of 45 fresh: (0.5 + 0.2) / 2.
    assert found.alive == pytest.approx(0.35)
    assert found.score == pytest.approx((0.8 * 0.9 * 0.96 * 0.35) ** 0.25)
    assert Quality(due=10, records=5, closes=1).score == 0.0
    assert Quality().score is None
    assert Quality(due=4, reported=2, on_time=2).score == pytest.approx((0.5 * 2 / 6) ** 0.5)


def test_vacancies_are_fresh_by_how_far_ahead_they_lie(house: Establishment) -> None:
    [room_type] = db.session.scalars(
        select(RoomType).where(RoomType.establishment_id == house.id)
    ).all()
    today = Period.of(TODAY, 1)
    assert (of(house, today).vacancies, of(house, today).fresh) == (15, 0)
    room_type.all_known, room_type.confirmed_at = True, dates.now() - timedelta(hours=3)
    assert of(house, today).fresh == 15
    room_type.confirmed_at -= timedelta(seconds=1)
    assert of(house, today).fresh == 13
    room_type.confirmed_at = dates.now() - timedelta(hours=24, seconds=1)
    assert of(house, today).fresh == 0


def test_the_evening_is_noted_once(house: Establishment, clock: time_machine.Traveller) -> None:
    judged()
    assert db.session.scalars(select(QualityFreshness)).all() == []
    clock.move_to(dates.at(TODAY, 18))
    judged()
    judged()
    [noted] = db.session.scalars(select(QualityFreshness)).all()
    assert (noted.night, noted.vacancies, noted.fresh) == (TODAY, 15, 0)
    clock.move_to(dates.at(TODAY + ONE_DAY, 9))
    assert of(house, Period.of(TODAY, 1)).vacancies == 15


def test_a_night_without_guests_in_a_full_ward_is_flagged_not_punished(
    house: Establishment,
) -> None:
    for number in range(4):
        other = EstablishmentFactory(code=f"FULL{number}")
        stay(rooms(other, 1)[0], START, START + ONE_DAY, Party())
    report(house, START, START + ONE_DAY)
    judged()
    found = of(house)
    assert found.zeros == 1
    assert found.valid is None
    assert [row.day for row in rows_to_mend(house.id, PERIOD).rows if row.kind == "zero"] == [START]
    assert list(recount_sums.differences()) == []
    db.session.execute(text("DELETE FROM fact_zero"))
    assert {each.what for each in recount_sums.differences()} == {"sums"}


@pytest.mark.parametrize("table", ["quality_month", "quality_cell"])
@pytest.mark.parametrize("change", ["UPDATE {} SET records = 7", "DELETE FROM {}"])
def test_a_sum_that_was_tampered_with_is_found(
    house: Establishment, table: str, change: str
) -> None:
    party(rooms(house, 1)[0], START)
    judged()
    assert list(recount.differences()) == []
    db.session.execute(text(change.format(table)))
    assert {each.what for each in recount.differences()} == {"quality"}


def test_a_whole_month_is_read_from_its_sum_with_what_is_fresh_now(house: Establishment) -> None:
    """The running month is one row a house, of which today is taken out and read by itself."""
    party(rooms(house, 1)[0], START)
    judged()
    month = Period(TODAY.replace(day=1), TODAY + ONE_DAY)
    house.created_at = dates.at(month.start, 9)
    db.session.flush()
    judged()
    live = quality(month, by="unit"), quality(month, by="day")
    db.session.execute(text("UPDATE quality_fact SET records = 0 WHERE night < '2026-11-20'"))
    assert (quality(month, by="unit"), quality(month, by="day")) == live


# --- Stored and live, and a recount ---------------------------------------------------------


def everything() -> list[Quality]:
    return quality(PERIOD, by="establishment").rows + quality(PERIOD, by="day").rows


def test_what_is_stored_is_what_is_live_after_any_change(house: Establishment) -> None:
    room, *_ = rooms(house, 2)
    guest = party(room, START, document_index=b"one")
    kept = guest.stay
    judged()
    assert db.session.scalar(select(QualityFact).limit(1)) is not None
    assert db.session.scalar(select(QualityMark).limit(1)) is None
    changes = [
        lambda: setattr(guest, "sex", None),
        lambda: setattr(guest, "sex", "F"),
        lambda: close(house, START + ONE_DAY, dates.at(START + ONE_DAY, 20), sold=2),
        lambda: report(house, START + 2 * ONE_DAY),
        lambda: ClosureFactory(
            establishment=house, start=START + 3 * ONE_DAY, end=START + 4 * ONE_DAY
        ),
        lambda: db.session.delete(guest),
        lambda: setattr(kept, "status", "cancelled"),
    ]
    for change in changes:
        before = everything()
        change()
        db.session.flush()
        changed = everything()
        assert changed != before, "a change that is not seen at once"
        judged()
        assert everything() == changed
        db.session.execute(text("DELETE FROM quality_day"))
        assert everything() == changed
        judged()


def test_a_report_from_before_a_house_was_entered_makes_it_owe_the_days_since(
    house: Establishment,
) -> None:
    """And taking it back takes them away again, whichever days were judged before."""
    early = START - 5 * ONE_DAY
    period = Period(early - ONE_DAY, TODAY + ONE_DAY)
    judged()
    owed = of(house, period).due
    report(house, early)
    assert of(house, period).due == owed + 5
    judged()
    assert of(house, period).due == owed + 5
    db.session.execute(delete(ReportedDay).where(ReportedDay.day == early))
    nights_changed(house.id, [early])
    db.session.flush()
    judged()
    assert of(house, period).due == owed


def test_without_its_trigger_a_change_would_be_missed(house: Establishment) -> None:
    """The control: the trigger is what keeps the stored facts true."""
    guest = party(rooms(house, 1)[0], START)
    judged()
    db.session.execute(text("ALTER TABLE guest DISABLE TRIGGER quality_update"))
    guest.sex = None
    db.session.flush()
    assert of(house).errors == 0
    db.session.execute(text("DELETE FROM quality_day"))
    assert of(house).errors == 1


def brute(house: Establishment, days: Period) -> dict[str, int]:
    """Recount in Python, from the rows, as the words of the formulas say it."""
    sums = dict.fromkeys(
        ("due", "reported", "on_time", "late", "records", "errors", "duplicates"), 0
    ) | {"contradictions": 0, "closes": 0}
    stays = [
        s for s in db.session.scalars(select(Stay).where(Stay.establishment_id == house.id))
        if s.status != "cancelled"
    ]  # fmt: skip
    acts = {
        row.day: row.at
        for row in db.session.scalars(
            select(ReportedDay).where(ReportedDay.establishment_id == house.id)
        )
    }
    closes = {
        row.day: row
        for row in db.session.scalars(select(DayClose).where(DayClose.establishment_id == house.id))
    }
    taken = list(
        db.session.scalars(select(TakenNight).where(TakenNight.establishment_id == house.id))
    )
    entered = dates.hotel_day(house.created_at)
    begin = min([entered, *acts])
    records = sorted(
        ((s, g) for s in stays if s.origin == "live" for g in (s.guests or [None])),
        key=lambda pair: (pair[0].first_night, pair[1].id.bytes if pair[1] else b""),
    )
    for day in days:
        due_at = dates.at(day + ONE_DAY, 12)
        there = [
            s for s in stays if s.first_night <= day < s.last_night_end or s.first_night == day
        ]
        moments = [m for m in (acts.get(day), closes[day].first_at if day in closes else None) if m]
        entries = [s.created_at for s in there if s.origin == "live"]
        is_due = due_at <= dates.now() and day >= begin
        reported = bool(moments or there)
        at = min(moments) if moments else min(entries) if entries else None
        sums["due"] += is_due
        sums["reported"] += is_due and reported
        sums["on_time"] += bool(is_due and at and at < due_at)
        sums["late"] += bool(is_due and at and at >= due_at)
        if day in closes:
            sums["closes"] += 1
            occupied = sum(t.night == day and t.reason == "stay" for t in taken)
            sums["contradictions"] += closes[day].rooms_sold < occupied
        for number, (s, g) in enumerate(records):
            if s.first_night != day:
                continue
            sums["records"] += 1
            sums["errors"] += g is None or g.document_number is None or s.room_id is None
            if g is None or g.document_index is None:
                continue
            over = [
                o.first_night == day
                for o, h in records[:number]
                if h is not None and h.document_index == g.document_index
                and o.arrived_at < s.departed_at and o.departed_at > s.arrived_at
            ]  # fmt: skip
            sums["duplicates"] += any(over)
            sums["contradictions"] += bool(over) and not any(over)
    return sums


@pytest.mark.parametrize("seed", range(4))
def test_a_recount_by_brute_force_agrees(seed: int) -> None:
    choose = random.Random(seed)
    houses = []
    for number in range(3):
        made = EstablishmentFactory(
            code=f"B{seed}{number}",
            created_at=dates.at(START + choose.randrange(3) * ONE_DAY, 9),
            unit=UnitFactory(code=choose.choice(["26506", "26526"])),
        )
        houses.append(made)
        mine = rooms(made, 4)
        free = {room.id: START - 2 * ONE_DAY for room in mine}
        for _ in range(8):
            room = choose.choice(mine)
            first = free[room.id] + choose.randrange(3) * ONE_DAY
            nights = choose.randrange(1, 4)
            if first + nights * ONE_DAY > TODAY:
                continue
            free[room.id] = first + nights * ONE_DAY
            guest = party(
                room,
                first,
                nights,
                document_index=choose.choice([None, b"a", b"b"]),
                **choose.choice([{}, {"document_number": None}]),
            )
            guest.stay.created_at = dates.at(first, 15) + timedelta(hours=choose.randrange(60))
        for day in choose.sample(list(Period(START, TODAY)), 3):
            moment = dates.at(day, 20) + timedelta(hours=choose.randrange(40))
            close(made, day, moment, sold=choose.randrange(3))
        report(made, *choose.sample(list(Period(START, TODAY)), 2))
    db.session.flush()
    for again in range(2):
        for made in houses:
            found = of(made)
            expected = brute(made, PERIOD)
            assert {name: getattr(found, name) for name in expected} == expected, made.code
        if not again:
            judged()
            assert db.session.scalar(select(QualityDay).limit(1)) is not None
    rows = quality(PERIOD, by="unit")
    assert sum(row.records for row in rows.rows) == rows.total.records


def test_a_limit_that_passes_counts_at_once(
    house: Establishment, clock: time_machine.Traveller
) -> None:
    clock.move_to(dates.at(TODAY, 11, 59))
    judged()
    yesterday = TODAY - ONE_DAY
    assert db.session.get_one(QualityDay, yesterday).due_at is None
    assert (of(house).due, of(house).missed) == (9, 9)
    clock.move_to(dates.at(TODAY, 12))
    assert (of(house).due, of(house).missed) == (10, 10)
    judged()
    assert db.session.get_one(QualityDay, yesterday).due_at == dates.at(TODAY, 12)
    assert (of(house).due, of(house).missed) == (10, 10)
