"""Two requests of one key that look before either has stored: the second gives way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app import dates
from app.availability.models import TakenNight
from app.db import db
from app.stays import api as stays_api
from app.stays.models import Stay
from app.web import idempotency
from app.web.idempotency import IdempotentRequest
from app.web.security import principal
from tests.stays.conftest import stay_body


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another request of the key be stored after this one has looked for one."""
    check_in = stays_api.check_in

    def later(*given: Any, **named: Any) -> Any:
        first = IdempotentRequest(
            owner=principal().actor,
            key="same",
            body_mac=idempotency._body_mac(),
            status=201,
            answer='{"id": "the first"}',
            content_type="application/json",
            created_at=dates.now(),
        )
        db.session.add(first)
        db.session.commit()
        return check_in(*given, **named)

    monkeypatch.setattr(stays_api, "check_in", later)


def counted() -> list[int]:
    return [
        db.session.scalar(select(func.count()).select_from(kind)) for kind in (Stay, TakenNight)
    ]


def test_the_second_gives_way_and_answers_as_the_first(api, overtaken) -> None:
    answer = api.post("/stays", stay_body(), **{"Idempotency-Key": "same"})
    assert answer.status_code == 201
    assert answer.json == {"id": "the first"}
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert counted() == [0, 0]


def test_without_that_guard_it_would_be_stored_twice(api, overtaken, monkeypatch) -> None:
    monkeypatch.setattr(idempotency, "_remember", lambda *_given, **_named: None)
    assert api.post("/stays", stay_body(), **{"Idempotency-Key": "same"}).status_code == 201
    assert counted() == [1, 2]


def test_a_refusal_takes_back_what_was_done_and_is_kept(api, house) -> None:
    assert api.post("/stays", stay_body()).status_code == 201
    body = stay_body()
    refused = [api.post("/stays", body, **{"Idempotency-Key": "again"}) for _ in range(2)]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert "Idempotency-Replayed" in refused[1].headers
    assert counted() == [1, 2]
