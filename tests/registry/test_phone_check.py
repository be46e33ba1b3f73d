"""Proving a house's telephone number by a code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app import dates
from app.db import db
from app.registry.phone_check import codes as phone_check
from app.search.house import trust_in
from app.web.security import Principal
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate, token_of

OFFICIAL = Principal(kind="user")
SECRET = "a secret of the test"


@pytest.fixture
def house(db_session: Any) -> Any:
    return EstablishmentFactory(phone="0254 385 1234")


def enter(house: Any, typed: str) -> bool:
    return phone_check.enter(house, typed, secret=SECRET, by=OFFICIAL)


def test_the_right_code_proves_the_number_as_it_is(house: Any) -> None:
    code = phone_check.code_of(phone_check.issue(house, by=OFFICIAL), SECRET)
    assert phone_check.verified_at(house) is None
    assert enter(house, f"{code[:3]} {code[3:]}")
    assert phone_check.verified_at(house) is not None
    # It counts once.
    assert not enter(house, code)
    # A new number is not proved, and the old one is again when it returns.
    house.phone = "0900 000 000"
    db.session.flush()
    assert phone_check.verified_at(house) is None
    assert trust_in(house).phone_verified_at is None
    house.phone = "0254 385 1234"
    db.session.flush()
    assert phone_check.verified_at(house) is not None


def test_a_few_wrong_codes_end_it(house: Any) -> None:
    code = phone_check.code_of(phone_check.issue(house, by=OFFICIAL), SECRET)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(phone_check.MOST_TRIES - 1):
        assert not enter(house, wrong)
    # Negative control: one try is left.
    savepoint = db.session.begin_nested()
    assert enter(house, code)
    savepoint.rollback()
    db.session.expire_all()
    assert not enter(house, wrong)
    assert not enter(house, code)


def test_a_code_ends_with_its_time_a_newer_one_and_another_number(house: Any) -> None:
    check = phone_check.issue(house, by=OFFICIAL)
    old = phone_check.code_of(check, SECRET)
    with time_machine.travel(dates.now() + phone_check.VALID + timedelta(seconds=1)):
        assert not enter(house, old)
    newer = phone_check.code_of(phone_check.issue(house, by=OFFICIAL), SECRET)
    assert old == newer or not enter(house, old)
    house.phone = "0900 000 000"
    db.session.flush()
    assert not enter(house, newer)
    house.phone = None
    with pytest.raises(phone_check.NoPhone):
        phone_check.issue(house, by=OFFICIAL)


def test_the_official_reads_it_out_and_the_manager_enters_it(
    house: Any, sign_in: Any, client: Any
) -> None:
    admin = sign_in(UserFactory(province_official=True))
    path = f"/admin/establishments/{house.code}/phone-code"
    gate(admin.get(path))
    answer = admin.post(path, data={"csrf_token": token_of(admin)}, follow_redirects=True)
    (digits,) = gate(answer).xpath("//dd/strong/text()")
    manager = sign_in(UserFactory(manager_of=house))
    path = f"/hotel/{house.code}/settings/phone"
    shown = gate(manager.get(path))
    assert digits not in shown.text_content()
    wrong = {"csrf_token": token_of(manager), "code": "12"}
    assert 'id="code-error"' in manager.post(path, data=wrong).text
    right = {"csrf_token": token_of(manager), "code": digits}
    assert manager.post(path, data=right).status_code == 303
    public = gate(client.get(f"/establishments/{house.code}")).text_content()
    assert "0254 385 1234 đã xác minh ngày" in public


def test_the_desk_and_strangers_are_refused(house: Any, sign_in: Any) -> None:
    desk = sign_in(UserFactory(front_desk_of=house))
    assert desk.get(f"/hotel/{house.code}/settings/phone").status_code == 403
    assert desk.get(f"/admin/establishments/{house.code}/phone-code").status_code == 403
    ward = sign_in(UserFactory(ward_official_of="99999"))
    assert ward.get(f"/admin/establishments/{house.code}/phone-code").status_code == 404
