"""Guests who agreed to be remembered: offered again, in their house alone, until they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.stays import remembered, resealing
from app.stays.inputs import GuestInput
from app.stays.remembered import RememberedGuest
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate
from tests.stays.conftest import CANARY
from tests.stays.test_canary import SECRETS, everything_stored
from tests.stays.test_pages import form_data, open_form
from tests.stays.test_scanning import values_of

AGREED = {"guests-0-remember": "y", "guests-0-phone": "0909 123 456"}
NUMBER_ONLY = {"guests-0-full_name": "", "guests-0-date_of_birth": "", "guests-0-sex": ""}


@pytest.fixture
def desk(sign_in: Any, house: Any) -> Any:
    return sign_in(UserFactory(front_desk_of=house))


def check_in(desk: Any, house: Any, **changes: str) -> Any:
    answer = desk.post(
        f"/hotel/{house.code}/stays", data=form_data(open_form(desk, house), **changes)
    )
    assert answer.status_code == 303, answer.text
    return answer


def press(desk: Any, house: Any, name: str, **changes: str) -> Any:
    """Press a button of the first row, of which only the number is known."""
    data = form_data(open_form(desk, house), **NUMBER_ONLY, **changes)
    return desk.post(f"/hotel/{house.code}/stays", data={**data, name: "0"})


def kept() -> list[RememberedGuest]:
    return list(db.session.scalars(select(RememberedGuest)))


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_without_consent_nothing_is_remembered(desk, house) -> None:
    check_in(desk, house)
    assert kept() == []
    assert "remembered-0" not in press(desk, house, "look").text


def test_with_consent_the_guest_is_offered_again(desk, house) -> None:
    check_in(desk, house, **AGREED)
    [row] = kept()
    assert row.agreed_at == dates.now()
    assert row.agreed_with.startswith("user:")
    answer = press(desk, house, "look")
    assert "Khách quen của cơ sở: ngày" in answer.text
    assert "Nguyễn Thị Canary" not in answer.text, "offered, not yet shown"
    filled = values_of(press(desk, house, "recall"))
    assert filled["guests-0-full_name"] == "Nguyễn Thị Canary"
    assert filled["guests-0-date_of_birth"] == "31/01/1990"
    assert filled["guests-0-sex"] == "F"
    assert filled["guests-0-phone"] == "0909123456"
    assert actions()[-2:] == ["guest_remembered", "guest_recalled"]


def test_a_typed_value_is_not_overwritten(desk, house) -> None:
    check_in(desk, house, **AGREED)
    filled = values_of(press(desk, house, "recall", **{"guests-0-phone": "0911 111 111"}))
    assert filled["guests-0-phone"] == "0911 111 111"


def test_the_number_may_be_written_with_spaces(desk, house) -> None:
    check_in(desk, house, **AGREED)
    spaced = f"{CANARY[:3]} {CANARY[3:6]} {CANARY[6:]}"
    answer = press(desk, house, "look", **{"guests-0-document_number": spaced})
    assert "remembered-0" in answer.text


def test_nothing_of_the_memory_is_readable(desk, house) -> None:
    check_in(desk, house, **AGREED)
    stored = everything_stored()
    assert not [secret for secret in SECRETS if secret in stored]


def test_another_house_finds_nothing(sign_in, desk, house) -> None:
    check_in(desk, house, **AGREED)
    other = EstablishmentFactory()
    RoomTypeFactory(establishment=other, rooms=3)
    stranger = sign_in(UserFactory(front_desk_of=other))
    for name in ("look", "recall", "forget"):
        answer = press(stranger, other, name)
        assert "remembered-0" not in answer.text
        assert "Canary" not in answer.text
    assert len(kept()) == 1
    assert remembered.known(other, [CANARY]) == {}
    # The same index does not even exist there.
    assert remembered.known(house, [CANARY]) == {CANARY: kept()[0]}


def test_both_houses_may_remember_the_same_guest(sign_in, desk, house) -> None:
    check_in(desk, house, **AGREED)
    other = EstablishmentFactory()
    RoomTypeFactory(establishment=other, rooms=3)
    check_in(sign_in(UserFactory(front_desk_of=other)), other, **AGREED)
    first, second = kept()
    assert first.document_index != second.document_index


def test_a_guest_is_forgotten_on_request(desk, house) -> None:
    check_in(desk, house, **AGREED)
    answer = press(desk, house, "forget")
    assert "Đã quên khách này" in answer.text
    assert kept() == []
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.detail) == ("guest_forgotten", {"reason": "request"})
    assert CANARY not in f"{event.subject}{event.detail}"
    assert "remembered-0" not in press(desk, house, "look").text


def test_a_consent_given_twice_is_one_memory(house, by, clock) -> None:
    remembered.remember(house, _guest(), by=by)
    clock.move_to(dates.now() + timedelta(days=30))
    remembered.remember(house, _guest(phone="0911111111"), by=by)
    [row] = kept()
    assert row.phone == "0911111111"
    assert row.agreed_on.isoformat() == "2027-01-23"


def test_without_a_document_there_is_nothing_to_find_a_guest_by(house, by) -> None:
    assert remembered.remember(house, GuestInput("VNM", full_name="Canary"), by=by) is None
    assert kept() == []


def test_a_visit_prolongs_the_memory_and_a_year_ends_it(house, by, clock) -> None:
    remembered.remember(house, _guest(), by=by)
    db.session.commit()
    began = dates.now()
    clock.move_to(began + remembered.KEPT_FOR)
    assert remembered.known(house, [CANARY]) == {}, "not offered beyond its time"
    clock.move_to(began + remembered.KEPT_FOR - timedelta(days=1))
    remembered.seen(house, [_guest()])
    db.session.commit()
    clock.move_to(began + remembered.KEPT_FOR + timedelta(days=1))
    assert not remembered.forget_old()
    assert len(kept()) == 1
    clock.move_to(began + 2 * remembered.KEPT_FOR)
    remembered.forget_old()
    assert kept() == []
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.actor, event.detail) == ("system", {"reason": "retention"})


def _guest(**changes: Any) -> GuestInput:
    return GuestInput("VNM", full_name="Canary", document_number=CANARY, **changes)


def test_a_bent_row_is_no_row(desk, house) -> None:
    check_in(desk, house, **AGREED)
    data = form_data(open_form(desk, house), **NUMBER_ONLY)
    for bent in ("7", "-1", "x", ""):
        answer = desk.post(f"/hotel/{house.code}/stays", data={**data, "recall": bent})
        assert answer.status_code == 200
        assert "Canary" not in answer.text


def test_the_memory_is_sealed_anew_like_the_rest(desk, house) -> None:
    assert RememberedGuest in {model for model, _ in resealing.SEALED}


def test_the_offer_stands_where_a_script_is_missing(desk, house) -> None:
    """Saving with the number alone is refused, and the offer stands in the form that comes back."""
    check_in(desk, house, **AGREED)
    data = form_data(open_form(desk, house), **NUMBER_ONLY)
    answer = desk.post(f"/hotel/{house.code}/stays", data=data)
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@id='remembered-0']//button[@name='recall']")
