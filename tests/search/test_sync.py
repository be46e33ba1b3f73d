"""The index follows SQL: nothing is lost, nothing is left over, whatever happens in between."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from meilisearch import Client
from sqlalchemy import delete, select, update

from app import dates
from app.db import advisory_lock, db
from app.registry.models import Establishment, RoomType
from app.registry.versions import mark_changed
from app.search import sweep, sync
from app.search.index import Engine, TaskFailed
from app.search.live import live_uid
from app.search.models import SearchIndex, SearchState
from app.search.rebuild import RebuildRunning, make_live, rebuild
from app.search.sweep import verify
from app.search.sync import SYNC_LOCK, tick
from tests.search.conftest import Town, set_vacant, versions


def test_a_change_is_sent_and_the_versions_are_equal(town: Town) -> None:
    house = town.house_with_type()
    set_vacant(house, dates.today(), 3)
    assert versions(house)[1] < versions(house)[0]
    assert tick() == 1
    assert versions(house)[0] == versions(house)[1]
    assert verify(5) == []


def test_nothing_to_send_costs_no_task(town: Town) -> None:
    client = Client(town.engine.server.url, town.engine.server.key, timeout=5)
    before = client.get_tasks({"limit": 1}).results[0].uid
    assert tick() == 0
    mark_changed(town.house_with_type().id)
    db.session.commit()
    assert tick() == 1
    assert client.get_tasks({"limit": 1}).results[0].uid == before, "no document has changed"


def change_while_sending(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another process commit a change after the documents were read, before they arrive."""
    house, night = town.house_with_type(), dates.today()
    set_vacant(house, night, 1)
    send = Engine.change

    def change(self: Engine, *arguments: Any) -> None:
        monkeypatch.setattr(Engine, "change", send)

        def other() -> None:
            with town.app.app_context():
                set_vacant(house, night, 5)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        send(self, *arguments)

    monkeypatch.setattr(Engine, "change", change)
    assert tick() == 1


