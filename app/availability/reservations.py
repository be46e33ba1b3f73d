"""Reservations: rooms promised, changed, cancelled, and used up by those who arrive."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import dates
from app.availability import queries
from app.availability.models import Reservation
from app.availability.taking import acted
from app.dates import Period
from app.db import constraint_of, db, new_id
from app.registry.models import Establishment

LONGEST = 366
CHANGEABLE = ("reference", "room_type_id", "arrival", "departure", "rooms", "people", "channel")


class ReferenceTaken(Exception):
    """The house has a reservation with this reference that was not cancelled."""


class ReservationUsedUp(Exception):
    """All rooms of the reservation have arrived, or it is no longer open."""


class RoomsArrived(Exception):
    """A reservation can't have fewer rooms than have arrived of it."""

    def __init__(self, arrived: int) -> None:
        super().__init__("rooms arrived")
        self.arrived = arrived


@dataclass(frozen=True, slots=True)
class ReservationData:
    """What a reservation says; ``label`` is for the house alone and kept encrypted."""

    reference: str
    room_type_id: int
    arrival: date
    departure: date
    rooms: int = 1
    people: int | None = None
    channel: str | None = None
    label: str | None = None


# --- Writing -------------------------------------------------------------------------------


def create_reservation(house: Establishment, data: ReservationData) -> Reservation:
    """Promise rooms; raises :class:`ReferenceTaken`.

    More than are left is allowed, since the promise was given already: :func:`short_nights` says
    on which nights.
    """
    reservation = Reservation(id=new_id(), establishment_id=house.id)
    reservation.label = data.label
    values = {name: getattr(data, name) for name in CHANGEABLE}
    stored = db.session.scalar(
        insert(Reservation)
        .values(
            id=reservation.id,
            establishment_id=house.id,
            label_sealed=reservation.label_sealed,
            **values,
        )
        .on_conflict_do_nothing()
        .returning(Reservation.id)
    )
    if stored is None:
        raise ReferenceTaken
    acted(house.id, [data.room_type_id])
    return db.session.get_one(Reservation, stored)


def change_reservation(reservation: Reservation, changes: dict[str, Any]) -> None:
    """Change an open reservation, locked by :func:`locked`.

    Raises :class:`ReservationUsedUp` where it is not open, :class:`RoomsArrived`, or
    :class:`ReferenceTaken`.
    """
    if reservation.status != "open":
        raise ReservationUsedUp
    if changes.get("rooms", reservation.rooms) < reservation.rooms_arrived:
        raise RoomsArrived(reservation.rooms_arrived)
    types = {reservation.room_type_id, changes.get("room_type_id", reservation.room_type_id)}
    try:
        with db.session.begin_nested():
            for name, value in changes.items():
                setattr(reservation, name, value)
            reservation.record_version += 1
    except IntegrityError as error:
        if constraint_of(error) == "uq_reservation_reference":
            raise ReferenceTaken from None
        raise
    acted(reservation.establishment_id, types)


