"""Searching for vacancies: JSON and page against the bare engine and against plain SQL.

One web process (gunicorn as in production) on loopback with a kept-alive client. *Bare engine* is
the very queries that the application sends (the page, and total with facets), in one request on a
pooled connection, its answer only read; the application sends the two at once and reads the page's
rows while the engine counts, so that at its best it takes less. *Plain SQL* is the same question
over a table of vacant nights with a covering index (`tests/bench/plain_sql.py`), with total and
facets. The houses are the demo's; beyond 1,500 they are copies with other nights, names, places
and prices.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from app import dates
from app.db import db
from app.search import asked as reading
from app.search.ask import ask
from app.search.documents import Document, day_number, documents_of, window
from app.search.houses import read_houses
from app.search.index import Engine, Search
from app.search.live import engine, live_uid
from app.search.rebuild import rebuild
from tests.bench import plain_sql, town
from tests.bench.measure import (
    Installation,
    Row,
    Times,
    Web,
    connect,
    disk_bytes,
    installation,
    interleaved,
    megabytes,
    memory_bytes,
    row,
    shown,
)
from tests.bench.questions import NIGHTS_AHEAD, Question, dates_alone, questions

NAME = "search"
SMALL = int(os.environ.get("BENCH_HOUSES", "1500"))
COPIES = int(os.environ.get("BENCH_COPIES", "26"))
ASKED = int(os.environ.get("BENCH_QUESTIONS", "100"))
HTMX = {"HX-Request": "true", "HX-Target": "div#results"}
FIRST_NIGHTS = 365
LEFT = """
What is left. Total and facets are exact, and that is nearly all of the engine's time: it keeps one
document a price level and counts houses by `distinct`, some microseconds for each house that
answers, and as much again for the four facets; the page itself takes 1-3 ms, near a place 10-40 ms.
So a search costs what it finds: one for any house at all (*dates alone*) pays for 40,000, which no
region has. That is why plain SQL, which has to go through the nights and not only the houses, is
beaten by less than the aim. Documents of which only one a house can answer would need no
`distinct`, at about twice the disk.

