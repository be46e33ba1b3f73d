"""Comparing the index with SQL both ways, the turn of the day, and clearing up behind swaps."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import func, select, update

from app import dates
from app.db import advisory_lock, db
from app.registry.models import Establishment
from app.search.documents import documents_of, window
from app.search.houses import SHOWN_STATUS, read_houses
from app.search.index import Engine, Stored, settings_hash
from app.search.live import engine as current_engine
from app.search.models import SearchIndex, SearchState
from app.search.rebuild import REBUILD_LOCK, RebuildRunning, rebuild
from app.search.sync import HOUSES_A_TURN, SYNC_LOCK, behind, give_up, live_index, tick

log = structlog.get_logger()

# A searching process looks at most a second old at which index is live; be generous.
KEPT_AFTER_SWAP = timedelta(minutes=1)
KEPT_TASKS = timedelta(days=1)
WASTE = 4.0


# --- The worker's rounds -------------------------------------------------------------------


def check() -> bool:
    """Make an index where there is none, or one made with other settings; return whether it did.

    Also compares in full where the engine counts other documents than were sent.
    """
    engine = current_engine()
    if engine is None:
        return False
    live = live_index()
    wanted = live is not None and live.settings_hash == settings_hash()
    if live is not None and engine.made_at(live.uid) != live.made_at:
        give_up(live.uid)
        wanted = False
    if not wanted:
        try:
            rebuild(engine)
        except RebuildRunning:
            db.session.rollback()
            return False
        return True
    if live is not None and not _counts_agree(engine, live.uid):
        sweep()
    db.session.rollback()
    return False


def _counts_agree(engine: Engine, uid: str) -> bool:
    keys = func.jsonb_object_keys(SearchState.documents).table_valued("key")
    sent = db.session.scalar(
        select(func.count())
        .select_from(SearchState)
        .join(keys, onclause=SearchState.index_uid == uid)
    )
    busy = bool(behind(uid, limit=1))
    db.session.rollback()
    return busy or engine.count(uid) == sent


def sweep() -> list[str]:
    """Compare what the index holds with what was sent to it, repair, and name the differences."""
    engine, live = current_engine(), live_index()
    if engine is None or live is None:
        return []
    uid = live.uid
    stored = {one.id: one for one in engine.stored(uid)}
    with advisory_lock(SYNC_LOCK, wait=30) as held:
        if not held:
            return []
        ghosts, wrong = _differing(engine, uid, stored)
        if ghosts:
            engine.change(uid, [], ghosts)
        send_again(uid, set(wrong.values()))
    if ghosts or wrong:
        log.warning("search index differed", ghosts=len(ghosts), wrong=len(wrong))
    return [*ghosts, *sorted(wrong)]


def _differing(
    engine: Engine, uid: str, stored: dict[str, Stored]
) -> tuple[list[str], dict[str, int]]:
    """Return the documents nobody sent, and those that lack or differ with their houses.

    ``stored`` was read while others were sending, so what differs from it is read again now that
    nobody does. A house that is waiting to be sent is left to its turn, which mends it anyway.
    """
    sent, late = _sent(uid), _late()
    doubtful = {
        key
        for key in stored.keys() | sent.keys()
        if key not in stored or key not in sent or stored[key].hash != sent[key][1]
    }
    now = {one.id: one for one in engine.stored_of(uid, sorted(doubtful))}
    ghosts = [key for key in now if key not in sent and now[key].establishment_id not in late]
    wrong = {
        key: sent[key][0]
        for key in doubtful & sent.keys()
        if sent[key][0] not in late and (key not in now or now[key].hash != sent[key][1])
    }
    return sorted(ghosts), wrong


def _late() -> set[int]:
    """Return the houses that are waiting to be sent."""
    waiting = Establishment.sent_version < Establishment.search_version
    return set(db.session.scalars(select(Establishment.id).where(waiting)))


def _sent(uid: str) -> dict[str, tuple[int, str]]:
    """Return document → (house, hash), as it was sent."""
    rows = db.session.execute(
        select(SearchState.establishment_id, SearchState.documents).where(
            SearchState.index_uid == uid
        )
    ).all()
    return {key: (house, digest) for house, sent in rows for key, digest in sent.items()}


def send_again(uid: str, houses: Collection[int]) -> None:
    """Forget what was sent of these houses, and of those that were refused; commits."""
    doubtful = SearchState.establishment_id.in_(sorted(houses))
    refused = SearchState.failed_version.is_not(None)
    ids = db.session.scalars(
        update(SearchState)
        .where(SearchState.index_uid == uid, doubtful | refused)
        .values(documents={}, failed_version=None, failure=None)
        .returning(SearchState.establishment_id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.execute(
        update(Establishment)
        .where(Establishment.id.in_(ids))
        .values(sent_version=0)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def turn_day() -> bool:
    """Mark every house once on each hotel day, since the window of nights has moved on."""
    live, today = live_index(), dates.today()
    if live is None or live.day >= today:
        db.session.rollback()
        return False
    uid = live.uid
    for ids in _shown_houses():
        db.session.execute(
            update(Establishment)
            .where(Establishment.id.in_(ids))
            .values(search_version=Establishment.search_version + 1)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
    # Last, so that a process that is killed half-way marks them all again.
    db.session.execute(
        update(SearchIndex)
        .where(SearchIndex.uid == uid)
        .values(day=today)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return True


def _shown_houses() -> Iterator[list[int]]:
    last = 0
    while True:
        ids = list(
            db.session.scalars(
                select(Establishment.id)
                .where(Establishment.status == SHOWN_STATUS, Establishment.id > last)
                .order_by(Establishment.id)
                .limit(HOUSES_A_TURN)
            )
        )
        db.session.rollback()
        if not ids:
            return
        yield ids
        last = ids[-1]


def clean() -> None:
    """Drop indexes that were swapped out or never finished, and the tasks of yesterday."""
    engine = current_engine()
    if engine is None:
        return
    with advisory_lock(REBUILD_LOCK) as held:
        if held:
            _drop_unused(engine)
    engine.forget_tasks(dates.now() - KEPT_TASKS)


def _drop_unused(engine: Engine) -> None:
    """While nobody rebuilds, what is neither live nor just swapped out was left behind."""
    recent = dates.now() - KEPT_AFTER_SWAP
    for row in db.session.scalars(select(SearchIndex).where(~SearchIndex.is_live)).all():
        if row.retired_at is None or row.retired_at < recent:
            engine.drop(row.uid)
            db.session.delete(row)
    db.session.commit()


def compact() -> bool:
    """Rebuild where the file has grown to several times what it holds; it never shrinks."""
    engine = current_engine()
    if engine is None or engine.wasted() < WASTE:
        return False
    # Whoever rebuilds at this moment compacts as well.
    with suppress(RebuildRunning):
        rebuild(engine)
    return True


# --- Proof -------------------------------------------------------------------------------------


class NotUpToDate(Exception):
    """The index has not caught up in time, or there is none."""


def verify(seconds: float = 60.0) -> list[str]:
    """Wait until the index is up to date, compare it with SQL both ways, return the differences.

    Raises :class:`NotUpToDate`. What is changed during the comparison is left out of it.
    """
    engine = current_engine()
    if engine is None:
        raise NotUpToDate("no engine")
    deadline = time.monotonic() + seconds
    while True:
        uid = _wait_until_sent(engine, deadline)
        with advisory_lock(SYNC_LOCK, wait=30) as held:
            if held and not behind(uid, limit=1):
                return _differences(engine, uid)
        db.session.rollback()
        if time.monotonic() > deadline:
            raise NotUpToDate("the index does not catch up")


def _wait_until_sent(engine: Engine, deadline: float) -> str:
    """Return the live index once nothing is left to send; sends itself where no worker does."""
    while True:
        live = live_index()
        uid = live.uid if live else None
        late = bool(uid is not None and behind(uid, limit=1))
        db.session.rollback()
        if uid is not None and not late:
            return uid
        if time.monotonic() > deadline:
            raise NotUpToDate("no index" if uid is None else "the index does not catch up")
        if uid is None:
            check()
        elif not tick():
            time.sleep(0.1)


def _differences(engine: Engine, uid: str) -> list[str]:
    stored: dict[int, dict[str, str]] = defaultdict(dict)
    for one in engine.stored(uid):
        stored[one.establishment_id][one.id] = one.hash
    found, seen = [], set()
    last = 0
    while ids := _all_houses(last):
        changed, expected = _expected(ids)
        seen.update(ids)
        for house in ids:
            if house not in changed:
                found += _compare(house, expected.get(house, {}), stored.get(house, {}))
        last = ids[-1]
    for house in sorted(stored.keys() - seen):
        found += _compare(house, {}, stored[house])
    return found


def _all_houses(after: int) -> list[int]:
    statement = select(Establishment.id).where(Establishment.id > after)
    return list(db.session.scalars(statement.order_by(Establishment.id).limit(HOUSES_A_TURN)))


def _expected(ids: list[int]) -> tuple[set[int], dict[int, dict[str, str]]]:
    """Return the houses that were changed just now, and the documents of all, in one snapshot."""
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    changed = db.session.scalars(
        select(Establishment.id).where(
            Establishment.id.in_(ids), Establishment.sent_version < Establishment.search_version
        )
    ).all()
    today = dates.today()
    houses = read_houses(ids, today)
    db.session.rollback()
    nights = window(today)
    documents = {
        house.id: {one["id"]: one["hash"] for one in documents_of(house, nights)}
        for house in houses
    }
    return set(changed), documents


def _compare(house: int, expected: dict[str, str], stored: dict[str, str]) -> list[str]:
    differences = []
    for key in sorted(expected.keys() | stored.keys()):
        if key not in stored:
            differences.append(f"house {house}: document {key} is missing in the index")
        elif key not in expected:
            differences.append(f"house {house}: document {key} is in the index only")
        elif expected[key] != stored[key]:
            differences.append(f"house {house}: document {key} differs")
    return differences
