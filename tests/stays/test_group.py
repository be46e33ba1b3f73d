"""Lists of guests: rows by their state, mended in place, checked in together, exactly once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.stays.groups import operations as groups
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.intake import Incoming
from app.stays.groups.review import review
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, ReservationFactory, RoomTypeFactory, UserFactory
from tests.stays.test_canary import assert_clean, everything_stored

FIELDS: dict[str, str] = {
    "date_of_birth": "31/01/1990",
    "sex": "F",
    "nationality": "VNM",
    "document_type": "citizen_id",
}


def person(number: int, **changes: str) -> dict[str, Any]:
    """A guest as a draft keeps one, with a document of their own."""
    fields = {
        **FIELDS,
        "full_name": f"Nguyễn Thị Khách {chr(65 + number % 26)}",
        "document_number": f"077190{number:06d}",
    }
    return {name: text for name, text in (fields | changes).items() if text}


def qr(number: int, name: str = "Nguyễn Thị Canary") -> str:
    return f"077190{number:06d}||{name}|31011990|Nữ|1 Thùy Vân, Phường 2, Vũng Tàu|01012022"


class Desk:
    """A browser in which somebody of a house is signed in, with the token of its forms."""

    def __init__(self, client: Any) -> None:
        self.client = client
        page = client.get("/account")
        token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
        assert token is not None
        self.headers = {"X-CSRFToken": token.group(1)}

    def get(self, address: str, **more: Any) -> Any:
        return self.client.get(address, **more)

    def post(self, address: str, **more: Any) -> Any:
        return self.client.post(address, headers=self.headers, **more)


@pytest.fixture
def desk(house: Any, sign_in: Any) -> Desk:
    return Desk(sign_in(UserFactory(front_desk_of=house)))


@pytest.fixture
def group(house: Any, by: Any) -> GuestGroup:
    return groups.open_group(house, by=by, now=dates.now())


def filled(group: GuestGroup, *guests: dict[str, Any], rooms: Any = ()) -> list[GuestDraft]:
    rooms = list(rooms) or [None] * len(guests)
    pairs = zip(guests, rooms, strict=True)
    return groups.add_rows(group, [Incoming(dict(g), room=room) for g, room in pairs])


def states(group: GuestGroup) -> list[str]:
    return [row.state for row in review(group, dates.now()).rows]


def path(group: GuestGroup, *more: Any) -> str:
    house = db.session.scalar(select(GuestGroup.establishment_id).where(GuestGroup.id == group.id))
    from app.registry.models import Establishment

    code = db.session.get_one(Establishment, house).code
    return "/".join([f"/hotel/{code}/groups/{group.id}", *map(str, more)])


def common(**changes: str) -> dict[str, str]:
    """What the form of the whole group sends."""
    today = dates.today()
    return {
        "key": "0b54f3cc-5b22-4b5a-9a6e-3a0f6a3d6b11",
        "arrived_date": str(today),
        "arrived_time": "",
        "departure_date": str(today + timedelta(days=2)),
        "departure_time": "12:00",
        "source": "agency",
        "reason": "tourism",
        **changes,
    }


# --- States --------------------------------------------------------------------------------


def test_each_row_has_its_state(house, group) -> None:
    filled(
        group,
        person(1),
        person(2, date_of_birth="", document_number=""),
        person(3, document_number="12ab"),
        person(4, sex="M"),
        person(1),
        person(6),
        person(7),
        rooms=["101", "101", "102", "102", "103", None, "999"],
    )
    found = review(group, dates.now())
    assert [row.state for row in found.rows] == [
        "ready",
        "missing",
        "wrong",
        "look",
        "wrong",
        "missing",
        "wrong",
    ]
    codes = [{finding.code for finding in row.found} for row in found.rows]
    assert codes[1] == {"required"}
    assert "duplicate" in codes[4]
    assert "number_sex" in codes[3]
    assert "room_unknown" in codes[6]


def test_a_room_of_others_and_one_that_is_too_full_are_said(house, group, api) -> None:
    from tests.stays.conftest import stay_body

    assert api.post("/stays", stay_body(room="101")).status_code == 201
    people = (person(n) for n in range(900, 904))
    filled(group, *people, rooms=["101", "102", "102", "102"])
    rows = review(group, dates.now()).rows
    assert [row.state for row in rows] == ["wrong", "ready", "ready", "look"]
    assert rows[0].found[0].code == "room_taken"


def test_what_was_looked_at_is_ready_until_it_is_changed(desk, group) -> None:
    (draft,) = filled(group, person(1, sex="M"), rooms=["101"])
    assert states(group) == ["look"]
    assert desk.post(path(group, "rows", draft.id, "confirm")).status_code == 303
    assert states(group) == ["ready"]
    form = {f"guest-{name}": text for name, text in person(1, sex="M").items()}
    desk.post(path(group, "rows", draft.id), data={**form, "room": "101"})
    assert states(group) == ["look"]


# --- The page ------------------------------------------------------------------------------


def test_the_list_of_lists_is_empty_first(desk, house) -> None:
    page = desk.get(f"/hotel/{house.code}/groups")
    assert page.status_code == 200
    assert "Chưa có danh sách nào" in page.text
    made = desk.post(f"/hotel/{house.code}/groups")
    assert made.status_code == 303
    assert "Danh sách chưa có khách nào" in desk.get(made.location).text
    assert "Chưa có khách" in desk.get(f"/hotel/{house.code}/groups").text


def test_cards_are_scanned_one_after_another(desk, group) -> None:
    for number in (1, 2):
        assert desk.post(path(group, "rows"), data={"text": qr(number)}).status_code == 303
    rows = review(group, dates.now()).rows
    assert [row.fields["document_number"] for row in rows] == ["077190000001", "077190000002"]
    assert rows[0].draft.origin == "scanned"
    assert [row.state for row in rows] == ["missing", "missing"]
    page = desk.get(path(group)).text
    assert "Thiếu phòng." in page
    assert "077•••••0001" in page
    assert "077190000001" not in page


def test_what_cannot_be_read_is_said_at_the_field(desk, group) -> None:
    for text in ("", "   ", "x" * 300_000):
        answer = desk.post(path(group, "rows"), data={"text": text})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text


def test_a_row_is_mended_and_the_next_one_opens(desk, group) -> None:
    first, _good, third = filled(
        group, person(1, document_number=""), person(2), person(3, sex=""), rooms=["101"] * 3
    )
    opened = desk.get(path(group) + f"?edit={first.id}")
    assert 'name="guest-full_name"' in opened.text
    form = {f"guest-{name}": text for name, text in person(1).items()}
    done = desk.post(path(group, "rows", first.id), data={**form, "room": "101", "next": "1"})
    assert done.status_code == 303
    assert str(third.id) in done.location
    assert states(group)[0] == "ready"


def test_a_wrong_row_comes_back_with_its_fault_at_the_field(desk, group) -> None:
    (draft,) = filled(group, person(1), rooms=["101"])
    form = {f"guest-{name}": text for name, text in person(1, document_number="12").items()}
    answer = desk.post(path(group, "rows", draft.id), data={**form, "room": "101"})
    assert answer.status_code == 422
    assert "Số không hợp với loại giấy tờ" in answer.text


def test_a_script_gets_the_rows_alone(desk, group) -> None:
    filled(group, person(1))
    headers = {"HX-Request": "true", "HX-Target": "section#group-rows"}
    part = desk.get(path(group), headers=headers).text
    assert part.lstrip().startswith('<section id="group-rows"')


def test_rooms_are_shared_out_by_what_they_hold(desk, group) -> None:
    filled(group, *(person(n) for n in range(5)), rooms=["102", None, None, None, None])
    answer = desk.post(path(group, "allot"), data=common())
    assert answer.status_code == 303
    rooms = [row.draft.room for row in review(group, dates.now()).rows]
    assert rooms == ["102", "101", "101", "103", "103"]


def test_rooms_that_run_out_are_said(desk, group) -> None:
    filled(group, *(person(n) for n in range(8)))
    answer = desk.post(path(group, "allot"), data=common(), follow_redirects=True)
    assert "2 khách chưa có phòng" in answer.text


# --- One save ------------------------------------------------------------------------------


def test_the_right_rows_go_in_and_the_faulty_ones_are_named(desk, house, group) -> None:
    filled(
        group,
        person(1),
        person(2),
        person(3, date_of_birth=""),
        person(4),
        rooms=["101", "101", "102", "102"],
    )
    answer = desk.post(path(group, "check-in"), data=common(), follow_redirects=True)
    assert "Đã nhận 3 khách vào 2 phòng." in answer.text
    assert "Còn là bản nháp: dòng 3." in answer.text
    assert states(group) == ["done", "done", "missing", "done"]
    stays = db.session.scalars(select(Stay).order_by(Stay.room_id)).all()
    assert [len(stay.guests) for stay in stays] == [2, 1]
    assert {stay.source for stay in stays} == {"agency"}
    drafts = db.session.scalars(select(GuestDraft).order_by(GuestDraft.position)).all()
    assert [draft.content_sealed is None for draft in drafts] == [True, True, False, True]


def test_a_row_mended_later_joins_its_room(desk, group) -> None:
    _first, late = filled(group, person(1), person(2, sex=""), rooms=["101", "101"])
    desk.post(path(group, "check-in"), data=common())
    assert states(group) == ["done", "missing"]
    form = {f"guest-{name}": text for name, text in person(2).items()}
    desk.post(path(group, "rows", late.id), data={**form, "room": "101"})
    desk.post(path(group, "check-in"), data=common())
    assert states(group) == ["done", "done"]
    stay = db.session.scalars(select(Stay)).one()
    assert [guest.document_number for guest in stay.guests] == ["077190000001", "077190000002"]


def test_what_only_warns_waits_for_a_look(desk, group) -> None:
    filled(group, person(1, sex="M"), rooms=["101"])
    desk.post(path(group, "check-in"), data=common())
    assert states(group) == ["look"]
    desk.post(path(group, "check-in"), data=common(confirmed="y"))
    assert states(group) == ["done"]


def test_a_reservation_is_used_up_and_a_room_more_still_goes_in(desk, house, by) -> None:
    room_type = house.room_types[0]
    reservation = ReservationFactory(room_type=room_type, arrival=dates.today(), rooms=1)
    made = desk.post(f"/hotel/{house.code}/groups", data={"reservation": str(reservation.id)})
    again = desk.post(f"/hotel/{house.code}/groups", data={"reservation": str(reservation.id)})
    assert made.location == again.location
    group = db.session.scalars(select(GuestGroup)).one()
    filled(group, person(1), person(2), rooms=["101", "102"])
    desk.post(path(group, "check-in"), data=common(source="reservation"))
    assert states(group) == ["done", "done"]
    db.session.refresh(reservation)
    assert reservation.rooms_arrived == 1
    assert len(db.session.scalars(select(Stay)).all()) == 2


def test_the_list_may_be_given_its_reservation(desk, house, by, group) -> None:
    room_type = house.room_types[0]
    reservation = ReservationFactory(room_type=room_type, arrival=dates.today(), rooms=1)
    sent = common(reservation=str(reservation.id), source="reservation")
    assert reservation.reference in desk.get(path(group)).text
    assert desk.post(path(group), data=sent).status_code == 303
    db.session.refresh(group)
    assert group.reservation_id == reservation.id
    other = groups.open_group(house, by=by, now=dates.now())
    taken = desk.post(path(other), data=sent)
    assert taken.status_code == 422
    assert "đã có danh sách khác" in taken.text
    foreign = ReservationFactory(room_type=RoomTypeFactory(rooms=1), arrival=dates.today())
    for text in ("x", str(foreign.id)):
        assert desk.post(path(group), data=common(reservation=text)).status_code == 422


def test_who_is_mended_later_arrived_with_the_others(desk, group, clock) -> None:
    _first, late = filled(group, person(1), person(2, sex=""), rooms=["101", "102"])
    desk.post(path(group, "check-in"), data=common())
    clock.shift(timedelta(hours=2))
    form = {f"guest-{name}": text for name, text in person(2).items()}
    desk.post(path(group, "rows", late.id), data={**form, "room": "102"})
    desk.post(path(group, "check-in"), data=common(arrived_time="15:00"))
    first, second = db.session.scalars(select(Stay)).all()
    assert first.arrived_at == second.arrived_at


def test_after_midnight_now_still_is_of_the_day_before(house, by, sign_in, clock) -> None:
    """The list is of the hotel day, which lasts until 06:00; "now" needs no time typed."""
    clock.move_to(dates.at(dates.today() + timedelta(days=1), 0, 30))
    desk = Desk(sign_in(UserFactory(front_desk_of=house)))
    group = groups.open_group(house, by=by, now=dates.now())
    filled(group, person(1), rooms=["101"])
    assert group.arrival == dates.today() < dates.local(dates.now()).date()
    assert desk.post(path(group, "check-in"), data=common()).status_code == 303
    (stay,) = db.session.scalars(select(Stay)).all()
    assert (stay.arrived_at, stay.first_night) == (dates.now(), dates.today())


def test_a_check_in_cannot_lie_in_the_future(desk, group) -> None:
    filled(group, person(1), rooms=["101"])
    answer = desk.post(path(group, "check-in"), data=common(arrived_time="23:30"))
    assert answer.status_code == 422
    assert "Thời điểm này chưa tới." in answer.text
    assert states(group) == ["ready"]


@pytest.mark.parametrize(
    "change",
    [
        {"arrived_date": "x"},
        {"arrived_time": "25:99"},
        {"departure_date": ""},
        {"departure_date": "2026-12-01"},
        {"source": "x"},
        {"reason": "other"},
        {"arrived_date": "2026-12-23"},
        {"arrived_date": "1999-01-01", "arrived_time": "10:00"},
        {"label": "x" * 200},
    ],
)
def test_what_is_wrong_for_all_is_said_at_its_field(desk, group, change) -> None:
    filled(group, person(1), rooms=["101"])
    answer = desk.post(path(group), data=common(**change))
    assert answer.status_code == 422
    assert "field-error" in answer.text


# --- Whose it is, and how long it is kept --------------------------------------------------


def test_another_houses_list_is_no_page(sign_in, house, group) -> None:
    (draft,) = filled(group, person(1))
    other = EstablishmentFactory()
    stranger = Desk(sign_in(UserFactory(front_desk_of=other)))
    foreign = f"/hotel/{other.code}/groups/{group.id}"
    assert stranger.get(path(group)).status_code == 404
    assert stranger.get(foreign).status_code == 404
    for step in ("", "/rows", "/allot", "/check-in", "/delete", f"/rows/{draft.id}/delete"):
        assert stranger.post(foreign + step, data=common()).status_code == 404
        assert stranger.post(path(group) + step, data=common()).status_code == 404
    assert states(group) == ["missing"]


def test_a_row_of_another_list_is_no_row_of_this_one(desk, house, by, group) -> None:
    other = groups.open_group(house, by=by, now=dates.now())
    (draft,) = filled(other, person(1))
    assert desk.post(path(group, "rows", draft.id, "delete")).status_code == 404
    assert desk.post(path(other, "rows", draft.id, "delete")).status_code == 303


def test_nothing_of_a_draft_is_readable_in_the_database(desk, group) -> None:
    desk.post(path(group, "rows"), data={"text": qr(123456)})
    filled(group, person(1, full_name="Trần Canary", address="1 Thùy Vân", phone="0909123456"))
    assert_clean(everything_stored())
    assert "Canary" in desk.get(path(group)).text
    desk.post(path(group), data=common(label="Đoàn Canary"))
    assert_clean(everything_stored())


def test_a_list_is_forgotten_seven_days_after_the_arrival(group) -> None:
    filled(group, person(1))
    assert groups.forget_old(group.arrival + timedelta(days=7)) == 0
    assert groups.forget_old(group.arrival + timedelta(days=8)) == 1
    db.session.expire_all()
    assert db.session.scalars(select(GuestDraft)).all() == []


def test_the_worker_forgets_and_says_so(group, clock) -> None:
    assert not groups.tick()
    clock.shift(timedelta(days=9))
    assert groups.tick()
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-1] == "drafts_expired"


def test_a_deleted_list_leaves_the_guests_who_came(desk, group) -> None:
    filled(group, person(1), person(2), rooms=["101", None])
    desk.post(path(group, "check-in"), data=common())
    assert desk.post(path(group, "delete")).status_code == 303
    assert db.session.scalars(select(GuestDraft)).all() == []
    assert len(db.session.scalars(select(Guest)).all()) == 1


def test_a_list_has_an_end(desk, group) -> None:
    text = "\n".join(qr(number) for number in range(201))
    assert desk.post(path(group, "rows"), data={"text": text}).status_code == 422
    assert states(group) == []


def test_no_address_holds_a_guest(app) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.endpoint.startswith(("group", "prefill"))]
    assert rules
    held = {name for rule in rules for name in rule.arguments}
    assert held == {"code", "group_id", "draft_id", "link_id", "token"}
    assert re.fullmatch(r"/prefill/<token>", str(rules[-1])) or rules
