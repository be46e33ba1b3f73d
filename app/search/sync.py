"""Bringing the index up to what SQL says: versions, never flags, tell what it still lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Integer, and_, bindparam, column, func, select, update, values
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.db import advisory_lock, db
from app.registry.models import Establishment
from app.search.documents import Document, documents_of, window
from app.search.houses import read_houses
from app.search.index import Engine, TaskFailed
from app.search.live import engine as current_engine
from app.search.models import SearchIndex, SearchState

log = structlog.get_logger()

SYNC_LOCK = "search sync"
HOUSES_A_TURN = 200
DOCUMENTS_A_TASK = 1000


@dataclass
class Change:
    """What one house's documents in an index lack, as of the version that was read with them."""

    establishment_id: int
    version: int
    hashes: dict[str, str]
    added: list[Document] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failure: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.removed


def tick() -> int:
    """Send what the live index lacks and return the number of houses; one sender at a time.

    Raises ``Away`` where the engine is not there: nothing is lost, the versions still differ.
    """
    engine = current_engine()
    if engine is None:
        return 0
    with advisory_lock(SYNC_LOCK) as held:
        return _send_behind(engine) if held else 0


def _send_behind(engine: Engine) -> int:
    live = live_index()
    ids = behind(live.uid) if live else []
    if live is None or not ids:
        db.session.rollback()
        return 0
    uid, made_at = live.uid, live.made_at
    # Documents sent to an index that is gone would make a new one, without its settings.
    if engine.made_at(uid) != made_at:
        give_up(uid)
        return 0
    return send(engine, uid, ids, live=True)


def send(engine: Engine, uid: str, ids: Sequence[int], *, live: bool) -> int:
    """Read, send and note these houses; return how many there were."""
    changes = prepare(uid, ids)
    deliver(engine, uid, changes)
    record(uid, changes, live=live)
    return len(changes)


def live_index() -> SearchIndex | None:
    return db.session.scalar(select(SearchIndex).where(SearchIndex.is_live))


def give_up(uid: str) -> None:
    """Stop using an index that was lost; SQL answers until another is made."""
    log.warning("search index lost", uid=uid)
    db.session.execute(
        update(SearchIndex)
        .where(SearchIndex.uid == uid)
        .values(is_live=False, retired_at=dates.now())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def behind(uid: str, limit: int = HOUSES_A_TURN) -> list[int]:
    """Return houses of which the live index lacks a version, but for those it refused."""
    refused = and_(
        SearchState.index_uid == uid,
        SearchState.establishment_id == Establishment.id,
        SearchState.failed_version == Establishment.search_version,
    )
    return list(
        db.session.scalars(
            select(Establishment.id)
            .where(
                Establishment.sent_version < Establishment.search_version,
                ~select(SearchState).where(refused).exists(),
            )
            .order_by(Establishment.id)
            .limit(limit)
        )
    )


def prepare(uid: str, ids: Sequence[int]) -> list[Change]:
    """Read versions, documents and what was sent of these houses in one snapshot, and compare."""
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    today = dates.today()
    current = select(Establishment.id, Establishment.search_version)
    known = select(SearchState.establishment_id, SearchState.documents)
    versions = dict(db.session.execute(current.where(Establishment.id.in_(ids))).all())
    mine = (SearchState.index_uid == uid, SearchState.establishment_id.in_(ids))
    sent = dict(db.session.execute(known.where(*mine)).all())
    houses = {house.id: house for house in read_houses(ids, today)}
    db.session.rollback()
    nights = window(today)
    return [
        compare(
            establishment_id,
            version,
            documents_of(houses[establishment_id], nights) if establishment_id in houses else [],
            sent.get(establishment_id, {}),
        )
        for establishment_id, version in versions.items()
    ]


def compare(
    establishment_id: int, version: int, documents: Sequence[Document], sent: dict[str, str]
) -> Change:
    """Return what to add and to remove, so that the index holds these documents and no other."""
    hashes = {document["id"]: document["hash"] for document in documents}
    return Change(
        establishment_id,
        version,
        hashes,
        added=[one for one in documents if sent.get(one["id"]) != one["hash"]],
        removed=sorted(sent.keys() - hashes.keys()),
    )


def deliver(
    engine: Engine, uid: str, changes: Sequence[Change], most: int = DOCUMENTS_A_TASK
) -> None:
    """Send the changes; a house the engine refuses is marked so, and holds up no other."""
    for batch in batches([change for change in changes if not change.is_empty], most):
        _deliver_batch(engine, uid, batch)


def batches(changes: Sequence[Change], most: int = DOCUMENTS_A_TASK) -> Iterator[list[Change]]:
    """Cut the changes into tasks of a bounded number of documents."""
    batch: list[Change] = []
    size = 0
    for change in changes:
        if batch and size + len(change.added) > most:
            yield batch
            batch, size = [], 0
        batch.append(change)
        size += len(change.added)
    if batch:
        yield batch


def _deliver_batch(engine: Engine, uid: str, batch: Sequence[Change]) -> None:
    added = [document for change in batch for document in change.added]
    removed = [identifier for change in batch for identifier in change.removed]
    try:
        engine.change(uid, added, removed)
    except TaskFailed as error:
        # One bad document fails its whole task: halve until it stands alone.
        if len(batch) == 1:
            batch[0].failure = error.code
            log.error("search refused a house", id=batch[0].establishment_id, code=error.code)
            return
        middle = len(batch) // 2
        _deliver_batch(engine, uid, batch[:middle])
        _deliver_batch(engine, uid, batch[middle:])


def record(uid: str, changes: Sequence[Change], *, live: bool) -> None:
    """Note what the index now holds, up to the version that was read and not beyond; commits."""
    done = [change for change in changes if change.failure is None]
    if done:
        _record_states(uid, done)
        if live:
            _record_sent(done)
    for change in changes:
        if change.failure is not None:
            _record_failure(uid, change)
    db.session.commit()


def _record_states(uid: str, changes: Sequence[Change]) -> None:
    statement = insert(SearchState).values(
        [
            {
                "index_uid": uid,
                "establishment_id": change.establishment_id,
                "version": change.version,
                "documents": change.hashes,
                "failed_version": None,
                "failure": None,
            }
            for change in changes
        ]
    )
    names = ("version", "documents", "failed_version", "failure")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["index_uid", "establishment_id"],
            set_={name: statement.excluded[name] for name in names},
        )
    )


def _record_sent(changes: Sequence[Change]) -> None:
    """Raise ``sent_version``; a house that is locked is being changed and will be read again."""
    read = values(column("id", Integer), column("version", Integer), name="read").data(
        [(change.establishment_id, change.version) for change in changes]
    )
    free = (
        select(Establishment.id)
        .where(Establishment.id.in_([change.establishment_id for change in changes]))
        .with_for_update(skip_locked=True, key_share=True)
    )
    db.session.execute(
        update(Establishment)
        .where(Establishment.id == read.c.id, Establishment.id.in_(free))
        .values(sent_version=func.greatest(Establishment.sent_version, read.c.version))
        .execution_options(synchronize_session=False)
    )


def _record_failure(uid: str, change: Change) -> None:
    statement = insert(SearchState).values(
        index_uid=uid,
        establishment_id=change.establishment_id,
        failed_version=change.version,
        failure=bindparam("failure", change.failure),
    )
    names = ("failed_version", "failure")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["index_uid", "establishment_id"],
            set_={name: statement.excluded[name] for name in names},
        )
    )
