"""The pages of the front desk: what they show, whom they refuse, what a form does with a fault."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, ReservationFactory, UserFactory
from tests.html import gate, swap
from tests.stays.conftest import CANARY, FOREIGN, guest, stay_body


@pytest.fixture
def clerk(house: Any) -> Any:
    return UserFactory(front_desk_of=house)


@pytest.fixture
def desk(sign_in: Any, clerk: Any) -> Any:
    """A browser in which the house's front desk is signed in."""
    return sign_in(clerk)


def token_of(page: Any) -> str:
    return re.search(r'name="[a-z_-]*csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def hidden(page: Any, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)


def form_data(page: Any, **changes: str) -> dict[str, str]:
    data = {
        "csrf_token": token_of(page),
        "stay_id": hidden(page, "stay_id"),
        "place": "room:101",
        "source": "walk_in",
        "arrived_date": "2026-12-24",
        "arrived_time": "14:30",
        "departure_date": "2026-12-26",
        "departure_time": "12:00",
        "reason": "tourism",
        "guests-0-full_name": "Nguyễn Thị Canary",
        "guests-0-date_of_birth": "31/01/1990",
        "guests-0-sex": "F",
        "guests-0-nationality": "VNM",
        "guests-0-document_type": "citizen_id",
        "guests-0-document_number": CANARY,
    }
    return data | changes


def open_form(desk: Any, house: Any, query: str = "") -> Any:
    page = desk.get(f"/hotel/{house.code}/stays/new{query}")
    assert page.status_code == 200
    return page


def test_the_house_leads_to_tonight(desk, house) -> None:
    response = desk.get(f"/hotel/{house.code}/")
    assert response.status_code == 303
    assert response.location.endswith("/tonight")


def test_tonight_shows_its_empty_lists(desk, house) -> None:
    page = desk.get(f"/hotel/{house.code}/tonight")
    assert page.status_code == 200
    assert "Không còn đặt trước nào cho hôm nay." in page.text
    assert page.text.count('class="tile tile-free"') == 3
    assert "Không còn khách nào phải khai báo." in page.text


def test_a_house_without_rooms_says_so(sign_in, db_session, clock) -> None:
    house = EstablishmentFactory()
    page = sign_in(UserFactory(front_desk_of=house)).get(f"/hotel/{house.code}/tonight")
    assert "Cơ sở chưa có phòng nào" in page.text


@pytest.mark.parametrize("path", ["tonight", "stays", "stays/new", "stays/quick?room=101"])
def test_strangers_and_anonymous_visitors_are_refused(client, sign_in, house, path) -> None:
    assert client.get(f"/hotel/{house.code}/{path}").status_code == 303
    other = EstablishmentFactory(rooms=1)
    stranger = sign_in(UserFactory(manager_of=other))
    assert stranger.get(f"/hotel/{house.code}/{path}").status_code == 404
    official = sign_in(UserFactory(province_official=True))
    assert official.get(f"/hotel/{house.code}/{path}").status_code == 403


def test_checking_in_leads_to_the_stay_with_everything_masked(desk, house) -> None:
    page = open_form(desk, house)
    response = desk.post(f"/hotel/{house.code}/stays", data=form_data(page))
    assert response.status_code == 303, response.text
    shown = desk.get(response.location)
    assert "N. T. Canary" in shown.text
    assert "077•••••3456" in shown.text
    assert CANARY not in shown.text
    tonight = desk.get(f"/hotel/{house.code}/tonight")
    assert "1 khách phải khai báo trước 23:00" in tonight.text.replace("\xa0", " ")
    assert "còn 8 giờ" in tonight.text


def test_the_same_form_twice_is_one_check_in(desk, house) -> None:
    data = form_data(open_form(desk, house))
    first = desk.post(f"/hotel/{house.code}/stays", data=data)
    second = desk.post(f"/hotel/{house.code}/stays", data=data)
    assert first.location == second.location
    assert len(db.session.scalars(select(Stay)).all()) == 1


def test_a_fault_comes_back_at_its_field_with_what_was_typed(desk, house) -> None:
    page = open_form(desk, house)
    data = form_data(page, **{"guests-0-document_number": "123"})
    response = desk.post(f"/hotel/{house.code}/stays", data=data)
    assert response.status_code == 422
    assert 'href="#guests-0-document_number"' in response.text
    assert 'value="Nguyễn Thị Canary"' in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert db.session.scalar(select(Stay.id)) is None


def test_a_taken_room_comes_back_as_a_conflict(desk, house, api) -> None:
    api.post("/stays", stay_body())
    response = desk.post(f"/hotel/{house.code}/stays", data=form_data(open_form(desk, house)))
    assert response.status_code == 409
    assert "T5 24/12" in response.text.replace("\xa0", " ")


def test_a_warning_is_confirmed_once(desk, house) -> None:
    page = open_form(desk, house)
    data = form_data(page, **{"guests-0-sex": "M"})
    response = desk.post(f"/hotel/{house.code}/stays", data=data)
    assert response.status_code == 422
    assert "không khớp giới tính" in response.text
    response = desk.post(f"/hotel/{house.code}/stays", data={**data, "confirmed": "1"})
    assert response.status_code == 303


def test_guests_are_added_and_removed_without_script(desk, house) -> None:
    page = open_form(desk, house)
    data = form_data(page)
    more = desk.post(f"/hotel/{house.code}/stays", data={**data, "add": "guest"})
    assert more.status_code == 200, "another guest is no fault"
    assert 'id="guests-1-full_name"' in more.text
    assert 'value="Nguyễn Thị Canary"' in more.text
    second = {"guests-1-full_name": "Anna", "guests-1-nationality": "SWE"}
    fewer = desk.post(f"/hotel/{house.code}/stays", data={**data, **second, "remove": "0"})
    assert 'id="guests-0-full_name"' in fewer.text
    assert 'value="Anna"' in fewer.text
    assert "Canary" not in fewer.text


def test_adding_a_guest_answers_the_fragment_to_htmx(desk, house) -> None:
    data = {**form_data(open_form(desk, house)), "add": "guest"}
    headers = {"HX-Request": "true", "HX-Target": "form#check-in"}
    response = desk.post(f"/hotel/{house.code}/stays", data=data, headers=headers)
    assert response.text.lstrip().startswith('<form id="check-in"')


def test_a_reservation_fills_the_form(desk, house, room_type) -> None:
    reservation = ReservationFactory(room_type=room_type, nights=3)
    db.session.commit()
    tonight = desk.get(f"/hotel/{house.code}/tonight")
    assert reservation.reference in tonight.text
    page = open_form(desk, house, f"?reservation={reservation.id}")
    assert 'value="2026-12-27"' in page.text
    data = form_data(page, reservation=str(reservation.id), source="reservation")
    assert desk.post(f"/hotel/{house.code}/stays", data=data).status_code == 303
    db.session.refresh(reservation)
    assert reservation.rooms_arrived == 1


def test_two_taps_are_a_stay_without_identity(desk, house) -> None:
    page = desk.get(f"/hotel/{house.code}/stays/quick?room=102")
    data = {
        "csrf_token": token_of(page),
        "stay_id": hidden(page, "stay_id"),
        "room": "102",
        "people": "3",
        "origin": "foreign",
        "country": "KOR",
        "nights": "2",
    }
    response = desk.post(f"/hotel/{house.code}/stays/quick", data=data)
    assert response.status_code == 303
    stay = db.session.scalars(select(Stay)).one()
    assert stay.filed_elsewhere
    assert (stay.people, stay.guests[0].nationality) == (3, "KOR")
    assert (stay.last_night_end - stay.first_night).days == 2
    again = desk.post(f"/hotel/{house.code}/stays/quick", data={**data, "stay_id": ""})
    assert again.status_code == 409


def test_two_taps_can_be_hours(desk, house) -> None:
    page = desk.get(f"/hotel/{house.code}/stays/quick?room=102")
    data = {"csrf_token": token_of(page), "room": "102", "people": "2", "origin": "VNM"}
    data |= {"country": "XXX", "nights": "0"}
    assert desk.post(f"/hotel/{house.code}/stays/quick", data=data).status_code == 303
    assert db.session.scalars(select(Stay)).one().is_same_day


@pytest.fixture
def stay(api: Any, house: Any) -> Any:
    response = api.post("/stays", stay_body(guests=[guest(), FOREIGN]))
    return db.session.get_one(Stay, response.json["id"])


def act(desk: Any, house: Any, stay: Any, action: str, **data: str) -> Any:
    url = f"/hotel/{house.code}/stays/{stay.id}"
    page = desk.get(url)
    name = action.replace("-", "_")
    prefix = f"{name}-" if f"{name}-version" in page.text else ""
    sent = {f"{prefix}{key}": value for key, value in data.items()}
    sent |= {f"{prefix}csrf_token": token_of(page), f"{prefix}version": str(stay.record_version)}
    response = desk.post(f"{url}/{action}", data=sent)
    db.session.expire_all()
    return response


def test_identity_is_shown_for_a_reason_that_is_kept(desk, house, stay) -> None:
    url = f"/hotel/{house.code}/stays/{stay.id}"
    assert "L8988901" not in desk.get(url).text
    page = desk.get(url)
    answer = desk.post(
        f"{url}/reveal",
        data={"reveal-csrf_token": token_of(page), "reveal-reason": "công an phường hỏi"},
    )
    assert answer.status_code == 303
    assert "L8988901" in desk.get(url).text
    event = db.session.scalars(select(AuditEvent).filter_by(action="identity_revealed")).one()
    assert event.subject == f"stay:{stay.id}"
    assert event.detail == {"reason": "công an phường hỏi", "guests": 2}


@pytest.mark.parametrize("reason", ["", "x", "xem 077190123456", "tìm eriksson anna"])
def test_a_reason_that_names_a_guest_or_nothing_is_refused(desk, house, stay, reason) -> None:
    response = act(desk, house, stay, "reveal", reason=reason)
    assert response.status_code == 422
    assert db.session.scalar(select(AuditEvent).filter_by(action="identity_revealed")) is None


def test_extending_moving_and_leaving(desk, house, stay) -> None:
    extended = act(desk, house, stay, "extend", departure_date="2026-12-28", departure_time="12:00")
    assert extended.status_code == 303, extended.text
    assert str(stay.last_night_end) == "2026-12-28"
    moved = act(desk, house, stay, "move", place="room:103", since="2026-12-24")
    assert moved.status_code == 303, moved.text
    assert "Phòng 103" in desk.get(f"/hotel/{house.code}/stays/{stay.id}").text
    left = act(desk, house, stay, "check-out", departed_date="2026-12-24", departed_time="14:50")
    assert left.status_code == 303, left.text
    assert (stay.status, stay.is_same_day) == ("departed", True)


def test_a_page_that_is_out_of_date_changes_nothing(desk, house, stay) -> None:
    stay.record_version = 7
    db.session.commit()
    url = f"/hotel/{house.code}/stays/{stay.id}"
    page = desk.get(url)
    data = {"csrf_token": token_of(page), "version": "6"}
    assert desk.post(f"{url}/leave-now", data=data).status_code == 409
    assert stay.status == "in_house"


def test_an_overdue_party_is_asked_about(sign_in, clerk, house, stay, clock) -> None:
    clock.move_to("2026-12-26T13:00:00+07:00")
    desk = sign_in(clerk)
    tonight = desk.get(f"/hotel/{house.code}/tonight")
    assert "đã đi hay còn ở?" in tonight.text
    assert act(desk, house, stay, "still-here").status_code == 303
    assert str(stay.last_night_end) == "2026-12-27"
    clock.move_to("2026-12-28T09:00:00+07:00")
    desk = sign_in(clerk)
    assert act(desk, house, stay, "gone").status_code == 303
    assert (stay.status, str(stay.last_night_end)) == ("departed", "2026-12-27")


def test_cancelling_needs_a_reason(desk, house, stay) -> None:
    assert act(desk, house, stay, "cancel", reason="").status_code == 422
    assert act(desk, house, stay, "cancel", reason="nhầm phòng").status_code == 303
    assert stay.status == "cancelled"


def test_a_guest_is_corrected_without_being_shown(desk, house, stay) -> None:
    person = stay.guests[0]
    url = f"/hotel/{house.code}/stays/{stay.id}/guests/{person.id}/edit"
    page = desk.get(url)
    assert "Canary" not in re.sub(r"N\. T\. Canary", "", page.text)
    data = {
        "csrf_token": token_of(page),
        "version": "1",
        "guest-full_name": "Nguyễn Thị Đúng",
        "guest-sex": "F",
        "guest-nationality": "VNM",
        "guest-document_type": "citizen_id",
    }
    number = person.document_number
    assert desk.post(url, data=data).status_code == 303
    db.session.expire_all()
    assert (person.full_name, person.document_number) == ("Nguyễn Thị Đúng", number)


def test_a_guest_who_comes_later_is_added_and_one_leaves(desk, house, stay, clock) -> None:
    clock.move_to("2026-12-24T20:00:00+07:00")
    url = f"/hotel/{house.code}/stays/{stay.id}/guests/new"
    page = desk.get(url)
    data = {
        "csrf_token": token_of(page),
        "version": "1",
        "arrived_date": "2026-12-24",
        "arrived_time": "19:30",
        "guest-full_name": "Trần Văn Sau",
        "guest-date_of_birth": "1985",
        "guest-sex": "M",
        "guest-nationality": "VNM",
        "guest-document_type": "passport",
        "guest-document_number": "C1234567",
    }
    assert desk.post(url, data=data).status_code == 303
    late = db.session.scalars(select(Guest).where(Guest.arrived_at.is_not(None))).one()
    assert (late.birth_date_precision, late.date_of_birth) == ("year", "1985-01-01")
    assert act(desk, house, stay, f"guests/{late.id}/leave").status_code == 303
    assert late.departed_at is not None


def test_the_list_is_narrowed_by_room_date_and_state(desk, house, stay) -> None:
    base = f"/hotel/{house.code}/stays"
    assert "Phòng 101" in desk.get(f"{base}?room=101&date=2026-12-25&state=in_house").text
    for query in ("room=102", "date=2026-12-23", "state=departed"):
        assert "Không có lượt ở nào như vậy" in desk.get(f"{base}?{query}").text


def test_another_house_s_stay_is_not_found(sign_in, house, stay) -> None:
    other = EstablishmentFactory(rooms=1)
    stranger = sign_in(UserFactory(manager_of=other))
    for path in ("", "/edit", "/guests/new"):
        url = f"/hotel/{other.code}/stays/{stay.id}{path}"
        assert stranger.get(url).status_code == 404
    page = stranger.get(f"/hotel/{other.code}/stays/new")
    data = {"csrf_token": token_of(page), "version": "1"}
    url = f"/hotel/{other.code}/stays/{stay.id}/leave-now"
    assert stranger.post(url, data=data).status_code == 404


# --- What every page promises --------------------------------------------------------------


def test_every_page_passes_the_gate(desk, house, stay, room_type, api) -> None:
    ReservationFactory(room_type=room_type)
    api.post("/stays", stay_body(room=None, room_type="DBL"))
    db.session.commit()
    base = f"/hotel/{house.code}"
    one = f"{base}/stays/{stay.id}"
    paths = ["tonight", "stays", "stays/new?room=102", "stays/quick?room=102"]
    pages = [f"{base}/{path}" for path in paths]
    pages += [one, f"{one}/edit", f"{one}/guests/new", f"{one}/guests/{stay.guests[0].id}/edit"]
    for url in pages:
        gate(desk.get(url))
        gate(desk.get(f"{url}{'&' if '?' in url else '?'}lang=en"))


def test_forms_that_come_back_pass_the_gate(desk, house, stay) -> None:
    page = open_form(desk, house)
    data = {**form_data(page), "guests-0-document_number": "1", "guests-0-sex": ""}
    gate(desk.post(f"/hotel/{house.code}/stays", data={**data, "add": "guest"}))
    gate(desk.post(f"/hotel/{house.code}/stays", data=data))
    gate(desk.post(f"/hotel/{house.code}/stays", data={**data, "place": ""}))
    for action in ("extend", "move", "check-out", "cancel", "reveal"):
        gate(act(desk, house, stay, action))


def test_a_swap_equals_a_reload(desk, house, stay) -> None:
    base = f"/hotel/{house.code}/stays"
    swap(desk, base, f"{base}?state=departed", "stays")
    swap(desk, f"{base}?state=departed", f"{base}?room=101", "stays")
    swap(desk, f"/hotel/{house.code}/tonight", f"/hotel/{house.code}/tonight", "tonight")


@pytest.mark.parametrize(
    "path",
    ["tonight", "stays/quick", "stays"],
)
def test_writes_need_the_form_s_token(desk, house, path) -> None:
    if path == "tonight":
        assert desk.post(f"/hotel/{house.code}/tonight").status_code == 405
    else:
        assert desk.post(f"/hotel/{house.code}/{path}", data={}).status_code == 400


@pytest.mark.parametrize("value", ["\x00", "x" * 5000, "½", "-1", "1e9", "'; --"])
def test_strange_values_are_no_failure(desk, house, stay, value) -> None:
    query = quote(value)
    for url in (
        f"/hotel/{house.code}/stays?room={query}&date={query}&state={query}&page={query}",
        f"/hotel/{house.code}/stays/new?room={query}&reservation={query}",
        f"/hotel/{house.code}/stays/quick?room={query}",
    ):
        assert desk.get(url).status_code < 500
    page = open_form(desk, house)
    data = dict.fromkeys(form_data(page), value) | {"csrf_token": token_of(page)}
    assert desk.post(f"/hotel/{house.code}/stays", data=data).status_code in (400, 409, 422)
    quick = {"csrf_token": token_of(page), "people": value, "origin": value, "nights": value}
    answer = desk.post(f"/hotel/{house.code}/stays/quick", data={**quick, "room": value})
    assert answer.status_code in (400, 422)
    for action in ("extend", "move", "check-out"):
        names = ("departure_date", "departure_time", "departed_date", "departed_time")
        sent = dict.fromkeys((*names, "place", "since"), value)
        assert act(desk, house, stay, action, **sent).status_code in (303, 400, 409, 422)
