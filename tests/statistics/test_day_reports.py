"""How houses report their days, for officials: due, reported, on time, late, missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.breaches.models import Outage
from app.registry.models import Establishment
from app.statistics.day_reports import HouseDays, day_reports
from app.statistics.queries import Filters
from app.stays.day_close import closing as day_closes
from app.stays.day_close.closing import Said, close_day
from app.web.security import Principal
from tests.factories import ClosureFactory, EstablishmentFactory
from tests.statistics.town import Party, caught_up, report, rooms, stay

TODAY = date(2026, 11, 20)
START = date(2026, 11, 10)
PERIOD = Period(START, TODAY + ONE_DAY)
BY = Principal(kind="command_line")


@pytest.fixture(autouse=True)
def clock(db_session: Any) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(TODAY, 13), tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(clock: Any) -> Establishment:
    """A house that was entered on the 10th."""
    made = EstablishmentFactory(code="HOUSE", created_at=dates.at(START, 9))
    rooms(made, 2)
    return made


def of(house: Establishment) -> HouseDays:
    [found] = day_reports(PERIOD, Filters(house_id=house.id))
    return found


def test_a_house_that_says_nothing_missed_each_day_since_its_entry(house: Establishment) -> None:
    found = of(house)
    # The 10th to the 19th; today is due tomorrow.
    assert (found.code, found.due, found.reported, found.missed) == ("HOUSE", 10, 0, 10)
    assert (found.on_time, found.late, found.reported_share) == (0, 0, 0.0)


def test_each_way_of_reporting_counts_and_its_moment(
    house: Establishment, clock: time_machine.Traveller
) -> None:
    room = rooms(house, 1)[0]
    report(house, START)
    close_day(house, TODAY - ONE_DAY, Said(0, 0), source="button", by=BY)  # an hour late
    ClosureFactory(establishment=house, start=START + 2 * ONE_DAY, end=START + 3 * ONE_DAY)
    entered = stay(room, START + 4 * ONE_DAY, START + 6 * ONE_DAY, Party())
    entered.created_at = dates.at(START + 6 * ONE_DAY, 12)
    db.session.flush()
    found = of(house)
    assert (found.due, found.reported, found.missed) == (10, 5, 5)
    # On time: the act of the 10th; late: the close, and both nights of the stay, by 1, 24 and 0.
    assert (found.on_time, found.late, found.hours_late) == (1, 3, 25.0)
    caught_up()
    assert of(house) == found


def test_a_correction_keeps_the_first_moment(
    house: Establishment, clock: time_machine.Traveller
) -> None:
    day = TODAY - ONE_DAY
    clock.move_to(dates.at(TODAY, 11, 59))
    close_day(house, day, Said(1, 0), source="api", by=BY)
    clock.move_to(dates.at(TODAY, 18))
    close_day(house, day, Said(0, 0), source="api", by=BY)
    assert (of(house).on_time, of(house).late) == (1, 0)


def test_a_day_in_an_outage_is_not_due_until_the_day_after(house: Establishment) -> None:
    db.session.add(
        Outage(
            starts_at=dates.at(TODAY, 9),
            ends_at=dates.at(TODAY, 10),
            note="x",
            source="x",
            created_by="x",
        )
    )
    db.session.flush()
    assert of(house).due == 9


def test_a_ward_reads_its_own_houses(house: Establishment) -> None:
    assert [row.code for row in day_reports(PERIOD)] == ["HOUSE"]
    assert day_reports(PERIOD, Filters(within=frozenset({"26526"}))) == []
    assert [row.code for row in day_reports(PERIOD, Filters(units=("26506",)))] == ["HOUSE"]


def test_the_official_reads_what_the_house_is_told(house: Establishment) -> None:
    stay(rooms(house, 1)[0], START + ONE_DAY, START + 3 * ONE_DAY, Party())
    report(house, START + timedelta(days=5))
    ClosureFactory(
        establishment=house, start=START + timedelta(days=7), end=START + timedelta(days=9)
    )
    close_day(house, START, Said(0, 0, closed=True), source="button", by=BY)
    assert of(house).missed == len(day_closes.missed_days(house)) == 4


def test_of_a_period_ahead_nothing_is_due(house: Establishment) -> None:
    assert day_reports(Period.of(TODAY, 3)) == []
    assert day_reports(Period.of(TODAY + timedelta(days=30), 3)) == []
