"""Imports of guests: taking a list in, working through it in the background, mending its rows."""

from __future__ import annotations

import base64
import gc
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, or_, select, update

from app import dates
from app.audit.operations import record
from app.db import advisory_lock, db, new_id
from app.identity import keyring
from app.registry.models import Establishment
from app.registry.units import Units
from app.stays.imports.models import OPEN, GuestImport, GuestImportRow
from app.stays.imports.reading import (
    LIMITS,
    ROWS_MOST,
    Line,
    LineReader,
    NoGuests,
    Party,
    Table,
    mark_doubles,
    parties_of,
    table_of,
)
from app.stays.imports.storing import Store, copy_rows
from app.stays.reading import Columns
from app.web.security import Principal
from app.web.sheets import UnreadableSheet, read_rows

log = structlog.get_logger()

# Rows stored in one transaction: long enough for COPY to pay, short enough for a check-in to wait.
CHUNK = 2_000
# Until a dry run is stored for good, and faulty rows are mended, they are kept this long.
DRY_RUN_KEPT = timedelta(days=1)
ROWS_KEPT = timedelta(days=7)
RESULTS_KEPT = timedelta(days=90)
OPEN_MOST = 5
ROW_FIELD = "guestimportrow.content"


class TooManyImports(Exception):
    """The house has as many imports waiting as it may."""


class Cancelled(Exception):
    """Somebody asked to stop."""


# --- Asking ----------------------------------------------------------------------------------


def start(house: Establishment, content: bytes, *, dry_run: bool, by: Principal) -> GuestImport:
    """Take a list in, sealed; the worker reads it."""
    waiting = select(func.count()).where(
        GuestImport.establishment_id == house.id, GuestImport.state.in_(OPEN)
    )
    if (db.session.scalar(waiting) or 0) >= OPEN_MOST:
        raise TooManyImports
    made = GuestImport(id=new_id(), establishment_id=house.id, dry_run=dry_run, created_by=by.actor)
    made.state, made.counts, made.columns = "waiting", {}, []
    made.content = base64.b64encode(content).decode("ascii")
    db.session.add(made)
    db.session.flush()
    return made


def store_for_good(done: GuestImport) -> bool:
    """Let the worker store what a dry run has looked at; False where its content is gone."""
    if not done.dry_run or done.is_open or done.content_sealed is None:
        return False
    db.session.execute(delete(GuestImportRow).where(GuestImportRow.import_id == done.id))
    done.dry_run, done.state, done.cancel_asked = False, "waiting", False
    done.rows_done, done.counts, done.finished_at = 0, {}, None
    return True


def cancel(running: GuestImport) -> None:
    """Stop after the rows being stored; what was stored stays, each row says so."""
    if running.state == "waiting":
        _finish(running, "cancelled")
    elif running.state == "working":
        running.cancel_asked = True
    elif running.dry_run:
        running.content_sealed = None


def _finish(done: GuestImport, state: str, failure: str | None = None) -> None:
    done.state, done.failure, done.finished_at = state, failure, dates.now()
    if not (done.dry_run and state == "done"):
        done.content_sealed = None


# --- Working ---------------------------------------------------------------------------------


def tick() -> bool:
    """Work through the import that has waited longest; return whether there was one.

    A lock that dies with its process keeps workers apart. Each chunk of rows is one transaction
    with its results, so whoever goes on after a killed worker leaves out what has a result.
    """
    forget_old()
    waiting = db.session.scalars(
        select(GuestImport.id)
        .where(GuestImport.state.in_(OPEN))
        .order_by(GuestImport.created_at, GuestImport.id)
        .limit(10)
    ).all()
    db.session.rollback()
    for import_id in waiting:
        with advisory_lock(f"guest import {import_id}") as held:
            if held and work(import_id):
                return True
    return False


def work(import_id: uuid.UUID) -> bool:
    """Do one import to its end, unless it has one; the caller holds its lock."""
    running = db.session.get(GuestImport, import_id, populate_existing=True)
    if running is None or not running.is_open:
        return False
    running.state = "working"
    db.session.commit()
    try:
        try:
            _run(running)
        finally:
            gc.unfreeze()
    except UnreadableSheet as unreadable:
        _fail(running, unreadable.code)
    except NoGuests:
        _fail(running, "no_guests")
    except Cancelled:
        db.session.rollback()
        db.session.refresh(running)
        _finish(running, "cancelled")
        db.session.commit()
    return True


def _fail(running: GuestImport, code: str) -> None:
    db.session.rollback()
    db.session.refresh(running)
    _finish(running, "failed", code)
    db.session.commit()


