"""The settings of a house: who may see and change them, and what the forms refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import db
from app.registry.models import Closure, Establishment
from tests.factories import ClosureFactory, EstablishmentFactory, UserFactory
from tests.html import gate

PAGES = (
    "settings",
    "settings/profile",
    "settings/room-types",
    "settings/rooms",
    "settings/closures",
)
WRITES = (
    "settings/profile",
    "settings/room-types",
    "settings/rooms",
    "settings/closures",
)


@pytest.mark.parametrize("page", PAGES)
def test_the_manager_sees_every_page(owner: FlaskClient, house: Any, page: str) -> None:
    gate(owner.get(f"/hotel/{house.code}/{page}"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("trait", ["applied", "suspended", "rejected"])
def test_also_while_the_house_is_not_in_force(
    sign_in: Any, db_session: Any, page: str, trait: str
) -> None:
    house = EstablishmentFactory(**{trait: True}, unit=None, phone=None, lat=None, lon=None)
    client = sign_in(UserFactory(manager_of=house))
    gate(client.get(f"/hotel/{house.code}/{page}"))


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_no_house(sign_in: Any, house: Any, page: str) -> None:
    client = sign_in(UserFactory(manager_of=EstablishmentFactory()))
    assert client.get(f"/hotel/{house.code}/{page}").status_code == 404
    assert client.get(f"/hotel/NOWHERE/{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_sent_to_the_door(client: FlaskClient, house: Any, page: str) -> None:
    answer = client.get(f"/hotel/{house.code}/{page}")
    assert (answer.status_code, answer.location[:8]) == (303, "/sign-in")


def test_the_front_desk_reads_the_overview_alone(sign_in: Any, house: Any) -> None:
    client = sign_in(UserFactory(front_desk_of=house))
    gate(client.get(f"/hotel/{house.code}/settings"))
    for page in PAGES[1:]:
        assert client.get(f"/hotel/{house.code}/{page}").status_code == 403


@pytest.mark.parametrize("page", WRITES)
def test_a_stranger_writes_nothing(sign_in: Any, house: Any, post: Any, page: str) -> None:
    other = EstablishmentFactory()
    client = sign_in(UserFactory(manager_of=other))
    on = f"/hotel/{other.code}/settings/profile"
    assert post(client, f"/hotel/{house.code}/{page}", on=on).status_code == 404


def test_my_houses(owner: FlaskClient, house: Any) -> None:
    document = gate(owner.get("/hotel"))
    assert document.xpath(f"//a[contains(@href, '{house.code}')]")


def test_no_houses_of_mine(sign_in: Any, db_session: Any) -> None:
    assert "Chưa có cơ sở nào" in sign_in(UserFactory()).get("/hotel").text


def test_a_rejected_house_reads_why(sign_in: Any, db_session: Any) -> None:
    house = EstablishmentFactory(rejected=True)
    client = sign_in(UserFactory(manager_of=house))
    assert house.status_reason in client.get(f"/hotel/{house.code}/settings").text


# --- Profile -------------------------------------------------------------------------------

PROFILE = {
    "version": "1",
    "name": "Sóng Mới",
    "address": "7 Trần Phú",
    "location": "10.351, 107.0691",
    "phone": "0254 3000 111",
    "amenities": ["pool", "wifi"],
    "description": "Nhìn ra biển.",
    "opened_on": "2015-04-30",
}


def test_the_profile_is_saved(owner: FlaskClient, house: Any, post: Any) -> None:
    answer = post(owner, f"/hotel/{house.code}/settings/profile", **PROFILE)
    assert (answer.status_code, answer.location) == (303, f"/hotel/{house.code}/settings")
    db.session.expire_all()
    saved = db.session.get_one(Establishment, house.id)
    assert (saved.name, saved.lat, saved.lon) == ("Sóng Mới", 10.351, 107.0691)
    assert (saved.amenities, saved.opened_on) == (["pool", "wifi"], date(2015, 4, 30))
    assert (saved.email, saved.record_version) == (None, 2)


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", "", "\x00"])
def test_a_bent_version_changes_nothing(
    owner: FlaskClient, house: Any, post: Any, version: str
) -> None:
    fields = {**PROFILE, "version": version}
    assert post(owner, f"/hotel/{house.code}/settings/profile", **fields).status_code == 409
    db.session.expire_all()
    assert db.session.get_one(Establishment, house.id).record_version == 1


def test_saving_what_was_shown_changes_nothing(owner: FlaskClient, house: Any, post: Any) -> None:
    path = f"/hotel/{house.code}/settings/profile"
    document = gate(owner.get(path))
    form = document.xpath("//form[contains(@action, '/profile')]")[0]
    fields = dict(form.form_values())
    fields.pop("csrf_token")
    post(owner, path, **fields)
    db.session.expire_all()
    assert db.session.get_one(Establishment, house.id).record_version == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("location", "Vũng Tàu"),
        ("location", "107.0691, 10.351"),
        ("phone", "số nhà"),
        ("email", "a@b"),
        ("website", "javascript:alert(1)"),
        ("opened_on", "2026-02-30"),
        ("opened_on", "0001-01-01"),
        ("description", "x" * 2001),
        ("amenities", "sauna"),
    ],
)
def test_a_bad_value_is_said_at_its_field(
    owner: FlaskClient, house: Any, post: Any, field: str, value: str
) -> None:
    answer = post(owner, f"/hotel/{house.code}/settings/profile", **{**PROFILE, field: value})
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[contains(@class, 'field-error')]")
    db.session.expire_all()
    assert db.session.get_one(Establishment, house.id).name == house.name != "Sóng Mới"


def test_a_profile_changed_meanwhile_is_not_overwritten(
    owner: FlaskClient, house: Any, post: Any
) -> None:
    path = f"/hotel/{house.code}/settings/profile"
    assert post(owner, path, **PROFILE).status_code == 303
    answer = post(owner, path, **{**PROFILE, "name": "Sóng Cũ"})
    assert answer.status_code == 409
    gate(answer)
    db.session.expire_all()
    assert db.session.get_one(Establishment, house.id).name == "Sóng Mới"


# --- Closures ------------------------------------------------------------------------------


def test_closures_are_added_and_removed(owner: FlaskClient, house: Any, post: Any) -> None:
    path = f"/hotel/{house.code}/settings/closures"
    assert "Chưa lần nào" in owner.get(path).text
    assert post(owner, path, start="2026-09-01", end="2026-09-15").status_code == 303
    closure = db.session.scalars(select(Closure)).one()
    assert (closure.valid.lower, closure.valid.upper) == (date(2026, 9, 1), date(2026, 9, 15))
    gate(owner.get(path))
    assert post(owner, f"{path}/{closure.id}/remove", on=path).status_code == 303
    assert db.session.scalars(select(Closure)).all() == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026-09-02", "2026-09-01"),
        ("", ""),
        ("x", "2026-09-01"),
        ("2026-01-01", "2099-01-01"),
    ],
)
def test_a_closure_that_is_none_is_refused(
    owner: FlaskClient, house: Any, post: Any, start: str, end: str
) -> None:
    answer = post(owner, f"/hotel/{house.code}/settings/closures", start=start, end=end)
    assert answer.status_code == 422
    gate(answer)


def test_closures_do_not_overlap(owner: FlaskClient, house: Any, post: Any) -> None:
    ClosureFactory(establishment=house)
    path = f"/hotel/{house.code}/settings/closures"
    answer = post(owner, path, start="2026-09-10", end="2026-09-20")
    assert answer.status_code == 409
    assert gate(answer).xpath("//*[@id='start' and @aria-invalid='true']")


def test_the_closure_of_another_house_is_not_found(
    owner: FlaskClient, house: Any, post: Any
) -> None:
    closure = ClosureFactory(establishment=EstablishmentFactory())
    path = f"/hotel/{house.code}/settings/closures"
    assert post(owner, f"{path}/{closure.id}/remove", on=path).status_code == 404


def test_the_next_step_is_a_button_right_below_the_steps(
    sign_in: Any, db_session: Any, post: Any
) -> None:
    house = EstablishmentFactory(applied=True, rooms=0)
    client = sign_in(UserFactory(manager_of=house))
    base = f"/hotel/{house.code}"

    def next_step() -> tuple[str, str]:
        page = gate(client.get(f"{base}/settings"))
        (button,) = page.xpath("//main//a[contains(@class, 'button-primary')]")
        assert client.get(button.get("href")).status_code == 200
        return button.text_content().strip(), button.get("href")

    types = f"{base}/settings/room-types"
    assert next_step() == ("Khai loại phòng", types)
    post(client, types, name="Phòng đôi", capacity="2")
    assert next_step() == ("Ghi số phòng", f"{base}/settings/rooms")
    type_id = str(house.room_types[0].id)
    post(client, f"{base}/settings/rooms", numbers="101-103", room_type=type_id)
    assert next_step() == ("Báo phòng trống", f"{base}/calendar")
