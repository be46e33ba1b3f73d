"""The JSON API of reservations."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Response, abort
from sqlalchemy import select

from app.availability import operations, reservations
from app.availability.api_schemas import (
    ReservationAnswer,
    ReservationBody,
    ReservationList,
    ReservationPatch,
    ReservationQuery,
    StoredReservation,
)
from app.availability.models import Reservation
from app.availability.reservations import (
    LONGEST,
    ReferenceTaken,
    ReservationData,
    ReservationUsedUp,
    RoomsArrived,
)
from app.dates import Period
from app.db import db
from app.registry.access import api_establishment
from app.registry.models import Establishment, RoomType
from app.web import api
from app.web.api import endpoint, listing
from app.web.problems import Problem, invalid, invalid_parameter
from app.web.security import principal, refused, requires

blueprint = api.blueprint("reservations")

STATUSES = ("open", "cancelled", "no_show")


@contextmanager
def told() -> Iterator[None]:
    """Turn what an operation refuses into a problem at its field."""
    try:
        yield
    except ReferenceTaken:
        raise Problem("reference_taken") from None
    except ReservationUsedUp:
        raise Problem("reservation_used_up") from None
    except RoomsArrived as error:
        detail = f"{error.arrived} rooms have arrived already"
        raise invalid("/rooms", "out_of_range", detail) from None


@blueprint.get("/reservations")
@requires("front_desk", "manager")
@endpoint(tag="Reservations", query=ReservationQuery, answers={200: ReservationList})
def list_reservations(query: ReservationQuery) -> dict[str, Any]:
    """Reservations by arrival; open ones where no ``status`` is given."""
    house = api_establishment(query.establishment)
    limit = api.per_page(query.per_page)
    found = reservations.listed(
        house,
        statuses=STATUSES if query.status == "all" else (query.status,),
        arrival=_arrivals(query),
        reference=query.reference,
        after=_after(query.cursor),
        limit=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = api.cursor_of([last.arrival, last.id]) if last else None
    return listing([_record(reservation, whole=True) for reservation in found[:limit]], next_cursor)


def _arrivals(query: ReservationQuery) -> Period | None:
    if query.start is None and query.end is None:
        return None
    start, end = query.start or date.min, query.end or date.max
    if end <= start:
        raise invalid_parameter("to", "order")
    return Period(start, end)


def _after(cursor: str | None) -> tuple[date, uuid.UUID] | None:
    values = api.read_cursor(cursor, 2)
    if values is None:
        return None
    try:
        return date.fromisoformat(values[0]), uuid.UUID(values[1])
    except (TypeError, ValueError, AttributeError):
        raise invalid_parameter("cursor", "invalid_format") from None


@blueprint.post("/reservations")
@requires("front_desk", "manager")
@endpoint(tag="Reservations", body=ReservationBody, answers={201: StoredReservation}, write=True)
def create(body: ReservationBody) -> Response:
    """Promise rooms of a type; more than there are is stored, and warned of."""
    house = api_establishment(body.establishment)
    values = body.model_dump(exclude={"establishment", "room_type"})
    room_type = _room_type(house, body.room_type)
    _check_nights(body.arrival, body.departure)
    with told():
        data = ReservationData(room_type_id=room_type.id, **values)
        reservation = reservations.create_reservation(house, data)
    response = _stored(reservation)
    response.status_code = 201
    return response


@blueprint.get("/reservations/<uuid:reservation_id>")
@requires("front_desk", "manager")
@endpoint(tag="Reservations", answers={200: ReservationAnswer})
def show(reservation_id: uuid.UUID) -> Response:
    """One reservation, with the ETag a change needs."""
    reservation = _reservation_or_404(reservation_id)
    return api.with_etag(_record(reservation, whole=True), reservation.record_version)


@blueprint.patch("/reservations/<uuid:reservation_id>")
@requires("front_desk", "manager")
@endpoint(tag="Reservations", body=ReservationPatch, answers={200: StoredReservation}, write=True)
def change(reservation_id: uuid.UUID, body: ReservationPatch) -> Response:
    """Change an open reservation by a merge patch."""
    reservation = reservations.locked(_reservation_or_404(reservation_id))
    api.require_version(reservation.record_version)
    values = body.model_dump(exclude_unset=True)
    if "room_type" in values:
        house = db.session.get_one(Establishment, reservation.establishment_id)
        values["room_type_id"] = _room_type(house, values.pop("room_type")).id
    _check_nights(
        values.get("arrival", reservation.arrival), values.get("departure", reservation.departure)
    )
    with told():
        reservations.change_reservation(reservation, values)
    return _stored(reservation)


@blueprint.delete("/reservations/<uuid:reservation_id>")
@requires("front_desk", "manager")
@endpoint(tag="Reservations", answers={204: None}, write=True)
def cancel(reservation_id: uuid.UUID) -> tuple[None, int]:
    """Cancel a reservation; its rooms are free again. Again: the same answer."""
    reservation = reservations.locked(_reservation_or_404(reservation_id))
    if reservation.status != "cancelled":
        with told():
            reservations.close_reservation(reservation, "cancelled")
    return None, 204


def _reservation_or_404(reservation_id: uuid.UUID) -> Reservation:
    reservation = db.session.get(Reservation, reservation_id)
    if reservation is None or not principal().works_in(reservation.establishment_id):
        if reservation is not None:
            refused(f"reservation:{reservation_id}", reservation.establishment_id)
        abort(404)
    return reservation


def _room_type(house: Establishment, key: str) -> RoomType:
    """Return the house's room type under an id or its own code."""
    types = db.session.scalars(
        select(RoomType).where(RoomType.establishment_id == house.id).order_by(RoomType.id)
    ).all()
    found = next((t for t in types if str(t.id) == key), None)
    found = found or next((t for t in types if t.code == key), None)
    if found is None:
        raise invalid("/room_type", "not_found")
    return found


def _check_nights(arrival: date, departure: date) -> None:
    allowed = operations.allowed_nights()
    if departure <= arrival:
        raise invalid("/departure", "order")
    if arrival not in allowed:
        raise invalid("/arrival", "out_of_range")
    if departure > allowed.end or (departure - arrival).days > LONGEST:
        raise invalid("/departure", "out_of_range")


def _stored(reservation: Reservation) -> Response:
    period = Period(reservation.arrival, reservation.departure)
    warnings = [
        {"pointer": "/rooms", "code": "overbooked", "detail": f"{night}: more than there are"}
        for night in reservations.short_nights(reservation.room_type_id, period)
    ]
    return api.with_etag(_record(reservation) | {"warnings": warnings}, reservation.record_version)


def _record(reservation: Reservation, *, whole: bool = False) -> dict[str, Any]:
    """A reservation; its label only where it is read: answers of writes are kept for a while."""
    names = ["reference", "rooms", "rooms_arrived", "people", "channel", "status"]
    return {
        "id": str(reservation.id),
        "room_type": str(reservation.room_type_id),
        "arrival": reservation.arrival.isoformat(),
        "departure": reservation.departure.isoformat(),
        **{name: getattr(reservation, name) for name in [*names, *(["label"] if whole else [])]},
        "version": reservation.record_version,
    }
