"""Pages of outages, for the province, and of breaches of data, for the administrator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from app import dates
from app.db import db
from app.registry.breaches import operations
from app.registry.breaches.models import Breach, Outage
from app.web.forms import Form
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("breaches", __name__)

# A clock that runs a little ahead is no lie about the future.
SLACK = timedelta(minutes=5)
LONG_AGO = timedelta(days=366)


class _MomentForm(Form):
    """A form with moments, each a date and an hour; none of them in the future."""

    def moment(self, name: str) -> datetime | None:
        """Return the moment of a date and an hour; None where it is empty or was refused."""
        day, hour = self[f"{name}_date"], self[f"{name}_time"]
        if day.errors or hour.errors or (day.data is None and hour.data is None):
            return None
        if day.data is None or hour.data is None:
            self.refuse(
                f"{name}_{'date' if day.data is None else 'time'}", _("Hãy ghi đủ ngày giờ.")
            )
            return None
        instant = datetime.combine(day.data, hour.data, dates.ZONE)
        if instant > dates.now() + SLACK:
            self.refuse(f"{name}_date", _("Thời điểm này chưa đến."))
        elif instant < dates.now() - LONG_AGO:
            self.refuse(f"{name}_date", _("Thời điểm này quá xa."))
        else:
            return instant
        return None


def _required(words: Any) -> InputRequired:
    return InputRequired(words)


class OutageForm(_MomentForm):
    """From when until when the register could not be used."""

    start_date = DateField(_l("Từ ngày"), validators=[_required(_l("Hãy chọn ngày."))])
    start_time = TimeField(_l("Lúc"), validators=[_required(_l("Hãy ghi giờ."))])
    end_date = DateField(_l("Chạy lại từ ngày"), validators=[Optional()])
    end_time = TimeField(_l("Lúc"), validators=[Optional()])
    note = StringField(
        _l("Chuyện gì"), validators=[_required(_l("Hãy ghi chuyện gì.")), Length(max=500)]
    )
    source = StringField(
        _l("Căn cứ"), validators=[_required(_l("Hãy ghi căn cứ.")), Length(max=200)]
    )


class BreachForm(_MomentForm):
    """A serious breach: when it was discovered, and what happened, without anybody's name."""

    found_date = DateField(_l("Phát hiện ngày"), validators=[_required(_l("Hãy chọn ngày."))])
    found_time = TimeField(_l("Lúc"), validators=[_required(_l("Hãy ghi giờ."))])
    description = TextAreaField(
        _l("Chuyện gì, dữ liệu nào, khoảng bao nhiêu người"),
        validators=[_required(_l("Hãy ghi chuyện gì.")), Length(max=2000)],
    )


# --- Outages -------------------------------------------------------------------------------


@blueprint.get("/admin/outages")
@requires("province_official", "admin")
def outages() -> ResponseReturnValue:
    return _outages(OutageForm(formdata=None))


def _outages(form: OutageForm, status: int = 200) -> ResponseReturnValue:
    return page("admin/outages.html", form=form, outages=operations.outages(), status=status)


@blueprint.post("/admin/outages")
@requires("province_official", "admin")
def declare_outage() -> ResponseReturnValue:
    """Declare an outage: what was due in it is due at the end of the day after recovery."""
    form = OutageForm()
    form.validate_on_submit()
    start, end = form.moment("start"), form.moment("end")
    if start and end and end <= start:
        form.refuse("end_date", _("Phải sau lúc bắt đầu."))
    if form.errors or start is None:
        return _outages(form, 422)
    operations.declare_outage(
        starts_at=start,
        ends_at=end,
        note=form.note.data or "",
        source=form.source.data or "",
        by=principal(),
    )
    db.session.commit()
    flash(_("Đã ghi. Hạn chốt ngày rơi vào lúc ngừng được lùi."))
    return redirect(url_for(".outages"), 303)


@blueprint.post("/admin/outages/<int:outage_id>/end")
@requires("province_official", "admin")
def end_outage(outage_id: int) -> ResponseReturnValue:
    outage = db.session.get(Outage, outage_id) or abort(404)
    try:
        operations.end_outage(outage, by=principal())
    except operations.Ended:
        abort(409)
    db.session.commit()
    flash(_("Đã ghi hệ thống chạy lại."))
    return redirect(url_for(".outages"), 303)


# --- Breaches ------------------------------------------------------------------------------


@blueprint.get("/admin/breaches")
@requires("admin")
def index() -> ResponseReturnValue:
    return _breaches(BreachForm(formdata=None))


def _breaches(form: BreachForm, status: int = 200) -> ResponseReturnValue:
    return page("admin/breaches.html", form=form, clocks=operations.clocks(), status=status)


@blueprint.post("/admin/breaches")
@requires("admin")
def note() -> ResponseReturnValue:
    """Enter a breach; the 72 hours run from its discovery."""
    form = BreachForm()
    form.validate_on_submit()
    found = form.moment("found")
    if form.errors or found is None:
        return _breaches(form, 422)
    operations.note_breach(
        discovered_at=found, description=form.description.data or "", by=principal()
    )
    db.session.commit()
    flash(_("Đã ghi sự cố. Báo cơ quan chức năng trước hạn."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/admin/breaches/<int:breach_id>/notified")
@requires("admin")
def notified(breach_id: int) -> ResponseReturnValue:
    """Note that the authority was told just now."""
    breach = db.session.get(Breach, breach_id) or abort(404)
    try:
        operations.notify(breach, dates.now(), by=principal())
    except operations.Ended:
        abort(409)
    db.session.commit()
    flash(_("Đã ghi: đã báo cơ quan chức năng."))
    return redirect(url_for(".index"), 303)
