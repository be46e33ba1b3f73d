"""Signing in and out, the own account, setting a password from a one-time link."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations, queries
from app.accounts.access import TOKEN, principal_of
from app.accounts.forms import ChangePasswordForm, PasswordForm, SignInForm
from app.accounts.models import SignInSession, User
from app.audit.operations import record
from app.db import db
from app.web.pages import page
from app.web.security import Principal, principal, public, signed_in

blueprint = Blueprint("accounts", __name__)

ATTEMPT = Principal(kind="sign-in")


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if not principal().is_anonymous:
        return redirect(local_target(request.args.get("next")), 303)
    return page("accounts/sign_in.html", form=SignInForm(next=request.args.get("next", "")))


@blueprint.post("/sign-in")
@public
def sign_in_submit() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return page("accounts/sign_in.html", form=form, status=422)
    try:
        user = operations.authenticate(
            login=form.login.data or "",
            password=form.password.data or "",
            address=request.remote_addr or "",
        )
    except operations.TooManyAttempts:
        form.refuse("login", _("Đã thử sai quá nhiều lần. Hãy đợi 5 phút rồi thử lại."))
        return page("accounts/sign_in.html", form=form, status=429)
    if user is None:
        record("sign_in_refused", by=ATTEMPT, subject="password")
        db.session.commit()
        form.refuse("password", _("Tên đăng nhập hoặc mật khẩu chưa đúng."))
        return page("accounts/sign_in.html", form=form, status=422)
    return begin(user, form.next.data)


def begin(user: User, target: str | None) -> ResponseReturnValue:
    """Start a session under a new token, so that one planted before is worth nothing."""
    language = session.get("lang")
    session.clear()
    session[TOKEN] = operations.start_session(
        user, address=request.remote_addr, browser=request.user_agent.string
    )
    session["lang"] = language or user.locale
    record("sign_in", by=principal_of(user))
    db.session.commit()
    return redirect(local_target(target), 303)


def local_target(target: str | None) -> str:
    """Return the path to go on to; anything that could leave this site leads to the start."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\", "/sign-")):
        return url_for("accounts.start")
    if any(character in target for character in "\\\t\r\n"):
        return url_for("accounts.start")
    return target


@blueprint.get("/start")
@signed_in
def start() -> ResponseReturnValue:
    """Lead each role to the page its day begins with."""
    who = principal()
    if who.houses:
        return redirect("/hotel", 303)
    if who.sees_province or who.units:
        return redirect("/statistics/", 303)
    return redirect("/account", 303)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    operations.end_session(session[TOKEN])
    record("sign_out", by=principal())
    db.session.commit()
    session.clear()
    return redirect("/", 303)


@blueprint.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    return _account_page(ChangePasswordForm())


def _account_page(form: ChangePasswordForm, status: int = 200) -> ResponseReturnValue:
    who = principal()
    user = db.session.get_one(User, who.id)
    current = operations.hashed(session[TOKEN])
    sessions = [(row, row.token_hash == current) for row in queries.live_sessions(user.id)]
    return page("accounts/account.html", user=user, sessions=sessions, form=form, status=status)


@blueprint.post("/account/password")
@signed_in
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm()
    user = db.session.get_one(User, principal().id)
    if not form.validate():
        return _account_page(form, 422)
    if not operations.knows_password(user, form.current.data or ""):
        form.refuse("current", _("Mật khẩu hiện nay chưa đúng."))
        return _account_page(form, 422)
    operations.set_password(user, form.password.data or "")
    record("password_changed", by=principal())
    flash(_("Đã đổi mật khẩu. Các thiết bị khác đã được đăng xuất."))
    return begin(user, "/account")


@blueprint.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    row = db.session.get(SignInSession, session_id)
    if row is None or row.user_id != principal().id:
        abort(404)
    operations.revoke(row)
    record("session_ended", by=principal(), subject=f"session:{row.id}")
    db.session.commit()
    flash(_("Đã đăng xuất thiết bị đó."))
    return redirect(url_for("accounts.account"), 303)


@blueprint.get("/set-password/<token>")
@public
def set_password(token: str) -> ResponseReturnValue:
    if not operations.is_link_valid(token):
        return page("accounts/link_expired.html", status=404)
    return page("accounts/set_password.html", form=PasswordForm(), token=token)


@blueprint.post("/set-password/<token>")
@public
def set_password_submit(token: str) -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return page("accounts/set_password.html", form=form, token=token, status=422)
    user = operations.use_one_time_link(token, form.password.data or "")
    if user is None or not user.is_active:
        db.session.rollback()
        return page("accounts/link_expired.html", status=404)
    record("password_set", by=principal_of(user))
    return begin(user, None)