def _run(running: GuestImport) -> None:
    house = db.session.get_one(Establishment, running.establishment_id)
    content = base64.b64decode(running.content or "")
    now, units = dates.now(), _lasting_units()
    # Reading takes longer than a transaction may be idle, so there is none meanwhile.
    db.session.commit()
    table = table_of(read_rows(content, LIMITS), dates.local(now).date())
    del content
    lines = _lines(table, LineReader(table.columns, now, units, table.rows[table.first :]))
    running.rows_total = len(lines)
    running.columns = sorted(table.columns.names)
    db.session.commit()
    done = set(
        db.session.scalars(
            select(GuestImportRow.line).where(GuestImportRow.import_id == running.id)
        )
    )
    by = principal_of(running.created_by, house.id)
    for chunk in _chunks(lines):
        left = [line for line in chunk.lines if line.number not in done]
        if left:
            _store_chunk(
                running,
                house,
                chunk.parties
                if len(left) == len(chunk.lines)
                else parties_of([x for x in left if not x.state]),
                left,
                by,
            )
    _conclude(running, by)


def _lasting_units() -> Units:
    """Return the units detached from the session, so that reading one asks no database."""
    units = Units.load()
    for row in (*units.by_id.values(), *units.areas.values()):
        db.session.expunge(row)
    return units


def _lines(table: Table, reader: LineReader) -> list[Line]:
    lines: list[Line] = []
    # Nothing made here is garbage before the end, and looking for it takes a fifth of the time.
    gc.disable()
    try:
        for number, cells in table.lines():
            if len(lines) == ROWS_MOST:
                raise UnreadableSheet("too_many_rows")
            lines.append(reader.read(number, cells))
        # What is read so far lives until it is stored: it is not searched for garbage either.
        gc.freeze()
    finally:
        gc.enable()
    mark_doubles(lines)
    return lines


class Chunk:
    """Whole parties, and the lines that are none, for one transaction."""

    def __init__(self) -> None:
        self.parties: list[Party] = []
        self.lines: list[Line] = []


def _chunks(lines: Sequence[Line]) -> Iterator[Chunk]:
    """Yield the parties, some thousand lines at a time; the rest is told with the first."""
    chunk = Chunk()
    chunk.lines = [line for line in lines if line.state]
    for party in parties_of([line for line in lines if not line.state]):
        chunk.parties.append(party)
        chunk.lines += party.lines
        if len(chunk.lines) >= CHUNK:
            yield chunk
            chunk = Chunk()
    if chunk.lines:
        yield chunk


def _store_chunk(
    running: GuestImport,
    house: Establishment,
    parties: Sequence[Party],
    lines: Sequence[Line],
    by: Principal,
) -> None:
    """Store the parties and the results of the lines in one transaction."""
    if running.cancel_asked:
        raise Cancelled
    store = Store(house, by, dates.now())
    if running.dry_run:
        savepoint = db.session.begin_nested()
        store.store(parties)
        savepoint.rollback()
    else:
        store.store(parties)
    _copy_results(running, lines)
    counts = Counter(running.counts) + Counter(line.state for line in lines)
    running.counts = dict(counts)
    running.rows_done += len(lines)
    db.session.commit()
    db.session.refresh(running)


def _copy_results(running: GuestImport, lines: Sequence[Line]) -> None:
    seal = keyring().seal
    rows = []
    for line in lines:
        row_id, sealed, stay_id = new_id(), None, line.stay_id
        settle(line, dry_run=running.dry_run)
        if line.state == "faulty":
            said = json.dumps(line.texts, ensure_ascii=False)
            sealed = seal(said, row=row_id, field=ROW_FIELD)
        if running.dry_run and line.state != "duplicate":
            stay_id = None
        found = json.dumps(line.found)
        rows.append((row_id, running.id, line.number, line.state, found, stay_id, sealed))
    copy_rows(
        "guest_import_row", "id, import_id, line, state, findings, stay_id, content_sealed", rows
    )


def settle(line: Line, *, dry_run: bool) -> None:
    """Give the line the state that is told."""
    if line.state == "stored" and line.has_warning:
        line.state = "warning"
    elif line.state == "stored" and dry_run:
        line.state = "would_store"
    elif not line.state:
        line.state = "faulty"


def _conclude(running: GuestImport, by: Principal) -> None:
    _finish(running, "done")
    if not running.dry_run:
        counts = {name: int(count) for name, count in running.counts.items()}
        record(
            "guests_imported",
            by=by,
            establishment_id=running.establishment_id,
            subject=str(running.id),
            **counts,
        )
    db.session.commit()
    log.info("guests imported", rows=running.rows_total, dry_run=running.dry_run)


