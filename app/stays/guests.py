"""The rows of guests: writing them with their identity sealed, and finding who is here already."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Function, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.db import db, new_id
from app.identity import keyring
from app.registry.models import Room
from app.stays import countries, deadlines
from app.stays.inputs import Findings, GuestInput
from app.stays.models import Guest, Stay

COPIED = (
    "birth_date_precision",
    "sex",
    "age_band",
    "nationality",
    "document_type",
    "residence_kind",
    "residence_country",
    "residence_unit",
    "permitted_until",
    "arrived_at",
    "departed_at",
)


def new_guest(stay: Stay, given: GuestInput, position: int) -> Guest:
    """Return the guest's row with its identity sealed."""
    guest = Guest(
        id=new_id(),
        establishment_id=stay.establishment_id,
        position=position,
        persons=given.persons,
    )
    fill_guest(guest, stay, given)
    return guest


def fill_guest(guest: Guest, stay: Stay, given: GuestInput) -> None:
    """Write what is known of a guest into the row; the row's id must be set."""
    guest.full_name = given.full_name
    guest.date_of_birth = given.date_of_birth.isoformat() if given.date_of_birth else None
    guest.document_number = given.document_number
    guest.document_name = given.document_name
    guest.phone = given.phone
    guest.address = given.address
    guest.document_index = None
    if given.document_number:
        guest.document_index = keyring().blind_index(
            given.document_number, establishment_id=stay.establishment_id
        )
    for name in COPIED:
        setattr(guest, name, getattr(given, name))
    _set_filing(guest, stay, given)


def _set_filing(guest: Guest, stay: Stay, given: GuestInput) -> None:
    """Say until when the guest must be declared, and whether all that is needed is there.

    A declaration that was sent keeps its state: what follows from a correction is decided there.
    """
    if stay.filed_elsewhere:
        guest.due_at, guest.filing_state = None, "elsewhere"
        return
    foreign = countries.is_foreign(given.nationality)
    guest.due_at = deadlines.due_at(given.arrived_at or stay.arrived_at, foreign=foreign)
    if guest.first_sent_at is None:
        complete = not foreign or given.permitted_until is not None
        guest.filing_state = "ready" if complete else "draft"


def refuse_guests_already_here(
    establishment_id: int,
    guests: Mapping[int, GuestInput],
    arrived_at: datetime,
    departs_at: datetime,
    *,
    but: uuid.UUID | None = None,
    room: Room | None = None,
) -> None:
    """Refuse a document that a guest of an open stay of this house carries: the portal does too.

    ``guests`` are numbered by their place in the input. Check-ins with the same document take
    turns, so that two at once do not both pass. ``room`` is locked in the same round.
    """
    index = keyring().blind_index
    numbered = {
        index(guest.document_number, establishment_id=establishment_id): (place, guest)
        for place, guest in guests.items()
        if guest.document_number
    }
    _take_turns(numbered, room)
    if not numbered:
        return
    asked = {"house": establishment_id, "documents": list(numbered), "but": but}
    found = Findings()
    for found_index, since, until in db.session.execute(_here(), asked):
        place, guest = numbered[found_index or b""]
        begins, ends = guest.arrived_at or arrived_at, guest.departed_at or departs_at
        if since < ends and begins < until:
            found.error(f"/guests/{place}/document/number", "already_here")
    found.refuse()


@cache
def _here() -> Select[bytes | None, datetime, datetime]:
    """The documents of guests of open stays with the times of each; made once, as every check-in
    waits for it.
    """
    left = func.coalesce(Guest.departed_at, Stay.planned_departure)
    return (
        select(Guest.document_index, func.coalesce(Guest.arrived_at, Stay.arrived_at), left)
        .join(Stay, Stay.id == Guest.stay_id)
        .where(
            Guest.establishment_id == bindparam("house"),
            Guest.document_index.in_(bindparam("documents", expanding=True)),
            Stay.status == "in_house",
            Stay.id.is_distinct_from(bindparam("but", type_=Stay.id.type)),
        )
    )


def _take_turns(document_indexes: Iterable[bytes], room: Room | None) -> None:
    """Wait for check-ins with the same documents, then lock the room; all do so in one order."""
    keys = [int.from_bytes(index[:8], "big", signed=True) for index in sorted(document_indexes)]
    if room is not None:
        db.session.execute(_turns_and_room(), {"keys": keys, "room": room.id})
    elif keys:
        db.session.execute(select(_turns()), {"keys": keys})


def _turns() -> Function[Any]:
    key = func.unnest(bindparam("keys", type_=ARRAY(BigInteger))).column_valued("key")
    return func.count(func.pg_advisory_xact_lock(key))


@cache
def _turns_and_room() -> Select[Any]:
    turns = select(_turns().label("taken")).cte("turns").prefix_with("MATERIALIZED")
    # The room's row is locked after the rows are joined, so after all turns were waited for.
    return (
        select(Room.id)
        .join_from(turns, Room, Room.id == bindparam("room"))
        .where(turns.c.taken >= 0)
        .with_for_update(key_share=True, of=Room)
    )
