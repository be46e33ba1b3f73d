"""Pages on which an official gives a telephone code out and the manager enters it."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.db import db
from app.registry.access import establishment_or_404, house_for_officials
from app.registry.models import Establishment
from app.registry.phone_check import codes
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("phone_check", __name__)

OFFICIALS = ("ward_official", "province_official", "admin")


class PhoneCodeForm(Form):
    """The code that was read out or came by letter."""

    code = StringField(
        _l("Mã xác minh"),
        validators=[InputRequired(_l("Hãy ghi mã 6 chữ số.")), Length(max=20)],
    )


class IssueForm(Form):
    """A button: make a code."""


# --- The official --------------------------------------------------------------------------


@blueprint.get("/admin/establishments/<code>/phone-code")
@requires(*OFFICIALS)
def show(code: str) -> ResponseReturnValue:
    """The open code, to be read out in a call to the house or printed."""
    house = house_for_officials(code).house
    check = codes.open_check(house)
    return page(
        "registry/phone_check_code.html",
        house=house,
        form=IssueForm(formdata=None),
        check=check,
        digits=codes.code_of(check, _secret()) if check else None,
        verified_at=codes.verified_at(house),
    )


@blueprint.post("/admin/establishments/<code>/phone-code")
@requires(*OFFICIALS)
def issue(code: str) -> ResponseReturnValue:
    house = house_for_officials(code).house
    try:
        codes.issue(house, by=principal())
    except codes.NoPhone:
        flash(_("Cơ sở chưa khai số điện thoại."), "warning")
    else:
        db.session.commit()
        flash(_("Đã tạo mã mới. Mã cũ không dùng được nữa."))
    return redirect(url_for(".show", code=code), 303)


# --- The manager ---------------------------------------------------------------------------


@blueprint.get("/hotel/<code>/settings/phone")
@requires("manager")
def enter_page(code: str) -> ResponseReturnValue:
    house = establishment_or_404(code, to="manage")
    return _enter(house, PhoneCodeForm(formdata=None))


def _enter(house: Establishment, form: PhoneCodeForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "registry/phone_check.html",
        house=house,
        form=form,
        check=codes.open_check(house),
        verified_at=codes.verified_at(house),
        status=status,
    )


@blueprint.post("/hotel/<code>/settings/phone")
@requires("manager")
def enter(code: str) -> ResponseReturnValue:
    """Prove the number; what is wrong is told and counted."""
    house = establishment_or_404(code, to="manage")
    form = PhoneCodeForm()
    if not form.validate_on_submit():
        return _enter(house, form, 422)
    right = codes.enter(house, form.code.data or "", secret=_secret(), by=principal())
    db.session.commit()
    if not right:
        form.refuse("code", _("Mã không đúng hoặc đã hết hạn. Sau năm lần sai phải xin mã mới."))
        return _enter(house, form, 422)
    flash(_("Đã xác minh số điện thoại."))
    return redirect(url_for(".enter_page", code=code), 303)


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
