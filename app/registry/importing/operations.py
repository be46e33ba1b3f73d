"""Bringing a list of houses into the register: new ones in bulk, known ones where the list changed.

A row that says what its house's row said before changes nothing. Where it says something new, only
what the list itself changed is taken over, and only if nobody edited it here since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, func, insert, inspect, or_, select, text

from app import dates
from app.audit.operations import record
from app.db import Model, db
from app.registry.importing.rows import Entry, RowFault, RowReader, same_place
from app.registry.importing.tables import Row
from app.registry.models import (
    Classification,
    Establishment,
    ImportRow,
    RoomAssignment,
    RoomType,
)
from app.registry.operations import (
    ALWAYS,
    PROFILE_FIELDS,
    complete,
    folded_name,
    new_code,
    reclassify,
    update_profile,
)
from app.registry.rooms import add_room_type, add_rooms
from app.registry.units import Units
from app.text import fold
from app.web.security import Principal

CHUNK = 1_000
ROOM_TYPE_NAME = ("Phòng", "Room")
FIRST_NUMBER = 101


@dataclass
class Outcome:
    """What became of the rows of a file."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    with_unit: int = 0
    without_rooms: int = 0
    faults: list[RowFault] = field(default_factory=list)
    doubts: list[RowFault] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len({fault.line for fault in self.faults})

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.unchanged + self.failed


@dataclass
class Read:
    """A row that can go in."""

    row: Row
    entry: Entry
    doubts: list[RowFault]


def import_houses(
    rows: Iterable[Row],
    columns: Mapping[str, str],
    *,
    by: Principal,
    done: Callable[[int], None] = lambda _count: None,
) -> Iterator[Outcome]:
    """Yield the outcome so far after each chunk, which the caller commits.

    A house of the list is in force at once ("approved"); its vacancy stays unknown.
    """
    units = Units.load()
    outcome = Outcome()
    good = _read(rows, RowReader(columns, units), outcome)
    outcome.doubts += _place_by_neighbours(good, columns, units)
    waiting = iter(good)
    while chunk := list(islice(waiting, CHUNK)):
        # A commit between two chunks expires what was loaded.
        _store(chunk, Units.load(), outcome, by)
        done(len(chunk))
        yield outcome
    record(
        "houses_imported",
        by=by,
        new=outcome.new,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        failed=outcome.failed,
    )
    yield outcome


# --- Reading -------------------------------------------------------------------------------


def _read(rows: Iterable[Row], reader: RowReader, outcome: Outcome) -> list[Read]:
    good: list[Read] = []
    lines: dict[str, int] = {}
    for row in rows:
        entry, faults, doubts = reader.read(row)
        if entry is not None and entry.key in lines:
            column = "code" if entry.code else "name"
            faults = [RowFault(row.line, column, f"the same house as in line {lines[entry.key]}")]
        if entry is None or faults:
            outcome.faults += faults
            continue
        lines[entry.key] = row.line
        outcome.doubts += doubts
        good.append(Read(row, entry, doubts))
    return good


def _place_by_neighbours(
    good: Sequence[Read], columns: Mapping[str, str], units: Units
) -> list[RowFault]:
    """Give a house without a ward that of houses of the list at the same number and street."""
    doubts: list[RowFault] = []
    heading = columns.get("locality", "")
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    waiting: list[tuple[tuple[str, str], Read]] = []
    for read in good:
        place = same_place(read.entry.address)
        if place is None:
            continue
        key = (place, fold(read.row.cells.get(heading, "")))
        if read.entry.unit:
            known[key].add(read.entry.unit)
        else:
            waiting.append((key, read))
    for key, read in waiting:
        if len(known[key]) == 1:
            (read.entry.unit,) = known[key]
            name = units.today[read.entry.unit].name
            reason = f"{name}, as other houses of the list at the same address"
            read.doubts.append(RowFault(read.row.line, "unit", reason))
            doubts.append(read.doubts[-1])
    return doubts


# --- Storing -------------------------------------------------------------------------------


def _store(chunk: Sequence[Read], units: Units, outcome: Outcome, by: Principal) -> None:
    known = _Known([read.entry for read in chunk])
    fresh = []
    for read in chunk:
        try:
            row = known.row_of(read.entry)
        except LookupError:
            reason = "several houses have this name and address: give the code"
            outcome.faults.append(RowFault(read.row.line, "name", reason))
            continue
        if row is None:
            fresh.append(read)
        elif row.content_hash == read.entry.content_hash():
            outcome.unchanged += 1
        else:
            _update(row, read, units, by)
            outcome.changed += 1
    fresh = _refuse_codes_of_others(fresh, outcome)
    if fresh:
        _create(fresh, units)
    outcome.new += len(fresh)
    failed = {fault.line for fault in outcome.faults}
    went_in = [read for read in chunk if read.row.line not in failed]
    outcome.with_unit += sum(read.entry.unit is not None for read in went_in)
    outcome.without_rooms += sum(read.entry.rooms is None for read in went_in)


