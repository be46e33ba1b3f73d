"""The calendar page and its form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.availability import operations, queries
from app.availability.operations import SaidNight
from app.availability.undoing import undo_token
from app.dates import Period, today
from app.db import db
from tests.availability.conftest import Desk
from tests.factories import ClosureFactory, EstablishmentFactory, ReservationFactory, UserFactory
from tests.html import gate, swap

DAY = timedelta(days=1)


@pytest.fixture
def path(house: Any) -> str:
    return f"/hotel/{house.code}/calendar"


@pytest.fixture
def nights(house: Any) -> str:
    return f"/hotel/{house.code}/nights"


def form(house: Any, **changes: Any) -> dict[str, Any]:
    """What the form says for the first type tonight."""
    return {
        "room_type": str(house.room_types[0].id),
        "from_": str(today()),
        "to": str(today() + DAY),
        "rooms": "3",
        "price": "",
    } | changes


def vacant(house: Any, days: int = 7, which: int = 0) -> list[int | None]:
    states = queries.nights(Period.of(today(), days), room_type_ids=[house.room_types[which].id])
    return [state.vacant for state in states]


def cell(page: Any, house: Any, days: int = 0, which: int = 0) -> Any:
    night = today() + days * DAY
    [link] = page.xpath(f"//a[@id='n-{house.room_types[which].id}-{night}']")
    return link


def test_it_shows_types_down_and_nights_across(desk: Desk, house: Any, path: str) -> None:
    operations.set_vacant(house, [house.room_types[0].id], [today()], 4)
    operations.set_price(house, [house.room_types[0].id], [today()], 1_250_000)
    page = desk.open(path)
    assert len(page.xpath("//thead//th")) == 1 + 31
    assert len(page.xpath("//tbody/tr")) == 2
    words = " ".join(cell(page, house).text_content().split())
    assert words.endswith("41,25tr")
    assert cell(page, house).getparent().get("class").startswith("vacancy-4")
    assert "vacancy-unknown" in cell(page, house, days=1).getparent().get("class")


def test_a_house_without_rooms_says_what_to_do(sign_in: Any) -> None:
    house = EstablishmentFactory()
    desk = Desk(sign_in(UserFactory(manager_of=house)))
    page = desk.open(f"/hotel/{house.code}/calendar")
    assert page.find_class("empty")
    assert page.xpath("//a[contains(@href, '/settings/room-types')]")


def test_closed_and_overbooked_nights_are_shown(desk: Desk, house: Any, path: str) -> None:
    ClosureFactory(establishment=house, start=today(), end=today() + DAY)
    ReservationFactory(room_type=house.room_types[1], arrival=today() + DAY, nights=1, rooms=3)
    page = desk.open(path)
    assert "is-closed" in cell(page, house).getparent().get("class")
    assert "thiếu 1" in cell(page, house, days=1, which=1).text_content()
    assert "Nhận quá số phòng" in page.text_content()


def test_an_official_has_no_business_here(official: Any, path: str) -> None:
    assert official.get(path).status_code == 403


def test_a_manager_of_another_house_finds_nothing(stranger: Any, path: str, nights: str) -> None:
    assert stranger.get(path).status_code == 404
    assert stranger.post(nights).status_code in (400, 404)


def test_visitors_are_asked_to_sign_in(client: Any, path: str, nights: str) -> None:
    assert client.get(path).status_code == 303
    assert client.get(nights).status_code == 405


def test_one_night_is_set(desk: Desk, house: Any, path: str, nights: str) -> None:
    answer = desk.send(path, nights, **form(house))
    assert answer.status_code == 303
    assert vacant(house) == [3, None, None, None, None, None, None]


def test_a_range_on_some_days_of_the_week(desk: Desk, house: Any, path: str, nights: str) -> None:
    weekdays = [str((today() + days * DAY).weekday()) for days in (1, 3)]
    changes = form(house, to=str(today() + 7 * DAY), weekdays=weekdays, price="900.000")
    assert desk.send(path, nights, **changes).status_code == 303
    assert vacant(house) == [None, 3, None, 3, None, None, None]
    states = queries.nights(Period.of(today(), 4), room_type_ids=[house.room_types[0].id])
    assert [state.own_price for state in states] == [None, 900_000, None, 900_000]


def test_all_types_and_the_buttons_beside_save(
    desk: Desk, house: Any, path: str, nights: str
) -> None:
    everything = form(house, room_type="all", rooms="", to=str(today() + 2 * DAY))
    desk.send(path, nights, **everything, act="open")
    assert (vacant(house, 3), vacant(house, 3, 1)) == ([5, 5, None], [2, 2, None])
    desk.send(path, nights, **everything, act="close")
    assert (vacant(house, 3), vacant(house, 3, 1)) == ([0, 0, None], [0, 0, None])
    desk.send(path, nights, **form(house, price="1000"))
    desk.send(path, nights, **form(house, rooms=""), act="list_price")
    [state] = queries.nights(Period.of(today(), 1), room_type_ids=[house.room_types[0].id])
    assert (state.own_price, state.vacant) == (None, 3)


def test_a_price_alone_leaves_the_vacancy_unknown(
    desk: Desk, house: Any, path: str, nights: str
) -> None:
    desk.send(path, nights, **form(house, rooms="", price="700000"))
    assert vacant(house, 1) == [None]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rooms": ""}, "rooms"),
        ({"rooms": "-1"}, "rooms"),
        ({"rooms": "nhiều"}, "rooms"),
        ({"rooms": "6"}, "rooms"),
        ({"price": "rẻ"}, "price"),
        ({"from_": ""}, "start"),
        ({"from_": "31/02/2026"}, "start"),
        ({"from_": "0001-01-01"}, "start"),
        ({"to": "9999-12-31"}, "end"),
        ({"to": "2000-01-01"}, "end"),
        ({"room_type": "0"}, "room_type"),
        ({"weekdays": ["9"]}, "weekdays"),
    ],
)
def test_a_fault_is_shown_at_its_field(
    desk: Desk, house: Any, path: str, nights: str, changes: dict[str, Any], field: str
) -> None:
    answer = desk.send(path, nights, **form(house, **changes))
    assert answer.status_code == 422
    page = gate(answer)
    names = {"start": "from", "end": "to"}
    marked = page.xpath("//*[@id='edit']//*[@class='field-error']/@id")
    assert marked == [f"{names.get(field, field)}-error"]
    assert vacant(house, 1) == [None]


def test_days_that_do_not_occur_are_named(desk: Desk, house: Any, path: str, nights: str) -> None:
    other = str((today() + DAY).weekday())
    answer = desk.send(path, nights, **form(house, weekdays=[other]))
    assert answer.status_code == 422


def test_too_many_rooms_name_the_night(desk: Desk, house: Any, path: str, nights: str) -> None:
    ReservationFactory(room_type=house.room_types[0], arrival=today() + DAY, nights=1, rooms=4)
    answer = desk.send(path, nights, **form(house, to=str(today() + 3 * DAY)))
    assert answer.status_code == 422
    tomorrow = today() + DAY
    assert (
        f"{tomorrow.day}/{tomorrow.month}"
        in gate(answer).find_class("field-error")[0].text_content()
    )


def test_without_its_token_nothing_is_stored(desk: Desk, house: Any, nights: str) -> None:
    data = {name.rstrip("_"): value for name, value in form(house).items()}
    assert desk.client.post(nights, data=data).status_code == 400
    assert vacant(house, 1) == [None]


def test_a_change_can_be_taken_back(desk: Desk, house: Any, path: str, nights: str) -> None:
    desk.send(path, nights, **form(house, price="900000"))
    answer = desk.send(path, nights, **form(house, rooms="0", to=str(today() + 2 * DAY)))
    assert vacant(house, 3) == [0, 0, None]
    page = desk.open(answer.location)
    token = page.xpath("//input[@name='undo']/@value")[0]
    assert desk.send(path, f"{nights}/undo", undo=token).status_code == 303
    assert vacant(house, 3) == [3, None, None]


def test_nobody_takes_back_what_is_not_theirs(
    desk: Desk, house: Any, path: str, nights: str
) -> None:
    other = EstablishmentFactory()
    with db.session.no_autoflush:
        token = undo_token(other, [SaidNight(house.room_types[0].id, today(), True, 0, None, 1)])
    for bad in (token, "", "x.y.z"):
        answer = desk.send(path, f"{nights}/undo", follow=True, undo=bad)
        assert "Không hoàn tác được nữa." in answer.text
    assert vacant(house, 1) == [None]


def test_still_right_for_one_type_and_for_all(desk: Desk, house: Any, path: str) -> None:
    address = f"/hotel/{house.code}/still-right"
    answer = desk.send(path, address, room_type=str(house.room_types[1].id))
    assert answer.status_code == 303
    assert (vacant(house, 1), vacant(house, 1, 1)) == ([None], [2])
    desk.send(path, address)
    assert vacant(house, 1) == [5]
    assert desk.send(path, address, room_type="0").status_code == 422


def test_a_cell_leads_to_the_form_without_scripts(desk: Desk, house: Any, path: str) -> None:
    link = cell(desk.open(path), house, days=2)
    page = desk.open(link.get("href"))
    values = {
        name: page.xpath(f"//*[@id='edit']//*[@name='{name}']/@value")[0] for name in ("from", "to")
    }
    assert values == {"from": str(today() + 2 * DAY), "to": str(today() + 3 * DAY)}
    assert "is-chosen" in cell(page, house, days=2).getparent().get("class")


def test_another_night_to_begin_with(desk: Desk, house: Any, path: str) -> None:
    page = desk.open(f"{path}?from={today() + 5 * DAY}")
    assert not page.xpath(f"//td[@data-night='{today()}']")
    for nonsense in ("x", "0001-01-01", "9999-12-31"):
        page = desk.open(f"{path}?from={nonsense}")
        assert page.xpath(f"//td[@data-night='{today()}']")


def test_a_swap_equals_a_reload(desk: Desk, house: Any, path: str) -> None:
    swap(desk.client, path, f"{path}?from={today() + 31 * DAY}", "calendar")


def test_the_swap_after_saving_says_so(desk: Desk, house: Any, path: str, nights: str) -> None:
    desk.send(path, nights, **form(house))
    headers = {"HX-Request": "true", "HX-Target": "div#calendar"}
    answer = desk.client.get(path, headers=headers)
    assert "Đã lưu 1 đêm." in answer.text
    assert 'hx-swap-oob="true"' in answer.text


def test_it_is_read_in_few_statements(desk: Desk, house: Any, path: str) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    desk.open(path)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        desk.open(path)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([s for s in statements if not s.startswith(("SAVEPOINT", "RELEASE"))]) <= 12
