"""Twelve ways in which an index comes apart from its database, each with what would happen else.

1 killed between commit and sending, 2 marked clean after a newer change, 3 rows that commit late,
4 senders out of order, 5 one bad document in a batch, 6 accepted and then lost, 7 a deletion lost,
8 another state of the database, 9 writes during a rebuild, 10 a swap done twice, 11 other settings,
12 a clock set back. What is not here is in ``test_sync``: 2, 5 and 11, and the plain cases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from meilisearch import Client
from sqlalchemy import select, text, update

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.search import rebuild as rebuilding
from app.search import sweep, sync
from app.search.index import Engine
from app.search.models import SearchIndex, SearchState
from app.search.rebuild import make_live, rebuild
from app.search.sweep import verify
from app.search.sync import behind, tick
from app.search.wire import Away
from tests.search.conftest import Town, set_vacant, versions


class Killed(BaseException):
    """Stands for a process that ends here and now; nothing catches it."""


def in_another(town: Town, act: Callable[[], object]) -> threading.Thread:
    """Start something in a thread with a session of its own."""

    def run() -> None:
        with town.app.app_context():
            act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# --- 1: killed between commit and sending, or between sending and noting it ----------------------


@pytest.mark.parametrize("arrives", [False, True])
def test_a_sender_killed_half_way_leaves_it_to_the_next(
    town: Town, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    send = Engine.change

    def change(self: Engine, *arguments: Any) -> None:
        if arrives:
            send(self, *arguments)
        raise Killed

    set_vacant(town.house_with_type(), dates.today(), 3)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "change", change)
        with pytest.raises(Killed):
            tick()
    db.session.rollback()
    assert tick() == 1
    assert verify(5) == []


def test_control_noted_before_it_is_sent_it_would_be_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(engine: Engine, uid: str, changes: list[sync.Change]) -> None:
        sync.record(uid, changes, live=True)
        raise Killed

    set_vacant(town.house_with_type(), dates.today(), 3)
    with monkeypatch.context() as patch:
        patch.setattr(sync, "deliver", deliver)
        with pytest.raises(Killed):
            tick()
    db.session.rollback()
    assert tick() == 0
    assert verify(5) != []


# --- 3: rows that commit late --------------------------------------------------------------------


@contextmanager
def open_transaction(town: Town) -> Iterator[Any]:
    with town.app.app_context(), db.engine.connect() as connection:
        yield connection


def test_a_change_that_commits_late_is_sent(town: Town) -> None:
    early, late = [house for house in town.houses if house.approved and house.types][:2]
    with open_transaction(town) as connection:
        connection.execute(
            update(Establishment)
            .where(Establishment.id == early.id)
            .values(search_version=Establishment.search_version + 1, name="Tên mới")
        )
        set_vacant(late, dates.today(), 3)
        assert tick() == 1
        connection.commit()
    assert tick() == 1
    assert verify(5) == []


def test_control_an_outbox_read_by_number_would_pass_over_it(town: Town) -> None:
    db.session.execute(text("CREATE TABLE outbox (id serial, house int)"))
    db.session.commit()
    read = "SELECT id, house FROM outbox WHERE id > :last ORDER BY id"
    with open_transaction(town) as connection:
        connection.execute(text("INSERT INTO outbox (house) VALUES (1)"))
        db.session.execute(text("INSERT INTO outbox (house) VALUES (2)"))
        db.session.commit()
        ((last, house),) = db.session.execute(text(read), {"last": 0})
        db.session.rollback()
        connection.commit()
    assert house == 2
    assert db.session.execute(text(read), {"last": last}).all() == [], "house 1 is never read"
    db.session.execute(text("DROP TABLE outbox"))
    db.session.commit()


# --- 4: senders out of order ---------------------------------------------------------------------


def with_a_slow_sender(town: Town, monkeypatch: pytest.MonkeyPatch, meanwhile: Any) -> None:
    """Stop a sender after it has read, do something, and let it go on."""
    house, night = town.house_with_type(), dates.today()
    reading, go_on = threading.Event(), threading.Event()
    send = Engine.change

    def change(self: Engine, *arguments: Any) -> None:
        if not reading.is_set():
            reading.set()
            assert go_on.wait(20)
        send(self, *arguments)

    monkeypatch.setattr(Engine, "change", change)
    set_vacant(house, night, 1)
    slow = in_another(town, tick)
    assert reading.wait(20)
    set_vacant(house, night, 5)
    meanwhile()
    go_on.set()
    slow.join()


def test_a_slow_sender_is_waited_for_and_the_newest_is_last(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_else_sends() -> None:
        assert tick() == 0

    with_a_slow_sender(town, monkeypatch, nobody_else_sends)
    assert tick() == 1
    assert verify(5) == []


def test_control_without_the_lock_the_older_would_be_last(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def free_for_all(name: str, *, wait: float = 0.0) -> Iterator[bool]:
        yield True

    def another_sends() -> None:
        assert tick() == 1

    with monkeypatch.context() as patch:
        patch.setattr(sync, "advisory_lock", free_for_all)
        with_a_slow_sender(town, patch, another_sends)
    assert behind(town.uid) == [], "it looks as if all were sent"
    assert verify(5) != []


# --- 6: accepted, and then lost ------------------------------------------------------------------


def test_what_is_accepted_and_then_lost_is_sent_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: Engine, number: int) -> None:
        raise Away("task_not_found")

    house = town.house_with_type()
    set_vacant(house, dates.today(), 3)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_wait", lost)
        with pytest.raises(Away):
            tick()
    db.session.rollback()
    assert versions(house)[1] < versions(house)[0]
    assert tick() == 1
    assert verify(5) == []


def test_control_accepted_is_not_done(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that fails after it was accepted leaves nothing in the index."""
    house = town.house_with_type()
    set_vacant(house, dates.today(), 3)
    send = Engine.change

    def change(self: Engine, uid: str, added: Any, removed: Any) -> None:
        send(self, uid, [*added, {"id": "not an id!", "establishment": house.id}], removed)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_wait", lambda self, number: None)
        patch.setattr(Engine, "change", change)
        assert tick() == 1
    assert versions(house)[0] == versions(house)[1], "it looks as if it were sent"
    client = Client(town.engine.server.url, town.engine.server.key, timeout=5)
    newest = client.get_tasks({"limit": 1}).results[0]
    assert client.wait_for_task(newest.uid).status == "failed"
    assert verify(5) != []


