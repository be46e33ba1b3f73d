"""Where visitors report a house without an account, and read what became of it by its reference.

No cookie is set and nothing about the sender is needed; the reference is the only key.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app import dates
from app.db import db
from app.registry import invitations
from app.registry.complaints import operations
from app.registry.models import Establishment
from app.registry.queries import house_row
from app.web.forms import Form, MoneyField
from app.web.locale import carry
from app.web.pages import page
from app.web.security import public

blueprint = Blueprint("complaint", __name__)

REPORTS_AN_HOUR = 5
LONG_AGO = timedelta(days=366)
KIND_NAMES: dict[str, Any] = {
    "overcharged": _l("Thu cao hơn giá niêm yết"),
    "wrong": _l("Thông tin sai"),
}
STATUS_NAMES: dict[str, Any] = {
    "new": _l("Đã nhận, chưa xem"),
    "open": _l("Đang xem xét"),
    "closed": _l("Đã xong"),
}


class ReportForm(Form):
    """What happened; only its kind is needed."""

    kind = RadioField(
        _l("Chuyện gì"),
        choices=[SelectChoice(code, words) for code, words in KIND_NAMES.items()],
        validators=[InputRequired(_l("Hãy chọn một."))],
    )
    night = DateField(_l("Đêm nào"), validators=[Optional()])
    charged = MoneyField(
        _l("Giá bị thu, một đêm"), validators=[Optional(), NumberRange(0, 1_000_000_000)]
    )
    text = TextAreaField(_l("Kể thêm"), validators=[Optional(), Length(max=2000)])
    contact = StringField(_l("Cách liên hệ với bạn"), validators=[Optional(), Length(max=200)])
    # Nobody sees this field; only programs fill it in.
    homepage = StringField(_l("Để trống ô này"))

    class Meta(Form.Meta):
        # Nobody is signed in there, so there is nothing to forge; a token would need a cookie.
        csrf = False


def _house(code: str) -> Establishment:
    row = house_row(code)
    if row is None or row.house.status != "approved":
        abort(404)
    return row.house


@blueprint.get("/establishments/<code>/report")
@public
def report(code: str) -> ResponseReturnValue:
    return _report(_house(code), ReportForm(formdata=None))


def _report(house: Establishment, form: ReportForm, status: int = 200) -> Response:
    return _private(page("registry/complaint.html", house=house, form=form, status=status))


@blueprint.post("/establishments/<code>/report")
@public
def send(code: str) -> ResponseReturnValue:
    """Receive a report and show its reference."""
    house = _house(code)
    form = ReportForm()
    form.validate()
    if form.night.data and not form.night.errors:
        _check_night(form)
    if form.errors:
        return _report(house, form, 422)
    if form.homepage.data:
        # A program that fills everything in is not told that nothing was stored.
        return redirect(url_for(".look_up", **carry({})), 303)
    try:
        invitations.note_attempt(
            f"report:{request.remote_addr}", most=REPORTS_AN_HOUR, window=timedelta(hours=1)
        )
    except invitations.TooManyAttempts:
        form.refuse("kind", _("Đã có nhiều phản ánh từ nơi này. Hãy đợi một giờ rồi gửi tiếp."))
        return _report(house, form, 429)
    complaint = operations.receive(
        house,
        kind=form.kind.data,
        night=form.night.data,
        charged=form.charged.data,
        text=form.text.data or None,
        contact=form.contact.data or None,
    )
    db.session.commit()
    return redirect(url_for(".state", reference=complaint.reference, **carry({})), 303)


def _check_night(form: ReportForm) -> None:
    today = dates.today()
    if not today - LONG_AGO <= form.night.data <= today:
        form.refuse("night", _("Hãy chọn một đêm trong năm qua."))


@blueprint.get("/reports")
@public
def look_up() -> ResponseReturnValue:
    """Find a report by its reference."""
    typed = request.args.get("reference", "")
    found = operations.by_reference(typed) if typed else None
    if found is not None:
        return redirect(url_for(".state", reference=found.reference, **carry({})), 303)
    missing = bool(typed)
    return _private(
        page("registry/complaint_look_up.html", missing=missing, status=404 if missing else 200)
    )


@blueprint.get("/reports/<reference>")
@public
def state(reference: str) -> ResponseReturnValue:
    """What became of a report: nothing that was written in it is shown."""
    complaint = operations.by_reference(reference)
    if complaint is None:
        abort(404)
    return _private(
        page(
            "registry/complaint_state.html",
            complaint=complaint,
            kind_names=KIND_NAMES,
            status_names=STATUS_NAMES,
        )
    )


def _private(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response
