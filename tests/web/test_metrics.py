"""What Prometheus reads, who may read it, and what readiness says about the worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from app import dates
from app.db import db
from app.web import jobs, mail
from app.web.metrics import note_search
from tests.factories import EstablishmentFactory, UnitFactory
from tests.statistics.town import rooms

TOKEN = "jw8-Lq0_5tZx93mVbRk2"


@pytest.fixture
def with_token(app: Flask) -> Iterator[None]:
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, metrics_token=TOKEN)
    yield
    app.extensions["config"] = config


def read(client: Any, **headers: str) -> dict[tuple[str, ...], float]:
    """Return each sample's value by its name and its labels' values."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_this_machine_reads_them(client: Any, db_session: Any) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    assert read(client)["register_database_up",] == 1


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7", ""])
def test_another_machine_finds_nothing(client: Any, db_session: Any, address: str) -> None:
    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 404


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-Ip"])
def test_nobody_behind_a_proxy_counts_as_this_machine(client: Any, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_in_production_only_a_token_opens(client: Any, app: Flask) -> None:
    config = app.extensions["config"]
    app.extensions["config"] = replace(config, env="production")
    try:
        assert client.get("/metrics").status_code == 404
    finally:
        app.extensions["config"] = config


@pytest.mark.usefixtures("with_token", "db_session")
def test_the_token_opens_from_anywhere_and_nothing_else_does(client: Any) -> None:
    away = {"REMOTE_ADDR": "203.0.113.7"}
    for given in ("", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer ệ", TOKEN):
        # The server hands on a header's bytes as Latin-1.
        headers = {"Authorization": given.encode().decode("latin-1")}
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 404, given
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.get("/metrics", headers=headers, environ_overrides=away)
    assert answer.status_code == 200


def test_requests_are_counted_by_rule_and_never_by_path(client: Any, db_session: Any) -> None:
    name = "register_http_request_duration_seconds_count"
    before = read(client)
    client.get("/establishments/SECRET-HOUSE")
    client.get("/nowhere/Nguyen-Van-An")
    client.open("/healthz", method="INVENTED")
    after = read(client)
    rule = (name, "GET", "/establishments/<code>", "404")
    assert after[rule] == before.get(rule, 0) + 1
    lost = (name, "GET", "other", "404")
    assert after[lost] == before.get(lost, 0) + 1
    assert (name, "other", "other", "405") in after
    said = " ".join(part for key in after for part in key)
    assert "SECRET" not in said
    assert "Nguyen" not in said
    assert "INVENTED" not in said


def test_searches_are_counted_by_who_answered(client: Any, db_session: Any) -> None:
    key = ("register_searches_total", "database")
    before = read(client).get(key, 0)
    note_search("database")
    assert read(client)[key] == before + 1


def test_a_search_is_counted(client: Any, db_session: Any) -> None:
    total = "register_searches_total"
    before = sum(value for key, value in read(client).items() if key[0] == total)
    client.get("/api/v1/vacancies")
    after = sum(value for key, value in read(client).items() if key[0] == total)
    assert after > before


def test_jobs_and_queues_say_how_they_are(client: Any, db_session: Any) -> None:
    jobs.note_success("mail", 2)
    jobs.note_failure("bulletin", 600, "OSError")
    mail.queue("an@example.org", "Chào", "…")
    db.session.commit()
    EstablishmentFactory()
    found = read(client)
    assert found["register_job_success_age_seconds", "mail"] < 60
    assert ("register_job_success_age_seconds", "bulletin") not in found
    assert found["register_job_failures", "bulletin"] == 1
    assert found["register_worker_silent_seconds",] < 60
    assert found["register_mail_waiting",] == 1
    assert found["register_search_behind",] == 1


def test_a_ward_of_two_houses_shows_in_the_town_only(client: Any, db_session: Any) -> None:
    for code, houses in (("26506", 2), ("26526", 3), ("26536", 4)):
        unit = UnitFactory(code=code)
        for _ in range(houses):
            rooms(EstablishmentFactory(unit=unit), 1)
    rooms(EstablishmentFactory(status="applied"), 50)
    db.session.flush()
    found = read(client)
    assert found["register_town_rooms",] == 9
    assert found["register_ward_rooms", "26536"] == 4
    # The town less the wards shown is not the two houses' figure either.
    assert ("register_ward_rooms", "26526") not in found
    assert ("register_ward_rooms", "26506") not in found


def test_with_the_database_away_the_processes_still_answer(
    client: Any, app: Flask, db_session: Any
) -> None:
    def fails() -> Any:
        raise OperationalError("SELECT", {}, Exception("away"))

    sources = app.extensions["metric_sources"]
    app.extensions["metric_sources"] = (fails,)
    try:
        found = read(client)
    finally:
        app.extensions["metric_sources"] = sources
    assert found["register_database_up",] == 0
    assert any(key[0].startswith("register_http") for key in found)


# --- Readiness --------------------------------------------------------------------------------


def test_ready_without_a_worker_and_says_so(client: Any, db_session: Any) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["worker"]) == (200, "not seen yet")


@pytest.mark.parametrize(("seconds", "said"), [(119, "working"), (125, "silent")])
def test_a_silent_worker_is_said(client: Any, db_session: Any, seconds: int, said: str) -> None:
    moment = dates.at(dates.today(), 12)
    with time_machine.travel(moment, tick=False) as clock:
        jobs.note_success("mail", 2)
        clock.shift(timedelta(seconds=seconds))
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert answer.json["worker"] == said
    assert answer.json.get("worker_silent_seconds") == (125 if said == "silent" else None)
