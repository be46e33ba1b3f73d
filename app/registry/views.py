"""Pages of owners: my houses, applying for a new one, claiming one that a list brought."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.accounts.access import principal_of
from app.accounts.models import User
from app.accounts.operations import create_user
from app.accounts.queries import user_by_login
from app.accounts.views import begin
from app.db import db
from app.registry import invitations, operations, queries
from app.registry.forms import (
    ApplyForm,
    ApplyWithAccountForm,
    ClaimForm,
    ClaimWithAccountForm,
    set_unit_choices,
)
from app.registry.models import Establishment
from app.registry.units import unit_now
from app.registry.words import unit_name
from app.web.discovery import indexed
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, public, signed_in

blueprint = Blueprint("registry", __name__)
blueprint.add_app_template_filter(unit_name)

APPLICATIONS_AN_HOUR = 10
CLAIMS_MOST = 10


@blueprint.get("/hotel")
@signed_in
def houses() -> ResponseReturnValue:
    """The houses the person works in."""
    rows = queries.houses_of(principal().houses)
    ids = [row.house.id for row in rows]
    return page(
        "registry/houses.html",
        rows=rows,
        rooms=queries.room_counts(ids),
        missing=queries.missing_of(ids),
    )


# --- Applying ------------------------------------------------------------------------------


@blueprint.get("/apply")
@public
@indexed
def apply() -> ResponseReturnValue:
    return _apply_page(_apply_form())


def _apply_form() -> ApplyForm:
    form = ApplyWithAccountForm() if principal().is_anonymous else ApplyForm()
    set_unit_choices(form, queries.units_today())
    return form


def _apply_page(form: ApplyForm, status: int = 200) -> ResponseReturnValue:
    return page("registry/apply.html", form=form, status=status)


@blueprint.post("/apply")
@public
def apply_submit() -> ResponseReturnValue:
    form = _apply_form()
    if not form.validate():
        return _apply_page(form, 422)
    try:
        invitations.note_attempt(
            f"apply:{request.remote_addr}", most=APPLICATIONS_AN_HOUR, window=timedelta(hours=1)
        )
    except invitations.TooManyAttempts:
        form.refuse("name", _("Đã có nhiều đơn từ nơi này. Hãy đợi một giờ rồi gửi tiếp."))
        return _apply_page(form, 429)
    user = _person(form)
    if user is None:
        return _apply_page(form, 409)
    house = operations.apply(
        name=form.name.data or "",
        kind=form.kind.data,
        unit=unit_now(form.unit.data),
        owner=user,
        by=principal_of(user),
        address=form.address.data,
        phone=form.phone.data,
        licence_no=form.licence_no.data or None,
    )
    return _go_on(
        user,
        house,
        _("Đã gửi đơn đăng ký. Trong lúc chờ duyệt, hãy khai tiếp thông tin và số phòng."),
    )


def _person(form: Form) -> User | None:
    """The person signed in, or a new one; None where the login is taken, said at its field."""
    who = principal()
    if not who.is_anonymous:
        return db.session.get_one(User, who.id)
    login = form.login.data or ""
    try:
        if user_by_login(login) is None:
            with db.session.begin_nested():
                return create_user(
                    login=login, name=form.person.data or "", password=form.password.data
                )
    except IntegrityError:
        pass  # Somebody else took the name in the same moment.
    form.refuse("login", _("Thư điện tử này đã có tài khoản. Hãy đăng nhập trước rồi làm tiếp."))
    return None


def _go_on(user: User, house: Establishment, message: str) -> ResponseReturnValue:
    """Lead to the house's settings, signed in; a new session begins before the message is kept."""
    target = url_for("settings.overview", code=house.code)
    if principal().is_anonymous:
        answer = begin(user, target)
    else:
        db.session.commit()
        answer = redirect(target, 303)
    flash(message)
    return answer


# --- Claiming ------------------------------------------------------------------------------


def _claim_form() -> ClaimForm:
    return ClaimWithAccountForm() if principal().is_anonymous else ClaimForm()


def _claim_page(form: ClaimForm, status: int = 200) -> ResponseReturnValue:
    return page("registry/claim.html", form=form, status=status)


@blueprint.get("/claim")
@public
def claim() -> ResponseReturnValue:
    form = _claim_form()
    form.code.data = request.args.get("code", "")[:40]
    return _claim_page(form)


@blueprint.post("/claim")
@public
def claim_submit() -> ResponseReturnValue:
    form = _claim_form()
    if not form.validate():
        return _claim_page(form, 422)
    try:
        invitations.note_attempt(f"claim:{request.remote_addr}", most=CLAIMS_MOST)
    except invitations.TooManyAttempts:
        form.refuse("code", _("Đã thử quá nhiều lần. Hãy đợi 5 phút rồi thử lại."))
        return _claim_page(form, 429)
    # A failed try counts, whatever comes after it.
    db.session.commit()
    code = form.code.data or ""
    if not invitations.is_open(code):
        form.refuse("code", _("Mã không đúng, đã dùng hoặc đã hết hạn. Hãy hỏi Sở Du lịch mã mới."))
        return _claim_page(form, 422)
    user = _person(form)
    if user is None:
        return _claim_page(form, 409)
    house = invitations.claim(code, user=user, by=principal_of(user))
    if house is None:
        db.session.rollback()
        form.refuse("code", _("Mã này vừa được người khác dùng."))
        return _claim_page(form, 409)
    return _go_on(
        user,
        house,
        _("Cơ sở này nay do bạn quản lý. Hãy xem lại thông tin và bổ sung chỗ còn thiếu."),
    )
