"""Pages of the daily close: the days of a house, and one day."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from app import dates
from app.db import db
from app.registry.access import establishment_or_404
from app.registry.models import Establishment
from app.stays.day_close import closing
from app.stays.day_close.closing import Difference, Known, Said
from app.stays.day_close.words import (
    day_fault_words,
    difference_words,
    fault_words,
    state_words,
)
from app.web.filters import day as day_words
from app.web.forms import Form, WholeField
from app.web.pages import page
from app.web.security import principal, requires

blueprint = Blueprint("day_closes", __name__)

STAFF = ("front_desk", "manager")
TAGS = {"closed": "fine", "activity": "fine", "shut": "quiet", "due": "look", "missed": "late"}


class DayCloseForm(Form):
    """What the house says of one day."""

    rooms_sold = WholeField(
        _l("Số phòng bán"), validators=[InputRequired(_l("Hãy ghi số phòng.")), NumberRange(0)]
    )
    rooms_out_of_order = WholeField(
        _l("Số phòng đang sửa"), validators=[InputRequired(_l("Hãy ghi số phòng.")), NumberRange(0)]
    )
    closed = BooleanField(_l("Đóng cửa đêm này"))
    zero = BooleanField(_l("Mở cửa nhưng không có khách"))

    def said(self) -> Said:
        return Said(
            self.rooms_sold.data or 0,
            self.rooms_out_of_order.data or 0,
            closed=bool(self.closed.data),
            zero=bool(self.zero.data),
        )


def confirmation(said: Said) -> str:
    """Return the value of the button that confirms exactly these numbers."""
    return f"{said.rooms_sold}-{said.rooms_out_of_order}"


@blueprint.get("/hotel/<code>/days")
@requires(*STAFF)
def index(code: str) -> ResponseReturnValue:
    """The latest days of the house, each with its state in words."""
    house = establishment_or_404(code)
    days = closing.recent_days(house)
    return page(
        "stays/days.html",
        fragment="days",
        house=house,
        days=days,
        missed=[each for each in days if each.state == "missed"],
        today=dates.today(),
        state_words=state_words,
        tags=TAGS,
    )


@blueprint.get("/hotel/<code>/days/<day>")
@requires(*STAFF)
def show(code: str, day: str) -> ResponseReturnValue:
    """One day, filled in with what was said of it, or with what the stays say."""
    house = establishment_or_404(code)
    on = _day_or_404(day)
    known = closing.known_of(house.id, on)
    form = DayCloseForm(formdata=None)
    close = closing.day_of(house, on).close if on <= dates.today() else None
    if close is None:
        form.rooms_sold.data = known.rooms_sold
        form.rooms_out_of_order.data = known.rooms_out_of_order
    else:
        form.process(obj=close)
    return _day_page(house, on, form, known)


def _day_or_404(text: str) -> date:
    try:
        day = dates.parse_date(text)
    except ValueError:
        abort(404)
    if closing.day_fault(day) == "out_of_range":
        abort(404)
    return day


def _day_page(
    house: Establishment,
    on: date,
    form: DayCloseForm,
    known: Known,
    *,
    differences: list[Difference] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    fault = closing.day_fault(on)
    return page(
        "stays/day.html",
        fragment="day",
        status=status,
        house=house,
        on=on,
        day=None if fault else closing.day_of(house, on),
        fault=fault and day_fault_words(fault),
        known=known,
        form=form,
        differences=[difference_words(found) for found in differences or ()],
        confirmation=confirmation(form.said()),
        state_words=state_words,
        tags=TAGS,
    )


@blueprint.post("/hotel/<code>/days/<day>")
@requires(*STAFF)
def close(code: str, day: str) -> ResponseReturnValue:
    """Close the day, or show what can't be, or ask about what differs from the stays."""
    house = establishment_or_404(code)
    on = _day_or_404(day)
    known = closing.known_of(house.id, on)
    form = DayCloseForm()
    if not form.validate_on_submit() or closing.day_fault(on):
        return _day_page(house, on, form, known, status=422)
    said = form.said()
    faults = closing.faults_of(said, known)
    for fault in faults:
        form.refuse(fault.field, fault_words(fault))
    if faults:
        return _day_page(house, on, form, known, status=422)
    found = closing.differences(said, known)
    # What was confirmed is these numbers: others that differ are asked about again.
    if found and request.form.get("confirmed") != confirmation(said):
        return _day_page(house, on, form, known, differences=found, status=422)
    closing.close_day(house, on, said, source="button", by=principal())
    db.session.commit()
    flash(_("Đã chốt ngày %(day)s.", day=day_words(on)))
    return redirect(url_for(".index", code=code), 303)