def principal_of(actor: str, house_id: int) -> Principal:
    """Return whoever asked for the import, as the audit and the stays name them."""
    kind, _, number = actor.partition(":")
    return Principal(kind, int(number) if number else None, houses={house_id: "front_desk"})


# --- Mending ---------------------------------------------------------------------------------


def mend(
    done: GuestImport, row: GuestImportRow, texts: dict[str, str], *, by: Principal
) -> GuestImportRow:
    """Read a faulty row again as it was mended; store it if it is right now. Does not commit.

    Rows of the same room share their stay, so one that is mended joins it.
    """
    house = db.session.get_one(Establishment, done.establishment_id)
    now = dates.now()
    reader = LineReader(Columns({}), now, Units.load())
    line = reader.read_texts(row.line, {name: text for name, text in texts.items() if text})
    parties = parties_of([line]) if not line.state else []
    savepoint = db.session.begin_nested()
    Store(house, by, now, room_mates=stays_of(done.id)).store(parties)
    if done.dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()
    before = row.state
    settle(line, dry_run=done.dry_run)
    row.state, row.findings = line.state, line.found
    if line.state == "faulty":
        row.content = json.dumps(line.texts, ensure_ascii=False)
    else:
        row.content = json.dumps(line.texts, ensure_ascii=False) if done.dry_run else None
        row.stay_id = None if done.dry_run else line.stay_id
    counts = Counter(done.counts)
    counts[before] -= 1
    counts[line.state] += 1
    done.counts = dict(+counts)
    return row


def stays_of(import_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the stays that an import made or found."""
    rows = select(GuestImportRow.stay_id).where(
        GuestImportRow.import_id == import_id, GuestImportRow.stay_id.is_not(None)
    )
    return {stay_id for stay_id in db.session.scalars(rows) if stay_id}


def forget_old() -> None:
    """Delete what may be kept no longer: contents of dry runs, faulty rows, then the results."""
    now = dates.now()
    db.session.execute(
        update(GuestImport)
        .where(
            GuestImport.content_sealed.is_not(None),
            GuestImport.state.not_in(OPEN),
            or_(~GuestImport.dry_run, GuestImport.finished_at < now - DRY_RUN_KEPT),
        )
        .values(content_sealed=None)
    )
    old = select(GuestImport.id).where(GuestImport.finished_at < now - ROWS_KEPT)
    db.session.execute(
        update(GuestImportRow)
        .where(GuestImportRow.content_sealed.is_not(None), GuestImportRow.import_id.in_(old))
        .values(content_sealed=None)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(delete(GuestImport).where(GuestImport.finished_at < now - RESULTS_KEPT))
    db.session.commit()


# --- Reading ---------------------------------------------------------------------------------


def find(house_id: int, import_id: uuid.UUID, *, lock: bool = False) -> GuestImport | None:
    """Return the house's import."""
    statement = select(GuestImport).where(
        GuestImport.id == import_id, GuestImport.establishment_id == house_id
    )
    return db.session.scalar(statement.with_for_update() if lock else statement)


def latest(house_id: int, *, limit: int = 20) -> Sequence[GuestImport]:
    """Return the house's imports, the latest first."""
    return db.session.scalars(
        select(GuestImport)
        .where(GuestImport.establishment_id == house_id)
        .order_by(GuestImport.created_at.desc(), GuestImport.id)
        .limit(limit)
    ).all()


def rows_of(
    import_id: uuid.UUID, *, state: str | None = None, after: int = 0, limit: int = 50
) -> Sequence[GuestImportRow]:
    """Return rows in the order of the file, from behind a line on."""
    statement = select(GuestImportRow).where(
        GuestImportRow.import_id == import_id, GuestImportRow.line > after
    )
    if state:
        statement = statement.where(GuestImportRow.state == state)
    return db.session.scalars(statement.order_by(GuestImportRow.line).limit(limit)).all()


def row_of(import_id: uuid.UUID, line: int) -> GuestImportRow | None:
    """Return one row, locked, so that two who mend it take turns."""
    return db.session.scalar(
        select(GuestImportRow)
        .where(GuestImportRow.import_id == import_id, GuestImportRow.line == line)
        .with_for_update()
    )


def summary(done: GuestImport) -> dict[str, Any]:
    """Return how many rows became what, every state named."""
    return {
        name: int(done.counts.get(name, 0))
        for name in ("stored", "would_store", "duplicate", "faulty", "warning")
    }
