"""Stays of two guests through POST /api/v1/stays, against a minimal authenticated view.

One web process as in production serves both, over kept-alive connections: the same gate, the same
API key read from the database, the same counting, the same pool. The minimal view inserts one row
and commits; nothing else. A stay reads and checks two guests, seals five fields of each, takes two
nights, watches for a guest who is here already, marks the house and its nights as changed, and
keeps the answer under its idempotency key, all in one transaction. Requests of the two take turns;
a stay's time is compared with the minimal view's of the same run. Statements are what the database
is asked inside one request, savepoints included.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

from flask import Blueprint, Flask, g
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert

from app import create_app, dates
from app.accounts.operations import create_api_key
from app.config import ROOT
from app.db import db
from app.registry.models import Classification, Establishment, Room, RoomAssignment, RoomType
from app.registry.operations import ALWAYS
from app.web.security import requires
from tests.bench.measure import Installation, Row, Web, installation, interleaved, row

NAME = "stays_api"
ROOMS = 60
WARM = 20
ROUNDS = 300
BY_TYPE = 100
CLIENTS = 4
SHARE = 1 / 3

minimal = Blueprint("minimal", __name__)
_rows = Table(
    "bench_row", MetaData(), Column("id", Integer, primary_key=True), Column("word", String)
)


@minimal.post("/api/v1/bench-rows")
@requires("front_desk", "manager")
def insert_row() -> tuple[dict[str, Any], int]:
    """The least a write can be: a row and a commit."""
    made = db.session.scalar(insert(_rows).values(word="one row").returning(_rows.c.id))
    db.session.commit()
    return {"id": made}, 201


def served() -> Flask:
    """Return the application with the minimal view beside its own."""
    app = create_app()
    app.register_blueprint(minimal)
    app.extensions["csrf"].exempt(minimal)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _count)

    @app.after_request
    def tell(response: Any) -> Any:
        response.headers["X-Statements"] = str(g.get("statements", 0))
        return response

    return app


def _count(*_arguments: Any) -> None:
    g.statements = g.get("statements", 0) + 1


# --- Asking ------------------------------------------------------------------------------------


class Client:
    """One kept-alive connection with the house's key."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.statements: list[int] = []

    def post(self, path: str, body: bytes) -> None:
        headers = self.headers | {"Idempotency-Key": str(uuid.uuid4())}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {path} {text[:300]!r}")
        self.statements.append(int(answer.headers["X-Statements"]))

    def stay(self, body: bytes) -> None:
        self.post("/api/v1/stays", body)

    def row(self, _body: bytes) -> None:
        self.post("/api/v1/bench-rows", b"{}")


def bodies(first: int, count: int, place: dict[str, str]) -> list[bytes]:
    """Return check-ins of two guests; ``place`` is empty for the next free room by number."""
    return [json.dumps(_body(number, place)).encode() for number in range(first, first + count)]


