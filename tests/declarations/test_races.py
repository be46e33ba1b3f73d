"""Ten people mark the same guests as sent at once; and what happens with the guard off."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import dates
from app.db import db
from app.declarations import operations, queries
from app.declarations.models import Filing
from app.registry.models import Establishment
from app.stays.check_in import check_in
from app.stays.checks import read_stay
from app.stays.queries import UnitsWhenAsked
from app.web.security import Principal
from tests.factories import EstablishmentFactory, RoomTypeFactory
from tests.stays.conftest import stay_body
from tests.stays.test_races import at_once

BY = Principal("user", 1)


@pytest.fixture
def house_id(committed: Flask) -> int:
    """A house with one guest who is to be declared."""
    with committed.app_context():
        house = EstablishmentFactory()
        RoomTypeFactory(establishment=house, rooms=1, code="DBL")
        given, _found = read_stay(stay_body(), now=dates.now(), units=UnitsWhenAsked())
        assert given is not None
        check_in(house, given, by=BY)
        db.session.commit()
        return house.id


def marking(house_id: int) -> Any:
    def mark() -> Any:
        house = db.session.get_one(Establishment, house_id)
        return operations.mark_sent(house, by=BY).guests

    return mark


def filings(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Filing)) or 0


def test_ten_at_once_make_one_filing(committed: Flask, house_id: int) -> None:
    results = at_once(committed, [marking(house_id)] * 10)
    assert sorted(map(str, results)) == ["1", *["NothingToDeclare"] * 9]
    assert filings(committed) == 1


def test_without_taking_turns_there_would_be_more(
    committed: Flask, house_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_read = threading.Barrier(2)
    found = queries.sendable

    def sendable(*args: Any) -> Any:
        guests = found(*args)
        both_read.wait(20)
        return guests

    monkeypatch.setattr(operations, "_take_turns", lambda _house: None)
    monkeypatch.setattr(queries, "sendable", sendable)
    at_once(committed, [marking(house_id)] * 2)
    assert filings(committed) == 2


def test_one_file_marked_twice_at_once_has_one_receipt(committed: Flask, house_id: int) -> None:
    with committed.app_context():
        house = db.session.get_one(Establishment, house_id)
        filing_id = operations.make_file(house, "domestic_xlsx", by=BY).filing.id
        db.session.commit()

    def mark() -> Any:
        filing = db.session.get_one(Filing, filing_id)
        return operations.mark_filing_sent(filing, by=BY).receipt_code

    assert len(set(at_once(committed, [mark] * 4))) == 1
