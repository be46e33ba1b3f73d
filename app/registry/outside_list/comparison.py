"""A list of houses from outside beside the register: taken in, compared, decided row by row."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from app import dates
from app.audit.operations import record
from app.db import db, new_id
from app.registry.importing.rows import READERS, Entry, Fault, RowReader
from app.registry.importing.tables import Row
from app.registry.models import TEST, Classification, Establishment
from app.registry.operations import ALWAYS, folded_name, new_code
from app.registry.outside_list.matching import Register, Told
from app.registry.outside_list.models import OutsideList, OutsideRow
from app.registry.units import Units
from app.registry.versions import mark_changed
from app.text import fold
from app.web.security import Principal
from app.web.sheets import Limits, read_rows

ROWS_MOST = 10_000
AT_ONCE = 500
LISTS_MOST = 50
LIMITS = Limits(rows=ROWS_MOST + 20, columns=60)
SOURCE = "outside_list"
COLUMNS = {
    "name": {"ten", "ten co so", "ten co so luu tru", "co so", "ten khach san", "name", "hotel"},
    "address": {"dia chi", "address"},
    "phone": {"dien thoai", "so dien thoai", "sdt", "phone", "tel", "telephone"},
    "lat": {"lat", "latitude", "vi do"},
    "lon": {"lon", "lng", "long", "longitude", "kinh do"},
}
LENGTHS = {"name": 200, "address": 400, "phone": 40}
HEADING_WITHIN = 10


class NotAList(Exception):
    """The file is no list of houses: ``code`` is ``no_name``, ``empty`` or ``too_many_rows``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlreadyDecided(Exception):
    """A draft was made of the row already, which can't be taken back here."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file as it will be stored."""

    number: int
    values: dict[str, Any]


class NothingThere(Exception):
    """The row can't be the same as a house, as none is named beside it."""


# --- Taking a list in ----------------------------------------------------------------------


