"""A town in a database that commits, and the same town in a real engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.availability.models import RoomTypeNight
from app.db import db
from app.registry.models import Establishment
from app.registry.versions import mark_changed
from app.search import readings
from app.search.index import Engine
from app.search.live import engine, live_uid
from app.search.rebuild import rebuild
from tests.search import town as towns
from tests.search.town import TownHouse


@dataclass
class Town:
    """An application whose database holds the houses, and the engine that holds them too."""

    app: Flask
    houses: list[TownHouse]
    engine: Engine

    @property
    def uid(self) -> str:
        uid = live_uid(anew=True)
        assert uid is not None
        return uid

    def house_with_type(self) -> TownHouse:
        """Return an approved house with a vacancy that is fresh."""
        return next(
            house
            for house in self.houses
            if house.approved and any(t.confirmed_at for t in house.types)
        )


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search is read anew however long its first reading took on a busy machine."""
    monkeypatch.setattr(readings, "LONGEST_MS", float("inf"))


@pytest.fixture
def town(meilisearch: Any, committed: Flask) -> Iterator[Town]:
    houses = towns.invent(7, 12)
    with committed.app_context():
        towns.build(houses)
        found = engine()
        assert found is not None
        rebuild(found)
        yield Town(committed, houses, found)


def set_vacant(house: TownHouse, night: date, count: int) -> None:
    """Change a night of the house's first type, as an operation does; commits."""
    db.session.execute(
        update(RoomTypeNight)
        .where(RoomTypeNight.room_type_id == house.types[0].id, RoomTypeNight.night == night)
        .values(feed_count=count, known=True)
    )
    mark_changed(house.id)
    db.session.commit()


def versions(house: TownHouse) -> tuple[int, int]:
    """Return the house's search version and what the index has of it."""
    db.session.rollback()
    row = db.session.get_one(Establishment, house.id, populate_existing=True)
    return row.search_version, row.sent_version