class _Known:
    """The houses that earlier lists brought, by code and by name and address."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        keys = [entry.key for entry in entries]
        names = [entry.name_key for entry in entries]
        rows = db.session.scalars(
            select(ImportRow).where(
                or_(ImportRow.source_key.in_(keys), ImportRow.name_key.in_(names))
            )
        ).all()
        self.by_key = {row.source_key: row for row in rows}
        self.by_name: dict[str, list[ImportRow]] = defaultdict(list)
        for row in rows:
            self.by_name[row.name_key].append(row)

    def row_of(self, entry: Entry) -> ImportRow | None:
        """The row of the same house, or None; LookupError where it may be one of several."""
        if entry.key in self.by_key:
            return self.by_key[entry.key]
        others = self.by_name[entry.name_key]
        if entry.code:
            # Another code is another house, though it has the same name.
            others = [row for row in others if not row.source_key.startswith("code:")]
        if len(others) > 1:
            raise LookupError
        return others[0] if others else None


def _refuse_codes_of_others(fresh: Sequence[Read], outcome: Outcome) -> list[Read]:
    """A code that a house has which no list brought: the row fails rather than touch that house."""
    codes = [read.entry.code for read in fresh if read.entry.code]
    taken = set(db.session.scalars(select(Establishment.code).where(Establishment.code.in_(codes))))
    for read in fresh:
        if read.entry.code in taken:
            reason = f"{read.entry.code} is the code of another house"
            outcome.faults.append(RowFault(read.row.line, "code", reason))
    return [read for read in fresh if read.entry.code not in taken]


def _create(fresh: Sequence[Read], units: Units) -> None:
    ids = db.session.scalars(
        text(
            "SELECT nextval(pg_get_serial_sequence('establishment', 'id'))"
            " FROM generate_series(1, :count)"
        ),
        {"count": len(fresh)},
    ).all()
    codes = _codes(fresh, ids)
    pairs = list(zip(ids, fresh, strict=True))
    _insert(Establishment, [_house(number, codes[number], read.entry) for number, read in pairs])
    _insert(Classification, [_class(number, read.entry, units) for number, read in pairs])
    _insert(ImportRow, [_import_row(number, read) for number, read in pairs])
    _create_rooms([(number, read.entry) for number, read in pairs if read.entry.rooms])


def _insert(model: type[Model], rows: list[dict[str, Any]]) -> None:
    """Insert into the table itself: the mapper would send rows with gaps one group at a time."""
    db.session.execute(insert(cast(Table, inspect(model).local_table)), rows)


def _codes(fresh: Sequence[Read], ids: Sequence[int]) -> dict[int, str]:
    """The code of the list, or a generated one that is not in use."""
    made = {number: f"VT{number:05d}" for number in ids}
    used = set(
        db.session.scalars(select(Establishment.code).where(Establishment.code.in_(made.values())))
    ) | {read.entry.code for read in fresh}
    return {
        number: read.entry.code or (new_code() if made[number] in used else made[number])
        for number, read in zip(ids, fresh, strict=True)
    }


def _house(number: int, code: str, entry: Entry) -> dict[str, Any]:
    content = entry.content()
    profile = {column: content[column] for column in PROFILE_FIELDS if column in content}
    profile["opened_on"] = entry.opened_on
    return {
        **profile,
        "id": number,
        "code": code,
        "folded": folded_name(entry.name, entry.name_en),
        "status": "approved",
        "source": "import",
    }


def _class(number: int, entry: Entry, units: Units) -> dict[str, Any]:
    return {
        "establishment_id": number,
        "valid": ALWAYS,
        "kind": entry.kind or "other",
        "stars": entry.stars,
        "unit_id": units.today[entry.unit].id if entry.unit else None,
    }


def _import_row(number: int, read: Read) -> dict[str, Any]:
    return {
        "establishment_id": number,
        "source_key": read.entry.key,
        "name_key": read.entry.name_key,
        "content_hash": read.entry.content_hash(),
        "content": read.entry.content(),
        "raw": read.row.cells,
        "warnings": [f"{doubt.column}: {doubt.reason}" for doubt in read.doubts],
    }


def _create_rooms(houses: Sequence[tuple[int, Entry]]) -> None:
    """One type with numbered rooms a house, the rooms made by the database itself."""
    if not houses:
        return
    name, name_en = ROOM_TYPE_NAME
    _insert(
        RoomType,
        [
            {
                "establishment_id": number,
                "name": name,
                "name_en": name_en,
                "capacity": entry.capacity or 2,
                "bed_places": entry.capacity or 2,
                "list_price": entry.price,
                "list_price_on": dates.today() if entry.price is not None else None,
                "position": 1,
            }
            for number, entry in houses
        ],
    )
    db.session.execute(
        text(
            "INSERT INTO room (establishment_id, number)"
            " SELECT house.id, (:first + step)::text"
            " FROM unnest(CAST(:ids AS int[]), CAST(:counts AS int[])) AS house (id, rooms),"
            " generate_series(0, house.rooms - 1) AS step"
        ),
        {
            "first": FIRST_NUMBER,
            "ids": [number for number, _ in houses],
            "counts": [entry.rooms for _, entry in houses],
        },
    )
    db.session.execute(
        text(
            "INSERT INTO room_assignment (establishment_id, room_id, room_type_id, valid)"
            " SELECT e.id, r.id, t.id, daterange(e.opened_on, NULL)"
            " FROM establishment e JOIN room r ON r.establishment_id = e.id"
            " JOIN room_type t ON t.establishment_id = e.id"
            " WHERE e.id = ANY(CAST(:ids AS int[]))"
        ),
        {"ids": [number for number, _ in houses]},
    )


# --- A list that says something new --------------------------------------------------------


def _update(row: ImportRow, read: Read, units: Units, by: Principal) -> None:
    house = db.session.get_one(Establishment, row.establishment_id)
    before, entry = row.content, read.entry
    now = entry.content()
    told = {
        name for name, value in now.items() if value not in (None, []) and value != before.get(name)
    }
    _update_profile(house, told & PROFILE_FIELDS, before, entry, by)
    if told & {"kind", "stars", "unit"}:
        _update_class(house, before, entry, units, by)
    if "rooms" in told:
        _update_rooms(house, entry, by)
    row.content, row.content_hash = now, entry.content_hash()
    row.name_key = entry.name_key
    if entry.code:
        row.source_key = entry.key
    row.raw = dict(read.row.cells)
    row.warnings = [f"{doubt.column}: {doubt.reason}" for doubt in read.doubts]
    db.session.flush()


def _update_profile(
    house: Establishment, told: set[str], before: Mapping[str, Any], entry: Entry, by: Principal
) -> None:
    values = {}
    for name in told:
        current = getattr(house, name)
        shown = current.isoformat() if name == "opened_on" and current else current
        if shown in (None, [], before.get(name)):
            values[name] = getattr(entry, name)
    update_profile(house, by=by, **values)


def _update_class(
    house: Establishment, before: Mapping[str, Any], entry: Entry, units: Units, by: Principal
) -> None:
    """What was unknown was so all the time; what the list changed is different from today on."""
    unit = units.today[entry.unit] if entry.unit else None
    complete(house, unit=unit, stars=entry.stars, by=by)
    current = db.session.scalars(
        select(Classification).where(
            Classification.establishment_id == house.id,
            Classification.valid.contains(dates.today()),
        )
    ).one()
    held = current.unit.code if current.unit else None
    as_listed = (current.kind, current.stars, held) == (
        before.get("kind") or "other",
        before.get("stars") or current.stars,
        before.get("unit") or held,
    )
    if as_listed:
        reclassify(
            house,
            kind=entry.kind or current.kind,
            stars=entry.stars if entry.stars is not None else current.stars,
            unit=unit or current.unit,
            since=dates.today(),
            by=by,
        )


def _update_rooms(house: Establishment, entry: Entry, by: Principal) -> None:
    """Rooms are made where there are none; those a house keeps itself are not touched."""
    has_rooms = db.session.scalar(
        select(func.count())
        .select_from(RoomAssignment)
        .where(RoomAssignment.establishment_id == house.id)
    )
    if has_rooms or not entry.rooms:
        return
    create_numbered_rooms(
        house, entry.rooms, capacity=entry.capacity or 2, price=entry.price, by=by
    )


def create_numbered_rooms(
    house: Establishment, count: int, *, capacity: int, price: int | None, by: Principal
) -> None:
    """Give a house one type of so many rooms, numbered from 101, since it opened or always."""
    name, name_en = ROOM_TYPE_NAME
    room_type = add_room_type(
        house, name=name, name_en=name_en, capacity=capacity, list_price=price, by=by
    )
    numbers = [str(FIRST_NUMBER + step) for step in range(count)]
    add_rooms(room_type, numbers, since=house.opened_on, by=by)
