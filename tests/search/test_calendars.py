"""A list of houses and their calendars, through the import and ``PUT …/nights``: exact answers."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import dates
from app.accounts.operations import create_api_key
from app.db import db
from app.registry.models import Establishment, RoomType
from app.search import vacancies
from app.search.live import engine
from app.search.rebuild import rebuild
from app.search.sync import tick

HOUSES, NIGHTS, SEARCHES = 80, 40, 60
COLUMNS = ("code", "name", "kind", "lat", "lon", "rooms", "capacity", "price")
KINDS = ("apartment", "homestay")


@dataclass
class Listing:
    """One home: closed on some nights, for some guests, somewhere."""

    code: str
    kind: str
    lat: float
    lon: float
    capacity: int
    closed: set[date]


def invent(dice: random.Random, today: date) -> list[Listing]:
    """Return listings whose closed nights come in blocks, as bookings do."""
    listings = []
    for number in range(HOUSES):
        closed: set[date] = set()
        for _ in range(dice.randrange(6)):
            start = today + timedelta(days=dice.randrange(NIGHTS))
            closed.update(start + timedelta(days=n) for n in range(dice.choice((1, 2, 3, 7, 14))))
        listings.append(
            Listing(
                code=f"L{number:04d}",
                kind=dice.choice(KINDS),
                lat=round(10.30 + dice.random() * 0.1, 5),
                lon=round(107.05 + dice.random() * 0.1, 5),
                capacity=dice.choice((1, 2, 2, 3, 4, 6)),
                closed=closed,
            )
        )
    return listings


def load(app: Flask, listings: list[Listing], file: Path, today: date) -> None:
    """Import the list and say every night of every listing."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(
            (one.code, f"Nhà {one.code}", one.kind, one.lat, one.lon, 1, one.capacity, 500_000)
            for one in listings
        )
    done = app.test_cli_runner().invoke(args=["import", "establishments", str(file)])
    assert done.exit_code == 0, done.output
    ids = db.session.scalars(select(Establishment.id)).all()
    _, key = create_api_key(role="manager", establishment_ids=ids)
    db.session.commit()
    for one in listings:
        put(app, key, one, today, range(NIGHTS))


def put(app: Flask, key: str, one: Listing, today: date, days: Any) -> None:
    room_type = db.session.scalar(
        select(RoomType.id).join(Establishment).where(Establishment.code == one.code)
    )
    nights = [today + timedelta(days=day) for day in days]
    body = {
        "nights": [
            {"night": night.isoformat(), "vacant": int(night not in one.closed)} for night in nights
        ]
    }
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"{one.code}-{hash(str(body))}"}
    url = f"/api/v1/room-types/{room_type}/nights"
    answer = app.test_client().put(url, json=body, headers=headers)
    assert answer.status_code == 200, answer.get_json()


def random_search(dice: random.Random, today: date) -> dict[str, Any]:
    length = dice.choice((1, 1, 2, 3, 5, 7, 14))
    start = today + timedelta(days=dice.randrange(NIGHTS - length + 1))
    asked = {
        "check_in": start,
        "check_out": start + timedelta(days=length),
        "adults": dice.choice((1, 2, 3, 4)),
    }
    if dice.random() < 0.5:
        south, west = 10.30 + dice.random() * 0.06, 107.05 + dice.random() * 0.06
        asked["bbox"] = f"{south:.5f},{west:.5f},{south + 0.04:.5f},{west + 0.05:.5f}"
    if dice.random() < 0.3:
        asked["kind"] = dice.choice(KINDS)
    return asked


def expected(listings: list[Listing], asked: dict[str, Any]) -> list[str]:
    """Return the codes of the listings that answer, counted from the plain values."""
    length = (asked["check_out"] - asked["check_in"]).days
    nights = {asked["check_in"] + timedelta(days=day) for day in range(length)}
    box = [float(edge) for edge in asked.get("bbox", "-90,-180,90,180").split(",")]
    return [
        one.code
        for one in listings
        if not nights & one.closed
        and one.capacity >= asked["adults"]
        and one.kind == asked.get("kind", one.kind)
        and box[0] <= one.lat <= box[2]
        and box[1] <= one.lon <= box[3]
    ]


def compare(app: Flask, listings: list[Listing], dice: random.Random, today: date) -> None:
    client = app.test_client()
    for _ in range(SEARCHES):
        asked = random_search(dice, today)
        query = {**asked, "per_page": 100}
        answer = client.get("/api/v1/vacancies", query_string=query).get_json()
        codes = sorted(item["establishment"]["code"] for item in answer["items"])
        assert codes == expected(listings, asked)
        assert answer["total"] == len(codes)
        assert answer["engine"] == "meilisearch"


def test_calendars_that_are_put_answer_exactly(
    meilisearch: Any, committed: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is, the engine is to answer here.
    monkeypatch.setattr(vacancies, "ENGINE_SECONDS", 30.0)
    dice = random.Random(17)
    with committed.app_context():
        today = dates.today()
        listings = invent(dice, today)
        load(committed, listings, tmp_path / "houses.csv", today)
        server = engine()
        assert server is not None
        rebuild(server)
        compare(committed, listings, dice, today)
        # A third of the calendars changes, part of its nights; the index follows.
        ids = db.session.scalars(select(Establishment.id)).all()
        _, key = create_api_key(role="manager", establishment_ids=ids)
        db.session.commit()
        for one in listings[::3]:
            first = dice.randrange(NIGHTS - 8)
            changed = {today + timedelta(days=first + day) for day in range(8)}
            one.closed ^= changed
            put(committed, key, one, today, range(first, first + 8))
        while tick():
            pass
        compare(committed, listings, dice, today)