def locked(reservation: Reservation) -> Reservation:
    """Lock the reservation's row and read it anew: what the session held may be old."""
    statement = select(Reservation).where(Reservation.id == reservation.id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(fresh).one()


def close_reservation(reservation: Reservation, status: str) -> None:
    """Give back what has not arrived: ``cancelled`` or ``no_show``.

    Raises :class:`ReservationUsedUp` where it is not open any more.
    """
    closed = _change_if(
        reservation,
        Reservation.status == "open",
        status=status,
        record_version=Reservation.record_version + 1,
    )
    if not closed:
        raise ReservationUsedUp
    acted(reservation.establishment_id, [reservation.room_type_id])


def consume_reservation(reservation: Reservation) -> None:
    """Count one more room of the reservation as arrived; raises :class:`ReservationUsedUp`.

    One conditional statement, so that of two check-ins for the last room one is refused.
    """
    open_ = and_(Reservation.status == "open", Reservation.rooms_arrived < Reservation.rooms)
    if not _change_if(reservation, open_, rooms_arrived=Reservation.rooms_arrived + 1):
        raise ReservationUsedUp


def give_back_reservation(reservation: Reservation) -> None:
    """Return a room whose check-in was a mistake; nothing happens where none has arrived."""
    arrived = Reservation.rooms_arrived > 0
    _change_if(reservation, arrived, rooms_arrived=Reservation.rooms_arrived - 1)


def _change_if(reservation: Reservation, condition: ColumnElement[bool], **values: Any) -> bool:
    changed = db.session.scalar(
        update(Reservation)
        .where(Reservation.id == reservation.id, condition)
        .values(**values)
        .returning(Reservation.id)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(reservation, list(values))
    return changed is not None


# --- Reading -------------------------------------------------------------------------------


def short_nights(room_type_id: int, period: Period) -> list[date]:
    """Return the nights on which more rooms of the type are promised or taken than there are."""
    return [
        state.night
        for state in queries.nights(period, room_type_ids=[room_type_id])
        if state.missing and not state.kept_by_feed
    ]


def nights_without_room(
    room_type_id: int, period: Period, rooms: int, *, instead_of: Reservation | None = None
) -> list[date]:
    """Return the nights that would be short if so many rooms more were promised.

    What ``instead_of`` holds now is not counted: its promise is the one that changes.
    """
    to_come, held, given_back = rooms, set[date](), 0
    if instead_of is not None:
        to_come -= instead_of.rooms_arrived
        if instead_of.room_type_id == room_type_id:
            held = set(Period(instead_of.arrival, instead_of.departure))
            given_back = instead_of.rooms - instead_of.rooms_arrived
    return [
        state.night
        for state in queries.nights(period, room_type_ids=[room_type_id])
        if not state.kept_by_feed
        and state.used + to_come - (given_back if state.night in held else 0) > state.total
    ]


def find_reservation(house: Establishment, reservation_id: uuid.UUID) -> Reservation | None:
    """Return the reservation if it is the house's."""
    return db.session.scalar(
        _of(house)
        .where(Reservation.id == reservation_id)
        .options(joinedload(Reservation.room_type))
    )


def listed(
    house: Establishment,
    *,
    statuses: Sequence[str] = ("open",),
    arrival: Period | None = None,
    departure_from: date | None = None,
    reference: str | None = None,
    after: tuple[date, uuid.UUID] | None = None,
    limit: int = 100,
) -> list[Reservation]:
    """Return reservations by arrival; ``reference`` finds a part of it, in any case."""
    statement = _of(house).where(Reservation.status.in_(statuses))
    if arrival is not None:
        statement = statement.where(
            Reservation.arrival >= arrival.start, Reservation.arrival < arrival.end
        )
    if departure_from is not None:
        statement = statement.where(Reservation.departure >= departure_from)
    if reference:
        statement = statement.where(
            func.strpos(func.lower(Reservation.reference), reference.lower()) > 0
        )
    if after is not None:
        statement = statement.where(tuple_(Reservation.arrival, Reservation.id) > tuple_(*after))
    statement = statement.order_by(Reservation.arrival, Reservation.id).limit(limit)
    return list(db.session.scalars(statement.options(joinedload(Reservation.room_type))))


def expected(house: Establishment, *, limit: int = 200) -> list[Reservation]:
    """Return open reservations with rooms still to come that arrive today or should have by now."""
    today = dates.today()
    statement = _of(house).where(
        Reservation.status == "open",
        Reservation.rooms_arrived < Reservation.rooms,
        Reservation.arrival <= today,
        Reservation.departure > today - timedelta(days=1),
    )
    statement = statement.order_by(Reservation.arrival, Reservation.id).limit(limit)
    return list(db.session.scalars(statement.options(joinedload(Reservation.room_type))))


def _of(house: Establishment) -> Select[Any]:
    return select(Reservation).where(Reservation.establishment_id == house.id)