# --- 7: a deletion lost --------------------------------------------------------------------------


def test_what_is_left_of_a_house_is_not_printed_and_is_swept_away(town: Town) -> None:
    """Closed past the application: the index does not know, the page and the sweep do."""
    house = town.house_with_type()
    client = town.app.test_client()

    def codes() -> set[str]:
        answer = client.get("/api/v1/vacancies?per_page=100").get_json()
        assert answer["engine"] == "meilisearch"
        return {item["establishment"]["code"] for item in answer["items"]}

    code = f"VT{house.id:05d}"
    assert code in codes()
    gone = update(Establishment).where(Establishment.id == house.id).values(status="suspended")
    db.session.execute(gone)
    db.session.commit()
    held = {one.establishment_id for one in town.engine.stored(town.uid)}
    assert house.id in held, "the control: the index alone would still show it"
    assert code not in codes()
    sync.send(town.engine, town.uid, [house.id], live=True)
    assert verify(5) == []


# --- 8: another state of the database ------------------------------------------------------------


def test_after_a_restore_of_yesterday_the_sweep_sends_what_differs(town: Town) -> None:
    house, night = town.house_with_type(), dates.today()
    names = ("search_version", "sent_version")
    before = db.session.execute(
        select(Establishment.search_version, Establishment.sent_version).where(
            Establishment.id == house.id
        )
    ).one()
    kept = db.session.get_one(SearchState, (town.uid, house.id))
    version, documents, name = kept.version, kept.documents, house.name
    db.session.execute(
        update(Establishment).where(Establishment.id == house.id).values(name="Tên mới")
    )
    set_vacant(house, night, 3)
    assert tick() == 1
    # The database goes back to what it was; the engine has gone on.
    db.session.execute(
        update(Establishment)
        .where(Establishment.id == house.id)
        .values(name=name, **dict(zip(names, before, strict=True)))
    )
    db.session.execute(
        update(SearchState)
        .where(SearchState.index_uid == town.uid, SearchState.establishment_id == house.id)
        .values(version=version, documents=documents)
    )
    db.session.commit()
    assert tick() == 0, "the control: the versions alone do not tell"
    assert sweep.sweep() != []
    assert tick() == 1
    assert [line for line in verify(5) if f"document h{house.id} " in line] == []
    assert sweep.sweep() == []


