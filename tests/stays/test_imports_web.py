"""Imports over the API and on the page: who may, what is told, and mending a row in place."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import db
from app.stays.imports import jobs as imports
from app.stays.imports.models import GuestImport
from app.stays.models import Guest
from tests.factories import EstablishmentFactory, UserFactory
from tests.html import gate
from tests.stays.conftest import api_for
from tests.stays.test_imports import FAULTY, GOOD, sheet
from tests.stays.test_pages import token_of


def send(api: Any, content: bytes, key: str = "", **fields: str) -> Any:
    headers = api.headers(**({"Idempotency-Key": key} if key else {}))
    data = {"file": (io.BytesIO(content), "khach.csv"), **fields}
    return api.client.post("/api/v1/imports", data=data, headers=headers)


def work(import_id: str) -> None:
    db.session.expire_all()
    found = db.session.scalars(select(GuestImport)).all()
    for made in found:
        imports.work(made.id)
    assert import_id in {str(made.id) for made in found}


def test_a_list_is_taken_read_and_told_row_by_row(api) -> None:
    answer = send(api, sheet(*GOOD, FAULTY))
    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    work(answer.json["id"])
    told = api.get(f"/imports/{answer.json['id']}?per_page=2").json
    assert (told["state"], told["counts"]["stored"], told["counts"]["faulty"]) == ("done", 3, 1)
    assert [(row["row"], row["state"]) for row in told["items"]] == [(2, "stored"), (3, "stored")]
    rest = api.get(f"/imports/{answer.json['id']}?cursor={told['next']}").json
    assert [row["row"] for row in rest["items"]] == [4, 5]
    [error] = rest["items"][-1]["errors"]
    assert (error["pointer"], error["code"]) == ("/date_of_birth", "not_a_date")
    assert "Phạm" not in str(told) + str(rest)


def test_the_same_request_is_one_import_though_its_boundary_is_new(api) -> None:
    first = send(api, sheet(*GOOD), key="once")
    again = send(api, sheet(*GOOD), key="once")
    assert first.json["id"] == again.json["id"]
    assert send(api, sheet(GOOD[0]), key="once").status_code == 422


def test_a_dry_run_is_stored_when_asked(api) -> None:
    made = send(api, sheet(*GOOD), dry_run="true").json
    work(made["id"])
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 0
    assert api.get(f"/imports/{made['id']}").json["counts"]["would_store"] == 3
    assert api.post(f"/imports/{made['id']}/store").status_code == 202
    work(made["id"])
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 3
    assert api.post(f"/imports/{made['id']}/store").status_code == 409


def test_a_row_is_mended(api) -> None:
    made = send(api, sheet(FAULTY)).json
    work(made["id"])
    wrong = api.post(f"/imports/{made['id']}/rows/2", {"fields": {"date_of_birth": "x"}})
    assert (wrong.status_code, wrong.json["state"]) == (200, "faulty")
    body = {"fields": {"date_of_birth": "28/02/1990"}}
    mended = api.post(f"/imports/{made['id']}/rows/2", body)
    assert (mended.json["state"], mended.json["errors"]) == ("stored", [])
    assert api.post(f"/imports/{made['id']}/rows/2", body).status_code == 409


def test_a_cancelled_one_is_never_read(api) -> None:
    made = send(api, sheet(*GOOD)).json
    assert api.post(f"/imports/{made['id']}/cancel").json["state"] == "cancelled"
    work(made["id"])
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 0
    assert db.session.get(GuestImport, made["id"]).content_sealed is None


@pytest.mark.parametrize(
    ("content", "fields", "pointer"),
    [(b"", {}, "/file"), (b"x", {"dry_run": "ja"}, "/dry_run")],
)
def test_what_is_not_understood_is_refused(api, content, fields, pointer) -> None:
    answer = send(api, content, **fields)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_another_house_sees_no_import(api, client) -> None:
    made = send(api, sheet(*GOOD)).json
    other = api_for(client, EstablishmentFactory())
    assert other.get(f"/imports/{made['id']}").status_code == 404
    assert other.post(f"/imports/{made['id']}/cancel").status_code == 404


# --- The page --------------------------------------------------------------------------------


@pytest.fixture
def desk(sign_in, house) -> Any:
    user = UserFactory(front_desk_of=house)
    db.session.commit()
    return sign_in(user)


def token(desk: Any, house: Any) -> dict[str, str]:
    return {"csrf_token": token_of(desk.get(f"/hotel/{house.code}/imports"))}


def upload(desk: Any, house: Any, content: bytes, **fields: str) -> Any:
    data = {"sheet": (io.BytesIO(content), "khach.csv"), **fields, **token(desk, house)}
    return desk.post(f"/hotel/{house.code}/imports", data=data)


def test_the_page_tries_a_list_then_stores_it_and_mends_a_row(desk, house) -> None:
    base = f"/hotel/{house.code}/imports"
    gate(desk.get(base))
    sent = upload(desk, house, sheet(*GOOD, FAULTY))
    assert sent.status_code == 303
    here = sent.headers["Location"]
    waiting = gate(desk.get(here))
    assert waiting.xpath("//*[@id='import-progress']/@hx-get") == [here]
    work(here.rpartition("/")[2])
    tried = gate(desk.get(here))
    assert not tried.xpath("//*[@id='import-progress']/@hx-get")
    assert desk.post(f"{here}/store", data=token(desk, house)).status_code == 303
    work(here.rpartition("/")[2])
    done = gate(desk.get(here))
    assert done.xpath("//input[@name='full_name']/@value") == ["Phạm Dũng"]
    headers = {"HX-Request": "true", "HX-Target": "li#row-5"}
    said = {"date_of_birth": "31/2/1990", **token(desk, house)}
    wrong = desk.post(f"{here}/rows/5", data=said, headers=headers)
    assert (wrong.status_code, b"<h1" in wrong.data) == (422, False)
    mended = desk.post(f"{here}/rows/5", data=said | {"date_of_birth": "28/2/1990"})
    assert mended.status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 4
    gate(desk.get(f"{here}?state=all"))
    gate(desk.get(base))


def test_the_fragment_is_what_a_reload_shows(desk, house) -> None:
    here = upload(desk, house, sheet(*GOOD), store="1").headers["Location"]
    work(here.rpartition("/")[2])
    headers = {"HX-Request": "true", "HX-Target": "div#import-progress"}
    part = desk.get(here, headers=headers)
    assert part.data.strip().startswith(b'<div id="import-progress"')
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 3


def test_no_file_is_said_at_its_field(desk, house) -> None:
    answer = upload(desk, house, b"")
    assert answer.status_code == 422
    assert gate(answer).xpath("//*[@id='sheet-error']")


def test_the_template_can_be_filled_in_and_read(desk, house) -> None:
    sent = desk.get(f"/hotel/{house.code}/imports/template.xlsx")
    assert sent.status_code == 200
    here = upload(desk, house, sent.data).headers["Location"]
    work(here.rpartition("/")[2])
    found = db.session.scalars(select(GuestImport)).one()
    assert (found.state, found.rows_total) == ("done", 0)
    assert {"full_name", "document_number", "arrived_at", "permitted_until"} <= set(found.columns)


def test_another_house_has_no_page_of_it(desk, house) -> None:
    here = upload(desk, house, sheet(*GOOD)).headers["Location"]
    elsewhere = here.replace(house.code, EstablishmentFactory().code)
    db.session.commit()
    assert desk.get(elsewhere).status_code == 404
