"""The fixtures themselves: what rolls back, what commits, what is thrown away."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import db


@pytest.fixture
def notes(db_session: Any) -> Any:
    db_session.execute(text("CREATE TABLE note (word text)"))
    db_session.commit()
    return db_session


def rows() -> int:
    return int(db.session.scalar(text("SELECT count(*) FROM note")) or 0)


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(notes: Any, turn: int) -> None:
    db.session.execute(text("INSERT INTO note VALUES ('x')"))
    db.session.commit()
    db.session.rollback()
    assert rows() == 1


@pytest.mark.parametrize("turn", [1, 2])
def test_committed_is_a_database_of_its_own(committed: Flask, turn: int) -> None:
    with committed.app_context():
        db.session.execute(text("CREATE TABLE note (word text)"))
        db.session.commit()
    with committed.app_context():
        assert rows() == 0


def test_folding_knows_vietnamese_letters(db_session: Any) -> None:
    assert db_session.scalar(text("SELECT lower('ĐƯỜNG HẢI')")) == "đường hải"


def test_the_engine_answers(meilisearch: Any) -> None:
    from meilisearch import Client

    client = Client(meilisearch.url, meilisearch.key, timeout=5)
    task = client.create_index("x", {"primaryKey": "id"})
    assert client.wait_for_task(task.task_uid).status == "succeeded"


@pytest.mark.browser
def test_the_browser_opens_the_live_server(page: Any, live_server: str) -> None:
    answer = page.goto(f"{live_server}/healthz")
    assert answer.status == 200


@pytest.mark.browser
def test_what_is_not_true_yet_is_waited_for_also_under_the_policy(
    page: Any, live_server: str
) -> None:
    page.goto(f"{live_server}/sign-in")
    page.evaluate("() => { setTimeout(() => { window.late = true; }, 200); }")
    page.wait_for_function("window.late")
