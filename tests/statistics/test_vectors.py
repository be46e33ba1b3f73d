"""The indicators against the worked examples of the definitions and of published formulas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from app import dates
from app.dates import Period
from app.statistics.queries import Figures, Filters, occupancy, ratio
from tests.factories import ClosureFactory, EstablishmentFactory, RoomTypeFactory, UnitFactory
from tests.statistics.town import Party, caught_up, nights_of, report, rooms, rooms_of, stay, take

SEPTEMBER = Period.month(2026, 9)
NOW = dates.at(date(2026, 11, 3), 10)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=["live", "stored"])
def settle(request: pytest.FixtureRequest, db_session: Any) -> Any:
    """Every vector holds for facts that are stored, and for facts that are not."""
    return caught_up if request.param == "stored" else db_session.flush


def total(period: Period, **filters: Any) -> Figures:
    return occupancy(period, by="month", filters=Filters(**filters)).total


def test_the_worked_month(settle: Any) -> None:
    """10 rooms, 16 bed places, 30 days, 3 closed, one double out of order on 5 open days."""
    house = EstablishmentFactory()
    singles = rooms(house, 4, bed_places=1)
    doubles = rooms(house, 6, bed_places=2)
    ClosureFactory(establishment=house, start=date(2026, 9, 1), end=date(2026, 9, 4))
    take(doubles[0], nights_of(date(2026, 9, 10), date(2026, 9, 15)))
    report(house, *SEPTEMBER.nights())
    _fill(singles + doubles[1:], room_nights=189, guest_nights=310, arrivals=140)
    settle()
    found = total(SEPTEMBER)
    assert (found.rooms_gross, found.rooms_net) == (300, 265)
    assert (found.bed_places, found.bed_places_net) == (480, 422)
    assert (found.rooms_occupied, found.guest_nights, found.arrivals) == (189, 310, 140)
    assert found.occupancy_gross == 0.63
    assert found.occupancy_net == pytest.approx(0.7132, abs=5e-5)
    assert found.bed_occupancy_gross == pytest.approx(0.6458, abs=5e-5)
    assert found.bed_occupancy_net == pytest.approx(0.7346, abs=5e-5)
    assert found.average_stay == pytest.approx(2.214, abs=5e-4)
    assert found.guests_per_room == pytest.approx(1.640, abs=5e-4)


def _fill(available: list[Any], *, room_nights: int, guest_nights: int, arrivals: int) -> None:
    """Fill rooms with stays of one night until the sums are reached; the last stay is longer."""
    free = [
        (room, night)
        for night in nights_of(date(2026, 9, 4), date(2026, 9, 30))
        for room in available
    ]
    stays = arrivals // 2
    long = room_nights - stays
    # Two guests in each of 70 stays make 140 arrivals; the other room nights lengthen some stays.
    first_of_room: dict[int, int] = {}
    lengths = [1 + long // stays + (1 if place < long % stays else 0) for place in range(stays)]
    assert sum(lengths) == room_nights
    assert guest_nights <= 2 * room_nights
    spare = 2 * room_nights - guest_nights
    cursor = {room.id: date(2026, 9, 4) for room in available}
    for place, length in enumerate(lengths):
        room = min(available, key=lambda each: (cursor[each.id], each.id))
        first = cursor[room.id]
        # A guest who leaves early makes nights fewer and arrivals not.
        early = min(spare, length - 1)
        spare -= early
        leaves = dates.at(first + timedelta(days=length - early), 9) if early else None
        stay(room, first, first + timedelta(days=length), Party(), Party(departed_at=leaves))
        cursor[room.id] = first + timedelta(days=length)
        first_of_room[place] = room.id
    assert spare == 0
    assert max(cursor.values()) <= date(2026, 10, 1)
    assert len(free) >= room_nights


def test_two_guests_in_a_double_room_for_three_nights(settle: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    stay(room, date(2026, 9, 10), date(2026, 9, 13), Party(), Party())
    settle()
    found = total(SEPTEMBER)
    assert (found.rooms_occupied, found.guest_nights, found.arrivals) == (3, 6, 2)


def test_a_stay_over_the_end_of_a_month_arrives_in_one_and_sleeps_in_both(settle: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    stay(room, date(2026, 9, 30), date(2026, 10, 2), Party())
    settle()
    september, october = total(SEPTEMBER), total(Period.month(2026, 10))
    assert (september.guest_nights, september.arrivals) == (1, 1)
    assert (october.guest_nights, october.arrivals) == (1, 0)


def test_an_extra_bed_may_fill_a_room_beyond_its_bed_places(settle: Any) -> None:
    room = rooms(EstablishmentFactory(), 1, bed_places=2)[0]
    stay(room, date(2026, 9, 10), date(2026, 9, 11), Party(persons=3))
    settle()
    found = total(Period.of(date(2026, 9, 10), 1))
    assert found.bed_occupancy_net == 1.5
    assert found.occupancy_net == 1.0


def test_an_arrival_after_midnight_slept_the_night_before(settle: Any) -> None:
    room = rooms(EstablishmentFactory(), 1)[0]
    arrived = dates.at(date(2026, 9, 11), 1)
    nights = dates.stay_nights(arrived, dates.at(date(2026, 9, 11), 11))
    assert nights is not None
    stay(room, nights.start, nights.end, Party(), arrived_at=arrived)
    settle()
    night_before = total(Period.of(date(2026, 9, 10), 1))
    assert (night_before.guest_nights, night_before.arrivals) == (1, 1)
    assert total(Period.of(date(2026, 9, 11), 1)).guest_nights == 0
    assert total(SEPTEMBER).same_day_guests == 0


def test_an_area_is_the_sum_over_the_sum_and_no_mean_of_rates(settle: Any) -> None:
    small, large = EstablishmentFactory(), EstablishmentFactory()
    night = date(2026, 9, 10)
    stay(rooms(small, 1)[0], night, night + timedelta(days=1), Party())
    stay(rooms(large, 9)[0], night, night + timedelta(days=1), Party())
    settle()
    assert total(Period.of(night, 1)).occupancy_net == 2 / 10


def test_over_zero_there_is_no_rate(settle: Any) -> None:
    EstablishmentFactory()
    settle()
    found = total(SEPTEMBER)
    rates = (found.occupancy_net, found.occupancy_gross, found.average_stay)
    assert rates == (None, None, None)
    assert found.reporting_rooms_share is None


def test_out_of_order_leaves_gross_and_lowers_net(settle: Any) -> None:
    """100 rooms, 5 out of order, 30 occupied: 30 % and 31.5789 %, nowhere cut to 31.57."""
    house = EstablishmentFactory()
    all_rooms = rooms_of(RoomTypeFactory(establishment=house, rooms=100))
    night = date(2026, 9, 10)
    for room in all_rooms[:5]:
        take(room, [night])
    for room in all_rooms[5:35]:
        stay(room, night, night + timedelta(days=1), Party())
    settle()
    found = total(Period.of(night, 1))
    assert found.occupancy_gross == 0.30
    assert found.occupancy_net == 30 / 95
    assert total(Period.of(night, 2)).rooms_registered == 200


def test_a_closed_night_counts_as_gross_and_not_as_net(settle: Any) -> None:
    house = EstablishmentFactory()
    rooms(house, 4)
    ClosureFactory(establishment=house, start=date(2026, 9, 1), end=date(2026, 9, 3))
    settle()
    found = total(SEPTEMBER)
    assert (found.rooms_registered, found.rooms_gross, found.rooms_net) == (120, 8, 0)
    assert found.occupancy_net is None
    assert found.occupancy_gross == 0


def test_an_old_unit_counts_as_the_one_of_today(settle: Any) -> None:
    old = UnitFactory(
        code="26506", name="Phường 1 (thử)", valid_from=date(1999, 1, 1), closed_on=date(2025, 7, 1)
    )
    old.successor = UnitFactory(code="26506")
    rooms(EstablishmentFactory(unit=old), 1)
    settle()
    rows = occupancy(SEPTEMBER, by="unit").rows
    assert [(row.key, row.establishments) for row in rows] == [("26506", 1)]


def test_published_averages_come_out_of_their_own_columns() -> None:
    """Spanish hostels of a year, and Vietnam's growth: quotients of sums, rounded once."""
    assert ratio(2_997_630, 1_503_998) == pytest.approx(1.993, abs=5e-4)
    assert ratio(216_675 - 202_776, 202_776) == pytest.approx(0.069, abs=5e-4)
    # 8.149 % rounded twice would print as 8.2.
    assert f"{100 * ratio(277_661 - 256_739, 256_739):.1f}" == "8.1"