def _body(number: int, place: dict[str, str]) -> dict[str, Any]:
    # Room after room, two nights each, back from the day before yesterday.
    back = 3 + 2 * (number // ROOMS)
    day = dates.local(dates.now()).date() - timedelta(days=back)
    return {
        **(place or {"room": str(101 + number % ROOMS)}),
        "arrived_at": dates.at(day, 14).isoformat(),
        "planned_departure": str(day + timedelta(days=2)),
        "source": "walk_in",
        "guests": [_guest(2 * number, "F"), _guest(2 * number + 1, "M")],
    }


def _guest(number: int, sex: str) -> dict[str, Any]:
    return {
        "full_name": "Nguyễn Thị Hạnh" if sex == "F" else "Trần Văn Bình",
        "date_of_birth": "1990-01-31",
        "sex": sex,
        "nationality": "VNM",
        "document": {"type": "citizen_id", "number": f"077{int(sex == 'F')}90{number:06d}"},
        "phone": "0901234567",
        "residence": {"kind": "permanent", "country": "VNM", "address": "12 Lê Lợi, Hà Nội"},
    }


# --- Measuring ---------------------------------------------------------------------------------


def run() -> list[Row]:
    """Measure both views in one process, one after the other and four at once."""
    with installation() as made:
        key, type_id = _house()
        with _web(made) as port:
            client = Client(port, key)
            cases = {"stay": client.stay, "row": client.row}
            # A stay can be asked for once only, so the warming up has its own.
            for body in bodies(0, WARM, {}):
                client.stay(body)
                client.row(body)
            one = interleaved(cases, bodies(WARM, ROUNDS, {}), warm=0)
            counts = sorted(set(client.statements))
            kind = {"room_type": str(type_id)}
            by_type = interleaved(cases, bodies(WARM + ROUNDS, BY_TYPE, kind), warm=0)
            stays, rows = _at_once(port, key, WARM + ROUNDS + BY_TYPE)
    share = _mean(one["row"].samples) / _mean(one["stay"].samples)
    apart = _mean(by_type["row"].samples) / _mean(by_type["stay"].samples)
    note = f"stay {one['stay']}; row {one['row']}; statements {counts[-1]} and {counts[0]}"
    return [
        row("stays a second / rows a second of a minimal view", share, least=SHARE, note=note),
        row("the same, four clients at once", stays / rows, note=f"{stays:.0f} and {rows:.0f} /s"),
        row("the same, with a room type alone: the room is chosen", apart),
        row("statements a stay", counts[-1]),
    ]


def _mean(samples: Sequence[float]) -> float:
    return sum(samples) / len(samples)


def _at_once(port: int, key: str, first: int) -> tuple[float, float]:
    """Return stays and rows a second of four clients that ask without a pause, in turns."""
    share = 25
    spent = {"stay": 0.0, "row": 0.0}
    clients = [Client(port, key) for _ in range(CLIENTS)]
    for turn in range(4):
        for case in spent:
            begun = time.perf_counter()
            lists = [
                bodies(first + (turn * CLIENTS + number) * share, share, {})
                for number in range(CLIENTS)
            ]
            threads = [
                threading.Thread(target=_send, args=(getattr(client, case), asked))
                for client, asked in zip(clients, lists, strict=True)
            ]
            begun = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            spent[case] += time.perf_counter() - begun
    sent = 4 * CLIENTS * share
    return sent / spent["stay"], sent / spent["row"]


def _send(post: Any, asked: Sequence[bytes]) -> None:
    for body in asked:
        post(body)


def _house() -> tuple[str, int]:
    """A house of sixty rooms; returns its key and its room type."""
    house = Establishment(
        code="BENCH1", name="Khách sạn Thử", folded="khach san thu", status="approved"
    )
    db.session.add(house)
    db.session.flush()
    db.session.add(Classification(establishment_id=house.id, kind="hotel", valid=ALWAYS))
    kind = RoomType(establishment_id=house.id, name="Đôi", capacity=2, bed_places=2)
    rooms = [Room(establishment_id=house.id, number=str(101 + n)) for n in range(ROOMS)]
    db.session.add_all([kind, *rooms])
    db.session.flush()
    db.session.add_all(
        RoomAssignment(
            establishment_id=house.id, room_id=room.id, room_type_id=kind.id, valid=ALWAYS
        )
        for room in rooms
    )
    _, key = create_api_key(role="front_desk", establishment_ids=[house.id])
    _rows.create(db.session.connection())
    type_id = kind.id
    db.session.commit()
    return key, type_id


@contextmanager
def _web(made: Installation) -> Any:
    argv = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    made.environ["RATELIMIT_KEY"] = "1000000 per minute"
    with made.process(*argv, "--workers", "1", "tests.bench.stays_api:served()"):
        web = Web(made.config.port)
        web.wait_until_ready()
        web.connection.close()
        yield made.config.port


if __name__ == "__main__":
    for measured in run():
        print(measured.measure, measured.value, measured.aim, measured.note)
