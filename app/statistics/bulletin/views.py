"""The bulletin as a page to print, and the list of those who get it by e-mail."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length, Regexp

from app import dates
from app.audit.operations import record
from app.dates import Period
from app.db import db
from app.statistics import words
from app.statistics.access import OFFICIALS, own_units
from app.statistics.bulletin import content, mailing
from app.statistics.forms import BY
from app.statistics.indicators import INDICATORS
from app.statistics.queries import Filters, first_fact_night
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("bulletin", __name__)

PROVINCE = ("province_official", "admin")
MONTHS_OFFERED = 24


class RecipientForm(Form):
    email = StringField(
        _l("Địa chỉ thư"),
        validators=[
            DataRequired(_l("Hãy ghi địa chỉ thư.")),
            Length(max=200),
            Regexp(
                r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
                message=_l("Địa chỉ thư này viết chưa đúng."),
            ),
        ],
        render_kw={"type": "email", "autocomplete": "off"},
    )


@blueprint.get("/statistics/bulletin")
@requires(*OFFICIALS)
def show() -> ResponseReturnValue:
    """Show the bulletin of a month, the latest final one if none is named."""
    filters = Filters(within=own_units())
    of = content.bulletin(_month(), filters)
    countries = of.countries[: content.COUNTRIES_SHOWN]
    return page(
        "statistics/bulletin.html",
        tab="bulletin",
        of=of,
        month=words.month(of.key),
        months=[(key, words.month(key)) for key in _months()],
        scope=words.scope(filters),
        drawings=content.drawings(of),
        columns=[INDICATORS[name] for name in content.TABLE_COLUMNS],
        splits=[(str(BY[by]), by, table) for by, table in of.splits.items()],
        names={by: words.names_of(by, [r.key for r in t.rows]) for by, t in of.splits.items()},
        day_names=words.names_of("day", [row.key for row in of.days.rows]),
        countries=countries,
        country_names=words.names_of("country", [row.key for row in countries]),
        may_send=principal().sees_province,
    )


def _month() -> Period:
    asked = request.args.get("month")
    if asked is None:
        return mailing.last_final_month()
    try:
        month = dates.parse_month(asked)
    except ValueError:
        abort(404)
    if month.start > dates.today() or month.start.year < dates.today().year - 10:
        abort(404)
    return month


def _months() -> list[str]:
    """Return the months that have figures, the latest first."""
    first, month = first_fact_night() or dates.today(), dates.month_start(dates.today())
    keys = [f"{month:%Y-%m}"]
    while month > first and len(keys) < MONTHS_OFFERED:
        month = dates.previous_month(month)
        keys.append(f"{month:%Y-%m}")
    return keys


# --- The e-mail list ---------------------------------------------------------------------------


@blueprint.get("/statistics/bulletin/recipients")
@requires(*PROVINCE)
def recipients() -> ResponseReturnValue:
    """List who gets the bulletin."""
    return _list(RecipientForm())


def _list(form: RecipientForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "statistics/bulletin_recipients.html",
        status=status,
        tab="bulletin",
        form=form,
        recipients=mailing.recipients(),
    )


@blueprint.post("/statistics/bulletin/recipients")
@requires(*PROVINCE)
def add_recipient() -> ResponseReturnValue:
    """Put an address on the list."""
    form = RecipientForm()
    if not form.validate_on_submit():
        return _list(form, 422)
    if mailing.is_full():
        form.refuse("email", _("Danh sách đã đủ."))
        return _list(form, 422)
    if not mailing.add(form.email.data or "", by=principal().actor):
        form.refuse("email", _("Địa chỉ này đã có trong danh sách."))
        return _list(form, 422)
    record("bulletin_recipient_added", by=principal())
    db.session.commit()
    flash(_("Đã thêm vào danh sách."), "fine")
    return redirect(url_for("bulletin.recipients"), 303)


@blueprint.post("/statistics/bulletin/recipients/<int:recipient_id>/remove")
@requires(*PROVINCE)
def remove_recipient(recipient_id: int) -> ResponseReturnValue:
    """Take an address off the list."""
    if recipient_id > 2**31 - 1 or not mailing.remove(recipient_id):
        abort(404)
    record("bulletin_recipient_removed", by=principal())
    db.session.commit()
    flash(_("Đã bỏ khỏi danh sách."), "fine")
    return redirect(url_for("bulletin.recipients"), 303)
