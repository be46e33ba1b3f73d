"""The commands, on a database that really commits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text, update

from app import dates
from app.db import db
from app.statistics import facts
from app.statistics.models import ChangedHouse, Fact, FactNight
from tests.factories import EstablishmentFactory
from tests.statistics.town import Party, rooms, stay

FIRST = date(2026, 9, 29)


@pytest.fixture
def register(committed: Flask) -> Any:
    """A stay over the end of September, seen on 5 October."""
    with time_machine.travel(dates.at(date(2026, 10, 5), 10), tick=False), committed.app_context():
        room = rooms(EstablishmentFactory(code="ONE"), 2)[0]
        stay(room, FIRST, FIRST + timedelta(days=4), Party(), Party("KOR"))
        db.session.commit()
        yield committed


def run(app: Flask, *words: str) -> Any:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["statistics", *words])


def test_rebuild_then_verify(register: Flask) -> None:
    rebuilt = run(register, "rebuild")
    assert rebuilt.exit_code == 0, rebuilt.output
    assert "2026-09" in rebuilt.output
    assert "7 facts stored" in rebuilt.output
    assert not db.session.scalars(select(ChangedHouse)).all()
    verified = run(register, "verify")
    assert (verified.exit_code, verified.output) == (0, "The facts equal the stays.\n")


def test_rebuild_again_changes_nothing(register: Flask) -> None:
    run(register, "rebuild")
    before = db.session.execute(text("SELECT * FROM fact ORDER BY night")).all()
    run(register, "rebuild")
    assert db.session.execute(text("SELECT * FROM fact ORDER BY night")).all() == before


def test_verify_fails_and_names_what_differs(register: Flask) -> None:
    run(register, "rebuild")
    db.session.execute(update(Fact).where(Fact.night == FIRST).values(rooms_occupied=2))
    db.session.commit()
    verified = run(register, "verify")
    assert verified.exit_code == 1
    assert "ONE 2026-09-29 rooms_occupied: stored 2, counted 1" in verified.output


def test_rebuild_mends_what_was_tampered_with(register: Flask) -> None:
    run(register, "rebuild")
    db.session.execute(update(Fact).values(rooms_occupied=9))
    db.session.commit()
    run(register, "rebuild")
    assert run(register, "verify").exit_code == 0


def test_a_turn_of_the_worker_commits_and_says_whether_there_was_work(register: Flask) -> None:
    assert facts.tick()
    while facts.tick():
        pass
    assert db.session.scalar(select(func.count()).select_from(FactNight)) == 7
    assert not facts.tick()
    assert run(register, "verify").exit_code == 0


def test_two_workers_take_turns(register: Flask) -> None:
    with db.engine.connect() as other:
        other.execute(text(f"SELECT pg_advisory_lock({facts.FACTS_LOCK})"))
        assert not facts.tick()
        other.execute(text(f"SELECT pg_advisory_unlock({facts.FACTS_LOCK})"))
    assert facts.tick()


def test_a_change_during_the_work_is_not_lost(register: Flask) -> None:
    """The mark is deleted only at the version that was read before computing."""
    while facts.tick():
        pass
    house = db.session.scalar(select(Fact.establishment_id).limit(1))
    mark = text(
        "INSERT INTO changed_night (establishment_id, night) VALUES (:house, :night)"
        " ON CONFLICT (establishment_id, night) DO UPDATE SET version = changed_night.version + 1"
    )
    db.session.execute(mark, {"house": house, "night": FIRST})
    db.session.commit()
    marks = facts._marked_nights()
    with db.engine.begin() as other:
        other.execute(text("UPDATE guest SET persons = 5"))
        other.execute(mark, {"house": house, "night": FIRST})
    facts._unmark_nights(marks)
    db.session.commit()
    assert [row[1] for row in facts._marked_nights()] == [FIRST]


def test_the_worker_waits_for_nobody_who_is_marking_a_night(register: Flask) -> None:
    while facts.tick():
        pass
    house = db.session.scalar(select(Fact.establishment_id).limit(1))
    with db.engine.begin() as seed:
        seed.execute(
            text("INSERT INTO changed_night (establishment_id, night) VALUES (:house, :night)"),
            {"house": house, "night": FIRST},
        )
    with db.engine.connect() as desk:
        desk.execute(text("UPDATE changed_night SET version = version + 1"))
        assert facts.tick()
        desk.commit()
    assert [row[1:] for row in facts._marked_nights()] == [(FIRST, 2)]
    assert facts.tick()
    assert facts._marked_nights() == []
