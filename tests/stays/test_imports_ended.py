"""Imports that end before their end: killed, cancelled, looked at and never stored."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.availability.models import TakenNight
from app.config import ROOT
from app.db import db
from app.stays.imports import jobs as imports
from app.stays.imports.models import GuestImport, GuestImportRow
from app.stays.models import Guest, Stay
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.stays.test_imports import FAULTY, GOOD, load, sheet

__all__ = ["load"]

# A worker that stands still in the middle of its second transaction.
WORKER = """
import sys
from app import create_app
from app.config import Config
from app.stays.imports import jobs as imports

imports.CHUNK = 1
copy, calls = imports._copy_results, []

def stand_still(*given):
    calls.append(1)
    if len(calls) == 2:
        print("half", flush=True)
        sys.stdin.read()
    copy(*given)

imports._copy_results = stand_still
with create_app(Config.for_tests(sys.argv[1], database_url=sys.argv[2])).app_context():
    imports.tick()
"""


def counted() -> list[int]:
    kinds = (Stay, Guest, TakenNight, GuestImportRow)
    return [db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds]


def test_a_worker_killed_at_once_leaves_no_half_and_another_goes_on(
    committed: Flask, tmp_path: Path
) -> None:
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=3, code="DBL")
        # Of a year ago, as the worker's clock is the true one.
        past = [row.replace("/2026", "/2025") for row in (*GOOD, FAULTY)]
        made = imports.start(house, sheet(*past), dry_run=False, by=Principal("user", 1)).id
        db.session.commit()
    url = committed.config["SQLALCHEMY_DATABASE_URI"]
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "half\n"
        worker.kill()
        worker.wait(10)
    with committed.app_context():
        # Room 101 with its party and the faulty row were stored; of the second party nothing.
        assert counted() == [1, 2, 2, 3]
        deadline = time.monotonic() + 20
        while not imports.tick():
            # The server has yet to notice that the worker is gone.
            assert time.monotonic() < deadline
        done = db.session.get_one(GuestImport, made)
        assert (done.state, done.rows_done) == ("done", 4)
        assert counted() == [2, 3, 4, 4]


def test_what_was_stored_before_it_was_cancelled_stays(
    house: Any, by: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 1)
    copy = imports._copy_results

    def cancelled_meanwhile(*given: Any) -> None:
        copy(*given)
        db.session.execute(update(GuestImport).values(cancel_asked=True))

    monkeypatch.setattr(imports, "_copy_results", cancelled_meanwhile)
    made = imports.start(house, sheet(*GOOD, FAULTY), dry_run=False, by=by)
    db.session.commit()
    assert imports.work(made.id)
    assert (made.state, made.rows_done, made.content_sealed) == ("cancelled", 3, None)
    assert counted() == [1, 2, 2, 3]
    assert not imports.work(made.id)


def test_a_file_that_is_never_stored_is_given_up_after_a_day(load: Any, clock: Any) -> None:
    done = load(sheet(*GOOD, FAULTY), dry_run=True)
    clock.shift(timedelta(hours=23))
    imports.forget_old()
    db.session.refresh(done)
    assert done.content_sealed is not None
    clock.shift(timedelta(hours=2))
    imports.forget_old()
    db.session.refresh(done)
    assert done.content_sealed is None
    assert not imports.store_for_good(done)
    clock.shift(imports.ROWS_KEPT)
    imports.forget_old()
    db.session.expire_all()
    assert [row.content_sealed for row in imports.rows_of(done.id)] == [None] * 4
    clock.shift(imports.RESULTS_KEPT)
    imports.forget_old()
    assert counted() == [0, 0, 0, 0]
