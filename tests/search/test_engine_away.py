"""With the engine stopped, hung, dripping or talking nonsense the same houses come from SQL."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from app import dates
from app.availability.models import RoomTypeNight
from app.dates import Period
from app.db import db
from app.local import SearchServer
from app.search import vacancies as answering
from app.search.ask import ask
from app.search.index import Engine
from app.search.live import Breaker, link
from app.search.rebuild import rebuild
from app.search.vacancies import Timings, vacancies
from app.search.wire import Away, TooSlow, Wire
from app.search.wish import Wish
from tests.search.conftest import Town

Behaviour = Callable[[socket.socket], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"


def hangs(connection: socket.socket) -> None:
    time.sleep(3)


def drips(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    with suppress(OSError):
        for _ in range(60):
            connection.sendall(b" ")
            time.sleep(0.05)


def talks_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1, 2, 3]")


def breaks_off(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'{"results": [')


def is_overloaded(connection: socket.socket) -> None:
    body = b'{"code": "too_many_search_requests"}'
    connection.sendall(
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )


@contextmanager
def server(behaviour: Behaviour) -> Iterator[str]:
    """Accept connections and behave badly on each."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            behaviour(connection)

    def serve() -> None:
        threads = []
        while not stopping.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=answer, args=(connection,)))
                threads[-1].start()
        for thread in threads:
            thread.join()

    listener.settimeout(0.1)
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        thread.join()
        listener.close()


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def wish() -> Wish:
    today = dates.today()
    return Wish(now=dates.now(), today=today, stay=Period.of(today, 1), per_page=100)


def use(url: str) -> None:
    """Have the application believe that its engine is there."""
    way = link()
    way.close()
    way.engine, way.breaker, way.asked_at = (
        Engine(SearchServer(url, "key")),
        Breaker(),
        time.monotonic(),
    )


@pytest.mark.parametrize("behaviour", [hangs, drips, talks_nonsense, breaks_off, is_overloaded])
def test_a_sick_engine_costs_one_deadline_and_no_house(town: Town, behaviour: Behaviour) -> None:
    asked = wish()
    healthy = vacancies(asked, Timings())
    assert healthy.answerer == "meilisearch"
    with server(behaviour) as url:
        use(url)
        begun = time.monotonic()
        first = vacancies(asked, Timings())
        took = time.monotonic() - begun
        begun = time.monotonic()
        others = [vacancies(asked, Timings()) for _ in range(5)]
        took_others = time.monotonic() - begun
        link().close()
    assert {result.answerer for result in [first, *others]} == {"database"}
    assert took < answering.ENGINE_SECONDS + 1
    assert took_others < 1.5, "the breaker keeps the others from waiting"
    assert sorted(item.id for item in first.items) == sorted(item.id for item in healthy.items)
    assert (first.total, first.found.facets) == (healthy.total, healthy.found.facets)


def test_control_without_the_breaker_each_search_waits(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Breaker, "allows", lambda self: True)
    with server(hangs) as url:
        use(url)
        begun = time.monotonic()
        for _ in range(3):
            vacancies(wish(), Timings())
        link().close()
    assert time.monotonic() - begun > 3 * answering.ENGINE_SECONDS


def test_a_stopped_engine_is_no_error_and_comes_back(town: Town) -> None:
    real = town.engine.server.url
    use(free_address())
    assert vacancies(wish(), Timings()).answerer == "database"
    use(real)
    link().engine = town.engine
    assert vacancies(wish(), Timings()).answerer == "meilisearch"


def test_the_page_says_who_answered(town: Town) -> None:
    client = town.app.test_client()
    notice = "Máy tìm kiếm đang nghỉ"
    assert notice not in client.get("/search").text
    use(free_address())
    page = client.get("/search")
    assert page.status_code == 200
    assert notice in page.text


def test_an_index_swapped_since_the_last_look_is_asked_at_once(town: Town) -> None:
    assert vacancies(wish(), Timings()).answerer == "meilisearch"
    old = link().uid
    assert old is not None
    rebuild(town.engine)
    town.engine.drop(old)
    assert vacancies(wish(), Timings()).answerer == "meilisearch"
    assert link().uid != old


def test_an_index_that_is_gone_leaves_the_answer_to_sql(town: Town) -> None:
    town.engine.drop(town.uid)
    assert vacancies(wish(), Timings()).answerer == "database"


