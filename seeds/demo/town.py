"""Making the whole town, batch by batch; a large one on all processors at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from random import Random

from flask import Flask, current_app
from sqlalchemy import select

from app import create_app, dates
from app.config import Config
from app.dates import Period
from app.db import db
from app.identity import keyring
from app.registry.models import Unit
from seeds.demo.houses import make_house
from seeds.demo.load import Loader, without_triggers
from seeds.demo.timeline import make_timeline

IDENTITY_DAYS = 30
BATCH = 40
# Below this the start of further processes costs more than they save.
LARGE = 200

Span = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What every batch needs to know; the same plan makes the same town however it is cut."""

    seed: int
    period: Period
    now: datetime
    identity_since: date
    unit_ids: dict[str, int]


def plan(*, days: int, history_days: int, seed: int) -> Plan:
    """Plan a town that lives from so many days ago to so many ahead of this moment."""
    now = dates.now().replace(microsecond=0)
    today = dates.hotel_day(now)
    units = select(Unit.code, Unit.id).where(Unit.valid_to.is_(None))
    return Plan(
        seed=seed,
        period=Period(today - timedelta(days=history_days), today + timedelta(days=days + 1)),
        now=now,
        identity_since=today - timedelta(days=min(IDENTITY_DAYS, history_days)),
        unit_ids={row.code: row.id for row in db.session.execute(units)},
    )


def make(town: Plan, establishments: int) -> Iterator[tuple[int, int]]:
    """Make and commit the houses; yields how many houses and stays there are after each batch."""
    spans = [
        (first, min(first + BATCH, establishments + 1))
        for first in range(1, establishments + 1, BATCH)
    ]
    houses = stays = 0
    for done, made in _batches(town, spans):
        houses, stays = houses + done, stays + made
        yield houses, stays


def _batches(town: Plan, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    if len(spans) * BATCH < LARGE:
        yield from (make_batch(town, span) for span in spans)
        return
    # Fresh processes, since a fork would share this one's database connections.
    with ProcessPoolExecutor(
        os.cpu_count(),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(current_app.extensions["config"],),
    ) as pool:
        yield from pool.map(_make_batch_here, [town] * len(spans), spans)


def make_batch(town: Plan, span: Span) -> tuple[int, int]:
    """Make the houses from the first to before the last number; returns (houses, stays)."""
    loader = Loader(
        period=town.period,
        now=town.now,
        identity_since=town.identity_since,
        unit_ids=town.unit_ids,
        keyring=keyring(),
    )
    today = dates.hotel_day(town.now)

    def load() -> None:
        for number in range(*span):
            # A state of its own for each house: the town is the same however it is cut.
            random = Random(f"{town.seed}:{number}")
            house = make_house(number, today, random)
            alive = Period(max(town.period.start, house.opened_on), town.period.end)
            loader.add(house, make_timeline(house, alive, town.now, random), random)
        loader.flush()

    without_triggers(load)
    db.session.commit()
    return span[1] - span[0], loader.counts["stay"]


# What a process of the pool keeps between its batches.
_app: Flask | None = None


def _begin(config: Config) -> None:
    """Prepare a process of the pool: an application of its own on the same database."""
    global _app
    _app = create_app(config)


def _make_batch_here(town: Plan, span: Span) -> tuple[int, int]:
    assert _app is not None
    with _app.app_context():
        return make_batch(town, span)
