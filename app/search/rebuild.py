"""A new index filled from SQL beside the live one, and the swap, while writes go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import and_, func, select, update
from sqlalchemy.exc import OperationalError

from app import dates
from app.db import advisory_lock, db, new_id
from app.registry.models import Establishment
from app.search.index import Engine, settings_hash
from app.search.models import SearchIndex, SearchState
from app.search.sync import HOUSES_A_TURN, SYNC_LOCK, Change, deliver, prepare, record, send

log = structlog.get_logger()

REBUILD_LOCK = "search rebuild"
PREFIX = "vacancies"
# Houses that may be left for the moment in which sending to the live index pauses.
FEW = 50
DOCUMENTS_A_FILLING = 5000
ATTEMPTS = 20

Report = Callable[[int], None]


class RebuildRunning(Exception):
    """Another process is rebuilding the index."""


def rebuild(engine: Engine, report: Report = lambda houses: None) -> str:
    """Make an index, fill it, swap it in and return its uid; ``report`` hears how many are in.

    The live index is searched and kept up to date meanwhile; it is dropped later, by ``clean``.
    """
    with advisory_lock(REBUILD_LOCK) as held:
        if not held:
            raise RebuildRunning
        uid = _begin(engine)
        _fill(engine, uid, report)
        _swap(engine, uid)
    log.info("search index rebuilt", uid=uid)
    return uid


def _begin(engine: Engine) -> str:
    uid = f"{PREFIX}-{settings_hash()}-{new_id().hex[-12:]}"
    # Noted first, so that what a killed process leaves behind is known and cleared up.
    index = SearchIndex(uid=uid, settings_hash=settings_hash(), made_at="", day=dates.today())
    db.session.add(index)
    db.session.commit()
    index.made_at = engine.make(uid)
    db.session.commit()
    return uid


def _fill(engine: Engine, uid: str, report: Report) -> None:
    """Send every house, and again those that changed meanwhile, until few are left."""
    _send_all(engine, uid, report)
    for _ in range(ATTEMPTS):
        if len(_lacking(uid)) <= FEW:
            return
        _catch_up(engine, uid)


def _send_all(engine: Engine, uid: str, report: Report) -> None:
    """Send every house; the next ones are read while the engine takes in the last ones."""
    sent = 0
    before: list[Change] = []
    with ThreadPoolExecutor(1) as sender:
        delivery = sender.submit(deliver, engine, uid, before)
        for changes in _all_changes(uid):
            delivery.result()
            record(uid, before, live=False)
            sent += len(before)
            report(sent)
            # It speaks to the engine alone, never to the database.
            before = changes
            delivery = sender.submit(deliver, engine, uid, changes, 2 * DOCUMENTS_A_FILLING)
        delivery.result()
        record(uid, before, live=False)
        report(sent + len(before))


def _all_changes(uid: str) -> Iterator[list[Change]]:
    """Read every house, in portions of about as many documents as make a task.

    The engine puts the documents of a task in order among all it holds, so that many small tasks
    cost more and more.
    """
    last, size = 0, 0
    portion: list[Change] = []
    while ids := _lacking(uid, after=last):
        for change in prepare(uid, ids):
            portion.append(change)
            size += len(change.added)
        last = ids[-1]
        if size >= DOCUMENTS_A_FILLING:
            yield portion
            portion, size = [], 0
    yield portion


def _catch_up(engine: Engine, uid: str) -> None:
    last = 0
    while ids := _lacking(uid, after=last):
        send(engine, uid, ids, live=False)
        last = ids[-1]


def _lacking(uid: str, after: int = 0) -> list[int]:
    """Return houses the index lacks a version of, but for those it refused."""
    state = and_(
        SearchState.index_uid == uid,
        SearchState.establishment_id == Establishment.id,
    )
    found = list(
        db.session.scalars(
            select(Establishment.id)
            .outerjoin(SearchState, state)
            .where(
                Establishment.id > after,
                func.coalesce(SearchState.version, 0) < Establishment.search_version,
                SearchState.failed_version.is_distinct_from(Establishment.search_version),
            )
            .order_by(Establishment.id)
            .limit(HOUSES_A_TURN)
        )
    )
    db.session.rollback()
    return found


def _swap(engine: Engine, uid: str) -> None:
    """Let the new index catch up while nothing is sent to the live one, and make it the live one.

    A write that commits after the last reading is behind in the new index too, since
    ``sent_version`` becomes what the new index holds.
    """
    for attempt in range(ATTEMPTS):
        with advisory_lock(SYNC_LOCK, wait=60) as held:
            if held and _swapped(engine, uid):
                return
        time.sleep(0.2 * (attempt + 1))
    raise RebuildRunning


def _swapped(engine: Engine, uid: str) -> bool:
    _catch_up(engine, uid)
    try:
        make_live(uid)
    except OperationalError:
        # Somebody holds a house's row for longer than we may wait.
        db.session.rollback()
        return False
    return True


def make_live(uid: str) -> None:
    """Point the searches to the index. Done twice it changes nothing."""
    db.session.execute(
        update(SearchIndex)
        .where(SearchIndex.is_live, SearchIndex.uid != uid)
        .values(is_live=False, retired_at=dates.now())
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(SearchIndex)
        .where(SearchIndex.uid == uid)
        .values(is_live=True, retired_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Establishment)
        .where(
            Establishment.id == SearchState.establishment_id,
            SearchState.index_uid == uid,
            Establishment.sent_version != SearchState.version,
        )
        .values(sent_version=SearchState.version)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