Above the engine the JSON pays for the frameworks (about half of it), and for one statement that
re-reads the page's rows, so that no vacancy printed is stale; it is planned once, and on two cores
hidden behind the count. The page pays for rendering up to twenty houses besides; it looks for
nearer and wider searches where it finds less than three houses, which asks the engine once more.
"""


def run() -> list[Row]:
    with installation() as place:
        town.build(SMALL)
        rows = _size(place, f"{SMALL:,} houses", large=False)
        rows += _first_encoding(place)
        if COPIES:
            town.multiply(COPIES)
            houses = f"{SMALL * (COPIES + 1):,} houses"
            rows += _size(place, houses, large=True)
        return rows


def _size(place: Installation, label: str, *, large: bool) -> list[Row]:
    rows = _index(place, label)
    plain_sql.prepare(dates.today(), NIGHTS_AHEAD)
    with place.web() as web:
        asked = questions(ASKED, dates.today())
        rows += _compare(place, web, asked, label, large=large)
        wide = dates_alone(ASKED // 5, dates.today())
        rows += _compare(place, web, wide, f"{label}, dates alone", large=large, aims=False)
    return rows


# --- The index itself --------------------------------------------------------------------------


def _index(place: Installation, label: str) -> list[Row]:
    server = _engine()
    peak, stop = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(place.engine_pid(), peak, stop))
    watcher.start()
    begun = time.perf_counter()
    rebuild(server)
    took = time.perf_counter() - begun
    stop.set()
    watcher.join()
    uid = live_uid(anew=True)
    assert uid is not None
    db.session.rollback()
    _drop_others(server, uid)
    return [
        row(f"{label}: first indexing", took, " s", note="reading from SQL included"),
        row(
            f"{label}: index on disk",
            megabytes(used_bytes(server)),
            " MB",
            note=f"{server.count(uid):,} documents; its files take"
            f" {shown(megabytes(disk_bytes(place.engine_dir)))} MB",
        ),
        row(f"{label}: memory of the engine while indexing", megabytes(peak[0]), " MB"),
    ]


def _engine() -> Engine:
    found = engine()
    if found is None:
        raise SystemExit("There is no Meilisearch for this platform.")
    return found


def _watch(pid: int, peak: list[int], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        peak[0] = max(peak[0], memory_bytes(pid))


def _drop_others(server: Engine, uid: str) -> None:
    for other in server.uids():
        if other != uid:
            server.drop(other)


def used_bytes(server: Engine) -> int:
    """Return what the engine says its databases use, without the free pages of their files."""
    return int(server._call("get_all_stats")["usedDatabaseSize"])


def _first_encoding(place: Installation) -> list[Row]:
    """Index the same houses with one number for each of 1..vacant rooms, one price a type."""
    server = _engine()
    ours = used_bytes(server)
    today, last = dates.today(), 0
    server.make("first")
    begun = time.perf_counter()
    while ids := [last + step for step in range(1, 201) if last + step <= SMALL]:
        documents = [one for house in read_houses(ids, today) for one in _first_documents(house)]
        server.change("first", documents, [])
        last = ids[-1]
    took = time.perf_counter() - begun
    db.session.rollback()
    first = used_bytes(server) - ours
    server.drop("first")
    return [
        row(
            f"{SMALL:,} houses: index on disk, of the first encoding's",
            ours / first,
            " ×",
            most=0.5,
            note=f"{shown(megabytes(ours))} against {shown(megabytes(first))} MB for the same"
            f" houses; ours holds {len(window(today))} nights instead of {FIRST_NIGHTS}, and exact"
            f" prices; the first took {shown(took)} s",
        )
    ]


def _first_documents(house: Any) -> list[Document]:
    own = documents_of(house, window(dates.today()))[0]
    shared = {name: own[name] for name in own if name not in ("id", "base", "price", "hash")}
    nights = list(window(dates.today()))[:FIRST_NIGHTS]
    found = []
    for one in house.types:
        states = [(night, one.exceptions.get(night, one.ordinary)) for night in nights]
        vacant = [
            day_number(night) * 16 + rooms
            for night, state in states
            for rooms in range(1, min(state.vacant or 0, 8) + 1)
        ]
        found.append(
            {
                **shared,
                "id": f"t{one.id}",
                "capacity": one.capacity,
                "price": one.ordinary.price,
                "confirmed_at": one.confirmed_at,
                "vacant": vacant,
            }
        )
    return [one for one in found if one["confirmed_at"] is not None]


# --- Against the engine and SQL ----------------------------------------------------------------


class Recorder:
    """Stands for the engine: passes questions on and keeps what was asked."""

    def __init__(self, server: Engine) -> None:
        self.server = server
        self.queries: list[Any] = []

    def begin(self, queries: Any, seconds: float) -> Search:
        self.queries += queries
        return self.server.begin(queries, seconds)

    @property
    def request(self) -> bytes:
        """All of it in one request, as who has nothing else to do meanwhile would send it."""
        return json.dumps({"queries": self.queries}, ensure_ascii=False).encode()

    def search(self, queries: Any, seconds: float) -> list[dict[str, Any]]:
        with self.begin(queries, seconds) as search:
            return search.results()


class Bare:
    """The engine without the application: a pooled connection, ready requests."""

    def __init__(self, server: Engine) -> None:
        parts = urlsplit(server.server.url)
        self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.headers = dict(server.wire.headers)

    def send(self, request: bytes) -> None:
        self.connection.request("POST", "/multi-search", request, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the engine answers {answer.status}")


def _compare(
    place: Installation,
    web: Web,
    asked: list[Question],
    label: str,
    *,
    large: bool,
    aims: bool = True,
) -> list[Row]:
    server, uid = _engine(), live_uid(anew=True)
    assert uid is not None
    prepared, totals = [], []
    for question in asked:
        wish = reading.read(question).wish
        assert wish is not None
        recorder = Recorder(server)
        totals.append(ask(recorder, uid, wish, 30).total)  # type: ignore[arg-type]
        prepared.append((f"?{urlencode(question)}", recorder.request, wish))
    db.session.rollback()
    bare = Bare(server)
    with connect(place.config) as sql:
        sql.execute("SET work_mem = '128MB'")
        sql.execute("SET jit = off")
        agree = sum(
            plain_sql.answer(sql, wish) == total
            for (_, _, wish), total in zip(prepared[:20], totals, strict=False)
        )
        cases: dict[str, Callable[[Any], object]] = {
            "engine": lambda one: bare.send(one[1]),
            "json": lambda one: web.get(f"/api/v1/vacancies{one[0]}"),
            "page": lambda one: web.get(f"/search{one[0]}", HTMX),
            "sql": lambda one: plain_sql.answer(sql, one[2]),
        }
        times = interleaved(cases, prepared)
    bare.connection.close()
    houses = sorted(totals)[len(totals) // 2]
    note = f"{len(asked)} searches, a middle one finds {houses:,} houses"
    if agree < min(20, len(prepared)):
        note += f"; SQL agrees on {agree} of 20 totals"
    return _rows(times, label, note, large=large, aims=aims)


def _rows(times: dict[str, Times], label: str, note: str, *, large: bool, aims: bool) -> list[Row]:
    bare, json_, page, sql = (times[name] for name in ("engine", "json", "page", "sql"))
    rows = [
        Row(f"{label}: bare engine", str(bare), "", note),
        Row(f"{label}: JSON", str(json_)),
        Row(f"{label}: page's fragment", str(page)),
        Row(f"{label}: plain SQL", str(sql)),
    ]
    for name, ours, ratio, more in (("JSON", json_, 1.5, 3.0), ("page", page, 2.0, 8.0)):
        for share, mine, engines in (
            ("p50", ours.p50, bare.p50),
            ("p95", ours.p95, bare.p95),
        ):
            factor = mine / engines
            if large or not aims:
                most = ratio if aims else None
                rows.append(row(f"{label}: {name} to engine, {share}", factor, " ×", most=most))
            else:
                rows.append(
                    row(
                        f"{label}: {name} above engine, {share}",
                        mine - engines,
                        " ms",
                        most=more,
                        note=f"{shown(factor)} ×",
                    )
                )
    least = 25.0 if large and aims else None
    rows.append(row(f"{label}: SQL to JSON, p50", sql.p50 / json_.p50, " ×", least=least))
    rows.append(row(f"{label}: SQL to engine, p50", sql.p50 / bare.p50, " ×"))
    return rows
