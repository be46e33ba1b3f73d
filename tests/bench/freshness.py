"""From commit to findable: under load, through a killed worker, through a rebuild.

A writer says a price of its own of one night of one room type, twenty times a second, through the
operation that the API uses; each change is asked for in the engine, by that night and price, until
it is found. The background process is the real one. The searches during the rebuild go through the
web process; one fails where it is no 200 or is not answered by the engine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import TracebackType
from typing import Self

from flask import Flask
from sqlalchemy import select

from app import dates
from app.availability.operations import NightEdit, set_nights
from app.config import ROOT
from app.dates import Period
from app.db import db
from app.registry.models import Establishment, RoomType
from app.search.ask import ask
from app.search.live import engine, live_uid
from app.search.rebuild import rebuild
from app.search.sweep import verify
from app.search.wish import Wish
from tests.bench import town
from tests.bench.measure import Installation, Row, Times, Web, installation, row

NAME = "freshness"
HOUSES = int(os.environ.get("BENCH_FRESHNESS_HOUSES", "600"))
SECONDS = float(os.environ.get("BENCH_FRESHNESS_SECONDS", "30"))
A_SECOND = 20
# Beyond what the demo has booked, so that every night is vacant; and no price of its own.
FAR, FAR_NIGHTS = 200, 120
FIRST_PRICE = 900_000_000
PATIENCE = 120.0


def run() -> list[Row]:
    with installation() as place:
        town.build(HOUSES, days=60)
        server = engine()
        if server is None:
            raise SystemExit("There is no Meilisearch for this platform.")
        rebuild(server)
        rows = _under_load(place)
        rows += _killed(place)
        rows += _rebuilt(place)
        return rows


def _under_load(place: Installation) -> list[Row]:
    with place.worker(), Writer(place.app) as writer:
        with Finder(place.app, writer):
            # Until the worker has begun its rounds.
            writer.write_until_found()
            writer.found.clear()
            writer.write(SECONDS)
            writer.wait_until_found()
        times = Times([1000 * seconds for seconds in writer.found])
    note = f"{len(times.samples)} changes, {writer.rate:.1f} a second, {HOUSES} houses"
    return [
        row("commit to findable, p50", times.p50 / 1000, " s", note=note),
        row("commit to findable, p99", times.p99 / 1000, " s", most=2.0),
        row("commit to findable, slowest", max(times.samples) / 1000, " s"),
    ]


def _killed(place: Installation) -> list[Row]:
    """Kill the worker while changes come in, and start another."""
    with Writer(place.app) as writer, Finder(place.app, writer):
        with place.worker() as worker:
            writer.write_until_found()
            writer.write(2)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        writer.write(3)
        begun = time.monotonic()
        with place.worker():
            writer.wait_until_found()
            took = time.monotonic() - begun
            differences = len(verify(PATIENCE))
    return [
        row("worker killed (-9): all findable after its restart", took, " s", most=60.0),
        row("differences between index and SQL then", differences, most=0),
    ]


def _rebuilt(place: Installation) -> list[Row]:
    """Rebuild the index while changes and searches go on."""
    command = [sys.executable, "-m", "flask", "--app", "app", "search", "rebuild"]
    with place.worker(), place.web() as web, Writer(place.app) as writer:
        with Finder(place.app, writer), searching(place.config.port) as searches:
            web.get("/api/v1/vacancies")
            writer.write_until_found()
            uid = live_uid(anew=True)
            db.session.rollback()
            begun = time.monotonic()
            process = subprocess.Popen(
                command, cwd=ROOT, env=place.environ, stdout=subprocess.DEVNULL
            )
            while process.poll() is None:
                writer.write(1)
            took = time.monotonic() - begun
            writer.wait_until_found()
            slowest = max(writer.found)
            swapped = live_uid(anew=True) != uid and process.returncode == 0
            db.session.rollback()
        differences = len(verify(PATIENCE))
    note = f"{len(searches.took)} searches while {took:.0f} s of rebuilding"
    note += "" if swapped else "; **the rebuild failed**"
    return [
        row("failed searches during a rebuild", len(searches.failed), most=0, note=note),
        row("commit to findable during it, slowest", slowest, " s"),
        row("differences between index and SQL after it", differences, most=0),
    ]


# --- Writing -----------------------------------------------------------------------------------


@dataclass
class Change:
    """A price said of a night, and when that was committed."""

    price: int
    night: date
    committed: float


@dataclass
class Writer:
    """Changes one room type after the other, at an even rate."""

    app: Flask
    waiting: list[Change] = field(default_factory=list)
    found: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: int = 0
    rate: float = 0.0

    def __enter__(self) -> Self:
        rows = db.session.execute(
            select(RoomType.id, RoomType.establishment_id)
            .where(RoomType.confirmed_at.is_not(None), RoomType.all_known)
            .order_by(RoomType.id % 7, RoomType.id)
        ).all()
        db.session.rollback()
        self.types = [(row.id, row.establishment_id) for row in rows]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        db.session.rollback()

    def write(self, seconds: float) -> None:
        """Make changes for so long, each at its time or as soon after as possible."""
        begun, made = time.monotonic(), 0
        while time.monotonic() - begun < seconds:
            self.change()
            made += 1
            ahead = begun + made / A_SECOND - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        self.rate = made / (time.monotonic() - begun)

    def change(self) -> None:
        global _price
        type_id, house_id = self.types[self.made % len(self.types)]
        night = dates.today() + timedelta(days=FAR + self.made % FAR_NIGHTS)
        self.made += 1
        _price += 1
        house = db.session.get_one(Establishment, house_id)
        set_nights(house, [NightEdit(type_id, night, price=_price, sets_price=True)])
        db.session.commit()
        with self.lock:
            self.waiting.append(Change(_price, night, time.monotonic()))

    def write_until_found(self) -> None:
        self.change()
        self.wait_until_found()

    def wait_until_found(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.waiting:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(self.waiting)} changes are not found")
            time.sleep(0.02)


# One price is said only once in a run.
_price = FIRST_PRICE


class Finder:
    """Asks the engine for every change that waits, over and over."""

    def __init__(self, app: Flask, writer: Writer) -> None:
        self.app, self.writer = app, writer
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop.set()
        self.thread.join()

    def _run(self) -> None:
        with self.app.app_context():
            while not self.stop.wait(0.01):
                with self.writer.lock:
                    waiting = list(self.writer.waiting)
                self._look(waiting)

    def _look(self, waiting: list[Change]) -> None:
        server, uid = engine(), live_uid()
        db.session.rollback()
        if server is None or uid is None or not waiting:
            return
        wish = Wish(now=dates.now(), today=dates.today(), adults=1, per_page=1)
        for change in waiting:
            stay = Period.of(change.night, 1)
            asked = replace(wish, stay=stay, price_min=change.price, price_max=change.price)
            if not ask(server, uid, asked, 10).total:
                # They are sent in order: what came later is not there either.
                return
            seen = time.monotonic()
            with self.writer.lock:
                self.writer.waiting.remove(change)
                self.writer.found.append(seen - change.committed)


# --- Searching ---------------------------------------------------------------------------------


@dataclass
class Searches:
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def searching(port: int) -> Iterator[Searches]:
    """Search over and over through the web process."""
    searches, stop = Searches(), threading.Event()
    night = dates.today() + timedelta(days=1)

    def search() -> None:
        web = Web(port)
        while not stop.wait(0.02):
            begun = time.monotonic()
            try:
                answer = web.json(f"/api/v1/vacancies?check_in={night}")
                if answer["engine"] != "meilisearch" or not answer["total"]:
                    searches.failed.append(f"{answer['engine']}, {answer['total']} houses")
            except (OSError, RuntimeError) as error:
                web.connection.close()
                searches.failed.append(str(error))
            searches.took.append(time.monotonic() - begun)
        web.connection.close()

    thread = threading.Thread(target=search, daemon=True)
    thread.start()
    try:
        yield searches
    finally:
        stop.set()
        thread.join()
