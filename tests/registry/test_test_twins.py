"""Test twins: everything works in them, and nothing of them is shown or counted anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app import dates
from app.accounts import operations as accounts
from app.accounts.access import principal_of
from app.accounts.models import ApiKey, Membership
from app.availability.models import ChangedNight, TakenNight
from app.availability.operations import confirm
from app.db import db
from app.declarations import portal_client
from app.registry import queries
from app.registry.models import Establishment, Room, RoomAssignment
from app.registry.test_twins import operations as test_twins
from app.search.houses import read_houses
from app.statistics import facts, recount
from app.statistics.models import Fact
from app.statistics.opened.openings import open_figures
from app.stays.day_close.closing import Said, close_day
from app.stays.models import Guest, Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory, UserFactory
from tests.html import gate, token_of
from tests.statistics.town import Party, caught_up, report, rooms_of, stay
from tests.stays.conftest import api_for, stay_body

TODAY = date(2026, 12, 24)
START = TODAY - timedelta(days=30)
BY = Principal(kind="command_line")


@pytest.fixture
def clock(db_session: Any) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dates.at(TODAY, 15), tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(clock: Any) -> Establishment:
    """A house with two types, in which two rooms were taken for a month."""
    house = EstablishmentFactory(code="CANARY", name="Khách sạn Hải Âu", stars=3)
    double = RoomTypeFactory(establishment=house, rooms=3, code="DBL")
    RoomTypeFactory(establishment=house, rooms=1, code="FAM", capacity=4)
    for room in rooms_of(double)[:2]:
        stay(room, START, START + timedelta(days=20), Party(), Party("KOR"))
    report(house, START + timedelta(days=25))
    confirm(house, [double.id])
    return house


@pytest.fixture
def people(house: Establishment) -> dict[str, Any]:
    found = {
        "manager": UserFactory(manager_of=house),
        "desk": UserFactory(front_desk_of=house),
        "province": UserFactory(province_official=True),
        "ward": UserFactory(ward_official_of="26506"),
        "admin": UserFactory(admin=True),
    }
    for name in ("province", "ward", "admin"):
        for house_id in (None, house.id):
            open_figures(house_id, "Đối chiếu báo cáo", by=principal_of(found[name]))
    return found


def twin_of(house: Establishment) -> Establishment:
    twin = test_twins.make_twin(house, by=BY)
    db.session.commit()
    return twin


# --- What it is ----------------------------------------------------------------------------


def test_a_twin_has_the_types_rooms_and_people_of_its_house(
    house: Establishment, people: Any
) -> None:
    twin = twin_of(house)
    assert (twin.code, twin.status, twin.is_test) == ("CANARY-TEST", "test", True)
    assert house.is_test is False
    types = [(t.code, t.capacity, t.list_price) for t in queries.room_types(twin.id)]
    assert types == [(t.code, t.capacity, t.list_price) for t in queries.room_types(house.id)]
    copied = [(row.room.number, row.room_type.code) for row in queries.rooms(twin.id)]
    assert copied == [(row.room.number, row.room_type.code) for row in queries.rooms(house.id)]
    members = select(Membership.role).where(Membership.establishment_id == twin.id)
    assert sorted(db.session.scalars(members)) == ["front_desk", "manager"]
    assert test_twins.make_twin(house, by=BY) is twin
    with pytest.raises(test_twins.NoTwin):
        test_twins.make_twin(twin, by=BY)


def test_a_long_code_is_cut_and_a_taken_one_numbered(clock: Any) -> None:
    long = EstablishmentFactory(code="X" * 32)
    assert twin_of(long).code == "X" * 27 + "-TEST"
    EstablishmentFactory(code="A-TEST")
    assert twin_of(EstablishmentFactory(code="A")).code == "A-TEST2"


def test_a_program_works_in_the_twin_as_in_any_house(house: Establishment, client: Any) -> None:
    twin = twin_of(house)
    api = api_for(client, twin, role="manager")
    codes = [item["code"] for item in api.get("/room-types").json["items"]]
    assert codes == ["DBL", "FAM"]
    body = stay_body(room=None, room_type="FAM")
    assert api.post("/stays/validate", body).json["id"] is None
    assert api.post("/stays", body).status_code == 201
    assert api.post(f"/days/{TODAY}/close", {}).json["rooms_sold"] == 1
    # A key of the twin opens the twin alone.
    assert api.get(f"/room-types?establishment={house.code}").status_code == 404


def test_every_page_of_the_twin_says_that_it_is_one(
    house: Establishment, people: Any, sign_in: Any
) -> None:
    twin = twin_of(house)
    desk = sign_in(people["desk"])
    for path in ("tonight", "stays", "days", "calendar", "declarations", "settings"):
        main = gate(desk.get(f"/hotel/{twin.code}/{path}")).find(".//main").text_content()
        assert "Dữ liệu ở đây không tính vào đâu cả" in main, path
        own = gate(desk.get(f"/hotel/{house.code}/{path}")).find(".//main").text_content()
        assert "không tính vào đâu cả" not in own, path
    assert twin.name in desk.get("/hotel").get_data(as_text=True)


# --- The canary ----------------------------------------------------------------------------


PERIOD = "from=2026-11-01&to=2026-12-31"
PUBLIC = (
    "/search?q=hai+au",
    "/search?check_in=2026-12-24&check_out=2026-12-25",
    "/establishments/CANARY",
    "/api/v1/establishments?per_page=100",
    "/api/v1/establishments/CANARY",
    "/api/v1/establishments/CANARY/calendar?from=2026-12-24&to=2026-12-27",
    "/api/v1/vacancies?check_in=2026-12-24",
    "/api/v1/vacancies?q=hai+au",
    "/api/v1/vacancies/calendar?from=2026-12-24&to=2026-12-27",
)
OFFICIAL = (
    "/admin/establishments/CANARY",
    "/admin/establishments?q=hai+au",
    f"/statistics/occupancy?{PERIOD}&by=establishment",
    f"/statistics/occupancy?{PERIOD}&by=day&format=csv",
    f"/statistics/guests?{PERIOD}&by=kind&format=csv",
    f"/statistics/origins?{PERIOD}&format=csv",
    "/statistics/vacancy?format=csv",
    f"/statistics/formula/occupancy_net?{PERIOD}",
)
KEYED = (
    f"/api/v1/statistics/occupancy?{PERIOD}&by=establishment",
    f"/api/v1/statistics/occupancy?{PERIOD}&by=month",
    f"/api/v1/statistics/origins?{PERIOD}&by=country",
    "/api/v1/statistics/vacancy",
)
# One's own work; what names everybody's rights and acts; what does not speak of houses.
SKIPPED = (
    "/account",
    "/admin/audit",
    "/admin/people",
    "/api/docs",
    "/api/v1/errors",
    "/api/v1/openapi.json",
    "/api/v1/reservations",
    "/api/v1/room-types",
    "/api/v1/stays",
    "/claim",
    "/healthz",
    "/hotel",
    "/metrics",
    "/privacy",
    "/readyz",
    "/sign-in",
    "/static",
)


def every_get(app: Flask, access: str) -> list[str]:
    """Return the addresses of all views open to it that take no arguments, now and in future."""
    found = {
        str(rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and access in getattr(app.view_functions[rule.endpoint], "access", ())
    }
    return sorted(path for path in found if not path.startswith(SKIPPED))


VOLATILE = re.compile(
    r'(csrf[_-]token"[^>]*(?:value|content)="[^"]*"|(?:value|content)="[^"]{60,}"|nonce="[^"]*"|\b\d\d:\d\d\b)'
)


def bodies(client: Any, paths: Any, headers: Any = None) -> dict[str, tuple[int, str]]:
    found = {}
    for path in dict.fromkeys(paths):
        answer = client.get(path, headers=headers)
        found[path] = (answer.status_code, VOLATILE.sub("", answer.get_data(as_text=True)))
    return found


class Readers:
    """Everybody but the staff of the house, each with what they may open."""

    def __init__(self, app: Flask, people: Any, sign_in: Any) -> None:
        self.app, self.people, self.sign_in = app, people, sign_in
        _, key = accounts.create_api_key(role="province_official", purpose="Tổng hợp")
        self.headers = {"Authorization": f"Bearer {key}"}

    def everything(self) -> dict[str, dict[str, tuple[int, str]]]:
        official = every_get(self.app, "province_official")
        admin = [path for path in every_get(self.app, "admin") if path not in official]
        keyed = [path for path in official if path.startswith("/api")]
        return {
            "public": self.read("public", (*PUBLIC, *every_get(self.app, "public"))),
            "key": self.read("key", (*KEYED, *keyed)),
            "ward": self.read("ward", OFFICIAL),
            "province": self.read("province", (*OFFICIAL, *(set(official) - set(keyed)))),
            "admin": self.read("admin", admin),
        }

    def read(self, reader: str, paths: Any) -> dict[str, tuple[int, str]]:
        if reader in self.people:
            return bodies(self.sign_in(self.people[reader]), paths)
        return bodies(self.app.test_client(), paths, self.headers if reader == "key" else None)


def fill(twin: Establishment) -> None:
    """Give the twin a hundred rooms, guests of all nights, acts and closes, and its settings."""
    big = RoomTypeFactory(establishment=twin, code="BIG", list_price=100_000)
    added = [Room(establishment_id=twin.id, number=str(number)) for number in range(200, 300)]
    db.session.add_all(
        RoomAssignment(establishment_id=twin.id, room=room, room_type=big, valid=Range(None, None))
        for room in added
    )
    db.session.flush()
    confirm(twin, [big.id])
    rooms = rooms_of(big)
    for room in rooms[:5]:
        stay(room, START, START + timedelta(days=9), Party("RUS", persons=3))
    stay(rooms[5], TODAY - timedelta(days=1), TODAY + timedelta(days=2), Party(), status="in_house")
    # Long before anything else is known.
    stay(big, date(2024, 1, 1), date(2024, 1, 5), Party(persons=9), origin="history")
    report(twin, START + timedelta(days=26))
    close_day(twin, START + timedelta(days=28), Said(3, 1), source="button", by=BY)
    db.session.flush()


def settled() -> None:
    db.session.commit()
    caught_up()
    db.session.commit()


@pytest.mark.slow
def test_a_twin_full_of_guests_changes_no_page_number_or_file(
    app: Flask, house: Establishment, people: Any, sign_in: Any
) -> None:
    readers = Readers(app, people, sign_in)
    settled()
    before = readers.everything()
    assert before["public"]["/establishments/CANARY"][0] == 200
    assert "Hải Âu" in before["province"]["/admin/establishments"][1]
    assert '"rooms_occupied":40' in before["key"][KEYED[1]][1].replace(" ", "")
    answered = [status for status, _ in before["province"].values()]
    assert answered.count(200) > len(answered) * 2 // 3
    twin = twin_of(house)
    fill(twin)
    settled()
    after = readers.everything()
    for reader, pages in before.items():
        differing = [path for path, body in pages.items() if after[reader][path] != body]
        assert differing == [], reader
    assert list(recount.differences()) == []
    assert db.session.scalars(select(Fact).where(Fact.establishment_id == twin.id)).all() == []
    marked = select(ChangedNight).where(ChangedNight.establishment_id == twin.id)
    assert db.session.scalars(marked).all() == []
    assert read_houses([twin.id], TODAY) == []
    # The control: were it a house like others, all of this would be told apart.
    twin.twin_of_id, twin.status = None, "approved"
    settled()
    for reader, path in (
        ("public", "/api/v1/establishments?per_page=100"),
        ("public", "/api/v1/vacancies?check_in=2026-12-24"),
        ("province", "/admin/establishments"),
        ("province", "/admin/establishments/map"),
        ("province", OFFICIAL[2]),
        ("ward", OFFICIAL[3]),
        ("key", KEYED[1]),
        ("key", KEYED[3]),
    ):
        assert readers.read(reader, [path])[path] != before[reader][path], path


def test_nobody_else_finds_the_twin_by_its_code(
    house: Establishment, people: Any, sign_in: Any, client: Any
) -> None:
    twin = twin_of(house)
    code = twin.code
    for path in (
        f"/establishments/{code}",
        f"/api/v1/establishments/{code}",
        f"/api/v1/establishments/{code}/calendar?from=2026-12-24&to=2026-12-25",
    ):
        assert client.get(path).status_code == 404, path
    province = sign_in(people["province"])
    assert province.get(f"/admin/establishments/{code}").status_code == 404
    asked = f"/statistics/occupancy?{PERIOD}&establishment={code}"
    assert province.get(asked).status_code == 404
    assert province.get(asked.replace(code, house.code)).status_code == 200
    assert province.get(f"/hotel/{code}/tonight").status_code in (403, 404)


def test_nothing_of_the_twin_is_sent_to_the_portal(house: Establishment, app: Flask) -> None:
    twin = twin_of(house)
    config = app.extensions["config"]
    for one in (house, twin):
        set_up = _with(config, one.code)
        assert (portal_client.portal_of(one, set_up) is None) == one.is_test


def _with(config: Any, code: str) -> Any:
    from dataclasses import replace

    return replace(
        config, portal_url="http://portal.test", portal_token="x", portal_establishment=code
    )


def test_a_file_and_a_receipt_of_the_twin_are_no_proof(
    house: Establishment, people: Any, client: Any
) -> None:
    made = {}
    for one in (twin_of(house), house):
        api = api_for(client, one, role="manager")
        body = stay_body(room=None, room_type="FAM")
        assert api.post("/stays", body).status_code == 201
        file = api.post("/declarations/files", {"format": "domestic_xlsx"})
        filing = file.headers["Declaration-Filing"]
        sent = api.post("/declarations/mark-sent", {"filing": filing})
        assert sent.status_code == 200, sent.json
        made[one.is_test] = (file.headers["Content-Disposition"], sent.json["receipt"])
    assert "THU_KHONG_GUI_" in made[True][0]
    assert "THU_KHONG_GUI_" not in made[False][0]
    for test, status in ((True, 404), (False, 200)):
        assert client.get(f"/receipts/{made[test][1]}").status_code == status
        assert client.get(f"/api/v1/receipts/{made[test][1]}").status_code == status


# --- Emptying and removing -----------------------------------------------------------------


def test_emptied_it_has_its_rooms_and_nothing_else(house: Establishment, client: Any) -> None:
    twin = twin_of(house)
    fill(twin)
    api = api_for(client, twin)
    key = {"Idempotency-Key": "again"}
    first = api.post("/stays", stay_body(room="104"), **key)
    assert first.status_code == 201
    kept = db.session.scalars(select(Stay.id).where(Stay.establishment_id == house.id)).all()
    test_twins.reset_twin(twin, by=BY)
    db.session.commit()
    assert test_twins.twin_rows(twin) == {}
    assert len(queries.rooms(twin.id)) == 104
    assert db.session.scalars(select(Stay.id)).all() == kept
    assert db.session.scalars(select(Guest.establishment_id).distinct()).all() == [house.id]
    taken = select(TakenNight.establishment_id).distinct()
    assert db.session.scalars(taken).all() == [house.id]
    # The key still works, and what it sent before may be sent again.
    again = api.post("/stays", stay_body(room="104"), **key)
    assert again.status_code == 201
    assert again.json["id"] != first.json["id"]


def test_only_a_twin_is_ever_emptied(house: Establishment) -> None:
    with pytest.raises(ValueError, match="only a test twin"):
        test_twins.reset_twin(house, by=BY)
    assert db.session.scalars(select(Stay)).all() != []


def test_removed_it_opens_to_nobody_and_may_be_made_again(
    house: Establishment, people: Any, client: Any, sign_in: Any
) -> None:
    twin = twin_of(house)
    fill(twin)
    api = api_for(client, twin)
    test_twins.remove_twin(twin, by=BY)
    db.session.commit()
    assert test_twins.twin_of(house) is None
    assert api.get("/room-types").status_code == 401
    assert db.session.scalars(select(ApiKey.revoked_at)).all() != [None]
    assert sign_in(people["manager"]).get(f"/hotel/{twin.code}/tonight").status_code == 404
    of_twin = RoomAssignment.establishment_id == twin.id
    assert db.session.scalars(select(RoomAssignment).where(of_twin)).all() == []
    assert twin_of(house).id == twin.id
    assert len(queries.rooms(twin.id)) == 4


def test_the_manager_makes_empties_and_removes_it_on_a_page(
    house: Establishment, people: Any, sign_in: Any
) -> None:
    address = f"/hotel/{house.code}/settings/test-twin"
    assert sign_in(people["desk"]).get(address).status_code == 403
    assert sign_in(people["province"]).post(address).status_code in (400, 403)
    for role in ("manager", "admin"):
        client = sign_in(people[role])
        gate(client.get(address))
        sent = {"csrf_token": token_of(client)}
        assert client.post(f"{address}/reset", data=sent).status_code == 404
        assert client.post(address, data=sent).status_code == 303
        assert "CANARY-TEST" in gate(client.get(address)).text_content()
        assert client.post(f"{address}/reset", data=sent).status_code == 303
        assert client.post(f"{address}/remove", data=sent).status_code == 303
        assert test_twins.twin_of(house) is None


def test_who_leaves_the_house_leaves_its_twin(house: Establishment, people: Any) -> None:
    from app.registry.people.operations import take_role

    twin = twin_of(house)
    of_desk = select(Membership).where(Membership.user_id == people["desk"].id)
    mine = of_desk.where(Membership.establishment_id == house.id)
    take_role(db.session.scalars(mine).one(), by=BY)
    db.session.flush()
    assert db.session.scalars(of_desk).all() == []
    others = select(Membership.role).where(Membership.establishment_id == twin.id)
    assert db.session.scalars(others).all() == ["manager"]


def test_the_commands_do_the_same(app: Flask, house: Establishment) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["test-twin", "create", "CANARY"]).output == "CANARY-TEST\n"
    assert run(args=["test-twin", "create", "CANARY-TEST"]).exit_code == 1
    assert run(args=["test-twin", "reset", "CANARY-TEST"]).exit_code == 0
    assert run(args=["test-twin", "remove", "CANARY"]).exit_code == 0
    assert run(args=["test-twin", "reset", "CANARY"]).exit_code == 1
    assert run(args=["test-twin", "create", "NOBODY"]).exit_code == 1


def test_the_first_night_of_a_twin_is_not_that_of_the_statistics(house: Establishment) -> None:
    fill(twin_of(house))
    assert facts.first_night() == START
