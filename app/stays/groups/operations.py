"""Writing lists of guests: opening one, adding, mending and removing rows, giving them rooms."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app import dates
from app.audit.operations import record
from app.availability.models import Reservation
from app.availability.reservations import find_reservation
from app.db import db, new_id
from app.registry.models import Establishment
from app.stays.groups.drafts import GuestDraft, GuestGroup
from app.stays.groups.intake import Incoming
from app.stays.groups.review import Place, Review
from app.web.security import Principal

ROWS_MOST = 200
KEPT = timedelta(days=7)


class ReservationHasList(Exception):
    """The reservation's guests are on another list already."""


class TooManyRows(Exception):
    """The list would hold more guests than it may."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as the overview shows it."""

    group: GuestGroup
    rows: int
    done: int

    @property
    def waiting(self) -> int:
        return self.rows - self.done


def open_group(
    house: Establishment, *, by: Principal, now: datetime, reservation: Reservation | None = None
) -> GuestGroup:
    """Return a new list, or the one the reservation has already."""
    arrival = max(reservation.arrival, dates.today()) if reservation else dates.first_night(now)
    departure = reservation.departure if reservation else arrival + dates.ONE_DAY
    group = GuestGroup(id=new_id())
    group.label = reservation.label if reservation else None
    opened = db.session.scalar(
        insert(GuestGroup)
        .values(
            id=group.id,
            establishment_id=house.id,
            reservation_id=reservation.id if reservation else None,
            label_sealed=group.label_sealed,
            arrival=arrival,
            planned_departure=dates.at(max(departure, arrival + dates.ONE_DAY), 12),
            source="reservation" if reservation else "walk_in",
            created_by=by.actor,
        )
        .on_conflict_do_nothing()
        .returning(GuestGroup.id)
    )
    if opened is None and reservation is not None:
        of_it = select(GuestGroup).where(GuestGroup.reservation_id == reservation.id)
        return db.session.scalars(of_it).one()
    record("group_opened", by=by, establishment_id=house.id, subject=f"group:{group.id}")
    return db.session.get_one(GuestGroup, group.id)


def find_group(house: Establishment, group_id: uuid.UUID) -> GuestGroup | None:
    """Return the list if it is the house's."""
    return db.session.scalar(
        select(GuestGroup)
        .where(GuestGroup.id == group_id, GuestGroup.establishment_id == house.id)
        .options(joinedload(GuestGroup.reservation))
    )


def listed(house: Establishment, *, offset: int = 0, limit: int = 50) -> list[Listed]:
    """Return the house's lists, the latest arrival first."""
    rows = (
        select(
            GuestDraft.group_id,
            func.count().label("rows"),
            func.count(GuestDraft.checked_in_at).label("done"),
        )
        .where(GuestDraft.establishment_id == house.id)
        .group_by(GuestDraft.group_id)
        .subquery()
    )
    statement = (
        select(GuestGroup, func.coalesce(rows.c.rows, 0), func.coalesce(rows.c.done, 0))
        .outerjoin(rows, rows.c.group_id == GuestGroup.id)
        .where(GuestGroup.establishment_id == house.id)
        .order_by(GuestGroup.arrival.desc(), GuestGroup.id.desc())
        .options(joinedload(GuestGroup.reservation))
        .offset(offset)
        .limit(limit)
    )
    return [Listed(group, many, done) for group, many, done in db.session.execute(statement)]


