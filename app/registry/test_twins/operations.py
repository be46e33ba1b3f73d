"""Test twins: a copy of a house in which its programs may try everything, and which counts nowhere.

A twin is an establishment of the status ``test``. Whatever shows or counts houses asks for another
status, so nothing of a twin is searched, counted or listed; its own staff and keys work in it as in
any house. Of a twin that was removed the bare entry stays, since the audit names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import ApiKey, ApiKeyHouse, Membership
from app.accounts.operations import add_membership, take_house
from app.audit.operations import record
from app.db import db
from app.registry import queries
from app.registry.models import (
    TEST,
    Classification,
    Establishment,
    Room,
    RoomAssignment,
    RoomType,
)
from app.registry.operations import PROFILE_FIELDS, folded_name
from app.registry.versions import mark_changed
from app.web.idempotency import IdempotentRequest
from app.web.security import Principal

SUFFIX = "-TEST"
LONGEST_CODE = 32
COPIED_OF_TYPE = (
    "code",
    "name",
    "name_en",
    "capacity",
    "bed_places",
    "list_price",
    "list_price_on",
    "amenities",
    "position",
    "kept_by",
)
# What a reset leaves: the house, its rooms, who works in it, and what is known to have happened.
KEPT = frozenset(
    {
        "establishment",
        "classification",
        "room_type",
        "room",
        "room_assignment",
        "membership",
        "api_key_house",
        "audit_event",
        "changed_house",
        "search_state",
    }
)
KEPT_WHEN_REMOVED = frozenset({"establishment", "audit_event", "changed_house", "search_state"})


class NoTwin(Exception):
    """The house is a test twin itself, so it gets none."""


def twin_of(house: Establishment) -> Establishment | None:
    """Return the twin of the house that is in use, if there is one."""
    twin = _entry(house)
    return twin if twin is not None and queries.class_today(twin) is not None else None


def _entry(house: Establishment) -> Establishment | None:
    return db.session.scalar(select(Establishment).where(Establishment.twin_of_id == house.id))


# --- Making one ----------------------------------------------------------------------------


def make_twin(house: Establishment, *, by: Principal) -> Establishment:
    """Return the twin of the house with its types, rooms and people; made where there is none.

    Raises :class:`NoTwin` for a twin. A twin that is in use stays as it is.
    """
    if house.is_test:
        raise NoTwin
    # Of two at once the second finds the twin the first made.
    db.session.execute(
        select(Establishment.id).where(Establishment.id == house.id).with_for_update(key_share=True)
    )
    twin = twin_of(house)
    if twin is not None:
        return twin
    twin = _entry(house) or _new_entry(house)
    _copy_profile(house, twin)
    _copy_class(house, twin)
    _copy_rooms(house, _copy_types(house, twin), twin)
    _copy_people(house, twin)
    db.session.flush()
    record("test_twin_made", by=by, establishment_id=house.id, subject=twin.code)
    return twin


def _new_entry(house: Establishment) -> Establishment:
    twin = Establishment(
        code=_free_code(house.code),
        name=house.name,
        folded="",
        status=TEST,
        twin_of_id=house.id,
        source="test_twin",
        is_demo=house.is_demo,
    )
    db.session.add(twin)
    db.session.flush()
    return twin


def _free_code(code: str) -> str:
    """Return ``<code>-TEST``, cut where it would be too long, numbered where it is taken."""
    number = 1
    while True:
        ending = SUFFIX if number == 1 else f"{SUFFIX}{number}"
        wanted = f"{code[: LONGEST_CODE - len(ending)]}{ending}"
        taken = select(Establishment.id).where(Establishment.code == wanted)
        if db.session.scalar(taken) is None:
            return wanted
        number += 1


def _copy_profile(house: Establishment, twin: Establishment) -> None:
    for name in PROFILE_FIELDS - {"name"}:
        setattr(twin, name, getattr(house, name))
    twin.name = f"{house.name[:188]} (thử)"
    twin.folded = folded_name(twin.name, twin.name_en)
    twin.not_applicable = list(house.not_applicable)


def _copy_class(house: Establishment, twin: Establishment) -> None:
    today = queries.class_today(house)
    db.session.add(
        Classification(
            establishment_id=twin.id,
            valid=Range(None, None),
            kind=today.kind if today else "other",
            stars=today.stars if today else None,
            unit_id=today.unit_id if today else None,
        )
    )


def _copy_types(house: Establishment, twin: Establishment) -> dict[int, RoomType]:
    copies = {}
    for room_type in queries.room_types(house.id):
        values = {name: getattr(room_type, name) for name in COPIED_OF_TYPE}
        copies[room_type.id] = RoomType(establishment_id=twin.id, **values)
    db.session.add_all(copies.values())
    db.session.flush()
    return copies


def _copy_rooms(house: Establishment, types: dict[int, RoomType], twin: Establishment) -> None:
    """Copy the rooms there are today or later, each with the periods of its types."""
    rooms: dict[int, Room] = {}
    for row in queries.rooms(house.id):
        room = rooms.get(row.room.id)
        if room is None:
            room = Room(establishment_id=twin.id, number=row.room.number, floor=row.room.floor)
            rooms[row.room.id] = room
            db.session.add(room)
            db.session.flush()
        db.session.add(
            RoomAssignment(
                establishment_id=twin.id,
                room_id=room.id,
                room_type_id=types[row.room_type.id].id,
                valid=Range(row.since, row.until),
            )
        )


def _copy_people(house: Establishment, twin: Establishment) -> None:
    members = select(Membership).where(Membership.establishment_id == house.id)
    for member in db.session.scalars(members.order_by(Membership.id)).all():
        add_membership(member.user, member.role, establishment_id=twin.id)


# --- Emptying and removing it --------------------------------------------------------------


def reset_twin(twin: Establishment, *, by: Principal) -> None:
    """Delete the twin's stays, guests, reservations, nights, files and all else it gathered."""
    _forget(twin, KEPT)
    db.session.execute(
        update(RoomType)
        .where(RoomType.establishment_id == twin.id)
        .values(confirmed_at=None, all_known=False)
        .execution_options(synchronize_session=False)
    )
    mark_changed(twin.id)
    record("test_twin_reset", by=by, establishment_id=twin.twin_of_id, subject=twin.code)


