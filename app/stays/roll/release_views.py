"""Pages on which officials ask for the emergency roll, release it and read it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app import dates
from app.db import db
from app.registry.models import Establishment
from app.registry.queries import house_row
from app.registry.words import unit_name
from app.stays.checks import holds_number
from app.stays.roll import house as rolls
from app.stays.roll import releases
from app.stays.roll.release_models import REASON_LONGEST, RollRelease
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, refused, requires

blueprint = Blueprint("roll_releases", __name__, url_prefix="/admin/emergency")

# Not for administrators: they look after the machine, not after people in a fire.
OFFICIALS = ("ward_official", "province_official")
REASON_SHORTEST = 10
CAUSE_NAMES = {
    "fire": _l("Cháy"),
    "storm": _l("Bão, lốc"),
    "flood": _l("Ngập, sạt lở"),
    "collapse": _l("Sập, nứt công trình"),
    "other": _l("Việc khẩn cấp khác"),
}
STATE_NAMES = {
    "waiting": _l("Chờ người thứ hai mở"),
    "lapsed": _l("Quá hạn, không ai mở"),
    "open": _l("Đang mở"),
    "closed": _l("Đã đóng"),
}


class AskForm(Form):
    """What happened, and of which house or ward the roll is needed."""

    house = StringField(_l("Mã cơ sở"), validators=[Length(max=32)])
    unit = SelectField(_l("Hoặc cả phường, xã"))
    cause = RadioField(_l("Có chuyện gì"))
    reason = StringField(
        _l("Vì sao cần, ở đâu"),
        validators=[InputRequired(), Length(REASON_SHORTEST, REASON_LONGEST)],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """One area and no more; the reason stays for good, so no guest is named in it."""
        valid = super().validate(extra_validators)
        if bool(self.house.data) == bool(self.unit.data):
            self.refuse("house", _("Ghi mã một cơ sở, hoặc chọn một phường, xã."))
            return False
        if valid and holds_number(self.reason.data or ""):
            self.refuse("reason", _("Đừng ghi số giấy tờ ở đây."))
            return False
        return valid


@blueprint.get("")
@requires(*OFFICIALS)
def index() -> ResponseReturnValue:
    form = _form(None)
    form.house.data = request.args.get("house", "")[:32]
    return _index(form)


def _form(data: Any) -> AskForm:
    form = AskForm(formdata=data)
    units = [(unit.code, unit_name(unit.name)) for unit in releases.units_for(principal())]
    form.cause.choices = list(CAUSE_NAMES.items())
    form.unit.choices = [("", "–"), *units]
    return form


def _index(form: AskForm, status: int = 200) -> ResponseReturnValue:
    who = principal()
    return page(
        "stays/emergency.html",
        status=status,
        form=form,
        rows=releases.latest(who),
        actor=who.actor,
        rule=releases.rule_now(),
        causes=CAUSE_NAMES,
        states=STATE_NAMES,
    )


@blueprint.post("")
@requires(*OFFICIALS)
def ask() -> ResponseReturnValue:
    """Ask for a roll; another ward's house or another ward is refused at its field."""
    who, form = principal(), _form(request.form)
    if not form.validate_on_submit():
        return _index(form, 422)
    house_id = None
    if form.house.data:
        row = house_row(form.house.data, within=None if who.sees_province else who.units)
        if row is None:
            refused(f"roll:{form.house.data[:32]}")
            form.refuse("house", _("Địa bàn của bạn không có cơ sở mang mã này."))
            return _index(form, 422)
        house_id = row.house.id
    releases.ask(
        house_id=house_id,
        unit_code=form.unit.data or None,
        cause=form.cause.data,
        reason=form.reason.data or "",
        by=who,
    )
    db.session.commit()
    flash(_("Đã xin. Một cán bộ khác có quyền ở địa bàn này phải mở."))
    return redirect(url_for(".index"), 303)


def _release_or_404(release_id: uuid.UUID) -> RollRelease:
    release = releases.find(release_id, principal())
    if release is None:
        refused(f"roll_release:{release_id}")
        abort(404)
    return release


@blueprint.post("/<uuid:release_id>/release")
@requires(*OFFICIALS)
def release(release_id: uuid.UUID) -> ResponseReturnValue:
    """Release what somebody else asked for."""
    asked = _release_or_404(release_id)
    try:
        releases.release_roll(asked, by=principal())
    except releases.OwnRequest:
        refused(f"roll_release:{release_id}", asked.establishment_id)
        flash(_("Người xin không tự mở được: cần một cán bộ khác."), "error")
        return _index(_form(None), 403)
    except releases.NotWaiting:
        db.session.rollback()
        flash(_("Yêu cầu này đã được mở hoặc đã quá hạn."), "error")
        return _index(_form(None), 409)
    db.session.commit()
    flash(_("Đã mở danh sách cho người xin và cho bạn."))
    return redirect(url_for(".index"), 303)


# --- Reading -------------------------------------------------------------------------------


@blueprint.get("/<uuid:release_id>")
@requires(*OFFICIALS)
def show(release_id: uuid.UUID) -> ResponseReturnValue:
    """Show the roll of a house, or the houses of a ward with their people."""
    found = _release_or_404(release_id)
    closed = _unless_open(found)
    if closed is not None:
        return closed
    if found.establishment_id is not None:
        return _roll(found, db.session.get_one(Establishment, found.establishment_id))
    counts = releases.counts_of(found.unit_code or "")
    people = sum(house.people for house in counts)
    releases.note_opening(found, by=principal(), house_id=None, people=people)
    db.session.commit()
    [shown] = releases.shown([found])
    return page(
        "stays/emergency_ward.html",
        shown=shown,
        counts=counts,
        people=people,
        causes=CAUSE_NAMES,
        at=dates.now(),
    )


@blueprint.get("/<uuid:release_id>/<code>")
@requires(*OFFICIALS)
def show_house(release_id: uuid.UUID, code: str) -> ResponseReturnValue:
    """Show the roll of one house of a released ward."""
    found = _release_or_404(release_id)
    closed = _unless_open(found)
    if closed is not None:
        return closed
    house = releases.house_in(found, code)
    if house is None:
        abort(404)
    return _roll(found, house)


def _unless_open(found: RollRelease) -> ResponseReturnValue | None:
    """Return the page that says why the roll is not shown, None where it is."""
    [shown] = releases.shown([found])
    if shown.state == "open" and releases.may_read(found, principal()):
        return None
    if shown.state == "open":
        refused(f"roll_release:{found.id}", found.establishment_id)
    status = {"open": 403, "waiting": 409}.get(shown.state, 410)
    return page("stays/emergency_closed.html", status=status, shown=shown, causes=CAUSE_NAMES)


def _roll(found: RollRelease, house: Establishment) -> ResponseReturnValue:
    roll = rolls.roll(house, nameless=True)
    releases.note_opening(found, by=principal(), house_id=house.id, people=roll.people)
    db.session.commit()
    [shown] = releases.shown([found])
    return page(
        "stays/emergency_roll.html",
        shown=shown,
        house=house,
        roll=roll,
        bands=rolls,
        causes=CAUSE_NAMES,
    )