def take_in(content: bytes, name: str, *, by: Principal) -> OutsideList:
    """Store the rows of a list, and compare a short one at once; the worker compares a long one.

    The same rows brought again by the same person are the list there is, decisions and all. Raises
    UnreadableSheet and NotAList.
    """
    lines, repeated = _lines(read_rows(content, LIMITS))
    told = json.dumps([line.values for line in lines], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(told.encode()).digest()
    # Of two clicks at once the second finds what the first stored.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(by.actor, 7))))
    known = db.session.scalar(
        select(OutsideList).where(
            OutsideList.created_by == by.actor, OutsideList.content_hash == digest
        )
    )
    if known is not None:
        return known
    taken = OutsideList(
        id=new_id(),
        name=name[:200] or "list",
        content_hash=digest,
        created_by=by.actor,
        rows_total=len(lines),
        rows_repeated=repeated,
    )
    db.session.add(taken)
    db.session.flush()
    db.session.execute(
        insert(OutsideRow),
        [
            {"id": new_id(), "list_id": taken.id, "line": line.number, **line.values}
            for line in lines
        ],
    )
    record("outside_list_taken_in", by=by, subject=f"outside_list:{taken.id}", rows=len(lines))
    if len(lines) <= AT_ONCE:
        compare_some(taken)
    return taken


def _lines(rows: Sequence[Sequence[str]]) -> tuple[list[Line], int]:
    """Return the rows that name a house, each once, and how many said the same again."""
    start, columns = _columns(rows)
    lines: list[Line] = []
    seen: set[tuple[str, ...]] = set()
    repeated = 0
    for number, cells in enumerate(rows[start:], start=start + 1):
        values = _values(cells, columns)
        if values is None:
            continue
        key = tuple(fold(str(values[column] or "")) for column in ("name", "address", "phone"))
        if key in seen:
            repeated += 1
            continue
        seen.add(key)
        lines.append(Line(number, values))
    if not lines:
        raise NotAList("empty")
    if len(lines) > ROWS_MOST:
        raise NotAList("too_many_rows")
    return lines, repeated


def _columns(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return the row after the headings and which column is which; a title may stand above."""
    for number, cells in enumerate(rows[:HEADING_WITHIN]):
        folded = [re.sub(r"[^a-z ]", "", fold(cell)).strip() for cell in cells]
        found = {
            ours: next(place for place, cell in enumerate(folded) if cell in theirs)
            for ours, theirs in COLUMNS.items()
            if theirs & set(folded)
        }
        if "name" in found:
            return number + 1, found
    raise NotAList("no_name")


def _values(cells: Sequence[str], columns: dict[str, int]) -> dict[str, Any] | None:
    said = {ours: cells[place] if place < len(cells) else "" for ours, place in columns.items()}
    if not said["name"]:
        return None
    values: dict[str, Any] = {
        column: (said.get(column, "")[:most] or None) for column, most in LENGTHS.items()
    }
    values["lat"], values["lon"] = _degrees(said, "lat"), _degrees(said, "lon")
    if values["lat"] is None or values["lon"] is None:
        values["lat"] = values["lon"] = None
    return values


def _degrees(said: dict[str, str], column: str) -> float | None:
    """Return the coordinate; one that is none leaves the place unknown, the row stays."""
    if not said.get(column):
        return None
    try:
        return float(READERS[column](said[column]))  # type: ignore[arg-type]
    except Fault:
        return None


# --- Comparing -----------------------------------------------------------------------------


def register() -> Register:
    """Return the houses of the register, those that were refused too: they are known."""
    rows = db.session.execute(
        select(
            Establishment.name,
            Establishment.address,
            Establishment.phone,
            Establishment.lat,
            Establishment.lon,
            Establishment.id,
        ).where(Establishment.status != TEST)
    )
    return Register(Told(*row) for row in rows)


def compare_some(taken: OutsideList, known: Register | None = None) -> int:
    """Compare some of the rows that wait; returns how many there were. Does not commit."""
    rows = db.session.scalars(
        select(OutsideRow)
        .where(OutsideRow.list_id == taken.id, OutsideRow.result == "waiting")
        .order_by(OutsideRow.line)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    known = known or (register() if rows else None)
    for row in rows:
        assert known is not None
        match = known.best(Told(row.name, row.address, row.phone, row.lat, row.lon))
        row.result = match.result if match else "absent"
        row.establishment_id = match.house_id if match else None
        row.score = match.score if match else None
        row.evidence = match.evidence if match else {}
    db.session.flush()
    left = select(OutsideRow.id).where(
        OutsideRow.list_id == taken.id, OutsideRow.result == "waiting"
    )
    if db.session.scalar(left.limit(1)) is None:
        taken.finished_at = dates.now()
    return len(rows)


def tick() -> bool:
    """Compare a part of the list that waits longest; commits. Returns whether there was one."""
    waiting = db.session.scalar(
        select(OutsideList)
        .where(OutsideList.finished_at.is_(None))
        .order_by(OutsideList.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if waiting is None:
        return False
    compare_some(waiting)
    db.session.commit()
    return True


def compare_again(taken: OutsideList) -> None:
    """Compare what nobody decided with the register as it is now."""
    db.session.execute(
        update(OutsideRow)
        .where(OutsideRow.list_id == taken.id, OutsideRow.decision.is_(None))
        .values(result="waiting", establishment_id=None, score=None, evidence={})
    )
    db.session.expire_all()
    taken.finished_at = None
    if taken.rows_total <= AT_ONCE:
        compare_some(taken)


# --- Deciding ------------------------------------------------------------------------------


def decide(
    row: OutsideRow, decision: str, *, note: str | None, kind: str, by: Principal
) -> OutsideRow:
    """Write down what a row is; ``drafted`` makes an application of it that awaits its approval.

    An empty decision takes one back. Raises AlreadyDecided where a draft was made before, and
    NothingThere where ``same`` names no house.
    """
    db.session.refresh(row, with_for_update=True)
    if row.decision == "drafted":
        raise AlreadyDecided
    if decision == "same" and row.establishment_id is None:
        raise NothingThere
    if decision == "drafted":
        row.establishment_id = _draft(row, kind, by=by).id
    row.decision = decision or None
    row.note = note or None
    row.decided_at, row.decided_by = dates.now(), by.actor
    db.session.flush()
    return row


def _draft(row: OutsideRow, kind: str, *, by: Principal) -> Establishment:
    """Enter the house of a row as an application without an owner, who claims it later."""
    units = Units.load()
    entry = _entry(row, units)
    house = Establishment(
        code=new_code(),
        name=row.name,
        folded=folded_name(row.name, None),
        status="applied",
        source=SOURCE,
        address=row.address,
        phone=entry.phone if entry else None,
        lat=row.lat,
        lon=row.lon,
    )
    db.session.add(house)
    db.session.flush()
    unit = units.now(entry.unit) if entry and entry.unit else None
    db.session.add(
        Classification(
            establishment_id=house.id,
            valid=ALWAYS,
            kind=kind,
            stars=None,
            unit_id=unit.id if unit else None,
        )
    )
    mark_changed(house.id)
    record(
        "outside_row_drafted", by=by, establishment_id=house.id, subject=house.code, line=row.line
    )
    return house


def _entry(row: OutsideRow, units: Units) -> Entry | None:
    """Read the row as one of an import, which finds the ward in the address."""
    said = {"name": row.name, "address": row.address or "", "phone": row.phone or ""}
    columns = {name: name for name in said}
    entry, _faults, _doubts = RowReader(columns, units).read(Row(row.line, said))
    if entry is None:
        said["phone"] = ""
        entry, _faults, _doubts = RowReader(columns, units).read(Row(row.line, said))
    return entry


# --- Reading -------------------------------------------------------------------------------


def lists(by: Principal) -> Sequence[OutsideList]:
    """Return the latest lists the reader may open: their own, for the province all."""
    statement = select(OutsideList).order_by(OutsideList.created_at.desc(), OutsideList.id)
    if not by.sees_province:
        statement = statement.where(OutsideList.created_by == by.actor)
    return db.session.scalars(statement.limit(LISTS_MOST)).all()


def find(list_id: uuid.UUID, by: Principal) -> OutsideList | None:
    found = db.session.get(OutsideList, list_id)
    if found is None or not (by.sees_province or found.created_by == by.actor):
        return None
    return found


def row_of(taken: OutsideList, line: int) -> OutsideRow | None:
    return db.session.scalar(
        select(OutsideRow).where(OutsideRow.list_id == taken.id, OutsideRow.line == line)
    )


def counts(list_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Return the rows of each list by result, by decision, and how many wait to be decided."""
    found: dict[uuid.UUID, dict[str, int]] = {number: {} for number in list_ids}
    rows = db.session.execute(
        select(OutsideRow.list_id, OutsideRow.result, OutsideRow.decision, func.count())
        .where(OutsideRow.list_id.in_(list_ids))
        .group_by(OutsideRow.list_id, OutsideRow.result, OutsideRow.decision)
    )
    for list_id, result, decision, number in rows:
        for key in (result, decision or "undecided"):
            found[list_id][key] = found[list_id].get(key, 0) + number
    return found


def rows_of(
    taken: OutsideList, *, result: str = "", decision: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[tuple[OutsideRow, Establishment | None]], int]:
    """Return a page of the rows in the order of the file, each with its house, and how many."""
    statement = (
        select(OutsideRow, Establishment)
        .outerjoin(Establishment, Establishment.id == OutsideRow.establishment_id)
        .where(OutsideRow.list_id == taken.id)
    )
    if result:
        statement = statement.where(OutsideRow.result == result)
    if decision == "undecided":
        statement = statement.where(OutsideRow.decision.is_(None))
    elif decision:
        statement = statement.where(OutsideRow.decision == decision)
    total = db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    found = db.session.execute(statement.order_by(OutsideRow.line).offset(offset).limit(limit))
    return [(row[0], row[1]) for row in found], total


def all_rows(taken: OutsideList) -> Iterator[tuple[OutsideRow, Establishment | None]]:
    yield from rows_of(taken, limit=ROWS_MOST)[0]