def remove_twin(twin: Establishment, *, by: Principal) -> None:
    """Delete all of the twin but its bare entry; nobody works in it, and its keys open nothing."""
    keys = select(ApiKey).join(ApiKeyHouse).where(ApiKeyHouse.establishment_id == twin.id)
    for key in db.session.scalars(keys).all():
        take_house(key, twin.id)
    db.session.flush()
    _forget(twin, KEPT_WHEN_REMOVED)
    mark_changed(twin.id)
    record("test_twin_removed", by=by, establishment_id=twin.twin_of_id, subject=twin.code)


def _forget(twin: Establishment, kept: Iterable[str]) -> None:
    """Delete the rows of the twin in every table but those that are kept.

    Which tables a house has rows in is read from the schema, so that a table of tomorrow, of
    whatever feature, is emptied as well.
    """
    if not twin.is_test:
        raise ValueError("only a test twin is ever emptied")
    _forget_answers(twin)
    for table in reversed(db.metadata.sorted_tables):
        condition = _of_house(table, twin.id)
        if condition is not None and table.name not in kept:
            db.session.execute(delete(table).where(condition))
    db.session.expire_all()


def _of_house(table: Table, house_id: int) -> ColumnElement[bool] | None:
    """Return which rows of the table belong to the house: by its key, or by a row they hang on."""
    if "establishment_id" in table.columns:
        return table.columns["establishment_id"] == house_id
    through = [
        column.in_(select(key.column).where(key.column.table.c.establishment_id == house_id))
        for column in table.columns
        for key in column.foreign_keys
        if "establishment_id" in key.column.table.columns
    ]
    return or_(*through) if through else None


def _forget_answers(twin: Establishment) -> None:
    """Let the idempotency keys be used anew: what they answered of is gone."""
    keys = db.session.scalars(
        select(ApiKeyHouse.api_key_id).where(ApiKeyHouse.establishment_id == twin.id)
    )
    owners = [f"api_key:{key}" for key in keys]
    db.session.execute(delete(IdempotentRequest).where(IdempotentRequest.owner.in_(owners)))


def twin_rows(twin: Establishment) -> dict[str, int]:
    """Return how many rows each table holds of the twin, of those a reset empties."""
    found: dict[str, int] = {}
    for table in db.metadata.sorted_tables:
        condition = _of_house(table, twin.id)
        if condition is not None and table.name not in KEPT:
            statement: Any = select(db.func.count()).select_from(table).where(condition)
            found[table.name] = db.session.scalar(statement) or 0
    return {name: count for name, count in found.items() if count}