# --- 9, 10: rebuilding and swapping --------------------------------------------------------------


def write_before_the_swap(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebuild, and let a change be sent to the old index after the new one has caught up."""
    swap = rebuilding.make_live

    def make_live_late(uid: str) -> None:
        set_vacant(town.house_with_type(), dates.today(), 6)
        sync.send(town.engine, town.uid, [town.house_with_type().id], live=True)
        swap(uid)

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "make_live", make_live_late)
        rebuild(town.engine)


def test_what_only_the_old_index_was_sent_is_sent_to_the_new_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_before_the_swap(town, monkeypatch)
    assert tick() == 1
    assert verify(5) == []


def test_control_a_swap_that_keeps_the_old_index_s_books_would_lose_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_the_pointer(uid: str) -> None:
        others = update(SearchIndex).where(SearchIndex.uid != uid)
        db.session.execute(others.values(is_live=False))
        db.session.execute(update(SearchIndex).where(SearchIndex.uid == uid).values(is_live=True))
        db.session.commit()

    monkeypatch.setattr(rebuilding, "make_live", only_the_pointer)
    write_before_the_swap(town, monkeypatch)
    assert tick() == 0
    assert verify(5) != []


def test_killed_after_the_swap_nothing_is_swapped_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = town.uid

    def killed(uid: str) -> None:
        make_live(uid)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "make_live", killed)
        with pytest.raises(Killed):
            rebuild(town.engine)
    db.session.rollback()
    new = town.uid
    assert new != old
    make_live(new)
    assert town.uid == new
    assert verify(5) == []


def test_control_the_engine_s_own_swap_done_twice_swaps_back(town: Town) -> None:
    client = Client(town.engine.server.url, town.engine.server.key, timeout=5)
    town.engine.make("other")
    for expected in (0, town.engine.count(town.uid)):
        task = client.swap_indexes([{"indexes": [town.uid, "other"]}])
        assert client.wait_for_task(task.task_uid).status == "succeeded"
        assert town.engine.count(town.uid) == expected


# --- 12: a clock set back ------------------------------------------------------------------------


def test_a_clock_set_back_loses_no_change(town: Town) -> None:
    house = town.house_with_type()
    with time_machine.travel(dates.now() - timedelta(hours=1)):
        set_vacant(house, dates.today(), 3)
        assert tick() == 1
    assert verify(5) == []


def test_control_changes_read_by_time_would_be_passed_over(town: Town) -> None:
    db.session.execute(text("CREATE TABLE changed (house int, at timestamptz)"))
    last_run = dates.now()
    with time_machine.travel(last_run - timedelta(hours=1)):
        changed = text("INSERT INTO changed VALUES (1, :at)")
        db.session.execute(changed, {"at": dates.now()})
    since = text("SELECT house FROM changed WHERE at > :last")
    assert db.session.scalars(since, {"last": last_run}).all() == []
    db.session.rollback()
