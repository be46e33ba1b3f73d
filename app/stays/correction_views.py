"""Pages for correcting a stay: its words, its guests, a guest who comes later."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import dates
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.registry.units import Units
from app.stays import changes, forms, residence_names
from app.stays.access import guest_or_404, stay_or_404
from app.stays.changes import NotInHouse
from app.stays.corrections import correct
from app.stays.forms import ActionForm, GuestEditForm, StayEditForm
from app.stays.inputs import Refused
from app.stays.labels import birth
from app.stays.models import Guest, Stay
from app.stays.queries import UnitsWhenAsked
from app.stays.revealing import shown
from app.stays.views import STAFF, to_confirm
from app.stays.words import message
from app.web.pages import page
from app.web.security import requires

blueprint = Blueprint("stay_correction", __name__)

# What is shown only masked is not filled in, so an empty field leaves it as it is.
SEALED = ("full_name", "date_of_birth", "phone")


def _loaded(code: str, stay_id: uuid.UUID) -> tuple[Establishment, Stay]:
    house = establishment_or_404(code)
    return house, stay_or_404(stay_id, house=house)


Said = list[tuple[str | None, str]]


def _save(
    code: str,
    stay_id: uuid.UUID,
    form: ActionForm,
    patch: Mapping[str, Any],
    *,
    confirms: bool = False,
) -> tuple[Said, Said]:
    """Apply a correction and commit it; return what is wrong with it and what is to be confirmed.

    Nothing of both means that it is saved.
    """
    _house, stay = _loaded(code, stay_id)
    stay = changes.locked(stay)
    try:
        if str(stay.record_version) != form.version.data:
            raise NotInHouse
        done = correct(stay, patch, units=UnitsWhenAsked(), now=dates.now())
    except Refused as refused:
        db.session.rollback()
        return forms.show(form, refused.findings.errors), []
    except NotInHouse:
        db.session.rollback()
        return [(None, _("Lượt ở này vừa được thay đổi. Xin mở lại trang rồi sửa."))], []
    unsure = to_confirm(done.warnings) if confirms else []
    if unsure:
        db.session.rollback()
        return [], forms.show(form, unsure)
    db.session.commit()
    flash(_("Đã lưu."))
    for finding in done.warnings:
        flash(message(finding), "warning")
    return [], []


def _to_stay(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("stay.show", code=code, stay_id=stay_id), 303)


# --- The stay's own words ------------------------------------------------------------------


@blueprint.get("/hotel/<code>/stays/<uuid:stay_id>/edit")
@requires(*STAFF)
def edit(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    house, stay = _loaded(code, stay_id)
    arrived = dates.local(stay.arrived_at)
    form = StayEditForm(
        formdata=None,
        version=str(stay.record_version),
        arrived_date=str(arrived.date()),
        arrived_time=f"{arrived:%H:%M}",
        reason=stay.reason,
        reason_detail=stay.reason_detail,
        note=stay.note,
    )
    return page("stays/edit.html", house=house, stay=stay, form=form, faults=[])


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/edit")
@requires(*STAFF)
def edit_submit(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    house, stay = _loaded(code, stay_id)
    form = StayEditForm()
    faults = list(forms.errors_of(form)) if not form.validate_on_submit() else []
    if not faults:
        patch = {name: form[name].data for name in ("reason", "reason_detail", "note")}
        moment = forms.read_moment(form.arrived_date.data, form.arrived_time.data)
        if moment != f"{dates.local(stay.arrived_at):%Y-%m-%dT%H:%M}+07:00":
            patch["arrived_at"] = moment
        faults, _unsure = _save(code, stay_id, form, patch)
    if not faults:
        return _to_stay(code, stay_id)
    house, stay = _loaded(code, stay_id)
    return page("stays/edit.html", status=422, house=house, stay=stay, form=form, faults=faults)


# --- Guests --------------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/stays/<uuid:stay_id>/guests/new")
@requires(*STAFF)
def new_guest(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    house, stay = _loaded(code, stay_id)
    now = dates.local(dates.now())
    form = GuestEditForm(
        formdata=None,
        version=str(stay.record_version),
        arrived_date=str(now.date()),
        arrived_time=f"{now:%H:%M}",
    )
    return _guest_page(house, stay, None, form)


@blueprint.get("/hotel/<code>/stays/<uuid:stay_id>/guests/<uuid:guest_id>/edit")
@requires(*STAFF)
def edit_guest(code: str, stay_id: uuid.UUID, guest_id: uuid.UUID) -> ResponseReturnValue:
    house, stay = _loaded(code, stay_id)
    guest = guest_or_404(stay, guest_id)
    form = GuestEditForm(formdata=None, version=str(stay.record_version))
    fields = form.guest.form
    for name in ("sex", "nationality", "document_type", "residence_kind"):
        fields[name].data = getattr(guest, name)
    fields.residence_unit.data = residence_names.name_of(guest.residence_unit, Units.load())
    if guest.permitted_until:
        fields.permitted_until.data = f"{guest.permitted_until:%d/%m/%Y}"
    return _guest_page(house, stay, guest, form)


def _guest_page(
    house: Establishment,
    stay: Stay,
    guest: Guest | None,
    form: GuestEditForm,
    faults: Said | None = None,
    unsure: Said | None = None,
) -> ResponseReturnValue:
    return page(
        "stays/guest.html",
        status=422 if faults or unsure else 200,
        house=house,
        stay=stay,
        guest=guest,
        known=_known(guest) if guest else {},
        form=form,
        faults=faults or [],
        warnings=unsure or [],
        residences=residence_names.choices(Units.load()),
    )


def _known(guest: Guest) -> dict[str, Any]:
    """Return what is written of the guest, masked, as the hints of the form say it."""
    identity = shown(guest)
    return {**identity, "date_of_birth": birth(identity, guest.birth_date_precision)}


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/guests/new")
@requires(*STAFF)
def new_guest_submit(code: str, stay_id: uuid.UUID) -> ResponseReturnValue:
    _loaded(code, stay_id)
    form = GuestEditForm()
    moment = forms.read_moment(form.arrived_date.data, form.arrived_time.data)
    raw = {**form.guest.form.raw(None), "arrived_at": moment}
    return _guest_saved(code, stay_id, None, form, raw)


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/guests/<uuid:guest_id>/edit")
@requires(*STAFF)
def edit_guest_submit(code: str, stay_id: uuid.UUID, guest_id: uuid.UUID) -> ResponseReturnValue:
    _house, stay = _loaded(code, stay_id)
    guest = guest_or_404(stay, guest_id)
    form = GuestEditForm()
    return _guest_saved(code, stay_id, guest_id, form, _guest_patch(guest, form))


def _guest_patch(guest: Guest, form: GuestEditForm) -> dict[str, Any]:
    """Return the merge patch a form stands for: what was left empty stays as it is."""
    raw: dict[str, Any] = form.guest.form.raw(None)
    raw.pop("arrived_at")
    if not raw["date_of_birth"]:
        raw.pop("birth_date_precision")
    for name in SEALED:
        if not raw[name]:
            raw.pop(name)
    for inner, names in (("document", ("number", "name")), ("residence", ("address",))):
        for name in names:
            if not raw[inner][name]:
                raw[inner].pop(name)
    unchanged = guest.permitted_until and str(guest.permitted_until) == raw["permitted_until"]
    if unchanged or not raw["permitted_until"]:
        raw.pop("permitted_until")
    return {**raw, "id": str(guest.id)}


def _guest_saved(
    code: str,
    stay_id: uuid.UUID,
    guest_id: uuid.UUID | None,
    form: GuestEditForm,
    raw: dict[str, Any],
) -> ResponseReturnValue:
    faults: Said = list(forms.errors_of(form)) if not form.validate_on_submit() else []
    unsure: Said = []
    if not faults:
        faults, unsure = _save(code, stay_id, form, {"guests": [raw]}, confirms=True)
    if not faults and not unsure:
        return _to_stay(code, stay_id)
    house, stay = _loaded(code, stay_id)
    guest = guest_or_404(stay, guest_id) if guest_id else None
    return _guest_page(house, stay, guest, form, faults, unsure)


@blueprint.post("/hotel/<code>/stays/<uuid:stay_id>/guests/<uuid:guest_id>/remove")
@requires(*STAFF)
def remove_guest(code: str, stay_id: uuid.UUID, guest_id: uuid.UUID) -> ResponseReturnValue:
    """Take a guest out who was entered by mistake."""
    _house, stay = _loaded(code, stay_id)
    guest_or_404(stay, guest_id)
    form = ActionForm()
    patch = {"guests": [{"id": str(guest_id), "removed": True}]}
    faults, _unsure = _save(code, stay_id, form, patch)
    for _anchor, words in faults:
        flash(words, "warning")
    return _to_stay(code, stay_id)