def test_a_change_while_sending_is_not_lost(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    change_while_sending(town, monkeypatch)
    search_version, sent_version = versions(town.house_with_type())
    assert sent_version == search_version - 1, "cleared only up to the version that was read"
    assert tick() == 1
    assert verify(5) == []


def test_control_a_flag_would_have_lost_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def clear_the_flag(changes: list[sync.Change]) -> None:
        db.session.execute(
            update(Establishment)
            .where(Establishment.id.in_([change.establishment_id for change in changes]))
            .values(sent_version=Establishment.search_version)
        )

    monkeypatch.setattr(sync, "_record_sent", clear_the_flag)
    change_while_sending(town, monkeypatch)
    assert tick() == 0
    assert verify(5) != []


def test_a_house_no_longer_open_is_removed(town: Town) -> None:
    house = town.house_with_type()
    db.session.execute(
        update(Establishment).where(Establishment.id == house.id).values(status="suspended")
    )
    mark_changed(house.id)
    db.session.commit()
    tick()
    assert house.id not in {one.establishment_id for one in town.engine.stored(town.uid)}
    assert verify(5) == []


def test_a_type_that_is_gone_leaves_no_document(town: Town) -> None:
    house = town.house_with_type()
    gone = house.types[0].id
    db.session.execute(update(RoomType).where(RoomType.id == gone).values(confirmed_at=None))
    mark_changed(house.id)
    db.session.commit()
    tick()
    assert not [one for one in town.engine.stored(town.uid) if one.id.startswith(f"t{gone}-")]


def test_one_sender_at_a_time(town: Town) -> None:
    set_vacant(town.house_with_type(), dates.today(), 2)
    with advisory_lock(SYNC_LOCK) as held:
        assert held
        assert tick() == 0
    assert tick() == 1


def poison(monkeypatch: pytest.MonkeyPatch, house_id: int) -> None:
    """Make the engine refuse every task with a document of this house."""
    send = Engine.change

    def change(self: Engine, uid: str, added: Any, removed: Any) -> None:
        if any(one["establishment"] == house_id for one in added):
            added = [*added, {"id": "not an id!", "establishment": house_id}]
        send(self, uid, added, removed)

    monkeypatch.setattr(Engine, "change", change)


def test_one_refused_house_holds_up_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = [house for house in town.houses if house.approved]
    bad = open_[0]
    for house in open_:
        db.session.execute(
            update(Establishment).where(Establishment.id == house.id).values(name="Nhà mới")
        )
        mark_changed(house.id)
    db.session.commit()
    with monkeypatch.context() as patch:
        poison(patch, bad.id)
        tick()
    for house in open_[1:]:
        assert versions(house)[0] == versions(house)[1]
    assert versions(bad)[1] < versions(bad)[0]
    state = db.session.get_one(SearchState, (town.uid, bad.id))
    assert state.failure == "invalid_document_id"
    assert tick() == 0, "it waits for its next change or the sweep"
    sweep.sweep()
    assert tick() >= 1
    assert verify(5) == []


def test_control_a_refused_document_fails_its_whole_task(town: Town) -> None:
    documents = [{"id": "good", "establishment": 1}, {"id": "not an id!", "establishment": 1}]
    with pytest.raises(TaskFailed):
        town.engine.change(town.uid, documents, [])
    assert "good" not in {one.id for one in town.engine.stored(town.uid)}


# --- Losing and finding again --------------------------------------------------------------------


def test_a_lost_index_is_noticed_and_made_again(town: Town) -> None:
    lost = town.uid
    town.engine.drop(lost)
    assert sweep.check()
    assert town.uid != lost
    assert verify(5) == []


def test_an_index_that_came_back_empty_is_not_filled_up(town: Town) -> None:
    lost = town.uid
    town.engine.drop(lost)
    town.engine.make(lost)
    set_vacant(town.house_with_type(), dates.today(), 2)
    assert tick() == 0
    assert live_uid(anew=True) is None
    assert sweep.check()
    assert verify(5) == []


def test_the_sweep_repairs_what_is_missing_changed_or_left_over(town: Town) -> None:
    stored = list(town.engine.stored(town.uid))
    changed = {"id": stored[0].id, "establishment": stored[0].establishment_id, "hash": "other"}
    ghost = {"id": "t999-0", "establishment": 999, "hash": "x", "name": "Ghost"}
    town.engine.change(town.uid, [changed, ghost], [stored[1].id])
    assert len(verify(5)) == 3
    assert len(sweep.sweep()) == 3
    tick()
    assert verify(5) == []
    assert sweep.sweep() == []


def while_reading(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Let something happen between the sweep's reading of the index and its turn."""
    read = Engine.stored

    def stored(self: Engine, uid: str) -> list[Any]:
        found = list(read(self, uid))
        monkeypatch.setattr(Engine, "stored", read)
        act()
        return found

    monkeypatch.setattr(Engine, "stored", stored)


def test_what_is_sent_while_the_sweep_reads_is_no_difference(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = town.house_with_type()
    set_vacant(house, dates.today(), 1)
    tick()

    def change() -> None:
        # Other documents of the same type, and one less of them.
        gone = house.types[0].id
        db.session.execute(update(RoomType).where(RoomType.id == gone).values(confirmed_at=None))
        mark_changed(house.id)
        db.session.commit()
        assert tick() == 1

    while_reading(monkeypatch, change)
    assert sweep.sweep() == []
    assert verify(5) == []


def test_two_sweeps_at_once_undo_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(town.engine.stored(town.uid))
    town.engine.change(town.uid, [], [first.id])
    found: list[list[str]] = []
    while_reading(monkeypatch, lambda: found.append(sweep.sweep()))
    # The other one has the house sent again; until it is, this one finds nothing of it left over.
    assert sweep.sweep() == []
    assert found == [[first.id]]
    assert tick() == 1
    assert verify(5) == []


def test_another_count_of_documents_is_found_at_once(town: Town) -> None:
    town.engine.change(town.uid, [], [next(town.engine.stored(town.uid)).id])
    assert not sweep.check()
    tick()
    assert verify(5) == []


def test_a_change_past_the_application_is_found_by_verify(town: Town) -> None:
    house = town.house_with_type()
    db.session.execute(
        update(Establishment).where(Establishment.id == house.id).values(name="Đổi tên")
    )
    db.session.commit()
    assert any(f"house {house.id}:" in line for line in verify(5))


def test_the_turn_of_the_day_marks_every_house_once(town: Town) -> None:
    assert not sweep.turn_day()
    with time_machine.travel(dates.now() + timedelta(days=1)):
        assert sweep.turn_day()
        assert not sweep.turn_day()
        while tick():
            pass
        assert verify(5) == []


def test_control_without_the_turn_of_the_day_the_window_stays_behind(town: Town) -> None:
    with time_machine.travel(dates.now() + timedelta(days=1)):
        assert verify(5) != []


# --- Rebuilding ----------------------------------------------------------------------------------


def test_a_rebuild_while_writes_go_on_loses_nothing(town: Town) -> None:
    house, night = town.house_with_type(), dates.today()
    stop, searches = threading.Event(), []

    def write() -> None:
        with town.app.app_context():
            count = 0
            while not stop.is_set():
                count += 1
                set_vacant(house, night, count % 4)
                tick()

    def search() -> None:
        with town.app.app_context():
            client = town.app.test_client()
            while not stop.is_set():
                answer = client.get("/api/v1/vacancies").get_json()
                searches.append((answer["engine"], answer["total"]))

    threads = [threading.Thread(target=write), threading.Thread(target=search)]
    for thread in threads:
        thread.start()
    try:
        before = town.uid
        for _ in range(3):
            rebuild(town.engine)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert town.uid != before
    expected = sum(house.approved for house in town.houses)
    assert searches
    assert set(searches) == {("meilisearch", expected)}
    assert verify(20) == []


def test_one_rebuild_at_a_time(town: Town) -> None:
    with advisory_lock("search rebuild") as held:
        assert held
        with pytest.raises(RebuildRunning):
            rebuild(town.engine)


def test_swapping_twice_changes_nothing(town: Town) -> None:
    uid = town.uid
    make_live(uid)
    make_live(uid)
    assert town.uid == uid
    assert verify(5) == []


def test_other_settings_make_another_index(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = town.uid
    monkeypatch.setattr("app.search.sweep.settings_hash", lambda: "other")
    monkeypatch.setattr("app.search.rebuild.settings_hash", lambda: "other")
    assert sweep.check()
    assert town.uid != before
    assert not sweep.check()


def test_what_a_swap_or_a_killed_rebuild_leaves_behind_is_dropped_later(town: Town) -> None:
    old = town.uid
    rebuild(town.engine)
    sweep.clean()
    assert old in town.engine.uids(), "a searching process may still ask it"
    db.session.add(SearchIndex(uid="half", settings_hash="", made_at="", day=dates.today()))
    db.session.commit()
    town.engine.make("half")
    with time_machine.travel(dates.now() + timedelta(minutes=2)):
        sweep.clean()
    assert town.engine.uids() == [town.uid]
    assert db.session.scalars(select(SearchIndex.uid)).all() == [town.uid]


def test_a_house_that_is_deleted_is_a_ghost_for_the_sweep(town: Town) -> None:
    house = next(house for house in town.houses if house.approved and not house.types)
    from app.registry.models import Classification

    db.session.execute(delete(Classification).where(Classification.establishment_id == house.id))
    db.session.execute(delete(Establishment).where(Establishment.id == house.id))
    db.session.commit()
    assert any("is in the index only" in line for line in verify(5))
    sweep.sweep()
    assert verify(5) == []


# --- Commands ------------------------------------------------------------------------------------


def test_verify_and_rebuild_as_commands(town: Town) -> None:
    runner = town.app.test_cli_runner()
    result = runner.invoke(args=["search", "verify"])
    assert (result.exit_code, result.output) == (0, "The index is the same as the database.\n")
    town.engine.change(town.uid, [], ["h1"])
    result = runner.invoke(args=["search", "verify"])
    assert result.exit_code == 1
    assert "house 1: document h1 is missing in the index" in result.output
    assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
    assert runner.invoke(args=["search", "verify"]).exit_code == 0


def test_a_change_is_found_within_two_seconds(town: Town) -> None:
    house, night = town.house_with_type(), dates.today() + timedelta(days=400 - 399)
    capacity = house.types[0].capacity
    url = f"/api/v1/vacancies?check_in={night}&adults={capacity}&per_page=100"
    begun = time.monotonic()
    set_vacant(house, night, 4)
    db.session.execute(
        update(RoomType).where(RoomType.id == house.types[0].id).values(confirmed_at=dates.now())
    )
    mark_changed(house.id)
    db.session.commit()
    tick()
    answer = town.app.test_client().get(url).get_json()
    assert answer["engine"] == "meilisearch"
    assert f"VT{house.id:05d}" in {item["establishment"]["code"] for item in answer["items"]}
    assert time.monotonic() - begun < 5
