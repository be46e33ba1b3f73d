"""Forty guests pasted at once, taken in by ten presses at once: each exactly once."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import dates
from app.availability.models import TakenNight
from app.db import db
from app.registry.models import Establishment
from app.stays.groups import checking_in as group_checking_in
from app.stays.groups import operations as groups
from app.stays.groups.checking_in import check_in_group
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.intake import read
from app.stays.groups.review import review
from app.stays.models import Guest, Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory

BY = Principal("user", 1)
PEOPLE, FAULTY = 40, {4, 11, 18, 25, 32}


def sheet() -> str:
    """Forty rows as Excel gives them, two to a room, five of them faulty each in its own way."""
    rows = ["STT\tHọ và tên\tNgày sinh\tGiới tính\tSố CCCD\tPhòng"]
    for n in range(1, PEOPLE + 1):
        born, number, room = f"{n % 28 + 1:02d}/03/1990", f"077190{n:06d}", 100 + (n + 1) // 2
        name, sex = f"Nguyễn Thị {'AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY'[n % 28]}nh", "Nữ"
        if n == 4:
            born = ""
        elif n == 11:
            number = "12ab"
        elif n == 18:
            born = "31/02/1990"
        elif n == 25:
            number = ""
        elif n == 32:
            room = 999
        rows.append(f"{n}\t{name}\t{born}\t{sex}\t{number}\t{room}")
    return "\n".join(rows)


@pytest.fixture
def group_id(committed: Flask) -> uuid.UUID:
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=20, code="DBL")
        group = groups.open_group(house, by=BY, now=dates.now())
        groups.add_rows(group, read(sheet(), dates.today()))
        db.session.commit()
        return group.id


def test_the_states_of_a_pasted_sheet(committed, group_id) -> None:
    with committed.app_context():
        found = review(db.session.get_one(GuestGroup, group_id), dates.now())
        assert len(found.rows) == PEOPLE
        faulty = {row.number for row in found.rows if row.state in ("missing", "wrong")}
        assert faulty == FAULTY
        assert found.counts["ready"] == PEOPLE - len(FAULTY)


def press(
    app: Flask, group_id: uuid.UUID, times: int, *, key: uuid.UUID | None = None
) -> list[Any]:
    """Press the one button so many times at once; each answers how many guests went in."""
    barrier, results = threading.Barrier(times), list[Any]([None] * times)

    def run(index: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                group = db.session.get_one(GuestGroup, group_id)
                house = db.session.get_one(Establishment, group.establishment_id)
                outcome = check_in_group(
                    house, group, by=BY, now=dates.now(), key=key or uuid.uuid4()
                )
                db.session.commit()
                results[index] = outcome.guests
            except Exception as error:
                db.session.rollback()
                results[index] = type(error).__name__
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("key", [uuid.UUID(int=7), None])
def test_ten_presses_at_once_are_one_check_in(committed, group_id, key) -> None:
    results = press(committed, group_id, 10, key=key)
    # One takes all of them; the others find nothing to do, or gave up waiting for their turn.
    assert Counter(results)[PEOPLE - len(FAULTY)] == 1
    assert set(results) <= {PEOPLE - len(FAULTY), 0, "OperationalError"}
    with committed.app_context():
        count = select(func.count())
        assert db.session.scalar(count.select_from(Stay)) == 20
        assert db.session.scalar(count.select_from(Guest)) == PEOPLE - len(FAULTY)
        assert db.session.scalar(count.select_from(TakenNight)) == 20
        rows = review(db.session.scalars(select(GuestGroup)).one(), dates.now()).rows
        assert {row.number for row in rows if row.is_open} == FAULTY
        drafts = db.session.scalars(select(GuestDraft)).all()
        assert len({draft.guest_id for draft in drafts if draft.guest_id}) == 35


def test_without_the_change_of_state_the_rows_would_stay_open(
    committed, group_id, monkeypatch
) -> None:
    """The negative control: what makes a second press find nothing is the state of each row."""
    monkeypatch.setattr(group_checking_in, "_done", lambda *_: None)
    assert press(committed, group_id, 1) == [35]
    with committed.app_context():
        rows = review(db.session.scalars(select(GuestGroup)).one(), dates.now()).rows
        assert all(row.is_open for row in rows)
