"""Pages of people: all accounts for the administrator, a house's staff and keys for its manager."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts import queries
from app.accounts.forms import PersonForm
from app.accounts.models import ApiKey, ApiKeyHouse, Membership, User
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.forms import choices
from app.registry.models import Establishment
from app.registry.people import operations
from app.web.forms import Form
from app.web.links import absolute_url
from app.web.pages import page
from app.web.saving import saved
from app.web.security import principal, requires

blueprint = Blueprint("people", __name__)

ROLE_NAMES = {
    "front_desk": _l("Lễ tân"),
    "manager": _l("Quản lý cơ sở"),
    "ward_official": _l("Cán bộ phường, xã"),
    "province_official": _l("Cán bộ Sở"),
    "admin": _l("Quản trị hệ thống"),
}


class RoleForm(PersonForm):
    """A person and the role to give; the house or the unit is named by its code."""

    role = SelectField(_l("Vai trò"), choices=choices(*ROLE_NAMES.items()))
    place = StringField(_l("Mã cơ sở hoặc mã phường, xã"), validators=[Optional(), Length(max=32)])


class StaffForm(PersonForm):
    """A person who is to work in one house."""

    role = SelectField(
        _l("Vai trò"),
        choices=choices(*((role, ROLE_NAMES[role]) for role in ("front_desk", "manager"))),
    )


class KeyForm(Form):
    """What a new API key is for; the purpose is shown wherever the key acts."""

    purpose = StringField(
        _l("Dùng cho phần mềm nào"),
        validators=[DataRequired(_l("Hãy ghi khoá dùng cho việc gì.")), Length(max=200)],
    )


def _link(token: str | None) -> str | None:
    return token and absolute_url("accounts.set_password", token=token)


@blueprint.get("/admin/people")
@requires("admin")
def everybody() -> ResponseReturnValue:
    return _everybody(RoleForm())


def _everybody(form: RoleForm, link: str | None = None, status: int = 200) -> ResponseReturnValue:
    search = request.args.get("q", "")[:100]
    number = request.args.get("page", 1, type=int)
    number = min(max(number, 1), 10_000)
    rows, more = queries.people(search, page=number)
    houses = _house_codes({m.establishment_id for u in rows for m in u.memberships})
    return page(
        "people/everybody.html",
        fragment="everybody" if status == 200 and link is None else None,
        people=rows,
        houses=houses,
        role_names=ROLE_NAMES,
        form=form,
        link=link,
        q=search,
        number=number,
        more=more,
        status=status,
    )


def _house_codes(ids: set[int | None]) -> dict[int, str]:
    known = [house_id for house_id in ids if house_id is not None]
    rows = db.session.execute(
        select(Establishment.id, Establishment.code).where(Establishment.id.in_(known))
    )
    return {row.id: row.code for row in rows}


@blueprint.post("/admin/people")
@requires("admin")
def give_role() -> ResponseReturnValue:
    form = RoleForm()
    if not form.validate():
        return _everybody(form, status=422)
    house, unit_code = _place(form)
    if form.place.errors:
        return _everybody(form, status=422)
    try:
        _user, token = operations.give_role(
            login=form.login.data or "",
            name=form.name.data or "",
            role=form.role.data,
            establishment=house,
            unit_code=unit_code,
            by=principal(),
        )
    except operations.AlreadyMember:
        form.refuse("login", _("Người này đã có vai trò đó."))
        return _everybody(form, status=409)
    db.session.commit()
    return _shown_once(token, url_for("people.everybody"))


def _shown_once(token: str | None, target: str) -> ResponseReturnValue:
    """Show a one-time link in this answer only; it is kept nowhere in the clear."""
    if token is None:
        flash(_("Đã lưu."))
        return redirect(target, 303)
    return page("people/link.html", link=_link(token), target=target)


def _place(form: RoleForm) -> tuple[Establishment | None, str | None]:
    """Return the house or the unit the role is for; a fault is shown at the field."""
    code, role = form.place.data or "", form.role.data
    if role in ("front_desk", "manager"):
        house = db.session.scalar(select(Establishment).where(Establishment.code == code))
        if house is None:
            form.refuse("place", _("Không có cơ sở mang mã này."))
        return house, None
    if role == "ward_official":
        if not operations.unit_exists(code):
            form.refuse("place", _("Không có phường, xã mang mã này."))
        return None, code
    return None, None


@blueprint.post("/admin/people/<int:user_id>/reset")
@requires("admin")
def reset(user_id: int) -> ResponseReturnValue:
    user = db.session.get(User, user_id) or abort(404)
    token = operations.reset(user, by=principal())
    db.session.commit()
    return _shown_once(token, url_for("people.everybody"))


@blueprint.post("/admin/people/<int:user_id>/<any(close, open):act>")
@requires("admin")
def set_active(user_id: int, act: str) -> ResponseReturnValue:
    user = db.session.get(User, user_id) or abort(404)
    if user.id == principal().id:
        abort(409)
    operations.set_active(user, act == "open", by=principal())
    return saved(_("Đã lưu."), url_for("people.everybody"))


@blueprint.post("/admin/people/roles/<int:membership_id>/take")
@requires("admin")
def take_role(membership_id: int) -> ResponseReturnValue:
    membership = db.session.get(Membership, membership_id) or abort(404)
    operations.take_role(membership, by=principal())
    return saved(_("Đã bỏ vai trò."), url_for("people.everybody"))


@blueprint.get("/hotel/<code>/people")
@requires("manager")
def staff(code: str) -> ResponseReturnValue:
    return _staff(establishment_or_404(code, to="manage"), StaffForm(), KeyForm())


def _staff(
    house: Establishment, form: StaffForm, key_form: KeyForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "people/staff.html",
        house=house,
        staff=queries.staff_of(house.id),
        keys=queries.keys_of(house.id),
        role_names=ROLE_NAMES,
        form=form,
        key_form=key_form,
        status=status,
    )


@blueprint.post("/hotel/<code>/people")
@requires("manager")
def add_staff(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = StaffForm()
    if not form.validate():
        return _staff(house, form, KeyForm(formdata=None), 422)
    try:
        _user, token = operations.give_role(
            login=form.login.data or "",
            name=form.name.data or "",
            role=form.role.data,
            establishment=house,
            by=principal(),
        )
    except operations.AlreadyMember:
        form.refuse("login", _("Người này đã có vai trò đó."))
        return _staff(house, form, KeyForm(formdata=None), 409)
    db.session.commit()
    return _shown_once(token, url_for("people.staff", code=code))


@blueprint.post("/hotel/<code>/people/<int:membership_id>/take")
@requires("manager")
def remove_staff(code: str, membership_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    membership = db.session.get(Membership, membership_id)
    if membership is None or membership.establishment_id != house.id:
        abort(404)
    if membership.user_id == principal().id:
        abort(409)
    operations.take_role(membership, by=principal())
    return saved(_("Đã bỏ vai trò."), url_for("people.staff", code=code))


@blueprint.post("/hotel/<code>/keys")
@requires("manager")
def add_key(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    form = KeyForm()
    if not form.validate():
        return _staff(house, StaffForm(formdata=None), form, 422)
    text = operations.create_house_key(house, form.purpose.data or "", by=principal())
    db.session.commit()
    return page("people/key.html", house=house, text=text)


@blueprint.post("/hotel/<code>/keys/<int:key_id>/close")
@requires("manager")
def close_key(code: str, key_id: int) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    key = db.session.scalar(
        select(ApiKey)
        .join(ApiKeyHouse)
        .where(ApiKey.id == key_id, ApiKeyHouse.establishment_id == house.id)
    )
    if key is None:
        abort(404)
    operations.close_key(key, house, by=principal())
    return saved(_("Đã khoá."), url_for("people.staff", code=code))
