"""Checking a whole list in: one stay a room, each row exactly once, however often it is pressed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update

from app import dates
from app.audit.operations import record
from app.availability.reservations import ReservationUsedUp
from app.availability.taking import RoomTaken
from app.db import db
from app.registry.models import Establishment
from app.stays import changes
from app.stays.changes import NotInHouse
from app.stays.check_in import AlreadyCheckedIn, check_in
from app.stays.corrections import correct
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.operations import locked
from app.stays.groups.review import Place, Review, Row, raw_of, review
from app.stays.inputs import Refused, StayInput
from app.stays.models import Guest, Stay
from app.stays.queries import UnitsWhenAsked
from app.web.security import Principal


class RowGone(Exception):
    """A row was checked in or removed by somebody else at the same moment."""


@dataclass(slots=True)
class Outcome:
    """What went in: rooms and guests; ``left`` are the numbers of the rows that stay drafts."""

    rooms: list[str] = field(default_factory=list)
    guests: int = 0
    left: list[int] = field(default_factory=list)
    not_had: list[str] = field(default_factory=list)


CONFLICTS = (Refused, RoomTaken, ReservationUsedUp, AlreadyCheckedIn, NotInHouse, RowGone)


def check_in_group(
    house: Establishment,
    group: GuestGroup,
    *,
    by: Principal,
    now: datetime,
    key: uuid.UUID,
    confirmed: bool = False,
) -> Outcome:
    """Check in every row that is right; one room that can't be had holds up no other.

    The list is locked, so a second sender waits and then finds the rows done; behind that each
    row changes its state only from "draft", and each stay has an id made of ``key`` and room.
    """
    group = locked(group)
    if group.arrived_at is None:
        # Those who are mended an hour later have arrived with the others all the same.
        group.arrived_at, group.arrival = now, dates.first_night(now)
    found = review(group, now)
    outcome = Outcome()
    for place, rows in _parties(found, confirmed=confirmed):
        try:
            with db.session.begin_nested():
                _enter(house, found, place, rows, by, key, now)
        except CONFLICTS:
            outcome.not_had.append(place.room.number)
            continue
        outcome.rooms.append(place.room.number)
        outcome.guests += len(rows)
    after = review(group, now)
    outcome.left = [row.number for row in after.rows if row.is_open]
    if outcome.guests:
        group.record_version += 1
        record(
            "group_checked_in",
            by=by,
            establishment_id=house.id,
            subject=f"group:{group.id}",
            rooms=len(outcome.rooms),
            guests=outcome.guests,
            left=len(outcome.left),
        )
    return outcome


def _parties(found: Review, *, confirmed: bool) -> list[tuple[Place, list[Row]]]:
    """Return the rows that go in by their room, in the order in which rooms are locked."""
    going = ("ready", "look") if confirmed else ("ready",)
    by_room: dict[str, list[Row]] = defaultdict(list)
    for row in found.rows:
        if row.state in going and row.draft.room:
            by_room[row.draft.room].append(row)
    parties = [(found.places[number], rows) for number, rows in by_room.items()]
    return sorted(parties, key=lambda party: party[0].room.id)


def _enter(
    house: Establishment,
    found: Review,
    place: Place,
    rows: Sequence[Row],
    by: Principal,
    key: uuid.UUID,
    now: datetime,
) -> None:
    """Check one room in, or add its guests to those of the list who are in it already."""
    if place.stay is None:
        given = _input(found, place, rows)
        stay_id = uuid.uuid5(key, place.room.number)
        stay = check_in(house, given, by=by, stay_id=stay_id).stay
    else:
        stay = changes.locked(place.stay)
        if stay.status != "in_house":
            raise NotInHouse
        guests = [raw_of(row.fields) for row in rows]
        correct(stay, {"guests": guests}, units=UnitsWhenAsked(), now=now)
    guests_now = sorted(stay.guests, key=lambda guest: guest.position)
    for row, guest in zip(rows, guests_now[-len(rows) :], strict=True):
        _done(row.draft, stay, guest, now)


def _input(found: Review, place: Place, rows: Sequence[Row]) -> StayInput:
    group = found.group
    promised = group.reservation
    if promised is not None:
        db.session.refresh(promised, ["status", "rooms_arrived"])
    to_come = (
        promised is not None
        and promised.status == "open"
        and promised.rooms_arrived < promised.rooms
        and group.source != "walk_in"
    )
    return StayInput(
        arrived_at=found.arrived_at,
        departure=group.planned_departure,
        guests=tuple(row.given for row in rows if row.given is not None),
        room=place.room.number,
        source=group.source,
        # A room more than was promised is a room all the same.
        reservation=str(group.reservation_id) if to_come else None,
        reason=group.reason,
        reason_detail=group.reason_detail,
    )


def _done(draft: GuestDraft, stay: Stay, guest: Guest, now: datetime) -> None:
    """Let the draft go: from "draft" to "checked in" once, and without its text from then on."""
    changed = db.session.scalar(
        update(GuestDraft)
        .where(GuestDraft.id == draft.id, GuestDraft.checked_in_at.is_(None))
        .values(checked_in_at=now, stay_id=stay.id, guest_id=guest.id, content_sealed=None)
        .returning(GuestDraft.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise RowGone
