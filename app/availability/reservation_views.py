"""Pages of reservations: who is to come, finding one, writing one down, cancelling it."""

from __future__ import annotations

import secrets
import uuid
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.availability import reservations
from app.availability.forms import ReservationForm
from app.availability.labels import channel_name, night_names
from app.availability.models import Reservation
from app.availability.reservations import (
    CHANGEABLE,
    ReferenceTaken,
    ReservationData,
    ReservationUsedUp,
    RoomsArrived,
)
from app.dates import Period
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.registry.queries import numbers_by_type
from app.text import tidy
from app.web import api
from app.web.pages import page
from app.web.problems import Problem
from app.web.security import requires

blueprint = Blueprint("reservations", __name__)

STAFF = ("front_desk", "manager")
PER_PAGE = 50
VIEWS = {"open": ("open",), "closed": ("cancelled", "no_show")}
# Letters and digits that are not taken for each other when read over the telephone.
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


# --- The list ------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/reservations")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    """Reservations by arrival, those of today and overdue ones first; found by reference."""
    house = establishment_or_404(code)
    view = request.args.get("view", "open")
    view = view if view in VIEWS else "open"
    reference = tidy(request.args.get("reference", ""))[:60]
    found = reservations.listed(
        house,
        statuses=VIEWS[view],
        departure_from=dates.today() if view == "open" and not reference else None,
        reference=reference,
        after=_after(request.args.get("after")),
        limit=PER_PAGE + 1,
    )
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    return page(
        "availability/reservations.html",
        fragment="reservations",
        house=house,
        reservations=found[:PER_PAGE],
        more=api.cursor_of([last.arrival, last.id]) if last else None,
        view=view,
        reference=reference,
        today=dates.today(),
    )


def _after(cursor: str | None) -> tuple[date, uuid.UUID] | None:
    try:
        values = api.read_cursor(cursor, 2)
        return (date.fromisoformat(values[0]), uuid.UUID(values[1])) if values else None
    except (Problem, TypeError, ValueError, AttributeError):
        return None


# --- One reservation -----------------------------------------------------------------------


@blueprint.get("/hotel/<code>/reservations/new")
@requires(*STAFF)
def new(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code)
    form = ReservationForm(house.room_types, formdata=None)
    form.room_type.data = request.args.get("room_type")
    return _form(house, form)


@blueprint.post("/hotel/<code>/reservations")
@requires(*STAFF)
def create(code: str) -> ResponseReturnValue:
    """Write a reservation down; without a reference it gets one."""
    house = establishment_or_404(code)
    form = ReservationForm(house.room_types)
    period = _checked(form)
    if period is None:
        return _form(house, form, status=422)
    values = _values(form)
    values["reference"] = values["reference"] or _new_reference(period)
    try:
        made = reservations.create_reservation(house, ReservationData(**values))
    except ReferenceTaken:
        return _refused(house, form, "reference", _("Mã này đã có ở một đặt phòng khác."))
    return _saved(made)


def _checked(form: ReservationForm, reservation: Reservation | None = None) -> Period | None:
    """Return the period of a form without faults; too many rooms is one until it is confirmed."""
    valid = form.validate_on_submit()
    if not form.overbook.data:
        words = _overbooked(form, reservation)
        if words:
            form.refuse("overbook", words)
            return None
    return form.period() if valid else None


def _overbooked(form: ReservationForm, reservation: Reservation | None) -> str | None:
    """Say on which nights there are too few rooms, or that the type never has so many."""
    if form.rooms.errors or form.room_type.errors:
        return None
    type_id, rooms, period = int(form.room_type.data), form.rooms.data or 0, form.period()
    if reservation is not None and _holds_already(reservation, type_id, rooms, period):
        return None
    if period is None:
        numbers = len(numbers_by_type([type_id])[type_id])
        too_many = rooms > numbers
        return _("Loại phòng này chỉ có %(n)s phòng.", n=numbers) if too_many else None
    short = reservations.nights_without_room(type_id, period, rooms, instead_of=reservation)
    return _("Nhận quá số phòng, đêm %(nights)s.", nights=night_names(short)) if short else None


def _holds_already(
    reservation: Reservation, type_id: int, rooms: int, period: Period | None
) -> bool:
    """Whether the change asks for nothing beyond what was promised before, or can't be made."""
    if reservation.status != "open":
        return True
    held = Period(reservation.arrival, reservation.departure)
    inside = period is not None and held.start <= period.start and period.end <= held.end
    return inside and type_id == reservation.room_type_id and rooms <= reservation.rooms


