"""The API of declarations: the list, marking as sent, receipts; and whom each is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import dates
from app.audit.models import AuditEvent
from app.db import db
from app.declarations.models import Filing
from tests.declarations.conftest import foreigner
from tests.factories import EstablishmentFactory
from tests.stays.conftest import CANARY, api_for, guest


def items(api: Any, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/declarations{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def test_the_list_says_until_when_and_why_and_names_nobody(api: Any, arrive: Any) -> None:
    arrive(guests=[guest(), foreigner()])
    answer = api.get("/declarations?state=unsent")
    domestic = next(i for i in answer.json["items"] if i["kind"] == "domestic")
    assert domestic["state"] == "ready"
    assert domestic["due_at"] == "2026-12-24T23:00:00+07:00"
    assert domestic["rule"] == "D1"
    assert "118/2025" in domestic["legal_basis"]
    assert not domestic["late"]
    assert "Canary" not in answer.text
    assert CANARY[-6:] not in answer.text


def test_the_list_goes_on_where_it_stopped(api: Any, arrive: Any) -> None:
    for room in ("101", "102", "103"):
        arrive(room=room)
    first = api.get("/declarations?per_page=2").json
    rest = api.get(f"/declarations?per_page=2&cursor={first['next']}").json
    assert [len(first["items"]), len(rest["items"])] == [2, 1]
    assert rest["next"] is None
    assert len({i["guest"] for i in first["items"] + rest["items"]}) == 3


@pytest.mark.parametrize(
    "query", ["?state=nothing", "?per_page=0", "?cursor=x", "?cursor=WzEsMl0="]
)
def test_a_wrong_question_is_named(api: Any, house: Any, query: str) -> None:
    assert api.get(f"/declarations{query}").status_code == 422


def test_sent_is_amber_until_the_portal_has_it(api: Any, arrive: Any) -> None:
    arrive()
    answer = api.post("/declarations/mark-sent", {"format": "domestic_xlsx"})
    assert answer.status_code == 200, answer.json
    assert [one["state"] for one in answer.json["guests"]] == ["sent"]
    assert [one["late"] for one in answer.json["guests"]] == [False]
    assert [i["state"] for i in items(api)] == ["sent"]
    assert items(api, "?state=unsent") == []
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "declared")).one()
    assert event.detail["guests"] == 1


def test_a_file_is_marked_as_sent_once(api: Any, arrive: Any) -> None:
    arrive()
    made = api.post("/declarations/files", {"format": "domestic_xlsx"})
    body = {"filing": made.headers["Declaration-Filing"]}
    first = api.post("/declarations/mark-sent", body).json
    second = api.post("/declarations/mark-sent", body).json
    assert first["receipt"] == second["receipt"]
    assert len(db.session.scalars(select(Filing)).all()) == 1


def test_the_same_request_twice_makes_one_filing(api: Any, arrive: Any) -> None:
    arrive()
    same = {"Idempotency-Key": "once"}
    answers = [api.post("/declarations/mark-sent", {}, **same) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert len(db.session.scalars(select(Filing)).all()) == 1


def test_nothing_left_to_mark(api: Any, house: Any) -> None:
    answer = api.post("/declarations/mark-sent", {})
    assert (answer.status_code, answer.json["code"]) == (422, "nothing_to_declare")


def test_a_guest_the_portal_takes_no_more(api: Any, arrive: Any, clock: Any) -> None:
    (late,) = arrive()
    clock.move_to(dates.at(dates.local(dates.now()).date() + timedelta(days=2), 0))
    (item,) = items(api)
    assert item["state"] == "too_late"
    assert item["late"]
    assert "Công an" in item["next_step"] or "công an" in item["next_step"]
    body = {"guests": [str(late.id)]}
    refused = api.post("/declarations/mark-sent", body)
    assert refused.json["errors"][0]["code"] == "too_late"
    assert api.post("/declarations/mark-sent", body | {"format": "police"}).status_code == 200
    assert items(api)[0]["state"] == "sent"


def test_other_houses_are_none_of_ours(api: Any, arrive: Any, client: Any) -> None:
    (ours,) = arrive()
    made = api.post("/declarations/files", {"format": "domestic_xlsx"})
    stranger = api_for(client, EstablishmentFactory())
    assert items(stranger) == []
    answer = stranger.post("/declarations/mark-sent", {"guests": [str(ours.id)]})
    assert answer.json["errors"][0]["code"] == "not_found"
    filing = made.headers["Declaration-Filing"]
    assert stranger.post("/declarations/mark-sent", {"filing": filing}).status_code == 422


@pytest.mark.parametrize("path", ["/declarations/files", "/declarations/mark-sent"])
@pytest.mark.parametrize(
    "body", [{"format": "pdf"}, {"guests": "all"}, {"guests": ["x"]}, [], None]
)
def test_wrong_bodies_are_named(api: Any, house: Any, path: str, body: Any) -> None:
    body = {"format": "domestic_xlsx"} | body if isinstance(body, dict) else body
    assert api.post(path, body if body is not None else 1).status_code == 422


def test_a_correction_keeps_the_first_time_of_sending(api: Any, arrive: Any, clock: Any) -> None:
    (sent,) = arrive()
    api.post("/declarations/mark-sent", {})
    first = items(api)[0]["sent_at"]
    clock.shift(timedelta(hours=12))
    change = {"guests": [{"id": str(sent.id), "date_of_birth": "1991-01-31"}]}
    assert api.patch(f"/stays/{sent.stay_id}", change, "1").status_code == 200
    (item,) = items(api)
    assert (item["state"], item["sent_at"], item["late"]) == ("corrected", first, False)
    api.post("/declarations/mark-sent", {})
    (item,) = items(api)
    assert (item["state"], item["sent_at"], item["late"]) == ("sent", first, False)


def test_another_room_is_no_correction(api: Any, arrive: Any) -> None:
    (sent,) = arrive()
    api.post("/declarations/mark-sent", {})
    assert api.post(f"/stays/{sent.stay_id}/move", {"room": "102"}).status_code == 200
    assert items(api)[0]["state"] == "sent"


# --- Receipts ------------------------------------------------------------------------------


def test_anybody_can_verify_a_receipt(api: Any, arrive: Any, client: Any, house: Any) -> None:
    arrive(guests=[guest(), foreigner()])
    code = api.post("/declarations/mark-sent", {}).json["receipt"]
    answer = client.get(f"/api/v1/receipts/{code}")
    assert answer.status_code == 200
    assert answer.json["guests"] == 2
    assert answer.json["noted_at"] == "2026-12-24T15:00:00+07:00"
    assert answer.json["establishment"]["code"] == house.code
    assert answer.json["replaces_notification"] is False
    assert "does not replace" in answer.json["notice"]
    for personal in ("Canary", "ERIKSSON", "L8988901", "SWE", "101"):
        assert personal not in answer.text
    typed = code.replace("-", "").lower()
    assert client.get(f"/api/v1/receipts/{typed}").status_code == 200


def test_a_code_that_was_never_given(client: Any, db_session: Any) -> None:
    answer = client.get("/api/v1/receipts/AAAA-BBBB-CCCC")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
