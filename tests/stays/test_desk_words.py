"""What the front desk reads and types: dates, rooms, residences, faults in words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.db import db
from app.registry.units import Units
from app.stays import residence_names
from app.stays.choices import place_choices
from app.stays.models import Guest, Stay
from tests.html import gate
from tests.stays.conftest import FOREIGN, api_for, guest, stay_body
from tests.stays.test_pages import act, clerk, desk, form_data, open_form, token_of

__all__ = ["clerk", "desk"]

FOREIGNER = {
    "guests-0-full_name": "ERIKSSON ANNA",
    "guests-0-date_of_birth": "1974",
    "guests-0-nationality": "SWE",
    "guests-0-document_number": "L8988901",
    "guests-0-permitted_until": "20/01/2027",
}


def check_in(desk: Any, house: Any, **changes: str) -> Any:
    data = form_data(open_form(desk, house), **changes)
    return desk.post(f"/hotel/{house.code}/stays", data=data)


def stored(**criteria: Any) -> Guest:
    db.session.expire_all()
    return db.session.scalars(select(Guest).filter_by(**criteria)).one()


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\xa0", " ").split())


# --- Dates of birth ------------------------------------------------------------------------


def test_dates_of_birth_are_written_as_people_write_them(desk, house) -> None:
    location = check_in(desk, house).location
    assert "••/••/1990" in desk.get(location).text
    form = f"{location}/guests/{stored(nationality='VNM').id}/edit"
    assert "••/••/1990" in desk.get(form).text
    reveal = {"reveal-csrf_token": token_of(desk.get(location)), "reveal-reason": "kiểm tra sổ"}
    desk.post(f"{location}/reveal", data=reveal)
    assert "31/01/1990" in desk.get(location).text
    assert "1990-01-31" not in desk.get(location).text


def test_a_bare_year_is_shown_as_that(desk, house) -> None:
    location = check_in(desk, house, **{"guests-0-date_of_birth": "1990"}).location
    masked = desk.get(location).text
    assert '<dd class="masked">1990</dd>' in masked
    reveal = {"reveal-csrf_token": token_of(desk.get(location)), "reveal-reason": "kiểm tra sổ"}
    desk.post(f"{location}/reveal", data=reveal)
    assert '<dd class="masked">1990</dd>' in desk.get(location).text
    assert "01/01" not in plain(desk.get(location).text)


def test_a_day_that_is_learnt_later_replaces_the_bare_year(desk, house) -> None:
    location = check_in(desk, house, **{"guests-0-date_of_birth": "1990"}).location
    url = f"{location}/guests/{stored(nationality='VNM').id}/edit"
    data = {
        "csrf_token": token_of(desk.get(url)),
        "version": "1",
        "guest-date_of_birth": "31/01/1990",
        "guest-sex": "F",
        "guest-nationality": "VNM",
        "guest-document_type": "citizen_id",
    }
    assert desk.post(url, data=data).status_code == 303
    person = stored(nationality="VNM")
    assert (person.date_of_birth, person.birth_date_precision) == ("1990-01-31", "day")


# --- Rooms with somebody in them -----------------------------------------------------------


def test_a_room_whose_guest_is_still_in_is_not_called_free(
    sign_in, clerk, house, clock, api
) -> None:
    api.post("/stays", stay_body(planned_departure="2026-12-25"))
    hours = stay_body(room="102", guests=[guest()], planned_departure="2026-12-24T21:00:00+07:00")
    api.post("/stays", hours)

    def labels() -> dict[str, str]:
        return {c.value: c.label for c in place_choices(house.id) if c.value.startswith("room")}

    assert labels() == {
        "room:101": "101 · có khách đêm nay",
        "room:102": "102 · đang có khách theo giờ",
        "room:103": "103 · trống",
    }
    clock.move_to("2026-12-25T09:00:00+07:00")
    assert labels()["room:101"] == "101 · khách trả hôm nay, chưa ra"
    assert labels()["room:102"] == "102 · khách quá giờ trả, chưa ra"
    shown = plain(sign_in(clerk).get(f"/hotel/{house.code}/tonight").text)
    assert "Phòng, 1 trống lúc này" in shown
    assert "Thêm 2 phòng khách sẽ trả, chưa ra" in shown
    clock.move_to("2026-12-25T13:00:00+07:00")
    assert labels()["room:101"] == "101 · khách quá giờ trả, chưa ra"


def test_a_house_without_departures_reads_no_second_number(desk, house) -> None:
    shown = plain(desk.get(f"/hotel/{house.code}/tonight").text)
    assert "Phòng, 3 trống lúc này" in shown
    assert "chưa ra" not in shown


def test_a_cancelled_stay_still_says_its_room(desk, house, api) -> None:
    stay = db.session.get_one(Stay, api.post("/stays", stay_body()).json["id"])
    assert act(desk, house, stay, "cancel", reason="nhầm ngày").status_code == 303
    page = desk.get(f"/hotel/{house.code}/stays/{stay.id}")
    gate(page)
    assert "Phòng 101" in plain(page.text)
    assert "chưa có phòng" not in page.text
    assert "Phòng –" not in page.text
    assert "Phòng 101" in desk.get(f"/hotel/{house.code}/stays?state=cancelled").text
    assert api.get(f"/stays/{stay.id}").json["room"] == "101"
    # The room is free again all the same.
    assert api.post("/stays", stay_body(guests=[guest()])).status_code == 201


def test_a_cancelled_stay_that_never_had_a_room_says_so(desk, house, api) -> None:
    for room in ("101", "102", "103"):
        api.post("/stays", stay_body(room=room, guests=[guest()]))
    body = stay_body(room=None, room_type="DBL", guests=[guest()])
    stay = db.session.get_one(Stay, api.post("/stays", body).json["id"])
    act(desk, house, stay, "cancel", reason="nhầm ngày")
    assert "Lượt ở không có phòng" in desk.get(f"/hotel/{house.code}/stays/{stay.id}").text


def test_moving_to_a_taken_room_is_said_at_the_field(desk, house, api) -> None:
    stay = db.session.get_one(Stay, api.post("/stays", stay_body()).json["id"])
    api.post("/stays", stay_body(room="102", guests=[guest()]))
    answer = act(desk, house, stay, "move", place="room:102", since="2026-12-24")
    assert answer.status_code == 409
    gate(answer)
    assert 'id="move-place-error"' in answer.text
    assert '<a href="#move-place">' in answer.text


def test_extending_into_a_taken_night_is_said_at_the_date(desk, house, api) -> None:
    stay = db.session.get_one(Stay, api.post("/stays", stay_body()).json["id"])
    second = stay_body(planned_departure="2026-12-28", guests=[guest()], room="102")
    other = db.session.get_one(Stay, api.post("/stays", second).json["id"])
    assert act(desk, house, other, "move", place="room:101", since="2026-12-26").status_code == 303
    answer = act(desk, house, stay, "extend", departure_date="2026-12-27", departure_time="12:00")
    assert answer.status_code == 409
    assert 'id="extend-departure_date-error"' in answer.text


def test_two_taps_need_a_room_that_exists(desk, house) -> None:
    base = f"/hotel/{house.code}/stays/quick"
    for query in ("", "?room=", "?room=%00%20"):
        answer = desk.get(f"{base}{query}")
        assert (answer.status_code, answer.location) == (303, f"/hotel/{house.code}/tonight")
    assert desk.get(f"{base}?room=999").status_code == 404
    assert desk.get(f"{base}?room=101").status_code == 200


# --- Foreign guests ------------------------------------------------------------------------


def test_the_document_follows_the_nationality(desk, house) -> None:
    response = check_in(desk, house, **FOREIGNER)
    assert response.status_code == 303, plain(response.text)
    assert stored(nationality="SWE").document_type == "passport"


def test_twelve_digits_are_a_citizen_s_whatever_the_nationality(desk, house) -> None:
    changed = {**FOREIGNER, "guests-0-document_number": "077 190 123456"}
    response = check_in(desk, house, **changed)
    assert response.status_code == 422
    assert "Khách nước ngoài khai báo bằng hộ chiếu" in response.text


def test_a_type_that_was_chosen_is_not_changed(desk, house) -> None:
    response = check_in(desk, house, **FOREIGNER, **{"guests-0-document_type": "old_id"})
    assert response.status_code == 422
    assert "Khách nước ngoài khai báo bằng hộ chiếu" in response.text


def test_a_missing_permission_is_confirmed_before_it_is_saved(desk, house) -> None:
    changed = {**FOREIGNER, "guests-0-permitted_until": ""}
    response = check_in(desk, house, **changed)
    assert response.status_code == 422
    gate(response)
    assert "Chưa có thời hạn được phép tạm trú" in response.text
    assert 'href="#guests-0-permitted_until"' in response.text
    assert db.session.scalar(select(Stay.id)) is None
    response = check_in(desk, house, **changed, confirmed="1")
    assert response.status_code == 303
    assert "chưa ghi, cần có trước khi khai báo" in desk.get(response.location).text
    assert stored(nationality="SWE").filing_state == "draft"


def test_a_guest_added_later_is_warned_about_as_well(desk, house, api) -> None:
    stay_id = api.post("/stays", stay_body()).json["id"]
    url = f"/hotel/{house.code}/stays/{stay_id}/guests/new"
    page = desk.get(url)
    names = {name.replace("guests-0", "guest"): value for name, value in FOREIGNER.items()}
    data = {
        "csrf_token": token_of(page),
        "version": "1",
        "arrived_date": "2026-12-24",
        "arrived_time": "14:55",
        "guest-sex": "F",
        "guest-document_type": "citizen_id",
    } | names
    data["guest-permitted_until"] = ""
    response = desk.post(url, data=data)
    assert response.status_code == 422
    gate(response)
    assert 'name="confirmed"' in response.text
    assert len(db.session.scalars(select(Guest)).all()) == 1
    assert desk.post(url, data={**data, "confirmed": "1"}).status_code == 303
    assert stored(nationality="SWE").document_type == "passport"


@pytest.mark.parametrize(
    ("minutes", "kind", "words"),
    [
        (0, "fine", "Trong 15 phút đầu, còn kịp."),
        (15, "fine", "Trong 15 phút đầu, còn kịp."),
        (16, "look", "Đã quá 15 phút"),
        (60, "look", "Đã quá 15 phút"),
        (61, "late", "Quá 60 phút từ lúc đến là trễ"),
    ],
)
def test_a_foreign_guest_is_due_at_once(desk, house, clock, minutes, kind, words) -> None:
    arrived = dates.now() - timedelta(minutes=minutes)
    body = stay_body(guests=[FOREIGN], arrived_at=dates.local(arrived).isoformat())
    answer = api_for(desk, house).post("/stays", body)
    assert answer.status_code == 201
    page = desk.get(f"/hotel/{house.code}/tonight")
    gate(page)
    assert f'class="clock clock-{kind}"' in page.text
    assert words in page.text
    stay = desk.get(f"/hotel/{house.code}/stays/{answer.json['id']}")
    assert "ngay khi đến" in stay.text


# --- Residences ----------------------------------------------------------------------------


def test_every_ward_that_is_offered_is_understood(app, db_session) -> None:
    units = Units.load()
    for language in ("vi", "en"):
        with app.test_request_context(f"/?lang={language}"):
            offered = residence_names.choices(units)
        assert len(offered) == len(set(offered)) == len(units.by_id)
        assert len(units.today) > 20
        understood = [residence_names.unit_of(name, units) for name in offered]
        assert [n for n, unit in zip(offered, understood, strict=True) if unit is None] == []
        assert {unit.code for unit in understood if unit} == set(units.today)


@pytest.mark.parametrize(
    "text",
    ["Phường 2", "Thắng Tam", "Vũng Tàu", "Phường 2, Đà Lạt", "Phường Tam Thắng, Đà Nẵng", "Paris",
     "Phường Phước Hưng", ",", "Phường 99, Vũng Tàu"],
)  # fmt: skip
def test_what_may_lie_elsewhere_stays_as_it_is_written(db_session, text) -> None:
    assert residence_names.unit_of(text, Units.load()) is None


@pytest.mark.parametrize(
    ("text", "stored_as"),
    [
        ("Phường Tam Thắng", None),
        ("phuong 2, vung tau", None),
        ("26506", "26506"),
    ],
)
def test_a_residence_is_taken_by_name_or_by_code(desk, house, text, stored_as) -> None:
    page = open_form(desk, house)
    assert 'list="residences"' in page.text
    assert '<option value="Phường 2, Vũng Tàu">' in page.text
    response = check_in(desk, house, **{"guests-0-residence_unit": text})
    assert response.status_code == 303
    person = stored(nationality="VNM")
    if stored_as is None:
        assert person.residence_unit in Units.load().today
    else:
        assert person.residence_unit == stored_as
    form = desk.get(f"{response.location}/guests/{person.id}/edit")
    assert f'value="{residence_names.name_of(person.residence_unit, Units.load())}"' in form.text


def test_a_residence_elsewhere_is_kept_as_written_with_the_address(desk, house) -> None:
    given = {"guests-0-residence_unit": "Phường 2, Đà Lạt", "guests-0-address": "7 Hồ Lạ"}
    open_form(desk, house)
    assert check_in(desk, house, **given).status_code == 303
    person = stored(nationality="VNM")
    assert person.residence_unit is None
    assert person.address == "7 Hồ Lạ, Phường 2, Đà Lạt"


# --- Faults in words -----------------------------------------------------------------------


def test_limits_are_said(desk, house) -> None:
    changed = {"guests-0-date_of_birth": "25/12/2026", "departure_date": "2029-01-01"}
    shown = plain(check_in(desk, house, **changed).text)
    assert "Ngày sinh: Muộn nhất là 24/12/2026." in shown
    assert "Ngày đi dự kiến: Muộn nhất là 24/12/2027." in shown
    assert "khoảng cho phép" not in shown
    shown = plain(check_in(desk, house, **{"guests-0-date_of_birth": "31/12/1899"}).text)
    assert "Ngày sinh: Sớm nhất là 01/01/1900." in shown


def test_a_name_of_one_letter_is_too_short_and_not_strange(desk, house) -> None:
    shown = check_in(desk, house, **{"guests-0-full_name": "X"}).text
    assert "Tên cần ít nhất 2 chữ cái." in shown
    assert "Tên chỉ gồm chữ cái" not in shown


def test_the_summary_goes_down_the_form(desk, house) -> None:
    faults = {
        "reason": "other",
        "guests-0-full_name": "",
        "guests-0-document_number": "1",
        "guests-0-phone": "1",
        "departure_date": "",
        "place": "",
        "arrived_time": "",
    }
    text = check_in(desk, house, **faults).text
    named = re.findall(r'<li><a href="#([^"]+)">', text)
    assert len(named) > 5
    ids = re.findall(r' id="([^"]+)"', text)
    assert named == sorted(named, key=ids.index)


def test_the_summary_calls_a_field_what_its_label_does(desk, house, api) -> None:
    stay = db.session.get_one(Stay, api.post("/stays", stay_body()).json["id"])
    assert "Nhầm ở đâu: Xin điền chỗ này." in plain(act(desk, house, stay, "cancel").text)
    shown = plain(act(desk, house, stay, "reveal", reason="").text)
    assert "Lý do xem đủ giấy tờ: Xin điền chỗ này." in shown
    shown = plain(act(desk, house, stay, "move", place="room:102", since="2026-12-30").text)
    assert "Từ đêm: Muộn nhất là 25/12/2026." in shown