def test_what_was_sold_since_is_not_printed(town: Town) -> None:
    found = vacancies(wish(), Timings())
    sold = found.items[0]
    types = [one.id for one in town.houses[sold.id - 1].types]
    night = RoomTypeNight.night == dates.today()
    db.session.execute(
        update(RoomTypeNight)
        .where(RoomTypeNight.room_type_id.in_(types), night)
        .values(feed_count=0)
    )
    db.session.commit()
    again = vacancies(wish(), Timings())
    assert again.answerer == "meilisearch"
    assert sold.id in again.found.ids, "the index does not know yet"
    assert sold.id not in {item.id for item in again.items}


def test_the_breaker_lets_one_try_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("app.search.live.time.monotonic", lambda: clock[0])
    breaker = Breaker()
    breaker.failed()
    assert not breaker.allows()
    clock[0] += 3
    assert breaker.allows()
    assert not breaker.allows(), "the others wait for the one that tries"
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_a_connection_closed_in_the_meantime_is_opened_again(meilisearch: Any) -> None:
    wire = Wire(meilisearch.url, meilisearch.key)
    wire.post("/multi-search", {"queries": []}, 2)
    (kept,) = wire.kept
    assert kept.sock is not None
    kept.sock.shutdown(socket.SHUT_RDWR)
    assert wire.post("/multi-search", {"queries": []}, 2)[0] == 200
    wire.close()


def test_a_connection_is_kept_once_its_answer_is_read(meilisearch: Any) -> None:
    wire = Wire(meilisearch.url, meilisearch.key)
    wire.post("/multi-search", {"queries": []}, 2)
    (kept,) = wire.kept
    used = kept.sock
    assert wire.post("/multi-search", {"queries": []}, 2)[0] == 200
    assert [connection.sock for connection in wire.kept] == [used]
    with wire.begin("/multi-search", {"queries": []}, 2):
        assert not wire.kept
    assert not wire.kept, "nobody read the answer on it"
    wire.close()


def test_the_page_is_heard_of_before_it_is_counted(town: Town) -> None:
    heard: list[list[int]] = []
    found = ask(town.engine, town.uid, replace(wish(), per_page=1), 5, heard.append)
    assert heard == [found.ids]
    heard.clear()
    found = ask(town.engine, town.uid, replace(wish(), per_page=100), 5, heard.append)
    assert found.ids
    assert not heard, "who is not counted yet may belong on a page that is not full"


def test_a_deadline_covers_every_byte() -> None:
    with server(drips) as url:
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            Wire(url, None).post("/x", {}, 0.3)
        assert time.monotonic() - begun < 0.6


def test_nobody_there() -> None:
    with pytest.raises(Away):
        Wire(free_address(), None).post("/x", {}, 0.3)


def test_stale_vacancies_are_on_the_last_page_in_both(town: Town) -> None:
    asked = replace(wish(), per_page=2)
    pages = -(-vacancies(asked, Timings()).total // 2)
    by_engine = [vacancies(replace(asked, page=n + 1), Timings()) for n in range(pages)]
    assert {result.answerer for result in by_engine} == {"meilisearch"}
    seen = [item for result in by_engine for item in result.items]
    assert len({item.id for item in seen}) == len(seen) == by_engine[0].total


@pytest.mark.parametrize(
    ("said", "may_be_kept"),
    [
        (b"Content-Length: 2\r\n\r\n[]", True),
        (b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1;x=y\r\n]\r\n0\r\n\r\n", True),
        (b"Content-Length: 2\r\nConnection: close\r\n\r\n[]", False),
        (b"Content-Length: 2\r\n\r\n[] and more than was announced", False),
    ],
)
def test_answers_as_servers_write_them(said: bytes, may_be_kept: bool) -> None:
    def answers(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + said)
        connection.recv(1)

    with server(answers) as url:
        wire = Wire(url, None)
        assert wire.post("/x", {}, 5) == (200, [])
        assert bool(wire.kept) == may_be_kept
        wire.close()


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000,
    ],
)
def test_what_is_no_answer(said: bytes) -> None:
    with server(lambda connection: connection.sendall(said)) as url, pytest.raises(Away):
        Wire(url, None).post("/x", {}, 5)