def locked(group: GuestGroup) -> GuestGroup:
    """Lock the list's row and read it anew: who writes its rows takes turns."""
    statement = select(GuestGroup).where(GuestGroup.id == group.id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(fresh).one()


def choose_reservation(house: Establishment, group: GuestGroup, text: str | None) -> bool:
    """Give a locked list the reservation it comes from, or none; False for one that is no choice.

    Raises :class:`ReservationHasList`.
    """
    if not text:
        group.reservation_id = None
        return True
    try:
        reservation = find_reservation(house, uuid.UUID(text))
    except ValueError:
        return False
    if reservation is None:
        return False
    other = select(GuestGroup.id).where(GuestGroup.reservation_id == reservation.id)
    if db.session.scalar(other.where(GuestGroup.id != group.id)) is not None:
        raise ReservationHasList
    group.reservation_id = reservation.id
    return True


# --- Rows ----------------------------------------------------------------------------------


def add_rows(
    group: GuestGroup, incoming: Sequence[Incoming], *, link_id: int | None = None
) -> list[GuestDraft]:
    """Append guests to a locked list; raises :class:`TooManyRows` and then adds none."""
    last, many = db.session.execute(
        select(func.coalesce(func.max(GuestDraft.position), 0), func.count()).where(
            GuestDraft.group_id == group.id
        )
    ).one()
    if many + len(incoming) > ROWS_MOST:
        raise TooManyRows
    drafts = []
    for position, guest in enumerate(incoming, start=last + 1):
        draft = GuestDraft(
            id=new_id(),
            group_id=group.id,
            establishment_id=group.establishment_id,
            position=position,
            origin="prefill" if link_id else guest.origin,
            room=(guest.room or "")[:20] or None,
            link_id=link_id,
        )
        draft.fields = guest.fields
        drafts.append(draft)
    db.session.add_all(drafts)
    db.session.flush()
    return drafts


def find_draft(group: GuestGroup, draft_id: uuid.UUID) -> GuestDraft | None:
    """Return the row if it is of this list."""
    return db.session.scalar(
        select(GuestDraft)
        .where(GuestDraft.id == draft_id, GuestDraft.group_id == group.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def change_row(draft: GuestDraft, fields: Mapping[str, Any], room: str | None) -> bool:
    """Write a mended row; False where its guest has been checked in meanwhile."""
    if draft.checked_in_at is not None:
        return False
    draft.fields = dict(fields)
    draft.room, draft.confirmed = room, False
    db.session.flush()
    return True


def confirm_row(draft: GuestDraft) -> None:
    """Note that somebody looked at what only warns."""
    draft.confirmed = draft.checked_in_at is None
    db.session.flush()


def remove_row(draft: GuestDraft) -> bool:
    """Delete a draft; one whose guest is in the house stays, as what became of it."""
    if draft.checked_in_at is not None:
        return False
    db.session.delete(draft)
    db.session.flush()
    return True


def set_rooms(group: GuestGroup, rooms: Mapping[uuid.UUID, str | None]) -> None:
    """Give rows their rooms, as far as they still wait."""
    for draft_id, room in rooms.items():
        db.session.execute(
            update(GuestDraft)
            .where(
                GuestDraft.id == draft_id,
                GuestDraft.group_id == group.id,
                GuestDraft.checked_in_at.is_(None),
                GuestDraft.room.is_distinct_from(room),
            )
            .values(room=room, confirmed=False)
            .execution_options(synchronize_session=False)
        )


def allot_rooms(found: Review, *, type_id: int | None = None) -> int:
    """Put rows without a room into free ones, filling each; returns how many got none.

    Rows stay in their order, so that a family that was written together sleeps together. Rooms of
    the reservation's type come first.
    """
    waiting = [row for row in found.rows if row.is_open and not row.draft.room]
    used = {row.draft.room for row in found.rows if row.draft.room}
    places = [p for p in found.places.values() if p.is_free and p.room.number not in used]
    places = [p for p in places if type_id in (None, p.room_type.id)]
    for place in sorted(places, key=lambda p: _rank(p, found.group.reservation)):
        if not waiting:
            break
        here, waiting = waiting[: place.room_type.capacity], waiting[place.room_type.capacity :]
        set_rooms(found.group, {row.draft.id: place.room.number for row in here})
    return len(waiting)


def _rank(place: Place, reservation: Reservation | None) -> tuple[bool, int, int, int, str]:
    promised = reservation is not None and place.room_type.id == reservation.room_type_id
    number = place.room.number
    return not promised, place.room_type.position, place.room_type.id, len(number), number


# --- The end of a list ---------------------------------------------------------------------


def delete_group(group: GuestGroup, *, by: Principal) -> None:
    """Delete a list with its drafts and links; guests who were checked in stay in the book."""
    house_id, subject = group.establishment_id, f"group:{group.id}"
    drafts = db.session.scalar(
        select(func.count()).where(
            GuestDraft.group_id == group.id, GuestDraft.checked_in_at.is_(None)
        )
    )
    _delete([group.id])
    db.session.expunge(group)
    record("group_deleted", by=by, establishment_id=house_id, subject=subject, drafts=drafts)


def forget_old(today: date, *, limit: int = 200) -> int:
    """Delete lists whose arrival was more than seven days ago; returns how many."""
    old = db.session.scalars(
        select(GuestGroup.id).where(GuestGroup.arrival < today - KEPT).limit(limit)
    ).all()
    _delete(old)
    return len(old)


def _delete(ids: Iterable[uuid.UUID]) -> None:
    db.session.execute(
        delete(GuestGroup)
        .where(GuestGroup.id.in_(list(ids)))
        .execution_options(synchronize_session=False)
    )


def tick() -> bool:
    """Forget what is too old, for the worker; True where more is waiting."""
    gone = forget_old(dates.today())
    if gone:
        record("drafts_expired", by=Principal(kind="system"), groups=gone)
    db.session.commit()
    return gone > 0
