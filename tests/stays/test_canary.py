"""A guest's name and number are followed through every path: they stay where they are sealed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.audit.models import AuditEvent
from app.availability.models import ReportedDay
from app.db import Base, db
from app.identity import Keyring, SealBroken
from app.stays import check_in as checking_in
from app.stays import resealing
from app.stays.models import Guest, Stay
from tests.factories import UserFactory
from tests.stays.conftest import CANARY, GUEST, guest, stay_body

SECRETS = (CANARY, "Canary", "0909123456", "1990-01-31", "1 Thùy Vân")


def assert_clean(*texts: str) -> None:
    for secret in SECRETS:
        for written in texts:
            assert secret not in written


def everything_stored() -> str:
    """Return every row of every table as the database would print it."""
    rows = []
    for table in Base.metadata.sorted_tables:
        statement = text(f'SELECT row_to_json(t)::text FROM "{table.name}" t')
        rows += db.session.scalars(statement).all()
    return "\n".join(rows)


@pytest.fixture
def canary(api: Any, house: Any) -> Any:
    response = api.post("/stays", stay_body(guests=[GUEST], note="Canary thích tầng cao"))
    assert response.status_code == 201, response.json
    assert_clean(response.text)
    return db.session.get_one(Stay, response.json["id"])


def test_nothing_readable_is_stored(api, canary) -> None:
    api.post(f"/stays/{canary.id}/cancel", {"reason": "Canary đổi ý"})
    assert_clean(everything_stored())
    assert canary.guests[0].document_number == CANARY
    assert canary.note == "Canary thích tầng cao"


def test_every_answer_but_a_reveal_is_silent(api, house, canary) -> None:
    twin = {**GUEST, "document": {"type": "citizen_id", "number": CANARY}}
    guests = api.get(f"/stays/{canary.id}").json["guests"]
    answers = [
        api.post("/stays", stay_body(room="102", guests=[twin])),
        api.post("/stays", stay_body(room="102", guests=[{**GUEST, "sex": CANARY}])),
        api.post("/stays", stay_body(room=CANARY)),
        api.post("/stays", stay_body(arrived_at=CANARY, reservation=CANARY, source=CANARY)),
        api.post("/stays", {"guests": CANARY}),
        api.post("/stays/validate", stay_body(guests=[{**GUEST, "nationality": CANARY}])),
        api.post(f"/stays/{canary.id}/extend", {"planned_departure": CANARY}),
        api.post(f"/stays/{canary.id}/move", {"room": CANARY}),
        api.post(f"/stays/{canary.id}/reveal", {"reason": f"xem {CANARY}"}),
        api.patch(f"/stays/{canary.id}", {"guests": [{"id": guests[0]["id"], "sex": CANARY}]}, 1),
        api.patch(f"/stays/{canary.id}", {"guests": [{"id": guests[0]["id"]}]}, 1),
    ]
    assert_clean(*(answer.text for answer in answers))
    assert {answer.status_code for answer in answers} <= {200, 422}


def test_a_failing_insert_logs_no_guest(api, house, monkeypatch, caplog) -> None:
    def spoil(stay: Any, given: Any, position: int) -> Guest:
        return original(stay, dataclasses.replace(given, sex="?"), position)

    original = checking_in.new_guest
    monkeypatch.setattr(checking_in, "new_guest", spoil)
    with capture_logs() as logs:
        response = api.post("/stays", stay_body(guests=[GUEST]))
    assert response.status_code == 500
    assert logs[0]["event"] == "unexpected"
    assert_clean(response.text, str(logs), caplog.text)


def test_the_audit_names_stays_and_never_guests(api, canary) -> None:
    api.post(f"/stays/{canary.id}/reveal", {"reason": "công an phường hỏi"})
    api.post(f"/stays/{canary.id}/cancel", {"reason": "Canary đổi ý"})
    events = db.session.scalars(select(AuditEvent)).all()
    assert {event.action for event in events} >= {"identity_revealed", "stay_cancelled"}
    assert_clean(*(f"{event.subject} {event.detail}" for event in events))


def test_no_address_of_a_page_holds_a_guest(app, canary) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.endpoint.startswith(("stay", "api_stays"))]
    converted = {name for rule in rules for name in rule.arguments}
    assert converted <= {"code", "stay_id", "guest_id"}


def test_a_value_swapped_between_rows_does_not_open(api, house) -> None:
    api.post("/stays", stay_body(guests=[guest(), guest()]))
    first, second = db.session.scalars(select(Guest).order_by(Guest.position)).all()
    first.document_number_sealed = second.document_number_sealed
    db.session.flush()
    with pytest.raises(SealBroken):
        _ = first.document_number
    second.phone_sealed = second.full_name_sealed
    with pytest.raises(SealBroken):
        _ = second.phone


def test_the_desk_works_on_where_a_value_does_not_open(api, sign_in, house, canary) -> None:
    canary.guests[0].full_name_sealed = canary.guests[0].phone_sealed
    db.session.commit()
    desk = sign_in(UserFactory(front_desk_of=house))
    with capture_logs() as logs:
        assert desk.get(f"/hotel/{house.code}/tonight").status_code == 200
        assert desk.get(f"/hotel/{house.code}/stays/{canary.id}").status_code == 200
    assert {entry["guest"] for entry in logs} == {str(canary.guests[0].id)}


def test_a_new_key_takes_over_row_by_row(app, api, canary, monkeypatch) -> None:
    old = app.extensions["keyring"]
    keys = {"new": bytes(range(7, 39)), "test": bytes(range(32))}
    monkeypatch.setitem(app.extensions, "keyring", Keyring(keys, old._blind_index_key))
    assert resealing.count_left() == 2
    while resealing.reseal(limit=1):
        pass
    db.session.expire_all()
    assert resealing.count_left() == 0
    assert canary.guests[0].document_number == CANARY
    monkeypatch.setitem(
        app.extensions, "keyring", Keyring({"new": keys["new"]}, old._blind_index_key)
    )
    assert canary.note == "Canary thích tầng cao"


def test_a_house_that_acts_has_reported_its_day(api, canary) -> None:
    assert len(db.session.scalars(select(ReportedDay)).all()) == 1


def test_pages_are_masked_until_asked(sign_in, house, canary) -> None:
    desk = sign_in(UserFactory(front_desk_of=house))
    for path in ("tonight", "stays", f"stays/{canary.id}"):
        page = desk.get(f"/hotel/{house.code}/{path}")
        assert page.status_code == 200
        masked = page.text.replace("N. T. Canary", "").replace("Canary thích tầng cao", "")
        assert_clean(masked)
        assert page.headers["Cache-Control"] == "no-store"
