"""What helps where it is full: near nights, wards and rooms with exact counts, and half a year."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app import dates
from app.availability import operations
from app.db import db
from app.registry.models import RoomType
from app.search import next_steps, vacancies
from app.search.fullness import TownNight
from app.search.next_rooms import Rooms, mixed
from tests.factories import ClosureFactory, EstablishmentFactory, RoomTypeFactory, UnitFactory
from tests.html import gate
from tests.search.conftest import Town
from tests.search.test_views import fetch, links, night, text_of
from tests.search.town import answers


def house_with(*capacities: int, rooms: int = 1, **facts: Any) -> Any:
    house = EstablishmentFactory(**facts)
    for capacity in capacities:
        RoomTypeFactory(
            establishment=house,
            capacity=capacity,
            rooms=rooms,
            all_known=True,
            confirmed_at=dates.now(),
        )
    return house


def fill(house: Any, *nights: int) -> None:
    """Sell out the house on nights so many days ahead."""
    chosen = [dates.today() + timedelta(days=ahead) for ahead in nights]
    operations.set_vacant(house, [one.id for one in house.room_types], chosen, 0)


def steps_of(tree: Any) -> dict[str, dict[str, list[str]]]:
    return links(tree, "//ul[@class='next-steps']//a")


# --- Ways on -----------------------------------------------------------------------------------


def test_near_nights_are_offered_with_what_they_find(client: FlaskClient, db_session: Any) -> None:
    one, other = house_with(2), house_with(2)
    fill(one, 4, 5, 6)
    fill(other, 3, 4, 5)
    steps = steps_of(fetch(client, "/search", check_in=night(5)))
    found = {query["check_in"][0]: label for label, query in steps.items() if "check_in" in query}
    # Nothing on the two nights beside; what is farther off says how many.
    assert night(4) not in found
    assert found[night(6)].endswith("1 nơi")
    assert found[night(3)].endswith("1 nơi")
    assert found[night(7)].endswith("2 nơi")
    assert found[night(8)].endswith("2 nơi")
    assert found[night(7)].startswith("Muộn 2 ngày")


def test_every_count_is_what_the_link_finds(client: FlaskClient, db_session: Any) -> None:
    ward = UnitFactory(code="26526")
    house_with(2, 3, lat=10.35, lon=107.09)
    house_with(2, unit=ward, lat=10.40, lon=107.12, stars=4)
    house_with(4, unit=ward, lat=10.41, lon=107.12)
    tree = fetch(client, "/search", check_in=night(2), adults="4", unit="26506")
    assert "0 nơi còn phòng" in text_of(tree)
    counted = 0
    for label, query in steps_of(tree).items():
        said = label.rpartition(" nơi")[0].rpartition(" ")[2]
        if not label.endswith(" nơi"):
            continue
        counted += 1
        shown = fetch(client, "/search", **{name: value[0] for name, value in query.items()})
        assert f"{said} nơi còn phòng" in text_of(shown), label
    assert counted >= 2


def test_near_wards_come_with_their_distance(client: FlaskClient, db_session: Any) -> None:
    near, far = UnitFactory(code="26526"), UnitFactory(code="26536")
    fill(house_with(2, lat=10.34, lon=107.09), 2)
    house_with(2, unit=near, lat=10.36, lon=107.09)
    house_with(2, unit=far, lat=10.40, lon=107.09)
    client.application.extensions.pop("search_centres", None)
    labels = list(steps_of(fetch(client, "/search", check_in=night(2), unit="26506")))
    wards = [label for label in labels if "cách" in label]
    assert [label.partition(",")[0] for label in wards] == [near.name, far.name]
    assert "2,2" in wards[0]
    assert "6,7" in wards[1]
    client.application.extensions.pop("search_centres", None)


def test_a_family_is_offered_several_rooms(client: FlaskClient, db_session: Any) -> None:
    house_with(2, rooms=3, name="Khách sạn Đôi")
    mixed_house = house_with(2, 4, name="Khách sạn Gia Đình")
    tree = fetch(client, "/search", check_in=night(2), adults="4", children="2")
    steps = steps_of(tree)
    more = next(q for label, q in steps.items() if label.startswith("3 phòng cùng loại"))
    assert more["rooms"] == ["3"]
    assert "1 nơi" in next(label for label in steps if label.startswith("3 phòng cùng loại"))
    # 4 + 2 in two rooms of two types; the house's page is where the telephone is.
    together = next(label for label in steps if label.startswith("Khách sạn Gia Đình"))
    assert "1 × " in together
    (href,) = tree.xpath("//ul[@class='next-steps']//a[contains(., 'Gia Đình')]/@href")
    assert href.startswith(f"/establishments/{mixed_house.code}?")
    fill(mixed_house, 2)
    steps = steps_of(fetch(client, "/search", check_in=night(2), adults="4", children="2"))
    assert not any(label.startswith("Khách sạn Gia Đình") for label in steps)


@pytest.mark.parametrize(
    ("people", "least", "expected"),
    [
        (5, 1, {3: 1, 2: 1}),
        (6, 1, None),  # Two rooms for three do, which is one type.
        (7, 1, {3: 2, 2: 1}),
        (9, 1, None),
        (5, 3, {3: 1, 2: 2}),
    ],
)
def test_rooms_of_several_types(people: int, least: int, expected: Any) -> None:
    types = [Rooms(1, "Đôi", None, 2, 1 + (least == 3)), Rooms(2, "Ba", None, 3, 2)]
    found = {part.capacity: part.rooms for part in mixed(types, people, least)}
    if expected is None:
        assert found == {}
    else:
        assert sum(c * n for c, n in found.items()) >= people
        assert sum(found.values()) >= least
        assert len(found) > 1


def test_where_enough_is_found_nothing_is_counted(
    client: FlaskClient, db_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        house_with(2)
    monkeypatch.setattr(next_steps, "tallies", lambda *_: pytest.fail("counted"))
    tree = fetch(client, "/search", check_in=night(2))
    assert not tree.xpath("//ul[@class='next-steps']")


def test_without_time_the_ways_on_are_shown_uncounted(
    client: FlaskClient, db_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(house_with(2), 2)
    monkeypatch.setattr(next_steps, "COUNT_SECONDS", 0.0)
    monkeypatch.setattr(next_steps, "tallies", lambda *_: pytest.fail("counted"))
    labels = list(steps_of(fetch(client, "/search", check_in=night(2))))
    assert labels
    assert not any(label.endswith("nơi") for label in labels)


def test_the_engine_counts_as_a_recount_does(town: Town) -> None:
    from app.search import asked

    today = dates.today()
    wishes = [
        wish
        for ahead in range(1, 8)
        for rooms in ("1", "2")
        if (
            wish := asked.read(
                {"check_in": (today + timedelta(days=ahead)).isoformat(), "rooms": rooms}
            ).wish
        )
    ]
    counted = vacancies.tallies(wishes, 5.0)
    for wish, tally in zip(wishes, counted, strict=True):
        assert tally is not None
        expected = answers(town.houses, wish)
        assert tally.houses == len(expected)
        assert sum(tally.by_unit.values()) == len(expected)


def test_a_slow_count_closes_nobodys_way_to_the_engine(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.search import asked
    from app.search.live import link

    (wish,) = filter(None, [asked.read({"check_in": dates.today().isoformat()}).wish])
    assert vacancies.tallies([wish], 0.000_001) == [None]
    assert link().breaker.is_open


def test_where_two_wishes_are_in_the_way_both_go_at_once(
    client: FlaskClient, db_session: Any
) -> None:
    house_with(2)
    tree = fetch(client, "/search", check_in=night(2), stars="5", kind="villa", adults="2")
    steps = steps_of(tree)
    # Neither of the two alone helps; what is kept are the dates and the party.
    assert not any(label.startswith("Bỏ") for label in steps)
    (query,) = [query for label, query in steps.items() if label.startswith("Chỉ giữ")]
    assert set(query) == {"check_in", "check_out", "adults"}
    # A family no room holds keeps its dates too, and goes into more rooms.
    steps = steps_of(fetch(client, "/search", check_in=night(2), stars="5", adults="4"))
    assert not any(label.startswith("Chỉ giữ") for label in steps)
    house_with(2, rooms=2)
    steps = steps_of(fetch(client, "/search", check_in=night(2), stars="5", adults="4"))
    (query,) = [query for label, query in steps.items() if label.startswith("Chỉ giữ")]
    assert query["rooms"] == ["2"]


# --- The calendar ------------------------------------------------------------------------------


def test_half_a_year_in_steps(client: FlaskClient, db_session: Any) -> None:
    houses = [house_with(2, rooms=4) for _ in range(4)]
    for house in houses:
        fill(house, 3)
    for house in houses[:3]:
        operations.set_vacant(
            house, [house.room_types[0].id], [dates.today() + timedelta(days=4)], 1
        )
    client.application.extensions.pop("search_fullness", None)
    response = client.get("/search/calendar")
    assert response.status_code == 200
    assert "max-age=120" in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers
    tree = gate(response)
    assert len(tree.xpath("//table[@class='month']")) == 6
    word = {
        a.get("href").partition("check_in=")[2][:10]: a.xpath("string(span)")
        for a in tree.xpath("//a[contains(@class, 'night ')]")
    }
    assert word[night(2)] == "nhiều phòng"
    assert word[night(3)] == "gần kín"
    assert word[night(4)] == "còn ít"
    # No count that would tell a competitor.
    assert "4 nơi" not in text_of(tree)


def test_a_night_leads_to_its_search_in_the_area_and_language(
    client: FlaskClient, db_session: Any
) -> None:
    for _ in range(3):
        house_with(2, rooms=4)
    client.application.extensions.pop("search_fullness", None)
    tree = gate(client.get("/search/calendar?unit=747&lang=en"))
    (href,) = tree.xpath(f"//a[contains(@href, 'check_in={night(9)}')]/@href")
    assert "unit=747" in href
    assert "lang=en" in href
    assert tree.xpath("//select[@id='unit']/option[@selected]/@value") == ["747"]
    # An area of nobody is the whole town, not a fault.
    assert client.get("/search/calendar?unit=nowhere").status_code == 200


def test_holidays_are_named(client: FlaskClient, db_session: Any) -> None:
    tree = gate(client.get("/search/calendar"))
    found = dates.holidays_between(dates.Period.of(dates.today(), 150))
    assert found
    shown = text_of(tree)
    named = {"tet": "Tết Nguyên Đán", "national_day": "Quốc khánh"}
    assert all(named.get(one.code, one.name_vi) in shown for one in found)
    assert tree.xpath("//a[contains(@class, 'is-holiday')]")


def test_of_fewer_than_three_houses_nothing_is_told(client: FlaskClient, db_session: Any) -> None:
    house_with(2, rooms=4)
    client.application.extensions.pop("search_fullness", None)
    tree = gate(client.get("/search/calendar"))
    assert not tree.xpath("//a[contains(@class, 'vacancy-4')]")
    assert "Chưa đủ cơ sở" in text_of(tree)


def test_rooms_that_begin_and_houses_that_close_are_counted_right(
    client: FlaskClient, db_session: Any
) -> None:
    """The nights are reckoned from what differs: the same as each house's own calendar."""
    from app.availability.queries import public_calendar
    from app.search.fullness import town_nights

    today = dates.today()
    houses = [house_with(2, 3, rooms=2) for _ in range(4)]
    late = EstablishmentFactory()
    RoomTypeFactory(
        establishment=late,
        rooms=2,
        rooms__since=today + timedelta(days=7),
        all_known=True,
        confirmed_at=dates.now(),
    )
    ClosureFactory(
        establishment=houses[0], start=today + timedelta(days=5), end=today + timedelta(days=9)
    )
    fill(houses[1], 3, 6)
    db.session.execute(
        update(RoomType)
        .where(RoomType.establishment_id == houses[2].id)
        .values(confirmed_at=dates.now() - timedelta(days=5))
    )
    db.session.execute(
        update(RoomType).where(RoomType.establishment_id == houses[3].id).values(all_known=False)
    )
    client.application.extensions.pop("search_fullness", None)
    period = dates.Period.of(today, 40)
    calendars = [public_calendar(house.id, period) for house in (*houses, late)]
    told = 0
    for one in town_nights(period):
        said = [calendar[one.night] for calendar in calendars if calendar[one.night]]
        if len(said) < 3:
            assert one.houses is None
            continue
        told += 1
        counts = (said.count("free"), said.count("few"), said.count("full"))
        assert (one.free, one.few, one.full) == counts
    assert told > 10


@pytest.mark.parametrize(
    ("free", "few", "full", "level"),
    [(10, 0, 0, "many"), (5, 5, 0, "many"), (4, 6, 0, "few"), (1, 0, 9, "full"), (1, 1, 8, "few")],
)
def test_the_steps(free: int, few: int, full: int, level: str) -> None:
    assert TownNight(date(2026, 12, 24), free + few + full, free, few, full).level == level


def test_half_a_year_is_read_quickly(client: FlaskClient, db_session: Any) -> None:
    for _ in range(10):
        house_with(2, rooms=2)
    client.application.extensions.pop("search_fullness", None)
    begun = time.perf_counter()
    client.get("/search/calendar")
    assert time.perf_counter() - begun < 1.0
