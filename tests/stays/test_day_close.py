"""The daily close: what closes a day, what is asked about, what is refused, and when it is late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.availability import operations
from app.availability.models import ReportedDay
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.breaches.models import Outage
from app.registry.models import Establishment
from app.stays.day_close import closing as day_closes
from app.stays.day_close.closing import Said, close_day
from app.stays.day_close.models import DayClose
from app.web.security import Principal
from tests.factories import ClosureFactory, EstablishmentFactory, UserFactory
from tests.html import gate, token_of
from tests.stays.conftest import api_for, stay_body
from tests.stays.test_races import at_once

TODAY = date(2026, 12, 24)
YESTERDAY = TODAY - ONE_DAY


@pytest.fixture
def settled(house: Any, clock: Any) -> Any:
    """The house, entered in the register three weeks ago."""
    house.created_at = dates.at(TODAY - timedelta(days=21), 9)
    db.session.commit()
    return house


def states(house: Any) -> dict[date, str]:
    return {each.day: each.state for each in day_closes.recent_days(house)}


# --- What a day is -------------------------------------------------------------------------


def test_a_day_of_which_nothing_is_known_is_missed_from_noon_on(settled: Any, clock: Any) -> None:
    clock.move_to(dates.at(TODAY, 11, 59))
    assert states(settled)[YESTERDAY] == "due"
    assert states(settled)[YESTERDAY - ONE_DAY] == "missed"
    clock.move_to(dates.at(TODAY, 12))
    assert states(settled)[YESTERDAY] == "missed"
    assert states(settled)[TODAY] == "due"


def test_a_house_owes_no_day_before_it_was_entered(settled: Any) -> None:
    assert min(states(settled)) == TODAY - timedelta(days=21)


def test_a_stay_closes_its_nights_and_an_act_its_day(settled: Any, api: Any) -> None:
    arrived = dates.at(TODAY - timedelta(days=3), 14).isoformat()
    assert api.post("/stays", stay_body(arrived_at=arrived)).status_code == 201
    found = states(settled)
    # Two nights of the stay, and today, on which somebody entered it.
    assert [day for day, state in found.items() if state == "activity"] == [
        TODAY,
        *(TODAY - timedelta(days=back) for back in range(1, 4)),
    ]
    assert found[TODAY - timedelta(days=4)] == "missed"


def test_a_confirmed_vacancy_closes_the_day(settled: Any, room_type: Any) -> None:
    operations.confirm(settled, [room_type.id])
    assert states(settled)[TODAY] == "activity"


def test_a_closure_in_the_register_closes_its_days(settled: Any) -> None:
    ClosureFactory(establishment=settled, start=YESTERDAY - ONE_DAY, end=YESTERDAY)
    found = states(settled)
    assert found[YESTERDAY - ONE_DAY] == "shut"
    assert found[YESTERDAY] == "missed"


def test_a_cancelled_stay_closes_nothing_but_the_day_it_was_made(settled: Any, api: Any) -> None:
    arrived = dates.at(TODAY - timedelta(days=3), 14).isoformat()
    made = api.post("/stays", stay_body(arrived_at=arrived)).json
    api.post(f"/stays/{made['id']}/cancel", {"reason": "nhầm"})
    found = states(settled)
    assert [day for day, state in found.items() if state == "activity"] == [TODAY]


def test_an_outage_gives_time_until_the_day_after(settled: Any) -> None:
    assert states(settled)[YESTERDAY] == "missed"
    outage = Outage(
        starts_at=dates.at(TODAY, 8), ends_at=None, note="Mất điện", source="Sở", created_by="x"
    )
    db.session.add(outage)
    db.session.flush()
    assert states(settled)[YESTERDAY] == "due"
    assert day_closes.day_of(settled, YESTERDAY).due is None
    outage.ends_at = dates.at(TODAY, 14)
    db.session.flush()
    assert day_closes.day_of(settled, YESTERDAY).due == dates.at(TODAY + 2 * ONE_DAY, 0)
    assert states(settled)[YESTERDAY - ONE_DAY] == "missed"


# --- The page ------------------------------------------------------------------------------


def post(client: Any, house: Any, day: date, **values: Any) -> Any:
    form = {"csrf_token": token_of(client), "rooms_sold": "0", "rooms_out_of_order": "0"} | values
    return client.post(f"/hotel/{house.code}/days/{day}", data=form)


@pytest.fixture
def desk(sign_in: Any, settled: Any) -> Any:
    return sign_in(UserFactory(front_desk_of=settled))


def test_the_desk_names_what_is_missed_until_it_is_closed(desk: Any, settled: Any) -> None:
    tonight = gate(desk.get(f"/hotel/{settled.code}/tonight"))
    assert f"/hotel/{settled.code}/days/{YESTERDAY}" in [
        link.get("href") for link in tonight.findall(".//main//a")
    ]
    assert post(desk, settled, YESTERDAY).status_code == 303
    page = gate(desk.get(f"/hotel/{settled.code}/days"))
    row = next(tr for tr in page.findall(".//tbody/tr") if "23/12" in tr.text_content())
    assert "Đã chốt" in row.text_content()
    assert "báo sau hạn" in row.text_content()
    close = db.session.get(DayClose, (settled.id, YESTERDAY))
    assert (close.zero, close.closed, close.source) == (True, False, "button")
    assert close.by.startswith("user:")


def test_the_day_is_filled_in_with_what_the_stays_say(desk: Any, settled: Any, api: Any) -> None:
    api.post("/stays", stay_body())
    page = gate(desk.get(f"/hotel/{settled.code}/days/{TODAY}"))
    values = {i.get("name"): i.get("value") for i in page.findall(".//input")}
    assert (values["rooms_sold"], values["rooms_out_of_order"]) == ("1", "0")


def test_what_differs_from_the_stays_is_named_and_asked_about(
    desk: Any, settled: Any, api: Any
) -> None:
    api.post("/stays", stay_body())
    asked = post(desk, settled, TODAY, rooms_sold="3")
    assert asked.status_code == 422
    text = gate(asked).text_content()
    assert "Bạn ghi bán 3 phòng, theo lượt lưu trú là 1 phòng." in text
    assert db.session.get(DayClose, (settled.id, TODAY)) is None
    # Other numbers than those that were confirmed are asked about again.
    assert post(desk, settled, TODAY, rooms_sold="2", confirmed="3-0").status_code == 422
    assert post(desk, settled, TODAY, rooms_sold="3", confirmed="3-0").status_code == 303
    assert db.session.get(DayClose, (settled.id, TODAY)).rooms_sold == 3
    assert post(desk, settled, TODAY, rooms_sold="1").status_code == 303


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rooms_sold": "4"}, "rooms_sold"),
        ({"rooms_sold": "2", "rooms_out_of_order": "2"}, "rooms_out_of_order"),
        ({"rooms_sold": "1", "closed": "y"}, "rooms_sold"),
        ({"rooms_sold": "1", "zero": "y"}, "rooms_sold"),
        ({"zero": "y", "closed": "y"}, "zero"),
        ({"rooms_sold": "nhiều"}, "rooms_sold"),
        ({"rooms_sold": ""}, "rooms_sold"),
        ({"rooms_sold": "-1"}, "rooms_sold"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    desk: Any, settled: Any, values: dict[str, str], field: str
) -> None:
    answer = post(desk, settled, YESTERDAY, confirmed="1", **values)
    assert answer.status_code == 422
    assert gate(answer).xpath(f"//*[@id='{field}-error']")
    assert db.session.scalars(select(DayClose)).all() == []


def test_a_day_ahead_and_one_long_ago_cannot_be_closed(desk: Any, settled: Any) -> None:
    assert desk.get(f"/hotel/{settled.code}/days/{TODAY + ONE_DAY}").status_code == 200
    assert post(desk, settled, TODAY + ONE_DAY).status_code == 422
    assert desk.get(f"/hotel/{settled.code}/days/2025-01-01").status_code == 404
    assert desk.get(f"/hotel/{settled.code}/days/heute").status_code == 404
    assert db.session.scalars(select(DayClose)).all() == []


def test_days_of_another_house_are_not_there(desk: Any, settled: Any) -> None:
    other = EstablishmentFactory(rooms=1)
    assert desk.get(f"/hotel/{other.code}/days").status_code == 404
    assert post(desk, other, YESTERDAY).status_code == 404


# --- The API -------------------------------------------------------------------------------


def test_the_api_closes_a_day_and_says_what_it_is(settled: Any, api: Any) -> None:
    before = api.get(f"/days/{YESTERDAY}/close").json
    assert before["state"] == "missed"
    assert before["rooms_sold"] is None
    assert before["due_at"] == "2026-12-24T12:00:00+07:00"
    assert before["known"] == {"rooms": 3, "rooms_sold": 0, "rooms_out_of_order": 0}
    answer = api.post(f"/days/{YESTERDAY}/close", {"zero": True})
    assert answer.status_code == 200
    assert answer.json["state"] == "closed"
    assert answer.json["late"] is True
    assert (answer.json["zero"], answer.json["source"]) == (True, "api")
    assert api.get(f"/days/{YESTERDAY}/close").json == answer.json


def test_the_same_request_twice_is_one(settled: Any, api: Any) -> None:
    one = {"Idempotency-Key": "close-1"}
    first = api.post(f"/days/{TODAY}/close", {"closed": True}, **one)
    again = api.post(f"/days/{TODAY}/close", {"closed": True}, **one)
    assert first.json == again.json
    assert len(closings()) == 1
    assert api.post(f"/days/{TODAY}/close", {"zero": True}, **one).status_code == 422


def closings() -> list[AuditEvent]:
    statement = select(AuditEvent).where(AuditEvent.action.startswith("day_closed"))
    return list(db.session.scalars(statement.order_by(AuditEvent.id)))


def test_said_again_the_last_word_counts_and_the_first_stays_on_record(
    settled: Any, api: Any, clock: Any
) -> None:
    clock.move_to(dates.at(TODAY, 11))
    api.post(f"/days/{YESTERDAY}/close", {"rooms_sold": 2})
    clock.move_to(dates.at(TODAY, 20))
    answer = api.post(f"/days/{YESTERDAY}/close", {"rooms_sold": 1, "rooms_out_of_order": 1}).json
    assert (answer["rooms_sold"], answer["late"]) == (1, False)
    assert answer["first_at"] != answer["at"]
    api.post(f"/days/{YESTERDAY}/close", {"rooms_sold": 1, "rooms_out_of_order": 1})
    said = [event.detail for event in closings()]
    assert [each["said"]["rooms_sold"] for each in said] == [2, 1]
    assert said[1]["before"]["rooms_sold"] == 2


def test_what_differs_is_stored_with_a_warning(settled: Any, api: Any) -> None:
    answer = api.post(f"/days/{TODAY}/close", {"rooms_sold": 2})
    assert answer.status_code == 200
    assert answer.json["warnings"] == [
        {"pointer": "/rooms_sold", "code": "differs_from_stays", "detail": "said 2, known 0"}
    ]
    assert api.post(f"/days/{TODAY}/close", {}).json["warnings"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"rooms_sold": 4}, "/rooms_sold", "not_possible"),
        ({"rooms_sold": 2, "rooms_out_of_order": 2}, "/rooms_out_of_order", "not_possible"),
        ({"rooms_sold": 1, "closed": True}, "/rooms_sold", "contradicts"),
        ({"closed": True, "zero": True}, "/zero", "contradicts"),
        ({"rooms_sold": -1}, "/rooms_sold", "greater_than_equal"),
        ({"rooms_sold": "x"}, "/rooms_sold", "int_parsing"),
        ({"sold": 1}, "", "extra_forbidden"),
    ],
)
def test_the_api_names_the_field(
    settled: Any, api: Any, body: Any, pointer: str, code: str
) -> None:
    answer = api.post(f"/days/{TODAY}/close", body)
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json["errors"]} == {(pointer, code)}


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (str(TODAY + ONE_DAY), "in_future"),
        ("2020-01-01", "out_of_range"),
        ("24.12.2026", "invalid_format"),
    ],
)
def test_the_api_names_the_date(settled: Any, api: Any, day: str, code: str) -> None:
    for answer in (api.get(f"/days/{day}/close"), api.post(f"/days/{day}/close", {})):
        assert answer.status_code == 422
        [fault] = answer.json["errors"]
        assert (fault["parameter"], fault["code"]) == ("date", code)


def test_a_key_of_several_houses_says_which(settled: Any, client: Any) -> None:
    other = EstablishmentFactory(rooms=1)
    both = api_for(client, settled, other)
    assert both.get(f"/days/{TODAY}/close").status_code == 422
    assert both.get(f"/days/{TODAY}/close?establishment={other.code}").json["known"]["rooms"] == 1
    body = {"establishment": other.code, "zero": True}
    assert both.post(f"/days/{TODAY}/close", body).status_code == 200
    stranger = EstablishmentFactory()
    path = f"/days/{TODAY}/close?establishment={stranger.code}"
    assert both.get(path).status_code == 404


def test_before_six_the_running_day_is_yesterdays(settled: Any, api: Any, clock: Any) -> None:
    clock.move_to(datetime(2026, 12, 25, 5, 59, tzinfo=dates.ZONE))
    assert api.post("/days/2026-12-25/close", {}).status_code == 422
    assert api.post("/days/2026-12-24/close", {}).status_code == 200


def test_closing_a_day_is_no_act_on_the_vacancy(settled: Any, by: Any) -> None:
    close_day(settled, YESTERDAY, Said(0, 0), source="button", by=by)
    assert db.session.scalars(select(ReportedDay)).all() == []
    assert settled.room_types[0].confirmed_at is None
    period = Period(YESTERDAY, TODAY + ONE_DAY)
    assert [each.state for each in day_closes.days_of(settled, period)] == ["due", "closed"]


# --- Many at once --------------------------------------------------------------------------


def test_ten_at_once_close_a_day_once(committed: Flask) -> None:
    with committed.app_context():
        made = EstablishmentFactory(rooms=2)
        db.session.commit()
        house_id = made.id
    day = dates.today()

    def work(sold: int) -> Any:
        def close() -> str:
            house = db.session.get_one(Establishment, house_id)
            by = Principal("api_key", 1)
            close_day(house, day, Said(sold, 0), source="api", by=by)
            return "closed"

        return close

    results = at_once(committed, [work(1)] * 8 + [work(2)] * 2)
    assert results == ["closed"] * 10
    with committed.app_context():
        [close] = db.session.scalars(select(DayClose))
        said = closings()
        # Each change is on record, in a chain: what one said before is what the last one said.
        assert said[-1].detail["said"]["rooms_sold"] == close.rooms_sold
        assert [event.detail["before"] for event in said[1:]] == [
            event.detail["said"] for event in said[:-1]
        ]
