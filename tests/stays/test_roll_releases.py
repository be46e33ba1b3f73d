"""The emergency roll for officials: two people, a limited time, and the house sees it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEvent
from app.audit.queries import first_bad
from app.db import db
from app.stays.models import Stay
from app.stays.roll import releases as roll_releases
from app.stays.roll.release_models import RollRelease
from tests.factories import EstablishmentFactory, UnitFactory, UserFactory
from tests.html import gate
from tests.stays.conftest import GUEST, guest, stay_body
from tests.stays.test_pages import clerk, desk, token_of

__all__ = ["clerk", "desk"]
LIST = "/admin/emergency"
ELSEWHERE = "26526"


@pytest.fixture
def ward() -> Any:
    return UserFactory(ward_official_of="26506", name="Cán Bộ Phường")


@pytest.fixture
def province() -> Any:
    return UserFactory(province_official=True, name="Cán Bộ Tỉnh")


@pytest.fixture
def full(api: Any, house: Any) -> Any:
    """Two people in 102 and one in 101, who needs help."""
    for room, count in (("102", 2), ("101", 1)):
        body = stay_body(room=room, guests=[guest() for _ in range(count)])
        assert api.post("/stays", body).status_code == 201
    db.session.execute(
        update(Stay).where(Stay.room_id.in_(_room_ids(house, "102"))).values(needs_help=True)
    )
    db.session.commit()
    return house


def _room_ids(house: Any, number: str) -> list[int]:
    from app.stays.check_in import find_room

    room = find_room(house, number)
    assert room is not None
    return [room.id]


def ask(browser: Any, **changes: str) -> Any:
    data = {"cause": "fire", "reason": "Cháy tầng ba, cần đếm người", "house": "", "unit": ""}
    data |= {"csrf_token": token_of(browser.get(LIST)), **changes}
    return browser.post(LIST, data=data)


def asked(browser: Any, **changes: str) -> RollRelease:
    assert ask(browser, **changes).status_code == 303
    newest = select(RollRelease).order_by(RollRelease.requested_at.desc()).limit(1)
    return db.session.scalars(newest).one()


def release(browser: Any, wanted: RollRelease) -> Any:
    token = token_of(browser.get(LIST))
    return browser.post(f"{LIST}/{wanted.id}/release", data={"csrf_token": token})


def actions() -> list[str]:
    kinds = (roll_releases.ASKED, roll_releases.RELEASED, roll_releases.OPENED)
    events = select(AuditEvent.action).where(AuditEvent.action.in_(kinds)).order_by(AuditEvent.id)
    return list(db.session.scalars(events))


def test_one_asks_another_releases_and_both_read_counts(
    full, sign_in, ward, province, clerk
) -> None:
    wanted = asked(sign_in(ward), house=full.code)
    assert sign_in(ward).get(f"{LIST}/{wanted.id}").status_code == 409
    assert release(sign_in(province), wanted).status_code == 303
    for official in (ward, province):
        page = sign_in(official).get(f"{LIST}/{wanted.id}")
        gate(page)
        assert "3 người" in page.text.replace("\xa0", " ")
        # Where help is needed stands first.
        assert page.text.index(">102") < page.text.index(">101")
        assert "Canary" not in page.text
        assert GUEST["phone"] not in page.text
    assert actions() == ["roll_asked", "roll_released", "roll_opened", "roll_opened"]
    assert first_bad() is None
    gate(sign_in(province).get(LIST))
    # The house sees all of it on its own pages.
    seen = sign_in(clerk).get(f"/hotel/{full.code}/roll")
    gate(seen)
    for words in ("Cán Bộ Phường", "Cán Bộ Tỉnh", "Cháy tầng ba", "Đã xem 2 lần"):
        assert words in seen.text.replace("\xa0", " ")
    assert "Cán bộ đã xin danh sách" in sign_in(clerk).get(f"/hotel/{full.code}/tonight").text


def test_whoever_asks_can_not_release(full, sign_in, ward) -> None:
    wanted = asked(sign_in(ward), house=full.code)
    refused = release(sign_in(ward), wanted)
    assert refused.status_code == 403
    assert "Người xin không tự mở được" in refused.text
    db.session.expire_all()
    assert wanted.released_at is None
    assert sign_in(ward).get(f"{LIST}/{wanted.id}").status_code == 409


def test_the_database_wants_two_people_as_well(full, sign_in, ward) -> None:
    wanted = asked(sign_in(ward), house=full.code)
    alone = {
        "released_by": wanted.requested_by,
        "released_at": wanted.requested_at,
        "until": wanted.lapses_at,
    }
    with pytest.raises(IntegrityError, match="two_people"), db.session.begin_nested():
        db.session.execute(update(RollRelease).values(**alone))


def test_it_closes_and_a_request_lapses(full, sign_in, ward, province, clock) -> None:
    wanted = asked(sign_in(ward), house=full.code)
    release(sign_in(province), wanted)
    clock.shift(timedelta(minutes=59))
    assert sign_in(ward).get(f"{LIST}/{wanted.id}").status_code == 200
    clock.shift(timedelta(minutes=2))
    closed = sign_in(ward).get(f"{LIST}/{wanted.id}")
    gate(closed)
    assert closed.status_code == 410
    assert "Danh sách đã đóng lúc" in closed.text
    late = asked(sign_in(ward), house=full.code)
    clock.shift(timedelta(minutes=121))
    assert release(sign_in(province), late).status_code == 409
    assert sign_in(ward).get(f"{LIST}/{late.id}").status_code == 410


def test_a_ward_is_released_as_sums_of_its_houses(full, sign_in, ward, province) -> None:
    EstablishmentFactory(name="Khách sạn Vắng")
    other = EstablishmentFactory(unit=UnitFactory(code=ELSEWHERE, name="Phường Tam Thắng"))
    wanted = asked(sign_in(ward), unit="26506")
    release(sign_in(province), wanted)
    page = sign_in(ward).get(f"{LIST}/{wanted.id}")
    gate(page)
    assert "3 người" in page.text.replace("\xa0", " ")
    assert "Khách sạn Vắng" in page.text
    assert other.name not in page.text
    gate(sign_in(ward).get(f"{LIST}/{wanted.id}/{full.code}"))
    assert sign_in(ward).get(f"{LIST}/{wanted.id}/{other.code}").status_code == 404
    assert [len(one.openings) for one in roll_releases.of_house(full)] == [2]
    assert roll_releases.of_house(other) == []


def test_another_ward_is_nobody_else_s(full, sign_in, ward, province) -> None:
    UnitFactory(code=ELSEWHERE, name="Phường Tam Thắng")
    stranger = UserFactory(ward_official_of=ELSEWHERE)
    assert ask(sign_in(stranger), house=full.code).status_code == 422
    assert ask(sign_in(stranger), unit="26506").status_code == 422
    wanted = asked(sign_in(ward), house=full.code)
    assert release(sign_in(stranger), wanted).status_code == 404
    assert sign_in(stranger).get(f"{LIST}/{wanted.id}").status_code == 404
    assert full.name not in sign_in(stranger).get(LIST).text
    # A third official of the same ward may see that it exists, not read it.
    release(sign_in(province), wanted)
    third = UserFactory(ward_official_of="26506")
    assert sign_in(third).get(f"{LIST}/{wanted.id}").status_code == 403


@pytest.mark.parametrize(
    "changes", [{}, {"house": "both", "unit": "26506"}, {"unit": "26506", "reason": "kín"}]
)
def test_a_request_says_which_area_and_why(house, sign_in, ward, changes) -> None:
    answer = ask(sign_in(ward), **changes)
    assert answer.status_code == 422
    gate(answer)


def test_houses_and_administrators_have_no_part_in_it(desk, sign_in) -> None:
    assert desk.get(LIST).status_code == 403
    assert sign_in(UserFactory(admin=True)).get(LIST).status_code == 403
    official = sign_in(UserFactory(province_official=True))
    assert official.get(f"{LIST}/{uuid.uuid4()}").status_code == 404


def test_a_party_is_marked_to_need_help_and_leads_the_roll(full, desk, house) -> None:
    page = desk.get(f"/hotel/{house.code}/roll")
    assert page.text.index(">102") < page.text.index(">101")
    marked = db.session.scalars(select(Stay).where(Stay.needs_help)).one()
    url = f"/hotel/{house.code}/roll/help/{marked.id}"
    sent = desk.post(url, data={"csrf_token": token_of(page), "needed": "0"})
    assert sent.status_code == 303
    page = desk.get(sent.location)
    assert page.text.index(">101") < page.text.index(">102")
    other = EstablishmentFactory()
    foreign = f"/hotel/{other.code}/roll/help/{marked.id}"
    assert desk.post(foreign, data={"csrf_token": token_of(page), "needed": "1"}).status_code == 404
