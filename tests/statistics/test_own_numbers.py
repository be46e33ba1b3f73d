"""A house's own numbers: right, compared only where no other house can be read from them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from app import dates
from app.accounts.operations import create_api_key
from app.db import db
from app.statistics.own_numbers.figures import (
    ELSEWHERE,
    LEAST,
    MEASURES,
    WARD,
    HouseMonth,
    _by_month,
    mean_of_others,
    own_numbers,
)
from app.statistics.queries import Figures
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.statistics.town import Party, rooms, stay

TODAY = date(2026, 11, 20)
OCTOBER, LAST_OCTOBER = date(2026, 10, 5), date(2025, 10, 6)
NIGHT = timedelta(days=1)
OCCUPANCY = MEASURES["occupancy_net"]


def sell(house: Any, rooms_of: list[Any], night: date, sold: int, *parties: Party) -> None:
    for room in rooms_of[:sold]:
        stay(room, night, night + NIGHT, *(parties or (Party(),)))


@pytest.fixture
def street(db_session: Any) -> Iterator[SimpleNamespace]:
    """A house of 4 rooms and six others alike in its ward, which sold 1 to 3 of their 4 rooms."""
    with time_machine.travel(dates.at(TODAY, 10), tick=False):
        own = EstablishmentFactory(code="OWN", stars=3)
        others = [EstablishmentFactory(stars=3) for _ in range(6)]
        mine = rooms(own, 4)
        sell(own, mine, OCTOBER, 2, Party(), Party("KOR"))
        sell(own, mine, LAST_OCTOBER, 1)
        for number, house in enumerate(others):
            sell(house, rooms(house, 4), OCTOBER, 1 + number % 3)
        db.session.commit()
        yield SimpleNamespace(own=own, others=others)


@pytest.fixture
def manager(street: SimpleNamespace, as_: Any) -> Any:
    return as_(UserFactory(manager_of=street.own))


def month_of(house: Any, key: str = "2026-10") -> Any:
    return next(month for month in own_numbers(house.id).months if month.key == key)


# --- The house's own ------------------------------------------------------------------------


def test_a_month_is_what_happened_beside_last_year_and_the_others(street) -> None:
    month = month_of(street.own)
    assert (month.now.rooms_occupied, month.now.rooms_net) == (2, 4)
    assert OCCUPANCY.of(month.before) == 1 / 4
    assert MEASURES["guests_per_room"].of(month.now) == 2
    assert MEASURES["foreign_share"].of(month.now) == 1 / 2
    found = month.peers["occupancy_net"]
    # 1 + 2 + 3 + 1 + 2 + 3 of 24 rooms.
    assert (found.mean, found.houses, found.where) == (0.5, 6, WARD)


def test_countries_are_those_of_the_house(street) -> None:
    numbers = own_numbers(street.own.id)
    assert {row.key: row.guests for row in numbers.countries} == {"VNM": 2, "KOR": 2}
    assert numbers.countries_before["VNM"].share == 1


def test_the_running_month_is_compared_with_nobody(street) -> None:
    for house in (street.own, *street.others):
        stay_in = rooms(house, 1)
        sell(house, stay_in, date(2026, 11, 3), 1)
    db.session.commit()
    month = own_numbers(street.own.id).months[0]
    assert (month.key, month.is_over) == ("2026-11", False)
    assert month.now.rooms_occupied == 1
    assert month.peers == {}


def test_another_class_does_not_count(street) -> None:
    stranger = EstablishmentFactory(stars=5)
    sell(stranger, rooms(stranger, 4), OCTOBER, 4)
    db.session.commit()
    assert month_of(street.own).peers["occupancy_net"].houses == 6
    assert month_of(stranger).peers == {}


def test_a_test_twin_does_not_count(street) -> None:
    before = month_of(street.own).peers["occupancy_net"]
    twin = EstablishmentFactory(stars=3, status="test", twin_of_id=street.own.id)
    sell(twin, rooms(twin, 4), OCTOBER, 4)
    db.session.commit()
    assert month_of(street.own).peers["occupancy_net"] == before


# --- Nobody is read from it -----------------------------------------------------------------


def houses(*sizes: tuple[int, int], ward: str = "A", first: int = 1) -> list[HouseMonth]:
    return [
        HouseMonth("2026-10", first + place, ward, "hotel", 3, 31, _figures(sold, ready))
        for place, (sold, ready) in enumerate(sizes)
    ]


def _figures(sold: int, ready: int) -> Figures:
    return Figures(rooms_occupied=sold, rooms_net=ready)


def test_five_others_are_enough_and_four_are_not() -> None:
    six = houses(*[(5, 10)] * (LEAST + 1))
    assert mean_of_others(1, six, OCCUPANCY) is not None
    assert mean_of_others(1, six[:-1], OCCUPANCY) is None


def test_a_house_that_reported_nothing_is_not_one_of_the_five() -> None:
    silent = [*houses(*[(5, 10)] * LEAST), *houses((0, 0), first=99)]
    assert mean_of_others(1, silent, OCCUPANCY) is None


def test_one_house_above_half_hides_the_mean_from_all() -> None:
    group = houses((5, 10), (5, 10), (5, 10), (5, 10), (5, 10), (40, 60))
    for row in group:
        assert mean_of_others(row.house_id, group, OCCUPANCY) is None
    # Exactly half is allowed with its own house, but then it is above half of the others.
    group[-1] = houses((40, 50), first=6)[0]
    assert mean_of_others(6, group, OCCUPANCY) is not None
    assert mean_of_others(1, group, OCCUPANCY) is None


def test_wards_with_too_few_are_taken_together_and_overlap_with_no_other() -> None:
    many = houses(*[(5, 10)] * 7)
    few = houses((9, 10), (9, 10), (9, 10), ward="B", first=20)
    few += houses((1, 10), (1, 10), (1, 10), ward="C", first=30)
    everybody = many + few
    alone = mean_of_others(1, everybody, OCCUPANCY)
    assert alone is not None
    assert (alone.mean, alone.houses, alone.where) == (0.5, 6, WARD)
    together = mean_of_others(20, everybody, OCCUPANCY)
    assert together is not None
    assert (together.houses, together.where) == (5, ELSEWHERE)


def test_no_two_houses_together_read_a_third() -> None:
    """The attack: two lay their numbers and means together and solve for the rest.

    From unrounded means and public room counts they know the sum of all others; those are at
    least four, of which any split fits.
    """
    for size in (6, 7, 9):
        group = houses(*[(3 + place % 4, 10) for place in range(size)])
        for first in group:
            for second in group:
                if first is second:
                    continue
                seen = mean_of_others(first.house_id, group, OCCUPANCY)
                assert seen is not None
                unknown = [row for row in group if row not in (first, second)]
                assert len(unknown) >= LEAST - 1
                largest = max(row.figures.rooms_net for row in unknown)
                assert largest < sum(row.figures.rooms_net for row in unknown)


def test_all_but_one_together_do_read_the_last_which_the_page_says(manager, street) -> None:
    group = houses((1, 10), (2, 10), (3, 10), (4, 10), (5, 10), (6, 10))
    seen = mean_of_others(1, group, OCCUPANCY)
    assert seen is not None
    last = seen.mean * 50 - sum(row.figures.rooms_occupied for row in group[1:5])
    assert last == pytest.approx(6)
    assert "họ tính ra số của nơi còn lại" in manager.get("/hotel/OWN/numbers").text


def test_a_house_in_two_wards_in_a_month_is_in_one_group() -> None:
    moved = houses((5, 10), first=1) + houses((1, 2), ward="B", first=1)
    moved[1] = HouseMonth("2026-10", 1, "B", "hotel", 3, 4, moved[1].figures)
    assert [row.ward for row in _by_month(moved)["2026-10"]] == ["A"]


# --- The page, its files, the API -----------------------------------------------------------


def test_the_page_shows_each_measure(manager) -> None:
    for name in [*MEASURES, "nonsense"]:
        answer = manager.get(f"/hotel/OWN/numbers?show={name}")
        gate(answer)
        assert "6 cơ sở khác" in answer.text.replace("\xa0", " ")
    text = manager.get("/hotel/OWN/numbers").text.replace("\xa0", " ")
    assert "50,0 %" in text
    assert "2 / 4" in text


def test_a_house_without_figures_is_told_so(street, as_) -> None:
    new = EstablishmentFactory(code="NEW")
    answer = as_(UserFactory(manager_of=new)).get("/hotel/NEW/numbers")
    gate(answer)
    assert "Chưa có số liệu" in answer.text


def test_files_hold_what_the_page_shows(manager) -> None:
    answer = manager.get("/hotel/OWN/numbers?format=csv")
    lines = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    october = [line for line in lines if line[0] == "2026-10"]
    assert len(october) == len(MEASURES)
    assert october[0][2:8] == ["0.5", "2", "4", "0.25", "0.5", "6"]
    assert manager.get("/hotel/OWN/numbers?format=xlsx").data[:2] == b"PK"


def test_the_api_tells_the_house_its_own(street, client) -> None:
    _, text = create_api_key(role="manager", establishment_ids=[street.own.id])
    db.session.commit()
    headers = {"Authorization": f"Bearer {text}"}
    answer = client.get("/api/v1/establishments/OWN/numbers", headers=headers)
    assert answer.status_code == 200
    october = answer.json["items"][1]
    assert october["month"] == "2026-10"
    assert october["occupancy_net"]["now"] == {"value": 0.5, "numerator": 2, "denominator": 4}
    assert october["occupancy_net"]["peers"] == {"mean": 0.5, "houses": 6, "where": "ward"}
    other = street.others[0].code
    assert client.get(f"/api/v1/establishments/{other}/numbers", headers=headers).status_code == 404


def test_nobody_else_reads_them(street, as_) -> None:
    strangers = [UserFactory(manager_of=street.others[0])]
    assert as_(strangers[0]).get("/hotel/OWN/numbers").status_code == 404
    for official in (UserFactory(province_official=True), UserFactory(ward_official_of="26506")):
        assert as_(official).get("/hotel/OWN/numbers").status_code == 403


def test_another_ward_is_not_the_same_group(street) -> None:
    far = EstablishmentFactory(stars=3, unit=UnitFactory(code="26526"))
    sell(far, rooms(far, 4), OCTOBER, 4)
    db.session.commit()
    assert month_of(street.own).peers["occupancy_net"].houses == 6
    assert month_of(far).peers == {}