@blueprint.get("/hotel/<code>/reservations/<uuid:reservation_id>")
@requires(*STAFF)
def edit(code: str, reservation_id: uuid.UUID) -> ResponseReturnValue:
    house = establishment_or_404(code)
    reservation = _reservation_or_404(house, reservation_id)
    form = ReservationForm(house.room_types, formdata=None, obj=reservation)
    form.room_type.data = str(reservation.room_type_id)
    form.version.data = str(reservation.record_version)
    form.channel.data = channel_name(reservation.channel)
    return _form(house, form, reservation)


@blueprint.post("/hotel/<code>/reservations/<uuid:reservation_id>")
@requires(*STAFF)
def change(code: str, reservation_id: uuid.UUID) -> ResponseReturnValue:
    house = establishment_or_404(code)
    reservation = reservations.locked(_reservation_or_404(house, reservation_id))
    form = ReservationForm(house.room_types)
    if _checked(form, reservation) is None:
        return _form(house, form, reservation, status=422)
    if form.version.data != str(reservation.record_version):
        words = _("Người khác vừa sửa đặt phòng này. Xin mở lại để xem.")
        return _refused(house, form, "reference", words, reservation)
    values = _values(form)
    values["reference"] = values["reference"] or reservation.reference
    if values["channel"] == channel_name(reservation.channel):
        # What was shown in words was not edited: the code stays.
        values["channel"] = reservation.channel
    try:
        reservations.change_reservation(reservation, values)
    except ReferenceTaken:
        words = _("Mã này đã có ở một đặt phòng khác.")
        return _refused(house, form, "reference", words, reservation)
    except RoomsArrived as error:
        words = _("Đã có %(arrived)s phòng đến nhận.", arrived=error.arrived)
        return _refused(house, form, "rooms", words, reservation)
    except ReservationUsedUp:
        words = _("Đặt phòng này đã huỷ hoặc đã khép lại.")
        return _refused(house, form, "reference", words, reservation)
    return _saved(reservation)


@blueprint.post("/hotel/<code>/reservations/<uuid:reservation_id>/close")
@requires(*STAFF)
def close(code: str, reservation_id: uuid.UUID) -> ResponseReturnValue:
    """Cancel it, or (``status=no_show``) say that nobody came."""
    house = establishment_or_404(code)
    reservation = _reservation_or_404(house, reservation_id)
    status = "no_show" if request.form.get("status") == "no_show" else "cancelled"
    try:
        reservations.close_reservation(reservation, status)
    except ReservationUsedUp:
        flash(_("Đặt phòng này đã khép lại trước đó."), "warning")
    else:
        db.session.commit()
        flash(_("Đã huỷ đặt phòng.") if status == "cancelled" else _("Đã ghi là khách không đến."))
    return redirect(url_for(".index", code=code), 303)


def _reservation_or_404(house: Establishment, reservation_id: uuid.UUID) -> Reservation:
    reservation = reservations.find_reservation(house, reservation_id)
    if reservation is None:
        abort(404)
    return reservation


def _values(form: ReservationForm) -> dict[str, Any]:
    values = {name: form[name].data for name in CHANGEABLE if name in form}
    return values | {
        "room_type_id": int(form.room_type.data),
        "channel": form.channel.data or None,
        "label": form.label.data or None,
    }


def _new_reference(period: Period) -> str:
    letters = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(4))
    return f"DP-{period.start:%y%m%d}-{letters}"


def _saved(reservation: Reservation) -> ResponseReturnValue:
    """Commit, and warn of nights with more rooms promised than there are."""
    period = Period(reservation.arrival, reservation.departure)
    short = reservations.short_nights(reservation.room_type_id, period)
    code, reference = reservation.room_type.establishment.code, reservation.reference
    db.session.commit()
    flash(_("Đã lưu đặt phòng %(reference)s.", reference=reference))
    if short:
        flash(_("Nhận quá số phòng, đêm %(nights)s.", nights=night_names(short)), "warning")
    return redirect(url_for(".index", code=code), 303)


def _refused(
    house: Establishment,
    form: ReservationForm,
    field: str,
    words: str,
    reservation: Reservation | None = None,
) -> ResponseReturnValue:
    db.session.rollback()
    form.refuse(field, words)
    return _form(house, form, reservation, status=409)


def _form(
    house: Establishment,
    form: ReservationForm,
    reservation: Reservation | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return page(
        "availability/reservation.html",
        status=status,
        house=house,
        form=form,
        reservation=reservation,
        today=dates.today(),
    )
